/* Which fd is what: the container gets stdio and the preserved ones, and nothing else (runtime.md#lifecycle). */
#include "fds.h"
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

static bool is_among(int fd, const int *kept, size_t count)
{
	for (size_t index = 0; index < count; index++)
		if (kept[index] == fd)
			return true;
	return false;
}

int close_others(int from, const int *kept, size_t count)
{
	int last = from - 1;
	for (size_t index = 0; index < count; index++)
		if (kept[index] > last)
			last = kept[index];
	for (int fd = from; fd < last; fd++)
		if (!is_among(fd, kept, count))
			close(fd);
	return close_range(last + 1, ~0U, 0);
}

/* How many fds come before the preserved ones: in a stage, and in the outer init. */
#define STAGE_FDS 5
#define OUTER_FDS 3

int arrange_fds(struct init *init)
{
	unsigned int count = init->preserved + init->slots;
	unsigned int free = STAGE_FDS + count;
	/* The socket is stderr until here, so that what nsenter and unshare complain about reaches slipway. */
	int control = fcntl(2, F_DUPFD_CLOEXEC, free);
	int status = fcntl(4, F_DUPFD_CLOEXEC, control + 1);
	if (control < 0 || status < 0)
		return fail(init, errno, "fcntl F_DUPFD_CLOEXEC");
	init->control = control;
	init->status = status;
	if (dup2(3, 2) < 0)
		return fail(init, errno, "dup2 3 2");
	for (unsigned int index = 0; index < count; index++)
		if (dup2(STAGE_FDS + index, OUTER_FDS + index) < 0)
			return fail(init, errno, "dup2 %u", STAGE_FDS + index);
	if (close_others(OUTER_FDS + count, (const int[]){ control, status }, 2) < 0)
		return fail(init, errno, "close_range");
	init->first_slot = OUTER_FDS + init->preserved;
	return 0;
}

void find_slots(struct init *init)
{
	init->first_slot = STAGE_FDS + init->preserved;
}

/* A slot is an open fd at any time, and nobody waits for the end of this one as a caller does of its pipes. */
static int empty(struct init *init, int place)
{
	int nothing = eventfd(0, 0);
	if (nothing < 0)
		return fail(init, errno, "eventfd");
	if (nothing == place)
		return 0;
	int result = move_fd(init, nothing, place);
	close(nothing);
	return result;
}

int run_arrange(struct init *init, const struct step_arrange *step)
{
	init->preserved = step->preserved;
	init->slots = step->slots;
	find_slots(init);
	if (close_range(init->first_slot, ~0U, 0) < 0)
		return fail(init, errno, "close_range");
	/* Each bind in a user namespace has a slot. The program gets the limits of the caller, or of config.json. */
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return fail(init, errno, "getrlimit RLIMIT_NOFILE");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		return fail(init, errno, "setrlimit RLIMIT_NOFILE");
	for (unsigned int slot = 0; slot < init->slots; slot++)
		if (empty(init, init->first_slot + slot) < 0)
			return -1;
	return 0;
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

int spend_slot(struct init *init, uint32_t slot)
{
	/* The slot of the next tree stays taken: what is opened for that must not get its number. */
	if (slot == WORK_SLOT)
		return release_slot(init, slot);
	int place = slot_fd(init, slot);
	if (place < 0)
		return -1;
	close(place);
	return 0;
}

int release_slot(struct init *init, uint32_t slot)
{
	int place = slot_fd(init, slot);
	return place < 0 ? -1 : empty(init, place);
}

/* An fd of the init's, above those of the program. */
static int move_above(struct init *init, int *fd, int least)
{
	if (*fd < 0)
		return 0;
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, least);
	if (moved < 0)
		return fail(init, errno, "fcntl F_DUPFD_CLOEXEC");
	close(*fd);
	*fd = moved;
	return 0;
}

int run_spread_fds(struct init *init, const struct step_spread_fds *step)
{
	if (step->numbers.count == 0)
		return 0;
	int above = step->numbers.values[step->numbers.count - 1] + 1;
	if (!init->marked && close_on_exec(init) < 0)
		return -1;
	init->marked = true;
	if (move_above(init, &init->control, above) < 0 || move_above(init, &init->result_fifo, above) < 0)
		return -1;
	/* From the last on: no number is below the place that its fd has. */
	for (size_t index = step->numbers.count; index-- > 0;) {
		int place = 3 + (int)index;
		if ((int)step->numbers.values[index] == place)
			continue;
		if (move_fd(init, place, step->numbers.values[index]) < 0)
			return -1;
		close(place);
	}
	return 0;
}

int close_on_exec(struct init *init)
{
	if (close_range(3 + init->preserved, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return fail(init, errno, "close_range CLOSE_RANGE_CLOEXEC");
	return 0;
}
