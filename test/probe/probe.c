/*
 * What a process in a container sees, one "subject<TAB>value" a line: compared between runtimes by test/inside.test.ts.
 * Static, and without any help from a shell: nothing but the kernel and the runtime decide what it prints.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

/* The first line of a file, or why there is none. */
static void file_line(const char *subject, const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < 0) {
		printf("%s %s\t(%s)\n", subject, path, strerror(errno));
	} else {
		text[length] = '\0';
		for (char *at = text; *at != '\0'; at++)
			if (*at == '\n')
				*at = ' ';
		printf("%s %s\t%s\n", subject, path, text);
	}
	if (fd >= 0)
		close(fd);
}

static void each_line(const char *subject, const char *path)
{
	char line[8192];
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		printf("%s\t(%s)\n", subject, strerror(errno));
		return;
	}
	for (int number = 0; fgets(line, sizeof(line), file) != NULL; number++)
		printf("%s %d\t%s", subject, number, line);
	fclose(file);
}

/* "Name:\tvalue" lines of /proc/self/status that a runtime decides. */
static void status(void)
{
	static const char *const names[] = { "Umask", "Uid", "Gid", "Groups", "NSpid", "SigBlk", "SigIgn", "SigCgt",
					     "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp",
					     "Seccomp_filters", "THP_enabled", "Cpus_allowed_list" };
	char line[4096];
	FILE *file = fopen("/proc/self/status", "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *colon = strchr(line, ':');
		for (size_t index = 0; colon != NULL && index < sizeof(names) / sizeof(names[0]); index++)
			if (strlen(names[index]) == (size_t)(colon - line) &&
			    strncmp(line, names[index], colon - line) == 0)
				printf("status %s\t%s", names[index], colon + 2);
	}
	if (file != NULL)
		fclose(file);
}

static void namespaces(void)
{
	static const char *const types[] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };
	for (size_t index = 0; index < sizeof(types) / sizeof(types[0]); index++) {
		char path[64], target[128];
		snprintf(path, sizeof(path), "/proc/self/ns/%s", types[index]);
		ssize_t length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
		printf("namespace %s\t%s\n", types[index], target);
	}
}

static void limits(void)
{
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit;
		if (getrlimit(resource, &limit) == 0)
			printf("rlimit %d\t%llu %llu\n", resource, (unsigned long long)limit.rlim_cur,
			       (unsigned long long)limit.rlim_max);
	}
}

static void open_files(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		int flags = fcntl(fd, F_GETFD);
		struct stat found;
		if (flags >= 0 && fstat(fd, &found) == 0)
			printf("fd %d\tmode %o, flags %x, fd flags %x\n", fd, found.st_mode & S_IFMT,
			       fcntl(fd, F_GETFL), flags);
	}
}

/* Type, mode, owner and number of a path, and where a symbolic link leads. */
static void node(const char *subject, const char *path)
{
	struct stat found;
	char target[PATH_MAX] = "";
	if (lstat(path, &found) < 0) {
		printf("%s %s\t(%s)\n", subject, path, strerror(errno));
		return;
	}
	if (S_ISLNK(found.st_mode)) {
		ssize_t length = readlink(path, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = '\0';
	}
	printf("%s %s\t%o %u:%u %u,%u %s\n", subject, path, found.st_mode, found.st_uid, found.st_gid,
	       major(found.st_rdev), minor(found.st_rdev), target);
}

static void tree(const char *subject, const char *path, int depth)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	node(subject, path);
	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		char inner[PATH_MAX];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", strcmp(path, "/") == 0 ? "" : path, entry->d_name);
		if (entry->d_type == DT_DIR && depth > 0)
			tree(subject, inner, depth - 1);
		else
			node(subject, inner);
	}
	if (directory != NULL)
		closedir(directory);
}

/* What is hidden or read-only: what is there, whether it opens for writing, and what reading gives. */
static void protections(void)
{
	static const char *const paths[] = {
		"/proc/acpi",	  "/proc/asound",	"/proc/kcore",	     "/proc/keys",
		"/proc/latency_stats", "/proc/timer_list",	"/proc/timer_stats", "/proc/sched_debug",
		"/proc/scsi",	  "/sys/firmware",	"/proc/bus",	     "/proc/fs",
		"/proc/irq",	  "/proc/sys",		"/proc/sysrq-trigger", "/sys",
		"/proc",	  "/dev",		"/dev/shm",	     "/dev/pts",
		"/dev/mqueue",	  "/",			"/tmp",		     "/etc",
	};
	for (size_t index = 0; index < sizeof(paths) / sizeof(paths[0]); index++) {
		struct statvfs system;
		struct stat found;
		char byte;
		if (stat(paths[index], &found) < 0 || statvfs(paths[index], &system) < 0) {
			printf("path %s\t(%s)\n", paths[index], strerror(errno));
			continue;
		}
		int fd = open(paths[index], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		ssize_t count = S_ISREG(found.st_mode) || S_ISCHR(found.st_mode) ? read(fd, &byte, 1) : -2;
		printf("path %s\tmode %o, device %u,%u, mount flags %lx, reads %zd\n", paths[index], found.st_mode,
		       major(found.st_rdev), minor(found.st_rdev), system.f_flag, count);
		if (fd >= 0)
			close(fd);
	}
}

static void signals(void)
{
	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;
		if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			printf("signal %d\t%s\n", number, action.sa_handler == SIG_IGN ? "ignored" : "caught");
	}
}

static void keyring(void)
{
	char text[256] = "";
	long length = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof(text) - 1, 0);
	printf("keyring session\t%s\n", length < 0 ? strerror(errno) : text);
}

static void process(void)
{
	char path[PATH_MAX];
	int value = 0, death = 0;
	struct utsname names;
	prctl(PR_GET_CHILD_SUBREAPER, &value);
	prctl(PR_GET_PDEATHSIG, &death);
	uname(&names);
	printf("process cwd\t%s\n", getcwd(path, sizeof(path)) == NULL ? strerror(errno) : path);
	printf("process pid, parent, group, session\t%d %d %d %d\n", getpid(), getppid(), getpgrp(), getsid(0));
	printf("process dumpable\t%d\n", prctl(PR_GET_DUMPABLE));
	printf("process securebits\t%d\n", prctl(PR_GET_SECUREBITS));
	printf("process keeps capabilities\t%d\n", prctl(PR_GET_KEEPCAPS));
	printf("process subreaper\t%d\n", value);
	printf("process death signal\t%d\n", death);
	printf("process timer slack\t%d\n", prctl(PR_GET_TIMERSLACK));
	printf("process personality\t%d\n", personality(0xffffffff));
	printf("process nice\t%d\n", getpriority(PRIO_PROCESS, 0));
	printf("process scheduler\t%d\n", sched_getscheduler(0));
	printf("process io priority\t%ld\n", syscall(SYS_ioprio_get, 1, 0));
	printf("names\t%s %s\n", names.nodename, names.domainname);
}

static void interfaces(void)
{
	struct if_nameindex *all = if_nameindex();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (struct if_nameindex *one = all; one != NULL && one->if_index != 0; one++) {
		struct ifreq request = {0};
		snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", one->if_name);
		int known = ioctl(fd, SIOCGIFFLAGS, &request);
		printf("interface %s\t%x\n", one->if_name, known < 0 ? 0 : request.ifr_flags);
	}
	if (fd >= 0)
		close(fd);
}

static void cgroup_values(void)
{
	static const char *const files[] = {
		"memory/memory.limit_in_bytes", "memory/memory.soft_limit_in_bytes", "memory/memory.memsw.limit_in_bytes",
		"memory/memory.swappiness",	"memory/memory.use_hierarchy",	     "memory/memory.oom_control",
		"cpu/cpu.shares",		"cpu/cpu.cfs_quota_us",		     "cpu/cpu.cfs_period_us",
		"cpu/cpu.idle",			"cpuset/cpuset.cpus",		     "cpuset/cpuset.mems",
		"pids/pids.max",		"pids/pids.current",		     "devices/devices.list",
		"freezer/freezer.state",	"memory.max",			     "memory.high",
		"memory.low",			"cpu.max",			     "cpu.weight",
		"pids.max",			"cgroup.controllers",
	};
	for (size_t index = 0; index < sizeof(files) / sizeof(files[0]); index++) {
		char path[PATH_MAX];
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", files[index]);
		file_line("cgroup", path);
	}
	each_line("cgroup membership", "/proc/self/cgroup");
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	/* First: what follows opens files. */
	open_files();
	for (int index = 0; index < argc; index++)
		printf("argument %d\t%s\n", index, argv[index]);
	for (int index = 0; environ[index] != NULL; index++)
		printf("environment %d\t%s\n", index, environ[index]);
	process();
	signals();
	status();
	limits();
	namespaces();
	keyring();
	interfaces();
	protections();
	cgroup_values();
	tree("device", "/dev", 3);
	tree("root", "/", 0);
	each_line("mount", "/proc/self/mountinfo");
	each_line("uid map", "/proc/self/uid_map");
	each_line("gid map", "/proc/self/gid_map");
	each_line("setgroups", "/proc/self/setgroups");
	each_line("clock offset", "/proc/self/timens_offsets");
	file_line("value", "/proc/self/oom_score_adj");
	file_line("value", "/proc/self/loginuid");
	file_line("value", "/proc/self/coredump_filter");
	file_line("value", "/proc/self/attr/current");
	file_line("value", "/proc/sys/net/ipv4/ping_group_range");
	file_line("value", "/proc/sys/net/ipv4/ip_unprivileged_port_start");
	file_line("value", "/proc/sys/kernel/shmmax");
	return 0;
}
