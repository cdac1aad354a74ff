// A container without a mount namespace of its own is in that of the caller (config-linux.md#namespaces): its mounts are made
// there, and go with delete. Every caller of these tests has a mount namespace that ends with it.

import { describe, expect, test } from 'vitest';
import { atCaller } from './support/caller-mounts.ts';
import { type Result, runProgram, runtimePath } from './support/runtime.ts';
import { type AnyConfig, Sandbox } from './support/sandbox.ts';
import { expectRefusal, quiet } from './support/words.ts';

const sandbox = Sandbox.forFile();

function bundleAtCaller(program: string, change: (config: AnyConfig) => void = () => undefined): string {
  return sandbox.script(program, (config) => {
    atCaller(config);
    change(config);
  });
}

/** Runs a shell script of a caller: `runtime` is the runtime with its --root, $bundle and $id are given. */
async function caller(bundle: string, script: string, propagation = 'private'): Promise<Result> {
  const text = `runtime() { "$0" --root "$root" "$@"; }
    root=$1 bundle=$2 id=$3
    mounts() { cut -d ' ' -f 5- /proc/self/mountinfo; }
    ${script}`;
  return await runProgram(
    'unshare',
    [
      '--mount',
      '--propagation',
      propagation,
      'sh',
      '-c',
      text,
      runtimePath,
      sandbox.root,
      bundle,
      sandbox.id(),
    ],
    { folder: sandbox.folder },
  );
}

const sleeps = 'trap "exit 0" TERM; sleep 100 & wait';

// @shows /linux/namespaces
describe('without a mount namespace', () => {
  test('the program is in that of the caller, and sees its root file system', async () => {
    const bundle = bundleAtCaller(
      'readlink /proc/self/ns/mnt; ls -d /bundle* /bin; cat /mnt/file',
      (config) => {
        config.root.readonly = false;
        config.mounts.push({ destination: '/mnt', source: '.', options: ['bind'] });
      },
    );
    const script = `echo given > "$bundle/file"; readlink /proc/self/ns/mnt; runtime run -b "$bundle" "$id"`;
    const { stdout, stderr } = await caller(bundle, script);
    const [namespace, ...lines] = stdout.trim().split('\n');
    expect({ lines, stderr }).toEqual({ lines: [namespace, '/bin', 'given'], stderr: expect.anything() });
  });

  test('mounts are below the root file system for the caller, and gone after delete', async () => {
    const script = `mounts > "$bundle/before"
      runtime create -b "$bundle" "$id" < /dev/null > "$bundle/output" 2>&1 && runtime start "$id" || exit 9
      mounts | grep -c " *$bundle/rootfs/"
      runtime delete --force "$id" && mounts | diff "$bundle/before" -`;
    const { status, stdout } = await caller(bundleAtCaller(sleeps), script);
    expect(Number(stdout)).toBeGreaterThan(5);
    expect(status).toBe(0);
  });

  test('exec has the root of the container', async () => {
    const script = `runtime run -d -b "$bundle" "$id" < /dev/null > "$bundle/output" 2>&1
      runtime exec "$id" sh -c 'ls -d /bundle-root "$1"' sh "$bundle"
      runtime exec --cwd /tmp "$id" pwd
      runtime delete --force "$id"`;
    const bundle = bundleAtCaller(`mkdir /bundle-root; ${sleeps}`, (config) => {
      config.root.readonly = false;
    });
    const { stdout, stderr } = await caller(bundle, script);
    expect(stdout).toBe('/bundle-root\n/tmp\n');
    expect(stderr).toContain('No such file or directory');
  });

  test('hooks run, of the container with its mounts in sight', async () => {
    const bundle = bundleAtCaller('true', (config) => {
      const hook = (name: string, test: string) => ({
        path: '/bin/sh',
        args: ['sh', '-c', `cat > /dev/null; ${test} && echo ${name} >> "$HOOKS/hooks"`],
        env: [`HOOKS=${sandbox.folder}`, 'PATH=/bin:/usr/bin'],
      });
      const inSight = `grep -q "$HOOKS/.*/rootfs/proc" /proc/self/mountinfo`;
      config.hooks = {
        createRuntime: [hook('createRuntime', 'true')],
        createContainer: [hook('createContainer', inSight)],
        poststart: [hook('poststart', 'true')],
        poststop: [hook('poststop', `! ${inSight}`)],
      };
    });
    const script = `runtime run -b "$bundle" "$id" && cat "${sandbox.folder}/hooks"`;
    const { stdout, stderr } = await caller(bundle, script);
    expect(stderr).toEqual(quiet);
    expect(stdout).toBe('createRuntime\ncreateContainer\npoststart\npoststop\n');
  });

  test('the propagation of other mounts stays as it is, and nothing is left where they spread to', async () => {
    const script = `mounts > "$bundle/before"
      unshare --mount --propagation unchanged sh -c 'echo ready; cat > /dev/null; cat /proc/self/mountinfo' < "$bundle/fifo" > "$bundle/peer" & peer=$!
      exec 9> "$bundle/fifo"
      until grep -q ready "$bundle/peer"; do sleep 0.05; done
      runtime run -b "$bundle" "$id" || exit 9
      exec 9>&-; wait $peer
      mounts | diff "$bundle/before" - && ! grep "$bundle" "$bundle/peer"`;
    const bundle = bundleAtCaller('true');
    const { status, stdout } = await caller(bundle, `mkfifo "$bundle/fifo"; ${script}`, 'shared');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  test.each([
    ['a program that is not there', (config: AnyConfig) => (config.process.args = ['/nosuch'])],
    [
      'a mount that fails',
      (config: AnyConfig) =>
        config.mounts.push({ destination: '/mnt', source: '/nosuch', options: ['bind'] }),
    ],
    [
      'a hook that fails',
      (config: AnyConfig) => (config.hooks = { createContainer: [{ path: '/bin/false' }] }),
    ],
  ])('nothing stays mounted after %s', async (_, change) => {
    const script = `mounts > "$bundle/before"
      runtime run -b "$bundle" "$id" && exit 9
      mounts | diff "$bundle/before" -`;
    expect(await caller(bundleAtCaller('true', change), script)).toMatchObject({ status: 0, stdout: '' });
  });

  test('nothing stays mounted after a create that was killed', async () => {
    const bundle = bundleAtCaller('true', (config) => {
      config.hooks = { createContainer: [{ path: '/bin/sleep', args: ['sleep', '100'] }] };
    });
    const script = `mounts > "$bundle/before"
      runtime create -b "$bundle" "$id" < /dev/null > "$bundle/output" 2>&1 & create=$!
      until mounts | grep -q "$bundle/rootfs/proc"; do sleep 0.05; done
      kill -KILL $create; wait $create
      runtime delete --force "$id"
      mounts | diff "$bundle/before" -`;
    expect(await caller(bundle, script)).toMatchObject({ status: 0, stdout: '' });
  });

  test('a container whose state is damaged takes its mounts along', async () => {
    const script = `mounts > "$bundle/before"
      runtime run -d -b "$bundle" "$id" < /dev/null > "$bundle/output" 2>&1
      sed -i 's/"version":[0-9]*/"version":99/' "$root/$id/state.json"
      runtime delete --force "$id"
      mounts | diff "$bundle/before" -`;
    expect(await caller(bundleAtCaller(sleeps), script)).toMatchObject({ status: 0, stdout: '' });
  });

  test('a bundle with white space in its path, that is renamed, takes its mounts along', async () => {
    const script = `mounts > "$bundle/before"
      mv "$bundle" "$bundle - a b"; bundle="$bundle - a b"
      runtime run -d -b "$bundle" "$id" < /dev/null > "$bundle/output" 2>&1 && mv "$bundle" "$bundle c" || exit 9
      runtime delete --force "$id"
      mounts | diff "$bundle c/before" -`;
    expect(await caller(bundleAtCaller(sleeps), script)).toMatchObject({ status: 0, stdout: '' });
  });

  test('a mount over the root file system is named, and not taken off', async () => {
    const script = `runtime run -d -b "$bundle" "$id" < /dev/null > "$bundle/output" 2>&1
      mount -t tmpfs cover "$bundle/rootfs"
      runtime delete --force "$id"; echo $?
      mounts | grep -c "$bundle/rootfs .*- tmpfs cover"`;
    const { stdout, stderr } = await caller(bundleAtCaller(sleeps), script);
    expect(stdout).toBe('0\n1\n');
    expect(stderr).toMatch(/bundle-\d+\/rootfs\W+ stays mounted on itself, because another mount covers it/);
  });

  test('checkpoint: refused, and the container runs on', async () => {
    const script = `runtime run -d -b "$bundle" "$id" < /dev/null > "$bundle/output" 2>&1
      runtime checkpoint --image-path "$bundle/images" "$id"; echo $?
      runtime state "$id" | grep -c running; runtime delete --force "$id"; ls -d "$bundle/images"`;
    const { stdout, stderr } = await caller(bundleAtCaller(sleeps), script);
    expect(stdout).toBe('1\n1\n');
    expect(stderr).toContain('/linux/namespaces: checkpoint needs a container with a mount namespace');
  });

  const add = 'add {"type": "mount"} to /linux/namespaces';
  test.each<[string, string, (config: AnyConfig) => void]>([
    [
      'masked paths',
      `/linux/maskedPaths: unable to restrict sys entries without a private MNT namespace: ${add}`,
      (config) => (config.linux.maskedPaths = ['/proc/kcore']),
    ],
    [
      'read-only paths',
      `/linux/readonlyPaths: unable to restrict sys entries without a private MNT namespace: ${add}`,
      (config) => (config.linux.readonlyPaths = ['/proc/sys']),
    ],
    [
      'a user namespace',
      '/linux/namespaces: a user namespace has no right to mount in the mount namespace of the caller',
      (config) => {
        config.linux.namespaces.push({ type: 'user' });
        config.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
        config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
      },
    ],
    [
      'a pid namespace with others in it',
      '/linux/namespaces: the other processes of a pid namespace would see the root of the caller',
      (config) => {
        const namespace = config.linux.namespaces.find(({ type }: AnyConfig) => type === 'pid');
        namespace.path = '/proc/self/ns/pid';
      },
    ],
    [
      'the root of the host',
      '/root/path: "/" would be bound on itself',
      (config) => (config.root.path = '/'),
    ],
  ])('%s: refused, and nothing is mounted', async (_, words, change) => {
    const script = `mounts > "$bundle/before"
      runtime run -b "$bundle" "$id"; status=$?
      mounts | diff "$bundle/before" - && exit $status`;
    expectRefusal(await caller(bundleAtCaller('true', change), script), words);
  });
});
