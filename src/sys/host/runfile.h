/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that the agent shares with its readers if it can have no BPF map for that: mapped files of
 * the run directory.
 */
#ifndef SYS_HOST_RUNFILE_H
#define SYS_HOST_RUNFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Map the file dir/name. It has `size` bytes, which are all zero when it is new, and all of it is
 * allocated: a full disk is an error here, not a fault later. With `write`, a file of that size is
 * adopted, or one is made. Without it, returns -ENOENT if there is none, or -EPROTO if it has
 * another size. *ret_inode tells the file from a later one of the same name; ret_inode may be NULL.
 * The caller must munmap(2) the memory. Returns 0 or a negative errno. */
int runfile_map(const char *dir, const char *name, size_t size, bool write, void **ret_memory,
		ino_t *ret_inode);

/* Returns the same memory without a file, or NULL if there is no memory. Nobody else sees it until
 * runfile_renew() makes a file. */
void *runfile_private(size_t size);

/* The file is gone, because its directory was made anew. Make another file in its place, with all
 * that is in `memory`, which runfile_map() or runfile_private() gave. Returns 0, or a negative
 * errno; then the memory is as it was. */
int runfile_renew(const char *dir, const char *name, void *memory, size_t size);

/* Returns the inode of dir/name, or 0 if there is no such file. */
ino_t runfile_inode(const char *dir, const char *name);

void runfile_remove(const char *dir, const char *name);

#endif
