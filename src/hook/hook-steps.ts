// Hooks (config.md#posix-platform-hooks) as steps: those of the runtime's namespaces run on the host, the others in the init.

import type { InitStep } from '../init/protocol.ts';
import type { Config } from '../spec/config.ts';
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
): InitStep[] {
  const [beforePid, afterPid] = splitAtPid(state);
  return (hooks[kind] ?? []).map((hook, index) => ({
    op: 'hook',
    ...common(hook, kind, index),
    env: hook.env ?? process?.env ?? [],
    beforePid,
    afterPid,
    inRootfs: kind === 'createContainer' ? 1 : 0,
  }));
}

function common({ path, args = [path], timeout = 0 }: Hook, kind: HookKind, index: number) {
  return { from: `/hooks/${kind}/${index}`, kind, index, path, args, timeout };
}
