// Platforms of images (image-spec, image-index.md#platform), as Go names them.

import { RuntimeError } from '../error/error.ts';

export type Platform = {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
};

/** Names of Go for those of Node. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** Of a machine, by its name in Node (process.arch). */
export function platformOf(arch: string): Platform {
  return { os: 'linux', architecture: architectures[arch] ?? arch };
}

/** OS/ARCHITECTURE[/VARIANT]. Throws USAGE for anything else. */
export function parsePlatform(text: string): Platform {
  const [, os, architecture, variant] = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/.exec(text) ?? [];
  if (os === undefined || architecture === undefined)
    throw new RuntimeError(
      'USAGE',
      `--platform: "${text}" is no platform such as linux/amd64 or linux/arm/v7`,
    );
  return { os, architecture, variant };
}

export function formatPlatform({ os, architecture, variant = '' }: Platform): string {
  return `${os}/${architecture}${variant === '' ? '' : `/${variant}`}`;
}

/** Variants that an architecture has when none is named (containerd's normal form). */
const usual: Readonly<Record<string, string>> = { arm64: 'v8', arm: 'v7', amd64: 'v1' };

function variantOf({ architecture, variant = '' }: Platform): string {
  return variant === '' ? (usual[architecture] ?? '') : variant;
}

export function isSamePlatform(one: Platform, other: Platform): boolean {
  return (
    one.os === other.os && one.architecture === other.architecture && variantOf(one) === variantOf(other)
  );
}
