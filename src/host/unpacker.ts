// Runs `slipway-init unpack`: a process that has nothing but a root file system, and makes there what it is sent.

import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { capabilityBit } from '../capability/capability.ts';
import { errnoText } from '../error/errno.ts';
import { RuntimeError } from '../error/error.ts';
import { encodeStep } from '../init/encode.ts';
import type { WireStep } from '../init/protocol.ts';
import { writeOwnIdMaps } from '../namespace/id-map.ts';
import { textOf } from './blob.ts';
import type { OwnMaps } from './id-maps.ts';
import { shipped } from './launch.ts';
import { runProcessStep } from './process-steps.ts';
import { effectiveGid, effectiveUid } from './users.ts';

/** Steps are sent once they are that many bytes. */
const batch = 64 << 10;

/** What owners, modes and kinds of files need, and no more. */
const capabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_MKNOD',
  'CAP_SETFCAP',
].reduce((bits, name) => bits | capabilityBit(name), 0n);

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export class Unpacker {
  readonly #child: Child;
  readonly #output: Buffer[] = [];
  readonly #greeted: Promise<void>;
  readonly #complaint: Promise<string>;
  readonly #status: Promise<number | null>;
  #parts: Buffer[] = [];
  #length = 0;

  private constructor(child: Child) {
    this.#child = child;
    const greeting = Promise.withResolvers<void>();
    child.stdout.on('data', (bytes: Buffer) => {
      this.#output.push(bytes);
      greeting.resolve();
    });
    this.#greeted = greeting.promise;
    this.#complaint = textOf(child.stderr);
    const { promise, resolve, reject } = Promise.withResolvers<number | null>();
    child.on('error', reject);
    child.on('close', resolve);
    // Nobody may be waiting yet.
    promise.catch(() => undefined);
    this.#status = promise;
    // After a failure slipway-init reads no more: its stderr and status say what failed.
    child.stdin.on('error', () => undefined);
  }

  /**
   * `maps`: those of a user namespace for a caller without root; null for root, whose ids are those of the host. `signal` kills it.
   */
  static async start(rootfs: string, maps: OwnMaps | null, signal?: AbortSignal): Promise<Unpacker> {
    const { spawn } = await import('node:child_process');
    const tool = [shipped('slipway-init'), 'unpack'];
    const [program = '', ...args] =
      maps === null ? tool : ['unshare', '--user', '--keep-caps', '--', ...tool];
    const unpacker = new Unpacker(
      // In a process group of its own: Ctrl-C is for slipway, which says that it was interrupted.
      spawn(program, args, {
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
        signal,
        killSignal: 'SIGKILL',
      }),
    );
    try {
      await unpacker.#begin(rootfs, maps);
      return unpacker;
    } catch (error) {
      await unpacker.kill();
      throw error;
    }
  }

  async #begin(rootfs: string, maps: OwnMaps | null): Promise<void> {
    // By then it is in its user namespace.
    await Promise.race([this.#greeted, this.#status]);
    if (maps !== null) {
      const { uidMappings: uids, gidMappings: gids } = maps;
      const own = { uid: effectiveUid(), gid: effectiveGid() };
      const { pid = 0 } = this.#child;
      for (const step of writeOwnIdMaps({ uids, gids }, own)) await runProcessStep(pid, step);
      await this.send({ op: 'becomeSetupUser', uid: 0, gid: 0, keepGroups: 1 });
    }
    const sets = { effective: capabilities, permitted: capabilities, inheritable: 0n, ambient: 0n };
    const steps: readonly WireStep[] = [
      { op: 'slaveMounts' },
      { op: 'enterTree', path: rootfs },
      { op: 'pivotRoot' },
      { op: 'boundingSet', mask: capabilities },
      { op: 'capabilities', ...sets },
      { op: 'noNewPrivileges' },
    ];
    for (const step of steps) await this.send(step);
  }

  /** Sends a step, together with others. Throws what went wrong with an earlier one. */
  async send(step: WireStep): Promise<void> {
    for (const part of encodeStep(step)) {
      this.#parts.push(part);
      this.#length += part.length;
    }
    if (this.#length >= batch) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    const { stdin } = this.#child;
    if (this.#isOver()) throw await this.#failure();
    if (!stdin.write(bytes)) await Promise.race([once(stdin, 'drain'), this.#status]).catch(() => undefined);
    if (this.#isOver()) throw await this.#failure();
  }

  #isOver(): boolean {
    const { stdin, exitCode } = this.#child;
    return stdin.destroyed || stdin.errored !== null || exitCode !== null;
  }

  /** Ends it. Returns what `readFile` steps have read, in order; null for a file that is not there. Throws what went wrong. */
  async finish(): Promise<readonly (Buffer | null)[]> {
    this.#child.stdin.end(Buffer.concat(this.#parts));
    if ((await this.#status) !== 0) throw await this.#failure();
    // The greeting is the first one.
    return filesIn(Buffer.concat(this.#output)).slice(1);
  }

  /** Ends it, wherever it is. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#status.catch(() => undefined);
  }

  async #failure(): Promise<Error> {
    const status = await this.#status;
    const said = await this.#complaint;
    const [, errno = '', text = ''] = /^(\d+) (.*)$/s.exec(said) ?? [];
    const why = errno === '' || errno === '0' ? '' : `: ${errnoText(Number(errno))}`;
    const end = status === null ? `by ${this.#child.signalCode}` : `with status ${status}`;
    const what = text === '' ? `slipway-init ended ${end} ${said}`.trimEnd() : text;
    return new RuntimeError('SYSTEM', `${what}${why}`, { ref: 'layer.md' });
  }
}

/** The length that says that there is no file. */
const none = 0xffffffff;

function filesIn(output: Buffer): readonly (Buffer | null)[] {
  const files: (Buffer | null)[] = [];
  for (let at = 0; at + 4 <= output.length; ) {
    const length = output.readUInt32LE(at);
    at += 4;
    files.push(length === none ? null : output.subarray(at, at + length));
    at += length === none ? 0 : length;
  }
  return files;
}
