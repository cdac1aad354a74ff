// A directory as a tar archive, by GNU tar: it knows holes, hard links and extended attributes.

import { errnoText } from '../error/errno.ts';
import { RuntimeError } from '../error/error.ts';
import { joinLines } from '../error/one-line.ts';
import { textOf } from './blob.ts';
import { errorCode } from './files.ts';

/** Attributes that the reader of layers takes. */
const attributes = ['user.*', 'security.capability', 'system.posix_acl_*'];

/** `warn` is told what the archive leaves out, such as sockets and other file systems. Throws when tar fails. */
export async function* archiveOf(path: string, warn: (text: string) => void): AsyncGenerator<Buffer> {
  const { spawn } = await import('node:child_process');
  const args = [
    ...['--create', '--format=posix', '--numeric-owner', '--sparse', '--one-file-system'],
    ...['--xattrs', ...attributes.map((pattern) => `--xattrs-include=${pattern}`)],
    ...[`--directory=${path}`, '.'],
  ];
  const child = spawn('tar', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  const complaint = textOf(child.stderr).catch(String);
  const { promise: status, resolve } = Promise.withResolvers<number | Error | null>();
  child.on('error', resolve);
  child.on('close', resolve);
  try {
    yield* child.stdout;
  } catch {
    // Of a program that cannot be run; the status says so.
  } finally {
    child.kill('SIGKILL');
  }
  const end = await status;
  if (end instanceof Error) throw failed(`GNU tar cannot be run: ${errnoText(errorCode(end))}`, path);
  const said = (await complaint).trimEnd();
  if (end !== 0) throw failed(said === '' ? `tar ended with status ${end}` : joinLines(said), path);
  for (const line of said.split('\n').filter(Boolean)) warn(line);
}

function failed(why: string, path: string): RuntimeError {
  return new RuntimeError('SYSTEM', `"${path}": ${why}`, { ref: path });
}
