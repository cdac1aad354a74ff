/*
 * A seccomp agent: listens at a path, takes one container's ContainerProcessState and listener, prints the state, and answers
 * what it is asked until the container has ended: `deny ERRNO`, or `continue`.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connection;

static int take_state(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	int server = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(server, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(server, 1) < 0)
		return -1;
	connection = accept(server, NULL, NULL);
	char state[65536];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = { .iov_base = state, .iov_len = sizeof(state) };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	ssize_t length = recvmsg(connection, &message, 0);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (length < 0 || header == NULL)
		return -1;
	int listener;
	memcpy(&listener, CMSG_DATA(header), sizeof(listener));
	printf("%.*s\n", (int)length, state);
	fflush(stdout);
	return listener;
}

int main(int argc, char **argv)
{
	int listener = argc > 2 ? take_state(argv[1]) : -1;
	if (listener < 0) {
		perror("agent");
		return 1;
	}
	for (;;) {
		struct pollfd entries[] = { { .fd = listener, .events = POLLIN }, { .fd = connection, .events = POLLIN } };
		if (poll(entries, 2, -1) < 0 || entries[0].revents & POLLHUP)
			return 0;
		if (entries[1].revents != 0) {
			char byte;
			printf("%s\n", read(connection, &byte, 1) == 0 ? "closed" : "more");
			fflush(stdout);
			close(connection);
			connection = -1;
		}
		if (!(entries[0].revents & POLLIN))
			continue;
		struct seccomp_notif asked = { 0 };
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			continue;
		struct seccomp_notif_resp answer = { .id = asked.id };
		if (strcmp(argv[2], "continue") == 0)
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		else
			answer.error = -atoi(argv[3]);
		printf("asked %d\n", asked.data.nr);
		fflush(stdout);
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}
