/* Addresses of AF_UNIX sockets: they have room for 107 bytes, so a longer path is named through its directory. */
#include "init.h"
#include "socket-address.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static int open_parent(const char *path, const char *slash)
{
	char *parent = strndup(path, slash - path);
	int directory = parent == NULL ? -1 : open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	return directory;
}

/* Returns the length, or -1 (errno). `directory`: one that must stay open while the address is used, or -1. */
static int find_address(const char *path, struct sockaddr_un *address, int *directory)
{
	size_t length = strlen(path);
	const char *slash = strrchr(path, '/');
	if (length < sizeof(address->sun_path)) {
		memcpy(address->sun_path, path, length);
	} else if (path[0] != '@' && slash != NULL) {
		*directory = open_parent(path, slash);
		if (*directory < 0)
			return -1;
		length = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d%s", *directory, slash);
	}
	if (length >= sizeof(address->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (path[0] == '@')
		address->sun_path[0] = '\0';
	return offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1);
}

int open_socket(int type, const char *path, socket_use *use)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	scoped_fd directory = -1;
	int length = find_address(path, &address, &directory);
	int fd = length < 0 ? -1 : socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || use(fd, (struct sockaddr *)&address, length) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}
