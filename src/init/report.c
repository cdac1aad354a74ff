/* Failures and records (wire format: records.ts). */
#include "protocol.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int fail(struct init *init, int error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(init->failure, sizeof(init->failure), format, arguments);
	va_end(arguments);
	init->failed_errno = error;
	return -1;
}

int report(const struct init *init, uint32_t kind, uint32_t step, uint32_t error, const char *text)
{
	int fd = init->control >= 0 ? init->control : init->result_fifo;
	uint32_t header[] = { kind, step, error, strlen(text) };
	char record[sizeof(header) + header[3]];
	memcpy(record, header, sizeof(header));
	memcpy(record + sizeof(header), text, header[3]);
	/* write(2), which a seccomp filter is sure to allow. */
	ssize_t count;
	do
		count = write(fd, record, sizeof(record));
	while (count < 0 && errno == EINTR);
	return count == (ssize_t)sizeof(record) ? 0 : -1;
}
