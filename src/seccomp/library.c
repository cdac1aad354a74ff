/* Loads libseccomp (dlopen(3)). */
#include "library.h"
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct seccomp seccomp;

static const struct {
	const char *name;
	void *place;
} symbols[] = {
	{ "seccomp_version", &seccomp.version },
	{ "seccomp_init", &seccomp.init },
	{ "seccomp_arch_native", &seccomp.arch_native },
	{ "seccomp_arch_resolve_name", &seccomp.arch_resolve_name },
	{ "seccomp_arch_add", &seccomp.arch_add },
	{ "seccomp_syscall_resolve_name", &seccomp.syscall_resolve_name },
	{ "seccomp_syscall_resolve_name_arch", &seccomp.syscall_resolve_name_arch },
	{ "seccomp_attr_set", &seccomp.attr_set },
	{ "seccomp_rule_add_array", &seccomp.rule_add_array },
	{ "seccomp_export_bpf", &seccomp.export_bpf },
};

void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

void load_library(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW);
	if (library == NULL)
		die(LIBRARY, "cannot be loaded, and it compiles seccomp profiles: install libseccomp 2.5 or later (libseccomp2)");
	for (size_t index = 0; index < sizeof(symbols) / sizeof(*symbols); index++) {
		void *symbol = dlsym(library, symbols[index].name);
		if (symbol == NULL)
			die(LIBRARY, "too old: install libseccomp 2.5 or later");
		memcpy(symbols[index].place, &symbol, sizeof(symbol));
	}
	struct link_map *map = NULL;
	struct stat file;
	if (dlinfo(library, RTLD_DI_LINKMAP, &map) < 0 || stat(map->l_name, &file) < 0)
		die(LIBRARY, "its file cannot be found");
	const struct version *version = seccomp.version();
	printf("library %u.%u.%u %ju %jd %jd %s\n", version->major, version->minor, version->micro, (uintmax_t)file.st_ino,
	       (intmax_t)file.st_size, (intmax_t)file.st_mtime, map->l_name);
}
