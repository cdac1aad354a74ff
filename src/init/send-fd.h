#ifndef SLIPWAY_SEND_FD_H
#define SLIPWAY_SEND_FD_H

/** Sends an fd over a socket, in one message with a name (unix(7), SCM_RIGHTS). Returns 0, or -1 (errno). */
int send_fd(int socket, const char *name, int fd);

/** Takes an fd that send_fd sent. Returns it, or -1 (errno; 0 at end of file). */
int receive_fd(int socket);
#endif
