import { events, stats } from '../container/events.ts';
import { formatJson } from '../spec/json.ts';
import { parseDuration } from './numbers.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals, print }) => {
  const id = positionals[0] ?? '';
  const interval = parseDuration('--interval', options.text('interval') ?? '5s');
  if (options.flag('stats')) print(`${formatJson(stats(env, { id }))}\n`);
  else for await (const event of events(env, { id, interval })) print(`${formatJson(event)}\n`);
  return 0;
};
