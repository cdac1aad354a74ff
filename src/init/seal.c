/*
 * The init runs from a sealed copy of itself in memory: a container that reaches it through /proc/PID/exe can change
 * nothing on the host (CVE-2019-5736; memfd_create(2)).
 */
#include "seal.h"
#include "init.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* Set for a copy that cannot show by seals that nothing can be changed through it. */
#define SEALED "SLIPWAY_SEALED=1"

static int memory_file(void)
{
	int fd = memfd_create("slipway-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	/* Before Linux 6.3 there was no MFD_EXEC, and every memfd was executable. */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("slipway-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

static int copy_all(int to, int from)
{
	struct stat status;
	if (fstat(from, &status) < 0)
		return -1;
	for (off_t done = 0; done < status.st_size;) {
		ssize_t count = sendfile(to, from, &done, status.st_size - done);
		if (count <= 0)
			return -1;
	}
	return 0;
}

static int run_copy(struct init *init, int copy, int own, char **argv)
{
	if (copy_all(copy, own) < 0)
		return fail(init, errno, "copy slipway-init into memory");
	if (fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return fail(init, errno, "seal the copy of slipway-init");
	fexecve(copy, argv, environ);
	return fail(init, errno, "fexecve");
}

/*
 * Where no file in memory may be executed (vm.memfd_noexec of 2, Linux 6.3): the program itself, on a read-only mount that nobody
 * else has. Without root there is no such mount, nor any need for it where the caller, whom a container in its user namespace can
 * be at most, may not write to the program.
 */
static int run_readonly(struct init *init, int own, char **argv)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	scoped_fd mount = open_tree(own, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	int program = mount;
	if (mount >= 0 && mount_setattr(mount, "", AT_EMPTY_PATH, &readonly, sizeof(readonly)) < 0)
		return fail(init, errno, "mount_setattr slipway-init");
	if (mount < 0 && faccessat(own, "", W_OK, AT_EMPTY_PATH | AT_EACCESS) < 0)
		program = own;
	if (program < 0)
		return fail(init, EACCES, "memfd_create: vm.memfd_noexec is 2, and the caller may write to slipway-init");
	if (putenv(SEALED) != 0)
		return fail(init, errno, "putenv");
	execveat(program, "", argv, environ, AT_EMPTY_PATH);
	return fail(init, errno, "execveat");
}

int run_sealed(struct init *init, char **argv)
{
	scoped_fd own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return fail(init, errno, "open /proc/self/exe");
	if (fcntl(own, F_GET_SEALS) == SEALS || getenv("SLIPWAY_SEALED") != NULL)
		return 0;
	scoped_fd copy = memory_file();
	if (copy >= 0)
		return run_copy(init, copy, own, argv);
	return errno == EACCES ? run_readonly(init, own, argv) : fail(init, errno, "memfd_create");
}
