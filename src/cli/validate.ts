import { bundlePath, checkBundle } from '../container/bundle.ts';
import { formatDiagnostic } from '../spec/diagnostic.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, print }) => {
  const bundle = bundlePath(options.text('bundle') ?? '.');
  const { checked } = await checkBundle(env, { id: 'container', bundle, configFile: null });
  const { problems, warnings } = checked;
  for (const problem of problems) print(`error ${formatDiagnostic(problem)}\n`);
  for (const warning of warnings) print(`warning ${formatDiagnostic(warning)}\n`);
  if (problems.length === 0) print('config.json is valid\n');
  return problems.length === 0 ? 0 : 1;
};
