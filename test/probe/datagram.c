/*
 * What a service manager does for sd_notify(3): `datagram listen SOCKET` prints each message that comes, a line each, and
 * closes what fds came with it; `datagram send SOCKET TEXT` is what a service does.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (argc < 3)
		return 2;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", argv[2]);
	if (argc == 4)
		return sendto(fd, argv[3], strlen(argv[3]), 0, (struct sockaddr *)&address, sizeof(address)) < 0;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return 1;
	puts("listening");
	for (;;) {
		char text[4096], control[256];
		struct iovec data = { .iov_base = text, .iov_len = sizeof(text) - 1 };
		struct msghdr message = {
			.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
		};
		ssize_t count = recvmsg(fd, &message, 0);
		if (count < 0)
			return 1;
		text[count] = '\0';
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		if (header != NULL)
			close(*(int *)CMSG_DATA(header));
		puts(text);
		fflush(stdout);
	}
}
