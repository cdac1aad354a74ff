/*
 * The init runs from a sealed copy of itself in memory: a container that reaches it through /proc/PID/exe can change
 * nothing on the host (CVE-2019-5736; memfd_create(2)).
 */
#include "seal.h"
#include "init.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

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

int run_sealed(struct init *init, char **argv)
{
	scoped_fd own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return fail(init, errno, "open /proc/self/exe");
	if (fcntl(own, F_GET_SEALS) == SEALS)
		return 0;
	scoped_fd copy = memory_file();
	if (copy < 0)
		return fail(init, errno, "memfd_create");
	if (copy_all(copy, own) < 0)
		return fail(init, errno, "copy slipway-init into memory");
	if (fcntl(copy, F_ADD_SEALS, SEALS) < 0)
		return fail(init, errno, "seal the copy of slipway-init");
	fexecve(copy, argv, environ);
	return fail(init, errno, "fexecve");
}
