// Collects the host facts that checking and planning may see.

import type { Caller, CgroupFacts, CgroupHierarchy, HostFacts } from '../spec/host-facts.ts';
import { unifiedPathOf } from './cgroup/membership.ts';
import { exists, isWritable, readText, readTextIfThere } from './files.ts';
import { hugePageSizes } from './huge-pages.ts';
import { readLaunch } from './launch.ts';
import { effectiveGid, effectiveUid } from './users.ts';

export function hostFacts(): HostFacts {
  const status = readText('/proc/self/status');
  const mountinfo = readText('/proc/self/mountinfo');
  const cgroup = cgroupFacts(mountinfo);
  return {
    caller: callerFact(),
    hugePageSizes,
    cgroup,
    cgroupMounts: cgroup,
    kcore: exists('/proc/kcore'),
    lsm: { apparmor: apparmorFact(), selinux: exists('/sys/fs/selinux/enforce') },
    resctrl: /^(?:\S+ ){4}(\S+) .* - resctrl /m.exec(mountinfo)?.[1] ?? null,
    seccomp: /^Seccomp:/m.test(status),
    capabilities: BigInt(`0x${/^CapPrm:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`),
    nofile: readLaunch()?.nofile ?? ownNofile(),
  };
}

/** Every id, as in the initial user namespace alone. */
const allIds = '0 0 4294967295';

/** Who calls slipway. */
export function callerFact(): Caller {
  const map = readText('/proc/self/uid_map').trim().split(/\s+/).join(' ');
  return { uid: effectiveUid(), gid: effectiveGid(), initialNamespace: map === allIds };
}

/**
 * From the lines of /proc/self/mountinfo (proc(5)): mount point is field 5, the rest stands behind " - ". Of several mounts of a
 * hierarchy the first counts.
 */
function cgroupFacts(mountinfo: string): CgroupFacts {
  const v1: CgroupHierarchy[] = [];
  const seen = new Set<string>();
  let v2: CgroupFacts['v2'] = null;
  for (const line of mountinfo.split('\n')) {
    const dash = line.indexOf(' - cgroup');
    if (dash < 0) continue;
    const [, , device = '', root, mountpoint = ''] = line.split(' ', 5);
    const [type, , superOptions = ''] = line.slice(dash + 3).split(' ');
    // Another mount of one hierarchy, deeper down, is not where cgroups are made.
    if (root !== '/') continue;
    if (type === 'cgroup2') v2 ??= { mountpoint, controllers: controllersOf(mountpoint) };
    else if (!seen.has(device)) v1.push({ mountpoint, controllers: hierarchyControllers(superOptions) });
    seen.add(device);
  }
  return { v1: v1.filter(({ controllers }) => controllers.length > 0), v2 };
}

/**
 * Where the caller may make cgroups. In the v2 tree that is beside its own cgroup, if what is above was delegated to it
 * (cgroups(7)): its own has processes, and could hand no controllers down.
 */
export function permittedCgroups({ v1, v2 }: CgroupFacts): CgroupFacts {
  const own = unifiedPathOf('self');
  const delegated = `${v2?.mountpoint}${own.slice(0, own.lastIndexOf('/'))}`;
  return {
    v1: v1.filter(({ mountpoint }) => isWritable(mountpoint)),
    v2:
      v2 !== null && isWritable(delegated)
        ? { mountpoint: delegated, controllers: controllersOf(delegated) }
        : null,
  };
}

/** What the cgroup of a directory can hand down, in the v2 tree. */
export function controllersOf(mountpoint: string): string[] {
  const text = readTextIfThere(`${mountpoint}/cgroup.controllers`) ?? '';
  return text.split(/\s+/).filter((name) => name !== '');
}

/** "rw,cpu,cpuacct" or "rw,xattr,name=systemd". */
function hierarchyControllers(superOptions: string): string[] {
  const others = new Set(['rw', 'ro', 'xattr', 'noprefix', 'clone_children', 'cpuset_v2_mode']);
  return superOptions
    .split(',')
    .filter((option) => !others.has(option) && !option.startsWith('release_agent='));
}

function apparmorFact(): HostFacts['lsm']['apparmor'] {
  const enabled = '/sys/module/apparmor/parameters/enabled';
  // Asked for first: on the way of every start the exception for a file that is missing costs 0.1 ms.
  if (!exists(enabled) || !readText(enabled).startsWith('Y')) return null;
  return exists('/proc/self/attr/apparmor/exec') ? 'own-file' : 'shared-file';
}

function ownNofile(): HostFacts['nofile'] {
  const [, soft = '1024', hard = '1024'] =
    /^Max open files\s+(\d+)\s+(\d+)/m.exec(readText('/proc/self/limits')) ?? [];
  return { soft: BigInt(soft), hard: BigInt(hard) };
}
