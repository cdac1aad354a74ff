#include "directory.h"
#include "init.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

int each_name(int directory, int (*act)(int directory, const char *name, const void *context), const void *context)
{
	int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = again < 0 ? NULL : fdopendir(again);
	if (stream == NULL) {
		close_scoped(&again);
		return -1;
	}
	int done = 0;
	struct dirent *found;
	while (done == 0 && (errno = 0, found = readdir(stream)) != NULL)
		if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
			done = act(directory, found->d_name, context);
	int error = errno;
	closedir(stream);
	errno = error;
	return done < 0 || error != 0 ? -1 : 0;
}
