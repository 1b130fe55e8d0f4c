/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notices within a second that a fence does not stand any more (sys/bpf/fence.h): somebody removed
 * its programs, or put others before them. The kernel tells nobody of that, and to ask it is to
 * wait for the lock of all its NICs, which others may hold for longer than a lease lasts. So a
 * thread of its own asks, at normal priority, and wakes whoever acts; it changes nothing.
 */
#ifndef SYS_BPF_FENCE_WATCH_H
#define SYS_BPF_FENCE_WATCH_H

#include <stdbool.h>

#include "sys/bpf/fence.h"

struct fence_watch;

/* Watch the fences on all interfaces that have pins at that time. Call it while the caller runs at
 * normal priority: the thread inherits it. It needs the fence only until this returns. Negative
 * errno. */
int fence_watch_open(const struct fence *fence, struct fence_watch **ret_watch);

/* Readable when there is something to look at with fence_look(): again and again while any fence
 * does not stand first, and once when it does again. */
int fence_watch_fd(const struct fence_watch *watch);

/* Which interfaces these are: how many; some may be named more than once. What is left is read the
 * next time. */
int fence_watch_read(struct fence_watch *watch, int ret_ifindexes[FENCE_MAX_INTERFACES]);

/* Ends the thread, and waits for it. NULL is allowed. A process that executes another program needs
 * not call it. */
void fence_watch_close(struct fence_watch *watch);

#endif
