#ifndef SLIPWAY_RELAY_H
#define SLIPWAY_RELAY_H
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>
struct init;

/** Between the terminal of the caller and that of the process. */
struct relay {
	int socket;	/* brings the master; -1 once it came */
	int master;	/* -1 before */
	int terminal;	/* of the caller; -1 for none: nothing is relayed then */
	int status;	/* the status pipe */
	struct termios saved;
	bool told;	/* slipway knows what is saved */
	bool raw;	/* the caller's terminal is; saved is what it was */
	bool input;	/* stdin has not ended */
	char in[4096], out[4096];	/* read, but not written yet */
	size_t in_length, out_length;
};

/** How many entries relay_prepare fills. */
#define RELAY_ENTRIES 4

/** What the relay waits for. */
void relay_prepare(const struct relay *relay, struct pollfd entries[RELAY_ENTRIES]);

/** Does what has become possible. Returns 0, or -1 (errno) when the caller's terminal cannot be used. */
int relay_run(struct relay *relay, const struct pollfd entries[RELAY_ENTRIES]);

/** Passes the size of the caller's terminal on. */
void relay_size(const struct relay *relay);

/** Makes the terminal of the process fit the caller's, before anybody uses it. Returns 0, or -1 (errno). */
int relay_adopt(const struct relay *relay, int master);

/** Gives the caller's terminal its settings back. */
void relay_restore(struct relay *relay);

/** Makes the caller's terminal raw, unless another job has it. */
int relay_raw(struct relay *relay);

/** A tool: gives a terminal the settings that the relay told slipway (hexadecimal), whose own end was too sudden. Returns 0 or 1. */
int restore_terminal(const char *settings);

/** Writes what is left of the output, and gives the caller's terminal its settings back. */
void relay_end(struct relay *relay);
#endif
