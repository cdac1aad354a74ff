#ifndef SLIPWAY_PROCESS_H
#define SLIPWAY_PROCESS_H
#include <stdbool.h>

/** Whether a process is the one that started then (field 22 of /proc/PID/stat, proc(5)), and no zombie. */
bool is_same(const char *pid, const char *start_time);
#endif
