#ifndef SLIPWAY_SEND_FD_H
#define SLIPWAY_SEND_FD_H
#include <sys/types.h>

/** Sends an fd over a socket, in one message with a name (unix(7), SCM_RIGHTS). Returns 0, or -1 (errno). */
int send_fd(int socket, const char *name, int fd);

/** The same with any bytes. */
int send_with_fd(int socket, const void *bytes, size_t length, int fd);

/** Takes a message, and the fd that came with it, or -1. Returns its length, 0 at end of file, or -1 (errno). */
ssize_t receive_with_fd(int socket, char *bytes, size_t size, int *fd);

/** Takes an fd that send_fd sent. Returns it, or -1 (errno; 0 at end of file). */
int receive_fd(int socket);
#endif
