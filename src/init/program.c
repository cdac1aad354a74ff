/* Finds the program, as execvp(3) does, and becomes it. */
#include "fds.h"
#include "protocol.h"
#include "seccomp.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0 for a file that may be executed, else an errno. */
static int executable(const char *path)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return errno;
	if (S_ISDIR(status.st_mode))
		return EISDIR;
	return access(path, X_OK) < 0 || (status.st_mode & 0111) == 0 ? EACCES : 0;
}

static const char *search_path(const struct init *init)
{
	for (char **entry = init->environment; *entry != NULL; entry++)
		if (strncmp(*entry, "PATH=", 5) == 0)
			return *entry + 5;
	return "";
}

/* The first file of that name in PATH; NULL when there is none. `error`: why the last candidate would not do. */
static char *search(const struct init *init, const char *file, int *error)
{
	*error = ENOENT;
	for (const char *at = search_path(init); *at != '\0';) {
		size_t length = strcspn(at, ":");
		char *path = NULL;
		if (asprintf(&path, "%.*s%s%s", (int)length, at, length == 0 ? "" : "/", file) < 0)
			return NULL;
		int why = executable(path);
		if (why == 0)
			return path;
		if (why == EACCES)
			*error = EACCES;
		free(path);
		at += length;
		at += *at == ':';
	}
	return NULL;
}

int run_lookup(struct init *init, const struct step_lookup *step)
{
	int error = 0;
	if (strchr(step->file, '/') != NULL) {
		error = executable(step->file);
		init->program = error == 0 ? strdup(step->file) : NULL;
		if (init->program != NULL)
			return 0;
		/* execve(2) would say EACCES too, which engines look for. */
		if (error == EISDIR)
			return fail(init, EACCES, "exec: \"%s\": is a directory", step->file);
		return fail(init, error, "exec: \"%s\": %s%s", step->file, error == EACCES ? "" : "stat ", step->file);
	}
	init->program = search(init, step->file, &error);
	if (init->program != NULL)
		return 0;
	if (error == EACCES)
		return fail(init, error, "exec: \"%s\"", step->file);
	return fail(init, 0, "exec: \"%s\": executable file not found in $PATH", step->file);
}

int run_exec(struct init *init, const struct step_exec *step)
{
	if (!init->marked && close_on_exec(init) < 0)
		return -1;
	if (report(init, RECORD_EXEC, init->step, 0, "") < 0)
		_exit(1);
	signal(SIGPIPE, SIG_DFL);
	if (step->filter.length > 0 && load_filter(init, step->filter, step->flags) < 0)
		return -1;
	execve(init->program, (char *const *)step->args, init->environment);
	return fail(init, errno, "exec %s", init->program);
}
