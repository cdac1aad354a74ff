import { spawnSync } from 'node:child_process';

/** Whether this host has a CRIU that its kernel lets work. */
export const criuWorks = spawnSync('criu', ['check']).status === 0;

/** Whether the kernel tells which memory a process has changed (soft-dirty, proc_pid_pagemap(5)). */
export const tracksMemory = spawnSync('criu', ['check', '--feature', 'mem_dirty_track']).status === 0;
