/*
 * slipway-init: does inside the new namespaces what only a process in them can do. It decides nothing: it reads steps
 * (protocol.ts) and runs them in order. `slipway-init` is the prepare stage, which the launcher starts; it becomes
 * unshare(1) or nsenter(1), which become `slipway-init PRESERVED-FDS SLOTS`, the outer init, or `slipway-init stage
 * PRESERVED-FDS SLOTS` in a new user namespace. `slipway-init signal PID START-TIME SIGNAL` and `slipway-init notify SOCKET
 * MANAGER PID START-TIME` are tools that slipway calls, as are `slipway-init criu TYPE IMAGES WORK`, `slipway-init terminal
 * SETTINGS` and `slipway-init listener SOCKET PID START-TIME FD`. `slipway-init reap PID STATUS` is what slipway itself becomes at its
 * end. `slipway-init unpack` reads steps from its stdin, and makes the root file system of an image.
 */
#include "criu.h"
#include "fds.h"
#include "notify.h"
#include "pidfd.h"
#include "protocol.h"
#include "reap.h"
#include "relay.h"
#include "seal.h"
#include "seccomp.h"
#include "wait.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A process starts with whatever its parent ignored or blocked; ours and the program's start clean. */
static int reset_signals(struct init *init)
{
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	/* A record to a slipway that died must fail, not kill. */
	signal(SIGPIPE, SIG_IGN);
	return block_signals(init, false);
}

/* The outer init, and the stage in a new user namespace, are told how many fds are preserved and how many slots there are. */
static int get_ready(struct init *init, int argc, char **argv)
{
	if (run_sealed(init, argv) < 0 || reset_signals(init) < 0)
		return -1;
	/*
	 * Nothing in a container may trace this process or look through its fds. Before its user namespace has maps there is
	 * nobody else in it, and who has no more rights than a user could not write them (becomeSetupUser makes up for it).
	 */
	if (argc != 4 && prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail(init, errno, "prctl PR_SET_DUMPABLE");
	umask(0);
	/* What is executed by its fd has the number of that as its name. */
	if (prctl(PR_SET_NAME, "slipway-init") < 0)
		return fail(init, errno, "prctl PR_SET_NAME");
	if (argc > 1) {
		init->preserved = strtoul(argv[argc - 2], NULL, 10);
		init->slots = strtoul(argv[argc - 1], NULL, 10);
	}
	if (argc == 3 && arrange_fds(init) < 0)
		return -1;
	if (argc == 4)
		find_slots(init);
	return report(init, RECORD_HELLO, 0, 0, PROTOCOL_TEXT);
}

/* Returns 0 when slipway closes its end, or -1 after fail(). */
static int run_steps(struct init *init)
{
	struct reader reader = {0};
	for (;; init->step++) {
		int found = read_step(init, &reader);
		if (found <= 0)
			return found;
		if (dispatch(init, take_u32(&reader), &reader) < 0)
			return -1;
		if (init->debug && report(init, RECORD_RAN, init->step, 0, "") < 0)
			_exit(1);
	}
}

/* Greets on stdout as `readFile` does, with a file of no bytes; says on stderr what failed: an errno, and a text. */
static int unpack(void)
{
	static const uint32_t greeting;
	struct init init = { .control = STDIN_FILENO, .start_fifo = -1, .result_fifo = -1, .rootfs = -1, .gate = -1, .line = -1 };
	umask(0);
	if (write(STDOUT_FILENO, &greeting, sizeof(greeting)) != sizeof(greeting))
		return 1;
	if (reset_signals(&init) < 0 || run_steps(&init) < 0)
		fprintf(stderr, "%d %s", init.failed_errno, init.failure);
	return init.failure[0] == '\0' ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "unpack") == 0)
		return unpack();
	if (argc == 5 && strcmp(argv[1], "signal") == 0)
		return signal_process(argv[2], argv[3], argv[4]);
	if (argc == 6 && strcmp(argv[1], "listener") == 0)
		return send_listener(argv[2], argv[3], argv[4], argv[5]);
	if (argc == 4 && strcmp(argv[1], "reap") == 0)
		return reap(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "terminal") == 0)
		return restore_terminal(argv[2]);
	if (argc == 5 && strcmp(argv[1], "criu") == 0)
		return criu_tool(argv[2], argv[3], argv[4]);
	if (argc == 6 && strcmp(argv[1], "notify") == 0)
		return relay_readiness(argv[2], argv[3], argv[4], argv[5]);
	struct init init = { .control = 2, .start_fifo = -1, .result_fifo = -1, .rootfs = -1, .gate = -1, .line = -1 };
	bool known = argc == 1 || argc == 3 || (argc == 4 && strcmp(argv[1], "stage") == 0);
	if (!known)
		fail(&init, 0, "usage: slipway-init [[stage] PRESERVED-FDS SLOTS]");
	/* slipway died: so does a container that was not started. */
	else if (get_ready(&init, argc, argv) == 0 && run_steps(&init) == 0)
		_exit(1);
	report(&init, init.hook_failed ? RECORD_HOOK_FAILED : RECORD_FAILED, init.step, init.failed_errno, init.failure);
	_exit(1);
}
