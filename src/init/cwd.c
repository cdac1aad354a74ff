/* The working directory of the program. */
#include "path.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

int run_make_directory(struct init *init, const struct step_make_directory *step)
{
	scoped_fd directory = make_directory_inside(init->rootfs, step->path, 0);
	return directory < 0 ? fail(init, errno, "mkdir \"%s\"", step->path) : 0;
}

int run_cwd(struct init *init, const struct step_cwd *step)
{
	scoped_fd directory = open_inside(init->rootfs, step->path, O_PATH | O_DIRECTORY, 0);
	if (directory < 0)
		return fail(init, errno, "chdir to cwd (\"%s\") failed", step->path);
	if (fchdir(directory) < 0)
		return fail(init, errno, "chdir to cwd (\"%s\") set in config.json failed", step->path);
	/* Outside of the root it has no path (CVE-2024-21626). */
	char path[PATH_MAX];
	if (getcwd(path, sizeof(path)) == NULL || path[0] != '/')
		return fail(init, 0, "the working directory \"%s\" is outside of the container's root", step->path);
	return 0;
}
