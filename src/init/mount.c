/* Mounts inside the root, through fds from the first lookup to the last (fsopen(2), move_mount(2), mount_setattr(2)). */
#include "copy.h"
#include "id-map.h"
#include "mount.h"
#include "park.h"
#include "path.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int change_attributes(struct init *init, int mount, struct attributes attributes, const char *where)
{
	struct mount_attr change = { .attr_set = attributes.set, .attr_clr = attributes.clear };
	if (change.attr_set == 0 && change.attr_clr == 0)
		return 0;
	if (mount_setattr(mount, "", AT_EMPTY_PATH | attributes.flags, &change, sizeof(change)) < 0)
		return fail(init, errno, "mount_setattr \"%s\"", where);
	return 0;
}

/* In order, as mount(8) does: "slave" and then "shared" is both. */
static int change_propagation(struct init *init, int mount, struct numbers propagation, const char *where)
{
	for (size_t index = 0; index < propagation.count; index++) {
		uint32_t flags = propagation.values[index];
		struct mount_attr change = { .propagation = flags & ~MS_REC };
		unsigned int how = AT_EMPTY_PATH | (flags & MS_REC ? AT_RECURSIVE : 0);
		if (mount_setattr(mount, "", how, &change, sizeof(change)) < 0)
			return fail(init, errno, "set the propagation of \"%s\"", where);
	}
	return 0;
}

int attach(struct init *init, int mount, int target, const char *where)
{
	if (move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fail(init, errno, "move_mount to \"%s\"", where);
	return 0;
}

int path_inside(struct init *init, int file, char *path)
{
	char link[64], root[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", init->rootfs);
	ssize_t root_length = readlink(link, root, sizeof(root));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	ssize_t length = readlink(link, path, PATH_MAX);
	if (root_length < 0 || length < 0)
		return fail(init, errno, "readlink \"%s\"", link);
	if (root_length == PATH_MAX || length == PATH_MAX)
		return fail(init, ENAMETOOLONG, "readlink \"%s\"", link);
	path[length] = '\0';
	if (root_length == 1)
		return 0;
	if (strncmp(path, root, root_length) != 0 || (path[root_length] != '/' && path[root_length] != '\0'))
		return fail(init, 0, "\"%s\" is outside of the root file system", path);
	memmove(path, path + root_length, length - root_length + 1);
	if (path[0] == '\0')
		strcpy(path, "/");
	return 0;
}

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);
	return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

int check_target(struct init *init, int target, const char *path)
{
	char found[PATH_MAX];
	if (path_inside(init, target, found) < 0)
		return -1;
	if (strcmp(found, path) != 0 && (is_below(found, "/proc") || strcmp(found, "/") == 0))
		return fail(init, 0, "mount on \"%s\": a symbolic link of the root file system leads to \"%s\"", path, found);
	return 0;
}

/* Returns 0, or -1 after fail(). */
static int mount_id(struct init *init, int file, uint64_t *id)
{
	struct statx status;
	if (statx(file, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &status) < 0)
		return fail(init, errno, "statx");
	*id = status.stx_mnt_id;
	return 0;
}

static int note_bind(struct init *init, int mount)
{
	uint64_t *binds = reallocarray(init->binds, init->binds_count + 1, sizeof(*binds));
	if (binds == NULL)
		return fail(init, errno, "reallocarray");
	init->binds = binds;
	return mount_id(init, mount, &binds[init->binds_count++]);
}

int is_on_bind(struct init *init, int file)
{
	uint64_t id;
	if (mount_id(init, file, &id) < 0)
		return -1;
	for (size_t index = 0; index < init->binds_count; index++)
		if (init->binds[index] == id)
			return 1;
	return 0;
}

/* The kernel's own words about the last failure of a file system context, without the leading "e ". */
static void context_message(int context, char *text, size_t size)
{
	ssize_t length = read(context, text, size - 1);
	text[length > 0 ? length : 0] = '\0';
	if (length > 2 && text[1] == ' ')
		memmove(text, text + 2, length - 1);
	text[strcspn(text, "\n")] = '\0';
}

static int fail_mount(struct init *init, int context, const struct step_mount *step, const char *what)
{
	int error = errno;
	char message[256];
	context_message(context, message, sizeof(message));
	return fail(init, error, "mount \"%s\" on \"%s\" type %s: %s%s%s", step->source, step->target, step->type, what,
		    message[0] == '\0' ? "" : ": ", message);
}

static int set_option(int context, const char *option)
{
	const char *equals = strchr(option, '=');
	if (equals == NULL)
		return fsconfig(context, FSCONFIG_SET_FLAG, option, NULL, 0);
	char key[256];
	size_t length = equals - option;
	if (length >= sizeof(key)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(key, option, length);
	key[length] = '\0';
	return fsconfig(context, FSCONFIG_SET_STRING, key, equals + 1, 0);
}

/* The builder is not in the pid namespace of the container. */
static int open_context(struct init *init, const char *type)
{
	return init->builds && strcmp(type, "proc") == 0 ? parked_procfs(init) : fsopen(type, FSOPEN_CLOEXEC);
}

/* The new file system, detached. `mode`: a further option, or NULL. */
static int make_filesystem(struct init *init, const struct step_mount *step, const char *mode)
{
	scoped_fd context = open_context(init, step->type);
	if (context < 0)
		return fail(init, errno, "mount \"%s\" on \"%s\" type %s", step->source, step->target, step->type);
	if (step->source[0] != '\0' && fsconfig(context, FSCONFIG_SET_STRING, "source", step->source, 0) < 0)
		return fail_mount(init, context, step, "source");
	for (const char *const *option = step->options; *option != NULL; option++)
		if (set_option(context, *option) < 0)
			return fail_mount(init, context, step, *option);
	if (mode != NULL && set_option(context, mode) < 0)
		return fail_mount(init, context, step, mode);
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fail_mount(init, context, step, "create");
	int mount = fsmount(context, FSMOUNT_CLOEXEC, step->attributes);
	return mount < 0 ? fail_mount(init, context, step, "fsmount") : mount;
}

int new_filesystem(struct init *init, const char *type, const char *const *options, uint64_t attributes)
{
	static const char *const none[] = { NULL };
	struct step_mount step = {
		.source = type, .target = "", .type = type, .options = options == NULL ? none : options, .attributes = attributes
	};
	return make_filesystem(init, &step, NULL);
}

/* Opens the directory that a mount will hide: -1 with errno 0 when there is none, or when nothing is taken from it. */
static int open_hidden(struct init *init, const struct step_mount *step)
{
	if (!step->keep_mode && !step->copy_up) {
		errno = 0;
		return -1;
	}
	int below = open_inside(init->rootfs, step->target, O_DIRECTORY, 0);
	if (below < 0 && errno == ENOENT)
		errno = 0;
	return below;
}

/* The words for it are runc's. */
static int fail_target(struct init *init, const struct step_mount *step)
{
	int error = errno;
	if (step->strict && (error == ELOOP || error == ENOTDIR))
		return fail(init, error, "mount \"%s\" on \"%s\" type %s: filesystem \"%s\" must be mounted on ordinary directory",
			    step->source, step->target, step->type, step->type);
	return fail(init, error, "open \"%s\" in the root file system", step->target);
}

/* What is mounted on the root becomes the root: later paths are looked up in it. */
static int take_root(struct init *init, int mount, const char *target)
{
	if (strcmp(target, "/") != 0)
		return 0;
	return dup3(mount, init->rootfs, O_CLOEXEC) < 0 ? fail(init, errno, "dup3") : 0;
}

int run_mount(struct init *init, const struct step_mount *step)
{
	char mode[sizeof("mode=7777")] = "";
	struct stat status;
	scoped_fd below = open_hidden(init, step);
	if (below < 0 && errno != 0)
		return fail(init, errno, "open \"%s\" in the root file system", step->target);
	if (below >= 0 && fstat(below, &status) < 0)
		return fail(init, errno, "stat \"%s\"", step->target);
	if (below >= 0 && step->keep_mode)
		snprintf(mode, sizeof(mode), "mode=%o", status.st_mode & 07777);
	scoped_fd mount = make_filesystem(init, step, mode[0] == '\0' ? NULL : mode);
	if (mount < 0)
		return -1;
	if (below >= 0 && step->copy_up && copy_contents(below, mount) < 0)
		return fail(init, errno, "copy what is in \"%s\"", step->target);
	scoped_fd target =
		make_directory_inside(init->rootfs, step->target, step->strict ? RESOLVE_NO_SYMLINKS : 0);
	if (target < 0)
		return fail_target(init, step);
	if (check_target(init, target, step->target) < 0 || attach(init, mount, target, step->target) < 0 ||
	    take_root(init, mount, step->target) < 0)
		return -1;
	return change_propagation(init, mount, step->propagation, step->target);
}

int run_mount_flags(struct init *init, const struct step_mount_flags *step)
{
	bool again = step->flags & MS_REMOUNT;
	if (init->builds && !again && strcmp(step->type, "proc") == 0)
		return fail(init, 0, "mount \"%s\" on \"%s\" type proc: in the pid namespace of another container it takes no such option",
			    step->source, step->target);
	scoped_fd target = again ? open_inside(init->rootfs, step->target, O_PATH, 0)
				 : make_directory_inside(init->rootfs, step->target, 0);
	if (target < 0)
		return fail(init, errno, "open \"%s\" in the root file system", step->target);
	if (!again && strcmp(step->target, "/") == 0)
		return fail(init, 0, "mount \"%s\" on \"/\" type %s: with these options it cannot be the root", step->source, step->type);
	if (!again && check_target(init, target, step->target) < 0)
		return -1;
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", target);
	if (mount(step->source, path, step->type, step->flags, step->options) < 0)
		return fail(init, errno, "mount \"%s\" on \"%s\" type %s", step->source, step->target, step->type);
	scoped_fd mounted = open_inside(init->rootfs, step->target, O_PATH, 0);
	if (mounted < 0)
		return fail(init, errno, "open \"%s\"", step->target);
	if (!again && (step->flags & MS_BIND) && note_bind(init, mounted) < 0)
		return -1;
	return change_propagation(init, mounted, step->propagation, step->target);
}

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

int run_set_attributes(struct init *init, const struct step_set_attributes *step)
{
	scoped_fd mount = open_inside(init->rootfs, step->target, O_PATH, 0);
	if (mount < 0)
		return fail(init, errno, "open \"%s\" in the root file system", step->target);
	return change_attributes(init, mount, (struct attributes){ .set = step->set, .clear = step->clear },
				 step->target);
}
