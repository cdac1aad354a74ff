/* The profile compiler (src/seccomp/compiler.c): a profile on its stdin. */
#include <setjmp.h>
#include <stdio.h>
static jmp_buf end;
static FILE *input;
static void *watched(void *library, const char *name);
static ssize_t read_line(char **line, size_t *size, FILE *from);

/* The compiler includes these itself: first, so that no macro gets into them. */
#include <dlfcn.h>
#include <stdlib.h>
#define main compile
#define exit(status) longjmp(end, 1)
#define dlsym watched
#define getline read_line
#undef stdin
#define stdin input
#include "../../src/seccomp/compiler.c"
#include "../../src/seccomp/library.c"
#undef main
#undef exit
#undef dlsym
#undef getline

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The compiler ends with its filter; here it must be released. */
static void *filters[64];
static size_t filters_count;
static void *(*make_filter)(uint32_t action);
static void (*release_filter)(void *filter);

static void *noted_filter(uint32_t action)
{
	void *filter = make_filter(action);
	if (filter == NULL || filters_count == sizeof(filters) / sizeof(*filters)) {
		if (filter != NULL)
			release_filter(filter);
		return NULL;
	}
	return filters[filters_count++] = filter;
}

static void *watched(void *library, const char *name)
{
	void *symbol = dlsym(library, name);
	if (strcmp(name, "seccomp_init") != 0)
		return symbol;
	void *release = dlsym(library, "seccomp_release");
	memcpy(&make_filter, &symbol, sizeof(symbol));
	memcpy(&release_filter, &release, sizeof(release));
	void *(*noted)(uint32_t) = noted_filter;
	memcpy(&symbol, &noted, sizeof(noted));
	return symbol;
}

/* One buffer for all inputs. */
static ssize_t read_line(char **line, size_t *size, FILE *from)
{
	static char *buffer;
	static size_t length;
	(void)size;
	ssize_t count = getline(&buffer, &length, from);
	*line = buffer;
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	/* The compiler ends with its files open. */
	static int first = -1;
	if (first < 0) {
		first = dup(0);
		close(first);
	}
	input = fmemopen((void *)data, size, "r");
	if (input == NULL)
		abort();
	if (setjmp(end) == 0)
		compile();
	fclose(input);
	for (size_t index = 0; index < filters_count; index++)
		release_filter(filters[index]);
	filters_count = 0;
	close_range(first, ~0U, 0);
	return 0;
}
