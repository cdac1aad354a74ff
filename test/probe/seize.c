/*
 * `seize REPORT`: an attacker in a container who wants a program of the host (CVE-2019-5736). Opens /proc/PID/exe of every process
 * that appears, and once that has ended tries to open the same file for writing. Writes nothing to it. At SIGTERM it writes to REPORT
 * how many it opened, and how many it could have written to.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HELD 256

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

/* Files of the container may be written to. */
static int is_own(const struct stat *status)
{
	struct stat root;
	return stat("/", &root) == 0 && root.st_dev == status->st_dev;
}

static int last_pid(void)
{
	char text[128] = "";
	int file = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	ssize_t count = read(file, text, sizeof(text) - 1);
	close(file);
	return count <= 0 ? 0 : atoi(strrchr(text, ' ') + 1);
}

int main(int argc, char **argv)
{
	static int held[HELD];
	unsigned long opened = 0, writable = 0;
	int count = 0, newest = last_pid();
	if (argc != 2)
		return 2;
	signal(SIGTERM, stop);
	FILE *report = fopen(argv[1], "we");
	if (report == NULL)
		return 1;
	while (!stopped) {
		char path[64];
		int last = last_pid();
		for (int pid = last > newest ? newest + 1 : last; pid <= last; pid++) {
			struct stat status;
			snprintf(path, sizeof(path), "/proc/%d/exe", pid);
			int file = open(path, O_RDONLY | O_CLOEXEC);
			if (file < 0)
				continue;
			if (count == HELD || fstat(file, &status) < 0 || is_own(&status)) {
				close(file);
				continue;
			}
			opened++;
			held[count++] = file;
		}
		newest = last;
		int kept = 0;
		for (int index = 0; index < count; index++) {
			/* ETXTBSY while it runs: later. */
			snprintf(path, sizeof(path), "/proc/self/fd/%d", held[index]);
			int file = open(path, O_WRONLY | O_CLOEXEC);
			char link[256] = "";
			/* A sealed file in memory can be opened, but not be changed. */
			if (file >= 0 && readlink(path, link, sizeof(link) - 1) > 0 && strncmp(link, "/memfd:", 7) != 0)
				writable++;
			if (file >= 0) {
				close(file);
				close(held[index]);
			} else if (kept < HELD - 64) {
				held[kept++] = held[index];
			} else {
				close(held[index]);
			}
		}
		count = kept;
	}
	fprintf(report, "{\"opened\":%lu,\"writable\":%lu}\n", opened, writable);
	return fclose(report) == 0 ? 0 : 1;
}
