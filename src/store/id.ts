// Container ids: the only way to a path below --root (runtime.md#operations).

import { RuntimeError } from '../error/error.ts';

declare const brand: unique symbol;
/** A checked id: safe as one path component. */
export type ContainerId = string & { readonly [brand]: 'ContainerId' };

/** NAME_MAX: it names a directory. */
const longest = 255;

const shape = /^[\w+.-]+$/;

/** Checks an id with runc's rules and words. Throws INVALID_ID. */
export function parseContainerId(text: string): ContainerId {
  if (text === '') throw new RuntimeError('INVALID_ID', 'container id cannot be empty');
  if (!isContainerId(text)) {
    throw new RuntimeError(
      'INVALID_ID',
      `invalid container ID format ${JSON.stringify(text)}: use letters, digits and _ + - . only, at most ${longest}`,
    );
  }
  return text;
}

/** Whether it has the form of an id. */
export function isContainerId(text: string): text is ContainerId {
  return text.length <= longest && shape.test(text) && text !== '.' && text !== '..';
}
