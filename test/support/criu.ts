import { spawnSync } from 'node:child_process';

/** Whether this host has a CRIU that its kernel lets work. */
export const criuWorks = spawnSync('criu', ['check']).status === 0;
