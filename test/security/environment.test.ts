// What a caller's environment and working directory may make of slipway: nothing (a privileged wrapper may have such a caller).

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { runtimeName } from '../support/runtime.ts';
import { Sandbox } from '../support/sandbox.ts';

const sandbox = Sandbox.forFile();
const folder = `${sandbox.folder}/hostile`;
/** Is there once anything below was run. */
const mark = `${sandbox.folder}/ran`;

beforeAll(() => {
  mkdirSync(`${folder}/node_modules/zod`, { recursive: true });
  const script = `require('fs').writeFileSync(${JSON.stringify(mark)}, '')`;
  const files = {
    '.env': 'PATH=/nosuch\nBUN_OPTIONS=--nosuch\nSLIPWAY_DRIVER=/bin/false\nSLIPWAY_SCRIPT=x\n',
    'evil.js': script,
    'bunfig.toml': 'preload = ["./evil.js"]\n[run]\nbun = true\n',
    'package.json': '{"name":"x","type":"commonjs","imports":{"#accepts-config":"./evil.js"}}',
    'tsconfig.json': '{"compilerOptions":{"paths":{"*":["./evil.js"]}}}',
    'node_modules/zod/package.json': '{"name":"zod","main":"../../evil.js"}',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/${name}`, text);
  for (const name of ['unshare', 'nsenter', 'slipway-init', 'slipway-driver', 'ps', 'sh', 'evil']) {
    writeFileSync(`${folder}/${name}`, `#!/bin/sh\necho > ${mark}\n`);
    chmodSync(`${folder}/${name}`, 0o755);
  }
});

const hostile: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'of Bun': {
    BUN_BE_BUN: '1',
    BUN_JSC_nosuch: '1',
    BUN_OPTIONS: `--preload ${folder}/evil.js`,
    BUN_CONFIG_VERBOSE_FETCH: '1',
    BUN_INSPECT: 'ws://localhost:1/x',
    BUN_INSPECT_PRELOAD: `${folder}/evil.js`,
  },
  'of Bun, in lower case': { bun_options: '--nosuch', bun_be_bun: '1' },
  'of Node': {
    NODE_OPTIONS: `--require ${folder}/evil.js`,
    NODE_PATH: folder,
    NODE_EXTRA_CA_CERTS: '/nosuch',
  },
  'of the allocator': {
    MIMALLOC_VERBOSE: '1',
    mimalloc_verbose: '1',
    mimalloc_show_stats: '1',
    Mimalloc_Show_Errors: '1',
  },
  'of the linker': {
    LD_PRELOAD: `${folder}/evil.so`,
    LD_LIBRARY_PATH: folder,
    LD_DEBUG: 'all',
    LD_AUDIT: `${folder}/evil.so`,
  },
  'of the C library': { GLIBC_TUNABLES: 'glibc.malloc.check=3', MALLOC_CHECK_: '3', MALLOC_PERTURB_: '7' },
  'of slipway': { SLIPWAY_DRIVER: `${folder}/evil`, SLIPWAY_SCRIPT: 'x', SLIPWAY_LAUNCH: '0:1:2:3:4:5:6:7' },
  'PATH with the working directory': { PATH: `.::${folder.slice(1)}:./:/usr/sbin:/usr/bin:/sbin:/bin` },
  'PATH without a usable entry': { PATH: '.:' },
  'PATH that is empty': { PATH: '' },
  'for temporary files and homes': {
    TMPDIR: folder,
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    XDG_RUNTIME_DIR: folder,
  },
};

describe.runIf(runtimeName === 'slipway').each(Object.entries(hostile))(
  '[environment] variables %s',
  (_, env) => {
    test('change nothing', async () => {
      const id = sandbox.id();
      const bundle = sandbox.script('echo out; exec sleep 1000');
      const options = { env, cwd: folder };
      expect(await sandbox.run(['run', '-d', '-b', bundle, id], options)).toEqual({
        status: 0,
        stdout: expect.any(String),
        stderr: '',
      });
      expect(await sandbox.run(['exec', id, 'echo', 'in'], options)).toEqual({
        status: 0,
        stdout: 'in\n',
        stderr: '',
      });
      expect(await sandbox.run(['ps', '--format', 'json', id], options)).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(await sandbox.run(['--version'], options)).toMatchObject({ status: 0, stderr: '' });
      // An explanation loads more of the program.
      writeFileSync(
        `${bundle}/config.json`,
        readFileSync(`${bundle}/config.json`, 'utf8').replace('"linux"', '"Linux"'),
      );
      expect((await sandbox.run(['validate', '-b', bundle], options)).stderr).toBe('');
      expect(await sandbox.run(['delete', '--force', id], options)).toMatchObject({ status: 0, stderr: '' });
      expect(existsSync(mark)).toBe(false);
    });
  },
);
