// Prints the plain last line of a run: "N passed, N failed". In CI a skip is a failure, save what a peer is known not to pass.

import type { Reporter, TestModule } from 'vitest/node';

const peers = ['runc', 'crun', 'engines-runc'];

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    // An error outside of any test, and a file that cannot be loaded, count as a failure each.
    let failed = unhandledErrors.length;
    const skipped: string[] = [];
    let excepted = 0;
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
        else if (peers.includes(module.project.name)) excepted += 1;
        else skipped.push(test.fullName);
      }
    }
    for (const name of skipped) console.log(`skipped: ${name}`);
    if (process.env.CI !== undefined && skipped.length > 0) {
      failed += skipped.length;
      process.exitCode = 1;
    }
    if (excepted > 0) console.log(`${excepted} not for a peer`);
    console.log(`${passed} passed, ${failed} failed`);
  }
}
