// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes, finds and removes the file of a record. Depends on core/nic/record.h, sys/host/own_dir,
 * sys/host/new_file and the file system. Never changes a NIC, never logs.
 */
#include "agent/record_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/new_file.h"
#include "sys/host/own_dir.h"
#include "sys/host/rundir.h"

#define FILE_NAME 80

/* No router's name makes this the temporary name of another one's record (sys/host/new_file.h),
 * which begins with a dot. Names have no slash, but a file name is no place to trust that. */
static int file_name(const char *name, char buf[FILE_NAME])
{
	int length = snprintf(buf, FILE_NAME, RUNDIR_RECORD_PREFIX "%s", name);

	if (strchr(name, '/'))
		return -EINVAL;
	return length < FILE_NAME ? 0 : -ENAMETOOLONG;
}

int record_write(const char *run_dir, const char *name, const struct record *record)
{
	char file[FILE_NAME], *text;
	size_t length;
	int dir, err;

	err = file_name(name, file);
	if (err)
		return err;
	text = record_format(name, record, &length);
	if (!text)
		return -ENOMEM;
	dir = own_dir_open(run_dir);
	if (dir < 0) {
		err = dir;
		goto out;
	}
	err = new_file_replace(dir, file, 0600, text, length);
	close(dir);
out:
	free(text);
	return err;
}

static int read_file(int fd, char **ret_text, size_t *ret_length)
{
	struct stat st;
	size_t length = 0;
	char *text;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > RECORD_MAX_BYTES)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (length < (size_t)st.st_size) {
		ssize_t n = read(fd, text + length, (size_t)st.st_size - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			free(text);
			return err;
		}
		if (n == 0)
			break;
		length += (size_t)n;
	}
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}

int record_read(const char *run_dir, const char *name, struct record *ret_record,
		char why[RECORD_ERROR])
{
	char file[FILE_NAME], *text = NULL;
	size_t length = 0;
	int dir, fd, err;

	why[0] = '\0';
	err = file_name(name, file);
	if (err)
		return err;
	dir = own_dir_open(run_dir);
	if (dir < 0)
		return dir;
	/* O_NONBLOCK: somebody may have laid a pipe there. */
	fd = openat(dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	err = fd < 0 ? -errno : 0;
	close(dir);
	if (err)
		return err;
	err = read_file(fd, &text, &length);
	close(fd);
	if (err)
		return err;
	err = record_parse(name, text, length, ret_record, why);
	free(text);
	return err;
}

int record_set_aside(const char *run_dir, const char *name)
{
	char file[FILE_NAME], aside[FILE_NAME + 16];
	int dir, err = file_name(name, file);

	if (err)
		return err;
	snprintf(aside, sizeof(aside), RECORD_ASIDE "%s", name);
	dir = own_dir_open(run_dir);
	if (dir < 0)
		return dir;
	err = renameat(dir, file, dir, aside) < 0 ? -errno : 0;
	close(dir);
	return err;
}

bool record_is_there(const char *run_dir, const char *name)
{
	char why[RECORD_ERROR];
	struct record record;
	int err = record_read(run_dir, name, &record, why);

	if (!err)
		record_free(&record);
	return err != -ENOENT;
}

int record_remove(const char *run_dir, const char *name)
{
	char file[FILE_NAME];
	int dir, err = file_name(name, file);

	if (err)
		return err;
	dir = own_dir_open(run_dir);
	if (dir < 0)
		return dir;
	new_file_clear(dir, file);
	if (unlinkat(dir, file, 0) < 0)
		err = errno == ENOENT ? 0 : -errno;
	else if (fsync(dir) < 0)
		err = -errno;
	close(dir);
	return err;
}
