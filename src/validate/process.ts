// Rules about the process (config.md#process).

import { availableCapabilities, capabilityBit, capabilitySetNames } from '../capability/capability.ts';
import { namespaceOf } from '../namespace/asked.ts';
import { rlimitNames, rlimitNumber } from '../rlimit/rlimit.ts';
import { problem, type Rule, repeated } from './rule.ts';

export const knownRlimits: Rule = ({ process }) =>
  (process?.rlimits ?? []).flatMap(({ type, soft, hard }, index) => {
    const at = `/process/rlimits/${index}`;
    if (rlimitNumber(type) === undefined) {
      return [
        problem(
          `${at}/type`,
          `unknown limit ${JSON.stringify(type)}, expected one of ${rlimitNames.join(', ')}`,
        ),
      ];
    }
    return soft > hard ? [problem(`${at}/soft`, `${soft} is above the hard limit of ${hard}`)] : [];
  });

export const noDuplicateRlimits: Rule = ({ process }) =>
  repeated(process?.rlimits ?? [], ({ type }) => type).map(({ index, key }) =>
    problem(`/process/rlimits/${index}/type`, `a second ${key}: only one is allowed`),
  );

/** A warning, in runc's words: the kernel raises none that is not permitted and inheritable too (capabilities(7)). */
export const raisableAmbient: Rule = ({ process }) => {
  const { ambient = [], inheritable = [], permitted = [] } = process?.capabilities ?? {};
  const lost = ambient.filter(
    (name) => capabilityBit(name) !== 0n && !(inheritable.includes(name) && permitted.includes(name)),
  );
  const why = 'what is not both permitted and inheritable cannot be ambient';
  return lost.length === 0
    ? []
    : [problem('/process/capabilities/ambient', `can't raise ambient capability ${lost.join(', ')}: ${why}`)];
};

/** A label that nobody would enforce. */
export const labelsNeedModule: Rule = ({ process, linux }, { lsm }) => {
  const asked = [
    ['/process/apparmorProfile', process?.apparmorProfile, 'apparmor', lsm.apparmor !== null],
    ['/process/selinuxLabel', process?.selinuxLabel, 'selinux', lsm.selinux],
    ['/linux/mountLabel', linux?.mountLabel, 'selinux', lsm.selinux],
  ] as const;
  return asked.flatMap(([pointer, label = '', module, active]) =>
    active || label === '' ? [] : [problem(pointer, `${module} is not supported by this host; leave it out`)],
  );
};

/** A warning: the specification wants such capabilities to be no failure. */
export const grantableCapabilities: Rule = (config, facts) => {
  const available = availableCapabilities(facts.capabilities, namespaceOf(config, 'user') !== undefined);
  return capabilitySetNames.flatMap((set) =>
    (config.process?.capabilities?.[set] ?? []).flatMap((name, index) => {
      const bit = capabilityBit(name);
      if ((bit & available) !== 0n) return [];
      const why = bit === 0n ? 'unknown capability' : 'capability that slipway itself does not have';
      return [problem(`/process/capabilities/${set}/${index}`, `${why} ${JSON.stringify(name)}, ignored`)];
    }),
  );
};
