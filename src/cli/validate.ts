import { bundlePath, checkBundle } from '../container/bundle.ts';
import { hostFacts } from '../host/facts.ts';
import { formatDiagnostic } from '../spec/diagnostic.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, print }) => {
  const { problems, warnings } = await checkBundle(
    bundlePath(options.text('bundle') ?? '.'),
    env,
    hostFacts(),
  );
  for (const problem of problems) print(`error ${formatDiagnostic(problem)}\n`);
  for (const warning of warnings) print(`warning ${formatDiagnostic(warning)}\n`);
  if (problems.length === 0) print('config.json is valid\n');
  return problems.length === 0 ? 0 : 1;
};
