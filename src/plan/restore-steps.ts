// What the init does for `restore`: a root file system that CRIU can use, and CRIU itself.

import { type InitStep, workSlot } from '../init/protocol.ts';
import { belowBundle, rootTree } from '../mount/bind.ts';
import { isBind } from '../mount/options.ts';
import { namespaceFlags } from '../namespace/argv.ts';
import { namespaceOf } from '../namespace/asked.ts';
import type { Config } from '../spec/config.ts';

import type { StageOptions } from './plan.ts';
import { type EarlySteps, earlySteps } from './stages.ts';

export type RestoreFacts = {
  readonly bundle: string;
  readonly rootfs: string;
  /** As of PlanOptions. */
  readonly unpacked: boolean;
  /** Host directory that the root file system is mounted on: CRIU wants a mount. */
  readonly root: string;
  /** Directory of the images, and the one for CRIU's log. */
  readonly images: string;
  readonly work: string;
  /** Encoded criu_opts. */
  readonly options: Uint8Array;
};

/** Slot of a network namespace that is shared with others. */
const networkSlot = workSlot + 1;

const stdioFds = 3;

/** fd of that namespace in the outer init, and in CRIU: behind stdio come the slots. Null for a network of its own. */
export function networkFdOf(config: Config): number | null {
  return namespaceOf(config, 'network')?.path === undefined ? null : stdioFds + networkSlot - 1;
}

export function restoreSteps(config: Config, stage: StageOptions, facts: RestoreFacts): EarlySteps {
  const { bundle, rootfs, unpacked, root, options, images, work } = facts;
  let slots: number = networkSlot;
  const nextSlot = () => ++slots;
  const terminalSlot = config.process?.terminal === true ? nextSlot() : null;
  return earlySteps({}, stage, {
    namespaces: [],
    last: () => [
      rootTree(rootfs, unpacked),
      { op: 'attachRootfs', from: '/root/path', slot: workSlot, path: root },
      ...targetSteps(config, bundle),
      { op: 'restore', from: 'criu(8)', options, images, work, terminalSlot },
    ],
    opens: networkSteps(config),
    terminalSlot,
    slaveMounts: true,
    rootless: false,
    groups: 'set',
    setupUser: { uid: 0, gid: 0 },
    files: [],
    nextSlot,
  });
}

function networkSteps(config: Config): InitStep[] {
  const path = namespaceOf(config, 'network')?.path;
  if (path === undefined) return [];
  const from = '/linux/namespaces';
  return [{ op: 'openNamespace', from, slot: networkSlot, path, type: namespaceFlags.network }];
}

/** Places for the mounts, which a fresh root file system may lack; not for those in another mount. */
function targetSteps({ mounts = [] }: Config, bundle: string): InitStep[] {
  return mounts.flatMap((mount, index): InitStep[] => {
    const inside = mounts.some((other) => mount.destination.startsWith(`${other.destination}/`));
    if (inside) return [];
    const source = isBind(mount) ? belowBundle(bundle, mount.source ?? '') : '';
    return [{ op: 'target', from: `/mounts/${index}`, path: mount.destination, like: source }];
  });
}
