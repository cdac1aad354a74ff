// Rules about namespaces (config-linux.md#namespaces).

import { isNew, isParked, mountsAtCaller, namespaceOf } from '../namespace/asked.ts';
import { problem, type Rule, repeated } from './rule.ts';

export const noDuplicateNamespaces: Rule = ({ linux }) =>
  repeated(linux?.namespaces ?? [], ({ type }) => type).map(({ index, key }) =>
    problem(`/linux/namespaces/${index}/type`, `a second ${key} namespace: only one is allowed`),
  );

/** A container without a mount namespace mounts in that of the caller, and cannot have what changes or hides mounts there. */
export const mountNamespace: Rule = (config) => {
  if (!mountsAtCaller(config)) return [];
  const { maskedPaths = [], readonlyPaths = [] } = config.linux ?? {};
  const add = 'add {"type": "mount"} to /linux/namespaces';
  const mask = `unable to restrict sys entries without a private MNT namespace: ${add}`;
  return [
    ...(maskedPaths.length > 0 ? [problem('/linux/maskedPaths', mask)] : []),
    ...(readonlyPaths.length > 0 ? [problem('/linux/readonlyPaths', mask)] : []),
    ...(namespaceOf(config, 'user') === undefined
      ? []
      : [
          problem(
            '/linux/namespaces',
            `a user namespace has no right to mount in the mount namespace of the caller: ${add}`,
          ),
        ]),
    ...(isParked(config)
      ? [
          problem(
            '/linux/namespaces',
            `the other processes of a pid namespace would see the root of the caller: ${add}`,
          ),
        ]
      : []),
  ];
};

export const namesNeedUts: Rule = (config) => {
  const { hostname = '', domainname = '' } = config;
  if (namespaceOf(config, 'uts') !== undefined) return [];
  const message =
    'unable to set it without a private UTS namespace: add {"type": "uts"} to /linux/namespaces';
  return [
    ...(hostname === '' ? [] : [problem('/hostname', message)]),
    ...(domainname === '' ? [] : [problem('/domainname', message)]),
  ];
};

/** The offsets of a time namespace that has processes can no longer be changed. */
export const offsetsNeedNewTimeNamespace: Rule = (config) => {
  const asked = Object.values(config.linux?.timeOffsets ?? {}).length > 0;
  if (!asked || isNew(config, 'time')) return [];
  return [
    problem(
      '/linux/timeOffsets',
      'offsets need a new time namespace: add {"type": "time"} to /linux/namespaces',
    ),
  ];
};
