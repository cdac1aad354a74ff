#ifndef SLIPWAY_MOUNT_H
#define SLIPWAY_MOUNT_H
#include "reader.h"
#include <stdint.h>
struct init;

/** What mount_setattr(2) changes: MOUNT_ATTR_* to set and to clear. */
struct attributes {
	uint64_t set;
	uint64_t clear;
	unsigned int flags;	/* AT_RECURSIVE or 0 */
};

/** Changes attributes of the mount that an fd is. Returns 0, or -1 after fail(). */
int change_attributes(struct init *init, int mount, struct attributes attributes, const char *where);

/** Sets the types of propagation of a mount in order, as mount(8) does: "slave" and then "shared" is both. Returns 0, or -1 after fail(). */
int change_propagation(struct init *init, int mount, struct numbers propagation, const char *where);

/**
 * Checks where a target of config.json is once its links are followed: a link of the image may lead neither to /proc nor to
 * the root (CVE-2019-16884). Returns 0, or -1 after fail().
 */
int check_target(struct init *init, int target, const char *path);

/** Path of a file of the root file system as the container will see it, in PATH_MAX bytes. Returns 0, or -1 after fail(). */
int path_inside(struct init *init, int file, char *path);

/** Whether a file is on a bind: its source may be the host's. -1 after fail(). */
int is_on_bind(struct init *init, int file);

/** Notes that a mount is a bind. Returns 0, or -1 after fail(). */
int note_bind(struct init *init, int mount);

/** What is mounted on the root becomes the root: later paths are looked up in it. Returns 0, or -1 after fail(). */
int take_root(struct init *init, int mount, const char *target);

/** Attaches a detached mount to the place that an fd is. Returns 0, or -1 after fail(). */
int attach(struct init *init, int mount, int target, const char *where);

/** A detached new file system; options end with NULL, and NULL is none. Returns its mount, or -1 after fail(). */
int new_filesystem(struct init *init, const char *type, const char *const *options, uint64_t attributes);
/** Of an EINVAL about "/" as a mount point. */
#define CHROOTED ", which must be a mount point (in a chroot, bind-mount its directory on itself first)"
#endif
