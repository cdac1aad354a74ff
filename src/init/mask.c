/* Paths that the container may not write or not see (config-linux.md#masked-paths). One that is missing needs nothing. */
#include "mount.h"
#include "null.h"
#include "path.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_missing(int error)
{
	return error == ENOENT || error == ENOTDIR;
}

int run_readonly_path(struct init *init, const struct step_readonly_path *step)
{
	scoped_fd target = open_inside(init->rootfs, step->path, O_PATH, 0);
	if (target < 0)
		return is_missing(errno) ? 0 : fail(init, errno, "open \"%s\"", step->path);
	scoped_fd mount = open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
	if (mount < 0)
		return fail(init, errno, "open_tree \"%s\"", step->path);
	if (change_attributes(init, mount, (struct attributes){ .set = MOUNT_ATTR_RDONLY, .flags = AT_RECURSIVE },
			      step->path) < 0)
		return -1;
	return attach(init, mount, target, step->path);
}

/* A bind of the container's /dev/null, once it is sure that it is the null device (CVE-2025-31133). */
static int null_mount(struct init *init)
{
	scoped_fd null = open_inside(init->rootfs, "/dev/null", O_PATH | O_NOFOLLOW, 0);
	struct stat status;
	if (null < 0 || fstat(null, &status) < 0)
		return fail(init, errno, "open \"/dev/null\"");
	if (!is_null(&status))
		return fail(init, 0, "\"/dev/null\" is not the null device");
	int mount = open_tree(null, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	return mount < 0 ? fail(init, errno, "open_tree \"/dev/null\"") : mount;
}

/* Of one tmpfs for all directories: a bind of the first place where it is. */
static int empty_mount(struct init *init, const char *option)
{
	if (init->empty_tmpfs > 0) {
		int bind = open_tree(init->empty_tmpfs, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
		return bind < 0 ? fail(init, errno, "open_tree of a masked directory") : bind;
	}
	const char *const options[] = { "ro", option[0] == '\0' ? NULL : option, NULL };
	int mount = new_filesystem(init, "tmpfs", options, MOUNT_ATTR_RDONLY);
	init->empty_tmpfs = mount < 0 ? 0 : fcntl(mount, F_DUPFD_CLOEXEC, 3);
	if (init->empty_tmpfs >= 0)
		return mount;
	close(mount);
	return fail(init, errno, "fcntl F_DUPFD_CLOEXEC");
}

int run_mask_path(struct init *init, const struct step_mask_path *step)
{
	scoped_fd target = open_inside(init->rootfs, step->path, O_PATH, 0);
	struct stat status;
	if (target < 0)
		return is_missing(errno) ? 0 : fail(init, errno, "open \"%s\"", step->path);
	if (fstat(target, &status) < 0)
		return fail(init, errno, "stat \"%s\"", step->path);
	scoped_fd mount = S_ISDIR(status.st_mode) ? empty_mount(init, step->option) : null_mount(init);
	return mount < 0 ? -1 : attach(init, mount, target, step->path);
}
