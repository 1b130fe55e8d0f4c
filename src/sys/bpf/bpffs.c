/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bpffs directory. Knows mount(2) and the names of pins; never what is in a map or a program.
 */
#include "sys/bpf/bpffs.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys/host/libc.h"
#include "sys/host/log.h"
#include "sys/host/own_dir.h"
#include "sys/host/slurp.h"

#define BPFFS_ROOT "/sys/fs/bpf"

static bool on_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC;
}

static bool is_below(const char *dir, const char *root)
{
	size_t length = strlen(root);

	return !strncmp(dir, root, length) && (dir[length] == '/' || !dir[length]);
}

static int mount_bpffs(const char *at)
{
	return mount("bpf", at, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") ? -errno : 0;
}

/* In the outer mount namespace: make sure of a bpffs at `at`, and take a handle on that mount. */
static int take_mount(const char *at, bool create)
{
	int err, fd;

	if (!on_bpffs(at)) {
		err = create ? mount_bpffs(at) : -ENOENT;
		if (err)
			return err;
	}
	fd = libc_open_tree(AT_FDCWD, at, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static pid_t parent_of(pid_t pid)
{
	char line[512], *end;
	int parent;

	slurp_text(line, sizeof(line), "/proc/%d/stat", (int)pid);
	end = strrchr(line, ')'); /* of the name, which may hold anything */
	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

/* The mount namespace of our outermost ancestor that lets us see it; -1: none but our own. */
static int outer_namespace(void)
{
	struct stat own, other;
	int found = -1;

	if (stat("/proc/self/ns/mnt", &own))
		return -1;
	for (pid_t pid = parent_of(getpid()); pid > 0; pid = parent_of(pid)) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			break;
		if (found >= 0)
			close(found);
		found = fd;
	}
	if (found >= 0 && (fstat(found, &other) || other.st_ino == own.st_ino)) {
		close(found);
		found = -1;
	}
	return found;
}

/*
 * A command may run in a mount namespace of its own that ends with it (`ip netns exec` makes one,
 * and hides /sys/fs/bpf in it): pins in a bpffs mounted there would vanish with the command. So the
 * mount is made where the command was called from, if it is not there already, and brought here.
 * -ENOENT: there is no such place, or nothing to bring.
 */
static int bring_from_outside(const char *at, bool create)
{
	int outer = outer_namespace(), own, here, tree, err = -ENOENT;

	if (outer < 0)
		return -ENOENT;
	own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (own < 0 || here < 0 || setns(outer, CLONE_NEWNS))
		goto out;
	err = tree = take_mount(at, create);
	if (setns(own, CLONE_NEWNS) || fchdir(here))
		log_err("cannot return to our own mount namespace: %s", strerror(errno));
	if (tree >= 0) {
		err = libc_move_mount(tree, "", AT_FDCWD, at, MOVE_MOUNT_F_EMPTY_PATH) ? -errno : 0;
		close(tree);
	}
out:
	close(outer);
	if (own >= 0)
		close(own);
	if (here >= 0)
		close(here);
	return err;
}

int bpffs_exists(const char *dir)
{
	struct statfs fs;

	if (!on_bpffs(dir) && is_below(dir, BPFFS_ROOT))
		bring_from_outside(BPFFS_ROOT, false);
	if (statfs(dir, &fs))
		return errno == EACCES ? -EACCES : -ENOENT;
	return (unsigned long)fs.f_type == BPF_FS_MAGIC ? 0 : -ENOENT;
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

/* A bpffs that was mounted without options is open to everyone, for whom there is nothing to do in
 * a directory that we use. */
static int close_to_others(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), err = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || st.st_uid != geteuid() ||
	    !(st.st_mode & (S_IWGRP | S_IWOTH)))
		goto out; /* well, or said by the check that follows */
	err = fchmod(fd, 0700) ? -errno : 0;
	if (err)
		log_err("%s: has mode %04o, and its mode cannot be changed to 0700: %s%s", dir,
			st.st_mode & 07777, strerror(-err),
			err == -EROFS ? ": remount it read-write, or choose another directory with "
					"--bpffs"
				      : "");
	else
		log_info("%s: changed the mode from %04o to 0700", dir, st.st_mode & 07777);
out:
	if (fd >= 0)
		close(fd);
	return err;
}

/* Nobody else can lay a map there for us to trust, and nobody has. */
static int make_ours(const char *dir)
{
	struct dirent *entry;
	int fd, err = close_to_others(dir);
	DIR *d;

	if (err)
		return err;
	fd = own_dir_check(dir, "--bpffs");
	if (fd < 0)
		return fd;
	d = fdopendir(fd);
	if (!d) {
		err = -errno;
		close(fd);
		return err;
	}
	while (!err && (entry = readdir(d))) {
		struct stat st;

		if (!strcmp(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if ((st.st_uid == 0 || st.st_uid == geteuid()) && !S_ISLNK(st.st_mode))
			continue;
		log_err("%s/%.64s: %s, of user %u: not ours: remove it, or name another directory "
			"with --bpffs",
			dir, entry->d_name,
			S_ISLNK(st.st_mode) ? "a symbolic link" : "a pinned object", st.st_uid);
		err = -EPERM;
	}
	closedir(d);
	return err;
}

static int make_dir(const char *dir)
{
	char failed[PATH_MAX];
	int err = own_dir_make(dir, 0700, failed);

	if (err)
		log_err("%s: cannot create: %s%s", failed, strerror(-err),
			err == -EROFS ? ": remount it read-write, or choose another directory with "
					"--bpffs"
			: err == -EACCES || err == -EPERM ? ": run as root"
							  : "");
	return err;
}

/* May our mount namespace differ from that of our parent, so that it ends with us? Where nobody may
 * look at the parent's, nobody can tell. */
static bool may_be_private(void)
{
	struct stat own, parents;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)getppid());
	return !stat("/proc/self/ns/mnt", &own) &&
	       (stat(path, &parents) || own.st_ino != parents.st_ino);
}

static int provide_mount(const char *at)
{
	int outside = bring_from_outside(at, true);
	int err = outside ? mount_bpffs(at) : 0;

	if (err) {
		log_err("%s: cannot mount a bpffs: %s%s", at, strerror(-err),
			err == -EPERM || err == -EACCES
				? ": run as root"
				: ": mount one (mount -t bpf bpf " BPFFS_ROOT
				  "), or choose another directory with --bpffs");
		return -ENOSYS;
	}
	log_info("%s: mounted a bpffs", at);
	if (outside && may_be_private())
		log_warn("%s: this mount may end with the command, and then the fence of a killed "
			 "agent ends, too; choose a directory that also exists outside with "
			 "--bpffs: %s",
			 at, strerror(-outside));
	return 0;
}

int bpffs_prepare(const char *dir)
{
	char ancestor[PATH_MAX];
	int err = 0, fd;

	existing_ancestor(dir, ancestor);
	if (!on_bpffs(ancestor) && is_below(dir, BPFFS_ROOT)) {
		err = provide_mount(BPFFS_ROOT);
	} else if (!on_bpffs(ancestor)) {
		err = make_dir(dir);
		if (err)
			return err;
		/* A mount follows symbolic links. */
		fd = own_dir_check(dir, "--bpffs");
		if (fd < 0)
			return fd;
		close(fd);
		err = provide_mount(dir);
	}
	if (!err)
		err = make_dir(dir);
	return err ? err : make_ours(dir);
}

int bpffs_path(const char *dir, const char *name, char path[PATH_MAX])
{
	int length = snprintf(path, PATH_MAX, "%s/%s", dir, name);

	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int bpffs_open(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int fd, err = bpffs_path(dir, name, path);

	if (err)
		return err;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int bpffs_open_map(const char *dir, const char *name, size_t value_size,
		   struct bpf_map_info *ret_info)
{
	struct bpf_map_info info = {0};
	uint32_t length = sizeof(info);
	int fd = bpffs_open(dir, name), err = 0;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &length))
		err = -errno;
	else if (value_size && info.value_size != value_size)
		err = -EPROTO;
	if (err) {
		close(fd);
		return err;
	}
	if (ret_info)
		*ret_info = info;
	return fd;
}

int bpffs_map_keys(int map, size_t key_size, void **ret_keys, unsigned int *ret_count)
{
	unsigned int count = 0, room = 0;
	char *keys = NULL;

	for (;;) {
		if (count == room) {
			unsigned int grown = room ? room * 2 : 64;
			void *bigger = realloc(keys, grown * key_size);

			if (!bigger) {
				free(keys);
				return -ENOMEM;
			}
			keys = bigger;
			room = grown;
		}
		if (bpf_map_get_next_key(map, count ? keys + (count - 1) * key_size : NULL,
					 keys + count * key_size))
			break;
		count++;
	}
	*ret_keys = keys;
	*ret_count = count;
	return 0;
}

int bpffs_link_path(const char *dir, int ifindex, bool run, char path[PATH_MAX])
{
	char name[32];

	snprintf(name, sizeof(name), "link_%d%s", ifindex, run ? "_run" : "");
	return bpffs_path(dir, name, path);
}

int bpffs_interfaces(const char *dir, const char *prefix, int *ifindexes, int max)
{
	DIR *d = opendir(dir);
	size_t length = strlen(prefix);
	struct dirent *entry;
	int count = 0;

	if (!d)
		return 0;
	while ((entry = readdir(d)) && count < max) {
		int ifindex, i;

		if (strncmp(entry->d_name, prefix, length) ||
		    sscanf(entry->d_name + length, "_%d", &ifindex) != 1)
			continue;
		for (i = 0; i < count && ifindexes[i] != ifindex; i++)
			;
		if (i == count)
			ifindexes[count++] = ifindex;
	}
	closedir(d);
	return count;
}

bool bpffs_has(const char *dir, const char *prefix)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	bool found = false;

	while (d && !found && (entry = readdir(d)))
		found = entry->d_name[0] != '.' && !strncmp(entry->d_name, prefix, strlen(prefix));
	if (d)
		closedir(d);
	return found;
}

int bpffs_links(const char *dir, int *ifindexes, int max)
{
	return bpffs_interfaces(dir, "link", ifindexes, max);
}

void bpffs_remove(const char *dir, const char *prefix)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    !strncmp(entry->d_name, prefix, strlen(prefix)))
			unlinkat(dirfd(d), entry->d_name, 0);
	}
	closedir(d);
}

void bpffs_clear(const char *dir)
{
	bpffs_remove(dir, "");
	/* EBUSY: a mount point, which stays for the next start. */
	if (rmdir(dir) && errno != EBUSY && errno != ENOENT)
		log_debug("%s: not removed: %s", dir, strerror(errno));
}

int bpffs_lock(const char *dir)
{
	int fd = own_dir_open(dir);

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

bool bpffs_holds(const char *dir, int lock)
{
	struct stat there, ours;

	return !stat(dir, &there) && !fstat(lock, &ours) && there.st_dev == ours.st_dev &&
	       there.st_ino == ours.st_ino;
}

pid_t bpffs_lock_holder(const char *dir)
{
	char line[256];
	pid_t holder = 0;
	struct stat st;
	FILE *locks;

	if (stat(dir, &st))
		return 0;
	locks = fopen("/proc/locks", "re");
	if (!locks)
		return 0;
	/* "1: FLOCK  ADVISORY  WRITE 1234 00:2c:5678 0 EOF" */
	while (!holder && fgets(line, sizeof(line), locks)) {
		unsigned int dev_major, dev_minor;
		unsigned long inode;
		int pid;

		if (sscanf(line, "%*s FLOCK %*s %*s %d %x:%x:%lu", &pid, &dev_major, &dev_minor,
			   &inode) == 4 &&
		    inode == st.st_ino && dev_major == major(st.st_dev) &&
		    dev_minor == minor(st.st_dev))
			holder = pid;
	}
	fclose(locks);
	return holder;
}

bool bpffs_locked(const char *dir)
{
	int fd = bpffs_lock(dir);

	if (fd >= 0)
		close(fd);
	return fd == -EWOULDBLOCK;
}
