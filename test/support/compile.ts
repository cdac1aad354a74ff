// Programs in C that tests run.

import { execaSync } from 'execa';

/** Compiles test/probe/NAME.c to a static program in a folder. Returns its path. */
export function compileProbe(name: string, folder: string): string {
  const path = `${folder}/${name}`;
  const flags = ['-std=c11', '-D_GNU_SOURCE', '-O1', '-static', '-Wall', '-Wextra', '-Werror'];
  execaSync(process.env.CC ?? 'cc', [...flags, `test/probe/${name}.c`, '-o', path]);
  return path;
}
