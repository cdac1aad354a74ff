/* Reads length-prefixed steps and takes operands out of them (wire format: encode.ts). */
#ifndef SLIPWAY_READER_H
#define SLIPWAY_READER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct init;

/** One step's bytes, and how far they were taken. */
struct reader {
	char *bytes;
	size_t length;
	size_t at;
	int malformed;
};

/** Reads the next step into a buffer that the reader owns. Returns 1, 0 at end of file, -1 after fail(). */
int read_step(struct init *init, struct reader *reader);

/** Reads all steps up to and with `exec` and keeps them for later. Returns 0, or -1 after fail(). */
int keep_steps(struct init *init);

/** Reads exactly that many bytes. Returns how many there were before end of file, or -1 (errno). */
ssize_t read_exactly(int fd, void *buffer, size_t length);

uint32_t take_u32(struct reader *reader);
uint64_t take_u64(struct reader *reader);
/** 0 or 1; anything else is malformed. */
bool take_flag(struct reader *reader);
/** The number of a slot, from 1 on; 0 is malformed. */
uint32_t take_slot(struct reader *reader);
/** Inside the reader's buffer: gone with the next step. */
struct bytes {
	const char *at;
	size_t length;
};
struct bytes take_bytes(struct reader *reader);
/** Text inside the reader's buffer: gone with the next step. */
const char *take_str(struct reader *reader);
/** A list of numbers, allocated. */
struct numbers {
	size_t count;
	const uint32_t *values;
};
struct numbers take_u32s(struct reader *reader);
/** NULL-terminated array, allocated; the texts are inside the reader's buffer. */
const char *const *take_strs(struct reader *reader);
/** 0 when the step was well formed and nothing is left of it, else -1. */
int taken_all(const struct reader *reader);
#endif
