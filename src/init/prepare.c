/* The prepare stage: still in the host's namespaces and with its credentials, it opens what the container process needs. */
#include "mount.h"
#include "protocol.h"
#include "socket-address.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Read-write: no open of either side ever waits for the other. */
static int make_fifo(struct init *init, const char *path, uint32_t slot)
{
	if (mkfifo(path, 0600) < 0)
		return fail(init, errno, "mkfifo \"%s\"", path);
	scoped_fd fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? fail(init, errno, "open \"%s\"", path) : fill_slot(init, slot, fd);
}

int run_fifos(struct init *init, const struct step_fifos *step)
{
	if (make_fifo(init, step->start, step->start_slot) < 0)
		return -1;
	return make_fifo(init, step->result, step->result_slot);
}

int run_connect_socket(struct init *init, const struct step_connect_socket *step)
{
	scoped_fd fd = open_socket(SOCK_STREAM, step->path, connect);
	return fd < 0 ? fail(init, errno, "connect to \"%s\"", step->path) : fill_slot(init, step->slot, fd);
}

int run_open_directory(struct init *init, const struct step_open_directory *step)
{
	scoped_fd fd = open(step->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? fail(init, errno, "open \"%s\"", step->path) : fill_slot(init, step->slot, fd);
}

int run_open_log(struct init *init, const struct step_open_log *step)
{
	scoped_fd fd = open(step->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return fd < 0 ? fail(init, errno, "open \"%s\"", step->path) : fill_slot(init, step->slot, fd);
}

int run_slave_mounts(struct init *init, const struct step_slave_mounts *step)
{
	(void)step;
	if (unshare(CLONE_NEWNS) < 0)
		return fail(init, errno, "unshare CLONE_NEWNS");
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail(init, errno, "make every mount a slave%s", errno == EINVAL ? CHROOTED : "");
	return 0;
}

/* A node on a file system of the initial user namespace works in every other; one that is made there does not. */
static int make_node(struct init *init, int directory, const struct step_open_node *step)
{
	if (mknodat(directory, "node", step->type | step->mode, makedev(step->major, step->minor)) < 0)
		return fail(init, errno, "mknod");
	if (fchownat(directory, "node", step->uid, step->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(init, errno, "chown");
	scoped_fd node = open_tree(directory, "node", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return node < 0 ? fail(init, errno, "open_tree") : fill_slot(init, step->slot, node);
}

int run_open_node(struct init *init, const struct step_open_node *step)
{
	scoped_fd directory = new_filesystem(init, "tmpfs", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	/* Attached, because not every kernel clones what is detached; on "/", where no path leads to it. */
	scoped_fd root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -1;
	if (root < 0)
		return fail(init, errno, "open \"/\"");
	if (attach(init, directory, root, "/") < 0)
		return -1;
	int made = make_node(init, directory, step);
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", directory);
	if (made == 0 && umount2(path, MNT_DETACH) < 0)
		return fail(init, errno, "umount");
	return made;
}

int run_open_device(struct init *init, const struct step_open_device *step)
{
	scoped_fd node = open_tree(AT_FDCWD, step->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct stat status;
	if (node < 0 || fstat(node, &status) < 0)
		return fail(init, errno, "open \"%s\" of the host", step->path);
	if ((status.st_mode & S_IFMT) != step->type || status.st_rdev != makedev(step->major, step->minor))
		return fail(init, 0, "\"%s\" of the host is another device, and without root none can be made", step->path);
	return fill_slot(init, step->slot, node);
}

int run_become(struct init *init, const struct step_become *step)
{
	scoped_fd own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return fail(init, errno, "open /proc/self/exe");
	if (fill_slot(init, step->slot, own) < 0)
		return -1;
	/* Once it has run nobody is left to say so. */
	if (init->debug && report(init, RECORD_RAN, init->step, 0, "") < 0)
		_exit(1);
	execvp(step->argv[0], (char *const *)step->argv);
	return fail(init, errno, "cannot run \"%s\": is util-linux installed, and in PATH?", step->argv[0]);
}
