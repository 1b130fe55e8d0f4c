/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files in memory: a whole one, or the first bytes of a small one.
 */
#ifndef SYS_HOST_SLURP_H
#define SYS_HOST_SLURP_H

#include <stddef.h>

/* Read a whole file. Returns 0, *ret_text, which the caller must free and which has a NUL behind
 * its end, and *ret_length. Returns -EFBIG if the file has more than 16 MiB, -EISDIR, -ENOENT or
 * another negative errno. */
int slurp_file(const char *path, char **ret_text, size_t *ret_length);

/* Does the same for the rest of what can be read from fd, which stays open. Returns -EFBIG if that
 * is more than max bytes. */
int slurp_fd(int fd, size_t max, char **ret_text, size_t *ret_length);

/* Read the first bytes of a file into text, as many as fit before the NUL that ends them; that is
 * all of a file of sysfs, and of most in /proc. The path is made as printf(3) does. Returns their
 * number, or a negative errno: text is empty then. */
int slurp_text(char *text, size_t size, const char *path, ...)
	__attribute__((format(printf, 3, 4)));

#endif
