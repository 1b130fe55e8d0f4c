/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of pinned maps and links: where it is, that it is one, what lies in it.
 */
#ifndef SYS_BPF_BPFFS_H
#define SYS_BPF_BPFFS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct bpf_map_info;

#define BPFFS_DEFAULT "/sys/fs/bpf/vrrp-xdp"

/* Make dir and its missing parents; where it does not lie on a bpffs, mount one: at /sys/fs/bpf for
 * a dir below that, else at dir itself. It, and all that is in it, must be ours or root's; it is
 * closed to everyone else. Errors are logged with what to do. -ENOSYS: there is no bpffs, and none
 * can be mounted; other negative errno. */
int bpffs_prepare(const char *dir);

/* Is dir there, and a bpffs? 0, -ENOENT, -EACCES (not root). Brings /sys/fs/bpf into a mount
 * namespace that hides it, as that of `ip netns exec` does. */
int bpffs_exists(const char *dir);

/* dir/name into path; -ENAMETOOLONG. */
int bpffs_path(const char *dir, const char *name, char path[PATH_MAX]);

/* The map or program pinned as dir/name: its descriptor, or negative errno. */
int bpffs_open(const char *dir, const char *name);

/* A map pinned there, if its values are of that size (0: of whatever size). ret_info: what the
 * kernel says of it; NULL is allowed. -EPROTO: another version's. */
int bpffs_open_map(const char *dir, const char *name, size_t value_size,
		   struct bpf_map_info *ret_info);

/* Every key of a map, in one allocation of the caller's. A map that changes under the walk may
 * repeat keys. -ENOMEM. */
int bpffs_map_keys(int map, size_t key_size, void **ret_keys, unsigned int *ret_count);

/* Pinned XDP links: "link_IFINDEX"; those that `run` attached for its own time: "link_IFINDEX_run".
 */
int bpffs_link_path(const char *dir, int ifindex, bool run, char path[PATH_MAX]);

/* Every interface that a file "PREFIX_IFINDEX..." names, each once. Returns the number, at most
 * max.
 */
int bpffs_interfaces(const char *dir, const char *prefix, int *ifindexes, int max);

/* ... that a pinned XDP link names. */
int bpffs_links(const char *dir, int *ifindexes, int max);

/* Is there a file whose name begins with prefix? */
bool bpffs_has(const char *dir, const char *prefix);

/* Remove the files whose name begins with prefix. */
void bpffs_remove(const char *dir, const char *prefix);

/* Remove every file of ours in dir, then dir itself (a mount point stays). */
void bpffs_clear(const char *dir);

/* One agent per directory: an exclusive lock that ends with the process. The descriptor, or
 * -EWOULDBLOCK (somebody has it), or negative errno. */
int bpffs_lock(const char *dir);

/* Who holds that lock; 0: not known. */
pid_t bpffs_lock_holder(const char *dir);

/* Does anybody hold it? This process, too. */
bool bpffs_locked(const char *dir);

#endif
