/* Which fd is what: the container gets stdio and the preserved ones, and nothing else (runtime.md#lifecycle). */
#include "fds.h"
#include "init.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <unistd.h>

int arrange_fds(struct init *init)
{
	unsigned int first_free = 3 + init->preserved + init->slots;
	/* The socket is stderr until here, so that what nsenter and unshare complain about reaches slipway. */
	int control = fcntl(2, F_DUPFD_CLOEXEC, first_free + 1);
	if (control < 0)
		return fail(init, errno, "fcntl F_DUPFD_CLOEXEC");
	init->control = control;
	for (unsigned int to = 2; to < first_free; to++)
		if (dup2(to + 1, to) < 0)
			return fail(init, errno, "dup2 %u %u", to + 1, to);
	if (close_range(first_free, control - 1, 0) < 0 || close_range(control + 1, ~0U, 0) < 0)
		return fail(init, errno, "close_range");
	init->first_slot = 3 + init->preserved;
	return 0;
}

void find_slots(struct init *init)
{
	init->first_slot = 4 + init->preserved;
}

int slot_fd(struct init *init, uint32_t slot)
{
	if (slot == 0 || slot > init->slots)
		return fail(init, 0, "there is no slot %u", slot);
	return init->first_slot + slot - 1;
}

int move_fd(struct init *init, int fd, int place)
{
	return dup2(fd, place) < 0 ? fail(init, errno, "dup2 %d %d", fd, place) : 0;
}

int fill_slot(struct init *init, uint32_t slot, int fd)
{
	int place = slot_fd(init, slot);
	return place < 0 ? -1 : move_fd(init, fd, place);
}

int close_on_exec(struct init *init)
{
	if (close_range(3 + init->preserved, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return fail(init, errno, "close_range CLOSE_RANGE_CLOEXEC");
	return 0;
}
