// A container without a mount namespace: its mounts are made in that of the caller.

import type { AnyConfig } from './sandbox.ts';

/** Masked and read-only paths need a mount namespace. */
export function atCaller({ linux }: AnyConfig): void {
  linux.namespaces = linux.namespaces.filter(({ type }: AnyConfig) => type !== 'mount');
  linux.maskedPaths = [];
  linux.readonlyPaths = [];
}
