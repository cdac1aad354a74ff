// Hooks (config.md#posix-platform-hooks) as steps: those of the runtime's namespaces run on the host, the others in the init.

import type { InitStep } from '../init/protocol.ts';
import { annotation, annotationNames } from '../spec/annotations.ts';
import type { Config } from '../spec/config.ts';
import { pointer } from '../spec/diagnostic.ts';
import type { Hook, HookKind } from '../spec/hooks.ts';
import { type HookState, splitAtPid } from './hook-state.ts';

/** A hook that slipway runs. */
export type HookStep = {
  readonly from: string;
  readonly op: 'hook';
  readonly kind: HookKind;
  /** Position among the hooks of its kind. */
  readonly index: number;
  readonly path: string;
  readonly args: readonly string[];
  /** Null: slipway's own environment. */
  readonly env: readonly string[] | null;
  /** Seconds; 0 for none. */
  readonly timeout: number;
};

/** Where the files wait that the output of hooks in the container is added to; null for none. */
export type LogSlots = { readonly stdoutSlot: number | null; readonly stderrSlot: number | null };

/** Opens those files on the host, if there are such hooks. */
export function hookLogs(
  config: Config,
  nextSlot: () => number,
): LogSlots & { readonly open: readonly InitStep[] } {
  const { createContainer = [], startContainer = [] } = config.hooks ?? {};
  const needed = createContainer.length + startContainer.length > 0;
  const open: InitStep[] = [];
  const slotFor = (name: 'hooksStdout' | 'hooksStderr') => {
    const path = annotation(config, name);
    if (!needed || path === '') return null;
    const slot = nextSlot();
    open.push({ op: 'openLog', from: pointer(['annotations', annotationNames[name]]), slot, path });
    return slot;
  };
  return { stdoutSlot: slotFor('hooksStdout'), stderrSlot: slotFor('hooksStderr'), open };
}

/** Hooks of one kind that run in the runtime's namespaces. */
export function hostHooks({ hooks = {} }: Config, kind: HookKind): HookStep[] {
  return (hooks[kind] ?? []).map((hook, index) => ({
    op: 'hook',
    ...common(hook, kind, index),
    env: hook.env ?? null,
  }));
}

/** Hooks of one kind that run in the container. Without `env` they get the program's environment, as in runc. */
export function initHooks(
  { hooks = {}, process }: Config,
  kind: 'createContainer' | 'startContainer',
  state: HookState,
  { stdoutSlot, stderrSlot }: LogSlots,
): InitStep[] {
  const [beforePid, afterPid] = splitAtPid(state);
  return (hooks[kind] ?? []).map((hook, index) => ({
    op: 'hook',
    ...common(hook, kind, index),
    env: hook.env ?? process?.env ?? [],
    beforePid,
    afterPid,
    inRootfs: kind === 'createContainer',
    stdoutSlot,
    stderrSlot,
  }));
}

function common({ path, args = [path], timeout = 0 }: Hook, kind: HookKind, index: number) {
  return { from: `/hooks/${kind}/${index}`, kind, index, path, args, timeout };
}
