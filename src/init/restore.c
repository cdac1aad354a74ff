/* CRIU as a child of the outer init, which the restored process becomes a child of too (criu(8), --restore-sibling). */
#include "path.h"
#include "protocol.h"
#include "wait.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A place for a mount: a directory, or a file for a bind of one. */
int run_target(struct init *init, const struct step_target *step)
{
	struct stat status;
	bool file = step->like[0] != '\0' && stat(step->like, &status) == 0 && !S_ISDIR(status.st_mode);
	scoped_fd target = file ? make_file_inside(init->rootfs, step->path) : make_directory_inside(init->rootfs, step->path, 0);
	return target < 0 ? fail(init, errno, "open \"%s\" in the root file system", step->path) : 0;
}

static pid_t read_pid(const char *path)
{
	FILE *file = fopen(path, "re");
	int pid = 0;
	if (file == NULL)
		return -1;
	int found = fscanf(file, "%d", &pid);
	fclose(file);
	return found == 1 ? pid : -1;
}

int run_restore(struct init *init, const struct step_restore *step)
{
	if (init->foreground && block_signals(init, true) < 0)
		return -1;
	pid_t criu = fork();
	if (criu < 0)
		return fail(init, errno, "fork");
	if (criu == 0) {
		block_signals(init, false);
		/* Its standard streams are those that the restored process inherits. */
		execvp(step->argv[0], (char *const *)step->argv);
		_exit(127);
	}
	int status;
	while (waitpid(criu, &status, 0) < 0)
		if (errno != EINTR)
			return fail(init, errno, "wait for criu");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail(init, 0, "criu failed");
	pid_t restored = read_pid(step->pid_file);
	if (restored < 0)
		return fail(init, 0, "criu wrote no pid to \"%s\"", step->pid_file);
	if (report(init, RECORD_PID, restored, 0, "") < 0)
		_exit(1);
	_exit(init->foreground ? wait_for(init, restored) : 0);
}
