/* Finds the fds that the caller of slipway opened, and moves them out of the way (of the launcher). */
#include "inherited-fds.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int stop(const char *what)
{
	fprintf(stderr, "slipway: %s: %s\n", what, strerror(errno));
	return 1;
}

static int compare_numbers(const void *one, const void *other)
{
	return *(const int *)one - *(const int *)other;
}

int list_inherited(struct fds *fds)
{
	DIR *directory = opendir("/proc/self/fd");
	if (directory == NULL)
		return stop("opendir /proc/self/fd");
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		int fd = atoi(entry->d_name);
		if (fd < 3 || fd == dirfd(directory))
			continue;
		fds->numbers = reallocarray(fds->numbers, fds->count + 1, sizeof(int));
		if (fds->numbers == NULL)
			return stop("reallocarray");
		fds->numbers[fds->count++] = fd;
	}
	closedir(directory);
	if (fds->count > 0)
		qsort(fds->numbers, fds->count, sizeof(int), compare_numbers);
	return 0;
}

int count_inherited(struct fds *fds)
{
	while (fcntl(3 + fds->count, F_GETFD) >= 0)
		fds->count++;
	fds->numbers = calloc(fds->count + 1, sizeof(int));
	if (fds->numbers == NULL)
		return stop("calloc");
	for (int index = 0; index < fds->count; index++)
		fds->numbers[index] = 3 + index;
	return 0;
}

int shift_fds(const struct fds *fds, int control, int status)
{
	int above = 5 + fds->count + (fds->count == 0 ? 0 : fds->numbers[fds->count - 1]);
	for (int index = 0; index < fds->count; index++)
		if ((fds->numbers[index] = fcntl(fds->numbers[index], F_DUPFD_CLOEXEC, above)) < 0)
			return -1;
	for (int index = 0; index < fds->count; index++)
		if (dup2(fds->numbers[index], 5 + index) < 0)
			return -1;
	return dup2(2, 3) < 0 || dup2(control, 2) < 0 || dup2(status, 4) < 0 ? -1 : 0;
}
