/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that the agent shares with who looks at it, where no BPF map is to be had for it: files of
 * the run directory, mapped.
 */
#ifndef SYS_HOST_RUNFILE_H
#define SYS_HOST_RUNFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* dir/name in memory: `size` bytes, all zero when new, and all there (a full disk is an error here,
 * not a fault later). write: makes the file, or adopts one of that size. Else -ENOENT: there is
 * none; -EPROTO: of another size. *ret_inode tells one file from the next of its name; may be NULL.
 * Unmap with munmap(2). */
int runfile_map(const char *dir, const char *name, size_t size, bool write, void **ret_memory,
		ino_t *ret_inode);

/* The same memory without a file: nobody else sees it, until runfile_renew() makes one. NULL: there
 * is no memory. */
void *runfile_private(size_t size);

/* The file is gone, its directory made anew: another one takes its place there, with all that is in
 * `memory`, which runfile_map() or runfile_private() gave. Negative errno: the memory is as it was.
 */
int runfile_renew(const char *dir, const char *name, void *memory, size_t size);

/* The inode of dir/name, or 0. */
ino_t runfile_inode(const char *dir, const char *name);

void runfile_remove(const char *dir, const char *name);

#endif
