#ifndef SLIPWAY_PROCESS_H
#define SLIPWAY_PROCESS_H

/**
 * Whether a process is the one that started then (field 22 of /proc/PID/stat, proc(5)), and no zombie: 1 or 0, and -1 (errno) where
 * that cannot be told.
 */
int is_same(const char *pid, const char *start_time);
#endif
