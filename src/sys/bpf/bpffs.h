/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of pinned maps and links: where it is, whether it is a bpffs, and what it contains.
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

/* Make dir and its missing parents. If dir is not on a bpffs, mount one: at /sys/fs/bpf if dir is
 * below that, else at dir itself. The directory and all that is in it must be ours or root's; it is
 * closed to everyone else. Errors are logged with what to do about them. Returns -ENOSYS if there
 * is no bpffs and none can be mounted, or another negative errno. */
int bpffs_prepare(const char *dir);

/* Is dir there, and is it on a bpffs? Returns 0 if so, else -ENOENT, or -EACCES if the caller is
 * not root. Brings /sys/fs/bpf into a mount namespace that hides it, as the one of `ip netns exec`
 * does. */
int bpffs_exists(const char *dir);

/* Write dir/name to path. Returns 0, or -ENAMETOOLONG if it has no room there. */
int bpffs_path(const char *dir, const char *name, char path[PATH_MAX]);

/* Open the map or program that is pinned as dir/name. Returns its descriptor, which the caller
 * owns, or a negative errno. */
int bpffs_open(const char *dir, const char *name);

/* Open a pinned map like bpffs_open(), if its values have value_size bytes; 0 allows any size. What
 * the kernel says of the map goes to *ret_info, unless ret_info is NULL. Returns -EPROTO if the
 * size is another one: the map is another version's. */
int bpffs_open_map(const char *dir, const char *name, size_t value_size,
		   struct bpf_map_info *ret_info);

/* Read every key of a map into one allocation, which the caller must free. If the map changes
 * during the walk, keys may be repeated. Returns 0 or -ENOMEM. */
int bpffs_map_keys(int map, size_t key_size, void **ret_keys, unsigned int *ret_count);

/* Write the path of a NIC's pinned XDP link to path: "link_IFINDEX", or "link_IFINDEX_run" for a
 * link that `run` attached for its own time. Returns 0 or -ENAMETOOLONG. */
int bpffs_link_path(const char *dir, int ifindex, bool run, char path[PATH_MAX]);

/* Write every interface that a file "PREFIX_IFINDEX..." names to ifindexes, each once. Returns
 * their number, which is at most max. */
int bpffs_interfaces(const char *dir, const char *prefix, int *ifindexes, int max);

/* The same for the interfaces that a pinned XDP link names. */
int bpffs_links(const char *dir, int *ifindexes, int max);

/* Is there a file whose name begins with prefix? */
bool bpffs_has(const char *dir, const char *prefix);

/* Remove the files whose name begins with prefix. */
void bpffs_remove(const char *dir, const char *prefix);

/* Remove every file in dir, then dir itself. A mount point stays. */
void bpffs_clear(const char *dir);

/* Take the lock that allows one agent for each directory. It is exclusive and ends with the
 * process. Returns its descriptor, -EWOULDBLOCK if somebody else has the lock, or another negative
 * errno. */
int bpffs_lock(const char *dir);

/* Is this lock's directory still the one at dir? */
bool bpffs_holds(const char *dir, int lock);

/* Returns the pid of the process that holds this lock, or 0 if it is not known. */
pid_t bpffs_lock_holder(const char *dir);

/* Does any process hold this lock? This process counts, too. */
bool bpffs_locked(const char *dir);

#endif
