// The way of the listener of a seccomp filter to the agent that its profile names (config-linux.md#containerprocessstate).

import type { Channel } from '../host/channel.ts';
import { identityOf } from '../host/process.ts';
import { sendListener } from '../host/seccomp.ts';
import type { InitStep } from '../init/protocol.ts';
import { agentOf, asksListener } from '../seccomp/profile.ts';
import type { Config } from '../spec/config.ts';
import type { SavedState } from '../store/saved-state.ts';
import type { Environment } from './environment.ts';
import { stateForHook } from './hooks.ts';
import { awaitRecord } from './init-records.ts';

/** The process that loads the filter. */
export type Filtered = {
  readonly channel: Channel;
  readonly sent: readonly InitStep[];
  readonly pid: number;
  readonly config: Config;
  readonly state: SavedState;
  readonly status: 'creating' | 'running';
};

/** Sends steps to the init. The listener of a filter goes to its agent before the steps that follow the filter are sent. */
export async function sendWithListener(
  env: Environment,
  steps: readonly InitStep[],
  { channel, sent, pid, config, state, status }: Filtered,
): Promise<void> {
  const seccomp = config.linux?.seccomp;
  const agent = agentOf(config);
  if (seccomp === undefined || agent === null || !asksListener(seccomp)) {
    channel.send(steps);
    return;
  }
  const gate = steps.findIndex(({ op }) => op === 'seccomp') + 1;
  channel.send(steps.slice(0, gate));
  const { step: fd } = await awaitRecord(env, channel, sent, 'LISTENER');
  const { listenerMetadata } = seccomp;
  await sendListener(agent, identityOf(pid), fd, {
    ociVersion: state.ociVersion,
    fds: ['seccompFd'],
    pid,
    ...(listenerMetadata === undefined ? {} : { metadata: listenerMetadata }),
    state: stateForHook(state, status),
  });
  channel.send(steps.slice(gate));
}
