/* The environment of the program, with HOME from the container's own user database (passwd(5)). */
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than any user database has: an image may bring a file, or a line, without an end. */
#define LONGEST_LINE 4096
#define LONGEST_DATABASE (8 << 20)

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

/* The home directory in a line of a user, in place; NULL in one of another user, or that is none (passwd(5)). */
static char *home_in(char *line, uid_t uid)
{
	char *fields[6];
	if (line[strspn(line, " \t")] == '#')
		return NULL;
	for (int index = 0; index < 6; index++)
		if ((fields[index] = strsep(&line, ":")) == NULL)
			return NULL;
	char *end;
	errno = 0;
	unsigned long found = strtoul(fields[2], &end, 10);
	bool numeric = fields[2][0] >= '0' && fields[2][0] <= '9' && *end == '\0' && errno == 0;
	/* Without a shell the line ends here. */
	fields[5][strcspn(fields[5], "\n")] = '\0';
	return numeric && found == uid ? fields[5] : NULL;
}

/* The home directory of a user; NULL when the database has none. A line that does not fit is none. */
static char *find_home(FILE *file, char line[LONGEST_LINE], uid_t uid)
{
	bool whole = true;
	while (ftello(file) < LONGEST_DATABASE && fgets(line, LONGEST_LINE, file) != NULL) {
		size_t length = strlen(line);
		bool starts = whole;
		whole = length < LONGEST_LINE - 1 || line[length - 1] == '\n';
		char *home = starts && whole ? home_in(line, uid) : NULL;
		if (home != NULL)
			return home;
	}
	return NULL;
}

/* "HOME=/root", allocated; NULL when memory is short. */
static char *home_entry(void)
{
	char line[LONGEST_LINE];
	char *entry = NULL;
	FILE *file = open_user_database();
	/* Of the container's user, whose ids this process has by now. */
	char *home = file == NULL ? NULL : find_home(file, line, getuid());
	if (asprintf(&entry, "HOME=%s", home == NULL || home[0] == '\0' ? "/" : home) < 0)
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
