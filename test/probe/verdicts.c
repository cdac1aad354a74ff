/*
 * What the seccomp filter of this container says to each system call from 0 to LAST, x86-64 and i386, none of which is done: a
 * further filter has the kernel ask a tracer about those that the container's own allows. With arguments that are all the same:
 * one line an architecture and argument, "allow", "kill", "trap", "trace", or the errno, a word a number.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALLOWED 77

static volatile long *result;
#define PENDING -100000

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void ask_about_everything(void)
{
	struct sock_filter ask[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | ALLOWED) };
	struct sock_fprog program = { .len = 1, .filter = ask };
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		_exit(2);
}

static long call_x86_64(long number, long argument)
{
	register long r10 __asm__("r10") = argument;
	register long r8 __asm__("r8") = argument;
	register long r9 __asm__("r9") = argument;
	long value;
	__asm__ volatile("syscall"
			 : "=a"(value)
			 : "a"(number), "D"(argument), "S"(argument), "d"(argument), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return value;
}

static long call_i386(long number, long argument)
{
	int value;
	__asm__ volatile("int $0x80"
			 : "=a"(value)
			 : "a"((int)number), "b"((int)argument), "c"((int)argument), "d"((int)argument), "S"((int)argument),
			   "D"((int)argument)
			 : "memory", "r8", "r9", "r10", "r11");
	return value;
}

static void child(long (*call)(long, long), long number, long argument)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(2);
	raise(SIGSTOP);
	ask_about_everything();
	*result = call(number, argument);
	for (;;)
		call_x86_64(SYS_getpid, 0);
}

static const char *verdict(pid_t pid)
{
	static char text[32];
	int status;
	for (;;) {
		if (waitpid(pid, &status, __WALL) != pid)
			die("waitpid");
		if (WIFEXITED(status))
			return WEXITSTATUS(status) == 0 ? "exit" : "no-filter";
		if (WIFSIGNALED(status))
			return WTERMSIG(status) == SIGSYS ? "kill" : "signal";
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
			unsigned long data = 0;
			ptrace(PTRACE_GETEVENTMSG, pid, NULL, &data);
			if (*result == PENDING)
				return data == ALLOWED ? "allow" : "trace";
			snprintf(text, sizeof(text), "%ld", -*result);
			return text;
		}
		if (WSTOPSIG(status) == SIGSYS)
			return "trap";
		ptrace(PTRACE_CONT, pid, NULL, NULL);
	}
}

static void table(const char *name, long (*call)(long, long), long argument, long first, long last)
{
	printf("%s %#lx", name, argument);
	for (long number = first; number <= last; number++) {
		*result = PENDING;
		fflush(stdout);
		pid_t pid = fork();
		if (pid < 0)
			die("fork");
		if (pid == 0)
			child(call, number, argument);
		int status;
		if (waitpid(pid, &status, __WALL) != pid)
			die("waitpid");
		ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL);
		ptrace(PTRACE_CONT, pid, NULL, NULL);
		printf(" %s", verdict(pid));
		kill(pid, SIGKILL);
		waitpid(pid, &status, __WALL);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	long last = argc > 1 ? atol(argv[1]) : 600;
	result = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (result == MAP_FAILED)
		die("mmap");
	/* Nothing; everything; AF_VSOCK, PER_LINUX32 and a namespace flag. */
	static const long arguments[] = { 0, -1, 40, 8, 0x10000000 };
	for (size_t index = 0; index < sizeof(arguments) / sizeof(*arguments); index++) {
		table("x86-64", call_x86_64, arguments[index], 0, last);
		table("i386", call_i386, arguments[index], 0, last);
	}
	table("x32", call_x86_64, 0, 0x40000000, 0x40000000 + last);
	return 0;
}
