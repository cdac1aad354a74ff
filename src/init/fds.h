#ifndef SLIPWAY_FDS_H
#define SLIPWAY_FDS_H
struct init;

/**
 * Puts the fds where they belong. Given: 0, 1; the control socket at 2; stderr at 3; the preserved fds from 4 on.
 * Afterwards: stdio at 0 to 2, the preserved fds from 3 on, the control socket behind them, nothing else.
 */
int arrange_fds(struct init *init);

/** Marks everything but stdio and the preserved fds close-on-exec. */
int close_on_exec(struct init *init);
#endif
