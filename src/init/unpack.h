/* What the steps of `slipway-init unpack` have in common. */
#ifndef SLIPWAY_UNPACK_H
#define SLIPWAY_UNPACK_H
#include <stdbool.h>
#include <time.h>

struct init;

/** Where an entry goes: its directory, O_PATH, with the times that it keeps. */
struct place {
	int parent;
	char *name;
	struct timespec times[2];
};

/** Opens the directory of a path, made where missing, and notes its times: an entry in it must not change them. Returns 0, or -1 after fail(). */
int find_place(struct init *init, const char *path, struct place *place);

/** Gives the directory its times back, and notes that the entry and the directories above it are of this layer. Returns 0, or -1 after fail(). */
int leave_place(struct init *init, struct place *place, const char *path);

/** Removes what is at a place; a directory stays where the entry is a directory. Returns 0, or -1 (errno). */
int make_room(const struct place *place, bool directory);

/** Sets the attributes that the `attribute` steps gave. Returns 0, or -1 (errno). */
int set_attributes(int fd);

/** By name, for what cannot be opened: a symbolic link, a device. None of the names is followed. Returns 0, or -1 (errno). */
int set_attributes_at(int parent, const char *name);

/** A directory that was there before keeps no attribute of a lower layer, except those of SELinux and NFS. Returns 0, or -1 (errno). */
int clear_attributes(int fd);

/** Forgets those attributes: they are of one entry. */
void free_attributes(void);
#endif
