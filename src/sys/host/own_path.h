/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening a file that nobody but us and root could have put where it is, by whatever directories
 * and symbolic links its path leads through. sys/host/own_dir.h judges directories that we write
 * to; this judges the way to a file that we read.
 */
#ifndef SYS_HOST_OWN_PATH_H
#define SYS_HOST_OWN_PATH_H

#include <limits.h>
#include <sys/types.h>

/* What is wrong with the place on the way that another user could change. */
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

/* Open an absolute path for reading, without waiting for anything (O_NONBLOCK). Each directory in
 * which a name of the path, or of a symbolic link on the way, is looked up must belong to us or to
 * root and must be writable by nobody else; or it is sticky, and the entry belongs to us or to
 * root. Whose the file itself is, and of which type, is for the caller to look at.
 * The descriptor; or -EPERM and *ret_fault: another user could put another file there. In all other
 * cases *ret_fault is untouched. -EINVAL: the path is not absolute; negative errno of open(). */
int own_path_open(const char *path, struct own_path_fault *ret_fault);

#endif
