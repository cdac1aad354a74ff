/* Binds: trees of the host or of the root file system, opened as detached mounts and attached (open_tree(2), move_mount(2)). */
#include "id-map.h"
#include "mount.h"
#include "path.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The place for a bind: a directory for a directory, a file for anything else. */
static int bind_target(struct init *init, bool directory, const struct step_attach_tree *step)
{
	int target = make_place_inside(init->rootfs, step->target, directory, step->on_link ? O_NOFOLLOW : 0);
	if (target < 0)
		return fail(init, errno, "open \"%s\" in the root file system", step->target);
	struct stat status;
	if (fstat(target, &status) == 0 && S_ISDIR(status.st_mode) == directory)
		return target;
	close(target);
	/* mount(2) has this errno for it, move_mount(2) EINVAL. */
	return fail(init, ENOTDIR, "mount a %s on \"%s\"", directory ? "directory" : "file", step->target);
}

/* The link of the host anew: one that is there must say the same. */
static int copy_link(struct init *init, int link, const char *path)
{
	char target[PATH_MAX], found[PATH_MAX];
	const char *name;
	ssize_t length = readlinkat(link, "", target, sizeof(target) - 1);
	if (length < 0)
		return fail(init, errno, "read the link for \"%s\"", path);
	target[length] = '\0';
	scoped_fd parent = open_parent_inside(init->rootfs, path, &name);
	if (parent < 0)
		return fail(init, errno, "open the directory of \"%s\"", path);
	if (symlinkat(target, parent, name) == 0)
		return 0;
	if (errno != EEXIST)
		return fail(init, errno, "symlink \"%s\" to \"%s\"", path, target);
	ssize_t there = readlinkat(parent, name, found, sizeof(found));
	if (there == length && memcmp(found, target, length) == 0)
		return 0;
	return fail(init, 0, "symlink \"%s\" to \"%s\": another file is there", path, target);
}

/* `link` of an openTree. */
enum { LINK_OPENED = 1, LINK_COPIED = 2 };

/* Opens a symbolic link; false for anything else. */
static bool open_link(struct init *init, const struct step_open_tree *step, int *link)
{
	struct stat status;
	scoped_fd file = step->inside ? open_inside(init->rootfs, step->source, O_PATH | O_NOFOLLOW, 0)
				      : open(step->source, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0 || fstat(file, &status) < 0 || !S_ISLNK(status.st_mode))
		return false;
	*link = fcntl(file, F_DUPFD_CLOEXEC, 0);
	return *link >= 0;
}

/* The tree of a source, detached; -1 (errno). */
static int open_source(struct init *init, const struct step_open_tree *step, unsigned int flags)
{
	if (!step->inside)
		return open_tree(AT_FDCWD, step->source, flags);
	scoped_fd source =
		open_inside(init->rootfs, step->source, O_PATH | (step->link == LINK_OPENED ? O_NOFOLLOW : 0), 0);
	return source < 0 ? -1 : open_tree(source, "", flags | AT_EMPTY_PATH);
}

/* Attributes that are asked away, and that the source has: in a user namespace they are locked. */
static int check_locked(struct init *init, int mount, const struct step_open_tree *step)
{
	struct statvfs status;
	if (fstatvfs(mount, &status) < 0)
		return fail(init, errno, "statvfs \"%s\"", step->source);
	uint64_t has = (status.f_flag & ST_RDONLY ? MOUNT_ATTR_RDONLY : 0) | (status.f_flag & ST_NOSUID ? MOUNT_ATTR_NOSUID : 0) |
		       (status.f_flag & ST_NODEV ? MOUNT_ATTR_NODEV : 0) | (status.f_flag & ST_NOEXEC ? MOUNT_ATTR_NOEXEC : 0);
	uint64_t locked = has & step->refused;
	if (locked == 0)
		return 0;
	return fail(init, EPERM, "mount \"%s\" on \"%s\": the source is%s%s%s%s, which cannot be cleared in a user namespace", step->source,
		    step->target, locked & MOUNT_ATTR_RDONLY ? " ro" : "", locked & MOUNT_ATTR_NOSUID ? " nosuid" : "",
		    locked & MOUNT_ATTR_NODEV ? " nodev" : "", locked & MOUNT_ATTR_NOEXEC ? " noexec" : "");
}

/* What mount(2) would clear without being asked may be locked: then the source's attributes stay, as under runc. */
static int change_top(struct init *init, int mount, const struct step_open_tree *step)
{
	struct mount_attr all = { .attr_set = step->set, .attr_clr = step->clear };
	struct attributes own = { .set = step->set, .clear = step->clear & MOUNT_ATTR__ATIME };
	if (step->clear != own.clear && mount_setattr(mount, "", AT_EMPTY_PATH, &all, sizeof(all)) == 0)
		return 0;
	if (step->clear != own.clear && errno != EPERM)
		return fail(init, errno, "mount_setattr \"%s\"", step->target);
	if (step->refused != 0 && check_locked(init, mount, step) < 0)
		return -1;
	return change_attributes(init, mount, own, step->target);
}

int run_open_tree(struct init *init, const struct step_open_tree *step)
{
	unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (step->recursive ? AT_RECURSIVE : 0) |
			     (step->link == LINK_OPENED ? AT_SYMLINK_NOFOLLOW : 0);
	scoped_fd mount = -1;
	if (step->link == LINK_COPIED && open_link(init, step, &mount))
		return fill_slot(init, step->slot, mount);
	mount = open_source(init, step, flags);
	if (mount < 0)
		return fail(init, errno, "mount \"%s\" on \"%s\": source", step->source, step->target);
	struct attributes below = { .set = step->recursive_set, .clear = step->recursive_clear, .flags = AT_RECURSIVE };
	if (change_attributes(init, mount, below, step->target) < 0 || change_top(init, mount, step) < 0)
		return -1;
	if (step->uids.count > 0 && map_ids(init, mount, step) < 0)
		return -1;
	return fill_slot(init, step->slot, mount);
}

/* Whether a node that nobody asked for by name would be made in a bind. -1 after fail(). */
static int is_unwanted(struct init *init, const struct step_attach_tree *step)
{
	const char *name;
	if (step->by_name)
		return 0;
	scoped_fd parent = open_parent_inside(init->rootfs, step->target, &name);
	return parent < 0 ? fail(init, errno, "open the directory of \"%s\"", step->target) : is_on_bind(init, parent);
}

int run_attach_tree(struct init *init, const struct step_attach_tree *step)
{
	int unwanted = is_unwanted(init, step);
	if (unwanted != 0)
		return unwanted < 0 ? -1 : spend_slot(init, step->slot);
	int mount = slot_fd(init, step->slot);
	if (mount < 0)
		return -1;
	struct stat status;
	if (fstat(mount, &status) < 0)
		return fail(init, errno, "stat");
	if (step->copy_link && S_ISLNK(status.st_mode))
		return copy_link(init, mount, step->target) < 0 ? -1 : spend_slot(init, step->slot);
	scoped_fd target = bind_target(init, S_ISDIR(status.st_mode), step);
	if (target < 0 || check_target(init, target, step->target) < 0 || attach(init, mount, target, step->target) < 0)
		return -1;
	if (note_bind(init, mount) < 0 || take_root(init, mount, step->target) < 0 ||
	    change_propagation(init, mount, step->propagation, step->target) < 0)
		return -1;
	return spend_slot(init, step->slot);
}
