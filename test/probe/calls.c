/* Does system calls: each argument is NUMBER[:ARGUMENT...]. Prints the result or the errno of each, a line each. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int index = 1; index < argc; index++) {
		unsigned long values[7] = { 0 };
		char *state = NULL;
		size_t count = 0;
		for (char *text = strtok_r(argv[index], ":", &state); text != NULL && count < 7;
		     text = strtok_r(NULL, ":", &state))
			values[count++] = strtoul(text, NULL, 0);
		long result = syscall(values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
		char line[64];
		int length = result < 0 ? snprintf(line, sizeof(line), "errno %d\n", errno) :
					  snprintf(line, sizeof(line), "%ld\n", result);
		if (write(1, line, length) != length)
			return 1;
	}
	return 0;
}
