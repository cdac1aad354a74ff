// Tests that a peer does not pass, each with the reason. They are skipped when RUNTIME names that peer; some of them must
// be, because that peer would change the host.

type Exception = {
  readonly peer: 'runc' | 'crun' | 'both';
  /** Matches "file > describe > test". */
  readonly tests: RegExp;
  readonly reason: string;
};

/** What a runtime would do to the host if it did not refuse: nobody but slipway is asked. */
const unsafe =
  /sysctl > refuses one|refuses > (a hostname without UTS|the root cgroup|a cgroup path that leads up)/;

/** As Debian 12 has them: runc 1.1.5, crun 1.8. */
const exceptions: readonly Exception[] = [
  { peer: 'both', tests: unsafe, reason: 'one that does not refuse changes the host' },
  {
    peer: 'both',
    tests: /^command-line(?!.*build for Node)/,
    reason: "slipway's own commands, log lines and usage",
  },
  { peer: 'both', tests: /^(script|readme|examples)\./, reason: "slipway's own plan, README and sources" },
  { peer: 'both', tests: /a host without unshare/, reason: 'only slipway calls unshare(1)' },
  {
    peer: 'runc',
    tests: /^exec.*options > --process is a file with/,
    reason: 'runc 1.1 leaves out umask and oomScoreAdj',
  },
  {
    peer: 'crun',
    tests: /^exec.*options > (--cap adds|--process is a file with|--env adds|--user and --additional)/,
    reason:
      'crun 1.8 takes --cap and --env in place of what the container has, has no -g, leaves oomScoreAdj out',
  },
  { peer: 'runc', tests: /^exec.*limit of processes is reached/, reason: 'has no room for its own threads' },
  { peer: 'crun', tests: /^exec.*options > --cgroup/, reason: 'crun 1.8 takes a path alone' },
  {
    peer: 'both',
    tests:
      /^caller-mounts(?!.*(is in that of the caller|masked paths|read-only paths|a user namespace|the root of the host))/,
    reason: 'leaves its mounts to the caller, and exec has the root of the caller',
  },
  { peer: 'crun', tests: /^caller-mounts.*(masked|read-only) paths/, reason: 'mounts them at the caller' },
  {
    peer: 'runc',
    tests: /^namespaces.*of type user with no|^rootless.*is the same id in the container/,
    reason: 'needs a mapping of id 0',
  },
  {
    peer: 'both',
    tests: /^exec.*has left its v2 cgroup/,
    reason: 'does not follow it in the v2 tree of a hybrid host',
  },
  { peer: 'crun', tests: /^lifecycle.*leaves a zombie/, reason: 'leaves one' },
  // Security.
  {
    peer: 'crun',
    tests: /^security\/visible-processes.*exec, .* plain$/,
    reason:
      'vulnerable: the memory of the process that it forks into the container has the environment of its caller',
  },
  {
    peer: 'both',
    tests: /^security\/visible-processes.*create, .* plain$/,
    reason: 'vulnerable: the process has the root of the host until it changes it',
  },
  {
    peer: 'runc',
    tests: /^security\/visible-processes.*create, .* user namespace$/,
    reason: 'joins no user namespace without maps',
  },
  {
    peer: 'both',
    tests: /^shared-pid-namespace.*a mount on \/proc\/sys/,
    reason: 'is mounted at these versions',
  },
  {
    peer: 'crun',
    tests: /^shared-pid-namespace.*(named to hooks|sent to --console-socket)/,
    reason: 'crun 1.8 names no pid to hooks in the container, and sends the terminal without a name',
  },
  {
    peer: 'both',
    tests: /^annotations.*that reaches the host.*(is listed|cannot be asked)/,
    reason: 'no option asks for an annotation',
  },
  {
    peer: 'crun',
    tests: /^annotations.*that reaches the host.*has no effect/,
    reason: 'vulnerable: crun 1.8 does what an image may ask for',
  },
  {
    peer: 'both',
    tests: /^process.*(one line of a GiB|HOME does not come from)/,
    reason: 'crun 1.8 reads such a line for seconds, runc 1.1 refuses it; both take other lines for users',
  },
  {
    peer: 'runc',
    tests: /^security\/mount-targets.*(at dev gets|at \/volume|a device of config|into procfs .*tmpfs on)/,
    reason: 'vulnerable: a link, or a relative path, leads where runc 1.1 does not look',
  },
  {
    peer: 'crun',
    tests:
      /^security\/mount-targets.*(at \/dev\/\. |at \/x|at \/volume, which|a device of config|to procfs |into procfs )/,
    reason: 'vulnerable: a link, or another spelling, leads where crun 1.8 does not look',
  },
  {
    peer: 'both',
    tests: /^security\/state-directory.*session keyring/,
    reason: 'vulnerable: crun 1.8 joins it; runc 1.1 does too, or refuses the container',
  },
  {
    peer: 'both',
    tests: /^security\/cgroups.*(nested deeper|frozen cgroup below)/,
    reason: 'vulnerable: runc 1.1 and crun 1.8 leave such a cgroup, and what is in it',
  },
  {
    peer: 'both',
    tests: /^security\/escapes.*CVE-2026-30892/,
    reason: 'vulnerable: runc 1.1 takes an empty user and 4294967296 for root, crun 1.8 others too',
  },
  {
    peer: 'runc',
    tests: /^security\/escapes.*CVE-2024-45310/,
    reason: 'vulnerable: a race that runc 1.1 loses now and then',
  },
  // Service managers, labels, options.
  { peer: 'both', tests: /options > --root that does not exist/, reason: 'an empty list at these versions' },
  {
    peer: 'both',
    tests: /^service.*that nobody answers/,
    reason: 'waits on, or passes the status of the program',
  },
  {
    peer: 'crun',
    tests: /^service.*(waits until|the fds themselves|the environment)/,
    reason: 'crun 1.8 mixes up LISTEN_FDS and LISTEN_PID, and does not wait at a start',
  },
  { peer: 'crun', tests: /^labels.*exec --process-label/, reason: 'the label is passed over' },
  { peer: 'crun', tests: /^options.*spec --rootless/, reason: 'keeps the network namespace' },
  {
    peer: 'crun',
    tests: /^arguments.*one that is unknown/,
    reason: 'crun 1.8 passes over what follows the arguments of delete',
  },
  // Engines.
  {
    peer: 'runc',
    tests: /^engines\/docker.*--privileged/,
    reason: 'runc 1.1 fails where the host itself lacks a capability that is asked for',
  },
  { peer: 'runc', tests: /^engines\/podman.*--cgroups=disabled/, reason: 'not in runc' },
  // Control of what runs.
  { peer: 'runc', tests: /^control.*takes arguments of ps/, reason: 'stumbles over a space in a name' },
  { peer: 'both', tests: /^control.*update > --cpu-(idle|burst)/, reason: 'not in runc 1.1 and crun 1.8' },
  {
    peer: 'crun',
    tests:
      /^control.*(> ps >|> events >|pause and resume >|update > (--memory|--blkio|memory and swap|takes|refuses a|numbers of 0|Docker's))/,
    reason:
      'crun 1.8 has no events, no ps arguments, sizes or roll-back, writes zeros, and does not see every freezer',
  },
  {
    peer: 'runc',
    tests: /^process.*(ambient capability that is not inheritable|stdout can be opened again|has every CPU)/,
    reason: 'runc 1.1 says nothing, and leaves owner and CPUs as they are',
  },
  {
    peer: 'crun',
    tests: /^process.*(ambient capability that is not inh|empty HOME|exec --cap keeps|has every CPU)/,
    reason: 'crun 1.8 refuses the set, keeps an empty HOME and the CPUs, and forgets the ambient set',
  },
  {
    peer: 'both',
    tests:
      /^(cgroup.*form that systemd takes|lifecycle.*KILL ends what outlived|namespaces.*gives its maps to)/,
    reason:
      'runc 1.1 and crun 1.8 refuse such a path, a kill of what outlived, and maps that are not written down',
  },
  {
    peer: 'crun',
    tests: /^(hooks.*neither script nor program|lifecycle.*(TERM|INT|HUP) ends one too)/,
    reason: 'crun 1.8 does not say why, and its first process takes no signal before the start',
  },
  {
    peer: 'both',
    tests: /^(seccomp.*passes over, with a warning|rootless.*device rules are not applied, with a warning)/,
    reason: 'no warning; and runc 1.1 and crun 1.8 fail at device rules that they may not write',
  },
  {
    peer: 'runc',
    tests: /^exec.*--preserve-fds takes those/,
    reason: 'refuses a gap; crun takes what is open',
  },
  { peer: 'both', tests: /^bad-input.*LISTEN_FDS of which/, reason: 'they pass on what there is' },
  // What is not set.
  {
    peer: 'both',
    tests: /^unset-values.*linux\/seccomp\//,
    reason: 'the filter of these documents, which kills, kills the peer itself: runc 1.1 waits for ever',
  },
  {
    peer: 'crun',
    tests:
      /^unset-values.*> \/(mounts(\/\*\/type)?|process\/(apparmorProfile|selinuxLabel)|linux\/(namespaces\/\*\/path|cgroupsPath|seccomp|resources\/(devices\/\*\/type|memory\/\w+|network)))$/,
    reason: 'crun 1.8 takes an empty text or object for a value, and a 0 for a limit',
  },
  // Mounts.
  {
    peer: 'both',
    tests: /^mounts.*(which stands among its options|masked directories are binds)/,
    reason: 'runc 1.1 and crun 1.8 change the mode afterwards, and mount a tmpfs for each directory',
  },
  {
    peer: 'crun',
    tests:
      /^mount-points.*(dangles > (a file below|a directory|a tmpfs|links of links)|a file on a directory)/,
    reason: 'crun 1.8 follows a link that dangles for a file at its end alone, and says EINVAL',
  },
  {
    peer: 'crun',
    tests: /^mount-points.*(on the root is the root|beside the root file system sees)/,
    reason: 'crun 1.8 makes the mount of the root file system private, and mounts nothing on the root',
  },
  {
    peer: 'runc',
    tests: /^mount-points.*the mounts before it made/,
    reason: 'runc 1.1 keeps ro of a source, and in a user namespace opens it before there are mounts',
  },
  {
    peer: 'both',
    tests:
      /^mount-points.*with links > (copy-symlink (makes|where)|dest-nofollow mounts|src-nofollow|.*copy-symlink.*refused)/,
    reason: 'options that crun has from 1.9 on, and follows a source in spite of',
  },
  {
    peer: 'both',
    tests: /^mount-points.*low limits of open files/,
    reason: 'runc 1.1 and crun 1.8 run out of fds, or raise the limit of the program',
  },
  // Without root.
  { peer: 'crun', tests: /^rootless.*stays below \/run/, reason: 'crun 1.8 asks XDG_RUNTIME_DIR first' },
  {
    peer: 'both',
    tests: /^rootless.*(map ids of a mount|a device that is another one|exec of root|kill --all reaches)/,
    reason: 'not refused, or not possible without cgroups',
  },
  {
    peer: 'runc',
    tests: /^rootless.*(offsets of clocks|map ranges of ids|beside that of its caller)/,
    reason:
      'runc 1.1 has no time namespaces, never sets groups without root, and leaves v2 of a hybrid host alone',
  },
  {
    peer: 'crun',
    tests:
      /^rootless.*(creates, starts|offsets of clocks|needs a user|other groups|limits without|beside that of|true leaves)/,
    reason: 'crun 1.8 adds a user namespace, passes over what it cannot give, and knows no --rootless',
  },
  // Terminals.
  {
    peer: 'both',
    tests: /^terminal.*(when the runtime is killed|is a job that can be stopped)/,
    reason: 'the terminal stays raw, and the process remains',
  },
  {
    peer: 'both',
    tests: /^terminal.*has a terminal of the size/,
    reason: 'the size may come after the start',
  },
  {
    peer: 'crun',
    tests: /^terminal.*(follows changes|no such program|before create returns)/,
    reason: 'crun 1.8 sets the size late, tells no name, and an error does not reach the terminal',
  },
  { peer: 'both', tests: /--pidfd-socket/, reason: 'not in runc 1.1 and crun 1.8' },
  // What they accept, although it asks for what cannot be.
  {
    peer: 'both',
    tests: /refuses > --preserve-fds of an fd/,
    reason: 'an fd that is not open is passed over',
  },
  { peer: 'both', tests: /refuses > a cgroup that somebody is in/, reason: 'runc warns, crun takes it' },
  {
    peer: 'crun',
    tests: /refuses > a user with the id that means none/,
    reason: 'the program stays root',
  },
  {
    peer: 'crun',
    tests: /refuses > a device whose owner is not mapped/,
    reason: 'the owner is passed over',
  },
  { peer: 'runc', tests: /refuses > a domain name that is too long/, reason: 'no domainname in runc 1.1' },
  { peer: 'crun', tests: /a relative destination is below/, reason: 'no warning' },
  {
    peer: 'both',
    tests: /shares that the kernel does not keep are taken back|a limit of the kernel alone/,
    reason: 'the kernel may keep another value',
  },
  { peer: 'crun', tests: /CPUs on v1 > refuses shares/, reason: 'the kernel may keep another value' },
  { peer: 'runc', tests: /memory > refuses useHierarchy/, reason: 'passed over' },
  { peer: 'both', tests: /refuses > a device without numbers/, reason: 'makes device 0:0' },
  { peer: 'runc', tests: /an idle cgroup|a burst above/, reason: 'not in runc 1.1' },
  { peer: 'crun', tests: /a burst above/, reason: 'not in crun 1.8' },
  { peer: 'runc', tests: /host and domain name/, reason: 'no domainname in runc 1.1' },
  { peer: 'runc', tests: /passes SIGWINCH on/, reason: 'taken as a change of the terminal size' },
  { peer: 'crun', tests: /hooks > run in the bundle/, reason: 'createContainer hooks run in the bundle' },
  { peer: 'both', tests: /refuses > an unknown option of a bind/, reason: 'the option is passed over' },
  { peer: 'both', tests: /options that an engine has seen to/, reason: 'handed to the file system' },
  { peer: 'both', tests: /refuses > tmpcopyup of a bind/, reason: 'the option is passed over' },
  { peer: 'crun', tests: /a mount inside a shared bind stays inside/, reason: 'it reaches the host' },
  { peer: 'both', tests: /refuses > a limit twice/, reason: 'the last one counts' },
  { peer: 'both', tests: /refuses > a hook that may take no time/, reason: 'no limit of time' },
  { peer: 'both', tests: /a property that it does not know/, reason: 'no warning' },
  { peer: 'both', tests: /refuses > a namespace twice/, reason: 'accepted at these versions' },
  {
    peer: 'both',
    tests: /refuses > (a user namespace without id maps|id maps without a user namespace)/,
    reason: 'accepted at these versions',
  },
  { peer: 'runc', tests: /refuses > a cgroup path that leads up/, reason: 'the ".." are taken out' },
  {
    peer: 'runc',
    tests: /refuses > .*id-mapped|refuses > half a map/,
    reason: 'runc 1.1 knows no id-mapped mounts',
  },
  { peer: 'runc', tests: /run refuses > a wrong type/, reason: 'crashes' },
  {
    peer: 'crun',
    tests: /(create|run) refuses > the id "a b"|delete refuses > the id "\.\."/,
    reason: 'crun 1.8 takes any id without "/"',
  },
  {
    peer: 'crun',
    tests: /kill > refuses a signal that there is none of/,
    reason: 'crun 1.8 has no such check',
  },
  {
    peer: 'both',
    tests: /namespace that is joined > of type user refuses maps/,
    reason: 'maps beside a path are not compared at these versions',
  },
  {
    peer: 'both',
    tests:
      /in the place of a device is an error|another file \(CVE-2025-31133\)|not followed \(CVE-2026-41579\)/,
    reason: 'vulnerable at these versions',
  },
  { peer: 'crun', tests: /a tmpfs on \/proc is refused/, reason: 'accepted at this version' },
  // What they cannot do, or do in another way.
  { peer: 'both', tests: /of type time|clock offsets/, reason: 'no time namespaces at these versions' },
  {
    peer: 'runc',
    tests: /an id-mapped mount > (with |in )(?!out)/,
    reason: 'runc 1.1 knows no id-mapped mounts',
  },
  {
    peer: 'both',
    tests: /of type user: configured devices/,
    reason: "devices are binds of the host's nodes, with their modes and owners",
  },
  {
    peer: 'runc',
    tests: /of type user maps several ranges/,
    reason: "devices are binds of the host's nodes, and the message queue has a group of the host",
  },
  {
    peer: 'both',
    tests: /of type user, whose root cannot reach/,
    reason: 'the root file system and bind sources must be within reach',
  },
  {
    peer: 'both',
    tests: /refuses a container without process/,
    reason: 'create refuses it already (config.md#process)',
  },
  {
    peer: 'both',
    tests: /reports a program that cannot be executed/,
    reason: 'start has ended before execve(2) fails',
  },
  {
    peer: 'both',
    tests: /KILL ends every process of a container that shares the host pid namespace/,
    reason: 'only the init process is signalled at these versions',
  },
  { peer: 'both', tests: /passwd that is a fifo/, reason: 'hangs' },
  {
    peer: 'both',
    tests: /parents made for cgroupsPath|nothing is left/,
    reason: 'parents of the cgroup are left behind',
  },
  { peer: 'runc', tests: /state file is damaged/, reason: 'a damaged container cannot be deleted' },
  {
    peer: 'both',
    tests: /state > has the properties/,
    reason: 'another ociVersion; crun has properties of its own',
  },
  { peer: 'crun', tests: /list > prints a table/, reason: 'a table of its own' },
  { peer: 'crun', tests: /--keep leaves it/, reason: 'crun 1.8 has no --keep' },
  { peer: 'crun', tests: /HOME of uid 4711/, reason: 'no HOME for a user that passwd does not have' },
  { peer: 'crun', tests: /an unknown capability/, reason: 'ignored without a warning' },
  { peer: 'crun', tests: /session keyring of its own/, reason: 'the keyring has another name' },
  {
    peer: 'runc',
    tests: /without a limit for open files/,
    reason: 'the Go runtime has raised the soft limit',
  },
  { peer: 'crun', tests: /of two at once exactly one/, reason: 'the slower one may wait for ever' },
  // Hooks.
  { peer: 'crun', tests: /reads the state on stdin/, reason: 'other statuses, ociVersion and properties' },
  { peer: 'runc', tests: /poststart reads the state/, reason: 'status created' },
  { peer: 'both', tests: /run in the order of the life cycle/, reason: 'poststart runs before the program' },
  { peer: 'crun', tests: /hooks > without env/, reason: 'createContainer hooks get the environment of crun' },
  {
    peer: 'both',
    tests: /leave a process behind do not hold/,
    reason: 'waits for whoever holds the output open',
  },
  {
    peer: 'both',
    tests: /hook that fails > at poststop/,
    reason: 'the next hook does not run, or nobody is warned',
  },
  {
    peer: 'both',
    tests: /hook that fails > at \w+ fails start/,
    reason: 'start has ended before the hook fails',
  },
  {
    peer: 'crun',
    tests: /hook that fails > because a signal ended (prestart|create)/,
    reason: 'a signal counts as success',
  },
  { peer: 'crun', tests: /hook that fails > at \w+ fails create/, reason: 'no poststop hooks' },
  { peer: 'crun', tests: /hook that fails > at poststart fails run/, reason: 'the container runs on' },
  {
    peer: 'runc',
    tests: /hook that fails > because (prestart|create|poststart)\w* hangs/,
    reason: 'waits for what the hook left running',
  },
  { peer: 'both', tests: /^scheduling/, reason: 'not known at these versions' },
  // Limits.
  {
    peer: 'both',
    tests: /rate that is changed|and so are reservations|a limit of 0: the program runs/,
    reason: 'not on update; no reservations; written as 1 or not at all',
  },
  {
    peer: 'runc',
    tests: /^resources.*(refuses blockIO\/weight|limits of v1 alone)/,
    reason: 'not checked, not written',
  },
  {
    peer: 'crun',
    tests:
      /^resources.*(weight, and that of|RDMA|class and priorities|refuses (blockIO\/throttle|0\/limit|mlx5|swappiness|checkBefore))/,
    reason: 'other files; not checked',
  },
  { peer: 'both', tests: /^net-devices/, reason: 'not known at these versions' },
  // Annotations and versions.
  { peer: 'runc', tests: /^annotations/, reason: 'known to crun alone; versions are not looked at' },
  {
    peer: 'crun',
    tests:
      /^annotations.*("" sets those|mount_context_type names|1\.3\.\d runs|a newer one|are files that|hooks.stdout with a startContainer)/,
    reason: 'other words; refuses 1.3; startContainer may come after poststart',
  },
  { peer: 'both', tests: /^labels.*mountLabel is an error/, reason: 'ignored without SELinux' },
  { peer: 'both', tests: /^(random|features)/, reason: 'what slipway accepts, and says that it can do' },
  { peer: 'both', tests: /Intel RDT where there is none/, reason: 'ignored' },
  // Seccomp.
  {
    peer: 'both',
    tests: /^seccomp.*(the compiler|is a flag that the kernel|may have SECCOMP|verdict is that)/,
    reason: "slipway's own, or beside runc",
  },
  {
    peer: 'both',
    tests: /SCMP_ARCH_(?!X|ARM|AARCH|MIPSEL|PPC64LE|RISCV)|one that this machine cannot have/,
    reason: 'another byte order is an error',
  },
  { peer: 'runc', tests: /SCMP_ARCH_RISCV64/, reason: 'not known to runc 1.1' },
  {
    peer: 'both',
    tests: /unknown names are|unknown names > are|a filter need allow nothing but/,
    reason: 'skipped in silence; needs more itself',
  },
  {
    peer: 'both',
    tests: /seccomp.*refuses > (metadata|a question|a flag for|an unknown flag)/,
    reason: 'not checked',
  },
  { peer: 'runc', tests: /run\.oci\.seccomp\.receiver names/, reason: 'known to crun alone' },
  { peer: 'runc', tests: /seccomp.*refuses > an errno of/, reason: 'ignored' },
  { peer: 'crun', tests: /any comparison of one argument/, reason: 'libseccomp refuses the rule' },
  {
    peer: 'crun',
    tests: /gets to the agent with the state \(noNewPrivileges true\)|of an exec goes to the agent/,
    reason: 'loads the filter at start; says pid 0',
  },
  // Mounts.
  {
    peer: 'both',
    tests: /^mounts.*(which stands among its options|masked directories are binds)/,
    reason: 'runc 1.1 and crun 1.8 change the mode afterwards, and mount a tmpfs for each directory',
  },
  {
    peer: 'both',
    tests: /tmpfs has the mode of the directory below|tmpcopyup: a tmpfs takes over/,
    reason: 'runc overrides mode=, refuses fifos; crun has neither modes nor times',
  },
  {
    peer: 'both',
    tests: /(ratime|rnostrictatime) takes noatime/,
    reason: 'asks mount_setattr(2) for an invalid change',
  },
  { peer: 'runc', tests: /options \["defaults"\] show/, reason: 'passes "defaults" on to tmpfs' },
  { peer: 'runc', tests: /rootfsPropagation "(shared|unbindable)"/, reason: 'the new root is private' },
  { peer: 'crun', tests: /propagation \["(shared|unbindable)"\]/, reason: 'the mount is private' },
  {
    peer: 'crun',
    tests: /the later one of (?!.*lazytime)|options \["ro","rw"\]/,
    reason: 'an option is never taken off',
  },
  {
    peer: 'crun',
    tests: /> r\w+ takes|(rnodiratime|rnoatime|rrelatime) shows/,
    reason: 'rclear options and access times are not understood',
  },
  { peer: 'crun', tests: /nosymfollow/, reason: 'not known to crun 1.8' },
  {
    peer: 'crun',
    tests: /(silent|loud|noiversion|iversion) is no option for the file system/,
    reason: 'handed to the file system, which refuses it',
  },
];

/** Why a peer does not pass a test; undefined when it should. */
export function exceptionFor(peer: string, test: string): string | undefined {
  return exceptions.find((exception) => [peer, 'both'].includes(exception.peer) && exception.tests.test(test))
    ?.reason;
}
