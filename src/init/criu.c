/* Runs `criu swrk` and talks to it: a message each way for a request, and for each notice on the way to its end. */
#include "criu.h"
#include "pidfd.h"
#include "protobuf.h"
#include "reader.h"
#include "send-fd.h"
#include "wait.h"
#include "tool.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Field numbers and a value of CRIU's rpc.proto. */
enum { REQUEST_TYPE = 1, REQUEST_OPTIONS = 2, REQUEST_SUCCESS = 3 };
enum { OPTION_IMAGES = 1, OPTION_WORK = 17 };
enum { ANSWER_TYPE = 1, ANSWER_SUCCESS = 2, ANSWER_NOTIFY = 5, ANSWER_MESSAGE = 9 };
enum { NOTIFY_SCRIPT = 1, NOTIFY_PID = 2 };
enum { TYPE_NOTIFY = 6 };

#define LONGEST_ANSWER 65536
/* Milliseconds for CRIU to take back what it has made: fewer than slipway gives the outer init (init-process.ts). */
#define PATIENCE 500
#define LONGEST_OPTIONS (1U << 20)

struct answer {
	uint64_t type;
	uint64_t success;
	struct criu_notice notice;
	char message[256];
};

static void copy_text(char *text, size_t size, const struct field *field)
{
	snprintf(text, size, "%.*s", (int)field->length, field->bytes);
}

static void read_notice(struct criu_notice *notice, const struct field *from)
{
	struct cursor cursor = { .bytes = from->bytes, .length = from->length };
	struct field field;
	while (next_field(&cursor, &field)) {
		if (field.number == NOTIFY_SCRIPT)
			copy_text(notice->script, sizeof(notice->script), &field);
		if (field.number == NOTIFY_PID)
			notice->pid = field.value;
	}
}

static struct answer read_answer(const char *bytes, size_t length)
{
	struct answer answer = { .notice.fd = -1 };
	struct cursor cursor = { .bytes = bytes, .length = length };
	struct field field;
	while (next_field(&cursor, &field)) {
		if (field.number == ANSWER_TYPE)
			answer.type = field.value;
		if (field.number == ANSWER_SUCCESS)
			answer.success = field.value;
		if (field.number == ANSWER_NOTIFY)
			read_notice(&answer.notice, &field);
		if (field.number == ANSWER_MESSAGE)
			copy_text(answer.message, sizeof(answer.message), &field);
	}
	return answer;
}

/* CRIU opens the directories through /proc/PID/fd of this process. */
static int send_request(struct init *init, int socket, const struct criu_request *request, int images, int work)
{
	char *bytes = malloc(request->length + 8 * LONGEST_FIELD);
	if (bytes == NULL)
		return fail(init, errno, "malloc");
	char directories[2 * LONGEST_FIELD];
	size_t more = put_number(directories, OPTION_IMAGES, images);
	more += put_number(directories + more, OPTION_WORK, work);
	size_t length = put_number(bytes, REQUEST_TYPE, request->type);
	length += put_length(bytes + length, REQUEST_OPTIONS, request->length + more);
	memcpy(bytes + length, request->options, request->length);
	length += request->length;
	memcpy(bytes + length, directories, more);
	length += more;
	ssize_t sent = send(socket, bytes, length, MSG_NOSIGNAL);
	free(bytes);
	return sent == (ssize_t)length ? 0 : fail(init, errno, "ask criu");
}

static int acknowledge(struct init *init, int socket, bool success)
{
	char bytes[2 * LONGEST_FIELD];
	size_t length = put_number(bytes, REQUEST_TYPE, TYPE_NOTIFY);
	length += put_number(bytes + length, REQUEST_SUCCESS, success);
	return send(socket, bytes, length, MSG_NOSIGNAL) < 0 ? fail(init, errno, "answer criu") : 0;
}

/* CRIU may wait for pages that never come: a restore ends with slipway. A dump has no control socket, and goes on. */
static int await_answer(struct init *init, int socket)
{
	enum { ANSWER, SLIPWAY };
	struct pollfd entries[] = { [ANSWER] = { .fd = socket, .events = POLLIN }, [SLIPWAY] = { .fd = init->control } };
	while (poll(entries, sizeof(entries) / sizeof(entries[0]), -1) < 0)
		if (errno != EINTR)
			return fail(init, errno, "poll");
	return entries[ANSWER].revents == 0 ? fail(init, 0, "slipway is gone") : 0;
}

/* From notice to notice until the request is done. */
static int converse(struct init *init, int socket, criu_notified *notified, void *context)
{
	static char bytes[LONGEST_ANSWER];
	for (;;) {
		if (await_answer(init, socket) < 0)
			return -1;
		int fd = -1;
		ssize_t count = receive_with_fd(socket, bytes, sizeof(bytes), &fd);
		if (count <= 0)
			return fail(init, count < 0 ? errno : 0, "criu ended without an answer");
		struct answer answer = read_answer(bytes, count);
		answer.notice.fd = fd;
		if (answer.type != TYPE_NOTIFY)
			return answer.success ? 0 : fail(init, 0, "criu: %s", answer.message[0] == '\0' ? "failed" : answer.message);
		int done = notified == NULL ? 0 : notified(context, &answer.notice);
		if (fd >= 0)
			close(fd);
		if (acknowledge(init, socket, done == 0) < 0 || done < 0)
			return -1;
	}
}

static void become_criu(struct init *init, int socket)
{
	char number[16];
	snprintf(number, sizeof(number), "%d", socket);
	block_signals(init, false);
	/* The socket is made to close in other programs. Standard streams are those that a restored process inherits. */
	if (fcntl(socket, F_SETFD, 0) == 0)
		execlp("criu", "criu", "swrk", number, NULL);
	_exit(127);
}

/*
 * CRIU ends at the end of file, and takes back what it has made. In a restore it may hang instead, and is killed: then its processes
 * are left to run_restore(). In a dump the processes need CRIU to go on: it gets all the time that it takes.
 */
static void end_criu(const struct init *init, pid_t criu)
{
	if (init->control >= 0 && outlives(criu, PATIENCE))
		kill(criu, SIGKILL);
	while (waitpid(criu, NULL, 0) < 0 && errno == EINTR)
		;
}

int criu_run(struct init *init, const struct criu_request *request, criu_notified *notified, void *context)
{
	scoped_fd images = open(request->images, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (images < 0)
		return fail(init, errno, "open \"%s\"", request->images);
	scoped_fd work = open(request->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work < 0)
		return fail(init, errno, "open \"%s\"", request->work);
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(init, errno, "socketpair");
	scoped_fd socket = pair[0];
	pid_t criu = fork();
	if (criu == 0)
		become_criu(init, pair[1]);
	close(pair[1]);
	if (criu < 0)
		return fail(init, errno, "fork");
	int done = send_request(init, socket, request, images, work);
	if (done == 0)
		done = converse(init, socket, notified, context);
	shutdown(socket, SHUT_RDWR);
	end_criu(init, criu);
	return done;
}

int criu_tool(const char *type, const char *images, const char *work)
{
	struct init init = { .control = -1, .status = -1 };
	char *options = malloc(LONGEST_OPTIONS);
	ssize_t length = options == NULL ? -1 : read_exactly(0, options, LONGEST_OPTIONS);
	if (length < 0)
		return complain("read the options");
	struct criu_request request = {
		.type = strtoul(type, NULL, 10), .options = options, .length = length, .images = images, .work = work
	};
	int done = criu_run(&init, &request, NULL, NULL);
	free(options);
	if (done < 0)
		fprintf(stderr, "%s\n", init.failure);
	return done < 0 ? 1 : 0;
}
