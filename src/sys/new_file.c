/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link(2) where nothing must be replaced, rename(2) where it may. Depends on libc alone.
 */
#include "sys/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int new_file_fill(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		length -= (size_t)written;
	}
	return fsync(fd) ? -errno : 0;
}

/* Where path lies, "." included. */
static void directory_of(const char *path, char directory[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	snprintf(directory, PATH_MAX, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	if (!*directory)
		snprintf(directory, PATH_MAX, "/");
}

/* So that the name is there after a crash, too. */
static void sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

int new_file_write(const char *path, const char *text, unsigned int mode, bool replace)
{
	char directory[PATH_MAX], other[PATH_MAX];
	int fd, err = 0;

	directory_of(path, directory);
	if (mkdir(directory, 0755) && errno != EEXIST)
		return -errno;
	if (snprintf(other, sizeof(other), "%s/.vrrp-xdp-XXXXXX", directory) >= (int)sizeof(other))
		return -ENAMETOOLONG;
	fd = mkostemp(other, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fchmod(fd, mode))
		err = -errno;
	if (!err)
		err = new_file_fill(fd, text, strlen(text));
	if (close(fd) && !err)
		err = -errno;
	if (!err && (replace ? rename(other, path) : link(other, path)))
		err = -errno;
	if (err || !replace)
		unlink(other);
	if (!err)
		sync_directory(directory);
	return err;
}
