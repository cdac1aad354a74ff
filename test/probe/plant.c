/*
 * Leaves things for a runtime to find. `plant keyring NAME COMMAND…`: a session keyring of that name with a key in it, which
 * every process of the user may find, while the command runs. `plant cgroups DIRECTORY COUNT`: as many directories, each in the
 * one before, with names so long that no path reaches the last one. `plant bomb`: processes that make processes, for ever.
 */
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVERYTHING 0x3f3f3f3f

static int plant_keyring(const char *name, char **command)
{
	long ring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name);
	long key = syscall(SYS_add_key, "user", "planted", "x", 1, ring);
	if (ring < 0 || key < 0 || syscall(SYS_keyctl, KEYCTL_SETPERM, key, EVERYTHING) < 0 ||
	    syscall(SYS_keyctl, KEYCTL_SETPERM, ring, EVERYTHING) < 0)
		return 1;
	pid_t child = fork();
	if (child == 0) {
		execv(command[0], command);
		_exit(127);
	}
	int status;
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static int plant_cgroups(const char *directory, int count)
{
	char name[200];
	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	if (chdir(directory) < 0)
		return 1;
	for (; count > 0; count--)
		if (mkdir(name, 0755) < 0 || chdir(name) < 0)
			return 1;
	return 0;
}

/* As many as there may be; at the limit some end, so that others can be made. */
static void plant_bomb(void)
{
	pid_t first = getpid();
	signal(SIGCHLD, SIG_IGN);
	for (;;)
		if (fork() < 0 && getpid() != first && getpid() % 3 == 0)
			_exit(0);
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "keyring") == 0)
		return plant_keyring(argv[2], argv + 3);
	if (argc == 4 && strcmp(argv[1], "cgroups") == 0)
		return plant_cgroups(argv[2], atoi(argv[3]));
	if (argc == 2 && strcmp(argv[1], "bomb") == 0)
		plant_bomb();
	return 2;
}
