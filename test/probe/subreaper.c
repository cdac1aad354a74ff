/*
 * `subreaper COMMAND...` runs a command as a caller does that other processes are left to (PR_SET_CHILD_SUBREAPER), and that waits
 * for its own child alone. Prints the name of each zombie that it has then, and ends with the status of the command.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void print_zombies(const char *children)
{
	for (char *end; *children != '\0'; children = end + strspn(end, " ")) {
		char path[64], name[64], state;
		snprintf(path, sizeof(path), "/proc/%ld/stat", strtol(children, &end, 10));
		FILE *stat = fopen(path, "r");
		if (stat != NULL && fscanf(stat, "%*d (%63[^)]) %c", name, &state) == 2 && state == 'Z')
			printf("zombie %s\n", name);
		if (stat != NULL)
			fclose(stat);
	}
}

int main(int argc, char **argv)
{
	char path[64], children[4096] = "";
	int status;
	if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return 99;
	pid_t child = fork();
	if (child == 0) {
		execv(argv[1], argv + 1);
		_exit(98);
	}
	if (waitpid(child, &status, 0) != child)
		return 97;
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	FILE *list = fopen(path, "r");
	if (list == NULL)
		return 96;
	if (fgets(children, sizeof(children), list) != NULL)
		print_zombies(children);
	fclose(list);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 95;
}
