/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opens a file that nobody but us and root could have put where it is, whatever directories and
 * symbolic links its path leads through. sys/host/own_dir.h checks directories that we write to;
 * this checks the way to a file that we read.
 */
#ifndef SYS_HOST_OWN_PATH_H
#define SYS_HOST_OWN_PATH_H

#include <limits.h>
#include <stdio.h>
#include <sys/types.h>

/* What is wrong with a place on the way that another user could change. */
enum own_path_why {
	OWN_PATH_OWNER,    /* a directory belongs to another user */
	OWN_PATH_WRITABLE, /* a directory is writable by group or others, and not sticky */
	OWN_PATH_ENTRY,    /* a directory is sticky, and the entry in it belongs to another user */
};

struct own_path_fault {
	enum own_path_why why;
	/* The directory, or the entry; no symbolic link leads to it. */
	char place[PATH_MAX + NAME_MAX + 2];
	uid_t owner;
	mode_t mode; /* its permissions, 07777 at most */
};

/*
 * Open an absolute path for reading, without waiting for anything (O_NONBLOCK). Each directory in
 * which a name of the path, or of a symbolic link on the way, is looked up must belong to us or to
 * root. Either nobody else may write to it, or it is sticky and the entry belongs to us or to root.
 * The caller must check to whom the file itself belongs, and of which type it is.
 *
 * Returns the descriptor, which the caller owns. Returns -EPERM and *ret_fault if another user
 * could put another file there; in all other cases *ret_fault is untouched. Returns -EINVAL if the
 * path is not absolute, or a negative errno of open().
 */
int own_path_open(const char *path, struct own_path_fault *ret_fault);

/* Write which place on the way another user could change, and what to do about it. No newline. */
void own_path_explain(const struct own_path_fault *fault, FILE *out);

#endif
