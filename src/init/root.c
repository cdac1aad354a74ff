/* The root of the container: bound, opened, and made the root of the mount namespace (pivot_root(2)). */
#include "mount.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int run_root_propagation(struct init *init, const struct step_root_propagation *step)
{
	if (mount(NULL, "/", NULL, step->flags, NULL) == 0)
		return 0;
	/* Nor would pivot_root(2) work there. */
	return fail(init, errno, "set the propagation of \"/\"%s", errno == EINVAL ? CHROOTED : "");
}

int run_private_parent(struct init *init, const struct step_private_parent *step)
{
	char *directory = strdup(step->path);
	if (directory == NULL)
		return fail(init, errno, "strdup");
	int done;
	while ((done = mount(NULL, directory, NULL, MS_PRIVATE, NULL)) < 0 && errno == EINVAL) {
		/* EINVAL: no mount point; the one above may be. */
		char *slash = strrchr(directory, '/');
		if (slash == NULL || directory[1] == '\0')
			break;
		slash[slash == directory ? 1 : 0] = '\0';
	}
	int error = errno;
	free(directory);
	/* EACCES: attachRootfs will take another place. */
	return done < 0 && error != EACCES ? fail(init, error, "make the mount of \"%s\" private", step->path) : 0;
}

/*
 * The root of a user namespace may be kept from the path. Then the tree goes where nobody can see it, on top of "/":
 * createContainer hooks miss its mounts there, the container misses nothing.
 */
static int open_place(struct init *init, const char *path)
{
	int place = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place >= 0 || errno != EACCES)
		return place < 0 ? fail(init, errno, "open \"%s\"", path) : place;
	if (mount(NULL, "/", NULL, MS_PRIVATE, NULL) < 0)
		return fail(init, errno, "make \"/\" private");
	place = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return place < 0 ? fail(init, errno, "open \"/\"") : place;
}

int run_open_root(struct init *init, const struct step_open_root *step)
{
	init->rootfs = open(step->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return init->rootfs < 0 ? fail(init, errno, "open \"%s\"", step->path) : 0;
}

int run_attach_rootfs(struct init *init, const struct step_attach_rootfs *step)
{
	int tree = slot_fd(init, step->slot);
	if (tree < 0)
		return -1;
	scoped_fd place = open_place(init, step->path);
	if (place < 0 || attach(init, tree, place, step->path) < 0)
		return -1;
	init->rootfs = fcntl(tree, F_DUPFD_CLOEXEC, 0);
	return init->rootfs < 0 ? fail(init, errno, "fcntl F_DUPFD_CLOEXEC") : 0;
}

/* From here on "/" is the container's; its fd stays the way to it. */
static int enter_root(struct init *init)
{
	return chdir("/") < 0 ? fail(init, errno, "chdir \"/\"") : 0;
}

static int enter_working_directory(struct init *init)
{
	return chroot(".") < 0 ? fail(init, errno, "chroot") : enter_root(init);
}

int run_pivot_root(struct init *init, const struct step_pivot_root *step)
{
	(void)step;
	if (fchdir(init->rootfs) < 0)
		return fail(init, errno, "fchdir to the root file system");
	scoped_fd old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (old_root < 0)
		return fail(init, errno, "open \"/\"");
	/* The old root ends up on top of the new one, and is taken off there: no directory for it is needed. */
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return fail(init, errno, "pivot_root");
	if (fchdir(old_root) < 0)
		return fail(init, errno, "fchdir to the old root");
	/* A slave: taking it apart must not reach the host. */
	if (mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail(init, errno, "make the old root a slave");
	if (umount2(".", MNT_DETACH) < 0)
		return fail(init, errno, "unmount the old root");
	return enter_root(init);
}

static void free_text(char **text)
{
	free(*text);
}

/* The next field of a line of mountinfo, unescaped in place (proc(5)); NULL at its end. */
static char *next_field(char **line)
{
	char *field = strsep(line, " ");
	char *to = field;
	for (char *from = field; from != NULL && *from != '\0'; to++) {
		unsigned int code;
		bool escaped = from[0] == '\\' && sscanf(from + 1, "%3o", &code) == 1;
		*to = escaped ? (char)code : *from;
		from += escaped ? 4 : 1;
	}
	if (to != NULL)
		*to = '\0';
	return field;
}

/* Takes a file system of the host away, or where that is not permitted covers it. */
static int take_away(struct init *init, const char *path)
{
	if (mount(NULL, path, NULL, MS_PRIVATE | MS_REC, NULL) == 0 && umount2(path, MNT_DETACH) == 0)
		return 0;
	/* In a user namespace mounts of the host are locked. */
	if (errno != EINVAL && errno != EPERM)
		return fail(init, errno, "unmount \"%s\" of the host", path);
	if (mount("tmpfs", path, "tmpfs", MS_RDONLY, "size=0") < 0)
		return fail(init, errno, "cover \"%s\" of the host", path);
	return 0;
}

/* Every whole procfs and sysfs outside of the root: where one is in sight, a user namespace may mount another, without masks. */
static int take_away_procfs(struct init *init, const char *rootfs, FILE *mounts)
{
	__attribute__((cleanup(free_text))) char *text = NULL;
	size_t size = 0, length = strlen(rootfs);
	while (getline(&text, &size, mounts) >= 0) {
		char *line = text, *type = strstr(text, " - ");
		if (type == NULL)
			continue;
		for (int skipped = 0; skipped < 3; skipped++)
			next_field(&line);
		const char *root = next_field(&line), *path = next_field(&line);
		bool kind = strncmp(type, " - proc ", 8) == 0 || strncmp(type, " - sysfs ", 9) == 0;
		bool inside = strncmp(path, rootfs, length) == 0 && (path[length] == '/' || path[length] == '\0');
		if (kind && !inside && strcmp(root, "/") == 0 && take_away(init, path) < 0)
			return -1;
	}
	return 0;
}

int run_move_root(struct init *init, const struct step_move_root *step)
{
	(void)step;
	char rootfs[PATH_MAX];
	if (fchdir(init->rootfs) < 0)
		return fail(init, errno, "fchdir to the root file system");
	if (getcwd(rootfs, sizeof(rootfs)) == NULL)
		return fail(init, errno, "getcwd");
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	if (mounts == NULL)
		return fail(init, errno, "open \"/proc/self/mountinfo\"");
	int done = take_away_procfs(init, rootfs, mounts);
	fclose(mounts);
	if (done < 0)
		return -1;
	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return fail(init, errno, "move the root file system to \"/\"");
	return enter_working_directory(init);
}

int run_change_root(struct init *init, const struct step_change_root *step)
{
	int root = step->slot == 0 ? init->rootfs : slot_fd(init, step->slot);
	if (root < 0)
		return -1;
	if (fchdir(root) < 0)
		return fail(init, errno, "fchdir to the root file system");
	return enter_working_directory(init);
}
