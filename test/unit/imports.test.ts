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

/** Files of src/ that a file imports, also those that it loads later. */
function importsOf(path: string): string[] {
  const text = readFileSync(`src/${path}`, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?'(\.{1,2}\/[^']+)'/g)].map(([, target = '']) =>
    join(dirname(path), target),
  );
}

test.each(sources())('src/%s imports nothing from above or beside', (path) => {
  const folder = path.split('/')[0] ?? '';
  if (path === folder) return;
  const imported = importsOf(path).map((target) => target.split('/')[0]);
  const wrong = imported.filter((target) => target !== folder && !allowed[folder]?.includes(target ?? ''));
  expect(wrong).toEqual([]);
});

test('no file imports itself by way of others', () => {
  const imports = new Map(sources().map((path) => [path, importsOf(path)]));
  const done = new Set<string>();
  /** The files on the way to a file that is on it already; null when there is none. */
  const circleFrom = (path: string, way: readonly string[]): readonly string[] | null => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const target of imports.get(path) ?? []) {
      const circle = circleFrom(target, [...way, path]);
      if (circle !== null) return circle;
    }
    done.add(path);
    return null;
  };
  const circles = sources().flatMap((path) => circleFrom(path, [])?.join(' → ') ?? []);
  expect(circles).toEqual([]);
});

test('what is named demand returns nothing', () => {
  const returning = sources().flatMap((path) =>
    [...readFileSync(`src/${path}`, 'utf8').matchAll(/function (demand\w*)[^{]*?\): ([^{]*) \{/gs)].flatMap(
      ([, name = '', type = '']) => (['void', 'Promise<void>'].includes(type) ? [] : [`${path}: ${name}`]),
    ),
  );
  expect(returning).toEqual([]);
});
