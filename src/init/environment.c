/* The environment of the program, with HOME from the container's own user database (passwd(5)). */
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* NULL unless it is a regular file: a fifo in an image would hold up its container for ever. */
static FILE *open_user_database(void)
{
	int fd = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	if (fd < 0)
		return NULL;
	FILE *file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? fdopen(fd, "r") : NULL;
	if (file == NULL)
		close(fd);
	return file;
}

/* "HOME=/root", allocated; NULL when memory is short. */
static char *home_entry(void)
{
	char *entry = NULL;
	FILE *file = open_user_database();
	struct passwd *user = NULL;
	/* Of the container's user, whose ids this process has by now. */
	while (file != NULL && (user = fgetpwent(file)) != NULL)
		if (user->pw_uid == getuid())
			break;
	if (asprintf(&entry, "HOME=%s", user == NULL || user->pw_dir[0] == '\0' ? "/" : user->pw_dir) < 0)
		entry = NULL;
	if (file != NULL)
		fclose(file);
	return entry;
}

int run_environment(struct init *init, const struct step_environment *step)
{
	size_t count = 0;
	while (step->entries[count] != NULL)
		count++;
	char **entries = calloc(count + 2, sizeof(*entries));
	for (size_t index = 0; entries != NULL && index < count; index++)
		if ((entries[index] = strdup(step->entries[index])) == NULL)
			return fail(init, errno, "strdup");
	if (entries == NULL || (step->home && (entries[count] = home_entry()) == NULL))
		return fail(init, ENOMEM, "make the environment");
	init->environment = entries;
	return 0;
}
