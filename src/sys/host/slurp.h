/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole file in memory.
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

#endif
