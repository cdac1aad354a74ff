// What slipway does on the host, in words.

import type { HostWords } from './table.ts';
import { hookParts, list, octal, text } from './words.ts';

export const hostWords: HostWords = {
  claim: ({ path }) => text(path),
  makeDirectory: ({ path, mode }) => list(text(path), `mode ${octal(mode)}`),
  demandIdle: ({ directories }) => directories.map(text).join(' '),
  saveState: () => '',
  saveInit: () => '',
  noteCgroups: ({ parents }) => parents.map(text).join(' '),
  startScope: ({ unit, path, properties }) =>
    list(
      text(unit),
      `cgroup ${text(path)}`,
      ...properties.map(({ name, values }) => `${name}=${values.map(text).join(' ')}`),
    ),
  leaveScope: ({ unit }) => text(unit),
  cgroupMake: ({ path }) => text(path),
  cgroupFillCpuset: ({ path }) => text(path),
  cgroupHandDown: ({ path, controllers }) => `${controllers.join(' ')} from ${text(path)}`,
  cgroupOwner: ({ path, uid }) => `${uid} for ${text(path)}`,
  cgroupWrite: ({ file, value, entry, otherwise }) =>
    list(
      `${text(value)} to ${text(file)}`,
      entry !== undefined && `as the entry ${text(String(entry))}`,
      otherwise !== undefined && `else ${text(otherwise.value)} to ${text(otherwise.file)}`,
    ),
  bindRoot: ({ path }) => text(path),
  rdtClass: ({ path, make, schemata }) =>
    list(text(path), !make && 'must be there', schemata.length > 0 && schemata.map(text).join(' ')),
  rdtMonitor: ({ path }) => text(path),
  rdtJoin: ({ tasks }) => text(tasks),
  oomScoreAdj: ({ value }) => String(value),
  giveStdio: ({ uid }) => String(uid),
  joinCgroup: ({ procs }) => text(procs),
  writeIdMap: ({ file, text: lines }) => `${file} ${text(lines.trim())}`,
  checkIdMap: ({ file, text: lines }) => `${file} ${text(lines.trim())}`,
  denySetgroups: () => '',
  runIdMapTool: ({ tool, args }) => [tool, 'PID', ...args].map(text).join(' '),
  netDevice: ({ device, name }) => (device === name ? text(device) : `${text(device)} as ${text(name)}`),
  hook: (hook) => list(...hookParts(hook)),
  followSignals: ({ terminal }) => (terminal ? 'of the terminal too' : ''),
  passSignals: () => '',
  demandTarget: () => '',
  sendListener: ({ agent }) => `to ${text(agent)}`,
  prepareState: () => '',
  pidFile: ({ path }) => text(path),
  publishState: () => '',
  keepFilter: () => '',
  refuseStart: ({ why }) => text(why),
  listenReadiness: () => '',
  letGo: () => '',
};
