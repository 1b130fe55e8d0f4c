/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and replacing the file of past transitions. Knows files; never what is in a record.
 */
#include "sys/history.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/log.h"
#include "sys/own_dir.h"

#define NAME     "history"
#define NEW_NAME "history.new"

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

static int write_all(int fd, const struct history_record *records, unsigned int count)
{
	FILE *file = fdopen(fd, "w");
	int err = 0;

	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	fputs(HISTORY_HEADER, file);
	for (unsigned int i = 0; i < count; i++) {
		char line[HISTORY_LINE];

		history_format(&records[i], line);
		fputs(line, file);
	}
	/* An incident may end with a reset: on the disk before it has its name. */
	if (fflush(file) || fsync(fd))
		err = -errno;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

static int save_at(int dir, const struct history_record *more, unsigned int count)
{
	struct history_record *records = calloc(HISTORY_MAX, sizeof(*records));
	unsigned int had = 0, added, now;
	int err, fd;

	if (!records)
		return -ENOMEM;
	err = load_at(dir, records, &had);
	if (err && err != -ENOENT)
		goto out;
	now = history_merge(records, had, more, count, &added);
	err = 0;
	if (!added)
		goto out;
	unlinkat(dir, NEW_NAME, 0); /* of one that was killed */
	fd = openat(dir, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = fd < 0 ? -errno : write_all(fd, records, now);
	if (!err && (renameat(dir, NEW_NAME, dir, NAME) || fsync(dir)))
		err = -errno;
	if (err)
		unlinkat(dir, NEW_NAME, 0);
out:
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
