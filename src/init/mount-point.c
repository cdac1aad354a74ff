/* What is done with any mount: attributes, propagation, the place it is attached to (mount_setattr(2), move_mount(2)). */
#include "mount.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
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

int change_propagation(struct init *init, int mount, struct numbers propagation, const char *where)
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

int note_bind(struct init *init, int mount)
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

int take_root(struct init *init, int mount, const char *target)
{
	if (strcmp(target, "/") != 0)
		return 0;
	return dup3(mount, init->rootfs, O_CLOEXEC) < 0 ? fail(init, errno, "dup3") : 0;
}
