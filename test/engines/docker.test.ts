// dockerd, with the runtime as its default.

import { afterAll, beforeAll, describe } from 'vitest';
import { Docker } from './docker.ts';
import { testFeatures } from './features.ts';
import { hasProgram } from './machine.ts';

describe.skipIf(!hasProgram('dockerd'))('docker', () => {
  let docker: Docker;
  beforeAll(async () => {
    docker = await Docker.start();
  });
  afterAll(() => docker.machine.close());

  testFeatures(() => docker);
});
