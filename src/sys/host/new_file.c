/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link(2) where nothing must be replaced, rename(2) where it may. Depends on libc alone.
 */
#include "sys/host/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNIQUE_TRIES 16

static int draft_of(const char *name, char draft[NAME_MAX + 1])
{
	if (!*name || strchr(name, '/'))
		return -EINVAL;
	return snprintf(draft, NAME_MAX + 1, ".%s", name) <= NAME_MAX ? 0 : -ENAMETOOLONG;
}

/* O_EXCL: whatever else has the name of the draft is never opened. */
static int make_draft(struct new_file *file, unsigned int mode)
{
	file->fd = openat(file->dir, file->draft,
			  O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return -errno;
	/* open(2) heeds the umask, fchmod(2) does not. */
	if (fchmod(file->fd, mode)) {
		int err = -errno;

		new_file_abort(file);
		return err;
	}
	return 0;
}

int new_file_begin(struct new_file *file, int dir, const char *name, unsigned int mode)
{
	int err;

	*file = (struct new_file){.dir = dir, .fd = -1};
	err = draft_of(name, file->draft);
	if (err)
		return err;
	if (unlinkat(dir, file->draft, 0) && errno != ENOENT)
		return -errno;
	return make_draft(file, mode);
}

static int begin_unique(struct new_file *file, int dir, unsigned int mode)
{
	int err = -EEXIST;

	*file = (struct new_file){.dir = dir, .fd = -1};
	for (int i = 0; i < UNIQUE_TRIES && err == -EEXIST; i++) {
		uint64_t random;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -errno;
		snprintf(file->draft, sizeof(file->draft), ".vrrp-xdp-%016llx",
			 (unsigned long long)random);
		err = make_draft(file, mode);
	}
	return err;
}

int new_file_append(struct new_file *file, const void *data, size_t length)
{
	const char *rest = data;

	while (length) {
		ssize_t written = write(file->fd, rest, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		rest += written;
		length -= (size_t)written;
	}
	return 0;
}

/* What is written is on the disk before the final name leads to it: otherwise a crash could leave
 * that name on an empty file. */
static int give_name(struct new_file *file, const char *name, unsigned int flags, bool replace,
		     int *ret_fd)
{
	int err = 0;

	if (flags & NEW_FILE_SYNC && fsync(file->fd))
		err = -errno;
	if (!ret_fd) {
		if (close(file->fd) && !err)
			err = -errno;
		file->fd = -1;
	}
	if (!err && (replace ? renameat(file->dir, file->draft, file->dir, name)
			     : linkat(file->dir, file->draft, file->dir, name, 0)))
		err = -errno;
	if (err) {
		new_file_abort(file);
		return err;
	}
	if (!replace)
		unlinkat(file->dir, file->draft, 0);
	if (ret_fd) {
		*ret_fd = file->fd;
		file->fd = -1;
	}
	return 0;
}

int new_file_commit(struct new_file *file, const char *name, unsigned int flags, int *ret_fd)
{
	int fd = -1, err = give_name(file, name, flags, true, ret_fd ? &fd : NULL);

	if (!err && flags & NEW_FILE_SYNC && fsync(file->dir))
		err = -errno;
	if (!err && ret_fd)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	return err;
}

void new_file_abort(struct new_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	unlinkat(file->dir, file->draft, 0);
}

int new_file_replace(int dir, const char *name, unsigned int mode, const void *data, size_t length)
{
	struct new_file file;
	int err = new_file_begin(&file, dir, name, mode);

	if (err)
		return err;
	err = new_file_append(&file, data, length);
	if (err) {
		new_file_abort(&file);
		return err;
	}
	return new_file_commit(&file, name, NEW_FILE_SYNC, NULL);
}

void new_file_clear(int dir, const char *name)
{
	char draft[NAME_MAX + 1];

	if (!draft_of(name, draft))
		unlinkat(dir, draft, 0);
}

/* Open the directory that path lies in, and make it where it is missing. slash: the last one of
 * path, or NULL. */
static int open_directory_of(const char *path, const char *slash)
{
	char directory[PATH_MAX];
	int length, fd;

	if (!slash)
		length = snprintf(directory, sizeof(directory), ".");
	else if (slash == path)
		length = snprintf(directory, sizeof(directory), "/");
	else
		length = snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
	if (length >= (int)sizeof(directory))
		return -ENAMETOOLONG;
	if (mkdir(directory, 0755) && errno != EEXIST)
		return -errno;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* A directory that may be written to but not read cannot be synced. */
	if (fd < 0 && errno == EACCES)
		fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int new_file_write(const char *path, const char *text, unsigned int mode, bool replace)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	int dir = open_directory_of(path, slash), err;
	struct new_file file;

	if (dir < 0)
		return dir;
	if (!*name) { /* a slash at the end: this can only be a directory */
		err = replace ? -ENOTDIR : -EEXIST;
		goto out;
	}
	err = begin_unique(&file, dir, mode);
	if (err)
		goto out;
	err = new_file_append(&file, text, strlen(text));
	if (err) {
		new_file_abort(&file);
		goto out;
	}
	err = give_name(&file, name, NEW_FILE_SYNC, replace, NULL);
	if (!err)
		(void)fsync(dir);
out:
	close(dir);
	return err;
}
