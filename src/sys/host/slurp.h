/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole file in memory.
 */
#ifndef SYS_HOST_SLURP_H
#define SYS_HOST_SLURP_H

#include <stddef.h>

/* 0, *ret_text (to be freed; a NUL is behind it) and *ret_length; -EFBIG: more than 16 MiB;
 * -EISDIR, -ENOENT and other negative errno. */
int slurp_file(const char *path, char **ret_text, size_t *ret_length);

/* The same of what is left to be read from fd, which stays open. -EFBIG: more than max bytes. */
int slurp_fd(int fd, size_t max, char **ret_text, size_t *ret_length);

#endif
