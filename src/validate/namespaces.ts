// Rules about namespaces (config-linux.md#namespaces).

import { isNew, namespaceOf } from '../namespace/asked.ts';
import { problem, type Rule, repeated } from './rule.ts';

export const noDuplicateNamespaces: Rule = ({ linux }) =>
  repeated(linux?.namespaces ?? [], ({ type }) => type).map(({ index, key }) =>
    problem(`/linux/namespaces/${index}/type`, `a second ${key} namespace: only one is allowed`),
  );

export const mountNamespace: Rule = (config) =>
  namespaceOf(config, 'mount') !== undefined
    ? []
    : [
        problem(
          '/linux/namespaces',
          'no mount namespace: without one the mounts would be the host\'s; add {"type": "mount"}',
        ),
      ];

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
