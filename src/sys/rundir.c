/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The run directory. Record locks of fcntl(2): they name their holder, and die with it.
 */
#include "sys/rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/log.h"

#define RECORD_PREFIX "takeover-"

#ifndef VRRP_VERSION
#define VRRP_VERSION "unknown"
#endif

int rundir_prepare(const char *dir)
{
	char path[PATH_MAX];
	size_t length = strlen(dir);

	if (!length || length >= sizeof(path)) {
		log_err("--run-dir: not a usable path");
		return -ENAMETOOLONG;
	}
	memcpy(path, dir, length + 1);
	for (char *p = path + 1;; p++) {
		char kept = *p;

		if (kept && kept != '/')
			continue;
		*p = '\0';
		if (mkdir(path, kept ? 0755 : 0700) && errno != EEXIST) {
			int err = -errno;

			log_err("%s: cannot create: %s%s", path, strerror(-err),
				err == -EACCES ? ": run as root, or name another with --run-dir"
					       : "");
			return err;
		}
		*p = kept;
		if (!kept)
			return 0;
	}
}

static int open_lock(const char *dir, int flags)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/agent.lock", dir), fd;

	if (length < 0 || length >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? -errno : fd;
}

int rundir_lock(const char *dir, pid_t *ret_holder)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char text[64];
	int fd = open_lock(dir, O_RDWR | O_CREAT), length, err;

	if (fd < 0)
		return fd;
	if (fcntl(fd, F_SETLK, &lock)) {
		err = errno == EACCES || errno == EAGAIN ? -EWOULDBLOCK : -errno;
		if (err == -EWOULDBLOCK && !fcntl(fd, F_GETLK, &lock))
			*ret_holder = lock.l_type == F_UNLCK ? 0 : lock.l_pid;
		close(fd);
		return err;
	}
	length = snprintf(text, sizeof(text), "%d %s\n", (int)getpid(), VRRP_VERSION);
	if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)length, 0) != length) {
		err = -errno;
		close(fd);
		return err ? err : -EIO;
	}
	return fd;
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
			 char ret_name[64])
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool found = false;

	if (!d)
		return false;
	while (!found && (entry = readdir(d))) {
		const char *name = entry->d_name + strlen(RECORD_PREFIX);

		if (strncmp(entry->d_name, RECORD_PREFIX, strlen(RECORD_PREFIX)) ||
		    is_among(name, names, count))
			continue;
		snprintf(ret_name, 64, "%.63s", name);
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
