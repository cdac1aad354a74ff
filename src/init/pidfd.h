#ifndef SLIPWAY_PIDFD_H
#define SLIPWAY_PIDFD_H

/**
 * Signals a process if it is still the one that started then (field 22 of /proc/PID/stat). Returns the exit status:
 * 0 done, 3 no such process, 1 after a line on stderr.
 */
int signal_process(const char *pid, const char *start_time, const char *number);
#endif
