// Opens a namespace once and checks its type on the fd (config-linux.md#namespaces).

import { closeSync, openSync, readlinkSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import type { JoinNamespace } from '../namespace/argv.ts';
import type { NamespaceType } from '../spec/linux.ts';
import { attempt } from './attempt.ts';

/** Kernel names of the types whose names differ: what the link of a namespace fd starts with. */
const kernelNames: Partial<Record<NamespaceType, string>> = { network: 'net', mount: 'mnt' };

/** Opens a namespace file. Throws when it is missing, none of that type, or the host's where that must not be. */
export function openNamespace({ type, path, from, notHost }: JoinNamespace): number {
  const fd = attempt(from, `${from}/path: open "${path}"`, () => openSync(path, 'r'));
  const link = readlinkSync(`/proc/self/fd/${fd}`);
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
