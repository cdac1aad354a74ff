/* What every file of the init shares: the state of this process, and how it reports. */
#ifndef SLIPWAY_INIT_H
#define SLIPWAY_INIT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

struct init {
	int control;		/* socket to slipway; -1 once it is closed */
	int status;		/* the status pipe of the outer init */
	int start_fifo;		/* -1 for `run`, where the byte comes through the control socket */
	int result_fifo;
	int first_slot;		/* fd of slot 1 (protocol.ts); those of the others follow */
	unsigned int slots;
	int rootfs;		/* the container's root directory, O_PATH; -1 before openRootfs */
	int gate;		/* of the joiner: the container process waits here; -1 elsewhere */
	int line;		/* socket between the joiner, or its clone, and the outer init, or the builder; -1 elsewhere */
	pid_t parked;		/* of the outer init: the container process that is parked */
	bool parks;		/* of the joiner: its clone will be parked */
	bool builds;		/* this is the builder */
	int namespaces;		/* of the builder: its /proc/self/ns */
	pid_t pid_inside;	/* of the builder: pid of the container process in its pid namespace */
	bool may_retreat;	/* of the joiner: the outer init can take it out of a cgroup without room */
	uint64_t *binds;	/* ids of mounts that are binds (statx(2)) */
	size_t binds_count;
	int empty_tmpfs;	/* where a masked directory is hidden; 0 before the first */
	uint32_t step;		/* position of the step that runs */
	bool debug;
	bool foreground;
	struct relay *relay;	/* of a foreground process with a terminal */
	unsigned int preserved;	/* how many fds from 3 on the program keeps */
	char **environment;
	char *program;		/* path of the program, found by lookup */
	bool kept;		/* steps come from kept_steps instead of the socket */
	char *kept_steps;
	size_t kept_length;
	size_t kept_at;
	bool marked;		/* what the program may not keep is already closed on execve(2) */
	bool hook_failed;
	int failed_errno;
	char failure[4096];
};

/** Notes what failed, for main.c to report. Returns -1. error 0: the text says it all. */
int fail(struct init *init, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** The fd of a slot; -1 after fail() when there is no such slot. */
int slot_fd(struct init *init, uint32_t slot);

/** Copies an fd to a number, in place of what is there. Returns 0, or -1 after fail(). */
int move_fd(struct init *init, int fd, int place);

/** Copies an fd into a slot. Returns 0, or -1 after fail(). */
int fill_slot(struct init *init, uint32_t slot, int fd);

/** The fd of a slot is not needed any more: it is closed, so that a low limit of open files suffices. Returns 0, or -1 after fail(). */
int spend_slot(struct init *init, uint32_t slot);

/** Closes what is in a slot, and leaves it empty. Returns 0, or -1 after fail(). */
int release_slot(struct init *init, uint32_t slot);

/** Sends a record to slipway, or to `start` through the result fifo. Returns 0, or -1 when nobody listens. */
int report(const struct init *init, uint32_t kind, uint32_t step, uint32_t error, const char *text);

/** Closes the fd of a scope. */
static inline void close_scoped(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define scoped_fd __attribute__((cleanup(close_scoped))) int

#endif
