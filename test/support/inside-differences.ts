// Where the inside of a container differs from that under a peer, each with the reason that test/README.md gives too.

type Difference = {
  readonly peer: 'runc' | 'crun' | 'both';
  /** Of the bundle; any by default. */
  readonly bundle?: RegExp;
  /** Of what the probe prints before the tab. */
  readonly subjects: RegExp;
  readonly reason: string;
};

/** As Debian 12 has them: runc 1.1.5, crun 1.8. */
const differences: readonly Difference[] = [
  {
    peer: 'runc',
    subjects: /^fd [012]$/,
    reason:
      'runc copies the output of a foreground container through pipes; slipway and crun hand stdio over',
  },
  { peer: 'crun', subjects: /^fd 0$/, reason: 'crun opens a stdin that is /dev/null again, for writing too' },
  {
    peer: 'runc',
    bundle: /^(?!spec)/,
    subjects: /^(path|root) \/tmp$/,
    reason: 'runc 1.1 gives a tmpfs the mode of the directory below it, whatever its option mode says',
  },
  {
    peer: 'both',
    subjects: /devices\.list$/,
    reason:
      'runc 1.1 allows /dev/net/tun and crun /dev/console, which are no default devices of the specification',
  },
  {
    peer: 'both',
    bundle: /^user-namespace$/,
    subjects: /^(mount|device|path) (\/dev\/(full|null|random|tty|urandom|zero)|\/proc\/(keys|timer_list))$/,
    reason:
      "slipway makes the devices of a user namespace, owned by its root; the peers bind the host's, owned by nobody",
  },
  {
    peer: 'crun',
    subjects: /^(path|mount) \/proc\/(sys|irq|fs|bus)$/,
    reason: 'read-only paths of crun lose nosuid, nodev and noexec',
  },
  {
    peer: 'crun',
    subjects: /^mount \/sys$/,
    reason: 'crun makes /sys read-only as a mount, slipway and runc the file system too',
  },
  {
    peer: 'crun',
    subjects: /^mount \/sys\/fs\/cgroup(\/(?!hugetlb)|$)/,
    reason: 'crun names the sources of cgroup mounts by their paths, and limits the tmpfs above them',
  },
  {
    peer: 'crun',
    subjects: /^mount \/sys\/fs\/cgroup\/hugetlb$/,
    reason: 'crun mounts every hierarchy there is, slipway and runc those that the host has mounted',
  },
  {
    peer: 'crun',
    subjects: /^(path|mount) \/(proc\/(acpi|keys|timer_list)|sys\/firmware)$/,
    reason:
      "crun masks with the host's /dev/null and a tmpfs of size 0, slipway and runc with the container's and a read-only one",
  },
  {
    peer: 'both',
    subjects: /^keyring session$/,
    reason:
      'slipway adds a random number to the name of the session keyring, so that nobody has made it before; crun names it by the id alone, and permits nothing more on it',
  },
  {
    peer: 'crun',
    subjects: /^device \/dev\/core$/,
    reason: 'crun links /dev/core to a /proc/kcore that is not there',
  },
  {
    peer: 'crun',
    bundle: /^user-namespace$/,
    subjects: /^environment 1$/,
    reason: 'crun sets no HOME for a user whom /etc/passwd does not know',
  },
  {
    peer: 'crun',
    bundle: /^hooks$/,
    subjects: /^status SigBlk$/,
    reason: 'crun leaves SIGCHLD blocked after a hook',
  },
];

export const differenceReasons = [...new Set(differences.map(({ reason }) => reason))];

export function differenceReason(bundle: string, peer: string, subject: string): string | undefined {
  return differences.find(
    (one) =>
      (one.peer === 'both' || one.peer === peer) &&
      (one.bundle?.test(bundle) ?? true) &&
      one.subjects.test(subject),
  )?.reason;
}
