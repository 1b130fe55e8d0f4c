/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The watch notices within a second that a fence does not stand any more (sys/bpf/fence.h), because
 * somebody removed its programs, or put others before them. The kernel tells nobody of that. To ask
 * the kernel means to wait for the lock of all its NICs, which others may hold for longer than a
 * lease lasts. So a thread of its own asks, at normal priority, and wakes the caller, which acts;
 * the thread changes nothing.
 */
#ifndef SYS_BPF_FENCE_WATCH_H
#define SYS_BPF_FENCE_WATCH_H

#include <stdbool.h>

#include "sys/bpf/fence.h"

struct fence_watch;

/* Watch the fences on all interfaces that have pins at that time. Call it while the caller runs at
 * normal priority, because the thread inherits that. It needs the fence only until this returns.
 * Returns 0 or a negative errno. */
int fence_watch_open(const struct fence *fence, struct fence_watch **ret_watch);

/* The descriptor is readable when there is something to look at with fence_look(): again and again
 * while any fence does not stand first, and once when it does again. */
int fence_watch_fd(const struct fence_watch *watch);

/* Write these interfaces to ret_ifindexes. Returns how many there are; some may be named more than
 * once. If more are left, they are read the next time. */
int fence_watch_read(struct fence_watch *watch, int ret_ifindexes[FENCE_MAX_INTERFACES]);

/* Ends the thread, and waits for it. NULL is allowed. A process that executes another program need
 * not call it. */
void fence_watch_close(struct fence_watch *watch);

#endif
