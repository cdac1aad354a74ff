// Documents made at random that validation accepts: `create` may fail for what the host does not have, and never calls one
// malformed, breaks, or leaves anything behind.

import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { formatJson } from '../src/spec/json.ts';
import { withNormalForm } from '../src/spec/normal-form.ts';
import { validate } from '../src/validate/validate.ts';
import { harmless } from './support/harmless.ts';
import { Random, randomConfig, seed } from './support/random-config.ts';
import { runProgram, slipwayPath } from './support/runtime.ts';
import { Sandbox } from './support/sandbox.ts';

const sandbox = Sandbox.forFile();
const rounds = 300;

/** What slipway says of a document that it does not understand, and of a mistake of its own. */
const malformed = /\(config[\w-]*\.md|malformed|unexpected:|nobody expects/;
const killed = /ended without a word/;

/** In a mount namespace of its own: shared mounts of a container must not come back to the host. */
const script =
  '"$0" --root "$1" create -b "$2" "$3"; status=$?; "$0" --root "$1" delete --force "$3" && exit $status';

// @shows runtime.md#errors: nothing is left of what failed
test('valid documents made at random are created, or refused for what the host lacks', async () => {
  const facts = hostFacts();
  const bundle = sandbox.bundle();
  mkdirSync(`${sandbox.folder}/source`);
  let created = 0;
  let valid = 0;
  for (let round = seed; valid < rounds; round++) {
    const config = withNormalForm(harmless(randomConfig(new Random(round)), sandbox));
    if (validate(config, facts).problems.length > 0) continue;
    valid += 1;
    writeFileSync(`${bundle}/config.json`, formatJson(config));
    const command = ['sh', '-c', script, slipwayPath, sandbox.root, bundle, sandbox.id()];
    const result = await runProgram('/usr/bin/unshare', ['--mount', '--propagation=private', ...command], {
      folder: sandbox.folder,
    });
    const what = `SEED=${round}: ${result.status} ${result.stderr}`;
    expect([0, 1], what).toContain(result.status);
    const said = result.stderr.replaceAll(/^time=.* level=warning .*\n/gm, '');
    expect(said, what).not.toMatch(malformed);
    // A filter may kill what it likes.
    if (config.linux?.seccomp === undefined) expect(said, what).not.toMatch(killed);
    if (result.status === 0) created += 1;
    else expect(said, what).toMatch(/^\S.*\n$/);
  }
  expect(created).toBeGreaterThan(rounds / 10);
}, 120_000);
