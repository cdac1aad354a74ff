#ifndef SLIPWAY_COPY_H
#define SLIPWAY_COPY_H

/** Copies what is in a directory into another one. Returns 0, or -1 (errno). */
int copy_contents(int from, int to);
#endif
