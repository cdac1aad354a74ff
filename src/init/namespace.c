/* Namespaces that are joined: opened once, their type checked on the fd (ioctl_ns(2)), then held in slots. */
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the kernel and what config.json call a type. */
static const struct {
	int flag;
	const char *kernel;
	const char *specification;
} types[] = {
	{ CLONE_NEWPID, "pid", "pid" },   { CLONE_NEWNET, "net", "network" }, { CLONE_NEWNS, "mnt", "mount" },
	{ CLONE_NEWIPC, "ipc", "ipc" },   { CLONE_NEWUTS, "uts", "uts" },     { CLONE_NEWUSER, "user", "user" },
	{ CLONE_NEWCGROUP, "cgroup", "cgroup" }, { CLONE_NEWTIME, "time", "time" },
};
#define UNKNOWN (sizeof(types) / sizeof(types[0]))

static size_t find_type(int flag)
{
	size_t index = 0;
	while (index < UNKNOWN && types[index].flag != flag)
		index++;
	return index;
}

int run_open_namespace(struct init *init, const struct step_open_namespace *step)
{
	/* A fifo would hold up whoever opens it. */
	scoped_fd fd = open(step->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail(init, errno, "open \"%s\"", step->path);
	size_t wanted = find_type(step->type), found = find_type(ioctl(fd, NS_GET_NSTYPE));
	struct stat status;
	if (wanted == UNKNOWN)
		return fail(init, 0, "unknown type of namespace %u", step->type);
	if (found == UNKNOWN || fstat(fd, &status) < 0)
		return fail(init, 0, "\"%s\" is no namespace, expected a %s namespace", step->path,
			    types[wanted].specification);
	if (found != wanted)
		return fail(init, 0, "\"%s\" is %s:[%llu], expected a %s namespace", step->path, types[found].kernel,
			    (unsigned long long)status.st_ino, types[wanted].specification);
	return fill_slot(init, step->slot, fd);
}

int run_demand_other(struct init *init, const struct step_demand_other *step)
{
	int fd = slot_fd(init, step->slot);
	if (fd < 0)
		return -1;
	size_t type = find_type(ioctl(fd, NS_GET_NSTYPE));
	if (type == UNKNOWN)
		return fail(init, 0, "\"%s\" is no namespace", step->path);
	char path[64];
	struct stat given, own;
	snprintf(path, sizeof(path), "/proc/self/ns/%s", types[type].kernel);
	if (fstat(fd, &given) < 0 || stat(path, &own) < 0)
		return fail(init, errno, "stat \"%s\"", path);
	if (given.st_dev == own.st_dev && given.st_ino == own.st_ino)
		return fail(init, 0, "not allowed in the host %s namespace, which \"%s\" is", types[type].specification,
			    step->path);
	return 0;
}

int run_enter_namespace(struct init *init, const struct step_enter_namespace *step)
{
	int namespace = slot_fd(init, step->slot);
	if (namespace < 0)
		return -1;
	return setns(namespace, 0) < 0 ? fail(init, errno, "setns") : 0;
}
