import { makeBundle } from '../container/make-bundle.ts';
import { imageRequest } from './image-options.ts';
import type { Handler } from './table.ts';

export const handler: Handler = async ({ env, options, positionals }) => {
  const [image = '', directory = ''] = positionals;
  await makeBundle(env, { ...imageRequest(image, options), directory });
  return 0;
};
