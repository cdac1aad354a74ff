/* Memory of what is fuzzed: it ends with its process there, and with each input here. Included before the sources. */
#ifndef SLIPWAY_FUZZ_MEMORY_H
#define SLIPWAY_FUZZ_MEMORY_H
#include <stdlib.h>

static void **kept;
static size_t kept_count;

static void *noted(void *memory)
{
	kept = realloc(kept, (kept_count + 1) * sizeof(*kept));
	kept[kept_count++] = memory;
	return memory;
}

static void forget(const void *memory)
{
	for (size_t index = kept_count; index-- > 0;)
		if (kept[index] == memory) {
			kept[index] = kept[--kept_count];
			return;
		}
}

static inline void *kept_malloc(size_t size)
{
	return noted(malloc(size));
}

static inline void *kept_calloc(size_t count, size_t size)
{
	return noted(calloc(count, size));
}

static inline void *kept_realloc(void *memory, size_t size)
{
	forget(memory);
	return noted(realloc(memory, size));
}

static inline void kept_free(void *memory)
{
	forget(memory);
	free(memory);
}

static void free_kept(void)
{
	for (size_t index = 0; index < kept_count; index++)
		free(kept[index]);
	kept_count = 0;
}

#define malloc kept_malloc
#define calloc kept_calloc
#define realloc kept_realloc
#define free kept_free
#endif
