/*
 * slipway-seccomp: has libseccomp compile a seccomp profile. It is a program of its own because libseccomp is loaded at run
 * time, so that slipway can be built without it and is not linked to a version of it. stdin is the profile, a line an entry
 * (profile.ts):
 *
 *   default ACTION
 *   architecture NAME
 *   rule INDEX ACTION SYSCALL [ARG:OP:A:B ...]
 *
 * and stdout what came of it (filter.ts):
 *
 *   library VERSION INODE SIZE MTIME PATH
 *   flags BITS            SECCOMP_FILTER_FLAG_* of this kernel
 *   foreign NAME          an architecture that this machine cannot have
 *   unknown SYSCALL
 *   last TOKEN NUMBER     the highest number of a syscall that the profile names, by architecture
 *   filter HEX            struct sock_filter, one after the other
 */
#include "library.h"
#include <errno.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of Linux 5.19. */
#define WAIT_KILLABLE_RECV (1U << 5)

/* An architecture of the filter, and the highest number there of a syscall that the profile names. */
struct architecture {
	uint32_t token;
	int last;
};

struct profile {
	void *filter;
	uint32_t default_action;
	struct architecture architectures[32];
	size_t count;
	size_t rules;
};

/* The kernel looks at the flags before it looks at the filter, which is none. */
static void print_flags(void)
{
	unsigned int found = 0;
	for (unsigned int bit = 0; bit < 32; bit++) {
		unsigned int flag = 1U << bit;
		/* One is for listeners alone. */
		unsigned int flags = flag == WAIT_KILLABLE_RECV ? flag | SECCOMP_FILTER_FLAG_NEW_LISTENER : flag;
		if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT)
			found |= flag;
	}
	printf("flags %u\n", found);
}

static void note_architecture(struct profile *profile, uint32_t token)
{
	for (size_t index = 0; index < profile->count; index++)
		if (profile->architectures[index].token == token)
			return;
	if (profile->count < sizeof(profile->architectures) / sizeof(*profile->architectures))
		profile->architectures[profile->count++] = (struct architecture){ .token = token, .last = -1 };
}

static void begin(struct profile *profile, const char *action)
{
	profile->default_action = strtoul(action, NULL, 10);
	profile->filter = seccomp.init(profile->default_action);
	if (profile->filter == NULL)
		die("/linux/seccomp/defaultAction", "libseccomp or the kernel does not support it");
	note_architecture(profile, seccomp.arch_native());
}

/* What libseccomp does not know, or cannot have beside the native one (another byte order), no process here can use. */
static void add_architecture(struct profile *profile, const char *name)
{
	uint32_t token = seccomp.arch_resolve_name(name);
	int error = token == 0 ? -EINVAL : seccomp.arch_add(profile->filter, token);
	if (error < 0 && error != -EEXIST)
		printf("foreign %s\n", name);
	else
		note_architecture(profile, token);
}

/* The kind of tree that is quicker for many rules and slower for few. */
static void optimize(struct profile *profile)
{
	if (profile->rules >= 8)
		seccomp.attr_set(profile->filter, ATTRIBUTE_OPTIMIZE, BINARY_TREE);
}

static void add_rule(struct profile *profile, char *rest)
{
	char *state = NULL;
	const char *index = strtok_r(rest, " ", &state);
	const char *action_text = strtok_r(NULL, " ", &state);
	const char *name = strtok_r(NULL, " ", &state);
	if (name == NULL)
		die("rule", "malformed");
	struct comparison comparisons[MOST_ARGUMENTS];
	unsigned int count = 0;
	for (const char *text = NULL; count < MOST_ARGUMENTS && (text = strtok_r(NULL, " ", &state)) != NULL; count++) {
		struct comparison *to = &comparisons[count];
		if (sscanf(text, "%u:%d:%" SCNu64 ":%" SCNu64, &to->argument, &to->operation, &to->a, &to->b) != 4)
			die("comparison", "malformed");
	}
	for (size_t at = 0; at < profile->count; at++) {
		struct architecture *architecture = &profile->architectures[at];
		int number = seccomp.syscall_resolve_name_arch(architecture->token, name);
		if (number > architecture->last)
			architecture->last = number;
	}
	int number = seccomp.syscall_resolve_name(name);
	uint32_t action = strtoul(action_text, NULL, 10);
	if (number == UNKNOWN_SYSCALL) {
		printf("unknown %s\n", name);
		return;
	}
	/* libseccomp refuses a rule that changes nothing. */
	if (action == profile->default_action)
		return;
	int error = seccomp.rule_add_array(profile->filter, action, number, count, comparisons);
	if (error < 0) {
		fprintf(stderr, "/linux/seccomp/syscalls/%s: libseccomp does not take the rule for %s: %s\n", index, name,
			strerror(-error));
		exit(1);
	}
	profile->rules++;
}

static void print_filter(const struct profile *profile)
{
	for (size_t at = 0; at < profile->count; at++)
		if (profile->architectures[at].last >= 0)
			printf("last %" PRIu32 " %d\n", profile->architectures[at].token, profile->architectures[at].last);
	int memory = memfd_create("filter", MFD_CLOEXEC);
	int error = memory < 0 ? -errno : seccomp.export_bpf(profile->filter, memory);
	if (error < 0)
		die("/linux/seccomp: libseccomp cannot compile the profile", strerror(-error));
	printf("filter ");
	unsigned char bytes[4096];
	ssize_t length;
	for (off_t at = 0; (length = pread(memory, bytes, sizeof(bytes), at)) > 0; at += length)
		for (ssize_t index = 0; index < length; index++)
			printf("%02x", bytes[index]);
	printf("\n");
}

int main(void)
{
	struct profile profile = { 0 };
	char *line = NULL;
	size_t size = 0;
	load_library();
	print_flags();
	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		char *rest = strchr(line, ' ');
		if (rest == NULL)
			die(line, "malformed");
		*rest++ = '\0';
		if (strcmp(line, "default") == 0)
			begin(&profile, rest);
		else if (profile.filter == NULL)
			die(line, "the default action comes first");
		else if (strcmp(line, "architecture") == 0)
			add_architecture(&profile, rest);
		else
			add_rule(&profile, rest);
	}
	if (profile.filter == NULL)
		die("profile", "is empty");
	optimize(&profile);
	print_filter(&profile);
	return fflush(stdout) == 0 ? 0 : 1;
}
