// The options that `create` and `run` share.

import type { CreateRequest } from '../container/plan-creation.ts';
import { RuntimeError } from '../error/error.ts';
import { parseNumber } from './numbers.ts';
import { imageOptions } from './options.ts';
import type { Call, Options } from './table.ts';

export async function createRequest(call: Call): Promise<CreateRequest> {
  return { ...containerRequest(call), bundle: await bundleOf(call.options) };
}

/** All of it but where the container comes from. */
export function containerRequest({ options, positionals }: Call): Omit<CreateRequest, 'bundle'> {
  return {
    id: positionals[0] ?? '',
    configFile: options.text('config'),
    pidFile: options.text('pid-file'),
    preserveFds: parseNumber('--preserve-fds', options.text('preserve-fds') ?? '0'),
    consoleSocket: options.text('console-socket'),
    pidfdSocket: options.text('pidfd-socket'),
    noPivot: options.flag('no-pivot'),
    noNewKeyring: options.flag('no-new-keyring'),
  };
}

/** Options of a bundle and those of an image exclude each other. Throws USAGE. */
async function bundleOf(options: Options): Promise<CreateRequest['bundle']> {
  const image = options.text('image');
  const wrong = options.given(image === null ? Object.keys(imageOptions) : ['bundle', 'config'])[0];
  if (wrong !== undefined)
    throw new RuntimeError(
      'USAGE',
      image === null
        ? `--${wrong} is for the image that --image names`
        : `--${wrong} and --image exclude each other: the bundle is made of the image`,
    );
  if (image === null) return options.text('bundle') ?? '.';
  const { imageRequest } = await import('./image-options.ts');
  return imageRequest(image, options);
}
