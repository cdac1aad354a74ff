/* Signals through a pidfd: between the check of the start time and the signal the pid cannot become another process. */
#include "pidfd.h"
#include "process.h"
#include "tool.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int signal_process(const char *pid, const char *start_time, const char *number)
{
	int fd = syscall(SYS_pidfd_open, atoi(pid), 0);
	if (fd < 0 && errno == ESRCH)
		return 3;
	if (fd < 0)
		return complain("pidfd_open");
	int same = is_same(pid, start_time);
	if (same < 0)
		return complain("open /proc/PID/stat");
	if (same == 0)
		return 3;
	if (syscall(SYS_pidfd_send_signal, fd, atoi(number), NULL, 0) == 0)
		return 0;
	if (errno == ESRCH)
		return 3;
	return complain("pidfd_send_signal");
}

bool outlives(pid_t pid, int patience)
{
	struct pollfd end = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	if (end.fd < 0)
		return false;
	bool still = poll(&end, 1, patience) == 0;
	close(end.fd);
	return still;
}
