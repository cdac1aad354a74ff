// What the container process mounts, in words.

import { deviceText } from './stages.ts';
import type { InitWords } from './table.ts';
import { attributes, flags, list, octal, slot, text, when } from './words.ts';

const links = ['', 'itself where it is a symbolic link', 'to be copied where it is a symbolic link'];

/** Types of propagation, each set by a mount(2). */
function propagations(changes: readonly number[]): string | false {
  return changes.length > 0 && `propagation ${changes.map((bits) => flags(BigInt(bits))).join(' then ')}`;
}

function map(name: string, triples: readonly number[]): string | false {
  return triples.length > 0 && `${name} map ${triples.join(' ')}`;
}

export const mountWords = {
  rootPropagation: ({ flags: bits }) => flags(bits),
  privateParent: ({ path }) => text(path),
  openRoot: ({ path }) => text(path),
  attachRootfs: ({ slot: at, path }) => `${slot(at)} on ${text(path)}`,
  mount: (step) =>
    list(
      `${text(step.source)} on ${text(step.target)}`,
      `type ${text(step.type)}`,
      attributes(step.attributes),
      ...step.options.map(text),
      propagations(step.propagation),
      when(step.strict, 'not through symbolic links'),
      when(step.keepMode, 'mode of the directory below'),
      when(step.copyUp, 'contents of the directory below'),
    ),
  mountFlags: ({ source, target, type, flags: bits, options, propagation }) =>
    list(
      `${text(source)} on ${text(target)}`,
      when(type.length, `type ${text(type)}`),
      flags(bits),
      when(options.length, text(options)),
      propagations(propagation),
    ),
  openTree: (step) =>
    list(
      `${text(step.source)} for ${text(step.target)}`,
      `to ${slot(step.slot)}`,
      when(step.recursive, 'recursive'),
      when(step.inside, 'in the container'),
      links[step.link] ?? '',
      when(step.set, `set ${attributes(step.set)}`),
      when(step.clear, `clear ${attributes(step.clear)}`),
      when(step.refused, `refuse locked ${attributes(step.refused)}`),
      when(step.recursiveSet, `recursively set ${attributes(step.recursiveSet)}`),
      when(step.recursiveClear, `recursively clear ${attributes(step.recursiveClear)}`),
      map('uid', step.uids),
      map('gid', step.gids),
      when(step.mapRecursive, 'mounts below too'),
    ),
  attachTree: ({ slot: at, target, onLink, copyLink, propagation, byName }) =>
    list(
      `${slot(at)} on ${text(target)}`,
      when(onLink, 'on a symbolic link itself'),
      when(copyLink, 'copies a symbolic link'),
      propagations(propagation),
      when(!byName, 'not in a bind'),
    ),
  setAttributes: ({ target, set, clear }) =>
    list(text(target), when(set, `set ${attributes(set)}`), when(clear, `clear ${attributes(clear)}`)),
  symlink: ({ path, target, force }) =>
    list(`${text(path)} to ${text(target)}`, when(force, 'in place of a file')),
  device: ({ path, mode, uid, gid, byName, ...device }) =>
    list(
      text(path),
      deviceText(device),
      `mode ${octal(mode)}`,
      `owner ${uid}:${gid}`,
      when(!byName, 'not in a bind'),
    ),
  pivotRoot: () => '',
  moveRoot: () => '',
  changeRoot: ({ slot: at }) => (at === null ? 'the root file system' : slot(at)),
  readonlyPath: ({ path }) => text(path),
  maskPath: ({ path, option }) => list(text(path), when(option.length, text(option))),
  makeDirectory: ({ path }) => text(path),
} as const satisfies Partial<InitWords>;
