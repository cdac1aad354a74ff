#ifndef SLIPWAY_FDS_H
#define SLIPWAY_FDS_H
struct init;

/**
 * Puts the fds where they belong. Given: 0, 1; the control socket at 2; stderr at 3; from 4 on the preserved fds, then
 * the slots. Afterwards: stdio at 0 to 2, from 3 on the preserved fds and the slots, the control socket behind them,
 * nothing else.
 */
int arrange_fds(struct init *init);

/** In the prepare stage the fds stay as they were given: the slots lie behind stderr and the preserved fds. */
void find_slots(struct init *init);

/** Marks everything but stdio and the preserved fds close-on-exec. */
int close_on_exec(struct init *init);
#endif
