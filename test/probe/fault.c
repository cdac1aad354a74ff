/*
 * `fault REPORT FAULT POINT [-p PID] COMMAND…`: runs a command of the runtime as a tracer (ptrace(2)), and lets something go wrong at
 * one point of its life. Points are counted from 1, by who gets to them:
 *
 *   driver:N  the Nth system call of the command that changes something outside of it, before it is made
 *   init:N    the Nth record that the init sends, before it is sent (src/init/protocol.ts): with --debug there is one for each step
 *   call:N    the Nth system call of the init that can fail
 *
 * FAULT: `none`; `driver`, `init` or `both`, which get SIGKILL; or the number of an errno that the system call fails with.
 * -p: a process that is there already counts as the init too. REPORT gets a line for each point, and one for each process.
 * Ends with the status of the command, 128+n when a signal ended it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "fault.c knows the registers of x86-64 alone"
#endif

#define MANY 4096

struct tracee {
	pid_t tid, process;
	/* Runs slipway-init, and not what that becomes or starts: unshare, a hook, the program. */
	bool is_init;
	/* What a system call that was taken out returns. */
	int error;
};

static struct tracee tracees[MANY];
static size_t count;
static pid_t driver;
static FILE *report;
static const char *fault, *kind;
static unsigned long wanted, driver_points, init_points, call_points;

static int die(const char *what)
{
	perror(what);
	exit(125);
}

static struct tracee *find(pid_t tid)
{
	for (size_t index = 0; index < count; index++)
		if (tracees[index].tid == tid)
			return &tracees[index];
	return NULL;
}

static pid_t process_of(pid_t tid)
{
	char path[64], line[128];
	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	FILE *file = fopen(path, "re");
	pid_t process = tid;
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "Tgid: %d", &process);
	if (file != NULL)
		fclose(file);
	return process;
}

static bool runs(pid_t tid, const char *name)
{
	char path[64], program[4096];
	snprintf(path, sizeof(path), "/proc/%d/exe", tid);
	ssize_t length = readlink(path, program, sizeof(program) - 1);
	program[length < 0 ? 0 : length] = '\0';
	return strstr(program, name) != NULL;
}

static struct tracee *add(pid_t tid)
{
	struct tracee *found = find(tid);
	if (found != NULL)
		return found;
	if (count == MANY) {
		errno = ENOBUFS;
		die("tracees");
	}
	found = &tracees[count++];
	*found = (struct tracee){ .tid = tid, .process = process_of(tid) };
	found->is_init = tid != driver && runs(tid, "slipway-init");
	if (found->tid == found->process)
		fprintf(report, "process %d\n", tid);
	return found;
}

static bool is_driver_effect(uint64_t number, const uint64_t *args)
{
	switch (number) {
	case SYS_open:
		return (args[1] & (O_ACCMODE | O_CREAT)) != 0;
	case SYS_openat:
		return (args[2] & (O_ACCMODE | O_CREAT)) != 0;
	case SYS_write:
		return args[0] > 2 && args[2] != sizeof(uint64_t);
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_mkdir:
	case SYS_mkdirat:
	case SYS_rmdir:
	case SYS_unlink:
	case SYS_unlinkat:
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_link:
	case SYS_linkat:
	case SYS_symlink:
	case SYS_chown:
	case SYS_fchown:
	case SYS_lchown:
	case SYS_fchownat:
	case SYS_chmod:
	case SYS_fchmod:
	case SYS_fchmodat:
	case SYS_kill:
	case SYS_pidfd_send_signal:
	case SYS_fork:
	case SYS_vfork:
	case SYS_clone:
	case SYS_clone3:
	case SYS_execve:
		return true;
	default:
		return false;
	}
}

/* Not those that end, wait, tell or free something. */
static bool can_fail(uint64_t number)
{
	switch (number) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_read:
	case SYS_write:
	case SYS_close:
	case SYS_close_range:
	case SYS_munmap:
	case SYS_brk:
	case SYS_mmap:
	case SYS_mprotect:
	case SYS_getpid:
	case SYS_gettid:
	case SYS_getuid:
	case SYS_geteuid:
	case SYS_getgid:
	case SYS_getegid:
	case SYS_umask:
	case SYS_wait4:
	case SYS_waitid:
	case SYS_rt_sigreturn:
	case SYS_rt_sigaction:
	case SYS_rt_sigprocmask:
	case SYS_arch_prctl:
	case SYS_set_tid_address:
	case SYS_set_robust_list:
	case SYS_rseq:
	case SYS_getrandom:
	case SYS_futex:
	case SYS_poll:
	case SYS_ppoll:
		return false;
	default:
		return true;
	}
}

static size_t peek(pid_t tid, uint64_t address, void *bytes, size_t size)
{
	struct iovec here = { bytes, size }, there = { (void *)address, size };
	ssize_t got = process_vm_readv(tid, &here, 1, &there, 1, 0);
	return got < 0 ? 0 : got;
}

/* Whether a write(2) is a record of the init; the kinds are numbered from 1. */
static bool is_record(pid_t tid, const uint64_t *args, uint32_t *header)
{
	return args[2] >= 16 && args[2] < 8192 && peek(tid, args[1], header, 16) == 16 && header[0] >= 1 &&
	       header[0] <= 32 && header[3] + 16 == args[2];
}

/* The process of the init that got to the point; all of them at a point of the driver. */
static void kill_init(const struct tracee *tracee)
{
	if (tracee->process != driver) {
		kill(tracee->process, SIGKILL);
		return;
	}
	for (size_t index = 0; index < count; index++)
		if (tracees[index].process != driver)
			kill(tracees[index].process, SIGKILL);
}

static void strike(struct tracee *tracee)
{
	fprintf(report, "struck\n");
	fflush(report);
	if (strcmp(fault, "driver") == 0 || strcmp(fault, "both") == 0)
		kill(driver, SIGKILL);
	if (strcmp(fault, "init") == 0 || strcmp(fault, "both") == 0)
		kill_init(tracee);
	int error = atoi(fault);
	if (error == 0)
		return;
	struct user_regs_struct registers;
	if (ptrace(PTRACE_GETREGS, tracee->tid, 0, &registers) < 0)
		return;
	registers.orig_rax = -1;
	ptrace(PTRACE_SETREGS, tracee->tid, 0, &registers);
	tracee->error = error;
}

/* Counts a point; whether it is the one where something goes wrong. */
static bool reaches(const char *who, unsigned long *points)
{
	return ++*points == wanted && strcmp(kind, who) == 0;
}

static void enter(struct tracee *tracee, const struct __ptrace_syscall_info *info)
{
	const uint64_t *args = (const uint64_t *)info->entry.args;
	uint64_t number = info->entry.nr;
	bool now = false;
	uint32_t header[4];
	if (tracee->tid == driver && is_driver_effect(number, args)) {
		fprintf(report, "driver %lu\n", (unsigned long)number);
		now |= reaches("driver", &driver_points);
	}
	if (tracee->process != driver && number == SYS_write && is_record(tracee->tid, args, header)) {
		fprintf(report, "init %u %u\n", header[0], header[1]);
		now |= reaches("init", &init_points);
	}
	if (tracee->is_init && can_fail(number)) {
		fprintf(report, "call %lu\n", (unsigned long)number);
		now |= reaches("call", &call_points);
	}
	if (now)
		strike(tracee);
}

static void leave(struct tracee *tracee)
{
	if (tracee->error == 0)
		return;
	struct user_regs_struct registers;
	if (ptrace(PTRACE_GETREGS, tracee->tid, 0, &registers) == 0) {
		registers.rax = -tracee->error;
		ptrace(PTRACE_SETREGS, tracee->tid, 0, &registers);
	}
	tracee->error = 0;
}

static void at_call(struct tracee *tracee)
{
	struct __ptrace_syscall_info info;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->tid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		enter(tracee, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		leave(tracee);
}

#define OPTIONS                                                                                                                        \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

/* Lets a tracee go on from where it stopped. */
static void resume(struct tracee *tracee, int status)
{
	int number = WSTOPSIG(status), event = status >> 16;
	if (number == (SIGTRAP | 0x80)) {
		at_call(tracee);
		ptrace(PTRACE_SYSCALL, tracee->tid, 0, 0);
	} else if (event == PTRACE_EVENT_STOP && number != SIGTRAP) {
		/* Stopped as by SIGSTOP, until SIGCONT. */
		ptrace(PTRACE_LISTEN, tracee->tid, 0, 0);
	} else if (event != 0) {
		unsigned long child;
		if (event == PTRACE_EVENT_EXEC)
			/* The command becomes slipway-init at its end, which takes zombies away. */
			tracee->is_init = tracee->tid != driver && runs(tracee->tid, "slipway-init");
		/* CRIU, installed or unpacked by scripts/test, traces what it restores, which no other tracer may. */
		if (event == PTRACE_EVENT_EXEC && (runs(tracee->tid, "/criu") || runs(tracee->tid, "/.criu/"))) {
			ptrace(PTRACE_DETACH, tracee->tid, 0, 0);
			*tracee = tracees[--count];
			return;
		}
		if (event != PTRACE_EVENT_STOP && event != PTRACE_EVENT_EXEC &&
		    ptrace(PTRACE_GETEVENTMSG, tracee->tid, 0, &child) == 0)
			add(child);
		ptrace(PTRACE_SYSCALL, tracee->tid, 0, 0);
	} else {
		ptrace(PTRACE_SYSCALL, tracee->tid, 0, number);
	}
}

static int follow(void)
{
	for (;;) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL);
		if (tid < 0)
			return errno == EINTR ? 0 : die("waitpid");
		struct tracee *tracee = add(tid);
		if (WIFSTOPPED(status)) {
			resume(tracee, status);
			continue;
		}
		if (tid == driver)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		*tracee = tracees[--count];
	}
}

int main(int argc, char **argv)
{
	int next = 4;
	pid_t there = 0;
	if (argc > 6 && strcmp(argv[4], "-p") == 0) {
		there = atoi(argv[5]);
		next = 6;
	}
	char *colon = argc > next ? strchr(argv[3], ':') : NULL;
	if (colon == NULL)
		return fprintf(stderr, "usage: fault REPORT FAULT KIND:N [-p PID] COMMAND...\n"), 125;
	*colon = '\0';
	kind = argv[3];
	wanted = strtoul(colon + 1, NULL, 10);
	fault = argv[2];
	report = fopen(argv[1], "we");
	if (report == NULL)
		die(argv[1]);
	driver = fork();
	if (driver < 0)
		die("fork");
	if (driver == 0) {
		raise(SIGSTOP);
		execvp(argv[next], argv + next);
		_exit(127);
	}
	int status;
	if (waitpid(driver, &status, WUNTRACED) < 0 || ptrace(PTRACE_SEIZE, driver, 0, OPTIONS) < 0)
		die("PTRACE_SEIZE");
	add(driver);
	if (there != 0) {
		if (ptrace(PTRACE_SEIZE, there, 0, OPTIONS) < 0 || ptrace(PTRACE_INTERRUPT, there, 0, 0) < 0)
			die("PTRACE_SEIZE -p");
		add(there);
	}
	kill(driver, SIGCONT);
	int result = follow();
	fclose(report);
	return result;
}
