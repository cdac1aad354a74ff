/* What new namespaces lack: host and domain name (uts_namespaces(7)), a loopback that is up, a keyring of one's own. */
#include "protocol.h"
#include <errno.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int run_hostname(struct init *init, const struct step_hostname *step)
{
	if (sethostname(step->name, strlen(step->name)) < 0)
		return fail(init, errno, "sethostname \"%s\"", step->name);
	return 0;
}

int run_domainname(struct init *init, const struct step_domainname *step)
{
	if (setdomainname(step->name, strlen(step->name)) < 0)
		return fail(init, errno, "setdomainname \"%s\"", step->name);
	return 0;
}

int run_loopback_up(struct init *init, const struct step_loopback_up *step)
{
	(void)step;
	scoped_fd fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(init, errno, "socket");
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? fail(init, errno, "set \"lo\" up") : 0;
}

int run_join_keyring(struct init *init, const struct step_join_keyring *step)
{
	long keyring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, step->name);
	/* ENOSYS: a kernel without keyrings has none to keep apart. */
	if (keyring < 0)
		return errno == ENOSYS ? 0 : fail(init, errno, "join a session keyring");
	if (step->permission == 0)
		return 0;
	/* "type;uid;gid;permission;name", the permission in hexadecimal. */
	char description[512];
	unsigned int permission;
	long length = syscall(SYS_keyctl, KEYCTL_DESCRIBE, keyring, description, sizeof(description) - 1);
	if (length < 0)
		return fail(init, errno, "describe the session keyring");
	/* One that does not fit is not copied at all. */
	if (length >= (long)sizeof(description))
		return fail(init, 0, "the description of the session keyring is too long");
	description[length] = '\0';
	if (sscanf(description, "%*[^;];%*d;%*d;%x;", &permission) != 1)
		return fail(init, 0, "the session keyring has no permission: %s", description);
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, keyring, permission | step->permission) < 0)
		return fail(init, errno, "set the permission of the session keyring");
	return 0;
}
