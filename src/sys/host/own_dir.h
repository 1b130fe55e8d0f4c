/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories that nobody but us and root can change, or swap for another. What lies in one is
 * named relative to its descriptor, so that what was looked at is what is used.
 */
#ifndef SYS_HOST_OWN_DIR_H
#define SYS_HOST_OWN_DIR_H

/* Open path for *at() calls and reading. Its last part is no symbolic link, it belongs to us or to
 * root, and no other may write to it. -ENOENT, -ELOOP (a symbolic link), -ENOTDIR, -EPERM
 * (another's, or open to others), or another negative errno. Not logged. */
int own_dir_open(const char *path);

/* Like own_dir_open(), and nobody else can rename what is above it either: from there to the root
 * every directory is ours or root's, and where others may write, it is sticky. Logged with what to
 * do about it; `option` is how the path was given. The descriptor, or negative errno. */
int own_dir_check(const char *path, const char *option);

/* The same judgement for who only looks: nothing is logged, nothing stays open. 0, or negative
 * errno as above. */
int own_dir_look(const char *path);

/* Make path and its missing parents, all with `mode`, the last one 0700. Negative errno, and where:
 * the part that failed is left in ret_failed, of at least PATH_MAX. */
int own_dir_make(const char *path, unsigned int mode, char *ret_failed);

#endif
