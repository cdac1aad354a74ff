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
    ['run id -d --bundle /b', { name: 'run', positionals: ['id'], detach: true, bundle: '/b' }],
    ['update id --cpu-share 512', { name: 'update', positionals: ['id'], 'cpu-share': '512' }],
    ['kill id -a TERM', { name: 'kill', positionals: ['id', 'TERM'], all: true }],
    ['exec id ls -t', { name: 'exec', positionals: ['id', 'ls', '-t'] }],
    ['ps id -f json', { name: 'ps', positionals: ['id', '-f', 'json'] }],
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
    'delete a -- --force',
    'kill a --nosuch',
    'run a -x',
    '--nosuch state a',
    'constructor a',
    'state --__proto__ a',
  ])('leaves %s to be explained', (line) => {
    expect(parsed(line)).toBe(null);
  });

  test.each(Object.entries(commands))('%s: an option means the same at each place', (name, command) => {
    const { positionals, options } = command;
    const rest = positionals.at(-1)?.rest === true;
    const given = positionals.map((_, index) => `argument-${index}`);
    for (const [option, { kind, short, choices }] of Object.entries(options)) {
      const value = choices?.[0] ?? '-1';
      const names = [`--${option}`, `-${option}`, ...(short === undefined ? [] : [`-${short}`])];
      const spellings = names.flatMap((word) =>
        kind === 'flag' ? [[word], [`${word}=true`]] : [[word, value], [`${word}=${value}`]],
      );
      for (const words of spellings)
        for (let place = 0; place <= (rest ? 0 : given.length); place += 1) {
          const call = parseCall([name, ...given.slice(0, place), ...words, ...given.slice(place)]);
          const read =
            call?.options.list(option)[0] ?? call?.options.text(option) ?? call?.options.flag(option);
          expect([words, call?.positionals, read]).toEqual([words, given, kind === 'flag' ? true : value]);
        }
    }
  });

  test('reads the global options before the command', () => {
    const call = parseCall(['--root=/r', '--rootless=auto', 'list']);
    expect([call?.globals.text('root'), call?.globals.text('rootless')]).toEqual(['/r', 'auto']);
  });
});

describe('explain', () => {
  test.each([
    ['--rot /x list', 'flag provided but not defined: -rot; did you mean "--root"?; see slipway --help'],
    ['run', 'run needs a container id; see slipway run --help'],
    ['kill', 'kill needs a container id; see slipway kill --help'],
    ['state a b', 'state takes no argument "b"; see slipway state --help'],
    ['list --format xml', '--format: expected table or json, found "xml"; see slipway list --help'],
    ['run --detach=maybe a', '--detach: expected true or false, found "maybe"; see slipway run --help'],
    ['state a --nosuch', 'flag provided but not defined: -nosuch; see slipway state --help'],
    [
      'run --detatch a',
      'flag provided but not defined: -detatch; did you mean "--detach"?; see slipway run --help',
    ],
    ['run a -z', 'flag provided but not defined: -z; see slipway run --help'],
    [
      'run -it a',
      'flag provided but not defined: -it; whether there is a terminal is said by process.terminal; see slipway run --help',
    ],
    ['restore --lsm-mount-context', 'flag needs an argument: -lsm-mount-context; see slipway restore --help'],
    ['exec --cwd / --nosuch a b', 'flag provided but not defined: -nosuch; see slipway exec --help'],
    ['exec', 'exec needs a container id; see slipway exec --help'],
  ])('says what is wrong with %s', async (line, text) => {
    expect(await explain(line.split(' '))).toEqual({ error: text, status: 1 });
  });

  test.each([
    ['rnu x', 'no such command: rnu; did you mean run?; see slipway --help'],
    ['stat x', 'no such command: stat; did you mean start?; see slipway --help'],
    ['rm x', 'no such command: rm; see slipway --help'],
    ['rm --help', 'no such command: rm; see slipway --help'],
    ['help rm', 'no such command: rm; see slipway --help'],
  ])('has a status of its own for %s', async (line, text) => {
    expect(await explain(line.split(' '))).toEqual({ error: text, status: 3 });
  });

  test.each(['', '--debug', 'help', 'help run', 'run --help', '--help'])(
    'prints help for "%s"',
    async (line) => {
      expect(await explain(line.split(' ').filter(Boolean))).toEqual({
        usage: expect.stringContaining(line.includes('run') ? 'slipway run' : 'slipway'),
      });
    },
  );

  test('prints help without an error', async () => {
    const usage = async (...argv: string[]) => JSON.stringify(await explain(argv));
    for (const name of Object.keys(commands)) expect(await usage('--help')).toContain(`slipway ${name}`);
    for (const argv of [
      ['create', '--help'],
      ['help', 'create'],
      ['create', 'x', '-h'],
    ])
      expect(await usage(...argv)).toMatch(/^{"usage":.*--pid-file/);
  });
});
