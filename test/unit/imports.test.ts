// The direction of imports in src/: cli → container → conversation, plan and store; plan → validate, concepts → spec → error.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const concepts = [
  'mount',
  'namespace',
  'cgroup',
  'capability',
  'rlimit',
  'device',
  'hook',
  'sysctl',
  'seccomp',
  'scheduling',
  'network',
  'rdt',
];

/** What each folder may import, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  error: [],
  spec: ['error'],
  // An image of the OCI, to the bundle that config.json describes.
  image: ['error', 'spec', 'init'],
  // The shapes of the protocol, for steps.
  init: ['error'],
  ...Object.fromEntries(concepts.map((name) => [name, ['error', 'spec', 'init']])),
  validate: ['error', 'spec', ...concepts],
  plan: ['error', 'spec', 'init', 'validate', ...concepts],
  host: ['error', 'spec', 'init', 'image', 'plan', ...concepts],
  // The hooks and freezers that a state keeps.
  store: ['error', 'host', 'hook', 'cgroup'],
  // Runs any script: what its steps do comes from container.
  conversation: ['error', 'init', 'plan', 'host'],
  container: [
    'error',
    'spec',
    'init',
    'validate',
    'plan',
    'conversation',
    'store',
    'host',
    'image',
    'hook',
    'cgroup',
    'capability',
    'namespace',
    'seccomp',
    'rdt',
  ],
  cli: ['error', 'spec', 'container', 'store', 'host', 'image', 'plan', 'namespace', 'version.ts'],
};

function sources(): string[] {
  return readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?<!\.test)\.ts$/.test(path),
  );
}

test.each(sources())('src/%s imports nothing from above or beside', (path) => {
  const folder = path.split('/')[0] ?? '';
  if (path === folder) return;
  const imported = [
    ...readFileSync(`src/${path}`, 'utf8').matchAll(/(?:from|import)\s*\(?'(\.{1,2}\/[^']+)'/g),
  ].map(([, target = '']) => join(dirname(path), target).split('/')[0]);
  const wrong = imported.filter((target) => target !== folder && !allowed[folder]?.includes(target ?? ''));
  expect(wrong).toEqual([]);
});
