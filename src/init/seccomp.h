#ifndef SLIPWAY_SECCOMP_H
#define SLIPWAY_SECCOMP_H
#include "init.h"
#include "reader.h"

/**
 * Loads a seccomp filter into this process (seccomp(2)). Returns the fd of its listener if the flags ask for one, 0 if not, or -1
 * after fail().
 */
int load_filter(struct init *init, struct bytes filter, uint32_t flags);

/**
 * Copies an fd of a process, if it is still the one that started then, and sends it with what stdin says to an AF_UNIX stream
 * socket (config-linux.md#containerprocessstate). Returns the exit status: 0, or 1 after a line on stderr.
 */
int send_listener(const char *path, const char *pid, const char *start_time, const char *fd);
#endif
