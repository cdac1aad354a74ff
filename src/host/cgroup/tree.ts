// Cgroups below a cgroup. A container may have made them deeper than a path can be long (PATH_MAX), so each is reached through an
// fd of the one above it.

import * as fs from 'node:fs';
import { isMissing } from '../files.ts';

type Visitor = {
  /** `at`: a path of the directory, for as long as the call takes. */
  readonly enter?: (at: string) => void;
  /** After everything below; `parent`: a path of the directory above. */
  readonly leave?: (parent: string, name: string) => void;
};

/** Visits a directory and all below it; one that goes meanwhile is passed over. */
export function traverse(directory: string, { enter, leave }: Visitor): void {
  const top = openDirectory(directory);
  if (top === null) return;
  let fd = top;
  const names: string[] = [];
  const left: string[][] = [];
  const move = (next: number) => {
    fs.closeSync(fd);
    fd = next;
  };
  const begin = () => {
    enter?.(pathOf(fd));
    left.push(directoriesIn(pathOf(fd)));
  };
  try {
    begin();
    while (left.length > 0) {
      const name = left.at(-1)?.pop();
      if (name === undefined) {
        left.pop();
        const done = names.pop();
        if (done === undefined) break;
        const parent = openDirectory(`${pathOf(fd)}/..`);
        if (parent === null) break;
        move(parent);
        leave?.(pathOf(parent), done);
        continue;
      }
      const child = openDirectory(`${pathOf(fd)}/${name}`);
      if (child === null) continue;
      move(child);
      names.push(name);
      begin();
    }
  } finally {
    fs.closeSync(fd);
  }
}

function pathOf(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Null when it is gone. */
function openDirectory(path: string): number | null {
  return unlessGone(() => fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY), null);
}

function directoriesIn(path: string): string[] {
  const entries = unlessGone(() => fs.readdirSync(path, { withFileTypes: true }), []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** For a cgroup that may be removed while it is looked at. */
export function unlessGone<T, U>(act: () => T, otherwise: U): T | U {
  try {
    return act();
  } catch (error) {
    if (isMissing(error)) return otherwise;
    throw error;
  }
}
