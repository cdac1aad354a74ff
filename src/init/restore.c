/* CRIU as a child of the outer init, which the restored process becomes a child of too (rst_sibling of its protocol). */
#include "criu.h"
#include "path.h"
#include "protocol.h"
#include "relay.h"
#include "send-fd.h"
#include "wait.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* criu_req_type. */
#define TYPE_RESTORE 2

/* A place for a mount: a directory, or a file for a bind of one. */
int run_target(struct init *init, const struct step_target *step)
{
	struct stat status;
	bool file = step->like[0] != '\0' && stat(step->like, &status) == 0 && !S_ISDIR(status.st_mode);
	scoped_fd target = file ? make_file_inside(init->rootfs, step->path) : make_directory_inside(init->rootfs, step->path, 0);
	return target < 0 ? fail(init, errno, "open \"%s\" in the root file system", step->path) : 0;
}

struct restoring {
	struct init *init;
	uint32_t terminal_slot;
	pid_t pid;
};

/* Namespaces and processes are there, their contents are not: hooks run now. */
static int wait_for_hooks(struct restoring *restoring, pid_t pid)
{
	char byte;
	restoring->pid = pid;
	if (report(restoring->init, RECORD_PID, pid, 0, "") < 0 || read_exactly(restoring->init->control, &byte, 1) != 1)
		return fail(restoring->init, 0, "slipway is gone");
	return 0;
}

/* The first terminal that nobody in the container holds the other end of: that of its first process. */
static int hand_over(struct restoring *restoring, int master)
{
	struct init *init = restoring->init;
	uint32_t slot = restoring->terminal_slot;
	if (slot == 0)
		return 0;
	restoring->terminal_slot = 0;
	if (init->relay != NULL && relay_adopt(init->relay, master) < 0)
		return fail(init, errno, "adopt the terminal");
	if (send_fd(slot_fd(init, slot), "orphan-pts-master", master) < 0)
		return fail(init, errno, "send the terminal");
	return release_slot(init, slot);
}

static int notified(void *context, const struct criu_notice *notice)
{
	struct restoring *restoring = context;
	if (strcmp(notice->script, "setup-namespaces") == 0)
		return wait_for_hooks(restoring, notice->pid);
	if (strcmp(notice->script, "orphan-pts-master") == 0 && notice->fd >= 0)
		return hand_over(restoring, notice->fd);
	return 0;
}

/* A CRIU that was killed leaves processes that wait for it forever; others take back what they have made. */
static void kill_children(void)
{
	FILE *children = fopen("/proc/thread-self/children", "re");
	int child;
	while (children != NULL && fscanf(children, "%d", &child) == 1)
		kill(child, SIGKILL);
	if (children != NULL)
		fclose(children);
}

int run_restore(struct init *init, const struct step_restore *step)
{
	struct restoring restoring = { .init = init, .terminal_slot = step->terminal_slot };
	struct criu_request request = {
		.type = TYPE_RESTORE,
		.options = step->options.at,
		.length = step->options.length,
		.images = step->images,
		.work = step->work,
	};
	/*
	 * Blocked before, or an early end of the restored process would be missed. And a signal to the process group, which ends slipway
	 * and CRIU, must not end the outer init: it kills what CRIU leaves.
	 */
	if (block_signals(init, true) < 0)
		return -1;
	if (criu_run(init, &request, notified, &restoring) < 0) {
		kill_children();
		return -1;
	}
	if (restoring.pid == 0)
		return fail(init, 0, "criu named no process");
	if (report(init, RECORD_READY, init->step, 0, "") < 0)
		_exit(1);
	_exit(init->foreground ? wait_for(init, restoring.pid) : 0);
}
