#include "tree.h"
#include "directory.h"
#include "init.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * A set of 64-bit marks: of a directory by its inode, of everything else by that of its directory and its name. Two names with
 * one mark could only make an image keep a file that it removes. 0 is a free place.
 */
static struct {
	uint64_t *marks;
	size_t size;
	size_t count;
} touched;

static uint64_t mark_of(ino_t inode, const char *name)
{
	uint64_t mark = 0xcbf29ce484222325;
	for (size_t at = 0; at < sizeof(inode); at++)
		mark = (mark ^ (inode >> (8 * at) & 0xff)) * 0x100000001b3;
	for (; *name != '\0'; name++)
		mark = (mark ^ (unsigned char)*name) * 0x100000001b3;
	return mark == 0 ? 1 : mark;
}

static uint64_t *place_of(uint64_t *marks, size_t size, uint64_t mark)
{
	size_t at = mark % size;
	while (marks[at] != 0 && marks[at] != mark)
		at = (at + 1) % size;
	return &marks[at];
}

static bool is_marked(uint64_t mark)
{
	return touched.size > 0 && *place_of(touched.marks, touched.size, mark) != 0;
}

static int grow(void)
{
	size_t size = touched.size == 0 ? 1024 : 2 * touched.size;
	uint64_t *marks = calloc(size, sizeof(*marks));
	if (marks == NULL)
		return -1;
	for (size_t at = 0; at < touched.size; at++)
		if (touched.marks[at] != 0)
			*place_of(marks, size, touched.marks[at]) = touched.marks[at];
	free(touched.marks);
	touched.marks = marks;
	touched.size = size;
	return 0;
}

static int add_mark(uint64_t mark)
{
	if (2 * touched.count >= touched.size && grow() < 0)
		return -1;
	uint64_t *place = place_of(touched.marks, touched.size, mark);
	touched.count += *place == 0;
	*place = mark;
	return 0;
}

void forget_touched(void)
{
	free(touched.marks);
	memset(&touched, 0, sizeof(touched));
}

/* The directory, and those above it up to the root. */
static int touch_directory(int directory)
{
	struct stat status;
	scoped_fd above = -1;
	for (int at = directory;;) {
		if (fstat(at, &status) < 0)
			return -1;
		uint64_t mark = mark_of(status.st_ino, "");
		/* Then those above it are marked too. */
		if (is_marked(mark))
			return 0;
		if (add_mark(mark) < 0)
			return -1;
		int next = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return -1;
		if (above >= 0)
			close(above);
		at = above = next;
	}
}

int touch(int parent, const char *name)
{
	struct stat status, entry;
	if (touch_directory(parent) < 0 || fstat(parent, &status) < 0 ||
	    fstatat(parent, name, &entry, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return add_mark(S_ISDIR(entry.st_mode) ? mark_of(entry.st_ino, "") : mark_of(status.st_ino, name));
}

/* Deeper directories are moved up to be removed there, so that the fds suffice however deep an image goes. */
#define DEEPEST 64

/* How many were moved up, and how many of them are removed. */
static struct {
	unsigned int made;
	unsigned int removed;
} moved;

static void name_moved(char name[32], unsigned int number)
{
	/* No entry of a layer has such a name: it would be a whiteout. */
	snprintf(name, 32, ".wh..removed-%u", number);
}

static int move_up(int parent, const char *name, int top)
{
	char place[32];
	name_moved(place, moved.made++);
	return renameat(parent, name, top, place);
}

/* Where a tree is removed: the directory that deeper ones are moved up to, and how deep the names at hand are below it. */
struct removal {
	int top;
	int depth;
};

static int remove_below(int parent, const char *name, const void *context)
{
	const struct removal *removal = context;
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -1;
	if (removal->depth > DEEPEST)
		return move_up(parent, name, removal->top);
	scoped_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct removal deeper = { .top = removal->top, .depth = removal->depth + 1 };
	if (fd < 0 || each_name(fd, remove_below, &deeper) < 0)
		return -1;
	return unlinkat(parent, name, AT_REMOVEDIR);
}

int remove_tree(int parent, const char *name)
{
	struct removal removal = { .top = parent };
	int done = remove_below(parent, name, &removal);
	while (done == 0 && moved.removed < moved.made) {
		char place[32];
		name_moved(place, moved.removed++);
		done = remove_below(parent, place, &removal);
	}
	return done;
}

int remove_untouched(int parent, const char *name)
{
	struct stat status, entry;
	if (fstatat(parent, name, &entry, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(parent, &status) < 0)
		return -1;
	if (!S_ISDIR(entry.st_mode))
		return is_marked(mark_of(status.st_ino, name)) ? 0 : remove_tree(parent, name);
	if (!is_marked(mark_of(entry.st_ino, "")))
		return remove_tree(parent, name);
	scoped_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -1 : remove_untouched_in(fd);
}

static int remove_untouched_name(int parent, const char *name, const void *context)
{
	(void)context;
	return remove_untouched(parent, name);
}

int remove_untouched_in(int directory)
{
	return each_name(directory, remove_untouched_name, NULL);
}
