/* Finds the program, as execvp(3) does, and becomes it. */
#include "fds.h"
#include "protocol.h"
#include "seccomp.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 0 for a file that may be executed, else an errno. */
static int executable(const char *path)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return errno;
	if (S_ISDIR(status.st_mode))
		return EISDIR;
	/* With the capabilities of the program, as for execve(2). */
	return syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
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

/* The interpreter that a script names in its first line (execve(2)). */
static bool script_interpreter(const char *head, char path[PATH_MAX])
{
	if (strncmp(head, "#!", 2) != 0)
		return false;
	const char *start = head + 2 + strspn(head + 2, " \t");
	size_t length = strcspn(start, " \t\n");
	memcpy(path, start, length);
	path[length] = '\0';
	return length > 0;
}

/* The dynamic loader that an executable of this machine's word size names (elf(5)). */
static bool elf_interpreter(int file, const char *head, char path[PATH_MAX])
{
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;
	memcpy(&header, head, sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_phentsize != sizeof(segment))
		return false;
	for (unsigned int index = 0; index < header.e_phnum; index++) {
		off_t at = header.e_phoff + (off_t)index * sizeof(segment);
		if (pread(file, &segment, sizeof(segment), at) != sizeof(segment))
			return false;
		if (segment.p_type != PT_INTERP)
			continue;
		ssize_t length = segment.p_filesz < PATH_MAX ? pread(file, path, segment.p_filesz, segment.p_offset) : -1;
		return length > 0 && path[length - 1] == '\0';
	}
	return false;
}

/* What execve(2) may have missed: its errno does not say so. */
static bool find_interpreter(const char *program, char path[PATH_MAX])
{
	char head[256] = "";
	scoped_fd file = open(program, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (file < 0 || pread(file, head, sizeof(head) - 1, 0) <= 0)
		return false;
	return script_interpreter(head, path) || elf_interpreter(file, head, path);
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
	int error = errno;
	char interpreter[PATH_MAX];
	int why = find_interpreter(init->program, interpreter) ? executable(interpreter) : 0;
	if (why != 0)
		return fail(init, why, "exec %s: its interpreter \"%s\"", init->program, interpreter);
	return fail(init, error, "exec %s", init->program);
}
