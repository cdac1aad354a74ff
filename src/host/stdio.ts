// stdio of slipway, which a program without a terminal inherits.

import { fchownSync, fstatSync } from 'node:fs';
import { attempt } from './attempt.ts';
import { errorCode } from './files.ts';
import { readLaunch } from './launch.ts';

/** Gives pipes and files to a user, who may then open /dev/stdout and the like. Devices keep their owners. */
export function giveStdio(from: string, uid: number): void {
  const launch = readLaunch();
  for (const fd of [0, launch?.output ?? 1, launch?.errors ?? 2]) {
    const status = fstatSync(fd);
    if (status.uid === uid || !(status.isFIFO() || status.isFile())) continue;
    attempt(from, `${from}: chown fd ${fd} to ${uid}`, () => {
      try {
        fchownSync(fd, uid, -1);
      } catch (error) {
        if (!unchangeable.includes(errorCode(error))) throw error;
      }
    });
  }
}

/** Not everything has an owner that can be changed. */
const unchangeable: readonly unknown[] = ['EINVAL', 'EPERM', 'EROFS'];
