/*
 * Passes the readiness of a container's program on to whoever started slipway as a service (sd_notify(3)): the program gets a
 * socket of its own, whose one message that counts is READY.
 */
#include "notify.h"
#include "process.h"
#include "send-fd.h"
#include "socket-address.h"
#include "tool.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST 4096
/* How often it is seen whether the container still runs, and how long the service manager may take, ms. */
#define PAUSE 100
#define BARRIER_DEADLINE 30000

static int listen_at(const char *path)
{
	int fd = open_socket(SOCK_DGRAM, path, bind);
	/* Any user of the container may be the one who is ready. */
	return fd < 0 || chmod(path, 0777) < 0 ? -1 : fd;
}

/* The first line of a message that says so; NULL when none does. */
static char *ready_line(char *message)
{
	for (char *line = strtok(message, "\n"); line != NULL; line = strtok(NULL, "\n"))
		if (strncmp(line, "READY=", 6) == 0)
			return line;
	return NULL;
}

static int tell(int fd, const char *text)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Waits until the manager has taken what was sent before: it closes its end of the pipe. */
static int barrier(int fd)
{
	int ends[2];
	if (pipe(ends) < 0 || send_fd(fd, "BARRIER=1", ends[1]) < 0)
		return -1;
	close(ends[1]);
	struct pollfd entry = { .fd = ends[0] };
	return poll(&entry, 1, BARRIER_DEADLINE) < 0 ? -1 : 0;
}

static int pass_on(const char *line, const char *pid, const char *manager)
{
	char main_pid[64];
	snprintf(main_pid, sizeof(main_pid), "MAINPID=%s", pid);
	int fd = open_socket(SOCK_DGRAM, manager, connect);
	if (fd < 0 || tell(fd, line) < 0 || tell(fd, main_pid) < 0 || barrier(fd) < 0)
		return complain(manager);
	return 0;
}

int relay_readiness(const char *path, const char *manager, const char *pid, const char *start_time)
{
	int fd = listen_at(path);
	if (fd < 0)
		return complain(path);
	/* slipway waits for this before it starts the program. */
	if (write(1, "\n", 1) != 1)
		return 1;
	close(1);
	while (is_same(pid, start_time) != 0) {
		struct pollfd entry = { .fd = fd, .events = POLLIN };
		char message[LONGEST + 1];
		if (poll(&entry, 1, PAUSE) <= 0)
			continue;
		ssize_t count = recv(fd, message, LONGEST, 0);
		message[count < 0 ? 0 : count] = '\0';
		const char *line = ready_line(message);
		if (line != NULL)
			return pass_on(line, pid, manager);
	}
	return 0;
}
