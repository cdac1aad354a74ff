// Rules about namespaces (config-linux.md#namespaces).

import { problem, type Rule, repeated } from './rule.ts';

export const noDuplicateNamespaces: Rule = ({ linux }) =>
  repeated(linux?.namespaces ?? [], ({ type }) => type).map(({ index, key }) =>
    problem(`/linux/namespaces/${index}/type`, `a second ${key} namespace: only one is allowed`),
  );

export const mountNamespace: Rule = ({ linux }) =>
  linux?.namespaces?.some(({ type }) => type === 'mount') === true
    ? []
    : [
        problem(
          '/linux/namespaces',
          'no mount namespace: without one the mounts would be the host\'s; add {"type": "mount"}',
        ),
      ];

export const namesNeedUts: Rule = ({ hostname = '', domainname = '', linux }) => {
  if (linux?.namespaces?.some(({ type }) => type === 'uts') === true) return [];
  const message =
    'unable to set it without a private UTS namespace: add {"type": "uts"} to /linux/namespaces';
  return [
    ...(hostname === '' ? [] : [problem('/hostname', message)]),
    ...(domainname === '' ? [] : [problem('/domainname', message)]),
  ];
};
