// A bundle's config.json (config.md), runtime-spec 1.3 for Linux.

import { z } from 'zod';
import type { Annotated } from './annotations.ts';
import { hooksSchema } from './hooks.ts';
import { boolean, expected, filledText, list, object, text } from './leaf.ts';
import { linuxSchema } from './linux.ts';
import { mountSchema } from './mounts.ts';
import { processSchema } from './process.ts';

/** SemVer 2.0.0, as `ociVersion` must be. */
const semver = /^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/;

/** Parts of other platforms, which are ignored on Linux. */
const ignored = z.unknown().optional();

export const configSchema = object({
  ociVersion: text.regex(semver, expected('a version such as 1.3.0')),
  root: object({ path: filledText, readonly: boolean.optional() }),
  mounts: list(mountSchema).optional(),
  process: processSchema.optional(),
  hostname: text.optional(),
  domainname: text.optional(),
  hooks: hooksSchema.optional(),
  linux: linuxSchema.optional(),
  annotations: z.record(filledText, text, expected('an object of strings')).optional(),
  solaris: ignored,
  windows: ignored,
  vm: ignored,
  zos: ignored,
  freebsd: ignored,
});

/** With what the caller of slipway trusts in it. */
export type Config = z.infer<typeof configSchema> & Pick<Annotated, 'trustedAnnotations'>;
