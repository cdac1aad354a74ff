/* Processes, told apart by pid and start time. */
#include "process.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int is_same(const char *pid, const char *start_time)
{
	char path[64], text[4096], state, found[32];
	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	size_t length = fread(text, 1, sizeof(text) - 1, file);
	bool gone = ferror(file) && errno == ESRCH;
	bool unread = ferror(file) != 0;
	fclose(file);
	if (unread)
		return gone ? 0 : -1;
	text[length] = '\0';
	/* The name (field 2) may hold spaces and parentheses: count from its end. */
	char *rest = strrchr(text, ')');
	if (rest == NULL ||
	    sscanf(rest + 1, " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %31s", &state,
		   found) != 2)
		return 0;
	return state != 'Z' && state != 'X' && strcmp(found, start_time) == 0;
}
