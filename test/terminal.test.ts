// Terminals (config.md#process): in the foreground the caller's own, else one that is sent to a socket.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { type Terminal, Terminals } from './support/terminal.ts';
import { until } from './support/until.ts';
import { expectRefusal, quiet, says } from './support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';
let id = '';
const terminals = new Terminals(sandbox);

function atTerminal(change: (config: AnyConfig) => void): (config: AnyConfig) => void {
  return (config) => {
    config.process.terminal = true;
    config.process.env = ['PATH=/bin', 'PS1=$ '];
    change(config);
  };
}

function script(text: string, change: (config: AnyConfig) => void = () => undefined): string {
  return sandbox.script(text, atTerminal(change));
}

function runAt(bundle: string): Promise<{ terminal: Terminal; pid: number }> {
  id = sandbox.id();
  return terminals.run('run', '-b', bundle, id);
}

/** A container that waits, for exec. */
async function waiting(change: (config: AnyConfig) => void = () => undefined): Promise<void> {
  id = sandbox.id();
  const bundle = sandbox.script('exec sleep 1000', (config) => {
    config.process.env = ['PATH=/bin', 'PS1=$ '];
    change(config);
  });
  expect(await sandbox.run(['run', '-d', '-b', bundle, id])).toMatchObject({ status: 0, stderr: quiet });
}

async function pids(): Promise<number[]> {
  return JSON.parse((await sandbox.run(['ps', '--format', 'json', id])).stdout) ?? [];
}

afterEach(async () => {
  terminals.close();
  await sandbox.run(['delete', '--force', id]);
  if (own) expect(sandbox.leftovers()).toEqual([]);
});

describe.each(['run', 'exec'])('%s in the foreground', (command) => {
  async function start(text: string): Promise<{ terminal: Terminal; pid: number }> {
    if (command === 'run') return runAt(script(text));
    await waiting();
    return terminals.run('exec', '--tty', id, 'sh', '-c', text);
  }

  // @shows /process/terminal
  test('has a terminal of the size of the caller, which belongs to the process', async () => {
    const { terminal } = await start('tty; stty size; stat -c "%u %t" $(tty); echo > /dev/tty && echo ok');
    await terminal.shows(/\/dev\/pts\/0\r\n24 80\r\n0 88\r\n\r\nok\r\n/);
    expect(await terminal.report()).toBe('0 restored');
  });

  test('follows changes of the size', async () => {
    const { terminal } = await start('trap "stty size" WINCH; echo ready; while :; do sleep 0.1; done');
    await terminal.shows(/ready\r\n/);
    terminal.resize(132, 50);
    await terminal.shows(/50 132\r\n/);
    terminal.resize(20, 10);
    await terminal.shows(/10 20\r\n/);
    terminal.type('\x03');
    expect(await terminal.report()).toBe('130 restored');
  });

  test('is raw: keys are for the process, which shows them', async () => {
    const { terminal } = await start('stty -echo; echo ready; read line; echo "got $line"; exit 3');
    await terminal.shows(/ready\r\n/);
    expect(await terminal.settings()).toBe('changed');
    terminal.type('hello\r');
    await terminal.shows(/got hello\r\n/);
    expect(terminal.shown).toBe('ready\r\ngot hello\r\n');
    expect(await terminal.report()).toBe('3 restored');
  });

  test('Ctrl-C interrupts the process and not the runtime', async () => {
    const { terminal } = await start(
      'trap "echo caught; exit 4" INT; echo ready; while :; do sleep 0.1; done',
    );
    await terminal.shows(/ready\r\n/);
    terminal.type('\x03');
    await terminal.shows(/caught\r\n/);
    expect(await terminal.report()).toBe('4 restored');
  });

  test('Ctrl-Z stops a job of the shell inside', async () => {
    const { terminal } = await start('exec sh -i');
    await terminal.shows(/\$ /);
    terminal.type('sleep 500\r');
    await terminal.shows(/sleep 500\r\n/);
    // The shell has to make it its foreground job first.
    await new Promise((resolve) => setTimeout(resolve, 200));
    terminal.type('\x1a');
    await terminal.shows(/Stopped/);
    terminal.type('kill %1; exit 5\r');
    await terminal.shows(/exit 5/);
    // With a stopped job the shell asks once more.
    terminal.type('exit 5\r');
    expect(await terminal.report()).toBe('5 restored');
  });

  test('Ctrl-D ends what reads', async () => {
    const { terminal } = await start('echo ready; cat; echo end; exit 6');
    await terminal.shows(/ready\r\n/);
    terminal.type('a line\r');
    await terminal.shows(/a line\r\na line\r\n/);
    terminal.type('\x04');
    await terminal.shows(/end\r\n/);
    expect(await terminal.report()).toBe('6 restored');
  });

  test('shows all of a long output', async () => {
    const { terminal } = await start('i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done');
    await terminal.shows(/line 4999\r\n/);
    const lines = terminal.shown.split('\r\n').slice(0, 5000);
    expect(lines).toEqual(Array.from({ length: 5000 }, (_, index) => `line ${index}`));
    expect(await terminal.report()).toBe('0 restored');
  });

  test('gives the terminal back when the program dies', async () => {
    const { terminal } = await start('echo ready; kill -9 $$; sleep 1000');
    if (command === 'run') {
      // A first process cannot kill itself.
      await terminal.shows(/ready\r\n/);
      await sandbox.run(['kill', id, 'KILL']);
    }
    expect(await terminal.report()).toBe('137 restored');
  });

  test('gives the terminal back when there is no such program', async () => {
    const { terminal } =
      command === 'run'
        ? await runAt(
            script('', (config) => {
              config.process.args = ['nosuch'];
            }),
          )
        : await waiting().then(() => terminals.run('exec', '-t', id, 'nosuch'));
    await terminal.shows(
      /executable file .?nosuch.? not found in \$PATH|"nosuch": executable file not found/,
    );
    expect(await terminal.report()).toMatch(own ? `${command === 'run' ? 1 : 255} restored` : /restored/);
  });

  test('gives the terminal back, and ends the process, when the runtime is killed', async () => {
    const { terminal, pid } = await start('trap "" HUP; echo ready; while :; do sleep 0.1; done');
    await terminal.shows(/ready\r\n/);
    expect(await terminal.settings()).toBe('changed');
    const before = command === 'run' ? [] : [(await sandbox.state(id)).pid];
    process.kill(pid, 'SIGKILL');
    expect(await terminal.report()).toBe('137 restored');
    await until(async () => (await pids()).length === before.length);
  });

  test.runIf(own)('gives the terminal back, and ends the process, when its init is killed', async () => {
    const { terminal, pid } = await start('trap "" HUP; echo ready; while :; do sleep 0.1; done');
    await terminal.shows(/ready\r\n/);
    expect(await terminal.settings()).toBe('changed');
    const before = command === 'run' ? [] : [(await sandbox.state(id)).pid];
    const [outer = 0] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    process.kill(outer, 'SIGKILL');
    expect(await terminal.report()).toBe('137 restored');
    if (command === 'exec') expect(await pids()).toEqual(before);
    else expect((await sandbox.run(['state', id])).stderr).toContain('does not exist');
  });

  test('is a job that can be stopped and continued', async () => {
    const { terminal, pid } = await start('echo ready; read line; echo "got $line"');
    await terminal.shows(/ready\r\n/);
    const status = () => /^State:\t(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    process.kill(pid, 'SIGTSTP');
    await until(() => status() === 'T');
    expect(await terminal.settings()).toBe('restored');
    process.kill(pid, 'SIGCONT');
    await until(async () => (await terminal.settings()) === 'changed');
    terminal.type('on\r');
    await terminal.shows(/got on\r\n/);
    expect(await terminal.report()).toBe('0 restored');
  });
});

describe('a terminal', () => {
  test('is on /dev/console too, for the first process', async () => {
    const { terminal } = await runAt(
      script('echo to the console > /dev/console; stat -c "%t %T" /dev/console'),
    );
    await terminal.shows(/to the console\r\n88 0\r\n/);
    expect(await terminal.report()).toBe('0 restored');
  });

  test('belongs to the user of the process', async () => {
    const { terminal } = await runAt(
      script('stat -c %u $(tty); echo ok > /dev/tty', (config) => {
        config.process.user = { uid: 1000, gid: 1000 };
      }),
    );
    await terminal.shows(/1000\r\nok\r\n/);
    expect(await terminal.report()).toBe('0 restored');
  });

  test('in a user namespace', async () => {
    const bundle = script('tty; stat -c %u $(tty); echo ok > /dev/console', (config) => {
      config.linux.namespaces.push({ type: 'user' });
      config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65536 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 65536 }];
    });
    sandbox.giveRootfs(bundle);
    const { terminal } = await runAt(bundle);
    await terminal.shows(/\/dev\/pts\/0\r\n0\r\nok\r\n/);
    expect(await terminal.report()).toBe('0 restored');
  });

  // @shows /process/consoleSize
  // @shows /process/consoleSize/{height,width}
  test('is sent to --console-socket before create returns, with consoleSize', async () => {
    const socket = `${sandbox.folder}/console.sock`;
    const engine = await terminals.take('listen', socket);
    const bundle = script('echo "size $(stty size)"; read line; echo "got $line"; sleep 1000', (config) => {
      config.process.consoleSize = { width: 100, height: 40 };
    });
    id = sandbox.id();
    const options = ['create', '-b', bundle, '--console-socket', socket, id];
    expect(await sandbox.run(options)).toEqual({ status: 0, stdout: '', stderr: quiet });
    // In an engine that is the name of the terminal; nobody looks at it.
    expect(await engine.report()).toMatch(/ptmx$/);
    await sandbox.run(['start', id]);
    await engine.shows(/size 40 100\r\n/);
    engine.type('hello\r');
    await engine.shows(/got hello\r\n/);
  });

  test('a caller that reads the output of create sees its end', async () => {
    const socket = `${sandbox.folder}/pipe.sock`;
    await terminals.take('listen', socket);
    id = sandbox.id();
    const options = ['create', '-b', script('sleep 1000'), '--console-socket', socket, id];
    const create = spawn(runtimePath, ['--root', sandbox.root, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 10_000,
      killSignal: 'SIGKILL',
    });
    // The program waits for start, and has nothing of the caller's open.
    const ended = await Promise.race([once(create, 'close'), sleep(5000, 'still open')]);
    expect(ended).toEqual([0, null]);
  });

  test('of a detached exec is sent to --console-socket', async () => {
    await waiting();
    const socket = `${sandbox.folder}/exec.sock`;
    const engine = await terminals.take('listen', socket);
    const result = await sandbox.run([
      'exec',
      '-d',
      '-t',
      '--console-socket',
      socket,
      id,
      'sh',
      '-c',
      'tty; sleep 1000',
    ]);
    expect(result).toEqual({ status: 0, stdout: '', stderr: quiet });
    await engine.shows(/\/dev\/pts\/0\r\n/);
  });

  test('needs somebody who takes it', async () => {
    id = sandbox.id();
    const bundle = script('true');
    const plain = sandbox.script('true');
    const detached = 'will detach without setting console socket';
    expectRefusal(await sandbox.run(['create', '-b', bundle, id]), detached);
    expectRefusal(await sandbox.run(['run', '-d', '-b', bundle, id]), detached);
    const useless = 'cannot use console socket if';
    expectRefusal(await sandbox.run(['create', '-b', plain, '--console-socket', '/x', id]), useless);
    expectRefusal(await sandbox.run(['run', '-b', bundle, '--console-socket', '/x', id]), useless);
    expectRefusal(
      await sandbox.run(['create', '-b', bundle, '--console-socket', '/nosuch/socket', id]),
      /connect to "\/nosuch\/socket": no such file or directory/,
    );
    expect(existsSync(`${sandbox.root}/${id}`)).toBe(false);
  });

  // @refuses /process/terminal
  test('needs a devpts', async () => {
    id = sandbox.id();
    const bundle = script('true', (config) => {
      config.mounts = config.mounts.filter(({ type }: AnyConfig) => type !== 'devpts');
    });
    const { terminal } = await terminals.run('run', '-b', bundle, id);
    if (own) await terminal.shows(/a terminal needs a devpts at \/dev\/pts/);
    expect(await terminal.report()).toMatch(own ? /^1 restored/ : /restored/);
  });
});

describe('without a terminal', () => {
  test('stdio belongs to the user of the process', async () => {
    const before = statSync('/dev/null').uid;
    const bundle = sandbox.script('echo again > /proc/self/fd/1', (config) => {
      config.process.user = { uid: 1000, gid: 1000 };
    });
    const result = await sandbox.run(['run', '-b', bundle, sandbox.id()]);
    expect(result).toMatchObject({ status: 0, stdout: 'again\n' });
    expect(statSync('/dev/null').uid).toBe(before);
  });

  test('a foreground process with a terminal is refused', async () => {
    id = sandbox.id();
    const result = await sandbox.run(['run', '-b', script('true'), id]);
    expect(result.status).not.toBe(0);
    expect(result.stderr).toEqual(says('no terminal to use'));
  });
});

test('--pidfd-socket takes a pidfd of the process', async () => {
  await waiting();
  const receive = (name: string) => terminals.take('pidfd', `${sandbox.folder}/${name}`);
  const first = await receive('exec-pidfd');
  const file = `${sandbox.folder}/pid`;
  await sandbox.run([
    'exec',
    '-d',
    '--pid-file',
    file,
    '--pidfd-socket',
    `${sandbox.folder}/exec-pidfd`,
    id,
    'sleep',
    '500',
  ]);
  expect([await first.report(), await first.report()]).toEqual(['pidfd', readFileSync(file, 'utf8')]);
  await sandbox.run(['delete', '--force', id]);
  const second = await receive('create-pidfd');
  id = sandbox.id();
  const bundle = sandbox.script('sleep 1000');
  await sandbox.run([
    'create',
    '-b',
    bundle,
    '--pidfd-socket',
    `${sandbox.folder}/create-pidfd`,
    '--pid-file',
    file,
    id,
  ]);
  expect([await second.report(), await second.report()]).toEqual(['pidfd', readFileSync(file, 'utf8')]);
});
