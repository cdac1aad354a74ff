/* Signals through a pidfd: between the check of the start time and the signal the pid cannot become another process. */
#include "pidfd.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether a process is the one that started then, and no zombie. */
static int is_same(const char *pid, const char *start_time)
{
	char path[64], text[4096], state, found[32];
	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	size_t length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	/* The name (field 2) may hold spaces and parentheses: count from its end. */
	char *rest = strrchr(text, ')');
	if (rest == NULL ||
	    sscanf(rest + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %31s", &state,
		   found) != 2)
		return 0;
	return state != 'Z' && state != 'X' && strcmp(found, start_time) == 0;
}

int signal_process(const char *pid, const char *start_time, const char *number)
{
	int fd = syscall(SYS_pidfd_open, atoi(pid), 0);
	if (fd < 0 && errno == ESRCH)
		return 3;
	if (fd < 0) {
		perror("pidfd_open");
		return 1;
	}
	if (!is_same(pid, start_time))
		return 3;
	if (syscall(SYS_pidfd_send_signal, fd, atoi(number), NULL, 0) == 0)
		return 0;
	if (errno == ESRCH)
		return 3;
	perror("pidfd_send_signal");
	return 1;
}
