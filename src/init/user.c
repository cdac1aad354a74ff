/* Who the program is and what it may do: ids, capabilities, limits (credentials(7), capabilities(7)). */
#include "protocol.h"
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIGHEST_CAPABILITY 63
/* Of keepGroups (protocol.ts). */
#define KEEP 2

int run_rlimit(struct init *init, const struct step_rlimit *step)
{
	struct rlimit limit = { .rlim_cur = step->soft, .rlim_max = step->hard };
	if (setrlimit(step->resource, &limit) < 0)
		return fail(init, errno, "setrlimit %u to %llu, %llu", step->resource, (unsigned long long)step->soft,
			    (unsigned long long)step->hard);
	return 0;
}

int run_umask(struct init *init, const struct step_umask *step)
{
	(void)init;
	umask(step->mask);
	return 0;
}

int run_bounding_set(struct init *init, const struct step_bounding_set *step)
{
	for (int number = 0; number <= HIGHEST_CAPABILITY; number++) {
		/* EINVAL: this kernel's last capability was the one before. */
		if (!(step->mask >> number & 1) && prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0) {
			if (errno == EINVAL)
				break;
			return fail(init, errno, "drop capability %d from the bounding set", number);
		}
	}
	return 0;
}

int run_user(struct init *init, const struct step_user *step)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return fail(init, errno, "prctl PR_SET_KEEPCAPS");
	bool denied = step->keep_groups != KEEP && setgroups(step->groups.count, step->groups.values) < 0;
	if (denied && !(errno == EPERM && step->keep_groups && step->groups.count == 0))
		return fail(init, errno, "setgroups");
	if (setresgid(step->gid, step->gid, step->gid) < 0)
		return fail(init, errno, "setresgid %u", step->gid);
	if (setresuid(step->uid, step->uid, step->uid) < 0)
		return fail(init, errno, "setresuid %u", step->uid);
	/* A change of ids may make a process dumpable again. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail(init, errno, "prctl PR_SET_DUMPABLE");
	return 0;
}

static int raise_ambient(struct init *init, uint64_t mask)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return fail(init, errno, "prctl PR_CAP_AMBIENT_CLEAR_ALL");
	for (int number = 0; number <= HIGHEST_CAPABILITY; number++)
		if ((mask >> number & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0)
			return fail(init, errno, "raise ambient capability %d", number);
	return 0;
}

int run_capabilities(struct init *init, const struct step_capabilities *step)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = {
		{ .effective = step->effective, .permitted = step->permitted, .inheritable = step->inheritable },
		{ .effective = step->effective >> 32,
		  .permitted = step->permitted >> 32,
		  .inheritable = step->inheritable >> 32 },
	};
	if (syscall(SYS_capset, &header, sets) < 0)
		return fail(init, errno, "capset");
	return raise_ambient(init, step->ambient);
}

int run_no_new_privileges(struct init *init, const struct step_no_new_privileges *step)
{
	(void)step;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(init, errno, "prctl PR_SET_NO_NEW_PRIVS");
	return 0;
}
