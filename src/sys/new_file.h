/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that is there as a whole, or not at all.
 */
#ifndef SYS_NEW_FILE_H
#define SYS_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Write text to path, by way of another name beside it; the directory is made where only that is
 * missing. replace: of one that is there (a symbolic link itself, not what it leads to). 0;
 * -EEXIST: there is one, and replace was not said; other negative errno: nothing has changed. */
int new_file_write(const char *path, const char *text, unsigned int mode, bool replace);

/* All of text into an open file, and onto the disk. Negative errno: a part of it may be there. */
int new_file_fill(int fd, const char *text, size_t length);

#endif
