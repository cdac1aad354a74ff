/*
 * measure RESULT-FILE PAUSE COMMAND...: sleeps for a pause (ms), runs a command, and writes how many microseconds it took, its greatest resident set (KiB) and
 * its status, 128+n when a signal ended it. Small, so that starting the command costs next to nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	usleep(atoi(argv[2]) * 1000);
	long long begin = now();
	pid_t pid = vfork();
	if (pid == 0) {
		execv(argv[3], argv + 3);
		_exit(127);
	}
	int status;
	struct rusage usage;
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 2;
	long long end = now();
	FILE *file = fopen(argv[1], "we");
	if (file == NULL)
		return 2;
	fprintf(file, "%lld %ld %d\n", end - begin, usage.ru_maxrss,
		WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	return fclose(file) == 0 ? 0 : 2;
}
