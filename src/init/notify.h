#ifndef SLIPWAY_NOTIFY_H
#define SLIPWAY_NOTIFY_H

/**
 * Listens at a path and writes a byte to stdout; when a READY comes, tells it and the main pid to the manager's socket. Ends
 * then, or with the process. Returns the exit status: 0, or 1 after a line on stderr.
 */
int relay_readiness(const char *path, const char *manager, const char *pid, const char *start_time);
#endif
