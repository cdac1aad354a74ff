// What a container gets from the caller's environment: sockets of systemd (sd_listen_fds(3)) and a way to say that it is ready
// (sd_notify(3)).

import type { Config } from '../spec/config.ts';

export type Inherited = {
  /** Variables for the program, NAME=value. */
  readonly environment: readonly string[];
  /** Host directory for the socket that the program tells its readiness to; null without a manager that wants to know. */
  readonly notifyDirectory: string | null;
};

export const nothingInherited: Inherited = { environment: [], notifyDirectory: null };

/** Name of the socket in its directory. */
export const notifySocketName = 'notify.sock';

const placeInContainer = '/run/notify';

/** The config with that. */
export function withInherited(config: Config, { environment, notifyDirectory }: Inherited): Config {
  const notify = notifyDirectory === null ? [] : [`NOTIFY_SOCKET=${placeInContainer}/${notifySocketName}`];
  const added = [...environment, ...notify];
  if (added.length === 0 || config.process === undefined) return config;
  return {
    ...config,
    process: { ...config.process, env: [...(config.process.env ?? []), ...added] },
    mounts: [...(config.mounts ?? []), ...(notifyDirectory === null ? [] : [notifyMount(notifyDirectory)])],
  };
}

function notifyMount(source: string) {
  const options = ['bind', 'nosuid', 'noexec', 'nodev', 'ro'];
  return { destination: placeInContainer, type: 'bind', source, options };
}
