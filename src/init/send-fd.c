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
	return send_with_fd(socket, name, strlen(name), fd);
}

int send_with_fd(int socket, const void *bytes, size_t length, int fd)
{
	union control control = { .bytes = { 0 } };
	struct iovec data = { .iov_base = (void *)bytes, .iov_len = length };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

ssize_t receive_with_fd(int socket, char *bytes, size_t size, int *fd)
{
	union control control;
	struct iovec data = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = count <= 0 ? NULL : CMSG_FIRSTHDR(&message);
	*fd = -1;
	if (header != NULL && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	if (count > 0 && message.msg_flags & MSG_TRUNC) {
		errno = EMSGSIZE;
		return -1;
	}
	return count;
}

int receive_fd(int socket)
{
	char name[64];
	int fd;
	if (receive_with_fd(socket, name, sizeof(name), &fd) >= 0 && fd < 0)
		errno = 0;
	return fd;
}
