/* Further names of what layers made, and what they take away: hard links and whiteouts (image-spec, layer.md). */
#include "path.h"
#include "protocol.h"
#include "tree.h"
#include "unpack.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
