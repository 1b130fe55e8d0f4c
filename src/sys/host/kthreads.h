/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads of the kernel, found by name in /proc and looked at through descriptors that stay open. A
 * container with process numbers of its own shows none of them.
 */
#ifndef SYS_HOST_KTHREADS_H
#define SYS_HOST_KTHREADS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/starved.h"

#define KTHREAD_NAME 32 /* longer names are cut */

struct kthreads;

/* If the threads of this kernel, or the files that tell of them, cannot be seen, kthreads_find()
 * finds none. Returns NULL if there is no memory. */
struct kthreads *kthreads_open(void);

/* NULL is allowed. */
void kthreads_close(struct kthreads *kthreads);

/* Go on to look for threads, and call fn with each that is new since the last call. Each call looks
 * at a limited number of them, so that no call takes long. Returns whether some may be left. */
typedef void (*kthreads_fn)(void *context, pid_t pid, const char *name);
bool kthreads_find(struct kthreads *kthreads, kthreads_fn fn, void *context);

/* One thread, to be looked at again and again. */
struct kthread {
	int stat_fd, sched_fd;
};

/* Returns 0, -ENOENT if the thread is gone or this kernel does not count what its threads run, or
 * another negative errno. */
int kthread_open(pid_t pid, struct kthread *ret_kthread);
void kthread_close(struct kthread *kthread);

/* Returns 0, -ESRCH if the thread has ended, -EIO if what the kernel says was not understood, or
 * another negative errno. */
int kthread_look(const struct kthread *kthread, struct starved_look *ret_look);

#endif
