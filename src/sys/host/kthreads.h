/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads of the kernel, found by name in /proc and looked at through descriptors that stay open.
 * In a container with process numbers of its own there are none to be seen.
 */
#ifndef SYS_HOST_KTHREADS_H
#define SYS_HOST_KTHREADS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/starved.h"

#define KTHREAD_NAME 32 /* longer names are cut */

struct kthreads;

/* Without the threads of this kernel, or without what tells of them, it finds none. NULL: no
 * memory. */
struct kthreads *kthreads_open(void);

/* NULL is allowed. */
void kthreads_close(struct kthreads *kthreads);

/* Go on to look for threads, a number of them for each call, so that no call takes long: calls fn
 * with each that is new since the last call. Returns whether some may be left. */
typedef void (*kthreads_fn)(void *context, pid_t pid, const char *name);
bool kthreads_find(struct kthreads *kthreads, kthreads_fn fn, void *context);

/* One thread, to be looked at again and again. */
struct kthread {
	int stat_fd, sched_fd;
};

/* Negative errno. -ENOENT: it is gone, or this kernel does not count what its threads run. */
int kthread_open(pid_t pid, struct kthread *ret_kthread);
void kthread_close(struct kthread *kthread);

/* -ESRCH: it has ended; -EIO: not understood. */
int kthread_look(const struct kthread *kthread, struct starved_look *ret_look);

#endif
