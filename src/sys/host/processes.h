/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other processes of this host: what they are called, when one ends (a pidfd), and when one begins
 * (the kernel's process events, which need CAP_NET_ADMIN and the host's own network namespace).
 * Decides nothing.
 */
#ifndef SYS_HOST_PROCESSES_H
#define SYS_HOST_PROCESSES_H

#include <stdbool.h>
#include <sys/types.h>

#define PROCESS_NAME 16 /* as the kernel keeps it: 15 characters and a NUL */

/* The name of a process that runs, as in /proc/PID/comm. Returns false if there is none, or if it
 * has ended and nobody has waited for it yet. */
bool process_name(pid_t pid, char ret_name[PROCESS_NAME]);

/* Returns a descriptor that is readable once the process has ended, or a negative errno. */
int process_open(pid_t pid);

/* A walk over all processes, in the order of their numbers. */
struct process_walk;

/* Returns NULL if /proc cannot be read, with errno. */
struct process_walk *process_walk_begin(void);
/* Returns the next process, or 0: that was all. */
pid_t process_walk_next(struct process_walk *walk);
void process_walk_end(struct process_walk *walk);

/* Returns a descriptor that is readable when a process has begun to be another program, or has
 * taken another name; or a negative errno: -EPROTONOSUPPORT where there are none, -EPERM. */
int process_events_open(void);

typedef void (*process_fn)(void *context, pid_t pid);

/* Call fn for what has happened, for 64 events at most. Returns 0, or -ENOBUFS if events were
 * lost. */
int process_events_read(int fd, process_fn fn, void *context);

#endif
