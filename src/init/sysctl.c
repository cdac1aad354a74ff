/* Kernel parameters of the container's namespaces (config-linux.md#sysctl). */
#include "mount.h"
#include "path.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

int run_sysctl(struct init *init, const struct step_sysctl *step)
{
	/* A procfs that nothing is mounted over: no image can lead the write elsewhere (CVE-2025-52881). */
	scoped_fd proc = new_filesystem(init, "proc", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (proc < 0)
		return -1;
	scoped_fd file = open_inside(proc, step->path, O_WRONLY, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	if (file < 0)
		return fail(init, errno, "open \"/proc/%s\"", step->path);
	size_t length = strlen(step->value);
	if (write(file, step->value, length) != (ssize_t)length)
		return fail(init, errno, "write \"%s\" to \"/proc/%s\"", step->value, step->path);
	return 0;
}
