/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose a directory is. Depends on the file system and the log; knows no name in a directory.
 */
#include "sys/host/own_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/log.h"

/* Without the slashes at its end, behind which a symbolic link would be followed. */
static int copy_path(const char *path, char ret_path[PATH_MAX])
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	if (!length || length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(ret_path, path, length);
	ret_path[length] = '\0';
	return 0;
}

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* By others than root: a member of its group can do no more than it already could. */
static bool open_to_others(const struct stat *st)
{
	return st->st_mode & S_IWOTH || (st->st_mode & S_IWGRP && st->st_gid != 0);
}

static int open_any(const char *path, struct stat *ret_stat)
{
	char copy[PATH_MAX];
	int fd, err = copy_path(path, copy);

	if (err)
		return err;
	fd = open(copy, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		struct stat st;

		err = -errno;
		/* The kernel says of a symbolic link that it is no directory. */
		if (err == -ENOTDIR && !lstat(copy, &st) && S_ISLNK(st.st_mode))
			err = -ELOOP;
		return err;
	}
	if (fstat(fd, ret_stat)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int own_dir_open(const char *path)
{
	struct stat st = {0};
	int fd = open_any(path, &st);

	if (fd >= 0 && (!is_ours(&st) || open_to_others(&st))) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

/* The first directory above fd that another could change, into ret_path. By way of "..": whatever
 * names led to fd, these are the directories that it lies in. */
static int unsafe_above(int fd, char ret_path[PATH_MAX], struct stat *ret_stat)
{
	struct stat below, here = {0};
	int at = fd, err = 0;

	if (fstat(fd, &below))
		return -errno;
	for (;;) {
		int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		err = up < 0 || fstat(up, &here) ? -errno : 0;
		if (at != fd)
			close(at);
		at = up;
		if (err || (here.st_dev == below.st_dev && here.st_ino == below.st_ino))
			break;
		if (!is_ours(&here) || (open_to_others(&here) && !(here.st_mode & S_ISVTX))) {
			char link[64];
			ssize_t length;

			snprintf(link, sizeof(link), "/proc/self/fd/%d", at);
			length = readlink(link, ret_path, PATH_MAX - 1);
			ret_path[length < 0 ? 0 : length] = '\0';
			*ret_stat = here;
			err = -EPERM;
			break;
		}
		below = here;
	}
	if (at >= 0)
		close(at);
	return err;
}

int own_dir_look(const char *path)
{
	char above[PATH_MAX] = "";
	struct stat st = {0};
	int fd = own_dir_open(path), err;

	if (fd < 0)
		return fd;
	err = unsafe_above(fd, above, &st);
	close(fd);
	return err;
}

int own_dir_check(const char *path, const char *option)
{
	char above[PATH_MAX] = "";
	struct stat st = {0};
	int fd = open_any(path, &st), err;

	if (fd == -ELOOP) {
		log_err("%s: is a symbolic link; give the directory itself with %s", path, option);
		return fd;
	}
	if (fd < 0) {
		log_err("%s: cannot open: %s", path, strerror(-fd));
		return fd;
	}
	if (!is_ours(&st) || open_to_others(&st)) {
		log_err("%s: belongs to user %u and has mode %04o, but it must belong to root, and "
			"nobody else may write to it; look what is in it and remove it, or choose "
			"another directory with %s",
			path, st.st_uid, st.st_mode & 07777, option);
		close(fd);
		return -EPERM;
	}
	err = unsafe_above(fd, above, &st);
	if (err) {
		if (above[0])
			log_err("%s: belongs to user %u and has mode %04o, so other users can "
				"replace %s in it; choose another directory with %s",
				above, st.st_uid, st.st_mode & 07777, path, option);
		else
			log_err("%s: cannot check the directories above it: %s", path,
				strerror(-err));
		close(fd);
		return err;
	}
	return fd;
}

int own_dir_make(const char *path, unsigned int mode, char *ret_failed)
{
	int err = copy_path(path, ret_failed);

	if (err) {
		snprintf(ret_failed, PATH_MAX, "%.60s...", path);
		return err;
	}
	for (char *p = ret_failed + 1;; p++) {
		char kept = *p;

		if (kept && kept != '/')
			continue;
		*p = '\0';
		if (mkdir(ret_failed, kept ? mode : 0700) && errno != EEXIST)
			return -errno;
		*p = kept;
		if (!kept)
			return 0;
	}
}
