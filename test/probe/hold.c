/*
 * Holds on to something, so that a checkpoint has to deal with it: `hold lock FILE` a lock of a file, for ever; `hold socket SOCKET`
 * a datagram socket, connected to that one, which gets a number every 100 ms.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int hold_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return 1;
	for (;;)
		pause();
}

static int hold_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return 1;
	for (int number = 0;; number++) {
		char text[16];
		int length = snprintf(text, sizeof(text), "%d", number);
		if (send(fd, text, length, 0) < 0)
			return 2;
		usleep(100000);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	return strcmp(argv[1], "lock") == 0 ? hold_lock(argv[2]) : hold_socket(argv[2]);
}
