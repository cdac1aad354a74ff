/* The step decoder (src/init/reader.c, and what scripts/generate-header.ts makes): a stream of steps, kept and then taken apart. */
#include "memory.h"
#include "../../src/init/reader.c"
#include <stdio.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_all(struct init *init)
{
	struct reader reader = { 0 };
	while (read_step(init, &reader) > 0 && dispatch(init, take_u32(&reader), &reader) == 0)
		init->step++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct init init = { .control = memfd_create("steps", MFD_CLOEXEC) };
	if (write(init.control, data, size) != (ssize_t)size || lseek(init.control, 0, SEEK_SET) != 0)
		abort();
	take_all(&init);
	lseek(init.control, 0, SEEK_SET);
	if (keep_steps(&init) == 0)
		take_all(&init);
	close(init.control);
	free_kept();
	return 0;
}
