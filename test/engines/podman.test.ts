// podman, with the runtime as its --runtime.

import { afterAll, beforeAll, describe } from 'vitest';
import { testFeatures } from './features.ts';
import { hasProgram } from './machine.ts';
import { Podman } from './podman.ts';

describe.skipIf(!hasProgram('podman'))('podman', () => {
  let podman: Podman;
  beforeAll(async () => {
    podman = await Podman.start();
  });
  afterAll(() => podman.machine.close());

  testFeatures(() => podman);
});
