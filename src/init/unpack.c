/*
 * The layers of an image (image-spec, layer.md): entries of archives that anybody may have written. The root file system is all that
 * this process can reach, and every path is opened below it (openat2(2), RESOLVE_IN_ROOT).
 */
#include "path.h"
#include "protocol.h"
#include "tree.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* An extended attribute of the entry that comes next. */
struct attribute {
	char *name;
	struct bytes value;
	struct attribute *next;
};

/* Where an entry goes: its directory, O_PATH, with the times that it keeps. */
struct place {
	int parent;
	char *name;
	struct timespec times[2];
};

/* The file that is written. */
struct file {
	int fd;
	struct place place;
	struct step_entry entry;
};

static struct attribute *attributes;
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

int run_attribute(struct init *init, const struct step_attribute *step)
{
	struct attribute *attribute = calloc(1, sizeof(*attribute) + step->value.length);
	char *name = strdup(step->name);
	if (attribute == NULL || name == NULL)
		return fail(init, errno, "calloc");
	memcpy(attribute + 1, step->value.at, step->value.length);
	*attribute = (struct attribute){
		.name = name,
		.value = { .at = (const char *)(attribute + 1), .length = step->value.length },
		.next = attributes,
	};
	attributes = attribute;
	return 0;
}

static void free_attributes(void)
{
	while (attributes != NULL) {
		struct attribute *next = attributes->next;
		free(attributes->name);
		free(attributes);
		attributes = next;
	}
}

/* Opens the directory of a path, made where missing, and notes its times: an entry in it must not change them. */
static int find_place(struct init *init, const char *path, struct place *place)
{
	const char *name;
	struct stat status;
	place->parent = open_parent_inside(init->rootfs, path, &name);
	if (place->parent < 0)
		return fail(init, errno, "\"%s\"", path);
	place->name = strdup(name);
	if (place->name == NULL || fstat(place->parent, &status) < 0)
		return fail(init, errno, "\"%s\"", path);
	place->times[0] = status.st_atim;
	place->times[1] = status.st_mtim;
	return 0;
}

/* Gives the directory its times back, and notes that the entry and the directories above it are of this layer. */
static int leave_place(struct init *init, struct place *place, const char *path)
{
	int done = touch(place->parent, place->name);
	if (done == 0)
		done = utimensat(place->parent, ".", place->times, 0);
	/* `path` may be the name of the place. */
	if (done < 0)
		fail(init, errno, "\"%s\"", path);
	close(place->parent);
	free(place->name);
	*place = (struct place){ .parent = -1 };
	return done;
}

/* By name, for what cannot be opened: a symbolic link, a device. None of the names is followed. */
static int set_attributes_at(int parent, const char *name)
{
	if (attributes != NULL && fchdir(parent) < 0)
		return -1;
	for (const struct attribute *one = attributes; one != NULL; one = one->next)
		if (lsetxattr(name, one->name, one->value.at, one->value.length, 0) < 0)
			return -1;
	return 0;
}

/* A directory that was there before keeps no attribute of a lower layer, except those of SELinux and NFS. */
static int clear_attributes(int fd)
{
	char names[XATTR_LIST_MAX];
	ssize_t length = flistxattr(fd, names, sizeof(names));
	if (length < 0)
		return errno == EOPNOTSUPP ? 0 : -1;
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		if (strcmp(name, "security.selinux") == 0 || strncmp(name, "system.nfs4", 11) == 0)
			continue;
		if (fremovexattr(fd, name) < 0 && errno != EPERM)
			return -1;
	}
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
	for (const struct attribute *one = attributes; one != NULL; one = one->next)
		if (fsetxattr(fd, one->name, one->value.at, one->value.length, 0) < 0)
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

/* Removes what is at a place; a directory stays where the entry is a directory. */
static int make_room(const struct place *place, bool directory)
{
	struct stat status;
	if (fstatat(place->parent, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return directory && S_ISDIR(status.st_mode) ? 0 : remove_tree(place->parent, place->name);
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

static bool is_same_file(int parent, const char *name, int other_parent, const char *other_name)
{
	struct stat one, other;
	return fstatat(parent, name, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(other_parent, other_name, &other, AT_SYMLINK_NOFOLLOW) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

int run_hard_link(struct init *init, const struct step_hard_link *step)
{
	struct place place;
	const char *name;
	free_attributes();
	scoped_fd target = open_present_parent_inside(init->rootfs, step->target, &name);
	if (target < 0)
		return fail(init, errno, "link \"%s\" to \"%s\"", step->path, step->target);
	if (find_place(init, step->path, &place) < 0)
		return -1;
	if (!is_same_file(target, name, place.parent, place.name) &&
	    (make_room(&place, false) < 0 || linkat(target, name, place.parent, place.name, 0) < 0))
		return fail(init, errno, "link \"%s\" to \"%s\"", step->path, step->target);
	return leave_place(init, &place, step->path);
}

/* Removes below a directory, which keeps its times. */
static int remove_lower(int directory, const char *name)
{
	struct stat status;
	if (fstat(directory, &status) < 0)
		return -1;
	struct timespec times[] = { status.st_atim, status.st_mtim };
	if ((name == NULL ? remove_untouched_in(directory) : remove_untouched(directory, name)) < 0)
		return -1;
	return utimensat(directory, ".", times, 0);
}

int run_whiteout(struct init *init, const struct step_whiteout *step)
{
	const char *name = NULL;
	scoped_fd directory = -1;
	if (step->opaque)
		directory = open_inside(init->rootfs, step->path[0] == '\0' ? "." : step->path, O_PATH | O_DIRECTORY, 0);
	else
		directory = open_present_parent_inside(init->rootfs, step->path, &name);
	/* Where there is nothing, there is nothing to remove. */
	if (directory < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (directory < 0 || remove_lower(directory, name) < 0)
		return fail(init, errno, "whiteout of \"%s\"", step->path);
	return 0;
}

static bool is_regular(const struct stat *status)
{
	return S_ISREG(status->st_mode);
}

static int put(struct init *init, const void *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t count = write(STDOUT_FILENO, (const char *)bytes + done, length - done);
		if (count < 0 && errno != EINTR)
			return fail(init, errno, "write to stdout");
		done += count > 0 ? count : 0;
	}
	return 0;
}

int run_read_file(struct init *init, const struct step_read_file *step)
{
	uint32_t length = UINT32_MAX;
	scoped_fd fd = open_checked(init->rootfs, step->path, O_RDONLY, 0, is_regular);
	if (fd < 0)
		return put(init, &length, sizeof(length));
	char *text = malloc(step->longest + 1);
	if (text == NULL)
		return fail(init, errno, "malloc");
	ssize_t count = read_exactly(fd, text, step->longest + 1);
	if (count > (ssize_t)step->longest) {
		free(text);
		return fail(init, EFBIG, "\"%s\" of the image", step->path);
	}
	length = count;
	int done = count < 0 ? fail(init, errno, "read \"%s\" of the image", step->path) : put(init, &length, sizeof(length));
	if (done == 0)
		done = put(init, text, length);
	free(text);
	return done;
}

int run_remove_all(struct init *init, const struct step_remove_all *step)
{
	(void)step;
	forget_touched();
	return remove_untouched_in(init->rootfs) < 0 ? fail(init, errno, "remove what was unpacked") : 0;
}
