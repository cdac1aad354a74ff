#ifndef SLIPWAY_SOCKET_ADDRESS_H
#define SLIPWAY_SOCKET_ADDRESS_H
#include <sys/socket.h>
#include <sys/un.h>

/** An address that may need a directory kept open (unix(7)). */
struct socket_address {
	struct sockaddr_un name;
	socklen_t length;
	int directory;	/* -1 for none */
};

/** The address of a path of any length, or of an abstract name ("@…"). Returns 0, or -1 (errno). */
int find_address(const char *path, struct socket_address *address);

void release_address(struct socket_address *address);
#endif
