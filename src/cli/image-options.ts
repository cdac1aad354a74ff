// The options of a command that makes a bundle of an image.

import type { ImageRequest } from '../container/make-bundle.ts';
import type { Progress } from '../container/unpack-layers.ts';
import { isTerminal, writeErrors } from '../host/output.ts';
import { parsePlatform } from '../image/platform.ts';
import { parseBytes, parseNumber } from './numbers.ts';
import type { Options } from './table.ts';

export function imageRequest(image: string, options: Options): ImageRequest {
  const platform = options.text('platform');
  return {
    image,
    terminal: options.flag('terminal'),
    rootless: options.flag('rootless'),
    progress: options.flag('quiet') || !isTerminal() ? () => undefined : showProgress(),
    platform: platform === null ? null : parsePlatform(platform),
    limits: {
      size: parseLimit(options.text('max-size') ?? '64G'),
      entries: parseNumber('--max-entries', options.text('max-entries') ?? '10000000'),
      depth: parseNumber('--max-depth', options.text('max-depth') ?? '256'),
      ratio: parseNumber('--max-ratio', options.text('max-ratio') ?? '2000'),
    },
  };
}

/** -1: none. */
function parseLimit(text: string): number {
  const bytes = Number(parseBytes('--max-size', text));
  return bytes < 0 ? Number.POSITIVE_INFINITY : bytes;
}

/** Milliseconds between two lines. */
const interval = 100;

/** One line on the terminal, written again and again, and gone at the end of the last layer. */
function showProgress(): Progress {
  let next = 0;
  return (layer, layers, read, size) => {
    const last = layer === layers && read === size;
    const now = performance.now();
    if (now < next && !last) return;
    next = now + interval;
    const line = `layer ${layer} of ${layers}: ${mebibytes(read)} of ${mebibytes(size)} MiB`;
    writeErrors(`\r\x1b[K${last ? '' : line}`);
  };
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
