/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys/host/runfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/new_file.h"
#include "sys/host/own_dir.h"

/* A pipe that somebody laid there must not hold us up. */
static int open_in(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

static bool is_file_of(int fd, size_t size, ino_t *ret_inode)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	*ret_inode = st.st_ino;
	return st.st_size == (off_t)size;
}

/* The file has its name only when all of it is there, so whoever opens it at that moment finds
 * none. It is not synced: what is mapped here is of no use after a crash of the machine. */
static int make_file(int dir, const char *name, size_t size, ino_t *ret_inode)
{
	struct new_file file;
	int fd = -1, err = new_file_begin(&file, dir, name, 0600);

	if (err)
		return err;
	err = -posix_fallocate(file.fd, 0, (off_t)size);
	if (!err && !is_file_of(file.fd, size, ret_inode))
		err = -EIO;
	if (err) {
		new_file_abort(&file);
		return err;
	}
	err = new_file_commit(&file, name, 0, &fd);
	return err ? err : fd;
}

static int open_file(int dir, const char *name, size_t size, bool write, ino_t *ret_inode)
{
	int fd = open_in(dir, name, write ? O_RDWR : O_RDONLY);

	if (fd >= 0 && is_file_of(fd, size, ret_inode))
		return fd;
	if (fd >= 0)
		close(fd);
	if (write)
		return make_file(dir, name, size, ret_inode);
	return fd >= 0 ? -EPROTO : fd;
}

int runfile_map(const char *dir, const char *name, size_t size, bool write, void **ret_memory,
		ino_t *ret_inode)
{
	int dir_fd = own_dir_open(dir), fd;
	ino_t inode = 0;
	void *memory;

	if (dir_fd < 0)
		return dir_fd;
	fd = open_file(dir_fd, name, size, write, &inode);
	close(dir_fd);
	if (fd < 0)
		return fd;
	memory = mmap(NULL, size, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_memory = memory;
	if (ret_inode)
		*ret_inode = inode;
	return 0;
}

void *runfile_private(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int runfile_renew(const char *dir, const char *name, void *memory, size_t size)
{
	int dir_fd = own_dir_open(dir), fd, err = 0;
	ino_t inode;

	if (dir_fd < 0)
		return dir_fd;
	fd = make_file(dir_fd, name, size, &inode);
	close(dir_fd);
	if (fd < 0)
		return fd;
	if (pwrite(fd, memory, size, 0) != (ssize_t)size)
		err = -EIO;
	/* In place: what points into it stays valid. */
	else if (mmap(memory, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
		 MAP_FAILED)
		err = -errno;
	close(fd);
	if (err)
		runfile_remove(dir, name);
	return err;
}

ino_t runfile_inode(const char *dir, const char *name)
{
	int dir_fd = own_dir_open(dir);
	struct stat st;
	ino_t inode;

	if (dir_fd < 0)
		return 0;
	inode = fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_ino;
	close(dir_fd);
	return inode;
}

void runfile_remove(const char *dir, const char *name)
{
	int dir_fd = own_dir_open(dir);

	if (dir_fd < 0)
		return;
	unlinkat(dir_fd, name, 0);
	close(dir_fd);
}
