#ifndef SLIPWAY_SOCKET_ADDRESS_H
#define SLIPWAY_SOCKET_ADDRESS_H
#include <sys/socket.h>

/** bind(2) or connect(2). */
typedef int socket_use(int fd, const struct sockaddr *address, socklen_t length);

/**
 * An AF_UNIX socket that is bound to a path of any length, or connected to it or to an abstract name ("@…"). type:
 * SOCK_STREAM or SOCK_DGRAM. Returns an fd, or -1 (errno).
 */
int open_socket(int type, const char *path, socket_use *use);
#endif
