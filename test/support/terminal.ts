// A real terminal (test/probe/terminal.c) that a program runs at, and what engines do for --console-socket.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { expect } from 'vitest';
import { compileProbe } from './compile.ts';
import { runtimePath } from './runtime.ts';
import type { Sandbox } from './sandbox.ts';

const deadline = 10_000;

export class Terminal {
  readonly #child: ChildProcess;
  #shown = '';
  #reported = '';
  #read = 0;

  /** @param lifetime Milliseconds until it is ended; 0 for ever. */
  constructor(path: string, args: readonly string[], lifetime = 30_000) {
    this.#child = spawn(path, [...args], {
      stdio: ['pipe', 'pipe', 'inherit', 'pipe', 'pipe'],
      timeout: lifetime,
      killSignal: 'SIGKILL',
    });
    this.#child.stdout?.on('data', (data) => {
      this.#shown += data;
    });
    (this.#child.stdio[4] as Readable).on('data', (data) => {
      this.#reported += data;
    });
    // It may end first.
    for (const stream of [this.#child.stdin, this.#child.stdio[3] as Writable])
      stream?.on('error', () => undefined);
  }

  /** What was shown so far. */
  get shown(): string {
    return this.#shown;
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits until something is shown, after what was waited for before. Returns the match. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    const found = await this.#until(() => pattern.exec(this.#shown.slice(this.#read)), String(pattern));
    this.#read += found.index + found[0].length;
    return found;
  }

  /** Next line of what the terminal reports: pid, then status and settings; or what came over a socket. */
  async report(): Promise<string> {
    const [line, first = ''] = await this.#until(() => /^(.*)\n/.exec(this.#reported), 'a report');
    this.#reported = this.#reported.slice(line.length);
    return first;
  }

  resize(columns: number, rows: number): void {
    const size = Buffer.alloc(4);
    size.writeUInt16LE(columns, 0);
    size.writeUInt16LE(rows, 2);
    (this.#child.stdio[3] as Writable).write(size);
  }

  /** Whether the settings are those of the beginning, while the program runs: "restored" or "changed". */
  async settings(): Promise<string> {
    (this.#child.stdio[3] as Writable).write(Buffer.alloc(4));
    return (await this.report()).replace('- ', '');
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }

  async #until<T>(find: () => T | null, what: string): Promise<T> {
    const end = Date.now() + deadline;
    for (;;) {
      const found = find();
      if (found !== null) return found;
      if (Date.now() > end) throw new Error(`not in 10 s: ${what}; shown: ${JSON.stringify(this.#shown)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** The terminals of a test file. */
export class Terminals {
  readonly #sandbox: Sandbox;
  #program: string | null = null;
  #open: Terminal[] = [];

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  /** Runs the runtime at a terminal. Returns its pid too. */
  async run(...args: string[]): Promise<{ readonly terminal: Terminal; readonly pid: number }> {
    const terminal = this.#start(['run', runtimePath, '--root', this.#sandbox.root, ...args]);
    return { terminal, pid: Number(await terminal.report()) };
  }

  /** Waits at a socket for a terminal, for a pidfd, or for many terminals, which it keeps open. */
  async take(what: 'listen' | 'pidfd' | 'keep', socket: string): Promise<Terminal> {
    const taker = this.#start([what, socket], what === 'keep' ? 0 : undefined);
    expect(await taker.report()).toBe('listening');
    return taker;
  }

  close(): void {
    for (const terminal of this.#open) terminal.close();
    this.#open = [];
  }

  #start(args: readonly string[], lifetime?: number): Terminal {
    this.#program ??= compileProbe('terminal', this.#sandbox.folder);
    const terminal = new Terminal(this.#program, args, lifetime);
    this.#open.push(terminal);
    return terminal;
  }
}
