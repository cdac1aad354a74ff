/* New file systems inside the root, through fds from the first lookup to the last (fsopen(2), mount(2)). */
#include "copy.h"
#include "mount.h"
#include "park.h"
#include "path.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

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

int run_set_attributes(struct init *init, const struct step_set_attributes *step)
{
	scoped_fd mount = open_inside(init->rootfs, step->target, O_PATH, 0);
	if (mount < 0)
		return fail(init, errno, "open \"%s\" in the root file system", step->target);
	return change_attributes(init, mount, (struct attributes){ .set = step->set, .clear = step->clear },
				 step->target);
}
