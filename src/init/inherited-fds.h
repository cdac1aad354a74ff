/* The fds that the caller of slipway opened, from 3 on. */
#ifndef SLIPWAY_INHERITED_FDS_H
#define SLIPWAY_INHERITED_FDS_H

/** In order. */
struct fds {
	int *numbers;
	int count;
};

/** Every fd, for --preserve-fds, which alone can ask for fds behind a gap. Returns 0, or 1 after stop(). */
int list_inherited(struct fds *fds);

/** The fds from 3 up to the first gap: LISTEN_FDS asks for no others. Returns 0, or 1 after stop(). */
int count_inherited(struct fds *fds);

/**
 * Makes room for the control socket and the status pipe: stderr moves to 3, what was inherited to 5 and further, without gaps. The
 * step `spreadFds` gives them their numbers back. Returns 0, or -1 (errno).
 */
int shift_fds(const struct fds *fds, int control, int status);

/** Says what failed, with errno. Returns 1, the exit status. */
int stop(const char *what);
#endif
