/*
 * dist/slipway: prepares what JavaScript cannot, then becomes the driver. It makes the control socket (blocking, and
 * with both ends), notes the open fds and RLIMIT_NOFILE before the JavaScript engine changes them, and keeps variables that belong to the
 * engine out of its way. SLIPWAY_DRIVER and SLIPWAY_SCRIPT name another engine, such as Node, and its script.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const engine_variables[] = { "BUN_BE_BUN", "BUN_OPTIONS", "NODE_OPTIONS" };

static int stop(const char *what)
{
	fprintf(stderr, "slipway: %s: %s\n", what, strerror(errno));
	return 1;
}

/* A program that was started without stdio would find other files in its place. */
static int fill_stdio(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	return fd < 0 ? stop("open /dev/null") : close(fd);
}

/* How many fds from 3 on the caller opened, without a gap: what --preserve-fds may ask for. */
static int count_inherited(void)
{
	int count = 0;
	while (fcntl(3 + count, F_GETFD) >= 0)
		count++;
	return count;
}

static int announce(void)
{
	int inherited = count_inherited();
	int pair[2];
	struct rlimit files;
	char text[128];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return stop("socketpair");
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return stop("getrlimit RLIMIT_NOFILE");
	snprintf(text, sizeof(text), "%d:%d:%d:%llu:%llu", pair[0], pair[1], inherited,
		 (unsigned long long)files.rlim_cur, (unsigned long long)files.rlim_max);
	return setenv("SLIPWAY_LAUNCH", text, 1) < 0 ? stop("setenv") : 0;
}

int main(int argc, char **argv)
{
	char driver[PATH_MAX + 16];
	ssize_t length = readlink("/proc/self/exe", driver, PATH_MAX);
	if (length < 0)
		return stop("readlink /proc/self/exe");
	memcpy(driver + length, "-driver", sizeof("-driver"));
	if (fill_stdio() != 0 || announce() != 0)
		return 1;
	for (size_t index = 0; index < sizeof(engine_variables) / sizeof(engine_variables[0]); index++)
		unsetenv(engine_variables[index]);
	const char *engine = getenv("SLIPWAY_DRIVER");
	char *script = getenv("SLIPWAY_SCRIPT");
	if (engine == NULL || script == NULL) {
		execv(driver, argv);
		return stop(driver);
	}
	char **arguments = calloc(argc + 2, sizeof(*arguments));
	if (arguments == NULL)
		return stop("calloc");
	arguments[0] = (char *)engine;
	arguments[1] = script;
	memcpy(arguments + 2, argv + 1, argc * sizeof(*argv));
	execv(engine, arguments);
	return stop(engine);
}
