#ifndef SLIPWAY_TOOL_H
#define SLIPWAY_TOOL_H
#include <stdio.h>

/** Ends a tool (main.c) after a system call that failed: says what on stderr. Returns the exit status. */
static inline int complain(const char *what)
{
	perror(what);
	return 1;
}
#endif
