/* The wire format of Protocol Buffers, as far as CRIU's messages have it. */
#ifndef SLIPWAY_PROTOBUF_H
#define SLIPWAY_PROTOBUF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes that a number of 64 bits and its tag take at most. */
#define LONGEST_FIELD 20

/** A message, and how far it was read. */
struct cursor {
	const char *bytes;
	size_t length;
	size_t at;
};

struct field {
	uint64_t number;
	uint64_t value;		/* of a varint */
	const char *bytes;	/* of a text or message */
	size_t length;
};

/** Reads the next field; false at the end, or where the message is malformed. */
bool next_field(struct cursor *cursor, struct field *field);

/** Writes a field with a number. Returns its length. */
size_t put_number(char *at, uint32_t number, uint64_t value);

/** Writes the beginning of a field with so many bytes, which follow. Returns its length. */
size_t put_length(char *at, uint32_t number, size_t length);
#endif
