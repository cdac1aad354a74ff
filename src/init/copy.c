/* Fills a new file system with what it will hide (`tmpcopyup`): files, directories, links and nodes with owner, mode, times. */
#include "copy.h"
#include "directory.h"
#include "init.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* One entry: the directories it is and will be in, and what it is. */
struct entry {
	int from;
	int to;
	const char *name;
	struct stat status;
};

static int copy_bytes(int from, int to, off_t size)
{
	for (off_t done = 0; done < size;) {
		ssize_t count = sendfile(to, from, &done, size - done);
		if (count == 0)
			break;
		if (count < 0)
			return -1;
	}
	return 0;
}

/* All that the new file system can hold: user attributes came to tmpfs with Linux 6.6. */
static int copy_attributes(int from, int to)
{
	char names[XATTR_LIST_MAX];
	ssize_t length = flistxattr(from, names, sizeof(names));
	if (length < 0)
		return errno == EOPNOTSUPP ? 0 : -1;
	char *value = malloc(XATTR_SIZE_MAX);
	int done = value == NULL ? -1 : 0;
	for (const char *name = names; done == 0 && name < names + length; name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, value, XATTR_SIZE_MAX);
		if (size < 0 || (fsetxattr(to, name, value, size, 0) < 0 && errno != EOPNOTSUPP))
			done = -1;
	}
	free(value);
	return done;
}

/* The owner first: a change of owner takes set-user-ID bits and file capabilities away. */
static int copy_status(const struct entry *entry)
{
	const struct stat *status = &entry->status;
	const struct timespec times[] = { status->st_atim, status->st_mtim };
	if (fchownat(entry->to, entry->name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	if (!S_ISLNK(status->st_mode) && fchmodat(entry->to, entry->name, status->st_mode & 07777, 0) < 0)
		return -1;
	return utimensat(entry->to, entry->name, times, AT_SYMLINK_NOFOLLOW);
}

static int copy_file(const struct entry *entry)
{
	scoped_fd from = openat(entry->from, entry->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	scoped_fd to = openat(entry->to, entry->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (from < 0 || to < 0 || copy_bytes(from, to, entry->status.st_size) < 0 || copy_status(entry) < 0)
		return -1;
	return copy_attributes(from, to);
}

static int copy_link(const struct entry *entry)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(entry->from, entry->name, target, sizeof(target) - 1);
	if (length < 0)
		return -1;
	target[length] = '\0';
	return symlinkat(target, entry->to, entry->name) < 0 ? -1 : copy_status(entry);
}

static int copy_directory(const struct entry *entry)
{
	if (mkdirat(entry->to, entry->name, 0700) < 0)
		return -1;
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	scoped_fd from = openat(entry->from, entry->name, flags);
	scoped_fd to = openat(entry->to, entry->name, flags);
	if (from < 0 || to < 0 || copy_contents(from, to) < 0 || copy_attributes(from, to) < 0)
		return -1;
	/* Last: what is made inside changes its times. */
	return copy_status(entry);
}

static int copy_entry(const struct entry *entry)
{
	switch (entry->status.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(entry);
	case S_IFDIR:
		return copy_directory(entry);
	case S_IFLNK:
		return copy_link(entry);
	default:
		if (mknodat(entry->to, entry->name, entry->status.st_mode, entry->status.st_rdev) < 0)
			return -1;
		return copy_status(entry);
	}
}

static int copy_name(int from, const char *name, const void *to)
{
	struct entry entry = { .from = from, .to = *(const int *)to, .name = name };
	return fstatat(from, name, &entry.status, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : copy_entry(&entry);
}

int copy_contents(int from, int to)
{
	return each_name(from, copy_name, &to);
}
