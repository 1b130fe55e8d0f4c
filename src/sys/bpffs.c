/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bpffs directory. Knows mount(2) and the names of pins; never a map or a program.
 */
#include "sys/bpffs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys/log.h"

#define BPFFS_ROOT "/sys/fs/bpf"

static bool on_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC;
}

bool bpffs_exists(const char *dir)
{
	return on_bpffs(dir);
}

static int make_dirs(const char *dir)
{
	char path[PATH_MAX];
	size_t length = strlen(dir);

	if (!length || length >= sizeof(path))
		return -ENAMETOOLONG;
	memcpy(path, dir, length + 1);
	for (char *p = path + 1;; p++) {
		if (*p && *p != '/')
			continue;
		char kept = *p;

		*p = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
		*p = kept;
		if (!kept)
			return 0;
	}
}

/* The nearest ancestor of dir (or dir) that exists. */
static void existing_ancestor(const char *dir, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s", dir);
	while (access(path, F_OK)) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path) {
			strcpy(path, slash ? "/" : ".");
			return;
		}
		*slash = '\0';
	}
}

static bool is_below(const char *dir, const char *root)
{
	size_t length = strlen(root);

	return !strncmp(dir, root, length) && (dir[length] == '/' || !dir[length]);
}

int bpffs_prepare(const char *dir)
{
	char ancestor[PATH_MAX];
	const char *mount_at = dir;
	int err = 0;

	existing_ancestor(dir, ancestor);
	if (!on_bpffs(ancestor)) {
		if (is_below(dir, BPFFS_ROOT))
			mount_at = BPFFS_ROOT;
		else
			err = make_dirs(dir);
		if (!err &&
		    mount("bpf", mount_at, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
			err = -errno;
		if (err) {
			log_err("%s: cannot mount a bpffs: %s%s", mount_at, strerror(-err),
				err == -EPERM || err == -EACCES
					? ": run as root"
					: ": mount one (mount -t bpf bpf " BPFFS_ROOT
					  "), or name another directory with --bpffs");
			return err;
		}
		log_info("%s: bpffs mounted", mount_at);
	}
	err = make_dirs(dir);
	if (err)
		log_err("%s: cannot create: %s%s", dir, strerror(-err),
			err == -EROFS ? ": remount it read-write, or name another with --bpffs"
			: err == -EACCES || err == -EPERM ? ": run as root"
							  : "");
	return err;
}

int bpffs_path(const char *dir, const char *name, char path[PATH_MAX])
{
	int length = snprintf(path, PATH_MAX, "%s/%s", dir, name);

	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int bpffs_link_path(const char *dir, int ifindex, bool run, char path[PATH_MAX])
{
	char name[32];

	snprintf(name, sizeof(name), "link_%d%s", ifindex, run ? "_run" : "");
	return bpffs_path(dir, name, path);
}

int bpffs_links(const char *dir, int *ifindexes, int max)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int count = 0;

	if (!d)
		return 0;
	while ((entry = readdir(d)) && count < max) {
		int ifindex, i;

		if (sscanf(entry->d_name, "link_%d", &ifindex) != 1)
			continue;
		for (i = 0; i < count && ifindexes[i] != ifindex; i++)
			;
		if (i == count)
			ifindexes[count++] = ifindex;
	}
	closedir(d);
	return count;
}

void bpffs_clear(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			unlinkat(dirfd(d), entry->d_name, 0);
	}
	closedir(d);
	/* EBUSY: a mount point, which stays for the next start. */
	if (rmdir(dir) && errno != EBUSY)
		log_debug("%s: not removed: %s", dir, strerror(errno));
}

int bpffs_lock(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}
