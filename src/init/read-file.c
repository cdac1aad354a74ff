/* Reads a file of a root file system, for slipway. */
#include "path.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_regular(const struct stat *status)
{
	return S_ISREG(status->st_mode);
}

static int put(struct init *init, const void *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t count = write(STDOUT_FILENO, (const char *)bytes + done, length - done);
		if (count < 0 && errno != EINTR)
			return fail(init, errno, "write to stdout");
		done += count > 0 ? count : 0;
	}
	return 0;
}

int run_read_file(struct init *init, const struct step_read_file *step)
{
	uint32_t length = UINT32_MAX;
	scoped_fd fd = open_checked(init->rootfs, step->path, O_RDONLY, 0, is_regular);
	if (fd < 0)
		return put(init, &length, sizeof(length));
	char *text = malloc(step->longest + 1);
	if (text == NULL)
		return fail(init, errno, "malloc");
	ssize_t count = read_exactly(fd, text, step->longest + 1);
	if (count > (ssize_t)step->longest) {
		free(text);
		return fail(init, EFBIG, "\"%s\" of the image", step->path);
	}
	length = count;
	int done = count < 0 ? fail(init, errno, "read \"%s\" of the image", step->path) : put(init, &length, sizeof(length));
	if (done == 0)
		done = put(init, text, length);
	free(text);
	return done;
}
