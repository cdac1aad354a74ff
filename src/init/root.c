/* The root of the container: bound, opened, and made the root of the mount namespace (pivot_root(2)). */
#include "mount.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int run_root_propagation(struct init *init, const struct step_root_propagation *step)
{
	if (mount(NULL, "/", NULL, step->flags, NULL) == 0)
		return 0;
	/* Nor would pivot_root(2) work there. */
	bool chrooted = errno == EINVAL;
	return fail(init, errno, "set the propagation of \"/\"%s",
		    chrooted ? ", which must be a mount point (in a chroot, bind-mount its directory on itself first)" : "");
}

/* pivot_root(2) refuses a root whose parent mount is shared: that mount is made private. */
static int make_parent_private(struct init *init, const char *path)
{
	char *directory = strdup(path);
	if (directory == NULL)
		return fail(init, errno, "strdup");
	int done;
	while ((done = mount(NULL, directory, NULL, MS_PRIVATE, NULL)) < 0 && errno == EINVAL) {
		/* EINVAL: no mount point; the one above may be. */
		char *slash = strrchr(directory, '/');
		if (slash == NULL || directory[1] == '\0')
			break;
		slash[slash == directory ? 1 : 0] = '\0';
	}
	int error = errno;
	free(directory);
	return done < 0 ? fail(init, error, "make the mount of \"%s\" private", path) : 0;
}

int run_open_rootfs(struct init *init, const struct step_open_rootfs *step)
{
	if (make_parent_private(init, step->path) < 0)
		return -1;
	scoped_fd place = open(step->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0)
		return fail(init, errno, "open \"%s\"", step->path);
	init->rootfs = open_tree(place, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
	if (init->rootfs < 0)
		return fail(init, errno, "open_tree \"%s\"", step->path);
	return attach(init, init->rootfs, place, step->path);
}

/* From here on "/" is the container's; its fd stays the way to it. */
static int enter_root(struct init *init)
{
	return chdir("/") < 0 ? fail(init, errno, "chdir \"/\"") : 0;
}

int run_pivot_root(struct init *init, const struct step_pivot_root *step)
{
	(void)step;
	if (fchdir(init->rootfs) < 0)
		return fail(init, errno, "fchdir to the root file system");
	scoped_fd old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (old_root < 0)
		return fail(init, errno, "open \"/\"");
	/* The old root ends up on top of the new one, and is taken off there: no directory for it is needed. */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return fail(init, errno, "pivot_root");
	if (fchdir(old_root) < 0)
		return fail(init, errno, "fchdir to the old root");
	/* A slave: taking it apart must not reach the host. */
	if (mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail(init, errno, "make the old root a slave");
	if (umount2(".", MNT_DETACH) < 0)
		return fail(init, errno, "unmount the old root");
	return enter_root(init);
}

int run_move_root(struct init *init, const struct step_move_root *step)
{
	(void)step;
	if (fchdir(init->rootfs) < 0)
		return fail(init, errno, "fchdir to the root file system");
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return fail(init, errno, "move the root file system to \"/\"");
	if (chroot(".") < 0)
		return fail(init, errno, "chroot");
	return enter_root(init);
}
