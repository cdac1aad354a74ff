/* Device nodes and links (config-linux.md#devices, #default-devices). */
#include "mount.h"
#include "null.h"
#include "path.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

bool is_null(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/* Opened without following a link, and compared: the node that is there is the one that was asked for. */
static int check_node(struct init *init, int parent, const char *name, const struct step_device *step)
{
	int node = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (node < 0)
		return fail(init, errno, "open \"%s\"", step->path);
	struct stat status;
	int found = fstat(node, &status);
	bool same = found == 0 && (status.st_mode & S_IFMT) == step->type &&
		    (step->type == S_IFIFO || status.st_rdev == makedev(step->major, step->minor));
	if (same)
		return node;
	close(node);
	return fail(init, 0, "\"%s\" exists and is another file", step->path);
}

/*
 * Whether something that is made in a directory would be in the source of a bind, which may be the host's: where a link of
 * the image leads there, or where nobody asked for it by name. -1 after fail().
 */
static int is_elsewhere(struct init *init, int parent, const char *path, bool by_name)
{
	char found[PATH_MAX];
	int bound = is_on_bind(init, parent);
	if (bound <= 0 || !by_name)
		return bound;
	if (path_inside(init, parent, found) < 0)
		return -1;
	size_t length = strrchr(path, '/') - path;
	if (strlen(found) == length && strncmp(found, path, length) == 0)
		return 0;
	return fail(init, 0, "\"%s\": a symbolic link of the root file system leads into the mount at \"%s\"", path, found);
}

int run_device(struct init *init, const struct step_device *step)
{
	const char *name;
	scoped_fd parent = open_parent_inside(init->rootfs, step->path, &name);
	if (parent < 0)
		return fail(init, errno, "open the directory of \"%s\"", step->path);
	int elsewhere = is_elsewhere(init, parent, step->path, step->by_name);
	if (elsewhere != 0)
		return elsewhere < 0 ? -1 : 0;
	bool made = mknodat(parent, name, step->type | step->mode, makedev(step->major, step->minor)) == 0;
	if (!made && errno != EEXIST)
		return fail(init, errno, "mknod \"%s\"", step->path);
	scoped_fd node = check_node(init, parent, name, step);
	if (node < 0)
		return -1;
	if (made && fchownat(node, "", step->uid, step->gid, AT_EMPTY_PATH) < 0)
		return fail(init, errno, "chown \"%s\"", step->path);
	return 0;
}

int run_symlink(struct init *init, const struct step_symlink *step)
{
	const char *name;
	scoped_fd parent = open_parent_inside(init->rootfs, step->path, &name);
	if (parent < 0)
		return fail(init, errno, "open the directory of \"%s\"", step->path);
	int elsewhere = is_elsewhere(init, parent, step->path, false);
	if (elsewhere != 0)
		return elsewhere < 0 ? -1 : 0;
	if (step->force && unlinkat(parent, name, 0) < 0 && errno != ENOENT)
		return fail(init, errno, "unlink \"%s\"", step->path);
	if (symlinkat(step->target, parent, name) < 0 && errno != EEXIST)
		return fail(init, errno, "symlink \"%s\" to \"%s\"", step->path, step->target);
	return 0;
}
