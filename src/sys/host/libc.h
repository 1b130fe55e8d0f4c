/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What not every C library has, or has in time: glibc before 2.34 (close_range) and 2.36
 * (open_tree, move_mount), and musl. Where the kernel has a system call, it is called directly,
 * with every C library alike: one path, which every test takes.
 */
#ifndef SYS_HOST_LIBC_H
#define SYS_HOST_LIBC_H

#include <sys/mount.h>
#include <sys/types.h>

/* Of <linux/mount.h>, which an older <sys/mount.h> cannot be included beside. */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif

/* As open_tree(2) and move_mount(2). Return -1 and errno on failure. */
int libc_open_tree(int dir, const char *path, unsigned int flags);
int libc_move_mount(int from, const char *from_path, int to, const char *to_path,
		    unsigned int flags);

/* Close all descriptors from first to last; ~0U stands for the highest. A kernel before Linux 5.9,
 * or a filter of system calls that does not know close_range(2), gets a close(2) for each number
 * that the process may use. Allocates nothing, so a child may call it between fork and exec. */
void libc_close_range(unsigned int first, unsigned int last);

/* As sched_setscheduler(2), sched_getscheduler(2) and sched_getparam(2): musl's functions of these
 * names return ENOSYS, since POSIX means processes and Linux means threads. Return -1 and errno on
 * failure; libc_scheduler() returns the policy, libc_priority() the priority. */
int libc_schedule(pid_t pid, int policy, int priority);
int libc_scheduler(pid_t pid);
int libc_priority(pid_t pid);

/* Give the heap's free pages back to the kernel. musl does that by itself. */
void libc_trim_heap(void);

/* Until libc_heap_runs(), a large block comes from the kernel by itself, and goes back to it as
 * soon as it is freed. So what only the start needs leaves no holes in the heap, and of a table
 * that is mostly empty only the pages that are used are resident. (By default, glibc puts such
 * blocks into the heap once one of them was freed.) */
void libc_heap_starts(void);
/* Give the heap's free pages back. From now on the heap serves all blocks but huge ones, so that
 * allocations seldom wait for the kernel. */
void libc_heap_runs(void);

#endif
