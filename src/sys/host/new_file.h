/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way to write a file: it is there as a whole, or not at all. The new contents are written
 * under a temporary name in the same directory, and that file then gets the final name at once.
 * Whenever a crash happens, the final name leads to the old file or to the new one.
 */
#ifndef SYS_HOST_NEW_FILE_H
#define SYS_HOST_NEW_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* A file that has no final name yet. Every new_file_begin() that succeeds is followed by one
 * new_file_commit() or one new_file_abort(). */
struct new_file {
	int dir;                  /* the caller's: new_file never closes it */
	int fd;                   /* for reading and writing */
	char draft[NAME_MAX + 1]; /* the temporary name in dir */
};

/* Contents and name are on the disk when new_file_commit() returns. Without it, a crash of the
 * machine (not of the process) may lose the file, and the caller does not wait for the disk. */
#define NEW_FILE_SYNC 0x1u

/*
 * Make the temporary file of `name` in the directory `dir`, with exactly `mode`. Its name is `name`
 * with a dot before it. If something already has that name (a crash left it, or somebody put a
 * symbolic link there), it is removed first and never written through. Only one process at a time
 * may write `name`, so `dir` must be one that nobody else can write to (sys/host/own_dir.h).
 *
 * Returns 0, -EINVAL if `name` is empty or has a slash, -ENAMETOOLONG if it is too long, or an
 * error of unlink(2), open(2) or fchmod(2). On an error there is nothing to abort.
 */
int new_file_begin(struct new_file *file, int dir, const char *name, unsigned int mode);

/* Append all of `data`. Returns 0 or an error of write(2): -ENOSPC, -EDQUOT, -EFBIG, -EIO. Abort
 * the file then. */
int new_file_append(struct new_file *file, const void *data, size_t length);

/*
 * Give the file its final name, in the place of the file that has it now. A symbolic link itself is
 * replaced, not the file that it leads to. flags is 0 or NEW_FILE_SYNC. The descriptor goes to
 * *ret_fd, and then belongs to the caller; if ret_fd is NULL, it is closed.
 *
 * Returns 0 or an error of fsync(2), close(2) or rename(2). On an error the old file stays, and the
 * temporary one is gone. Only if the fsync(2) of the directory fails, the new file is in its place
 * all the same, but may not outlive a crash of the machine; its descriptor is not handed out then.
 */
int new_file_commit(struct new_file *file, const char *name, unsigned int flags, int *ret_fd);

/* Remove the temporary file. The file that has the final name stays as it is. */
void new_file_abort(struct new_file *file);

/* Call new_file_begin(), new_file_append() and new_file_commit() with NEW_FILE_SYNC. Returns 0 or
 * one of their errors. */
int new_file_replace(int dir, const char *name, unsigned int mode, const void *data, size_t length);

/* Remove the temporary file of `name` that a crash within these functions may have left. It is no
 * error if there is none, and all other errors are ignored, too. */
void new_file_clear(int dir, const char *name);

/*
 * Write `text` to a path that a person gave. Its directory is made if only that one is missing.
 * Others may write to the directory, and several processes may write the same path. So the
 * temporary name is one that nobody can foresee, and a crash leaves it behind. With `replace` a
 * file that is there is replaced; a symbolic link itself is replaced, not the file that it leads
 * to.
 *
 * Returns 0, -EEXIST if the path is there and `replace` was not given, -ENAMETOOLONG if it is too
 * long, or an error of mkdir(2), open(2), write(2), fsync(2), link(2) or rename(2). On an error the
 * path leads to the same file as before. Not every file system can sync a directory: it is no error
 * if that fails.
 */
int new_file_write(const char *path, const char *text, unsigned int mode, bool replace);

#endif
