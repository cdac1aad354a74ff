// checkpoint and restore: with a CRIU that can work here, a container goes on where it was; without one the error says so.

import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { hostFacts } from '../src/host/facts.ts';
import { changeProfile } from './support/apparmor.ts';
import { makeSharedNamespaces } from './support/bundles.ts';
import { compileProbe } from './support/compile.ts';
import { criuWorks, tracksMemory } from './support/criu.ts';
import { type Result, runtimeName, runtimePath } from './support/runtime.ts';
import { type AnyConfig, cgroupDirectory, Sandbox } from './support/sandbox.ts';
import { Terminals } from './support/terminal.ts';
import { until } from './support/until.ts';
import { expectRefusal, quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();
const own = runtimeName === 'slipway';
let started: string[] = [];
const terminals = new Terminals(sandbox);
let bundle = '';

/** A container that counts in a file of its root file system, and ends with status 9 after `last`. */
async function counting(last = 1000, change: (config: AnyConfig) => void = () => undefined): Promise<string> {
  const script = `i=0; while [ $i -lt ${last} ]; do i=$((i+1)); echo $i > /count; sleep 0.1; done; exit 9`;
  bundle = sandbox.script(script, (config) => {
    config.root.readonly = false;
    change(config);
  });
  const id = newId();
  await done('run', '-d', '-b', bundle, id);
  await until(() => existsSync(`${bundle}/rootfs/count`) && count() > 3);
  return id;
}

function newId(): string {
  const id = sandbox.id();
  started.push(id);
  return id;
}

function count(): number {
  return Number(readFileSync(`${bundle}/rootfs/count`, 'utf8'));
}

async function done(...args: string[]): Promise<Result> {
  const result = await sandbox.run(args);
  expect(result).toMatchObject({ status: 0, stderr: quiet });
  return result;
}

async function status(id: string): Promise<string> {
  return (await sandbox.state(id)).status;
}

afterEach(async () => {
  terminals.close();
  for (const id of started) await sandbox.run(['delete', '--force', id]);
  started = [];
  expect(sandbox.leftovers()).toEqual([]);
});

/** Either of the two can be seen on one machine. */
if (own && criuWorks) describe('with CRIU', { timeout: 60_000 }, withCriu);
if (own && !criuWorks) describe('without a CRIU that works', withoutCriu);

function withCriu(): void {
  const hold = compileProbe('hold', sandbox.folder);

  test('checkpoint ends the container, restore continues its count', async () => {
    const id = await counting();
    const images = `${sandbox.folder}/images`;
    await done('checkpoint', '--image-path', images, id);
    expect((await sandbox.run(['state', id])).stderr).toContain('container does not exist');
    const before = count();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(count()).toBe(before);
    const again = newId();
    const pidFile = `${sandbox.folder}/pid`;
    await done('restore', '-d', '-b', bundle, '--image-path', images, '--pid-file', pidFile, again);
    expect(await status(again)).toBe('running');
    await until(() => count() > before);
    expect(count()).toBeLessThan(before + 100);
    const pid = readFileSync(pidFile, 'utf8');
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(await sandbox.cgroupsPath(again));
    expect((await done('exec', again, 'cat', '/count')).stdout).toMatch(/^\d+\n$/);
    await done('delete', '--force', again);
  });

  test('--leave-running lets it go on', async () => {
    const id = await counting();
    await done('checkpoint', '--leave-running', '--image-path', `${sandbox.folder}/left`, id);
    expect(await status(id)).toBe('running');
    const before = count();
    await until(() => count() > before);
  });

  if (!tracksMemory)
    test('--pre-dump where the kernel does not track memory: an error, and the container runs on', async () => {
      const id = await counting();
      const images = `${sandbox.folder}/untracked`;
      expectRefusal(
        await sandbox.run(['checkpoint', '--pre-dump', '--image-path', images, id]),
        'criu dump failed: Tracking memory is not available',
      );
      const onTop = ['checkpoint', '--image-path', `${sandbox.folder}/on-top`, '--parent-path'];
      expectRefusal(await sandbox.run([...onTop, '../untracked', id]), 'Tracking memory is not available');
      expectRefusal(
        await sandbox.run([...onTop, '../nosuch', id]),
        /--parent-path "..\/nosuch": no directory ".*\/nosuch"/,
      );
      expect(await status(id)).toBe('running');
    });

  if (tracksMemory)
    test('--pre-dump writes memory alone, and --parent-path builds on it', async () => {
      const id = await counting();
      const parent = `${sandbox.folder}/parent`;
      await done('checkpoint', '--pre-dump', '--image-path', parent, id);
      expect(await status(id)).toBe('running');
      expect(readdirSync(parent).some((name) => name.startsWith('pages-'))).toBe(true);
      const images = `${sandbox.folder}/child`;
      await done(
        'checkpoint',
        '--parent-path',
        '../parent',
        '--image-path',
        images,
        '--work-path',
        `${images}-work`,
        id,
      );
      expect(existsSync(`${images}/parent`)).toBe(true);
      expect(existsSync(`${images}-work/dump.log`)).toBe(true);
      const again = newId();
      await done('restore', '--detach', '--bundle', bundle, '--image-path', images, again);
      expect(await status(again)).toBe('running');
    });

  test('in the foreground restore ends with the status of the process', async () => {
    const id = await counting(40);
    const images = `${sandbox.folder}/foreground`;
    await done('checkpoint', '--image-path', images, id);
    expect(await sandbox.run(['restore', '-b', bundle, '--image-path', images, newId()])).toMatchObject({
      status: 9,
      stderr: quiet,
    });
    expect(count()).toBe(40);
  });

  test('a terminal is sent to --console-socket again, and the count goes on there', async () => {
    const first = `${sandbox.folder}/first.sock`;
    const before = await terminals.take('listen', first);
    const script = 'tty; i=0; while :; do read line; i=$((i+1)); echo "$line $i"; done';
    bundle = sandbox.script(script, (config) => {
      config.process.terminal = true;
    });
    const id = newId();
    await done('run', '-d', '-b', bundle, '--console-socket', first, id);
    await before.shows(/\/dev\/pts\/0\r\n/);
    before.type('one\r');
    await before.shows(/one 1\r\n/);
    const images = `${sandbox.folder}/terminal-images`;
    await done('checkpoint', '--image-path', images, id);
    const options = ['restore', '-d', '-b', bundle, '--image-path', images];
    expectRefusal(await sandbox.run([...options, newId()]), 'will detach without setting console socket');
    const second = `${sandbox.folder}/second.sock`;
    const after = await terminals.take('listen', second);
    await done(...options, '--console-socket', second, newId());
    expect(await after.report()).toMatch(/./);
    after.type('two\r');
    await after.shows(/two 2\r\n/);
  });

  test('in the foreground a terminal is that of the caller', async () => {
    bundle = sandbox.script('echo ready; while read line; do echo "got $line"; done; exit 4', (config) => {
      config.process.terminal = true;
    });
    const id = newId();
    const { terminal: before } = await terminals.run('run', '-b', bundle, id);
    await before.shows(/ready\r\n/);
    const images = `${sandbox.folder}/caller-images`;
    await done('checkpoint', '--image-path', images, id);
    expect(await before.report()).toMatch(/^\d+ restored$/);
    const { terminal: after } = await terminals.run('restore', '-b', bundle, '--image-path', images, newId());
    await until(async () => (await after.settings()) === 'changed');
    after.type('again\r');
    await after.shows(/got again\r\n/);
    after.type('\x04');
    expect(await after.report()).toBe('4 restored');
  });

  test('hooks of the runtime run before the processes go on', async () => {
    const id = await counting();
    const images = `${sandbox.folder}/hooked`;
    await done('checkpoint', '--image-path', images, id);
    const at = count();
    const config = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
    const log = `${sandbox.folder}/hook.log`;
    const hook = {
      path: '/bin/sh',
      args: [
        'sh',
        '-c',
        `sed 's/.*"pid":\\([0-9]*\\).*/\\1/' > ${log}; echo >> ${log}; cat ${bundle}/rootfs/count >> ${log}; sleep 0.5`,
      ],
    };
    config.hooks = { createRuntime: [hook] };
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    const again = newId();
    await done('restore', '-d', '-b', bundle, '--image-path', images, again);
    const { pid } = await sandbox.state(again);
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual([String(pid), String(at)]);
    await until(() => count() > at);
    await done('delete', '--force', again);
    config.hooks = { createRuntime: [{ path: '/bin/false' }] };
    writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
    const before = count();
    expectRefusal(
      await sandbox.run(['restore', '-d', '-b', bundle, '--image-path', images, newId()]),
      'createRuntime',
    );
    expect(count()).toBe(before);
  });

  test('a network namespace that is shared with others is joined again', async () => {
    const { network, remove } = makeSharedNamespaces();
    try {
      const id = await counting(1000, (config) => {
        const joined = { type: 'network', path: '/run/slipway-net' };
        config.linux.namespaces = [
          ...config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'network'),
          joined,
        ];
      });
      const images = `${sandbox.folder}/shared`;
      await done('checkpoint', '--image-path', images, id);
      const again = newId();
      await done('restore', '-d', '-b', bundle, '--image-path', images, again);
      expect((await done('exec', again, 'readlink', '/proc/self/ns/net')).stdout).toBe(`${network}\n`);
      await done('delete', '--force', again);
    } finally {
      remove();
    }
  });

  /**
   * Runs a script, checks that no checkpoint works without an option (which may need another one) and makes one with it.
   * Returns id and images.
   */
  async function checkpointed(
    [option, ...others]: readonly [string, ...string[]],
    without: string,
    ...program: string[]
  ): Promise<{ id: string; images: string }> {
    bundle = sandbox.bundle((config) => {
      config.root.readonly = false;
      config.process.args = program;
      // Under the same path: a socket of others is found by its name.
      config.mounts.push({ destination: sandbox.folder, source: sandbox.folder, options: ['rbind', 'rw'] });
      // Sockets are known in their own network namespace alone.
      if (option === '--ext-unix-sk')
        config.linux.namespaces = config.linux.namespaces.filter(({ type }: AnyConfig) => type !== 'network');
    });
    copyFileSync(hold, `${bundle}/rootfs/bin/hold`);
    const id = newId();
    await done('run', '-d', '-b', bundle, id);
    await until(() => existsSync(`${bundle}/rootfs/ready`));
    const images = `${sandbox.folder}/images${option}`;
    expectRefusal(await sandbox.run(['checkpoint', ...others, '--image-path', images, id]), without);
    expect(await status(id)).toBe('running');
    await done('checkpoint', option, ...others, '--image-path', images, id);
    return { id, images };
  }

  const shell = (text: string) => ['sh', '-c', text];

  test('--tcp-established keeps connections', async () => {
    const talk = [
      'nc -l -p 99 -e cat & while ! grep -q ":0063 .* 0A" /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done',
      '(while :; do echo x; sleep 0.1; done) | nc 127.0.0.1 99 > /out &',
      'while [ ! -s /out ]; do sleep 0.1; done; touch /ready; while :; do sleep 1; done',
    ].join('\n');
    const option = '--tcp-established';
    const { id, images } = await checkpointed([option], 'Connected TCP socket', ...shell(talk));
    const came = () => statSync(`${bundle}/rootfs/out`).size;
    const before = came();
    await done('restore', '-d', option, '-b', bundle, '--image-path', images, id);
    await until(() => came() > before);
  });

  test('--tcp-skip-in-flight leaves out connections that nobody has accepted', async () => {
    const script = [
      'nc -ll -p 99 -e cat & server=$!',
      'while ! grep -q ":0063 .* 0A" /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done; kill -STOP $server',
      // Until it has stopped it may still accept.
      'until grep -q "State:.T" /proc/$server/status; do sleep 0.1; done',
      'sleep 1000 | nc 127.0.0.1 99 & while ! grep -q ":0063 01 " /proc/net/tcp /proc/net/tcp6; do sleep 0.1; done',
      'touch /ready; while :; do sleep 1; done',
    ].join('\n');
    const options = ['--tcp-skip-in-flight', '--tcp-established'] as const;
    const { id, images } = await checkpointed(options, 'n-flight connection', ...shell(script));
    await done('restore', '-d', '--tcp-established', '-b', bundle, '--image-path', images, id);
  });

  test('--empty-ns leaves the contents of the network namespace to others', async () => {
    const id = await counting();
    const full = `${sandbox.folder}/full-ns`;
    const empty = `${sandbox.folder}/empty-ns`;
    await done('checkpoint', '--leave-running', '--image-path', full, id);
    await done('checkpoint', '--empty-ns', 'network', '--image-path', empty, id);
    const interfaces = (images: string) => readdirSync(images).filter((name) => name.startsWith('netdev-'));
    expect([interfaces(full).length, interfaces(empty).length]).toEqual([1, 0]);
    await done('restore', '-d', '--empty-ns', 'network', '-b', bundle, '--image-path', empty, id);
    // Nobody has set the loopback interface up.
    expect((await done('exec', id, 'cat', '/proc/net/fib_trie')).stdout).not.toContain('127.0.0.1');
  });

  test('--manage-cgroups-mode says whether limits are those of the checkpoint', async () => {
    const id = await counting();
    const directory = cgroupDirectory('pids', await sandbox.cgroupsPath(id));
    // What slipway does not write itself; v1 has nothing of the kind that CRIU saves.
    const limit = `${directory}/${existsSync(`${directory}/cgroup.max.depth`) ? 'cgroup.max.depth' : 'pids.max'}`;
    writeFileSync(limit, '7');
    const images = `${sandbox.folder}/limits`;
    await done('checkpoint', '--manage-cgroups-mode', 'full', '--image-path', images, id);
    for (const [mode, found] of [
      ['ignore', 'max'],
      ['full', '7'],
    ] as const) {
      await done('restore', '-d', '--manage-cgroups-mode', mode, '-b', bundle, '--image-path', images, id);
      expect([mode, readFileSync(limit, 'utf8').trim()]).toEqual([mode, found]);
      await done('delete', '--force', id);
    }
  });

  if (hostFacts().lsm.apparmor !== null)
    test('--lsm-profile gives the processes another profile', async () => {
      const names = ['slipway-test-before', 'slipway-test-after'] as const;
      for (const name of names) changeProfile('-r', name);
      try {
        const id = await counting(1000, (config) => {
          config.process.apparmorProfile = names[0];
        });
        const images = `${sandbox.folder}/profile`;
        await done('checkpoint', '--image-path', images, id);
        const options = ['--lsm-profile', `apparmor:${names[1]}`, '--image-path', images];
        await done('restore', '-d', '-b', bundle, ...options, id);
        const { pid } = await sandbox.state(id);
        expect(readFileSync(`/proc/${pid}/attr/current`, 'utf8')).toBe(`${names[1]} (enforce)\n`);
        await done('delete', '--force', id);
      } finally {
        for (const name of names) changeProfile('-R', name);
      }
    });

  test('--link-remap keeps a file that is open and has lost its name', async () => {
    const script =
      'echo kept > /a; ln /a /b; exec 9</a; rm /a; touch /ready; while [ ! -e /go ]; do sleep 0.1; done; cat <&9 > /read; while :; do sleep 1; done';
    const { id, images } = await checkpointed(['--link-remap'], "Can't create link remap", ...shell(script));
    await done('restore', '-d', '-b', bundle, '--image-path', images, id);
    writeFileSync(`${bundle}/rootfs/go`, '');
    await until(() => existsSync(`${bundle}/rootfs/read`) && statSync(`${bundle}/rootfs/read`).size > 0);
    expect(readFileSync(`${bundle}/rootfs/read`, 'utf8')).toBe('kept\n');
  });

  test('--file-locks keeps locks', async () => {
    const script =
      'hold lock /lock & while ! grep -q FLOCK /proc/locks; do sleep 0.1; done; touch /ready; while :; do sleep 1; done';
    const option = '--file-locks';
    const { id, images } = await checkpointed([option], 'file locks', ...shell(script));
    await done('restore', '-d', option, '-b', bundle, '--image-path', images, id);
    expect(await sandbox.run(['exec', id, 'hold', 'lock', '/lock'])).toMatchObject({ status: 1 });
  });

  test('--ext-unix-sk keeps what is connected to a socket of others', async () => {
    const socket = `${sandbox.folder}/others`;
    const listener = spawn(compileProbe('datagram', sandbox.folder), ['listen', socket]);
    let heard = '';
    listener.stdout.on('data', (data) => {
      heard += data;
    });
    try {
      await until(() => existsSync(socket));
      const option = '--ext-unix-sk';
      const script = `touch /ready; hold socket ${socket}; while :; do sleep 1; done`;
      const { id, images } = await checkpointed([option], 'xternal', ...shell(script));
      const before = Number(heard.trim().split('\n').at(-1));
      await done('restore', '-d', option, '-b', bundle, '--image-path', images, id);
      await until(() => Number(heard.trim().split('\n').at(-1)) > before + 2);
    } finally {
      listener.kill('SIGKILL');
    }
  });

  test('--page-server sends the memory elsewhere', async () => {
    const id = await counting();
    const folder = `${sandbox.folder}/server`;
    const images = `${sandbox.folder}/served`;
    mkdirSync(folder);
    const server = spawn('criu', ['page-server', '--images-dir', folder, '--port', '27000'], {
      stdio: 'ignore',
    });
    try {
      await listens(27_000);
      await done('checkpoint', '--page-server', '127.0.0.1:27000', '--image-path', images, id);
    } finally {
      server.kill('SIGKILL');
    }
    const pages = (where: string) => readdirSync(where).filter((name) => name.startsWith('pages-'));
    expect(pages(images)).toEqual([]);
    expect(pages(folder)).not.toEqual([]);
    for (const name of readdirSync(folder)) copyFileSync(`${folder}/${name}`, `${images}/${name}`);
    const before = count();
    await done('restore', '-d', '-b', bundle, '--image-path', images, id);
    await until(() => count() > before);
  });

  if (tracksMemory)
    test('--auto-dedup punches out of the parent what the checkpoint has again', async () => {
      const id = await counting();
      const parent = `${sandbox.folder}/older`;
      await done('checkpoint', '--pre-dump', '--image-path', parent, id);
      const blocks = () => statSync(`${parent}/pages-1.img`).blocks;
      const before = blocks();
      const images = `${sandbox.folder}/newer`;
      await done('checkpoint', '--auto-dedup', '--parent-path', '../older', '--image-path', images, id);
      expect(blocks()).toBeLessThan(before);
      await done('restore', '-d', '-b', bundle, '--image-path', images, id);
    });

  test('--lazy-pages hands memory over when it is asked for, and --status-fd says when it may be', async () => {
    const id = await counting();
    const images = `${sandbox.folder}/lazy`;
    const ready = `${sandbox.folder}/ready`;
    const options = [
      '--lazy-pages',
      '--page-server',
      '127.0.0.1:27001',
      '--status-fd',
      '3',
      '--image-path',
      images,
    ];
    const fds = ['ignore', 'ignore', 'ignore', openSync(ready, 'w')] as const;
    const source = spawn(runtimePath, ['--root', sandbox.root, 'checkpoint', ...options, id], {
      stdio: [...fds],
    });
    closeSync(fds[3]);
    const ended = new Promise<number | null>((resolve) => source.on('exit', resolve));
    await until(() => statSync(ready).size > 0);
    expect([...readFileSync(ready)]).toEqual([0]);
    const lazy = ['lazy-pages', '--page-server', '--address', '127.0.0.1', '--port', '27001'];
    const daemon = spawn('criu', [...lazy, '--images-dir', images, '--work-dir', sandbox.folder], {
      stdio: 'ignore',
    });
    try {
      await until(() => existsSync(`${sandbox.folder}/lazy-pages.socket`));
      const before = count();
      const again = newId();
      const config = JSON.parse(readFileSync(`${bundle}/config.json`, 'utf8'));
      config.linux.cgroupsPath += '-lazy';
      writeFileSync(`${bundle}/config.json`, JSON.stringify(config));
      const paths = ['--image-path', images, '--work-path', sandbox.folder];
      const restored = await sandbox.run(['restore', '-d', '--lazy-pages', '-b', bundle, ...paths, again]);
      if ((await ended) === 0) {
        expect(restored).toMatchObject({ status: 0, stderr: quiet });
        await until(() => count() > before + 2);
      } else {
        // CRIU 4.2 has not opened where it drops the pages before the one that is asked for, and then its restore never ends. It
        // ends with slipway, and delete finds nothing that it cannot remove.
        expect(readFileSync(`${images}/dump.log`, 'utf8')).toContain('splice: -1: Bad file descriptor');
        expect(restored.status).not.toBe(0);
      }
    } finally {
      daemon.kill('SIGKILL');
      source.kill('SIGKILL');
    }
  });

  /** Waits until a port of the host is listened at (proc(5), net/tcp). */
  async function listens(port: number): Promise<void> {
    const line = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A `);
    await until(() => line.test(readFileSync('/proc/net/tcp', 'utf8')));
  }

  test('says what CRIU logs when it fails, and leaves nothing', async () => {
    const id = await counting();
    const images = `${sandbox.folder}/broken`;
    await done('checkpoint', '--image-path', images, id);
    spawnSync('truncate', ['-s', '3', `${images}/pstree.img`]);
    const again = newId();
    expectRefusal(
      await sandbox.run(['restore', '-b', bundle, '--image-path', images, again]),
      /criu restore failed: .+; log file: .*\/broken\/restore.log/,
    );
    expect(existsSync(`${sandbox.root}/${again}`)).toBe(false);
  });

  test('--help ends well', async () => {
    expect(await sandbox.run(['checkpoint', '--help'])).toMatchObject({ status: 0, stderr: '' });
  });
}

function withoutCriu(): void {
  const why = /^checkpoint and restore need CRIU: criu: \S+/;

  test('checkpoint and restore say what is missing, and change nothing', async () => {
    const id = await counting();
    expectRefusal(await sandbox.run(['checkpoint', '--image-path', `${sandbox.folder}/none`, id]), why);
    expect(await status(id)).toBe('running');
    const elsewhere = { env: { PATH: '/nowhere' } };
    expectRefusal(
      await sandbox.run(['checkpoint', id], elsewhere),
      'criu: executable file not found in $PATH: install it (package criu)',
    );
  });

  test('--help tells engines so', async () => {
    const result = await sandbox.run(['checkpoint', '--help']);
    expect(result).toMatchObject({ status: 1, stderr: expect.stringMatching(why) });
    expect(result.stdout).toContain('--image-path');
  });
}

test('refuse a container that does not run, and images that are none', async () => {
  const id = newId();
  await done('create', '-b', sandbox.script('true'), id);
  const nowhere = `${sandbox.folder}/nosuch`;
  expectRefusal(
    await sandbox.run(['checkpoint', '--image-path', nowhere, id]),
    /cannot be checkpointed in (the )?created state/i,
  );
  expectRefusal(
    await sandbox.run(['restore', '-b', sandbox.script('true'), '--image-path', nowhere, newId()]),
    `no checkpoint in "${nowhere}"`,
  );
});
