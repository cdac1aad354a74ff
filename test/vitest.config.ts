import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    reporters: ['default', './test/summary-reporter.ts'],
    projects: [{ test: { name: 'unit', include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'] } }],
  },
});
