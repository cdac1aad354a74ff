/*
 * The layers of an image (image-spec, layer.md): entries of archives that anybody may have written. The root file system is all that
 * this process can reach, and every path is opened below it (openat2(2), RESOLVE_IN_ROOT).
 */
#include "path.h"
#include "protocol.h"
#include "tree.h"
#include "unpack.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The file that is written. */
struct file {
	int fd;
	struct place place;
	struct step_entry entry;
};

static struct file current = { .fd = -1 };

int run_enter_tree(struct init *init, const struct step_enter_tree *step)
{
	int tree = open_tree(AT_FDCWD, step->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return fail(init, errno, "open_tree \"%s\"", step->path);
	struct mount_attr change = { .attr_set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };
	if (mount_setattr(tree, "", AT_EMPTY_PATH, &change, sizeof(change)) < 0)
		return fail(init, errno, "mount_setattr \"%s\"", step->path);
	if (move_mount(tree, "", AT_FDCWD, step->path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fail(init, errno, "move_mount \"%s\"", step->path);
	init->rootfs = tree;
	return 0;
}

int run_begin_layer(struct init *init, const struct step_begin_layer *step)
{
	(void)init;
	(void)step;
	forget_touched();
	return 0;
}

static void entry_times(const struct step_entry *step, struct timespec times[2])
{
	times[0] = (struct timespec){ .tv_sec = (int64_t)step->atime, .tv_nsec = step->atime_nanoseconds };
	times[1] = (struct timespec){ .tv_sec = (int64_t)step->mtime, .tv_nsec = step->mtime_nanoseconds };
}

/* The owner first: a change of owner takes set-user-ID bits and file capabilities away. */
static int set_status(int fd, const struct step_entry *step)
{
	struct timespec times[2];
	entry_times(step, times);
	if (fchown(fd, step->uid, step->gid) < 0)
		return -1;
	if (set_attributes(fd) < 0)
		return -1;
	return fchmod(fd, step->mode) < 0 || futimens(fd, times) < 0 ? -1 : 0;
}

static int set_status_at(int parent, const char *name, const struct step_entry *step)
{
	struct timespec times[2];
	entry_times(step, times);
	if (fchownat(parent, name, step->uid, step->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	/* A new node has its mode, which a change of owner may have cut; a symbolic link has none. */
	if (step->type != S_IFLNK && fchmodat(parent, name, step->mode, 0) < 0)
		return -1;
	return set_attributes_at(parent, name) < 0 ? -1 : utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW);
}

static int make_directory(int parent, const char *name, const struct step_entry *step)
{
	if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return -1;
	scoped_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 || clear_attributes(fd) < 0 ? -1 : set_status(fd, step);
}

static int make_entry(struct init *init, struct place *place, const struct step_entry *step)
{
	int parent = place->parent;
	switch (step->type) {
	case S_IFDIR:
		return make_directory(parent, place->name, step);
	case S_IFLNK:
		return symlinkat(step->target, parent, place->name) < 0 ? -1 : set_status_at(parent, place->name, step);
	case S_IFIFO:
	case S_IFCHR:
	case S_IFBLK:
		return mknodat(parent, place->name, step->type | step->mode, makedev(step->major, step->minor)) < 0
			       ? -1
			       : set_status_at(parent, place->name, step);
	default:
		errno = 0;
		return fail(init, 0, "an entry of type %u", step->type);
	}
}

/* The root itself. */
static int change_root_entry(struct init *init, const struct step_entry *step)
{
	scoped_fd fd = openat(init->rootfs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || clear_attributes(fd) < 0 || set_status(fd, step) < 0)
		return fail(init, errno, "\"/\"");
	free_attributes();
	return 0;
}

static int begin_file(struct init *init, struct place *place, const struct step_entry *step)
{
	current = (struct file){ .place = *place, .entry = *step };
	current.fd = openat(place->parent, place->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return current.fd < 0 ? fail(init, errno, "\"%s\"", step->path) : 0;
}

int run_entry(struct init *init, const struct step_entry *step)
{
	struct place place;
	if (current.fd >= 0)
		return fail(init, 0, "an entry within a file");
	if (step->path[0] == '\0')
		return change_root_entry(init, step);
	if (find_place(init, step->path, &place) < 0)
		return -1;
	if (make_room(&place, step->type == S_IFDIR) < 0)
		return fail(init, errno, "\"%s\"", step->path);
	if (step->type == S_IFREG)
		return begin_file(init, &place, step);
	if (make_entry(init, &place, step) < 0)
		return init->failure[0] != '\0' ? -1 : fail(init, errno, "\"%s\"", step->path);
	free_attributes();
	return leave_place(init, &place, step->path);
}

int run_data(struct init *init, const struct step_data *step)
{
	const char *at = step->bytes.at;
	size_t left = step->bytes.length;
	off_t offset = step->offset;
	while (left > 0) {
		ssize_t count = pwrite(current.fd, at, left, offset);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return fail(init, errno, "\"%s\"", current.place.name);
		at += count;
		left -= count;
		offset += count;
	}
	return 0;
}

int run_end_file(struct init *init, const struct step_end_file *step)
{
	(void)step;
	if (current.fd < 0)
		return fail(init, 0, "the end of no file");
	/* A hole may be the last part. */
	if (ftruncate(current.fd, current.entry.size) < 0 || set_status(current.fd, &current.entry) < 0)
		return fail(init, errno, "\"%s\"", current.place.name);
	if (close(current.fd) < 0)
		return fail(init, errno, "close \"%s\"", current.place.name);
	current.fd = -1;
	free_attributes();
	return leave_place(init, &current.place, current.place.name);
}

int run_remove_all(struct init *init, const struct step_remove_all *step)
{
	(void)step;
	forget_touched();
	return remove_untouched_in(init->rootfs) < 0 ? fail(init, errno, "remove what was unpacked") : 0;
}
