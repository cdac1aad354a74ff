// Hooks (config.md#posix-platform-hooks).

import type { z } from 'zod';
import { absolutePath, expected, int32, list, object, text } from './leaf.ts';

const hook = object({
  path: absolutePath,
  args: list(text).optional(),
  env: list(text).optional(),
  timeout: int32.min(1, expected('a number of seconds greater than 0')).optional(),
});

const hooks = list(hook).optional();

export const hooksSchema = object({
  prestart: hooks,
  createRuntime: hooks,
  createContainer: hooks,
  startContainer: hooks,
  poststart: hooks,
  poststop: hooks,
});

export type Hook = z.infer<typeof hook>;
export type HookKind = keyof z.infer<typeof hooksSchema>;
