/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real-time scheduling of this process, with an end: a program that computes without a pause at
 * real-time priority takes the CPU from everything else, and on a host with one CPU that is the
 * whole host. The kernel counts (RLIMIT_RTTIME), and where the limit is exceeded the process goes
 * on at normal priority. One process, one thread.
 */
#ifndef SYS_HOST_REALTIME_H
#define SYS_HOST_REALTIME_H

#include <stdbool.h>
#include <sys/resource.h>

/* So long it may compute without waiting for anything; less where the host's own limit is less. */
#define REALTIME_LIMIT_US 1000000

/* Schedule this process SCHED_FIFO at `priority` (1..99), or SCHED_OTHER (0), whatever it had
 * before: a program that was executed in its place inherits that. Children start with SCHED_OTHER.
 * The limit holds from here on in any case. 0, or what sched_setscheduler(2) says, and then the
 * process has normal priority: -EPERM without CAP_SYS_NICE and RLIMIT_RTPRIO. */
int realtime_enter(int priority);

/* The soft limit that realtime_enter() sets where the process has these, in us; RLIM_INFINITY:
 * none. Below the hard limit, by which the kernel kills, and never above what the host allows.
 * Pure. */
rlim_t realtime_soft_limit(rlim_t soft, rlim_t hard);

/* The real-time priority that the process has in this moment, as the kernel says; 0: normal. */
int realtime_priority(void);

/* Was the limit exceeded? True once for each time. */
bool realtime_take_excess(void);

/* Before another program is executed in this process at the same priority: that one knows no
 * handler yet, and would die of the limit. Back to the limit that the host gave. */
void realtime_lift(void);

#endif
