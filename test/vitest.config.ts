import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { patience } from './support/patience.ts';

/** Tests of one runtime, with its name in RUNTIME; after the projects before it. */
function real(name: string, runtime: string, groupOrder: number, folder = 'test', deadline = 15_000) {
  const kernel = folder === 'test';
  const own = kernel ? [] : [`${folder}/setup.ts`];
  const folders = kernel ? [folder, `${folder}/security`, `${folder}/faults`] : [folder];
  return {
    test: {
      name,
      env: { RUNTIME: runtime },
      include: folders.map((folder) => `${folder}/*.test.ts`),
      globalSetup: ['test/support/global-setup.ts'],
      setupFiles: ['test/support/setup.ts', ...own],
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
      real('engines', 'slipway', 4, 'test/engines', 60_000),
      real('engines-runc', 'runc', 5, 'test/engines', 60_000),
    ],
  },
});
