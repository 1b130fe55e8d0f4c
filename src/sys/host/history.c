/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and replacing the file of past transitions. Knows files; never what is in a record.
 */
#include "sys/host/history.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/log.h"
#include "sys/host/new_file.h"
#include "sys/host/own_dir.h"

#define NAME "history"

static int load_at(int dir, struct history_record *records, unsigned int *ret_count)
{
	int fd = openat(dir, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char line[HISTORY_LINE];
	unsigned int count = 0;
	FILE *file;

	if (fd < 0)
		return -errno;
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	while (fgets(line, sizeof(line), file)) {
		struct history_record record;

		if (history_parse(line, &record))
			count = history_merge(records, count, &record, 1, NULL);
	}
	*ret_count = count;
	fclose(file);
	return 0;
}

int history_load(const char *dir, struct history_record records[HISTORY_MAX],
		 unsigned int *ret_count)
{
	int fd = own_dir_open(dir), err;

	if (fd < 0)
		return fd;
	err = load_at(fd, records, ret_count);
	close(fd);
	return err;
}

/* The text of the file; free() it. NULL: out of memory. */
static char *format_all(const struct history_record *records, unsigned int count,
			size_t *ret_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);
	bool failed;

	if (!out)
		return NULL;
	fputs(HISTORY_HEADER, out);
	for (unsigned int i = 0; i < count; i++) {
		char line[HISTORY_LINE];

		history_format(&records[i], line);
		fputs(line, out);
	}
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(text);
		return NULL;
	}
	return text;
}

static int save_at(int dir, const struct history_record *more, unsigned int count)
{
	struct history_record *records = calloc(HISTORY_MAX, sizeof(*records));
	unsigned int had = 0, added, now;
	char *text = NULL;
	size_t length;
	int err;

	if (!records)
		return -ENOMEM;
	err = load_at(dir, records, &had);
	if (err && err != -ENOENT)
		goto out;
	now = history_merge(records, had, more, count, &added);
	err = 0;
	if (!added)
		goto out;
	text = format_all(records, now, &length);
	/* An incident may end with a reset: new_file_replace() syncs what it writes. */
	err = text ? new_file_replace(dir, NAME, 0600, text, length) : -ENOMEM;
out:
	free(text);
	free(records);
	return err;
}

int history_prepare(const char *dir)
{
	char failed[PATH_MAX];
	int err = own_dir_make(dir, 0755, failed), fd;

	if (err) {
		log_err("%s: cannot create: %s", failed, strerror(-err));
		return err;
	}
	fd = own_dir_check(dir, "--state-dir");
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int history_save(const char *dir, const struct history_record *more, unsigned int count)
{
	int fd = own_dir_open(dir), err;

	if (fd < 0)
		return fd;
	/* The keeper of an agent that was just restarted may still be at it. */
	err = flock(fd, LOCK_EX) ? -errno : save_at(fd, more, count);
	close(fd);
	return err;
}
