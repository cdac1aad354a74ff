import { describe, expect, test } from 'vitest';
import { commands } from './commands.ts';
import { explain } from './explain.ts';
import { parseCall } from './parse.ts';

function parsed(line: string) {
  const call = parseCall(line.split(' '));
  if (call === null) return null;
  const options = Object.keys(call.command.options);
  const given = options.flatMap((name) => {
    const list = call.options.list(name);
    const value = call.options.flag(name) || (list.length > 0 ? list : call.options.text(name));
    return value === null ? [] : [[name, value]];
  });
  return { name: call.name, positionals: call.positionals, ...Object.fromEntries(given) };
}

describe('parseCall', () => {
  test.each([
    [
      'create --bundle /b --pid-file p id',
      { name: 'create', positionals: ['id'], bundle: '/b', 'pid-file': 'p' },
    ],
    ['create --bundle=/b id', { name: 'create', positionals: ['id'], bundle: '/b' }],
    ['create -b /b id', { name: 'create', positionals: ['id'], bundle: '/b' }],
    ['create -b=/b id', { name: 'create', positionals: ['id'], bundle: '/b' }],
    [
      'create --no-pivot --no-new-keyring id',
      { name: 'create', positionals: ['id'], 'no-pivot': true, 'no-new-keyring': true },
    ],
    ['run -no-subreaper -d id', { name: 'run', positionals: ['id'], 'no-subreaper': true, detach: true }],
    ['run --detach=false id', { name: 'run', positionals: ['id'] }],
    ['run -d=F --keep=1 id', { name: 'run', positionals: ['id'], keep: true }],
    ['create --pid-file -x id', { name: 'create', positionals: ['id'], 'pid-file': '-x' }],
    [
      '--root /r --log /l --log-format json --debug delete --force id',
      { name: 'delete', positionals: ['id'], force: true },
    ],
    ['kill --all id 9', { name: 'kill', positionals: ['id', '9'], all: true }],
    ['kill id SIGKILL', { name: 'kill', positionals: ['id', 'SIGKILL'] }],
    ['delete -- -x', { name: 'delete', positionals: ['-x'] }],
    ['state 1e3', { name: 'state', positionals: ['1e3'] }],
    [
      'exec -t -u=1:2 -e A=1,2 --env B= id ls -l --env C',
      {
        name: 'exec',
        positionals: ['id', 'ls', '-l', '--env', 'C'],
        tty: true,
        user: '1:2',
        env: ['A=1,2', 'B='],
      },
    ],
    ['list -f json', { name: 'list', positionals: [], format: 'json' }],
  ])('reads %s', (line, expected) => {
    expect(parsed(line)).toEqual(expected);
  });

  test.each([
    'nosuch',
    'state',
    'state a b',
    'state --nosuch a',
    'create --bundle',
    'run --detach=maybe id',
    'run --detach false id',
    'run --=x id',
    'list --format xml',
    'delete a --force',
    '--nosuch state a',
    'constructor a',
    'state --__proto__ a',
  ])('leaves %s to be explained', (line) => {
    expect(parsed(line)).toBe(null);
  });

  test('reads the global options before the command', () => {
    const call = parseCall(['--root=/r', '--rootless=auto', 'list']);
    expect([call?.globals.text('root'), call?.globals.text('rootless')]).toEqual(['/r', 'auto']);
  });
});

describe('explain', () => {
  test.each([
    ['stat x', /Did you mean start|Did you mean state/],
    ['state', /Not enough non-option arguments/],
    ['state a b', /Unknown argument: b/],
    ['list --format xml', /Invalid values:\s+Argument: format, Given: "xml", Choices: "table", "json"/],
    ['state a --nosuch', /^flag provided but not defined: -nosuch$/],
    ['run --detatch a', /^flag provided but not defined: -detatch; did you mean "--detach"\?$/],
    ['restore --lsm-mount-context', /^flag needs an argument: -lsm-mount-context$/],
    ['exec --cwd / --nosuch a b', /^flag provided but not defined: -nosuch/],
    ['exec', /Not enough non-option arguments/],
  ])('says what is wrong with %s', async (line, text) => {
    const { usage, error } = await explain(line.split(' '));
    expect(error).toMatch(text);
    expect(usage).toContain('slipway');
  });

  test('prints help without an error', async () => {
    const { usage, error } = await explain(['--help']);
    expect(error).toBe(null);
    for (const name of Object.keys(commands)) expect(usage).toContain(`slipway ${name}`);
    expect((await explain(['create', '--help'])).usage).toContain('--pid-file');
  });
});
