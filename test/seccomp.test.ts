// Seccomp (config-linux.md#seccomp): what a filter does to the program, and how its listener gets to an agent.

import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { compileProbe } from './support/compile.ts';
import { runProgram, slipwayPath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { engineProfile } from './support/seccomp.ts';
import { until } from './support/until.ts';
import { expectRefusal, quiet, says } from './support/words.ts';

const sandbox = Sandbox.forFile();
const programs = ['calls', 'verdicts', 'agent'] as const;

/** Numbers on x86-64. */
const umask = 95;
const mkdir = 83;

beforeAll(() => {
  for (const name of programs) compileProbe(name, sandbox.folder);
});

function probe(
  name: (typeof programs)[number],
  args: readonly string[],
  seccomp: AnyConfig,
  change = (_: AnyConfig) => {},
) {
  const bundle = sandbox.bundle((config) => {
    config.process.args = [`/${name}`, ...args];
    config.linux.seccomp = seccomp;
    change(config);
  });
  copyFileSync(`${sandbox.folder}/${name}`, `${bundle}/rootfs/${name}`);
  return bundle;
}

/** A profile that allows all but what the rules say. */
function allowBut(...syscalls: AnyConfig[]): AnyConfig {
  return { defaultAction: 'SCMP_ACT_ALLOW', syscalls };
}

// @shows /linux/seccomp/syscalls
// @shows /linux/seccomp/syscalls/*/action
// @shows /linux/seccomp/syscalls/*/errnoRet
describe('actions', () => {
  const onUmask = (action: string, errnoRet?: number) =>
    probe('calls', [`${umask}:7`], allowBut({ names: ['umask'], action, errnoRet }));
  const sigsys = 128 + 31;

  test.each<[string, number | undefined, number, string]>([
    ['SCMP_ACT_ALLOW', undefined, 0, '18\n'],
    ['SCMP_ACT_LOG', undefined, 0, '18\n'],
    ['SCMP_ACT_ERRNO', undefined, 0, 'errno 1\n'],
    ['SCMP_ACT_ERRNO', 13, 0, 'errno 13\n'],
    ['SCMP_ACT_ERRNO', 0, 0, '0\n'],
    ['SCMP_ACT_TRACE', undefined, 0, 'errno 38\n'],
    ['SCMP_ACT_TRACE', 9, 0, 'errno 38\n'],
    ['SCMP_ACT_KILL', undefined, sigsys, ''],
    ['SCMP_ACT_KILL_THREAD', undefined, sigsys, ''],
    ['SCMP_ACT_KILL_PROCESS', undefined, sigsys, ''],
    ['SCMP_ACT_TRAP', undefined, sigsys, ''],
  ])('%s (errnoRet %s)', async (action, errnoRet, status, stdout) => {
    const result = await sandbox.run(['run', '-b', onUmask(action, errnoRet), sandbox.id()]);
    expect(result).toMatchObject({ status, stdout });
  });

  // @shows /linux/seccomp/{defaultAction,defaultErrnoRet}
  test('the default action, with its errno', async () => {
    const seccomp = {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 11,
      syscalls: [
        {
          names: engineProfile()
            .syscalls.flatMap(({ names }: AnyConfig) => names)
            .filter((name: string) => name !== 'umask'),
          action: 'SCMP_ACT_ALLOW',
        },
      ],
    };
    expect(await sandbox.output(probe('calls', [`${umask}:7`], seccomp))).toBe('errno 11\n');
  });
});

// @shows /linux/seccomp/syscalls/*/args/*/{index,value,valueTwo,op}
describe('operators', () => {
  const allowed = '18';
  const wide = 2 ** 40;
  test.each<[string, number, number | undefined, Readonly<Record<number, boolean>>]>([
    ['SCMP_CMP_NE', 5, undefined, { 4: true, 5: false, 6: true }],
    ['SCMP_CMP_LT', 5, undefined, { 4: true, 5: false, 6: false }],
    ['SCMP_CMP_LE', 5, undefined, { 4: true, 5: true, 6: false }],
    ['SCMP_CMP_EQ', 5, undefined, { 4: false, 5: true, 6: false }],
    ['SCMP_CMP_GE', 5, undefined, { 4: false, 5: true, 6: true }],
    ['SCMP_CMP_GT', 5, undefined, { 4: false, 5: false, 6: true }],
    ['SCMP_CMP_MASKED_EQ', 6, 4, { 4: true, 5: true, 6: false, 12: true }],
    ['SCMP_CMP_EQ', wide, undefined, { 0: false, [wide]: true }],
  ])('%s %d %s', async (op, value, valueTwo, expected) => {
    const args = [{ index: 0, op, value, ...(valueTwo === undefined ? {} : { valueTwo }) }];
    const seccomp = allowBut({ names: ['umask'], action: 'SCMP_ACT_ERRNO', args });
    for (const [argument, matches] of Object.entries(expected)) {
      const stdout = await sandbox.output(probe('calls', [`${umask}:${argument}`], seccomp));
      expect([argument, stdout.trim()]).toEqual([argument, matches ? 'errno 1' : allowed]);
    }
  });

  test.each<[string, number, number, string[]]>([
    // @shows /linux/seccomp/syscalls/*/args
    ['all of several arguments', 0, 1, ['errno 1', '18', '5']],
    ['any comparison of one argument', 0, 0, ['errno 1', 'errno 1', '18']],
  ])('%s', async (_, first, second, expected) => {
    const args = [
      { index: first, op: 'SCMP_CMP_EQ', value: 5 },
      { index: second, op: 'SCMP_CMP_EQ', value: second === 0 ? 6 : 9 },
    ];
    const seccomp = allowBut({ names: ['umask'], action: 'SCMP_ACT_ERRNO', args });
    const calls =
      second === 0
        ? [`${umask}:5`, `${umask}:6`, `${umask}:7`]
        : [`${umask}:5:9`, `${umask}:5:8`, `${umask}:6:9`];
    expect((await sandbox.output(probe('calls', calls, seccomp))).trim().split('\n')).toEqual(expected);
  });
});

// @shows /linux/seccomp/architectures
describe('architectures', () => {
  const names =
    'X86 X86_64 X32 ARM AARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PPC PPC64 PPC64LE S390 S390X PARISC PARISC64 RISCV64 LOONGARCH64 M68K SH SHEB';

  test.each(names.split(' '))('SCMP_ARCH_%s', async (name) => {
    const seccomp = {
      ...allowBut({ names: ['umask'], action: 'SCMP_ACT_ERRNO' }),
      architectures: [`SCMP_ARCH_${name}`],
    };
    const result = await sandbox.run(['run', '-b', probe('calls', [`${umask}:7`], seccomp), sandbox.id()]);
    expect(result).toMatchObject({ status: 0, stdout: 'errno 1\n' });
  });

  // @refuses /linux/seccomp/architectures
  test('one that this machine cannot have is skipped with a warning', async () => {
    const seccomp = { ...allowBut(), architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_PPC'] };
    const { stderr } = await sandbox.run(['run', '-b', probe('calls', [], seccomp), sandbox.id()]);
    expect(stderr).toMatch(/\/linux\/seccomp\/architectures: none of this machine: ppc; skipped/);
  });
});

/** The step of the container process with this name. */
async function planned(bundle: string, name: string): Promise<AnyConfig> {
  const { script } = JSON.parse((await sandbox.run(['plan', '--json', '-b', bundle])).stdout);
  return script.flatMap(({ steps }: AnyConfig) => steps).find(({ op }: AnyConfig) => op === name);
}

// @shows /linux/seccomp/flags
test.each([
  ['SECCOMP_FILTER_FLAG_TSYNC', 1],
  ['SECCOMP_FILTER_FLAG_LOG', 2],
  ['SECCOMP_FILTER_FLAG_SPEC_ALLOW', 4],
])('%s is a flag that the kernel gets', async (flag, bits) => {
  const seccomp = { ...allowBut({ names: ['umask'], action: 'SCMP_ACT_ERRNO' }), flags: [flag] };
  const bundle = probe('calls', [`${umask}:7`], seccomp);
  expect(await sandbox.output(bundle)).toBe('errno 1\n');
  expect((await planned(bundle, 'exec')).flags).toBe(bits);
});

// @refuses /linux/seccomp/syscalls/*/names
describe('unknown names', () => {
  const seccomp = allowBut({ names: ['nosuch', 'no such', 'umask'], action: 'SCMP_ACT_ERRNO' });

  test('are skipped with a warning', async () => {
    const result = await sandbox.run(['run', '-b', probe('calls', [`${umask}:7`], seccomp), sandbox.id()]);
    expect(result).toMatchObject({ status: 0, stdout: 'errno 1\n' });
    expect(result.stderr).toMatch(
      /\/linux\/seccomp\/syscalls: libseccomp 2\S+ does not know no such, nosuch; skipped/,
    );
  });

  // @shows /annotations
  test('are an error where run.oci.seccomp_fail_unknown_syscall asks for that', async () => {
    const bundle = probe('calls', [], seccomp, (config) => {
      config.annotations = { 'run.oci.seccomp_fail_unknown_syscall': '1' };
    });
    expectRefusal(await sandbox.run(['create', '-b', bundle, sandbox.id()]), 'does not know no such, nosuch');
  });
});

describe('noNewPrivileges', () => {
  const only = (...names: string[]) => ({
    defaultAction: 'SCMP_ACT_KILL_PROCESS',
    syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }],
  });
  // What a static program of the C library does before main.
  const start = [
    'brk',
    'arch_prctl',
    'set_tid_address',
    'set_robust_list',
    'rseq',
    'prlimit64',
    'readlink',
    'readlinkat',
    'getrandom',
    'mprotect',
    'newfstatat',
    'exit_group',
  ];

  test('with it a filter need allow nothing but what the program does', async () => {
    const bundle = probe('calls', [`${umask}:7`], only('execve', 'write', 'umask', ...start), (config) => {
      config.process.noNewPrivileges = true;
    });
    expect(await sandbox.output(bundle)).toBe('18\n');
  });

  test('without it the filter is there before capabilities are given up', async () => {
    const bundle = probe(
      'calls',
      [`${umask}:7`],
      allowBut({ names: ['umask'], action: 'SCMP_ACT_ERRNO' }),
      (config) => {
        config.process.noNewPrivileges = false;
        config.process.capabilities = {};
        config.process.user = { uid: 1000, gid: 1000 };
      },
    );
    expect(await sandbox.output(bundle)).toBe('errno 1\n');
  });
});

test('exec has the filter of the container', async () => {
  const id = sandbox.id();
  const bundle = sandbox.script('exec sleep 1000', (config) => {
    config.linux.seccomp = allowBut({ names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 });
  });
  await sandbox.run(['run', '-d', '-b', bundle, id]);
  for (const options of [[], ['--no-new-privs']]) {
    const { stderr } = await sandbox.run(['exec', ...options, id, 'mkdir', '/made']);
    expect(stderr).toContain('No space left on device');
  }
  expect((await sandbox.run(['exec', id, 'cat', '/proc/self/status'])).stdout).toMatch(/^Seccomp:\t2$/m);
  await sandbox.run(['delete', '--force', id]);
});

// The profile as podman has it, and with the errno of Docker's, where newer system calls get ENOSYS.
// @shows /linux/seccomp
// @shows /linux/seccomp/syscalls/*/names
// @shows config-linux.md#seccomp: system calls newer than the profile get ENOSYS
test.each([
  ['38', true],
  ['1', true],
  ['1', false],
])(
  'every verdict is that of runc (defaultErrnoRet %s, noNewPrivileges %s)',
  async (errno, noNewPrivileges) => {
    const seccomp = { ...engineProfile(), defaultErrnoRet: Number(errno) };
    const bundle = probe('verdicts', ['600'], seccomp, (config) => {
      config.process.noNewPrivileges = noNewPrivileges;
      // For the filter that asks.
      if (!noNewPrivileges)
        for (const set of ['bounding', 'effective', 'permitted'])
          config.process.capabilities[set].push('CAP_SYS_ADMIN');
    });
    const { stdout } = await runProgram(
      '/usr/bin/runc',
      ['--root', `${sandbox.folder}/runc`, 'run', '-b', bundle, sandbox.id()],
      { folder: sandbox.folder },
    );
    expect(stdout.split(' ').filter((word) => word === 'allow').length).toBeGreaterThan(2000);
    const lines = (await sandbox.output(bundle)).split('\n');
    expect(lines.length).toBe(12);
    expect(lines).toEqual(stdout.split('\n'));
  },
);

describe('a listener', () => {
  let agent: ChildProcess | null = null;
  let heard = '';
  const socket = `${sandbox.folder}/agent.socket`;

  async function listen(...answer: string[]): Promise<void> {
    heard = '';
    agent = spawn(`${sandbox.folder}/agent`, [socket, ...answer], { stdio: ['ignore', 'pipe', 'inherit'] });
    agent.stdout?.on('data', (data) => {
      heard += data;
    });
    await until(() => readdirSync(sandbox.folder).includes('agent.socket'));
  }

  afterEach(async () => {
    agent?.kill('SIGKILL');
    await sandbox.run(['delete', '--force', 'listened']);
    await runProgram('/bin/rm', ['-f', socket], { folder: sandbox.folder });
  });

  /** What the agent was told. */
  const toldState = () => JSON.parse(heard.slice(0, heard.lastIndexOf('}') + 1));

  const asking = (change = (_: AnyConfig) => {}) =>
    probe(
      'calls',
      [`${mkdir}:0`],
      {
        ...allowBut({ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }),
        listenerPath: socket,
        listenerMetadata: 'who',
      },
      change,
    );

  // @shows /linux/seccomp/{listenerPath,listenerMetadata}
  // @shows config-linux.md#the-container-process-state: what the seccomp agent gets
  test.each([true, false])(
    'gets to the agent with the state (noNewPrivileges %s)',
    async (noNewPrivileges) => {
      await listen('deny', '17');
      const bundle = asking((config) => {
        config.process.noNewPrivileges = noNewPrivileges;
        config.annotations = { key: 'value' };
      });
      expect(await sandbox.run(['create', '-b', bundle, 'listened'])).toMatchObject({
        status: 0,
        stderr: quiet,
      });
      await until(() => heard.includes('closed'));
      const { pid } = await sandbox.state('listened');
      expect(toldState()).toMatchObject({
        fds: ['seccompFd'],
        pid,
        metadata: 'who',
        state: { id: 'listened', status: 'creating', pid, bundle, annotations: { key: 'value' } },
      });
    },
  );

  // @shows /linux/seccomp/syscalls/*/action
  test('is asked, and its answer counts', async () => {
    await listen('deny', '17');
    expect(await sandbox.output(asking())).toBe('errno 17\n');
    expect(heard).toContain(`asked ${mkdir}`);
  });

  // @shows /linux/seccomp/flags
  test.each([
    ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', 1 << 5],
    ['SECCOMP_FILTER_FLAG_TSYNC', 1],
  ])('may have %s', async (flag, bit) => {
    await listen('deny', '17');
    const bundle = asking((config) => {
      config.linux.seccomp.flags = [flag];
    });
    expect(await sandbox.output(bundle)).toBe('errno 17\n');
    expect((await planned(bundle, 'seccomp')).flags & bit).toBe(bit);
  });

  test('may let a call go on', async () => {
    await listen('continue');
    // mkdir(NULL)
    expect(await sandbox.output(asking())).toBe('errno 14\n');
  });

  test('of an exec goes to the agent too, with the state of the container', async () => {
    await listen('continue');
    const bundle = sandbox.script('exec sleep 1000', (config) => {
      config.linux.seccomp = {
        ...allowBut({ names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' }),
        listenerPath: socket,
      };
    });
    await sandbox.run(['run', '-d', '-b', bundle, 'listened']);
    await until(() => heard.includes('closed'));
    agent?.kill('SIGKILL');
    await runProgram('/bin/rm', ['-f', socket], { folder: sandbox.folder });
    await listen('deny', '17');
    const { stderr } = await sandbox.run(['exec', 'listened', 'mkdir', '/made']);
    expect(stderr).toContain('File exists');
    const { pid, state } = toldState();
    const container = await sandbox.state('listened');
    expect(state).toMatchObject({ id: 'listened', status: 'running', pid: container.pid });
    expect(pid).not.toBe(container.pid);
  });

  // @shows /annotations
  test('goes to the agent that run.oci.seccomp.receiver names, where the profile names none', async () => {
    const annotated = (receiver: string) =>
      asking((config) => {
        delete config.linux.seccomp.listenerPath;
        config.annotations = { 'run.oci.seccomp.receiver': receiver };
      });
    sandbox.ownOptions = ['--trust-annotation', 'run.oci.seccomp.receiver'];
    onTestFinished(() => {
      sandbox.ownOptions = [];
    });
    await listen('deny', '17');
    expect(await sandbox.output(annotated(socket))).toBe('errno 17\n');
    expectRefusal(
      await sandbox.run(['create', '-b', annotated('relative'), 'listened']),
      '/annotations/run.oci.seccomp.receiver: expected an absolute path',
    );
  });

  // @refuses /linux/seccomp/{listenerPath,listenerMetadata}
  test('nobody who listens is an error', async () => {
    expectRefusal(
      await sandbox.run(['create', '-b', asking(), 'listened']),
      /^\/linux\/seccomp\/listenerPath: send the listener to ".*": connect: No such file or directory\n$/,
    );
  });
});

describe('the compiler', () => {
  const bundle = () =>
    probe('calls', [`${umask}:7`], allowBut({ names: ['umask'], action: 'SCMP_ACT_ERRNO' }));

  test('is not needed for a profile that another container had', async () => {
    const root = `${sandbox.folder}/cached`;
    const run = () =>
      runProgram(slipwayPath, ['--root', root, 'run', '-b', bundle(), sandbox.id()], {
        folder: sandbox.folder,
      });
    expect(await run()).toMatchObject({ stdout: 'errno 1\n' });
    const [name = ''] = readdirSync(`${root}/@seccomp`);
    const file = `${root}/@seccomp/${name}`;
    const text = readFileSync(file, 'utf8');
    // ENOENT in place of EPERM.
    writeFileSync(file, text.replace('01000500', '02000500'));
    expect(await run()).toMatchObject({ stdout: 'errno 2\n' });
    // Nor is what is damaged used, nor what another libseccomp has compiled.
    writeFileSync(file, text.slice(0, -20).replace('01000500', '02000500'));
    expect(await run()).toMatchObject({ stdout: 'errno 1\n' });
    writeFileSync(file, text.replace('01000500', '02000500').replace(/^(library \S+) \d+/m, '$1 1'));
    expect(await run()).toMatchObject({ stdout: 'errno 1\n' });
    expect(readFileSync(file, 'utf8')).toBe(text);
    const list = ['--root', root, 'list', '--quiet'];
    expect(await runProgram(slipwayPath, list, { folder: sandbox.folder })).toMatchObject({
      status: 0,
      stdout: '',
    });
  });

  // @refuses /linux/seccomp
  test('says what to install where libseccomp is missing', async () => {
    const hide =
      'for file in /usr/lib/*/libseccomp.so.2; do mount --bind /dev/null "$(readlink -f "$file")"; done; exec "$@"';
    const args = [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      hide,
      'sh',
      slipwayPath,
      '--root',
      sandbox.root,
      'create',
      '-b',
      bundle(),
      sandbox.id(),
    ];
    expectRefusal(
      await runProgram('/usr/bin/unshare', args, { folder: sandbox.folder }),
      '/linux/seccomp: libseccomp.so.2: cannot be loaded',
    );
  });

  // @refuses /linux/seccomp
  test('more instructions than the kernel takes are an error', async () => {
    const syscalls = Array.from({ length: 9000 }, (_, value) => ({
      names: ['umask'],
      action: 'SCMP_ACT_ERRNO',
      args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 1000 + value }],
    }));
    expectRefusal(
      await sandbox.run(['create', '-b', probe('calls', [], allowBut(...syscalls)), sandbox.id()]),
      '/linux/seccomp: the compiled filter has more than 4096 instructions',
    );
  });
});

describe('passes over, with a warning,', () => {
  test.each<[string, string, AnyConfig]>([
    // @refuses /linux/seccomp/{defaultAction,defaultErrnoRet}
    [
      'an errno of an action that takes none',
      '/linux/seccomp/defaultErrnoRet: SCMP_ACT_ALLOW returns no errno, ignored',
      { defaultErrnoRet: 1 },
    ],
    // @refuses /linux/seccomp/syscalls/*/errnoRet
    [
      'an errno of a rule that takes none',
      '/linux/seccomp/syscalls/0/errnoRet: SCMP_ACT_LOG returns no errno, ignored',
      { syscalls: [{ names: ['umask'], action: 'SCMP_ACT_LOG', errnoRet: 1 }] },
    ],
    // @refuses /linux/seccomp/{listenerPath,listenerMetadata}
    [
      'metadata without somebody who listens',
      '/linux/seccomp/listenerMetadata: without listenerPath it is sent to nobody, ignored',
      { listenerMetadata: 'x' },
    ],
  ])('%s', async (_, words, seccomp) => {
    const id = sandbox.id();
    const bundle = probe('calls', [], { ...allowBut(), ...seccomp });
    const { status, stderr } = await sandbox.run(['create', '-b', bundle, id]);
    expect([status, stderr]).toEqual([0, says(words)]);
    await sandbox.run(['delete', '--force', id]);
  });
});

describe('refuses', () => {
  const path = '/agent';
  test.each<[string, string, AnyConfig]>([
    // @refuses /linux/seccomp/syscalls/*/errnoRet
    [
      'an errno that there is not',
      '/linux/seccomp/syscalls/0/errnoRet: expected an integer from 0 to 4095, got 5000',
      { syscalls: [{ names: ['umask'], action: 'SCMP_ACT_ERRNO', errnoRet: 5000 }] },
    ],
    // @refuses /linux/seccomp/syscalls/*/action
    [
      'a question without somebody who listens',
      '/linux/seccomp/listenerPath: missing',
      { syscalls: [{ names: ['umask'], action: 'SCMP_ACT_NOTIFY' }] },
    ],
    // @refuses /linux/seccomp/{defaultAction,defaultErrnoRet}
    [
      'a question by default',
      '/linux/seccomp/defaultAction: SCMP_ACT_NOTIFY cannot be the default',
      { defaultAction: 'SCMP_ACT_NOTIFY', listenerPath: path },
    ],
    // @refuses /linux/seccomp/syscalls/*/names
    [
      'a question about write',
      '/linux/seccomp/syscalls/0/names: SCMP_ACT_NOTIFY is not possible for write',
      { listenerPath: path, syscalls: [{ names: ['write'], action: 'SCMP_ACT_NOTIFY' }] },
    ],
    // @refuses /linux/seccomp/flags
    [
      'a flag for a listener without one',
      '/linux/seccomp/flags/0: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs',
      { flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'] },
    ],
    [
      'an unknown action',
      '/linux/seccomp/defaultAction: expected one of',
      { defaultAction: 'SCMP_ACT_NONE' },
    ],
    [
      'an unknown operator',
      '/linux/seccomp/syscalls/0/args/0/op: expected one of',
      {
        syscalls: [
          { names: ['umask'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 1, op: 'SCMP_CMP_NO' }] },
        ],
      },
    ],
    ['an unknown flag', '/linux/seccomp/flags/0: expected one of', { flags: ['SECCOMP_FILTER_FLAG_NO'] }],
    [
      'an unknown architecture',
      '/linux/seccomp/architectures/0: expected one of',
      { architectures: ['SCMP_ARCH_NO'] },
    ],
    // @refuses /linux/seccomp/syscalls/*/args/*/{index,value,valueTwo,op}
    [
      'an argument that there is not',
      '/linux/seccomp/syscalls/0/args/0/index: expected an integer from 0 to 5',
      {
        syscalls: [
          { names: ['umask'], action: 'SCMP_ACT_ERRNO', args: [{ index: 6, value: 1, op: 'SCMP_CMP_EQ' }] },
        ],
      },
    ],
  ])('%s', async (_, words, seccomp) => {
    const bundle = probe('calls', [], { ...allowBut(), ...seccomp });
    expectRefusal(await sandbox.run(['create', '-b', bundle, sandbox.id()]), words);
  });
});
