// argv in, exit status out: parses, runs one command, and says what went wrong, once.

import { resolve } from 'node:path';
import { commands } from './cli/commands.ts';
import { globalOptions } from './cli/options.ts';
import { type ParsedCall, parseCall, parseOptions } from './cli/parse.ts';
import { commandNamed, Options } from './cli/table.ts';
import type { CgroupManager, Environment, Rootless } from './container/environment.ts';
import { errnoText } from './error/errno.ts';
import { RuntimeError } from './error/error.ts';
import { oneLine } from './error/one-line.ts';
import { callerFact } from './host/facts.ts';
import { leave, readLaunch, relaunch } from './host/launch.ts';
import { type LogOptions, makeLog } from './host/log.ts';
import { writeErrors, writeOutput } from './host/output.ts';
import { effectiveUid } from './host/users.ts';
import { trustable } from './spec/annotations.ts';
import { commit, version } from './version.ts';

const argv = process.argv.slice(2);

leave(readLaunch() === null ? await relaunch(argv) : await main());

async function main(): Promise<number> {
  const globals = new Options(parseOptions(argv, globalOptions)?.values ?? {});
  if (globals.flag('version')) {
    writeOutput(`slipway version ${version}\n${commit === '' ? '' : `commit: ${commit}\n`}spec: 1.3.0\n`);
    return 0;
  }
  const call = globals.flag('help') ? null : parseCall(argv);
  const status = call === null ? await explainCall(globals) : await runCall(call);
  // An init that was not needed, or could not do its part: no process of slipway's outlives the command.
  if (status !== 0 && (readLaunch()?.init ?? 0) > 0) (await import('./host/init-process.ts')).dismissInit();
  return status;
}

async function explainCall(globals: Options): Promise<number> {
  const { explain } = await import('./cli/explain.ts');
  const explanation = await explain(argv);
  if ('usage' in explanation) writeOutput(`${explanation.usage}\n`);
  const { error: said, status } =
    'error' in explanation ? explanation : { error: await failedProbe(), status: 1 };
  if (said !== null) await sayError(said, globals);
  return said === null ? 0 : status;
}

/** Help about a command that cannot work on this host says so, and fails. */
async function failedProbe(): Promise<string | null> {
  const name = parseOptions(argv, globalOptions)?.positionals[0] ?? '';
  try {
    await commandNamed(name, { commands })?.probe?.();
    return null;
  } catch (error) {
    return errorText(error);
  }
}

async function runCall({ globals, command, options, positionals }: ParsedCall): Promise<number> {
  try {
    const log = makeLog(logOptions(globals));
    const root = givenRoot(globals.text('root'));
    const own = runtimeDirectory();
    const env: Environment = {
      root: root ?? own ?? '/run/slipway',
      rootGiven: root !== null,
      // There the sticky bit keeps it from being cleaned up while it is not used.
      rootMode: root === null && own !== null ? 0o1711 : 0o711,
      cgroupManager: cgroupManager(globals),
      rootless: rootless(globals.text('rootless')),
      trustedAnnotations: trustedAnnotations(globals.list('trust-annotation')),
      debug: isDebug(globals),
      log,
    };
    const { handler } = await command.load();
    return await handler({
      env,
      options,
      positionals,
      tables: { commands, globalOptions },
      print: writeOutput,
    });
  } catch (error) {
    const { status, prefix } = command.failure ?? { status: 1, prefix: '' };
    await sayError(`${prefix}${errorText(error)}`, globals);
    return status;
  }
}

function isDebug(globals: Options): boolean {
  return globals.flag('debug') || globals.text('log-level') === 'debug';
}

function logOptions(globals: Options): LogOptions {
  return {
    // As crun names a file.
    path: globals.text('log')?.replace(/^file:/, '') ?? null,
    format: globals.text('log-format') === 'json' ? 'json' : 'text',
    debug: isDebug(globals),
    level: globals.text('log-level'),
  };
}

/** On stderr for whoever reads that, and in the log file for engines. JSON on stderr is for engines too. */
async function sayError(message: string, globals: Options): Promise<void> {
  const options = logOptions(globals);
  const onlyLogged = options.path === null && options.format === 'json';
  if (!onlyLogged) writeErrors(`${message}\n`);
  if (options.path === null && !onlyLogged) return;
  try {
    await makeLog(options)('error', message);
  } catch (failure) {
    if (errorText(failure) !== message) writeErrors(`${errorText(failure)}\n`);
  }
}

/** What went wrong, on one line; for a mistake of slipway's own the stack too. */
function errorText(error: unknown): string {
  if (error instanceof RuntimeError) return oneLine(error.message);
  if (!(error instanceof Error)) return `unexpected: ${String(error)}`;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return `unexpected: ${error.stack ?? error.message}`;
  return `${syscall}${path === undefined ? '' : ` "${path}"`}: ${errnoText(code)}`;
}

function cgroupManager(globals: Options): CgroupManager {
  const named = globals.text('cgroup-manager');
  if (globals.flag('systemd-cgroup')) return 'systemd';
  return named === 'systemd' || named === 'disabled' ? named : 'cgroupfs';
}

/** Absolute. Throws USAGE for the root directory, whose folders are no containers. */
function givenRoot(path: string | null): string | null {
  const root = path === null ? null : resolve(path);
  if (root === '/' || path === '')
    throw new RuntimeError(
      'USAGE',
      '--root: should not be set to "/" or to nothing; name a directory for the state',
    );
  return root;
}

/** Throws USAGE for a name that means nothing. */
function trustedAnnotations(names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => !trustable.includes(name));
  if (unknown === undefined) return names;
  throw new RuntimeError(
    'USAGE',
    `--trust-annotation: "${unknown}" is none of those that reach the host: ${trustable.join(', ')}`,
  );
}

function rootless(named: string | null): Rootless {
  return named === 'true' || named === 'false' ? named : 'auto';
}

/**
 * Without root of the host: the state directory below that of the user's session (XDG Base Directory Specification). Podman calls
 * as root of a user namespace; a session of root's there keeps /run, as under runc.
 */
function runtimeDirectory(): string | null {
  const { XDG_RUNTIME_DIR: directory = '', USER } = process.env;
  if (directory === '' || (effectiveUid() === 0 && (USER === 'root' || callerFact().initialNamespace)))
    return null;
  return `${directory}/slipway`;
}
