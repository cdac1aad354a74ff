// The sample bundles, as tests run them: copies in a sandbox, with cgroups of its own.

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AnyConfig, Sandbox } from './sandbox.ts';

export const bundleNames = readdirSync('bundles').filter((name) => existsSync(`bundles/${name}/config.json`));

/** Copies every bundle into a folder that the root of a user namespace can reach. Returns the path of one by its name. */
export function copyBundles(
  sandbox: Sandbox,
): (name: string, change?: (config: AnyConfig) => void) => string {
  const folder = `${sandbox.folder}/bundles`;
  rmSync(folder, { recursive: true, force: true });
  cpSync('bundles', folder, { recursive: true, verbatimSymlinks: true });
  chmodSync(sandbox.folder, 0o755);
  return (name, change = () => undefined) => {
    const config = JSON.parse(readFileSync(`bundles/${name}/config.json`, 'utf8'));
    config.linux.cgroupsPath = `/${sandbox.name}-${name}`;
    change(config);
    writeFileSync(`${folder}/${name}/config.json`, JSON.stringify(config));
    return `${folder}/${name}`;
  };
}

/** Makes what bundles/joined-namespaces joins. Returns the name of the network namespace, and what undoes it. */
export function makeSharedNamespaces(): { readonly network: string; readonly remove: () => void } {
  const kept = ['net', 'uts'].map((type) => `/run/slipway-${type}`);
  const options = ['net', 'uts'].map((type) => `--${type}=/run/slipway-${type}`);
  for (const file of kept) writeFileSync(file, '');
  const script = 'hostname shared; readlink /proc/self/ns/net';
  const { stdout } = spawnSync('unshare', [...options, 'sh', '-c', script], { encoding: 'utf8' });
  return {
    network: stdout.trim(),
    remove: () => {
      spawnSync('umount', kept);
      for (const file of kept) rmSync(file);
    },
  };
}

/** Where the hooks of bundles/hooks write. */
export const hooksLog = '/run/slipway-hooks.log';
