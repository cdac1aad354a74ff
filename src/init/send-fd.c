/* File descriptors that go from process to process. */
#include "send-fd.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* One fd, aligned as the kernel wants it. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int send_fd(int socket, const char *name, int fd)
{
	union control control = { .bytes = { 0 } };
	struct iovec data = { .iov_base = (void *)name, .iov_len = strlen(name) };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

int receive_fd(int socket)
{
	union control control;
	char name[64];
	struct iovec data = { .iov_base = name, .iov_len = sizeof(name) };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = count <= 0 ? NULL : CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int))) {
		if (count >= 0)
			errno = 0;
		return -1;
	}
	int fd;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}
