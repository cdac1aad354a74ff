#ifndef SLIPWAY_PIDFD_H
#define SLIPWAY_PIDFD_H
#include <stdbool.h>
#include <sys/types.h>

/**
 * Signals a process if it is still the one that started then (field 22 of /proc/PID/stat). Returns the exit status:
 * 0 done, 3 no such process, 1 after a line on stderr.
 */
int signal_process(const char *pid, const char *start_time, const char *number);

/** Waits for the end of a process, which stays a zombie, for so many milliseconds. Returns whether it is still there. */
bool outlives(pid_t pid, int patience);
#endif
