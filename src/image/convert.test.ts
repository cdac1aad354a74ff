import { describe, expect, test } from 'vitest';
import type { AnyConfig } from '../../test/support/sandbox.ts';
import { exampleConfig } from '../spec/example.ts';
import type { JsonObject } from '../spec/json.ts';
import { convert } from './convert.ts';
import type { ImageConfig } from './documents.ts';

const root = { uid: 0, gid: 0, additionalGids: [] };
const example = exampleConfig(true) as JsonObject;

type Inner = NonNullable<ImageConfig['config']>;

function converted(config: Inner, image: Partial<ImageConfig> = {}, terminal = false) {
  const { config: made, warnings } = convert({ ...image, config }, example, { user: root, terminal });
  return { made: made as AnyConfig, warnings };
}

describe('convert (conversion.md)', () => {
  test.each<[Inner, readonly string[]]>([
    [{ Entrypoint: ['/e', 'a'], Cmd: ['b'] }, ['/e', 'a', 'b']],
    [{ Entrypoint: ['/e'] }, ['/e']],
    [{ Cmd: ['/c'] }, ['/c']],
    [{}, ['sh']],
  ])('%j: entrypoint, then command, else that of the example', (config, args) => {
    expect(converted(config).made.process.args).toEqual(args);
  });

  test('variables of the image come last, and take the place of those of the example; TERM is for a terminal', () => {
    const env = (terminal: boolean) =>
      converted({ Env: ['A=b', 'PATH=/own'] }, {}, terminal).made.process.env;
    expect(env(false)).toEqual(['A=b', 'PATH=/own']);
    expect(env(true)).toEqual(['TERM=xterm', 'A=b', 'PATH=/own']);
  });

  test.each<[Inner, string]>([
    [{ Env: ['=x'] }, '/config/Env: "=x" is no variable: expected NAME=VALUE'],
    [{ WorkingDir: 'a' }, '/config/WorkingDir: expected an absolute path, found "a"'],
    [{ Volumes: { '//': {} } }, '/config/Volumes: expected an absolute path below /, found "//"'],
  ])('%j is refused', (config, words) => {
    expect(() => converted(config)).toThrow(words);
  });

  test('annotations say what the image is; its labels take precedence', () => {
    const config = { StopSignal: 'SIGINT', ExposedPorts: { '80/tcp': {}, '443/tcp': {} } };
    const image = { os: 'linux', architecture: 'arm', variant: 'v7', created: 'then', author: '' };
    const name = 'org.opencontainers.image';
    const { made } = converted({ ...config, Labels: { [`${name}.created`]: 'now', own: 'x' } }, image);
    expect(made.annotations).toEqual({
      [`${name}.os`]: 'linux',
      [`${name}.architecture`]: 'arm',
      [`${name}.variant`]: 'v7',
      [`${name}.created`]: 'now',
      [`${name}.stopSignal`]: 'SIGINT',
      [`${name}.exposedPorts`]: '443/tcp,80/tcp',
      own: 'x',
    });
  });

  test.each([
    'run.oci.hooks.stdout',
    'org.criu.config',
    'org.systemd.property.TasksMax',
    'io.podman.annotations.seccomp',
  ])('the label %s would steer the runtime, and is left out', (label) => {
    const { made, warnings } = converted({ Labels: { [label]: 'x' } });
    expect(made.annotations).toBeUndefined();
    expect(warnings).toEqual([`label "${label}" of the image is left out: it would steer the runtime`]);
  });

  test('a root file system without an image: the example, without a terminal', () => {
    const { config } = convert({}, example, { user: root, terminal: false });
    const { process, annotations, root: rootfs } = config as AnyConfig;
    expect({ terminal: process.terminal, args: process.args, cwd: process.cwd }).toEqual({
      terminal: false,
      args: ['sh'],
      cwd: '/',
    });
    expect(annotations).toBeUndefined();
    expect(rootfs).toEqual({ path: 'rootfs', readonly: false });
  });
});
