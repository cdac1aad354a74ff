// What users do with podman and docker alike, as tests of one engine.

import { expect, test } from 'vitest';
import type { Engine } from './engine.ts';

export function testFeatures(engine: () => Engine): void {
  test('run: output and exit status', async () => {
    const result = await engine().run([], 'sh', '-c', 'echo out; echo err >&2; exit 3');
    expect(result).toMatchObject({ status: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  test.each([
    ['nosuch', 127, 'executable file not found in $PATH'],
    ['/nosuch', 127, 'no such file or directory'],
    ['/etc/passwd', 126, 'permission denied'],
    ['/etc', 126, 'permission denied'],
  ])('run: a program that cannot be: %s is status %i', async (program, status, text) => {
    const result = await engine().run([], program);
    expect(result).toMatchObject({ status, stderr: expect.stringContaining(text) });
  });
}
