import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { patience } from './support/patience.ts';

/** Tests of one runtime, with its name in RUNTIME; after the projects before it. */
function real(name: string, include: string, runtime: string, groupOrder: number, deadline: number) {
  return {
    test: {
      name,
      env: { RUNTIME: runtime },
      include: [include],
      globalSetup: ['test/support/global-setup.ts'],
      setupFiles: ['test/support/setup.ts'],
      testTimeout: deadline * patience,
      hookTimeout: deadline * patience,
      // Each file looks for what it left behind, inits among it.
      fileParallelism: false,
      sequence: { groupOrder },
      // A race that a peer loses now and then says nothing about slipway.
      retry: runtime === 'slipway' ? 0 : 2,
    },
  };
}

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    reporters: ['default', './test/summary-reporter.ts'],
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'] } },
      real('kernel', 'test/*.test.ts', 'slipway', 1, 15_000),
      // The same tests, save those of support/peer-exceptions.ts: what no peer passes is suspect.
      real('runc', 'test/*.test.ts', 'runc', 2, 15_000),
      real('crun', 'test/*.test.ts', 'crun', 3, 15_000),
      real('engines', 'test/engines/*.test.ts', 'slipway', 4, 60_000),
      real('engines-runc', 'test/engines/*.test.ts', 'runc', 5, 60_000),
    ],
  },
});
