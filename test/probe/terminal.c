/*
 * A terminal for tests. `terminal run PROGRAM ARGUMENT...` runs a program at a new pseudo-terminal of 80 columns and 24
 * rows: stdin goes to it, what it shows comes to stdout. Four bytes at fd 3, columns and rows, change the size. At the end
 * of the program "STATUS restored|changed" is written to fd 4: its exit status, and whether the settings of the terminal
 * are what they were. A line at fd 3 of the form of four zero bytes asks for that word alone, while the program runs.
 *
 * `terminal listen SOCKET` is what engines do for --console-socket: it takes one connection and the fd that is sent, writes
 * the name that came with it to fd 4, and joins that terminal to stdin and stdout. `terminal pidfd SOCKET` takes a pidfd
 * and writes the pid that it stands for. `terminal keep SOCKET` takes terminals for ever, and does nothing with them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTROL 3
#define REPORT 4

static int stop(const char *what)
{
	perror(what);
	exit(1);
}

/* Between stdin and stdout, and a terminal, until that ends. */
static void join(int master, int slave, const struct termios *initial)
{
	struct pollfd entries[] = { { .fd = 0, .events = POLLIN },
				    { .fd = master, .events = POLLIN },
				    { .fd = slave < 0 ? -1 : CONTROL, .events = POLLIN } };
	char buffer[4096];
	while (poll(entries, 3, -1) >= 0 || errno == EINTR) {
		if (entries[0].revents != 0) {
			ssize_t count = read(0, buffer, sizeof(buffer));
			if (count <= 0)
				entries[0].fd = -1;
			else if (write(master, buffer, count) < 0)
				return;
		}
		if (entries[2].revents != 0) {
			uint16_t size[2];
			struct termios settings;
			if (read(CONTROL, size, sizeof(size)) != sizeof(size)) {
				entries[2].fd = -1;
			} else if (size[0] != 0) {
				struct winsize window = { .ws_col = size[0], .ws_row = size[1] };
				ioctl(master, TIOCSWINSZ, &window);
			} else {
				tcgetattr(slave, &settings);
				dprintf(REPORT, "- %s\n", memcmp(&settings, initial, sizeof(settings)) == 0 ? "restored" : "changed");
			}
		}
		if (entries[1].revents != 0) {
			ssize_t count = read(master, buffer, sizeof(buffer));
			if (count <= 0)
				return;
			if (write(1, buffer, count) < 0)
				return;
		}
	}
}

static int run(char **arguments)
{
	int master, slave;
	struct winsize size = { .ws_col = 80, .ws_row = 24 };
	struct termios initial, settings;
	if (openpty(&master, &slave, NULL, NULL, &size) < 0)
		stop("openpty");
	tcgetattr(slave, &initial);
	pid_t child = fork();
	if (child == 0) {
		for (int fd = CONTROL; fd <= REPORT; fd++)
			close(fd);
		setsid();
		ioctl(slave, TIOCSCTTY, 0);
		for (int fd = 0; fd <= 2; fd++)
			dup2(slave, fd);
		close(master);
		close(slave);
		execvp(arguments[0], arguments);
		stop(arguments[0]);
	}
	dprintf(REPORT, "%d\n", child);
	pid_t relay = fork();
	if (relay == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_DFL);
		join(master, slave, &initial);
		_exit(0);
	}
	int status;
	waitpid(child, &status, 0);
	/* Whatever goes on after the program: a child of its own that gives the terminal back. */
	for (int left = 200; left > 0; left--) {
		tcgetattr(slave, &settings);
		if (memcmp(&settings, &initial, sizeof(settings)) == 0)
			break;
		usleep(10000);
	}
	usleep(100000);
	kill(relay, SIGKILL);
	waitpid(relay, NULL, 0);
	dprintf(REPORT, "%d %s\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
		memcmp(&settings, &initial, sizeof(settings)) == 0 ? "restored" : "changed");
	return 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 1) < 0)
		stop(path);
	dprintf(REPORT, "listening\n");
	return listener;
}

static void keep(int listener)
{
	char byte;
	char control[CMSG_SPACE(sizeof(int))];
	for (;;) {
		int connection = accept(listener, NULL, NULL);
		struct iovec data = { .iov_base = &byte, .iov_len = 1 };
		struct msghdr message = {
			.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
		};
		recvmsg(connection, &message, 0);
		close(connection);
	}
}

/* Takes the fd that somebody sends to a socket. */
static int take(int listener, char *name, size_t size)
{
	int connection = accept(listener, NULL, NULL);
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec data = { .iov_base = name, .iov_len = size - 1 };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	ssize_t count = recvmsg(connection, &message, 0);
	struct cmsghdr *header = count < 0 ? NULL : CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_type != SCM_RIGHTS)
		stop("recvmsg");
	name[count] = '\0';
	/* The sender lets go of the connection once it has sent. */
	char nothing;
	if (read(connection, &nothing, 1) != 0)
		stop("end of file");
	int fd;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void print_pid(int pidfd)
{
	char path[64], line[256];
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	FILE *file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "Pid:", 4) == 0)
			dprintf(REPORT, "%d\n", atoi(line + 4));
}

int main(int argc, char **argv)
{
	char name[64];
	if (argc > 2 && strcmp(argv[1], "run") == 0)
		return run(argv + 2);
	if (argc != 3)
		return 2;
	int listener = listen_at(argv[2]);
	if (strcmp(argv[1], "keep") == 0)
		keep(listener);
	int fd = take(listener, name, sizeof(name));
	dprintf(REPORT, "%s\n", name);
	if (strcmp(argv[1], "pidfd") == 0)
		print_pid(fd);
	else
		join(fd, -1, NULL);
	return 0;
}
