/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file begins with a line that has the process number of its agent: what a dead agent said is
 * of no interest. Depends on sys/host/new_file, own_dir and slurp.
 */
#include "sys/host/remarks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/host/new_file.h"
#include "sys/host/own_dir.h"
#include "sys/host/slurp.h"

#define NAME "remarks"
#define MODE 0600

static int replace(int dir, const char *lines)
{
	char head[16];
	struct new_file file;
	int length = snprintf(head, sizeof(head), "%d\n", (int)getpid());
	int err = new_file_begin(&file, dir, NAME, MODE);

	if (err)
		return err;
	err = new_file_append(&file, head, (size_t)length);
	if (!err)
		err = new_file_append(&file, lines, strlen(lines));
	if (err) {
		new_file_abort(&file);
		return err;
	}
	return new_file_commit(&file, NAME, 0, NULL);
}

int remarks_write(const char *run_dir, const char *lines)
{
	int dir = own_dir_open(run_dir), err;

	if (dir < 0)
		return dir;
	if (lines[0]) {
		err = replace(dir, lines);
	} else {
		new_file_clear(dir, NAME);
		err = unlinkat(dir, NAME, 0) && errno != ENOENT ? -errno : 0;
	}
	close(dir);
	return err;
}

int remarks_read(const char *run_dir, pid_t pid, char **ret_lines)
{
	char path[PATH_MAX], *text, *end;
	size_t length;
	int err;

	snprintf(path, sizeof(path), "%s/" NAME, run_dir);
	err = slurp_file(path, &text, &length);
	if (err)
		return err;
	if (strtol(text, &end, 10) != pid || *end != '\n') {
		free(text);
		return -ENOENT;
	}
	memmove(text, end + 1, strlen(end + 1) + 1);
	*ret_lines = text;
	return 0;
}
