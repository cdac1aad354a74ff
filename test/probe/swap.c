/*
 * `swap ONE OTHER`: exchanges two names without pause (renameat2(2)), so that what was looked up is something else when it is used;
 * until SIGTERM.
 */
#include <fcntl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	for (;;)
		if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE) < 0)
			return 1;
}
