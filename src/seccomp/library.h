/* libseccomp, loaded at run time. */
#ifndef SLIPWAY_LIBRARY_H
#define SLIPWAY_LIBRARY_H
#include <stdint.h>

/* The binary interface of libseccomp 2.5 and later (seccomp_rule_add(3)). */
#define LIBRARY "libseccomp.so.2"
#define UNKNOWN_SYSCALL -1
#define ATTRIBUTE_OPTIMIZE 8
#define BINARY_TREE 2
#define MOST_ARGUMENTS 6

struct comparison {
	unsigned int argument;
	int operation;
	uint64_t a;
	uint64_t b;
};

struct version {
	unsigned int major;
	unsigned int minor;
	unsigned int micro;
};

extern struct seccomp {
	const struct version *(*version)(void);
	void *(*init)(uint32_t action);
	uint32_t (*arch_native)(void);
	uint32_t (*arch_resolve_name)(const char *name);
	int (*arch_add)(void *filter, uint32_t token);
	int (*syscall_resolve_name)(const char *name);
	int (*syscall_resolve_name_arch)(uint32_t token, const char *name);
	int (*attr_set)(void *filter, int attribute, uint32_t value);
	int (*rule_add_array)(void *filter, uint32_t action, int number, unsigned int count, const struct comparison *comparisons);
	int (*export_bpf)(const void *filter, int fd);
} seccomp;

/** Says what failed, and ends. */
_Noreturn void die(const char *what, const char *why);

/** Loads the library, and prints its line. */
void load_library(void);
#endif
