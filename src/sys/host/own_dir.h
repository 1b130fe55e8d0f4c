/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories that nobody but us and root can change, or swap for another. Files in such a
 * directory are named relative to its descriptor, so that the file that was checked is the file
 * that is used.
 */
#ifndef SYS_HOST_OWN_DIR_H
#define SYS_HOST_OWN_DIR_H

/* Open path for *at() calls and reading. Its last part must not be a symbolic link. It must belong
 * to us or to root, and nobody else may write to it. Returns the descriptor, which the caller owns,
 * -ENOENT, -ELOOP if it is a symbolic link, -ENOTDIR, -EPERM if it is another user's or open to
 * others, or another negative errno. Not logged. */
int own_dir_open(const char *path);

/* Does what own_dir_open() does, and checks that nobody else can rename any directory above it:
 * from there to the root every directory must be ours or root's, and sticky if others may write to
 * it. Errors are logged with what to do about them; `option` is how the path was given. Returns the
 * descriptor, which the caller owns, or a negative errno. */
int own_dir_check(const char *path, const char *option);

/* The same check for callers that only look: nothing is logged, and nothing stays open. Returns 0,
 * or a negative errno as above. */
int own_dir_look(const char *path);

/* Make path and its missing parents, all with `mode`, but the last one with 0700. Returns 0, or a
 * negative errno; then ret_failed, which has room for PATH_MAX, holds the part that failed. */
int own_dir_make(const char *path, unsigned int mode, char *ret_failed);

#endif
