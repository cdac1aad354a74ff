/* Seccomp filters (seccomp(2)), and the way of a listener to its agent. */
#include "seccomp.h"
#include "fds.h"
#include "process.h"
#include "protocol.h"
#include "send-fd.h"
#include "socket-address.h"
#include "tool.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int load_filter(struct init *init, struct bytes filter, uint32_t flags)
{
	struct sock_fprog program = {
		.len = filter.length / sizeof(struct sock_filter),
		.filter = (struct sock_filter *)filter.at,
	};
	int fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return fd < 0 ? fail(init, errno, "load the seccomp filter") : fd;
}

int run_seccomp(struct init *init, const struct step_seccomp *step)
{
	/* What comes after the filter needs few system calls, and old ones: a profile may know no others. */
	init->marked = true;
	if (close_on_exec(init) < 0)
		return -1;
	int listener = load_filter(init, step->filter, step->flags);
	if (listener < 0)
		return -1;
	if (step->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)
		return report(init, RECORD_LISTENER, listener, 0, "");
	return 0;
}

int send_listener(const char *path, const char *pid, const char *start_time, const char *fd)
{
	scoped_fd process = syscall(SYS_pidfd_open, atoi(pid), 0);
	if (process < 0 || is_same(pid, start_time) != 1)
		return complain("container process");
	scoped_fd listener = syscall(SYS_pidfd_getfd, process, atoi(fd), 0);
	if (listener < 0)
		return complain("pidfd_getfd");
	scoped_fd socket = open_socket(SOCK_STREAM, path, connect);
	if (socket < 0)
		return complain("connect");
	char *state = NULL;
	size_t size = 0;
	if (getdelim(&state, &size, '\0', stdin) < 0)
		return complain("read the state");
	if (send_fd(socket, state, listener) < 0)
		return complain("send");
	return 0;
}
