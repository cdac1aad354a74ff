/*
 * A container process in the pid namespace of another container is parked with nothing of the host, while the builder makes
 * its root file system (protocol.ts). The line between them carries messages of one kind each, with an fd where there is one.
 */
#include "park.h"
#include "mount.h"
#include "protocol.h"
#include "send-fd.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

struct message {
	enum { PROCFS, NAMESPACE, TERMINAL, GO_ON } kind;
	int error;	/* of PROCFS: errno in place of an fd */
	uint32_t step;	/* of GO_ON: the step that comes next */
};

static int send_message(const struct init *init, const struct message *message, int fd)
{
	if (fd < 0)
		return send(init->line, message, sizeof(*message), MSG_NOSIGNAL) < 0 ? -1 : 0;
	return send_with_fd(init->line, message, sizeof(*message), fd);
}

static int receive_message(const struct init *init, struct message *message, int *fd)
{
	ssize_t count = receive_with_fd(init->line, (char *)message, sizeof(*message), fd);
	return count == sizeof(*message) ? 0 : -1;
}

/* A procfs shows the pid namespace of whoever opens its context. */
static int serve_procfs(const struct init *init)
{
	scoped_fd context = fsopen("proc", FSOPEN_CLOEXEC);
	struct message answer = { .kind = PROCFS, .error = context < 0 ? errno : 0 };
	return send_message(init, &answer, context);
}

static int take_terminal(struct init *init, int terminal)
{
	for (int fd = 0; fd <= 2; fd++)
		if (move_fd(init, terminal, fd) < 0)
			return -1;
	return 0;
}

static int serve(struct init *init, const struct message *message, int fd)
{
	switch (message->kind) {
	case PROCFS:
		if (serve_procfs(init) < 0)
			_exit(1);
		return 0;
	case NAMESPACE:
		return setns(fd, 0) < 0 ? fail(init, errno, "setns") : 0;
	case TERMINAL:
		return take_terminal(init, fd);
	case GO_ON:
		init->step = message->step;
		return 0;
	}
	return fail(init, 0, "the builder sent something that nobody expects");
}

int park(struct init *init)
{
	const pid_t own = getpid();
	if (send(init->line, &own, sizeof(own), MSG_NOSIGNAL) != sizeof(own))
		_exit(1);
	for (;;) {
		struct message message;
		int fd;
		/* The builder failed, and reported why; or it is gone. */
		if (receive_message(init, &message, &fd) < 0)
			_exit(1);
		int done = serve(init, &message, fd);
		if (fd >= 0)
			close(fd);
		if (done < 0)
			return -1;
		if (message.kind == GO_ON)
			break;
	}
	close(init->line);
	init->line = -1;
	return 0;
}

int become_builder(struct init *init)
{
	if (read_exactly(init->line, &init->pid_inside, sizeof(init->pid_inside)) != sizeof(init->pid_inside))
		return fail(init, 0, "the container process is gone");
	init->builds = true;
	/* Its files are found through it when /proc is the container's. */
	init->namespaces = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (init->namespaces < 0)
		return fail(init, errno, "open \"/proc/self/ns\"");
	return setsid() < 0 ? fail(init, errno, "setsid") : 0;
}

int parked_procfs(struct init *init)
{
	struct message message = { .kind = PROCFS };
	int fd;
	if (send_message(init, &message, -1) < 0 || receive_message(init, &message, &fd) < 0)
		return fail(init, 0, "the container process is gone");
	return fd < 0 ? fail(init, message.error, "fsopen \"proc\"") : fd;
}

int run_empty_root(struct init *init, const struct step_empty_root *step)
{
	(void)step;
	if (unshare(CLONE_NEWNS) < 0)
		return fail(init, errno, "unshare CLONE_NEWNS");
	if (mount(NULL, "/", NULL, MS_PRIVATE | MS_REC, NULL) < 0)
		return fail(init, errno, "make every mount private");
	scoped_fd top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	init->rootfs = new_filesystem(init, "tmpfs", NULL, MOUNT_ATTR_RDONLY);
	if (init->rootfs < 0)
		return -1;
	if (top < 0)
		return fail(init, errno, "open \"/\"");
	if (attach(init, init->rootfs, top, "/") < 0)
		return -1;
	if (run_pivot_root(init, &(struct step_pivot_root){ 0 }) < 0)
		return -1;
	close(init->rootfs);
	init->rootfs = -1;
	return 0;
}

static int hand_over_namespace(struct init *init, const char *name)
{
	scoped_fd namespace = openat(init->namespaces, name, O_RDONLY | O_CLOEXEC);
	if (namespace < 0)
		return fail(init, errno, "open \"/proc/self/ns/%s\"", name);
	return send_message(init, &(struct message){ .kind = NAMESPACE }, namespace) < 0 ? fail(init, errno, "hand over") : 0;
}

int run_hand_over(struct init *init, const struct step_hand_over *step)
{
	if (step->cgroup && hand_over_namespace(init, "cgroup") < 0)
		return -1;
	if (hand_over_namespace(init, "mnt") < 0)
		return -1;
	if (step->terminal && send_message(init, &(struct message){ .kind = TERMINAL }, 0) < 0)
		return fail(init, errno, "hand over the terminal");
	const struct message last = { .kind = GO_ON, .step = init->step };
	/* The process that takes the step over reports that it ran. */
	_exit(send_message(init, &last, -1) < 0 ? 1 : 0);
}
