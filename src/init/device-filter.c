/* Device rules on cgroup v2: loads a program that slipway assembled, and attaches it to a cgroup (bpf(2)). */
#include "protocol.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Two words an instruction: code, registers and offset; immediate. */
#define WORDS_PER_INSTRUCTION 2

int run_device_filter(struct init *init, const struct step_device_filter *step)
{
	scoped_fd cgroup = open(step->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (cgroup < 0)
		return fail(init, errno, "open \"%s\"", step->cgroup);
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)step->program.values,
		.insn_cnt = step->program.count / WORDS_PER_INSTRUCTION,
		.license = (uintptr_t) "Apache-2.0",
	};
	scoped_fd program = syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	if (program < 0)
		return fail(init, errno, "load the device filter");
	union bpf_attr attach = {
		.target_fd = cgroup,
		.attach_bpf_fd = program,
		.attach_type = BPF_CGROUP_DEVICE,
		/* Beside the filters of others, above and below. */
		.attach_flags = BPF_F_ALLOW_MULTI,
	};
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) < 0)
		return fail(init, errno, "attach the device filter to \"%s\"", step->cgroup);
	return 0;
}
