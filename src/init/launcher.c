/*
 * dist/slipway: answers `state` where it can; else prepares what JavaScript cannot, and becomes the driver. For a command
 * that makes a container it starts the init, which gets ready while the JavaScript engine does. It notes the open fds and
 * RLIMIT_NOFILE before the engine changes them, and keeps variables that steer the engine out of its way. dist/slipway-node
 * (NODE_LAUNCHER), for the build for Node, becomes the engine and the script that SLIPWAY_DRIVER and SLIPWAY_SCRIPT name; no
 * other launcher runs a program of its caller's choice.
 */
#include "answer.h"
#include "inherited-fds.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Variables whose names begin so, in any case, change what an engine does, its allocator (which reads them in any case), or the
 * dynamic linker (ld.so(8)), to which a slipway that a privileged program has started is no program to be careful with.
 */
static const char *const engine_prefixes[] = { "BUN_", "NODE_", "MIMALLOC_", "JSC_", "LD_", "GLIBC_TUNABLES=", "MALLOC_" };
/* Commands that make a container process. */
static const char *const commands_with_init[] = { "create", "run", "exec", "restore" };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the driver is told in SLIPWAY_LAUNCH. */
struct launch {
	int control;	/* the driver's end of the control socket */
	int status;	/* where the status of a foreground container comes from */
	pid_t init;	/* 0: none */
	struct fds inherited;
	int output;	/* copies of fds 1 and 2, which the driver may have to replace */
	int errors;
};

/* A program that was started without stdio would find other files in its place. */
static int fill_stdio(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	return fd < 0 ? stop("open /dev/null") : close(fd);
}

static bool asks_for_fds(char **argv)
{
	for (; *argv != NULL; argv++)
		if (strstr(*argv, "-preserve-fds") != NULL)
			return true;
	return false;
}

/* Whether a word of the command line is such a command. An init that nobody needs ends with the driver. */
static bool needs_init(char **argv)
{
	for (; *argv != NULL; argv++)
		for (size_t index = 0; index < COUNT(commands_with_init); index++)
			if (strcmp(*argv, commands_with_init[index]) == 0)
				return true;
	return false;
}

/* Where there is no PATH, or nothing usable in it. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* A program is never taken from the working directory, which may be a bundle: entries that are not absolute go. */
static int clean_path(void)
{
	const char *search = getenv("PATH");
	if (search == NULL)
		return 0;
	char *clean = malloc(strlen(search) + sizeof(DEFAULT_PATH));
	char *copy = strdup(search), *rest = copy, *to = clean;
	if (clean == NULL || copy == NULL)
		return stop("malloc");
	for (char *entry = strsep(&rest, ":"); entry != NULL; entry = strsep(&rest, ":"))
		if (entry[0] == '/')
			to += sprintf(to, "%s%s", to == clean ? "" : ":", entry);
	if (to == clean)
		strcpy(clean, DEFAULT_PATH);
	int done = setenv("PATH", clean, 1);
	free(copy);
	free(clean);
	return done < 0 ? stop("setenv") : 0;
}

/* Becomes the init. Its stderr is the control socket by then: the driver hears what failed. */
static void become_init(const char *path, const struct fds *inherited, int control, int status)
{
	const char *search = getenv("PATH");
	char variable[PATH_MAX];
	char *const environment[] = { variable, "LC_ALL=C", NULL };
	char *const arguments[] = { "slipway-init", NULL };
	if (search == NULL || strlen(search) >= sizeof(variable) - sizeof("PATH="))
		search = DEFAULT_PATH;
	snprintf(variable, sizeof(variable), "PATH=%s", search);
	/* Above all that is given, so that nothing of it is overwritten. */
	control = fcntl(control, F_DUPFD_CLOEXEC, 5 + inherited->count);
	status = fcntl(status, F_DUPFD_CLOEXEC, 5 + inherited->count);
	if (control < 0 || status < 0 || shift_fds(inherited, control, status) < 0)
		_exit(stop("arrange the fds of the init"));
	close_range(5 + inherited->count, ~0U, CLOSE_RANGE_CLOEXEC);
	execve(path, arguments, environment);
	_exit(stop(path));
}

static int start_init(const char *path, struct launch *launch)
{
	int control[2], status[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, control) < 0)
		return stop("socketpair");
	if (pipe(status) < 0)
		return stop("pipe");
	launch->init = fork();
	if (launch->init < 0)
		return stop("fork");
	if (launch->init == 0)
		become_init(path, &launch->inherited, control[1], status[1]);
	close(control[1]);
	close(status[1]);
	launch->control = control[0];
	launch->status = status[0];
	return 0;
}

static int announce(const struct launch *launch)
{
	struct rlimit files;
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return stop("getrlimit RLIMIT_NOFILE");
	if (stream == NULL)
		return stop("open_memstream");
	fprintf(stream, "%d:%d:%d:", launch->control, launch->status, launch->init);
	for (int index = 0; index < launch->inherited.count; index++)
		fprintf(stream, "%s%d", index == 0 ? "" : ",", launch->inherited.numbers[index]);
	fprintf(stream, ":%d:%d:%llu:%llu", launch->output, launch->errors, (unsigned long long)files.rlim_cur,
		(unsigned long long)files.rlim_max);
	int done = fclose(stream) == 0 ? setenv("SLIPWAY_LAUNCH", text, 1) : -1;
	free(text);
	return done < 0 ? stop("setenv SLIPWAY_LAUNCH") : 0;
}

static void remove_engine_variables(void)
{
	char **kept = environ;
	for (char **entry = environ; *entry != NULL; entry++) {
		bool engine = false;
		for (size_t index = 0; index < COUNT(engine_prefixes); index++)
			engine |= strncasecmp(*entry, engine_prefixes[index], strlen(engine_prefixes[index])) == 0;
		if (!engine)
			*kept++ = *entry;
	}
	*kept = NULL;
}

/* The path of a program beside this one, whatever name or link this one is called by. */
static int beside(char *path, const char *name)
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
	if (length < 0)
		return stop("readlink /proc/self/exe");
	path[length] = '\0';
	strcpy(strrchr(path, '/') + 1, name);
	return 0;
}

#ifdef NODE_LAUNCHER
static int become_engine(int argc, char **argv)
{
	char *engine = getenv("SLIPWAY_DRIVER"), *script = getenv("SLIPWAY_SCRIPT");
	char **arguments = calloc(argc + 2, sizeof(*arguments));
	if (engine == NULL || script == NULL || arguments == NULL)
		return stop("SLIPWAY_DRIVER, SLIPWAY_SCRIPT");
	arguments[0] = engine;
	arguments[1] = script;
	memcpy(arguments + 2, argv + 1, argc * sizeof(*argv));
	execv(engine, arguments);
	return stop(engine);
}
#else
static int become_engine(int argc, char **argv)
{
	(void)argc;
	char driver[PATH_MAX + 16];
	if (beside(driver, "slipway-driver") != 0)
		return 1;
	execv(driver, argv);
	fprintf(stderr, "slipway: %s: %s: it must lie beside this program\n", driver, strerror(errno));
	return 1;
}
#endif

int main(int argc, char **argv)
{
	char init[PATH_MAX + 16];
	if (beside(init, "slipway-init") != 0 || fill_stdio() != 0 || clean_path() != 0)
		return 1;
	if (answer_state(argv + 1))
		return 0;
	struct launch launch = { .control = -1, .status = -1 };
	if ((asks_for_fds(argv + 1) ? list_inherited(&launch.inherited) : count_inherited(&launch.inherited)) != 0)
		return 1;
	if (needs_init(argv + 1) && start_init(init, &launch) != 0)
		return 1;
	launch.output = dup(1);
	launch.errors = dup(2);
	if (launch.output < 0 || launch.errors < 0)
		return stop("dup");
	if (announce(&launch) != 0)
		return 1;
	remove_engine_variables();
	/* Making the code generator ready costs a millisecond, and nothing here runs long enough to need it. */
	if (setenv("BUN_JSC_useJIT", "0", 1) < 0)
		return stop("setenv");
	return become_engine(argc, argv);
}
