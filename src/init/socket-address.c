/* Addresses of AF_UNIX sockets: they have room for 107 bytes, so a longer path is named through its directory. */
#include "socket-address.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_parent(const char *path, const char *slash)
{
	char *parent = strndup(path, slash - path);
	int directory = parent == NULL ? -1 : open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	return directory;
}

int find_address(const char *path, struct socket_address *address)
{
	struct sockaddr_un *name = &address->name;
	size_t length = strlen(path);
	const char *slash = strrchr(path, '/');
	*address = (struct socket_address){ .name.sun_family = AF_UNIX, .directory = -1 };
	if (length < sizeof(name->sun_path)) {
		memcpy(name->sun_path, path, length);
	} else if (path[0] != '@' && slash != NULL) {
		address->directory = open_parent(path, slash);
		if (address->directory < 0)
			return -1;
		length = snprintf(name->sun_path, sizeof(name->sun_path), "/proc/self/fd/%d%s", address->directory, slash);
	}
	if (length >= sizeof(name->sun_path)) {
		release_address(address);
		errno = ENAMETOOLONG;
		return -1;
	}
	if (path[0] == '@')
		name->sun_path[0] = '\0';
	address->length = offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1);
	return 0;
}

void release_address(struct socket_address *address)
{
	if (address->directory >= 0)
		close(address->directory);
	address->directory = -1;
}
