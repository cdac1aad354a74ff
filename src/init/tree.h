/* Which files the layer at hand has made, and the removal of all others. */
#ifndef SLIPWAY_TREE_H
#define SLIPWAY_TREE_H

/** A layer begins: nothing is of it yet. */
void forget_touched(void);

/** Notes that a name of a directory, which may be open with O_PATH, and the directories above it are of this layer. Returns 0, or -1 (errno). */
int touch(int parent, const char *name);

/** Removes a name of a directory, and all below it. Nothing is followed. Returns 0, or -1 (errno). */
int remove_tree(int parent, const char *name);

/** Removes a name of a directory, if it is there, but for what is of this layer. Returns 0, or -1 (errno). */
int remove_untouched(int parent, const char *name);

/** Removes what is in a directory, which may be open with O_PATH, but for what is of this layer. Returns 0, or -1 (errno). */
int remove_untouched_in(int directory);

#endif
