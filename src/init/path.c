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

/* As many links as the kernel follows (path_resolution(7)); how often one name may be exchanged meanwhile. */
enum { LINKS_MAX = 40, TRIES_MAX = 1000 };

/* A walk from the root: `resolved` is free of links, "." and ".."; `rest` is still to come. */
struct walk {
	int root;
	uint64_t resolve;
	bool file;
	/* A link at the end of the path is what is looked for. */
	bool keep_link;
	int links;
	char resolved[PATH_MAX];
	char rest[PATH_MAX];
};

/* Puts what a link says before the rest. */
static bool follow(struct walk *walk, int link)
{
	char target[PATH_MAX], rest[PATH_MAX];
	if (walk->resolve & RESOLVE_NO_SYMLINKS || ++walk->links > LINKS_MAX) {
		errno = ELOOP;
		return false;
	}
	ssize_t length = readlinkat(link, "", target, sizeof(target));
	if (length < 0)
		return false;
	size_t more = strlen(walk->rest);
	if ((size_t)length + 1 + more >= sizeof(rest)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(rest, target, length);
	rest[length] = '/';
	memcpy(rest + length + 1, walk->rest, more + 1);
	if (length > 0 && target[0] == '/')
		walk->resolved[0] = '\0';
	strcpy(walk->rest, rest);
	return true;
}

/* Takes the next name of the rest; false at the end. */
static bool next_name(struct walk *walk, char *name)
{
	char *at = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(at, "/");
	memcpy(name, at, length);
	name[length] = '\0';
	at += length;
	at += strspn(at, "/");
	memmove(walk->rest, at, strlen(at) + 1);
	return length > 0;
}

static int open_resolved(const struct walk *walk, int flags)
{
	return open_inside(walk->root, walk->resolved[0] == '\0' ? "/" : walk->resolved, O_PATH | flags, walk->resolve);
}

/* Opens a name in a directory, made where missing. Somebody else may make or remove it at the same time. */
static int open_or_make(const struct walk *walk, int parent, const char *name, bool file)
{
	for (int tries = 0; tries < TRIES_MAX; tries++) {
		int found = open_resolved(walk, O_NOFOLLOW);
		if (found >= 0 || errno != ENOENT)
			return found;
		scoped_fd made = file ? openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644) : -1;
		if ((file ? made : mkdirat(parent, name, 0755)) < 0 && errno != EEXIST)
			return -1;
	}
	return -1;
}

/* One name further. Returns the fd of what is there, or -1 (errno). */
static int step_inside(struct walk *walk, int parent, const char *name)
{
	size_t length = strlen(walk->resolved);
	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(walk->resolved, '/');
		if (slash != NULL)
			*slash = '\0';
		return open_resolved(walk, O_DIRECTORY);
	}
	if (strcmp(name, ".") == 0)
		return open_resolved(walk, O_DIRECTORY);
	if (length + 1 + strlen(name) >= sizeof(walk->resolved)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	walk->resolved[length] = '/';
	strcpy(walk->resolved + length + 1, name);
	bool last = walk->rest[0] == '\0';
	scoped_fd found = open_or_make(walk, parent, name, walk->file && last);
	struct stat status;
	if (found < 0 || fstat(found, &status) < 0)
		return -1;
	if (!S_ISLNK(status.st_mode) || (walk->keep_link && last))
		return fcntl(found, F_DUPFD_CLOEXEC, 0);
	walk->resolved[length] = '\0';
	return follow(walk, found) ? open_resolved(walk, O_DIRECTORY) : -1;
}

/*
 * Makes what is missing of a path: the targets of links that dangle too, inside the root. The last part becomes a file or a
 * directory. Every name is opened below the root again, so that nothing that is exchanged meanwhile leads out.
 */
static int make_inside(struct walk *walk, const char *path)
{
	char name[PATH_MAX];
	if (strlen(path) >= sizeof(walk->rest)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(walk->rest, path);
	int parent = open_resolved(walk, O_DIRECTORY);
	while (parent >= 0 && next_name(walk, name)) {
		int next = step_inside(walk, parent, name);
		int error = errno;
		close(parent);
		errno = error;
		parent = next;
	}
	return parent;
}

int make_directory_inside(int root, const char *path, uint64_t resolve)
{
	int fd = open_inside(root, path, O_PATH | O_DIRECTORY, resolve);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	struct walk walk = { .root = root, .resolve = resolve };
	scoped_fd made = make_inside(&walk, path);
	return made < 0 ? -1 : open_inside(made, "/", O_PATH | O_DIRECTORY, 0);
}

int make_place_inside(int root, const char *path, bool directory, int flags)
{
	if (directory && !(flags & O_NOFOLLOW))
		return make_directory_inside(root, path, 0);
	int fd = open_inside(root, path, O_PATH | flags, 0);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	struct walk walk = { .root = root, .file = !directory, .keep_link = flags & O_NOFOLLOW };
	return make_inside(&walk, path);
}

int make_file_inside(int root, const char *path)
{
	return make_place_inside(root, path, false, 0);
}

/* The directory of a path, and its last name. Returns 0, or -1 (errno) where there is no such name. */
static int split(const char *path, char directory[PATH_MAX], const char **name)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash == NULL ? 0 : (size_t)(slash - path);
	if (length >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(directory, path, length);
	strcpy(directory + length, length == 0 ? "/" : "");
	*name = slash == NULL ? path : slash + 1;
	if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

int open_parent_inside(int root, const char *path, const char **name)
{
	char directory[PATH_MAX];
	return split(path, directory, name) < 0 ? -1 : make_directory_inside(root, directory, 0);
}

int open_present_parent_inside(int root, const char *path, const char **name)
{
	char directory[PATH_MAX];
	return split(path, directory, name) < 0 ? -1 : open_inside(root, directory, O_PATH | O_DIRECTORY, 0);
}
