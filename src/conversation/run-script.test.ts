import { describe, expect, test } from 'vitest';
import { RuntimeError } from '../error/error.ts';
import { Channel } from '../host/channel.ts';
import type { HostStep } from '../plan/host-step.ts';
import { hostPhase, type Script } from '../plan/script.ts';
import { Conversation } from './conversation.ts';
import { type Executor, type Executors, runScript } from './run-script.ts';
import { UndoStack } from './undo.ts';

const from = '/x';
const claim: HostStep = { op: 'claim', from, path: '/c' };
const make = (path: string): HostStep => ({ op: 'cgroupMake', from, path });
const save: HostStep = { op: 'saveState', from };

type Done = string[];
type Loose = Partial<Readonly<Record<HostStep['op'], Executor<HostStep & { path?: string }, Done>>>>;

/** Runs a script whose steps are all slipway's, and takes it back when it fails. Returns what was done, in order. */
async function run(script: Script, executors: Loose): Promise<Done> {
  const done: Done = [];
  const undo = new UndoStack();
  const silent = async () => undefined;
  try {
    await runScript(script, {
      context: done,
      // Nothing is said in these scripts.
      conversation: new Conversation(new Channel(-1), silent),
      executors: executors as Executors<Done>,
      processUndos: {},
      undo,
      report: null,
    });
  } catch (error) {
    done.push(String((await undo.fail(error)) as Error));
  }
  return done;
}

const noted: Executor<HostStep & { path?: string }, Done> = {
  run: ({ op, path = '' }, done) => void done.push(`${op} ${path}`.trim()),
  undo: ({ op, path = '' }, done) => void done.push(`not ${op} ${path}`.trim()),
};

function failing(code: string, times: number): Executor<HostStep, Done> {
  let left = times;
  return {
    run: (_, done) => {
      done.push('try');
      if (left-- > 0)
        throw new RuntimeError('SYSTEM', `it is ${code}`, {
          cause: Object.assign(new Error(code), { code }),
        });
    },
    mayGo: true,
  };
}

describe('runScript', () => {
  test('runs phases and their steps in order', async () => {
    const script = [...hostPhase([claim, save]), ...hostPhase([make('/a'), make('/b')])];
    expect(await run(script, { claim: noted, saveState: noted, cgroupMake: noted })).toEqual([
      'claim /c',
      'saveState',
      'cgroupMake /a',
      'cgroupMake /b',
    ]);
  });

  test('takes back what was done, the last step first; also the step that failed', async () => {
    const fails: Executor<HostStep, Done> = {
      run: () => {
        throw new RuntimeError('SYSTEM', 'no');
      },
      undo: (_, done) => void done.push('not what failed'),
    };
    const script = hostPhase([claim, make('/a'), save, make('/b')]);
    expect(await run(script, { claim: noted, cgroupMake: noted, saveState: fails })).toEqual([
      'claim /c',
      'cgroupMake /a',
      'not what failed',
      'not cgroupMake /a',
      'not claim /c',
      'RuntimeError: no',
    ]);
  });

  test('begins a phase again when a directory went, as often as it says', async () => {
    const script = (attempts: number) => hostPhase([claim, make('/a')], [], { attempts });
    const again = async (times: number, attempts: number) =>
      (await run(script(attempts), { claim: noted, cgroupMake: failing('ENOENT', times) })).filter(
        (line) => line !== 'try',
      );
    expect(await again(2, 5)).toEqual(['claim /c', 'claim /c', 'claim /c']);
    expect(await again(3, 2)).toEqual([
      'claim /c',
      'claim /c',
      'claim /c',
      // Once, however often it was tried.
      'not claim /c',
      'RuntimeError: it is ENOENT',
    ]);
  });

  test('begins no phase again for another reason, nor for a step that needs no directory', async () => {
    const script = hostPhase([make('/a')], [], { attempts: 5 });
    expect(await run(script, { cgroupMake: failing('EPERM', 1) })).toEqual([
      'try',
      'RuntimeError: it is EPERM',
    ]);
    const { run: act } = failing('ENOENT', 1);
    expect(await run(script, { cgroupMake: { run: act } })).toEqual(['try', 'RuntimeError: it is ENOENT']);
  });

  test('leaves out what is only for a cgroup without room', async () => {
    const script = [...hostPhase([claim], [], { when: 'crowded' }), ...hostPhase([save])];
    expect(await run(script, { claim: noted, saveState: noted })).toEqual(['saveState']);
  });
});
