/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run directory. Record locks of fcntl(2): they name their holder, and die with it.
 */
#include "sys/host/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/log.h"
#include "sys/host/own_dir.h"

#define LOCK_NAME "agent.lock"
#define LOCK_TEXT 48 /* octets of the lock file */

#ifndef VRRP_VERSION
#define VRRP_VERSION "unknown"
#endif

int rundir_prepare(const char *dir)
{
	char failed[PATH_MAX];
	int err = own_dir_make(dir, 0755, failed);

	if (err) {
		log_err("%s: cannot create: %s%s", failed, strerror(-err),
			err == -EACCES ? ": run as root, or choose another directory with --run-dir"
				       : "");
		return err;
	}
	return rundir_check(dir);
}

int rundir_check(const char *dir)
{
	int fd = own_dir_check(dir, "--run-dir"), err;

	if (fd < 0)
		return fd;
	err = faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) ? -errno : 0;
	if (err)
		log_err("%s: cannot write to it: %s; %s", dir, strerror(-err),
			err == -EROFS ? "remount it read-write, or choose another directory with "
					"--run-dir"
				      : "run as root, or choose another directory with --run-dir");
	close(fd);
	return err;
}

/* A pipe that somebody laid there must not hold us up. */
static int open_lock(const char *dir, int flags)
{
	int dir_fd = own_dir_open(dir), fd;

	if (dir_fd < 0)
		return dir_fd;
	fd = openat(dir_fd, LOCK_NAME, flags | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		fd = -errno;
	close(dir_fd);
	return fd;
}

/* For who asks; the lock itself is what counts. Always of one length and never cut off, so that a
 * full disk, which has room for what is there already, has room for it. */
static void write_holder(int fd, const char *dir)
{
	char text[LOCK_TEXT];
	int length = snprintf(text, sizeof(text), "%d %.31s", (int)getpid(), VRRP_VERSION);
	ssize_t written;

	memset(text + length, ' ', sizeof(text) - (size_t)length);
	text[LOCK_TEXT - 1] = '\n';
	written = pwrite(fd, text, LOCK_TEXT, 0);
	if (written != LOCK_TEXT)
		log_warn("%s/" LOCK_NAME ": cannot be written: %s: status shows no version", dir,
			 written < 0 ? strerror(errno) : "no room");
}

int rundir_lock(const char *dir, pid_t *ret_holder)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open_lock(dir, O_RDWR | O_CREAT), err;

	if (fd < 0)
		return fd;
	if (fcntl(fd, F_SETLK, &lock)) {
		err = errno == EACCES || errno == EAGAIN ? -EWOULDBLOCK : -errno;
		if (err == -EWOULDBLOCK && !fcntl(fd, F_GETLK, &lock))
			*ret_holder = lock.l_type == F_UNLCK ? 0 : lock.l_pid;
		close(fd);
		return err;
	}
	write_holder(fd, dir);
	return fd;
}

bool rundir_holds(const char *dir, int lock)
{
	int dir_fd = own_dir_open(dir);
	struct stat there, ours;
	bool same;

	if (dir_fd < 0)
		return false;
	same = !fstat(lock, &ours) && !fstatat(dir_fd, LOCK_NAME, &there, AT_SYMLINK_NOFOLLOW) &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
	close(dir_fd);
	return same;
}

bool rundir_keep_lock(const char *dir, int lock)
{
	struct flock again = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	bool kept = rundir_holds(dir, lock) && !fcntl(lock, F_SETLK, &again);

	if (kept)
		write_holder(lock, dir);
	else
		close(lock);
	return kept;
}

static bool is_among(const char *name, const char *const *names, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (!strcmp(name, names[i]))
			return true;
	}
	return false;
}

bool rundir_stray_record(const char *dir, const char *const *names, unsigned int count,
			 char ret_name[RUNDIR_RECORD_NAME])
{
	int fd = own_dir_open(dir);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(d))) {
		const char *name = entry->d_name + strlen(RUNDIR_RECORD_PREFIX);

		if (strncmp(entry->d_name, RUNDIR_RECORD_PREFIX, strlen(RUNDIR_RECORD_PREFIX)) ||
		    is_among(name, names, count))
			continue;
		snprintf(ret_name, RUNDIR_RECORD_NAME, "%s", name);
		found = true;
	}
	closedir(d);
	return found;
}

pid_t rundir_agent(const char *dir, char *ret_version)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open_lock(dir, O_RDONLY), pid;
	char text[64] = "";
	pid_t holder = 0;

	if (fd < 0)
		return 0;
	/* A read-only descriptor may ask for a write lock, though not take one. */
	if (!fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK)
		holder = lock.l_pid;
	if (holder && ret_version) {
		ret_version[0] = '\0';
		if (pread(fd, text, sizeof(text) - 1, 0) > 0)
			sscanf(text, "%d %31s", &pid, ret_version);
	}
	close(fd);
	return holder;
}
