// Known ways out of containers: what the table of .github/SECURITY.md has a line for. A test names in its title the lines that it
// is about.

/** What happened, by the ids that it got. The first one names the line. */
export const knownEscapes: readonly (readonly [ids: readonly string[], what: string])[] = [
  [['CVE-2016-3697'], 'a user of the image whose name is a number'],
  [['CVE-2016-9962'], 'a process on its way into a container still has something of the host'],
  [['CVE-2019-5736'], 'the program of the runtime is overwritten through /proc/PID/exe'],
  [['CVE-2019-16884'], 'a mount over /proc, or through a link to it'],
  [['CVE-2019-18837'], 'the target of a mount is a link out of the root'],
  [
    ['CVE-2019-19921', 'CVE-2023-27561', 'CVE-2023-28642', 'CVE-2025-54867'],
    '/proc or /sys of an image is a link',
  ],
  [['CVE-2021-30465'], 'a directory becomes a link while something is mounted on it'],
  [['CVE-2021-43784'], 'a document too long for a length of 16 bits'],
  [
    ['CVE-2022-24769', 'CVE-2022-29162', 'CVE-2022-27650', 'CVE-2025-27612'],
    'exec gives inheritable capabilities',
  ],
  [['CVE-2022-0492', 'CVE-2023-25809'], 'cgroups of others, or their release_agent, can be written to'],
  [['CVE-2024-21626'], 'an fd of the runtime as working directory, program or PATH'],
  [['CVE-2024-45310'], 'files and directories are made on the host through a link'],
  [['CVE-2025-31133', 'CVE-2025-62161'], 'a masked path gets another file than the null device'],
  [['CVE-2025-52565'], 'a link at /dev/console or in /dev/pts'],
  [['CVE-2025-52881', 'CVE-2025-62596'], 'what the runtime writes to /proc goes elsewhere'],
  [['CVE-2026-30892'], 'a user of exec that is no number is taken for root'],
  [['CVE-2026-41579', 'CVE-2026-47766'], '/dev of an image is a link to the host'],
  [['CVE-2026-53488'], 'annotations of an image reach the host'],
  [['CVE-2026-55686'], 'a working directory that is a link out of the root'],
  [['CVE-2026-57231'], 'an environment entry without "="'],
  [
    ['CVE-2026-88264', 'CVE-2026-88265'],
    '/dev/console or /dev/null of an image is a link to a file of the host',
  ],
  [['volumes'], 'device nodes, or links, are made in a directory of the host'],
  [['--no-pivot'], 'a procfs without masks, mounted in a user namespace inside'],
  [['cgroups'], 'processes and cgroups that their runtime cannot end'],
  [['state directory'], 'what others wrote where the runtime keeps its state'],
  [['keyring'], 'a session keyring that somebody else has made'],
  [['environment'], 'variables, and files in the working directory, of the caller'],
];
