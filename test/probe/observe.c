/*
 * `observe MARKER SECRET REPORT`: an attacker in a container who may trace. Looks at every process that appears, as often as it can,
 * for a way to the host: the file MARKER, which only the host has, below its root and working directory; an fd on a
 * mount that the container does not have; the text SECRET of the caller's environment in its memory. At SIGTERM it writes
 * to REPORT how many processes it saw, how often it could look into one, and how often each way led to the host.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACKED 512

static volatile sig_atomic_t stopped;
static const char *marker, *secret;
static struct {
	unsigned long seen, looks, root, cwd, fd, memory;
} found;
static char example[512];

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static ssize_t read_text(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -1;
	ssize_t count = read(file, text, size - 1);
	close(file);
	text[count > 0 ? count : 0] = '\0';
	return count;
}

/* Whether the mount namespace of a process has a mount. */
static bool has_mount(const char *pid, int mount)
{
	char path[64], line[8192];
	bool has = false;
	snprintf(path, sizeof(path), "/proc/%s/mountinfo", pid);
	FILE *file = fopen(path, "re");
	while (file != NULL && !has && fgets(line, sizeof(line), file) != NULL)
		has = atoi(line) == mount;
	if (file != NULL)
		fclose(file);
	return has;
}

static void look_below(int pid, const char *name, unsigned long *count)
{
	char path[512];
	struct stat status;
	snprintf(path, sizeof(path), "/proc/%d/%s%s", pid, name, strcmp(name, "root") == 0 ? "" : "/../../../../../../../..");
	if (stat(path, &status) < 0)
		return;
	found.looks++;
	strncat(path, marker, sizeof(path) - strlen(path) - 1);
	if (stat(path, &status) == 0)
		(*count)++;
}

/* Whether a file is on a mount that neither this container nor that process has: one of the host. */
static bool is_of_the_host(int pid, const char *fd)
{
	char path[64], info[1024], number[16];
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, fd);
	if (read_text(path, info, sizeof(info)) <= 0)
		return false;
	const char *id = strstr(info, "mnt_id:");
	int mount = id == NULL ? -1 : atoi(id + strlen("mnt_id:"));
	snprintf(number, sizeof(number), "%d", pid);
	/* Once the process is gone nothing can be told any more. */
	return mount >= 0 && !has_mount("self", mount) && !has_mount(number, mount) && kill(pid, 0) == 0;
}

/*
 * A directory leads to the host, or, as one that is not mounted anywhere yet, to itself alone. Of other files regular ones
 * count; a fifo is where a created container waits for its start.
 */
static void look_at_fd(int pid, const char *name)
{
	char path[512], text[256];
	struct stat status;
	snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, name);
	ssize_t length = readlink(path, text, sizeof(text) - 1);
	if (length <= 0 || text[0] != '/' || strncmp(text, "/memfd:", 7) == 0 || stat(path, &status) < 0)
		return;
	text[length] = '\0';
	bool way = false;
	if (S_ISDIR(status.st_mode)) {
		strcat(path, "/../../../../../../../..");
		strncat(path, marker, sizeof(path) - strlen(path) - 1);
		way = stat(path, &status) == 0;
	} else if (S_ISREG(status.st_mode)) {
		way = is_of_the_host(pid, name);
	}
	if (!way)
		return;
	found.fd++;
	snprintf(example, sizeof(example), "%s", text);
}

static void look_at_fds(int pid)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	DIR *directory = opendir(path);
	if (directory == NULL)
		return;
	struct dirent *entry;
	/* stdio is what the caller gives to the program. */
	while ((entry = readdir(directory)) != NULL)
		if (atoi(entry->d_name) > 2)
			look_at_fd(pid, entry->d_name);
	closedir(directory);
}

static bool holds(const char *bytes, ssize_t length)
{
	return length > 0 && memmem(bytes, length, secret, strlen(secret)) != NULL;
}

static void look_at_memory(int pid)
{
	static char bytes[1 << 20], maps[1 << 16];
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	if (holds(bytes, read_text(path, bytes, sizeof(bytes))))
		found.memory++;
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	if (read_text(path, maps, sizeof(maps)) <= 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	int memory = open(path, O_RDONLY | O_CLOEXEC);
	if (memory < 0)
		return;
	for (char *line = strtok(maps, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		unsigned long from, to;
		if ((strstr(line, "[stack]") == NULL && strstr(line, "[heap]") == NULL) ||
		    sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		size_t size = to - from < sizeof(bytes) ? to - from : sizeof(bytes);
		if (holds(bytes, pread(memory, bytes, size, to - size)))
			found.memory++;
	}
	close(memory);
}

/* Whether it still is there. */
static bool look(int pid, bool first)
{
	if (kill(pid, 0) < 0 && errno == ESRCH)
		return false;
	look_below(pid, "root", &found.root);
	look_below(pid, "cwd", &found.cwd);
	look_at_fds(pid);
	if (first)
		look_at_memory(pid);
	return true;
}

/* The last pid of this namespace (proc(5)). */
static int last_pid(void)
{
	char text[128];
	if (read_text("/proc/loadavg", text, sizeof(text)) <= 0)
		return 0;
	return atoi(strrchr(text, ' ') + 1);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	marker = argv[1];
	secret = argv[2];
	signal(SIGTERM, stop);
	static int tracked[TRACKED];
	int count = 0, newest = last_pid();
	FILE *report = fopen(argv[3], "we");
	if (report == NULL)
		return 1;
	while (!stopped) {
		int last = last_pid();
		for (; newest < last && count < TRACKED; count++) {
			tracked[count] = ++newest;
			found.seen++;
			look(newest, true);
		}
		int kept = 0;
		for (int index = 0; index < count; index++)
			if (look(tracked[index], false))
				tracked[kept++] = tracked[index];
		count = kept;
	}
	fprintf(report, "{\"seen\":%lu,\"looks\":%lu,\"root\":%lu,\"cwd\":%lu,\"fd\":%lu,\"memory\":%lu,\"example\":\"%s\"}\n", found.seen,
		found.looks, found.root, found.cwd, found.fd, found.memory, example);
	return fclose(report) == 0 ? 0 : 1;
}
