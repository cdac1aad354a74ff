/* The terminal of a process (config.md#process): a pseudo-terminal of the container's devpts, its other end sent to whoever asked. */
#include "mount.h"
#include "path.h"
#include "protocol.h"
#include "relay.h"
#include "send-fd.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PTMX "/dev/pts/ptmx"
#define PTMX_DEVICE makedev(5, 2)

static bool is_multiplexer(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && status->st_rdev == PTMX_DEVICE;
}

/* Whatever the image put there: it is the multiplexer of a devpts, or nothing is opened through it. */
static int open_master(struct init *init)
{
	struct statfs filesystem;
	int master = open_checked(init->rootfs, PTMX, O_RDWR | O_NOCTTY, RESOLVE_NO_SYMLINKS, is_multiplexer);
	if (master < 0 && errno != 0)
		return fail(init, errno, "open \"" PTMX "\": a terminal needs a devpts at /dev/pts in /mounts");
	if (master >= 0 && fstatfs(master, &filesystem) == 0 && filesystem.f_type == DEVPTS_SUPER_MAGIC)
		return master;
	if (master >= 0)
		close(master);
	return fail(init, 0, "\"" PTMX "\" is not that of a devpts");
}

/* The other end, through the master and not through a path that the container could change. */
static int open_slave(struct init *init, int master)
{
	int locked = 0;
	if (ioctl(master, TIOCSPTLCK, &locked) < 0)
		return fail(init, errno, "unlock the pseudo-terminal");
	int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return slave < 0 ? fail(init, errno, "open the pseudo-terminal") : slave;
}

int run_terminal(struct init *init, const struct step_terminal *step)
{
	int socket = slot_fd(init, step->slot);
	if (socket < 0)
		return -1;
	scoped_fd master = open_master(init);
	if (master < 0)
		return -1;
	scoped_fd slave = open_slave(init, master);
	if (slave < 0)
		return -1;
	struct winsize size = { .ws_col = step->width, .ws_row = step->height };
	if ((size.ws_col != 0 || size.ws_row != 0) && ioctl(slave, TIOCSWINSZ, &size) < 0)
		return fail(init, errno, "set the size of the terminal");
	if (init->relay != NULL && relay_adopt(init->relay, master) < 0)
		return fail(init, errno, "adopt the terminal");
	if (send_fd(socket, PTMX, master) < 0)
		return fail(init, errno, "send the terminal");
	if (release_slot(init, step->slot) < 0)
		return -1;
	for (int fd = 0; fd <= 2; fd++)
		if (move_fd(init, slave, fd) < 0)
			return -1;
	return 0;
}

int run_controlling_terminal(struct init *init, const struct step_controlling_terminal *step)
{
	(void)step;
	return ioctl(0, TIOCSCTTY, 0) < 0 ? fail(init, errno, "make the terminal the controlling one") : 0;
}

/* The terminal of the first process, for all others (config-linux.md#default-devices). */
int run_console(struct init *init, const struct step_console *step)
{
	(void)step;
	scoped_fd target = make_file_inside(init->rootfs, "/dev/console");
	if (target < 0)
		return fail(init, errno, "open \"/dev/console\" in the root file system");
	scoped_fd mount = open_tree(0, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (mount < 0)
		return fail(init, errno, "open_tree the terminal");
	return attach(init, mount, target, "/dev/console");
}
