#ifndef SLIPWAY_ID_MAP_H
#define SLIPWAY_ID_MAP_H
struct init;
struct step_open_tree;

/** Maps the ids of a detached mount (mount_setattr(2), MOUNT_ATTR_IDMAP). Returns 0, or -1 after fail(). */
int map_ids(struct init *init, int mount, const struct step_open_tree *step);
#endif
