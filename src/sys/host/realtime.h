/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real-time scheduling of this process, with an end. A program that computes without a pause at
 * real-time priority takes the CPU from everything else, and on a host with one CPU that is the
 * whole host. The kernel counts this time (RLIMIT_RTTIME). If the limit is exceeded, the process
 * goes on at normal priority. All of this is for the first thread, if not said otherwise.
 */
#ifndef SYS_HOST_REALTIME_H
#define SYS_HOST_REALTIME_H

#include <stdbool.h>
#include <sys/resource.h>

/* The process may compute so long without waiting for anything; less if the host's own limit is
 * less. */
#define REALTIME_LIMIT_US 1000000

#define REALTIME_TEXT 192

/* Schedule this process SCHED_FIFO at `priority` (1..99), or SCHED_OTHER (0), whatever it had
 * before: a program that was executed in its place inherits its scheduling. Children start with
 * SCHED_OTHER. The limit holds from here on in any case. Returns 0, or an error of
 * sched_setscheduler(2), and then the process has normal priority. realtime_explain() knows the
 * reasons. */
int realtime_enter(int priority);

/* Returns the soft limit that realtime_enter() sets if the process has these limits. All are in us;
 * RLIM_INFINITY means none. It is below the hard limit, at which the kernel kills, and never above
 * what the host allows. Pure. */
rlim_t realtime_soft_limit(rlim_t soft, rlim_t hard);

/* Returns the real-time priority that the process has at this moment, as the kernel says; 0 is
 * normal. */
int realtime_priority(void);

/* Give the calling thread the priority of the process, if that is real-time. */
void realtime_follow(void);

/* Was the limit exceeded? Returns true once for each time. */
bool realtime_take_excess(void);

/* Go back to the limit that the host gave. Call it before another program is executed in this
 * process at the same priority: that program has no handler yet, and the limit would kill it. */
void realtime_lift(void);

/* What decides whether a process may run real-time. */
struct realtime_facts {
	bool capable;        /* it has CAP_SYS_NICE */
	bool user_namespace; /* not the initial one */
	rlim_t limit;        /* RLIMIT_RTPRIO, the soft one */
	bool filtered;       /* seccomp filters its system calls */
	bool group_empty;    /* cpu.rt_runtime_us of its control group is 0 */
};

/* Look at this process. What cannot be read counts as harmless. */
void realtime_look(struct realtime_facts *ret_facts);

/* Write to text why realtime_enter(priority) returned `err`, and what helps. Several things refuse
 * with the same errno, so the text says "may" where the facts leave more than one. Pure. Returns
 * text. */
const char *realtime_explain(const struct realtime_facts *facts, int err, int priority,
			     char text[REALTIME_TEXT]);

/* Both: for an error's text. */
const char *realtime_why(int err, int priority, char text[REALTIME_TEXT]);

#endif
