/* The environment of the program, with HOME from the container's own user database (passwd(5)). */
#include "protocol.h"
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "HOME=/root", allocated; NULL when memory is short. */
static char *home_entry(void)
{
	char *entry = NULL;
	FILE *file = fopen("/etc/passwd", "re");
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
