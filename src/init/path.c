#include "path.h"
#include "init.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int open_inside(int root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve };
	int fd;
	/* EAGAIN: something was renamed meanwhile. */
	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd < 0 && (errno == EAGAIN || errno == EINTR));
	return fd;
}

/* Whether an fd is a file of a kind; errno is 0 when it is of another one. */
static bool is_of_kind(int fd, bool (*is)(const struct stat *), struct stat *status)
{
	if (fd < 0 || fstat(fd, status) < 0)
		return false;
	errno = 0;
	return is(status);
}

int open_checked(int root, const char *path, int flags, uint64_t resolve, bool (*is)(const struct stat *))
{
	struct stat before, after;
	scoped_fd place = open_inside(root, path, O_PATH, resolve);
	if (!is_of_kind(place, is, &before))
		return -1;
	int fd = open_inside(root, path, flags, resolve);
	if (is_of_kind(fd, is, &after) && before.st_dev == after.st_dev && before.st_ino == after.st_ino)
		return fd;
	int error = fd < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

/* Makes the directories of a path one by one, each below the one that was opened before. */
static int make_each(int root, const char *path, uint64_t resolve)
{
	char prefix[PATH_MAX];
	size_t length = strlen(path);
	if (length >= sizeof(prefix)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int parent = open_inside(root, "/", O_PATH | O_DIRECTORY, 0);
	size_t at = 0;
	while (parent >= 0) {
		at += strspn(path + at, "/");
		if (path[at] == '\0')
			return parent;
		size_t name = at;
		at += strcspn(path + at, "/");
		memcpy(prefix, path, at);
		prefix[at] = '\0';
		int next = open_inside(root, prefix, O_PATH | O_DIRECTORY, resolve);
		if (next < 0 && errno == ENOENT && mkdirat(parent, prefix + name, 0755) == 0)
			next = open_inside(root, prefix, O_PATH | O_DIRECTORY, resolve);
		int error = errno;
		close(parent);
		errno = error;
		parent = next;
	}
	return -1;
}

int make_directory_inside(int root, const char *path, uint64_t resolve)
{
	int fd = open_inside(root, path, O_PATH | O_DIRECTORY, resolve);
	return fd < 0 && errno == ENOENT ? make_each(root, path, resolve) : fd;
}

int open_parent_inside(int root, const char *path, const char **name)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash == NULL ? 0 : (size_t)(slash - path);
	if (length >= sizeof(directory)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(directory, path, length);
	directory[length] = '\0';
	*name = slash == NULL ? path : slash + 1;
	if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
		errno = EINVAL;
		return -1;
	}
	return make_directory_inside(root, length == 0 ? "/" : directory, 0);
}

int make_file_inside(int root, const char *path)
{
	int fd = open_inside(root, path, O_PATH, 0);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	const char *name;
	scoped_fd parent = open_parent_inside(root, path, &name);
	if (parent < 0)
		return -1;
	scoped_fd made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (made < 0)
		return -1;
	return open_inside(root, path, O_PATH, 0);
}
