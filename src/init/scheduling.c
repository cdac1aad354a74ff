/* When and where the program runs (sched(7), ioprio_set(2), set_mempolicy(2)), and as what machine (personality(2)). */
#include "protocol.h"
#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IOPRIO_WHO_PROCESS 1

/* struct sched_attr of linux/sched/types.h, whose header does not go with that of the C library. */
struct attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
	/* Nothing in config.json gives these. */
	uint32_t least_utilization;
	uint32_t most_utilization;
};

int run_scheduler(struct init *init, const struct step_scheduler *step)
{
	struct attributes attributes = {
		.size = sizeof(attributes),
		.policy = step->policy,
		.flags = step->flags,
		.nice = (int32_t)step->nice,
		.priority = step->priority,
		.runtime = step->runtime,
		.deadline = step->deadline,
		.period = step->period,
	};
	if (syscall(SYS_sched_setattr, 0, &attributes, 0) == 0)
		return 0;
	if (errno == EPERM && step->policy == SCHED_DEADLINE)
		return fail(init, errno, "sched_setattr SCHED_DEADLINE, which needs every CPU and CAP_SYS_NICE (does /linux/resources/cpu/cpus leave some out?)");
	return fail(init, errno, "sched_setattr");
}

int run_io_priority(struct init *init, const struct step_io_priority *step)
{
	if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, step->priority) < 0)
		return fail(init, errno, "ioprio_set");
	return 0;
}

int run_cpu_affinity(struct init *init, const struct step_cpu_affinity *step)
{
	/* As many as the kernel can be built for. */
	unsigned char all[8192 / 8];
	memset(all, 0xff, sizeof(all));
	bool every = step->mask.length == 0;
	if (syscall(SYS_sched_setaffinity, 0, every ? sizeof(all) : step->mask.length, every ? (void *)all : step->mask.at) < 0)
		return fail(init, errno, "sched_setaffinity");
	return 0;
}

int run_memory_policy(struct init *init, const struct step_memory_policy *step)
{
	/* The kernel takes one bit less than it is told of. */
	unsigned long bits = step->nodes.length == 0 ? 0 : step->nodes.length * 8 + 1;
	if (syscall(SYS_set_mempolicy, step->mode, bits == 0 ? NULL : step->nodes.at, bits) < 0)
		return fail(init, errno, "set_mempolicy");
	return 0;
}

int run_personality(struct init *init, const struct step_personality *step)
{
	if (personality(step->persona) < 0)
		return fail(init, errno, "personality");
	return 0;
}
