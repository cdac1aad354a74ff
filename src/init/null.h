#ifndef SLIPWAY_NULL_H
#define SLIPWAY_NULL_H
#include <stdbool.h>
#include <sys/stat.h>

/** Whether that is the null device. */
bool is_null(const struct stat *status);
#endif
