// Opens a namespace once and checks its type on the fd (config-linux.md#namespaces).

import { closeSync, openSync, readlinkSync } from 'node:fs';
import { RuntimeError } from '../error/error.ts';
import type { NamespaceType } from '../spec/linux.ts';
import { attempt } from './attempt.ts';

/** Kernel names of the types whose names differ: what the link of a namespace fd starts with. */
const kernelNames: Partial<Record<NamespaceType, string>> = { network: 'net', mount: 'mnt' };

/** Opens a namespace file. Throws when it is missing, or none of that type. */
export function openNamespace(type: NamespaceType, path: string, from: string): number {
  const fd = attempt(from, `${from}/path: open "${path}"`, () => openSync(path, 'r'));
  const link = readlinkSync(`/proc/self/fd/${fd}`);
  if (link.startsWith(`${kernelNames[type] ?? type}:[`)) return fd;
  closeSync(fd);
  const found = link.includes(':[') ? link : 'no namespace';
  throw new RuntimeError(
    'INVALID_CONFIG',
    `${from}/path: "${path}" is ${found}, expected a ${type} namespace`,
    {
      ref: from,
    },
  );
}
