/* The place of an entry of an image: its directory, and what is there before. */
#include "path.h"
#include "protocol.h"
#include "tree.h"
#include "unpack.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int find_place(struct init *init, const char *path, struct place *place)
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

int leave_place(struct init *init, struct place *place, const char *path)
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

int make_room(const struct place *place, bool directory)
{
	struct stat status;
	if (fstatat(place->parent, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	return directory && S_ISDIR(status.st_mode) ? 0 : remove_tree(place->parent, place->name);
}
