/* Runs a program, and writes what happened meanwhile to files and directories: watch REPORT PATH... -- PROGRAM... (inotify(7)). */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	unsigned mask;
	const char *name;
} names[] = {
	{ IN_ACCESS, "read" },	     { IN_MODIFY, "written" },	{ IN_ATTRIB, "changed" }, { IN_OPEN, "opened" },
	{ IN_CREATE, "made in" },    { IN_DELETE, "removed from" }, { IN_MOVE, "renamed in" }, { IN_DELETE_SELF, "removed" },
	{ IN_Q_OVERFLOW, "more than could be counted" },
};

static void fail(const char *what)
{
	perror(what);
	exit(125);
}

int main(int argc, char **argv)
{
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (argc < 5 || watch < 0)
		fail("watch");
	/* Numbers of watches count from 1. */
	int count = 0;
	while (2 + count < argc && strcmp(argv[2 + count], "--") != 0) {
		if (inotify_add_watch(watch, argv[2 + count], IN_ALL_EVENTS & ~IN_CLOSE) < 0)
			fail(argv[2 + count]);
		count++;
	}
	pid_t child = fork();
	if (child == 0) {
		execvp(argv[3 + count], argv + 3 + count);
		fail(argv[3 + count]);
	}
	int status;
	if (child < 0 || waitpid(child, &status, 0) < 0)
		fail("waitpid");
	FILE *report = fopen(argv[1], "we");
	if (report == NULL)
		fail(argv[1]);
	char buffer[65536] __attribute__((aligned(8)));
	ssize_t length;
	while ((length = read(watch, buffer, sizeof(buffer))) > 0)
		for (char *at = buffer; at < buffer + length;) {
			struct inotify_event *event = (struct inotify_event *)at;
			for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
				if (event->mask & names[i].mask)
					fprintf(report, "%s: %s %s\n", event->wd > 0 ? argv[1 + event->wd] : "", names[i].name,
						event->len > 0 ? event->name : "");
			at += sizeof(*event) + event->len;
		}
	if (fclose(report) != 0)
		fail(argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
