import { readSync } from 'node:fs';
import { update } from '../container/update.ts';
import { RuntimeError } from '../error/error.ts';
import { readJsonOption } from '../host/option-file.ts';
import { isObject, type Json, type JsonObject, parseJson } from '../spec/json.ts';
import { limits } from './limits.ts';
import { parseBytes, parseInteger } from './numbers.ts';
import type { Handler, Options } from './table.ts';

export const handler: Handler = async ({ env, options, positionals }) => {
  const file = options.text('resources');
  const id = positionals[0] ?? '';
  if (file === null && Object.keys(limits).every((name) => options.text(name) === null))
    throw new RuntimeError('USAGE', 'update: give a limit to change, such as --memory 64M, or --resources');
  if (file !== null) await update(env, { id, resources: await fromFile(file), intelRdt: null });
  else {
    const { intelRdt = null, ...resources } = fromOptions(options);
    await update(env, { id, resources, intelRdt });
  }
  return 0;
};

async function fromFile(path: string): Promise<JsonObject> {
  const option = '--resources';
  const document = await (path === '-' ? parseJson(readStdin(), option) : readJsonOption(option, path));
  if (isObject(document)) return document;
  throw new RuntimeError('USAGE', `${option}: expected an object, such as linux.resources in config.json`);
}

function fromOptions(options: Options): Readonly<Record<string, JsonObject>> {
  const resources: Record<string, Record<string, Json>> = {};
  for (const [name, { property, kind }] of Object.entries(limits)) {
    const text = options.text(name);
    if (text === null) continue;
    const value = parseLimit(`--${name}`, text, kind);
    if (property === null) continue;
    const [section, member] = property;
    resources[section] = { ...resources[section], [member]: value };
  }
  return resources;
}

function parseLimit(what: string, text: string, kind: 'number' | 'bytes' | 'text'): Json {
  if (kind === 'text') return text;
  return kind === 'bytes' ? parseBytes(what, text) : parseInteger(what, text);
}

function readStdin(): string {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(65536);
  for (let count = readSync(0, chunk); count > 0; count = readSync(0, chunk))
    chunks.push(Buffer.from(chunk.subarray(0, count)));
  return Buffer.concat(chunks).toString('utf8');
}
