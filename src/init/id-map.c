/* Id-mapped mounts: the kernel takes the map from a user namespace, which is made for that alone (mount_setattr(2)). */
#include "id-map.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONGEST_PATH 64

/* "container host size\n" for each triple. */
static int write_map(struct init *init, long pid, const char *name, struct numbers map)
{
	char path[LONGEST_PATH];
	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	scoped_fd file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0)
		return fail(init, errno, "open \"%s\"", path);
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	if (stream == NULL)
		return fail(init, errno, "open_memstream");
	for (size_t index = 0; index + 2 < map.count; index += 3)
		fprintf(stream, "%u %u %u\n", map.values[index], map.values[index + 1], map.values[index + 2]);
	/* The kernel takes a map in one write. */
	int written = fclose(stream) == 0 && write(file, text, length) == (ssize_t)length;
	int error = errno;
	free(text);
	return written ? 0 : fail(init, error, "write the %s of a mount", name);
}

static int apply(struct init *init, int mount, long holder, const struct step_open_tree *step)
{
	char path[LONGEST_PATH];
	if (write_map(init, holder, "uid_map", step->uids) < 0 || write_map(init, holder, "gid_map", step->gids) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%ld/ns/user", holder);
	scoped_fd namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0)
		return fail(init, errno, "open \"%s\"", path);
	struct mount_attr change = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = namespace };
	unsigned int flags = AT_EMPTY_PATH | (step->map_recursive ? AT_RECURSIVE : 0);
	if (mount_setattr(mount, "", flags, &change, sizeof(change)) < 0)
		return fail(init, errno, "mount \"%s\" on \"%s\": map its ids (does its file system support that?)",
			    step->source, step->target);
	return 0;
}

/* The pid that a process has in /proc, which may be that of another pid namespace; -1 after fail(). */
static long pid_in_proc(struct init *init, int pidfd)
{
	char path[LONGEST_PATH], line[256];
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	FILE *info = fopen(path, "re");
	long pid = -1;
	while (info != NULL && pid < 0 && fgets(line, sizeof(line), info) != NULL)
		if (sscanf(line, "Pid: %ld", &pid) != 1)
			pid = -1;
	if (info != NULL)
		fclose(info);
	return pid > 0 ? pid : fail(init, 0, "no \"Pid\" in \"%s\"", path);
}

int map_ids(struct init *init, int mount, const struct step_open_tree *step)
{
	int pidfd = -1;
	struct clone_args arguments = {
		.flags = CLONE_NEWUSER | CLONE_PIDFD, .exit_signal = SIGCHLD, .pidfd = (uintptr_t)&pidfd
	};
	pid_t holder = syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (holder < 0)
		return fail(init, errno, "clone3 CLONE_NEWUSER");
	/* Holds the namespace until it is killed, or its parent is. */
	if (holder == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
		for (;;)
			pause();
	if (holder == 0)
		_exit(1);
	long pid = pid_in_proc(init, pidfd);
	int done = pid < 0 ? -1 : apply(init, mount, pid, step);
	close(pidfd);
	kill(holder, SIGKILL);
	while (waitpid(holder, NULL, 0) < 0 && errno == EINTR)
		continue;
	return done;
}
