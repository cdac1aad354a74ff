// Opens a namespace once and checks its type on the fd (config-linux.md#namespaces).

import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import type { JoinNamespace } from '../namespace/argv.ts';
import type { NamespaceType } from '../spec/linux.ts';
import { attempt } from './attempt.ts';
import { readText } from './files.ts';

/** Kernel names of the types whose names differ: what the link of a namespace fd starts with. */
const kernelNames: Partial<Record<NamespaceType, string>> = { network: 'net', mount: 'mnt' };

/** "net:[4026531840]", or a path for what is no namespace. */
function namespaceName(fd: number): string {
  const link = readlinkSync(`/proc/self/fd/${fd}`);
  if (!link.startsWith('/')) return link;
  // A namespace that is kept by a bind mount has a path; its name is the root of that mount (proc(5)).
  const mount = /^mnt_id:\s*(\d+)$/m.exec(readText(`/proc/self/fdinfo/${fd}`))?.[1];
  const line =
    readText('/proc/self/mountinfo')
      .split('\n')
      .find((entry) => entry.startsWith(`${mount} `)) ?? '';
  return line.includes(' - nsfs ') ? (line.split(' ')[3] ?? link) : link;
}

/** Opens a namespace file. Throws when it is missing, none of that type, or the host's where that must not be. */
export function openNamespace({ type, path, from, notHost }: JoinNamespace): number {
  const fd = attempt(from, `${from}/path: open "${path}"`, () =>
    // A fifo would hold up whoever opens it.
    openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
  );
  const link = namespaceName(fd);
  const name = kernelNames[type] ?? type;
  if (link.startsWith(`${name}:[`) && (notHost === '' || link !== readlinkSync(`/proc/self/ns/${name}`)))
    return fd;
  closeSync(fd);
  if (link.startsWith(`${name}:[`)) {
    const why = `not allowed in the host ${type} namespace, which "${path}" is`;
    throw new RuntimeError('INVALID_CONFIG', `${notHost}: ${why}`, { ref: notHost });
  }
  const found = link.includes(':[') ? link : 'no namespace';
  throw new RuntimeError(
    'INVALID_CONFIG',
    `${from}/path: "${path}" is ${found}, expected a ${type} namespace`,
    {
      ref: from,
    },
  );
}
