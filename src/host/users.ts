// Users of the host (passwd(5)).

import type { IdMaps } from '../spec/mounts.ts';
import { isExecutable, readTextIfThere } from './files.ts';
import type { OwnMaps } from './id-maps.ts';

/** Effective uid of this process. */
export function effectiveUid(): number {
  return process.geteuid?.() ?? 0;
}

/** Effective gid of this process. */
export function effectiveGid(): number {
  return process.getegid?.() ?? 0;
}

/** Name of a uid; "#uid" for one that has none. */
export function userName(uid: number): string {
  for (const line of (readTextIfThere('/etc/passwd') ?? '').split('\n')) {
    const [name = '', , number] = line.split(':');
    if (number === String(uid)) return name;
  }
  return `#${uid}`;
}

/**
 * Maps with the caller's own ids as root, and behind it the ids that are its too (subuid(5), subgid(5)). missing: why there are no
 * such ids, else null.
 */
export function subordinateMaps(): { readonly maps: OwnMaps; readonly missing: string | null } {
  const uids = rangesIn('/etc/subuid');
  const gids = rangesIn('/etc/subgid');
  const own = { uidMappings: mapOf(effectiveUid(), []), gidMappings: mapOf(effectiveGid(), []) };
  if (uids.length === 0 || gids.length === 0)
    return { maps: own, missing: `/etc/subuid and /etc/subgid have no ids for ${userName(effectiveUid())}` };
  const tools = ['newuidmap', 'newgidmap'];
  const unknown = tools.find((tool) => !isInPath(tool));
  if (unknown !== undefined) return { maps: own, missing: `${unknown} is not installed (uidmap)` };
  return {
    maps: { uidMappings: mapOf(effectiveUid(), uids), gidMappings: mapOf(effectiveGid(), gids) },
    missing: null,
  };
}

type Range = { readonly start: number; readonly size: number };

/** Lines of "USER:START:COUNT", where a user is a name or a number. */
function rangesIn(path: string): readonly Range[] {
  const uid = effectiveUid();
  const name = userName(uid);
  // newuidmap(1) serves nobody without a name.
  if (name.startsWith('#')) return [];
  const users = [name, String(uid)];
  return (readTextIfThere(path) ?? '').split('\n').flatMap((line) => {
    const [user = '', start, size] = line.split(':');
    const range = { start: Number(start), size: Number(size) };
    return users.includes(user) && range.start > 0 && range.size > 0 ? [range] : [];
  });
}

function mapOf(own: number, ranges: readonly Range[]): IdMaps {
  let containerID = 1;
  const further = ranges.map(({ start, size }) => {
    const map = { containerID, hostID: start, size };
    containerID += size;
    return map;
  });
  return [{ containerID: 0, hostID: own, size: 1 }, ...further];
}

function isInPath(name: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => isExecutable(`${folder}/${name}`));
}
