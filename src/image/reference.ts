// Names of images on disk, as skopeo writes them: TRANSPORT:PATH[:REFERENCE]; dir:PATH is a root file system.

import { RuntimeError } from '../error/error.ts';

export type Transport = 'oci' | 'docker-archive' | 'dir';

export type ImageName = {
  readonly transport: Transport;
  readonly path: string;
  /** Tag of an image layout, name in an archive of Docker's; null when the image is the only one. */
  readonly reference: string | null;
};

const transports: readonly string[] = ['oci', 'docker-archive', 'dir'] satisfies readonly Transport[];

/**
 * A path may hold colons too, if there is something by that name: the longest path that `exists` counts. Throws USAGE for what is no
 * name of an image.
 */
export function parseImageName(text: string, exists: (path: string) => boolean): ImageName {
  const colon = text.indexOf(':');
  const transport = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (colon < 0 || !transports.includes(transport) || rest === '')
    throw new RuntimeError(
      'USAGE',
      `"${text}" is no image: expected oci:PATH[:TAG], docker-archive:PATH[:NAME] or dir:PATH`,
    );
  const whole = { transport: transport as Transport, path: rest, reference: null };
  if (transport === 'dir' || exists(rest)) return whole;
  const colons = [...rest.matchAll(/:/g)].map(({ index }) => index).filter((index) => index > 0);
  const split = colons.toReversed().find((index) => exists(rest.slice(0, index))) ?? colons[0];
  return split === undefined
    ? whole
    : { ...whole, path: rest.slice(0, split), reference: rest.slice(split + 1) };
}
