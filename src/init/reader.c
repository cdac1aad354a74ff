/* Reads length-prefixed steps and takes operands out of them. Every length is checked against what is there. */
#include "protocol.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_STEP (16U << 20)

ssize_t read_exactly(int fd, void *buffer, size_t length)
{
	size_t done = 0;
	while (done < length) {
		ssize_t count = read(fd, (char *)buffer + done, length - done);
		if (count == 0)
			break;
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno == ECONNRESET)
			break;
		if (count < 0)
			return -1;
		done += count;
	}
	return done;
}

/* Bytes of the steps that come next: from the socket, or from what was kept. */
static ssize_t next_bytes(struct init *init, void *buffer, size_t length)
{
	if (!init->kept)
		return read_exactly(init->control, buffer, length);
	size_t left = init->kept_length - init->kept_at;
	if (length > left)
		length = left;
	memcpy(buffer, init->kept_steps + init->kept_at, length);
	init->kept_at += length;
	return length;
}

int read_step(struct init *init, struct reader *reader)
{
	uint32_t length;
	ssize_t count = next_bytes(init, &length, sizeof(length));
	if (count == 0)
		return 0;
	if (count != sizeof(length) || length < 4 || length > LONGEST_STEP)
		return fail(init, count < 0 ? errno : 0, "read the length of a step");
	char *bytes = realloc(reader->bytes, length);
	if (bytes == NULL)
		return fail(init, errno, "realloc %u", length);
	*reader = (struct reader){ .bytes = bytes, .length = length };
	count = next_bytes(init, bytes, length);
	if (count != (ssize_t)length)
		return fail(init, count < 0 ? errno : 0, "read a step of %u bytes", length);
	return 1;
}

static int keep(struct init *init, const struct reader *reader)
{
	uint32_t length = reader->length;
	char *kept = realloc(init->kept_steps, init->kept_length + sizeof(length) + length);
	if (kept == NULL)
		return fail(init, errno, "realloc %zu", init->kept_length + length);
	memcpy(kept + init->kept_length, &length, sizeof(length));
	memcpy(kept + init->kept_length + sizeof(length), reader->bytes, length);
	init->kept_steps = kept;
	init->kept_length += sizeof(length) + length;
	return 0;
}

int keep_steps(struct init *init)
{
	struct reader reader = {0};
	for (;;) {
		int found = read_step(init, &reader);
		if (found <= 0)
			return found < 0 ? -1 : fail(init, 0, "the steps end before exec");
		uint32_t number;
		memcpy(&number, reader.bytes, sizeof(number));
		if (keep(init, &reader) < 0)
			return -1;
		if (number == STEP_EXEC)
			break;
	}
	free(reader.bytes);
	init->kept = true;
	return 0;
}

/* Points at the next `length` bytes, or marks the step as malformed. */
static const char *take(struct reader *reader, size_t length)
{
	if (reader->malformed || length > reader->length - reader->at) {
		reader->malformed = 1;
		return NULL;
	}
	const char *bytes = reader->bytes + reader->at;
	reader->at += length;
	return bytes;
}

/* Copies the next bytes into a number, which stays as it is when the step is malformed. */
static void take_number(struct reader *reader, void *number, size_t size)
{
	const char *bytes = take(reader, size);
	if (bytes != NULL)
		memcpy(number, bytes, size);
}

uint32_t take_u32(struct reader *reader)
{
	uint32_t value = 0;
	take_number(reader, &value, sizeof(value));
	return value;
}

bool take_flag(struct reader *reader)
{
	uint32_t value = take_u32(reader);
	if (value > 1)
		reader->malformed = 1;
	return value == 1;
}

uint32_t take_slot(struct reader *reader)
{
	uint32_t value = take_u32(reader);
	if (value == 0)
		reader->malformed = 1;
	return value;
}

uint64_t take_u64(struct reader *reader)
{
	uint64_t value = 0;
	take_number(reader, &value, sizeof(value));
	return value;
}

struct bytes take_bytes(struct reader *reader)
{
	size_t length = take_u32(reader);
	const char *at = take(reader, length);
	return (struct bytes){ .at = at, .length = at == NULL ? 0 : length };
}

const char *take_str(struct reader *reader)
{
	size_t length = take_u32(reader);
	const char *bytes = take(reader, length + 1);
	/* No NUL but the one at the end: a text cannot be cut short. */
	if (bytes == NULL || memchr(bytes, '\0', length + 1) != bytes + length) {
		reader->malformed = 1;
		return "";
	}
	return bytes;
}

struct numbers take_u32s(struct reader *reader)
{
	size_t count = take_u32(reader);
	const char *bytes = take(reader, count * sizeof(uint32_t));
	uint32_t *values = bytes == NULL ? NULL : calloc(count + 1, sizeof(*values));
	if (values == NULL) {
		reader->malformed = 1;
		return (struct numbers){0};
	}
	memcpy(values, bytes, count * sizeof(*values));
	return (struct numbers){ .count = count, .values = values };
}

const char *const *take_strs(struct reader *reader)
{
	size_t count = take_u32(reader);
	/* Each text takes five bytes at least. */
	if (count > reader->length / 5)
		reader->malformed = 1;
	if (reader->malformed)
		count = 0;
	const char **texts = calloc(count + 1, sizeof(*texts));
	if (texts == NULL) {
		reader->malformed = 1;
		return NULL;
	}
	for (size_t index = 0; index < count; index++)
		texts[index] = take_str(reader);
	return texts;
}

int taken_all(const struct reader *reader)
{
	return reader->malformed || reader->at != reader->length ? -1 : 0;
}
