import { exec } from '../container/exec.ts';
import type { ProcessRequest } from '../container/exec-process.ts';
import { parseNumber } from './numbers.ts';
import type { Handler } from './table.ts';

export const handler: Handler = ({ env, options, positionals }) => {
  const [id = '', ...args] = positionals;
  const user = options.text('user');
  return exec(env, {
    id,
    process: {
      file: options.text('process'),
      args,
      terminal: options.flag('tty'),
      cwd: options.text('cwd'),
      env: options.list('env'),
      user: user === null ? null : parseUser(user),
      additionalGids: options.list('additional-gids').map((gid) => parseNumber('--additional-gids', gid)),
      capabilities: options.list('cap'),
      noNewPrivileges: options.truth('no-new-privs'),
      apparmorProfile: options.text('apparmor'),
      selinuxLabel: options.text('process-label'),
    },
    detach: options.flag('detach'),
    pidFile: options.text('pid-file'),
    preserveFds: parseNumber('--preserve-fds', options.text('preserve-fds') ?? '0'),
    consoleSocket: options.text('console-socket'),
    pidfdSocket: options.text('pidfd-socket'),
    cgroups: options.list('cgroup'),
    ignorePaused: options.flag('ignore-paused'),
  });
};

/** UID[:GID], numbers both: names are the image's, not ours to look up. */
function parseUser(text: string): ProcessRequest['user'] {
  const [uid = '', gid, ...more] = text.split(':');
  if (more.length > 0) parseNumber('--user', text);
  return {
    uid: parseNumber('--user', uid),
    gid: gid === undefined ? null : parseNumber('--user', gid),
  };
}
