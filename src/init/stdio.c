/* stdin, stdout and stderr, where they are not a terminal (config.md#process). */
#include "null.h"
#include "path.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The null device of the host belongs to a mount that the container does not have: nothing could checkpoint it. */
int run_stdio_null(struct init *init, const struct step_stdio_null *step)
{
	(void)step;
	for (int fd = 0; fd <= 2; fd++) {
		struct stat status;
		if (fstat(fd, &status) < 0)
			return fail(init, errno, "stat fd %d", fd);
		if (!is_null(&status))
			continue;
		scoped_fd null = open_checked(init->rootfs, "/dev/null", O_RDWR, 0, is_null);
		if (null < 0)
			return fail(init, errno, errno == 0 ? "\"/dev/null\" is not the null device" : "open \"/dev/null\"");
		if (move_fd(init, null, fd) < 0)
			return -1;
	}
	return 0;
}

/*
 * A program that is not root may open /dev/stdout and the like again: what it writes to is its own. Not everything has an
 * owner that can be changed, and the null device keeps its.
 */
int run_stdio_owner(struct init *init, const struct step_stdio_owner *step)
{
	for (int fd = 0; fd <= 2; fd++) {
		struct stat status;
		if (fstat(fd, &status) < 0)
			return fail(init, errno, "stat fd %d", fd);
		if (is_null(&status) || status.st_uid == step->uid || fchown(fd, step->uid, -1) == 0)
			continue;
		if (errno != EINVAL && errno != EPERM && errno != EROFS)
			return fail(init, errno, "chown fd %d", fd);
	}
	return 0;
}
