/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small files that others write, and the kernel's word when one of them has changed (inotify).
 * Nothing is polled. A file need not be there, nor the directories on the way to it: then the
 * nearest one that is there is watched. A file is read when it was closed after writing, moved to
 * its place, or removed.
 */
#ifndef SYS_HOST_FILE_WATCH_H
#define SYS_HOST_FILE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct file_watch;

/* Room for `count` files. Returns 0 or a negative errno of inotify_init1(2). */
int file_watch_open(unsigned int count, struct file_watch **ret_watch);
void file_watch_close(struct file_watch *watch);

/* Watch the file with this absolute path, which must outlive the watch, and read it. */
void file_watch_add(struct file_watch *watch, const char *path);

/* Readable when something has happened. */
int file_watch_fd(const struct file_watch *watch);

/* Reads what has happened, and the files that it concerns. Returns whether there were any. */
bool file_watch_read(struct file_watch *watch);

/* What the i-th file holds, its first bytes, with a NUL behind them; NULL: it cannot be read, and
 * *ret_err says why (-ENOENT, -EINVAL if it is no regular file). */
const char *file_watch_text(const struct file_watch *watch, unsigned int i, int *ret_err);

#endif
