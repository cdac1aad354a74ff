#ifndef SLIPWAY_DIRECTORY_H
#define SLIPWAY_DIRECTORY_H

/**
 * Calls `act` for each name in a directory, which may be open with O_PATH, but "." and "..", until one call returns -1. Returns 0, or
 * -1 (errno).
 */
int each_name(int directory, int (*act)(int directory, const char *name, const void *context), const void *context);

#endif
