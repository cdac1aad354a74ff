// Fuzzes what reads bytes in C, with coverage as the guide (libFuzzer) and the sanitizers on. FUZZ_SECONDS: for how long each.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { commonFlags, sanitizedFlags } from '../../scripts/c-flags.ts';
import { corpora, type Target } from './corpus.ts';
import { stepStubs } from './stubs.ts';

const seconds = Number(process.env.FUZZ_SECONDS ?? 60);
const folder = 'dist/fuzz';

const flags = [...commonFlags, ...sanitizedFlags, '-fsanitize=fuzzer'];

const notLinked = ['main.c', 'launcher.c', 'inherited-fds.c', 'answer.c', 'criu.c'];

/** What each is linked with. */
const sources: Readonly<Record<Target, readonly string[]>> = {
  steps: [`${folder}/stubs.c`, 'src/init/report.c'],
  answer: ['src/init/process.c'],
  criu: readdirSync('src/init')
    .filter((name) => name.endsWith('.c') && !notLinked.includes(name))
    .map((name) => `src/init/${name}`),
  profile: [],
};

const works = await hasLibFuzzer();

async function hasLibFuzzer(): Promise<boolean> {
  const options = { input: 'int LLVMFuzzerTestOneInput(void) { return 0; }', reject: false };
  return !(await execa('clang', ['-fsanitize=fuzzer', '-x', 'c', '-', '-o', '/dev/null'], options)).failed;
}

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/stubs.c`, stepStubs());
});

describe.skipIf(!works).concurrent('clang with libFuzzer (clang, libclang-rt-dev)', () => {
  test.each(Object.keys(corpora) as Target[])('%s', { timeout: (seconds + 120) * 1000 }, async (target) => {
    const [program, corpus] = [`${folder}/${target}`, `${folder}/${target}-corpus`];
    mkdirSync(corpus, { recursive: true });
    for (const [index, bytes] of corpora[target]().entries()) writeFileSync(`${corpus}/seed-${index}`, bytes);
    await execa('clang', [...flags, `test/fuzz/${target}.c`, ...sources[target], '-o', program]);
    const options = {
      max_total_time: seconds,
      // A step, a profile of an engine.
      max_len: 65536,
      close_fd_mask: 3,
      artifact_prefix: `${program}-found-`,
    };
    const line = Object.entries(options).map(([name, value]) => `-${name}=${value}`);
    // Leaks end with their process; some are libseccomp's.
    const env = { ASAN_OPTIONS: 'detect_leaks=0' };
    const { exitCode, stderr } = await execa(program, [...line, corpus], {
      env,
      reject: false,
      stdin: 'ignore',
    });
    const last = stderr.split('\n').slice(-40).join('\n');
    expect(exitCode, last).toBe(0);
    console.log(`${target}: ${/^Done .*$/m.exec(last)?.[0]}`);
  });
});
