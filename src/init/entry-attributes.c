/* Extended attributes of the entry of an image that is made (xattr(7)). */
#include "protocol.h"
#include "unpack.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* An extended attribute of the entry that comes next. */
struct attribute {
	char *name;
	struct bytes value;
	struct attribute *next;
};

static struct attribute *attributes;

int run_attribute(struct init *init, const struct step_attribute *step)
{
	struct attribute *attribute = calloc(1, sizeof(*attribute) + step->value.length);
	char *name = strdup(step->name);
	if (attribute == NULL || name == NULL)
		return fail(init, errno, "calloc");
	memcpy(attribute + 1, step->value.at, step->value.length);
	*attribute = (struct attribute){
		.name = name,
		.value = { .at = (const char *)(attribute + 1), .length = step->value.length },
		.next = attributes,
	};
	attributes = attribute;
	return 0;
}

void free_attributes(void)
{
	while (attributes != NULL) {
		struct attribute *next = attributes->next;
		free(attributes->name);
		free(attributes);
		attributes = next;
	}
}

int set_attributes(int fd)
{
	for (const struct attribute *one = attributes; one != NULL; one = one->next)
		if (fsetxattr(fd, one->name, one->value.at, one->value.length, 0) < 0)
			return -1;
	return 0;
}

int set_attributes_at(int parent, const char *name)
{
	if (attributes != NULL && fchdir(parent) < 0)
		return -1;
	for (const struct attribute *one = attributes; one != NULL; one = one->next)
		if (lsetxattr(name, one->name, one->value.at, one->value.length, 0) < 0)
			return -1;
	return 0;
}

int clear_attributes(int fd)
{
	char names[XATTR_LIST_MAX];
	ssize_t length = flistxattr(fd, names, sizeof(names));
	if (length < 0)
		return errno == EOPNOTSUPP ? 0 : -1;
	for (const char *name = names; name < names + length; name += strlen(name) + 1) {
		if (strcmp(name, "security.selinux") == 0 || strncmp(name, "system.nfs4", 11) == 0)
			continue;
		if (fremovexattr(fd, name) < 0 && errno != EPERM)
			return -1;
	}
	return 0;
}
