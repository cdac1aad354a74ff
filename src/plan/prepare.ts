// The prepare stage (init/protocol.ts): which steps of the container process need the host's credentials, and move there.

import type { InitStep } from '../init/protocol.ts';
import { hostId } from '../namespace/id-map.ts';
import type { IdMaps } from '../spec/mounts.ts';

export type Credentials = {
  /** The container process has only those of a user namespace. */
  readonly userNamespace: boolean;
  readonly uids: IdMaps;
  readonly gids: IdMaps;
  /** Whether the caller may make device nodes; else those of the host are bound. */
  readonly makesNodes: boolean;
  readonly nextSlot: () => number;
};

export type Divided = {
  readonly prepare: readonly InitStep[];
  readonly container: readonly InitStep[];
};

/**
 * In a user namespace sources of binds may be out of reach and device nodes cannot be made: both are opened before the
 * container process exists, with all the rights that the caller has, and wait in slots. The map of an id-mapped mount needs the host's credentials too.
 */
export function divide(steps: readonly InitStep[], credentials: Credentials): Divided {
  const prepare: InitStep[] = [];
  let opened: number | null = null;
  const container = steps.flatMap((step): InitStep[] => {
    switch (step.op) {
      case 'openTree':
        // What earlier mounts made is there for the container process alone.
        if (step.inside || (!credentials.userNamespace && step.uids.length === 0)) return [step];
        opened = credentials.nextSlot();
        prepare.push({ ...step, slot: opened });
        return [];
      case 'attachTree':
      case 'attachRootfs': {
        const moved = opened === null ? step : { ...step, slot: opened };
        opened = null;
        return [moved];
      }
      case 'device': {
        const { userNamespace, makesNodes, nextSlot } = credentials;
        if ((!userNamespace && makesNodes) || step.type === fifo) return [step];
        const slot = nextSlot();
        prepare.push(makesNodes ? nodeStep(step, slot, credentials) : hostNodeStep(step, slot));
        const { from, path: target, byName } = step;
        return [
          { op: 'attachTree', from, slot, target, onLink: false, copyLink: false, propagation: [], byName },
        ];
      }
      default:
        return [step];
    }
  });
  return { prepare, container };
}

/** S_IFIFO: a fifo can be made anywhere. */
const fifo = 0o010000;

function hostNodeStep(
  { from, path, type, major, minor }: InitStep & { op: 'device' },
  slot: number,
): InitStep {
  return { op: 'openDevice', from, slot, path, type, major, minor };
}

function nodeStep(step: InitStep & { op: 'device' }, slot: number, { uids, gids }: Credentials): InitStep {
  const { path: _, op: __, byName: ___, ...node } = step;
  // Without maps in config.json the owner stays root of the host, which the container sees as nobody.
  return {
    ...node,
    op: 'openNode',
    slot,
    uid: hostId(uids, step.uid) ?? 0,
    gid: hostId(gids, step.gid) ?? 0,
  };
}
