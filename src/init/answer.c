/* The answer to `state`, which engines ask for most: prepared by the driver, given by the launcher within a millisecond. */
#include "answer.h"
#include "process.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT "slipway-answer-2"
#define LONGEST (1 << 20)

/* The value of an option, as "--name value" or "--name=value" with one dash or two. Steps over it; NULL for another word. */
static const char *take_option(char ***words, const char *name)
{
	const char *word = **words;
	size_t length = strlen(name);
	if (*word++ != '-')
		return NULL;
	word += *word == '-';
	if (strncmp(word, name, length) != 0)
		return NULL;
	if (word[length] == '=') {
		*words += 1;
		return word + length + 1;
	}
	if (word[length] != '\0' || (*words)[1] == NULL)
		return NULL;
	*words += 2;
	return (*words)[-1];
}

/* Safe as one component of a path. */
static bool is_id(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-";
	size_t length = strlen(text);
	return length > 0 && length <= NAME_MAX && text[0] != '-' && strspn(text, allowed) == length &&
	       strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/* The whole of a file, ended with NUL; NULL when it is missing or too long. */
static char *read_all(const char *path, size_t *length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *text = fd < 0 ? NULL : malloc(LONGEST + 1);
	ssize_t count = text == NULL ? -1 : read(fd, text, LONGEST);
	if (fd >= 0)
		close(fd);
	if (count < 0 || count == LONGEST)
		return NULL;
	text[count] = '\0';
	*length = count;
	return text;
}

/* The next word of an answer; NULL at its end. */
static const char *next_word(const char **at, const char *end)
{
	const char *word = *at;
	const char *nul = memchr(word, '\0', end - word);
	if (nul == NULL)
		return NULL;
	*at = nul + 1;
	return word;
}

/* Whether a file, but for the newline, says so. One that is missing says nothing. */
static bool says(const char *path, const char *text)
{
	size_t length;
	char *found = read_all(path, &length);
	if (found == NULL)
		return false;
	found[strcspn(found, "\n")] = '\0';
	return strcmp(found, text) == 0;
}

/*
 * The position of the document that holds now: stopped, paused, created, running. -1 for an answer that is none of ours, and
 * where that cannot be told.
 */
static int position(const char **at, const char *end)
{
	const char *format = next_word(at, end), *pid = next_word(at, end), *start_time = next_word(at, end);
	const char *fifo = next_word(at, end), *freezers = next_word(at, end);
	if (freezers == NULL || strcmp(format, FORMAT) != 0)
		return -1;
	bool frozen = false;
	for (int left = atoi(freezers); left > 0; left--) {
		const char *file = next_word(at, end), *text = next_word(at, end);
		if (text == NULL)
			return -1;
		frozen = frozen || says(file, text);
	}
	int same = is_same(pid, start_time);
	if (same <= 0)
		return same;
	if (frozen)
		return 1;
	return access(fifo, F_OK) == 0 ? 2 : 3;
}

static void write_all(const char *text, size_t length)
{
	for (ssize_t count; length > 0; text += count, length -= count) {
		count = write(1, text, length);
		if (count < 0)
			_exit(1);
	}
}

static bool print_answer(const char *path)
{
	size_t length;
	char *text = read_all(path, &length);
	if (text == NULL)
		return false;
	const char *at = text, *end = text + length, *document = NULL;
	int index = position(&at, end);
	for (int skipped = 0; index >= 0 && skipped <= index; skipped++)
		document = next_word(&at, end);
	if (document == NULL)
		return false;
	write_all(document, strlen(document));
	return true;
}

/* As store/trust.ts, which says what is wrong: nobody else may write there. */
static bool is_own_folder(const char *path)
{
	struct stat status;
	if (lstat(path, &status) < 0 || !S_ISDIR(status.st_mode))
		return false;
	return (status.st_uid == geteuid() || status.st_uid == 0) && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool answer_state(char **words)
{
	const char *root = NULL, *value;
	while (*words != NULL && **words == '-') {
		if ((value = take_option(&words, "root")) != NULL)
			root = value;
		else if (take_option(&words, "log-format") == NULL && take_option(&words, "log") == NULL)
			return false;
	}
	if (words[0] == NULL || strcmp(words[0], "state") != 0 || words[1] == NULL || words[2] != NULL || !is_id(words[1]))
		return false;
	if (root == NULL && geteuid() != 0)
		return false;
	if (root == NULL)
		root = "/run/slipway";
	char path[PATH_MAX];
	int folder = snprintf(path, sizeof(path), "%s/%s", root, words[1]);
	/* Anything unusual is left to the driver. */
	if (folder + sizeof("/answer") > sizeof(path) || !is_own_folder(root) || !is_own_folder(path))
		return false;
	strcat(path, "/answer");
	return print_answer(path);
}
