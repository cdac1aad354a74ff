/* Paths inside the container's root: always resolved below an fd, never by the host's root (openat2(2)). */
#ifndef SLIPWAY_PATH_H
#define SLIPWAY_PATH_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/** openat2 with RESOLVE_IN_ROOT and O_CLOEXEC. `resolve`: more RESOLVE_* flags. Returns an fd, or -1 (errno). */
int open_inside(int root, const char *path, int flags, uint64_t resolve);

/**
 * Opens a file of an image for use, once it is sure what it is: opening another device, or a fifo, may do something. Returns an fd,
 * or -1 (errno; 0 for one that is not what `is` asks for).
 */
int open_checked(int root, const char *path, int flags, uint64_t resolve, bool (*is)(const struct stat *));

/** Opens (O_PATH) a directory, made with its parents (0755) where missing. Returns an fd, or -1 (errno). */
int make_directory_inside(int root, const char *path, uint64_t resolve);

/** Opens (O_PATH) a file, made empty with its parents where missing. Returns an fd, or -1 (errno). */
int make_file_inside(int root, const char *path);

/** The same for a directory or a file; with O_NOFOLLOW in `flags` for a link at the end of the path too. */
int make_place_inside(int root, const char *path, bool directory, int flags);

/** Opens the directory of a path, made where missing, and points `name` at the last part. Returns an fd, or -1 (errno). */
int open_parent_inside(int root, const char *path, const char **name);

/** The same for a directory that must be there: nothing is made. */
int open_present_parent_inside(int root, const char *path, const char **name);
#endif
