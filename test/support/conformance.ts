// Which test shows each property and rule of the specification: the table of test/CONFORMANCE.md is made of this.

/** "FILE > TITLE": the title of a test, or of a group of tests that show it together. */
type Evidence = string | readonly string[];

export type PropertyRow = readonly [
  /** JSON pointer, with `*` for any member and braces around alternatives. */
  properties: string,
  shown: Evidence,
  /** A value that is well-formed and that this host, or any, cannot give; none where every host can give every value. */
  impossible?: Evidence,
];

export type RuleRow = readonly [section: string, rule: string, shown: Evidence];

const hook = '/hooks/{prestart,createRuntime,createContainer,startContainer,poststart,poststop}';
const throttles =
  '{throttleReadBpsDevice,throttleWriteBpsDevice,throttleReadIOPSDevice,throttleWriteIOPSDevice}';
const limits = [
  'cgroup > limits for memory, cpu and pids are written',
  'resources > files by name, after everything else',
];

/** In the order of the specification. */
export const propertyRows: readonly PropertyRow[] = [
  ['/ociVersion', 'annotations > %s runs', 'annotations > %s is refused'],
  ['/root', 'mounts > the root file system'],
  [
    '/root/path',
    'mounts > is all there is: one root, no way up, no mount of the host',
    'bad-input > a rootfs that does not exist',
  ],
  ['/root/readonly', 'mounts > readonly %j is %s'],
  ['/mounts', 'mounts > mounts'],
  [
    '/mounts/*/destination',
    [
      'mounts > a target that is a symbolic link stays inside the root (CVE-2019-18837)',
      'mounts > a relative destination is below /, with a warning (config.md#mounts)',
    ],
    'mounts > a tmpfs on /proc is refused (CVE-2019-16884)',
  ],
  [
    '/mounts/*/source',
    [
      'mounts > a bind shows a directory of the host, recursively with rbind',
      'mounts > a relative source is below the bundle',
    ],
    'bad-input > a mount whose source is missing',
  ],
  [
    '/mounts/*/type',
    'mounts > what the specification does not name goes to the file system',
    'bad-input > an unknown file system',
  ],
  [
    '/mounts/*/options',
    [
      'features > mount option %s',
      'mounts > options %j show as %j',
      'mounts > %s is an option of the super block',
      'mounts > the later one of %j counts',
      'mounts > %s shows as %s on every mount below',
      'mounts > %s takes %s off every mount below',
    ],
    ['bad-input > an option that the file system does not know', 'bad-input > an unknown option of a bind'],
  ],
  [
    '/mounts/*/{uidMappings,gidMappings}',
    'namespaces > with %s and mappings shows the mapped ones',
    ['bad-input > half a map of a mount', 'rootless > cannot map ids of a mount'],
  ],
  [
    '/mounts/*/{uidMappings,gidMappings}/*/{containerID,hostID,size}',
    'namespaces > with %s and mappings shows the mapped ones',
    'bad-input > an id-mapped mount without maps',
  ],
  [
    '/process',
    'process > process',
    'lifecycle > refuses a container without process, which create accepts (config.md#process)',
  ],
  [
    '/process/terminal',
    'terminal > has a terminal of the size of the caller, which belongs to the process',
    'terminal > needs a devpts',
  ],
  ['/process/consoleSize', 'terminal > is sent to --console-socket before create returns, with consoleSize'],
  [
    '/process/consoleSize/{height,width}',
    'terminal > is sent to --console-socket before create returns, with consoleSize',
  ],
  [
    '/process/cwd',
    'process > cwd is made when missing, and is the working directory',
    'bad-input > a working directory that is a file',
  ],
  [
    '/process/env',
    'process > env is all there is, with one entry of each name',
    'process > an environment that is too long is an error',
  ],
  ['/process/args', 'run > exits with the status %i of the program', 'bad-input > an unknown program'],
  ['/process/commandLine', 'process > what is for other platforms is passed over'],
  ['/process/rlimits', 'process > rlimits set soft and hard limits', 'bad-input > a limit twice'],
  ['/process/rlimits/*/type', 'process > rlimits set soft and hard limits', 'bad-input > an unknown limit'],
  [
    '/process/rlimits/*/{soft,hard}',
    'process > rlimits set soft and hard limits',
    ['bad-input > a soft limit above the hard one', 'bad-input > a limit that nobody may have'],
  ],
  [
    '/process/apparmorProfile',
    'labels > apparmorProfile is that of the program',
    ['labels > without AppArmor', 'labels > a profile that nobody loaded fails the container'],
  ],
  ['/process/capabilities', 'process > without capabilities it has none'],
  [
    '/process/capabilities/{bounding,effective,inheritable,permitted,ambient}',
    ['process > capabilities set the five sets', 'features > %s is capability %i'],
    'process > an unknown capability is a warning (config.md#linux-process)',
  ],
  ['/process/noNewPrivileges', 'process > noNewPrivileges %j'],
  [
    '/process/oomScoreAdj',
    'process > oomScoreAdj is set, or left as it is',
    'bad-input > a score that takes CAP_SYS_RESOURCE, without that',
  ],
  ['/process/scheduler', 'scheduling > scheduler'],
  [
    '/process/scheduler/{policy,nice,priority,runtime,deadline,period}',
    'scheduling > scheduler',
    'scheduling > refuses %s',
  ],
  [
    '/process/scheduler/flags',
    [
      'scheduling > SCHED_FLAG_RESET_ON_FORK: what the program starts is scheduled as usual',
      'scheduling > %s is done, or what the kernel says',
    ],
    'scheduling > refuses %s',
  ],
  ['/process/selinuxLabel', 'src/plan/labels > SELinux takes the label as it is', 'labels > without SELinux'],
  ['/process/ioPriority', 'scheduling > ioPriority'],
  ['/process/ioPriority/{class,priority}', 'scheduling > ioPriority', 'scheduling > refuses %s'],
  ['/process/execCPUAffinity', 'scheduling > is for exec, and not for the program of the container'],
  [
    '/process/execCPUAffinity/initial',
    'scheduling > initial comes before the process joins its cgroups, final after that',
    'scheduling > refuses %j',
  ],
  [
    '/process/execCPUAffinity/final',
    'scheduling > final %s',
    'scheduling > CPUs that are not there are what the kernel says',
  ],
  ['/process/user', 'process > user sets uid, gid and groups'],
  [
    '/process/user/uid',
    'process > user sets uid, gid and groups',
    ['bad-input > a user that is not mapped', 'bad-input > a user with the id that means none'],
  ],
  ['/process/user/gid', 'process > user sets uid, gid and groups', 'bad-input > a group that is not mapped'],
  ['/process/user/umask', 'process > umask %j is %s inside'],
  [
    '/process/user/additionalGids',
    'process > user sets uid, gid and groups',
    [
      'bad-input > a further group that is not mapped',
      'rootless > cannot have other groups where its own is the only one',
    ],
  ],
  ['/process/user/username', 'process > what is for other platforms is passed over'],
  [
    '/hostname',
    'namespaces > of type uts has the host and domain name that are asked for',
    ['bad-input > a hostname without UTS namespace', 'bad-input > a host name that is too long'],
  ],
  [
    '/domainname',
    'namespaces > of type uts has the host and domain name that are asked for',
    'bad-input > a domain name that is too long',
  ],
  ['/hooks', 'hooks > run in the order of the life cycle, each kind in the order given'],
  [
    hook,
    [
      'hooks > run in the order of the life cycle, each kind in the order given',
      'hooks > are in the runtime or the container namespaces, before or after the change of the root',
    ],
    'hooks > a hook that fails',
  ],
  [
    `${hook}/*/path`,
    'hooks > get exactly the arguments and the environment that are given',
    'hooks > because %s does not exist says so',
  ],
  [
    `${hook}/*/{args,env}`,
    [
      'hooks > get exactly the arguments and the environment that are given',
      'hooks > without env get the environment of the runtime, in the container that of the program',
    ],
  ],
  [
    `${hook}/*/timeout`,
    [
      'hooks > because %s hangs past its timeout is killed',
      'hooks > take the longest timeout that can be given',
    ],
  ],
  ['/linux', 'inside > with the config of bundles/%s'],
  [
    '/linux/namespaces',
    ['namespaces > a new namespace', 'caller-mounts > without a mount namespace'],
    'bad-input > a namespace twice',
  ],
  [
    '/linux/namespaces/*/type',
    [
      'namespaces > of type %s differs from the host, and without it the host shows',
      'features > namespace %s',
    ],
    'bad-input > an unknown namespace type',
  ],
  [
    '/linux/namespaces/*/path',
    [
      'namespaces > of type %s is that of the path',
      'namespaces > of type mount is that of the path, and its mounts are there',
      'namespaces > of type user, with those that it owns',
    ],
    'bad-input > a namespace of the wrong type',
  ],
  [
    '/linux/{uidMappings,gidMappings}',
    'namespaces > of type user maps several ranges, and its root owns what the container has',
    [
      'bad-input > id maps without a user namespace',
      'bad-input > a user namespace without id maps',
      'namespaces > of type user refuses maps that it does not have',
    ],
  ],
  [
    '/linux/{uidMappings,gidMappings}/*/{containerID,hostID,size}',
    'namespaces > of type user maps several ranges, and its root owns what the container has',
    ['bad-input > id maps that overlap', 'bad-input > an id map without ids'],
  ],
  [
    '/linux/timeOffsets',
    'namespaces > of type time has the offsets that are asked for',
    'bad-input > clock offsets without a time namespace',
  ],
  ['/linux/timeOffsets/{monotonic,boottime}', 'namespaces > of type time has the offsets that are asked for'],
  [
    '/linux/timeOffsets/{monotonic,boottime}/{secs,nanosecs}',
    'namespaces > of type time has the offsets that are asked for',
    'bad-input > an offset that no clock can have',
  ],
  ['/linux/devices', 'mounts > configured ones have the type, numbers, mode and owner that they ask for'],
  [
    '/linux/devices/*/type',
    'mounts > configured ones have the type, numbers, mode and owner that they ask for',
    'mounts > a different file in the place of a device is an error',
  ],
  [
    '/linux/devices/*/path',
    'mounts > configured ones have the type, numbers, mode and owner that they ask for',
    [
      'bad-input > a device in the place of which there can be none',
      'mounts > a /dev in the image that leads to the host is not followed (CVE-2026-41579)',
    ],
  ],
  [
    '/linux/devices/*/{major,minor}',
    'mounts > configured ones have the type, numbers, mode and owner that they ask for',
    [
      'bad-input > a device without numbers',
      'rootless > cannot have a device that is another one on the host',
    ],
  ],
  [
    '/linux/devices/*/fileMode',
    'mounts > configured ones have the type, numbers, mode and owner that they ask for',
  ],
  [
    '/linux/devices/*/{uid,gid}',
    'namespaces > of type user: configured devices have their mode and owner, and work',
    'bad-input > a device whose owner is not mapped',
  ],
  [
    '/linux/netDevices',
    [
      'net-devices > is no longer on the host, and goes with the container',
      'net-devices > a create that fails gives the device back as it was',
    ],
    ['net-devices > devices without a network namespace', 'net-devices > refuses'],
  ],
  [
    '/linux/netDevices/*/name',
    ['net-devices > gets another name', 'net-devices > gets the first number that is free'],
    'net-devices > a name that is taken',
  ],
  [
    '/linux/cgroupsPath',
    [
      'cgroup > the program is in its cgroup in every hierarchy, and nothing else is',
      'systemd > the cgroup is a scope, in the slice that the path names',
    ],
    [
      'bad-input > the root cgroup',
      'bad-input > a cgroup path that leads up',
      'bad-input > a cgroup that somebody is in',
    ],
  ],
  ['/linux/resources', limits, 'rootless > cannot have limits without a cgroup'],
  [
    '/linux/resources/devices',
    'cgroup > devices are denied but for the default ones and those allowed',
    'rootless > device rules of cgroup v2 are not applied, with a warning',
  ],
  [
    '/linux/resources/devices/*/{allow,type,major,minor,access}',
    [
      'cgroup > devices are denied but for the default ones and those allowed',
      'src/cgroup/v2/device-filter > deviceFilter',
    ],
  ],
  ['/linux/resources/memory', 'cgroup > the limit of memory counts'],
  [
    '/linux/resources/memory/{limit,reservation,swap}',
    limits,
    'resources > swap: counts memory and swap together, and needs a limit',
  ],
  [
    '/linux/resources/memory/kernel',
    'src/cgroup/cgroup-steps > writes limits of v1 alone',
    'resources > a limit of the kernel alone is an error where the kernel has given that up',
  ],
  [
    '/linux/resources/memory/{kernelTCP,swappiness,useHierarchy}',
    'resources > limits of v1 alone',
    'resources > swappiness: expected an integer from 0 to 100',
  ],
  [
    '/linux/resources/memory/disableOOMKiller',
    'cgroup > what cgroup v2 does not have is refused there, and written on v1',
    'cgroup > what cgroup v2 does not have is refused there, and written on v1',
  ],
  [
    '/linux/resources/memory/checkBeforeUpdate',
    'resources > checkBeforeUpdate: a limit below what is used is refused',
  ],
  ['/linux/resources/cpu', limits],
  ['/linux/resources/cpu/shares', limits, 'resources > shares: 1 is not possible here: the kernel keeps 2'],
  [
    '/linux/resources/cpu/{quota,period}',
    limits,
    ['bad-input > a limit that the kernel refuses', 'bad-input > a limit below what the kernel allows'],
  ],
  [
    '/linux/resources/cpu/burst',
    'cgroup > a burst above the quota',
    'resources > a burst above the quota is refused',
  ],
  [
    '/linux/resources/cpu/{realtimeRuntime,realtimePeriod}',
    'resources > a share of realtime scheduling',
    'resources > CPUs on v1',
  ],
  ['/linux/resources/cpu/cpus', limits, 'bad-input > CPUs that are not there'],
  ['/linux/resources/cpu/mems', limits, 'bad-input > memory nodes that are not there'],
  ['/linux/resources/cpu/idle', 'cgroup > an idle cgroup'],
  ['/linux/resources/pids', 'cgroup > the limit of processes counts'],
  [
    '/linux/resources/pids/limit',
    [
      'cgroup > the limit of processes counts',
      'resources > a limit of 0: the program runs, and can make no other',
    ],
    'bad-input > more processes than there can be',
  ],
  ['/linux/resources/blockIO', 'resources > block devices'],
  [
    '/linux/resources/blockIO/weight',
    'resources > weight, and that of a device',
    'resources > blockIO/weight: expected an integer from 10 to 1000, got 5',
  ],
  [
    '/linux/resources/blockIO/leafWeight',
    'src/cgroup/cgroup-steps > writes limits of v1 alone',
    'resources > blockIO/leafWeight: write "100" to',
  ],
  [
    '/linux/resources/blockIO/weightDevice',
    'resources > weight, and that of a device',
    'resources > blockIO/weightDevice/0: needs weight or leafWeight',
  ],
  [
    '/linux/resources/blockIO/weightDevice/*/{major,minor,weight}',
    'resources > weight, and that of a device',
    'resources > blockIO/weightDevice/0/weight: expected an integer from 10 to 1000, got 2000',
  ],
  [
    '/linux/resources/blockIO/weightDevice/*/leafWeight',
    'src/cgroup/cgroup-steps > writes limits of v1 alone',
    'resources > blockIO/weightDevice/0/leafWeight: write "7:0 100" to',
  ],
  [
    `/linux/resources/blockIO/${throttles}`,
    ['resources > %s', 'resources > the rate bites'],
    'resources > blockIO/throttleReadBpsDevice/0: write "4095:1 ',
  ],
  [
    `/linux/resources/blockIO/${throttles}/*/{major,minor,rate}`,
    [
      'resources > %s',
      'resources > a rate that is changed, taken off, and taken back when another limit fails',
    ],
    'resources > blockIO/throttleReadBpsDevice/0: write "4095:1 ',
  ],
  ['/linux/resources/hugepageLimits', 'resources > are limited, and so are reservations'],
  [
    '/linux/resources/hugepageLimits/*/{pageSize,limit}',
    'resources > are limited, and so are reservations',
    'resources > 0/pageSize: this kernel has no huge pages of 3MB, but of',
  ],
  [
    '/linux/resources/network',
    'resources > class and priorities',
    'resources > without the controller it is refused',
  ],
  [
    '/linux/resources/network/{classID,priorities}',
    'resources > class and priorities',
    'resources > without the controller it is refused',
  ],
  [
    '/linux/resources/network/priorities/*/{name,priority}',
    'resources > class and priorities',
    'resources > an interface that is not there is what the kernel says',
  ],
  [
    '/linux/resources/rdma',
    ['src/cgroup/cgroup-steps > RDMA resources, on v1 as on v2', 'resources > RDMA resources'],
    'resources > a device or a controller that is not there',
  ],
  [
    '/linux/resources/rdma/*/{hcaHandles,hcaObjects}',
    ['src/cgroup/cgroup-steps > RDMA resources, on v1 as on v2', 'resources > RDMA resources'],
    'resources > mlx5_0: needs hcaHandles or hcaObjects',
  ],
  [
    '/linux/resources/unified',
    'resources > files by name, after everything else',
    [
      'resources > unified is refused where there is v1',
      'resources > nosuch.max: the controller "nosuch" is not available',
    ],
  ],
  ['/linux/rootfsPropagation', 'mounts > rootfsPropagation %j'],
  [
    '/linux/maskedPaths',
    'mounts > a masked file is empty, a masked directory has nothing in it and takes nothing',
    'mounts > masking refuses a /dev/null that is another file (CVE-2025-31133)',
  ],
  ['/linux/readonlyPaths', 'mounts > a read-only path can be read alone'],
  [
    '/linux/mountLabel',
    'src/plan/make-plan > is an option of every new file system but those that the policy labels',
    'labels > mountLabel is an error',
  ],
  [
    '/linux/sysctl',
    [
      'sysctl > parameters of network, ipc and uts namespaces are set in the container alone',
      'sysctl > a "/" separates too, and keeps a "." in a name',
    ],
    ['sysctl > refuses one %s', 'sysctl > refuses a value that the kernel does not take'],
  ],
  [
    '/linux/seccomp',
    'seccomp > every verdict is that of runc (defaultErrnoRet %s, noNewPrivileges %s)',
    [
      'seccomp > says what to install where libseccomp is missing',
      'seccomp > more instructions than the kernel takes are an error',
    ],
  ],
  [
    '/linux/seccomp/{defaultAction,defaultErrnoRet}',
    'seccomp > the default action, with its errno',
    ['seccomp > a question by default', 'seccomp > an errno of an action that takes none'],
  ],
  [
    '/linux/seccomp/architectures',
    'seccomp > architectures',
    'seccomp > one that this machine cannot have is skipped with a warning',
  ],
  [
    '/linux/seccomp/flags',
    ['seccomp > %s is a flag that the kernel gets', 'seccomp > may have %s'],
    'seccomp > a flag for a listener without one',
  ],
  [
    '/linux/seccomp/{listenerPath,listenerMetadata}',
    'seccomp > gets to the agent with the state (noNewPrivileges %s)',
    ['seccomp > nobody who listens is an error', 'seccomp > metadata without somebody who listens'],
  ],
  ['/linux/seccomp/syscalls', 'seccomp > actions'],
  [
    '/linux/seccomp/syscalls/*/names',
    'seccomp > every verdict is that of runc (defaultErrnoRet %s, noNewPrivileges %s)',
    ['seccomp > unknown names', 'seccomp > a question about write'],
  ],
  [
    '/linux/seccomp/syscalls/*/action',
    ['seccomp > actions', 'seccomp > is asked, and its answer counts'],
    'seccomp > a question without somebody who listens',
  ],
  [
    '/linux/seccomp/syscalls/*/errnoRet',
    'seccomp > actions',
    ['seccomp > an errno of a rule that takes none', 'seccomp > an errno that there is not'],
  ],
  ['/linux/seccomp/syscalls/*/args', 'seccomp > all of several arguments'],
  [
    '/linux/seccomp/syscalls/*/args/*/{index,value,valueTwo,op}',
    'seccomp > operators',
    'seccomp > an argument that there is not',
  ],
  ['/linux/intelRdt', 'src/rdt/rdt > rdtSteps', 'bad-input > Intel RDT where there is none'],
  [
    '/linux/intelRdt/closID',
    [
      'src/rdt/rdt > a class that is named alone must be there',
      'src/rdt/rdt > "/" is the class of everything else',
    ],
  ],
  [
    '/linux/intelRdt/{schemata,l3CacheSchema,memBwSchema}',
    ['src/rdt/rdt > caches come first, then bandwidth, then the other lines', 'src/rdt/rdt > hasSchemata'],
  ],
  [
    '/linux/intelRdt/enableMonitoring',
    'src/rdt/rdt > a process joins the class, and the group that is watched',
  ],
  ['/linux/memoryPolicy', ['scheduling > memoryPolicy', 'scheduling > is that of an exec too']],
  [
    '/linux/memoryPolicy/{mode,nodes,flags}',
    'scheduling > memoryPolicy',
    'scheduling > a node that is not there is what the kernel says',
  ],
  ['/linux/personality', ['scheduling > personality', 'scheduling > is that of an exec too']],
  ['/linux/personality/domain', 'scheduling > personality'],
  ['/linux/personality/flags', 'scheduling > personality', 'scheduling > flags: expected no flags'],
  [
    '/annotations',
    [
      'lifecycle > has the properties of runtime.md#state, in runc order',
      'annotations > run.oci.keep_original_groups',
      'annotations > run.oci.hooks.stdout and .stderr',
      'src/plan/make-plan > run.oci.mount_context_type names another option',
      'seccomp > goes to the agent that run.oci.seccomp.receiver names, where the profile names none',
      'seccomp > are an error where run.oci.seccomp_fail_unknown_syscall asks for that',
      'systemd > annotations are properties of the unit',
    ],
    [
      'annotations > a file that cannot be opened is an error',
      'annotations > run.oci.mount_context_type names an option that there is',
    ],
  ],
  ['/{solaris,windows,vm,zos,freebsd}', 'process > what is for other platforms is passed over'],
];

export const ruleRows: readonly RuleRow[] = [
  [
    'bundle.md',
    'a bundle is a directory with a config.json',
    [
      'bad-input > a bundle without config.json',
      'bad-input > a bundle that does not exist',
      'bad-input > broken JSON',
    ],
  ],
  [
    'runtime.md#scope-of-a-container',
    'an id is unique, and has a form',
    ['lifecycle > refuses an id that exists, and leaves that container alone', 'bad-input > the id %j'],
  ],
  [
    'runtime.md#state',
    'properties and statuses',
    [
      'lifecycle > has the properties of runtime.md#state, in runc order',
      'lifecycle > says created, running, stopped',
    ],
  ],
  [
    'runtime.md#lifecycle',
    'hooks run at their places',
    'hooks > run in the order of the life cycle, each kind in the order given',
  ],
  [
    'runtime.md#lifecycle',
    'a hook that fails stops and removes the container; at poststop it is a warning',
    [
      'hooks > at %s fails create, with its words, and leaves nothing',
      'hooks > at %s fails start and removes the container',
      'hooks > at poststop is a warning, and the next one runs',
    ],
  ],
  [
    'runtime.md#errors',
    'nothing is left of what failed',
    [
      'bad-values > create refuses what is none of',
      'cleanup > nothing is left',
      'random > valid documents made at random are created, or refused for what the host lacks',
    ],
  ],
  [
    'runtime.md#create',
    'everything but the program; later edits do not count',
    [
      'lifecycle > makes a container whose program does not run yet',
      'lifecycle > takes no notice of later edits of config.json (runtime.md#create)',
    ],
  ],
  [
    'runtime.md#start',
    'runs the program of a created container, once',
    [
      'lifecycle > runs the program',
      'lifecycle > refuses a container that runs, and one that has stopped',
      'lifecycle > of two at once exactly one starts it',
    ],
  ],
  [
    'runtime.md#start',
    'without process it is an error',
    'lifecycle > refuses a container without process, which create accepts (config.md#process)',
  ],
  [
    'runtime.md#kill',
    'sends a signal to the container process',
    [
      'lifecycle > ends a container that was not started',
      'lifecycle > refuses a signal that there is none of',
    ],
  ],
  [
    'runtime.md#delete',
    'removes what create made; refuses what runs',
    [
      'lifecycle > removes a stopped container, whose id can then be used again',
      'lifecycle > refuses a running container',
      'cgroup > parents made for cgroupsPath go with the container; those that were there stay',
    ],
  ],
  [
    'runtime-linux.md#file-descriptors',
    '0, 1 and 2 alone, and those of LISTEN_FDS',
    ['run > leaves the program no fd but 0, 1 and 2', 'service > and the fds themselves are for the program'],
  ],
  ['runtime-linux.md#dev-symbolic-links', 'links in /dev', 'mounts > the default ones are there and work'],
  [
    'config.md#extensibility',
    'unknown properties are ignored, with a warning',
    'lifecycle > takes no notice of a property that it does not know, but for a warning (config.md#extensibility)',
  ],
  [
    'config.md#extensibility',
    'unknown values and those of a wrong type are errors',
    'bad-values > create refuses what is none of',
  ],
  ['config.md#mounts', 'tmpcopyup', 'mounts > tmpcopyup: a tmpfs takes over what it hides'],
  ['config.md#mounts', 'idmap and ridmap', 'namespaces > an id-mapped mount'],
  [
    'config-linux.md#default-filesystems',
    '/proc, /sys, /dev/pts and /dev/shm',
    'inside > with the config of runc spec',
  ],
  ['config-linux.md#default-devices', 'default devices', 'mounts > the default ones are there and work'],
  [
    'config-linux.md#cgroup-ownership',
    'a cgroup v2 belongs to the user of the program',
    'resources > the owner of the cgroup',
  ],
  [
    'config-linux.md#the-container-process-state',
    'what the seccomp agent gets',
    'seccomp > gets to the agent with the state (noNewPrivileges %s)',
  ],
  [
    'config-linux.md#seccomp',
    'system calls newer than the profile get ENOSYS',
    'seccomp > every verdict is that of runc (defaultErrnoRet %s, noNewPrivileges %s)',
  ],
  [
    'features.md',
    'the document, and a container for every value in it',
    [
      'features > the document has every field of the specification, and no other',
      'features > namespace %s',
      'features > hook %s',
      'features > mount option %s',
      'features > seccomp',
      'features > memoryPolicy',
    ],
  ],
];

/** "/a/{b,c}/d" as "/a/b/d" and "/a/c/d". */
export function alternatives(text: string): string[] {
  const found = /^(.*?)\{([^}]*)\}(.*)$/.exec(text);
  if (found === null) return [text];
  const [, before = '', inside = '', after = ''] = found;
  return inside.split(',').flatMap((one) => alternatives(`${before}${one}${after}`));
}

/** Path of the file, and the title. */
export function located(evidence: string): { readonly file: string; readonly title: string } {
  const [name = '', title = ''] = evidence.split(/ > (.*)/s);
  return { file: `${name.includes('/') ? name : `test/${name}`}.test.ts`, title };
}

export function listed(evidence: Evidence | undefined): readonly string[] {
  if (evidence === undefined) return [];
  return typeof evidence === 'string' ? [evidence] : evidence;
}
