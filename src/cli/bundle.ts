import { makeBundle } from '../container/make-bundle.ts';
import { imageOptions } from './image-options.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals }) => {
  const [image = '', directory = ''] = positionals;
  await makeBundle(env, {
    ...imageOptions(options),
    image,
    directory,
    terminal: options.flag('terminal'),
    rootless: options.flag('rootless'),
  });
  return 0;
};
