import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { patience } from './support/patience.ts';

type Options = {
  readonly folder?: string;
  readonly deadline?: number;
  readonly dist?: string;
  readonly exclude?: string[];
};

/** Tests of one runtime, with its name in RUNTIME; after the projects before it. */
function real(name: string, runtime: string, groupOrder: number, options: Options = {}) {
  const { folder = 'test', deadline = 15_000, dist = 'dist', exclude = [] } = options;
  const kernel = folder === 'test';
  const setup = kernel ? [] : [`${folder}/setup.ts`];
  // Faults of peers are not for this project, and peers know no images.
  const own = runtime === 'slipway' ? [`${folder}/faults`, `${folder}/image`] : [];
  const folders = kernel ? [folder, `${folder}/security`, ...own] : [folder];
  return {
    test: {
      name,
      env: { RUNTIME: runtime, DIST: dist },
      include: folders.map((folder) => `${folder}/*.test.ts`),
      exclude,
      globalSetup: ['test/support/global-setup.ts'],
      setupFiles: ['test/support/setup.ts', ...setup],
      testTimeout: deadline * patience,
      hookTimeout: deadline * patience,
      expect: { poll: { timeout: 5000 * patience, interval: 20 } },
      // Each file looks for what it left behind, inits among it.
      fileParallelism: false,
      sequence: { groupOrder },
      // A race that a peer loses now and then says nothing about slipway, but much in the table of SECURITY.md.
      retry: runtime === 'slipway' || process.env.WRITE_SECURITY !== undefined ? 0 : 2,
    },
  };
}

/** What "npm run build -- --sanitized" builds. */
const sanitized = {
  dist: 'dist/sanitized',
  // System calls of the sanitizers themselves may fail; and where they are shared libraries, the linker listens to its variables.
  exclude: ['test/faults/calls.test.ts', 'test/security/environment.test.ts'],
};

const engines = { folder: 'test/engines', deadline: 60_000 };

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    reporters: [
      'default',
      './test/engine-reporter.ts',
      './test/security-reporter.ts',
      './test/summary-reporter.ts',
    ],
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'] } },
      real('kernel', 'slipway', 1),
      // The same tests, save those of support/peer-exceptions.ts: what no peer passes is suspect.
      real('runc', 'runc', 2),
      real('crun', 'crun', 3),
      real('engines', 'slipway', 4, engines),
      real('engines-runc', 'runc', 5, engines),
      { test: { name: 'fuzz', include: ['test/fuzz/*.test.ts'], sequence: { groupOrder: 7 } } },
      real('sanitized', 'slipway', 6, sanitized),
    ],
  },
});
