import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { patience } from './support/patience.ts';

/** Kernel tests of one runtime; after the projects before it. */
function kernel(name: string, runtime: string, groupOrder: number) {
  return {
    test: {
      name,
      env: { RUNTIME: runtime },
      include: ['test/*.test.ts'],
      globalSetup: ['test/support/global-setup.ts'],
      setupFiles: ['test/support/setup.ts'],
      testTimeout: 15_000 * patience,
      hookTimeout: 15_000 * patience,
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
      kernel('kernel', 'slipway', 1),
      // The same tests, save those of support/peer-exceptions.ts: what no peer passes is suspect.
      kernel('runc', 'runc', 2),
      kernel('crun', 'crun', 3),
    ],
  },
});
