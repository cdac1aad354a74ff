/*
 * The terminal of a foreground process: what is typed goes to its pseudo-terminal, what it prints goes to stdout. The caller's
 * terminal is raw meanwhile: Ctrl-C and the like reach the process as they would at a terminal of its own (termios(3)).
 */
#include "relay.h"
#include "protocol.h"
#include "send-fd.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKET, INPUT, OUTPUT, MASTER };

/* stdout or stdin may be redirected; the controlling terminal is one too. */
static int find_terminal(void)
{
	static const int candidates[] = { 2, 1, 0 };
	for (int index = 0; index < 3; index++)
		if (isatty(candidates[index]))
			return fcntl(candidates[index], F_DUPFD_CLOEXEC, 3);
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int run_relay(struct init *init, const struct step_relay *step)
{
	static struct relay relay = { .master = -1, .input = true };
	relay.status = init->status;
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(init, errno, "socketpair");
	relay.terminal = find_terminal();
	if (relay.terminal < 0)
		return fail(init, 0, "no terminal to use: stdin, stdout and stderr are none (without -t or \"terminal\" none is needed)");
	if (fill_slot(init, step->slot, pair[1]) < 0)
		return -1;
	close(pair[1]);
	relay.socket = pair[0];
	init->relay = &relay;
	return 0;
}

void relay_prepare(const struct relay *relay, struct pollfd entries[RELAY_ENTRIES])
{
	bool reads = relay->input && relay->raw && relay->in_length == 0;
	entries[SOCKET] = (struct pollfd){ .fd = relay->socket, .events = POLLIN };
	entries[INPUT] = (struct pollfd){ .fd = relay->master >= 0 && reads ? 0 : -1, .events = POLLIN };
	entries[OUTPUT] = (struct pollfd){ .fd = relay->out_length > 0 ? 1 : -1, .events = POLLOUT };
	entries[MASTER] = (struct pollfd){
		.fd = relay->master,
		.events = (relay->out_length == 0 ? POLLIN : 0) | (relay->in_length > 0 ? POLLOUT : 0),
	};
}

/* A terminal that has no size leaves that of the process as it is. */
static void copy_size(int from, int to)
{
	struct winsize size;
	if (ioctl(from, TIOCGWINSZ, &size) == 0 && (size.ws_col != 0 || size.ws_row != 0))
		ioctl(to, TIOCSWINSZ, &size);
}

void relay_size(const struct relay *relay)
{
	if (relay->master >= 0)
		copy_size(relay->terminal, relay->master);
}

/* In the background the terminal is another job's. */
static bool is_background(const struct relay *relay)
{
	pid_t foreground = tcgetpgrp(relay->terminal);
	return foreground >= 0 && foreground != getpgrp();
}

int relay_raw(struct relay *relay)
{
	if (relay->master < 0 || relay->raw || is_background(relay))
		return 0;
	if (tcgetattr(relay->terminal, &relay->saved) < 0)
		return -1;
	/* Should this process be killed, slipway gives them back. */
	if (!relay->told && write(relay->status, &relay->saved, sizeof(relay->saved)) != sizeof(relay->saved))
		return -1;
	relay->told = true;
	struct termios raw = relay->saved;
	cfmakeraw(&raw);
	/* The caller's terminal still makes CR LF of LF; that of the process does not (relay_adopt). */
	raw.c_oflag |= OPOST;
	if (tcsetattr(relay->terminal, TCSANOW, &raw) < 0)
		return -1;
	relay->raw = true;
	return 0;
}

void relay_restore(struct relay *relay)
{
	if (relay->raw)
		tcsetattr(relay->terminal, TCSANOW, &relay->saved);
	relay->raw = false;
}

int restore_terminal(const char *settings)
{
	struct termios saved;
	unsigned char *bytes = (unsigned char *)&saved;
	for (size_t index = 0; index < sizeof(saved); index++)
		if (sscanf(settings + 2 * index, "%2hhx", &bytes[index]) != 1)
			return 1;
	/* Whoever is in the background would be stopped. */
	signal(SIGTTOU, SIG_IGN);
	return tcsetattr(find_terminal(), TCSANOW, &saved) == 0 ? 0 : 1;
}

static int take_master(struct relay *relay)
{
	relay->master = receive_fd(relay->socket);
	close(relay->socket);
	relay->socket = -1;
	/* The process ended before it had a terminal. */
	if (relay->master < 0)
		return 0;
	if (fcntl(relay->master, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return -1;
	relay_size(relay);
	return relay_raw(relay);
}

int relay_adopt(const struct relay *relay, int master)
{
	struct termios settings;
	if (tcgetattr(master, &settings) < 0)
		return -1;
	settings.c_oflag &= ~ONLCR;
	copy_size(relay->terminal, master);
	return tcsetattr(master, TCSANOW, &settings);
}

/* Writes some of a buffer; what cannot be written, because nobody is there to read it, is dropped. */
static void flush(int fd, char *buffer, size_t *length)
{
	ssize_t count = write(fd, buffer, *length);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	*length = count < 0 ? 0 : *length - count;
	memmove(buffer, buffer + (count < 0 ? 0 : count), *length);
}

int relay_run(struct relay *relay, const struct pollfd entries[RELAY_ENTRIES])
{
	if (entries[SOCKET].revents != 0)
		return take_master(relay);
	if (entries[INPUT].revents != 0) {
		ssize_t count = read(0, relay->in, sizeof(relay->in));
		relay->in_length = count > 0 ? count : 0;
		/* EIO: the terminal hung up, or belongs to another job just now; then SIGCONT comes. */
		if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN))
			relay->input = count < 0 && is_background(relay);
	}
	if (entries[MASTER].revents & POLLOUT)
		flush(relay->master, relay->in, &relay->in_length);
	if (entries[OUTPUT].revents != 0)
		flush(1, relay->out, &relay->out_length);
	if (entries[MASTER].revents & (POLLIN | POLLHUP | POLLERR) && relay->out_length == 0) {
		ssize_t count = read(relay->master, relay->out, sizeof(relay->out));
		relay->out_length = count > 0 ? count : 0;
		/* Nobody has the terminal open any more (EIO). */
		if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
			close(relay->master);
			relay->master = -1;
		}
	}
	return 0;
}

void relay_end(struct relay *relay)
{
	struct pollfd output = { .fd = 1, .events = POLLOUT };
	while (relay->master >= 0) {
		while (relay->out_length > 0 && poll(&output, 1, -1) > 0)
			flush(1, relay->out, &relay->out_length);
		ssize_t count = read(relay->master, relay->out, sizeof(relay->out));
		if (count <= 0)
			break;
		relay->out_length = count;
	}
	relay_restore(relay);
}
