// From the host's root to the container's (config.md#root, #mounts).

import { deviceSteps } from '../device/device-steps.ts';
import { type InitStep, workSlot } from '../init/protocol.ts';
import { rootTree } from '../mount/bind.ts';
import type { MountContext } from '../mount/context.ts';
import { attribute, propagation } from '../mount/flags.ts';
import { lateMountSteps, mountSteps } from '../mount/mount-steps.ts';
import { isBind } from '../mount/options.ts';
import { mountsAtCaller } from '../namespace/asked.ts';
import type { Config } from '../spec/config.ts';
import { sysctlSteps } from '../sysctl/sysctl.ts';

export type RootOptions = {
  /** Absolute path on the host. */
  readonly rootfs: string;
  readonly noPivot: boolean;
  /** As of PlanOptions. */
  readonly unpacked: boolean;
  /** What runs between the last mount and the change of the root. */
  readonly hooks: readonly InitStep[];
  /** What comes once the root is the container's: what the process has for stdio. */
  readonly stdio: readonly InitStep[];
};

/** What mounts need beside the root file system and the mounts before them. */
export type RootContext = Omit<MountContext, 'rootfs' | 'earlier'>;

export function rootSteps(
  config: Config,
  { rootfs, noPivot, unpacked, hooks, stdio }: RootOptions,
  context: RootContext,
): InitStep[] {
  const mounts = config.mounts ?? [];
  const configured = config.linux?.rootfsPropagation ?? '';
  const flags = propagation[configured === '' ? 'rslave' : configured] ?? 0;
  const { open, enter } = mountsAtCaller(config)
    ? callerRoot(rootfs)
    : ownRoot(rootfs, { flags, noPivot, unpacked });
  return [
    ...open,
    ...mounts.flatMap((mount, index) => {
      const earlier = mounts.slice(0, index).map(({ destination }) => destination);
      return mountSteps(mount, `/mounts/${index}`, { ...context, rootfs, earlier });
    }),
    ...(bindsDev(config) ? [] : deviceSteps(config.linux?.devices ?? [], context.facts)),
    ...hooks,
    enter,
    ...stdio,
    ...(configured === '' ? [] : [rootPropagation(flags)]),
    ...cwdSteps(config),
    ...lateMountSteps(mounts),
    ...(config.root.readonly === true ? [readonlyRoot] : []),
    ...sysctlSteps(config.linux?.sysctl ?? {}),
    ...pathSteps(config, context.labelOption),
  ];
}

type RootSteps = { readonly open: readonly InitStep[]; readonly enter: InitStep };

function rootPropagation(flags: number): InitStep {
  return { op: 'rootPropagation', from: '/linux/rootfsPropagation', flags: BigInt(flags) };
}

/** The root of a mount namespace. flags: MS_* of its propagation. */
function ownRoot(
  rootfs: string,
  { flags, noPivot, unpacked }: Pick<RootOptions, 'noPivot' | 'unpacked'> & { readonly flags: number },
): RootSteps {
  const from = '/root/path';
  return {
    open: [
      rootPropagation(flags),
      ...(isNowhereShared(flags) ? [] : [{ op: 'privateParent', from, path: rootfs } as const]),
      // pivot_root(2) wants a mount: the root file system is bound on itself.
      rootTree(rootfs, unpacked),
      { op: 'attachRootfs', from, slot: workSlot, path: rootfs },
    ],
    enter: noPivot ? { op: 'moveRoot', from } : { op: 'pivotRoot', from },
  };
}

/** In the mount namespace of the caller: slipway has bound the root file system (Plan.callerRoot), and no other mount changes. */
function callerRoot(rootfs: string): RootSteps {
  const from = '/root/path';
  return {
    open: [{ op: 'openRoot', from, path: rootfs }],
    enter: { op: 'changeRoot', from, slot: 0 },
  };
}

/** A working directory that is missing is made while the root file system can still be written. */
function cwdSteps({ process }: Config): InitStep[] {
  if (process === undefined || process.cwd === '/') return [];
  return [{ op: 'makeDirectory', from: '/process/cwd', path: process.cwd }];
}

/** Then volumes beside the root file system stay slaves, and see what the host mounts later. */
function isNowhereShared(flags: number): boolean {
  return [propagation.rslave, propagation.rprivate, propagation.runbindable].includes(flags);
}

const readonlyRoot: InitStep = {
  op: 'setAttributes',
  from: '/root/readonly',
  target: '/',
  set: attribute.readonly,
  clear: 0n,
};

/** A /dev of the host has its nodes. */
function bindsDev({ mounts = [] }: Config): boolean {
  return mounts.some((mount) => mount.destination === '/dev' && isBind(mount));
}

function pathSteps({ linux = {} }: Config, option: string): InitStep[] {
  return [
    ...(linux.readonlyPaths ?? []).map(
      (path, index): InitStep => ({ op: 'readonlyPath', from: `/linux/readonlyPaths/${index}`, path }),
    ),
    ...(linux.maskedPaths ?? []).map(
      (path, index): InitStep => ({ op: 'maskPath', from: `/linux/maskedPaths/${index}`, path, option }),
    ),
  ];
}
