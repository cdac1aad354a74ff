/* Labels of the program (config.md#linux-process): written to the kernel's own files, whatever the container has at /proc. */
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

int run_open_attribute(struct init *init, const struct step_open_attribute *step)
{
	scoped_fd directory = open("/proc/thread-self/attr", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs filesystem;
	if (directory < 0 || fstatfs(directory, &filesystem) < 0)
		return fail(init, errno, "open \"/proc/thread-self/attr\"");
	if (filesystem.f_type != PROC_SUPER_MAGIC)
		return fail(init, 0, "\"/proc\" is no procfs");
	scoped_fd file = openat(directory, step->name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0)
		return fail(init, errno, "open \"/proc/thread-self/attr/%s\"", step->name);
	return fill_slot(init, step->slot, file);
}

int run_label(struct init *init, const struct step_label *step)
{
	int file = slot_fd(init, step->slot);
	if (file < 0)
		return -1;
	size_t length = strlen(step->text);
	if (write(file, step->text, length) != (ssize_t)length)
		return fail(init, errno, "write \"%s\" to `/proc/thread-self/attr/exec`", step->text);
	return release_slot(init, step->slot);
}
