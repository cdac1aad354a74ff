/* The answer file (src/init/answer.c), and the command line in front of it: words up to an empty one, then the file. */
#include "memory.h"
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <unistd.h>

/* What is in a buffer behind the bytes that were read, and the NUL after them, is none of the answer. */
static ssize_t exact_read(int fd, void *buffer, size_t size)
{
	ssize_t count = read(fd, buffer, size);
	if (count >= 0 && (size_t)count < size)
		__asan_poison_memory_region((char *)buffer + count + 1, size - count - 1);
	return count;
}

#define read exact_read
#include "../../src/init/answer.c"
#undef read

#define MOST_WORDS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = kept_calloc(size + 1, 1);
	memcpy(text, data, size);
	char *words[MOST_WORDS + 1] = { NULL };
	size_t at = 0;
	for (int count = 0; count < MOST_WORDS && at < size && text[at] != '\0'; count++) {
		words[count] = text + at;
		at += strlen(text + at) + 1;
	}
	answer_state(words);
	char file[64];
	snprintf(file, sizeof(file), "/dev/shm/slipway-test-answer-%d", getpid());
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t start = at < size ? at + 1 : size;
	if (fd < 0 || write(fd, data + start, size - start) != (ssize_t)(size - start))
		abort();
	close(fd);
	print_answer(file);
	unlink(file);
	free_kept();
	return 0;
}
