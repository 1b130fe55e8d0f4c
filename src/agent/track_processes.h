/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracked processes of one router: does one of that name run? While it does, its pidfd tells
 * when it ends. While it does not, the kernel's process events tell when one begins; nothing else
 * needs them, so they are open only then. Where they are not permitted, this is logged, and /proc
 * is looked at once a second for as long as the process is missing.
 */
#ifndef AGENT_TRACK_PROCESSES_H
#define AGENT_TRACK_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/config/config.h"
#include "core/monotime.h"

struct track_processes;
struct loop;

/* Looks at all processes once. *changed is set whenever one has ended or begun. Returns 0 and
 * *ret_processes, which is NULL if the router tracks no process; or -ENOMEM. The other functions
 * accept NULL. What the arguments point to must outlive it. */
int track_processes_open(const struct config_router *router, struct loop *loop, struct monotime now,
			 bool *changed, struct track_processes **ret_processes);
void track_processes_close(struct track_processes *processes);

/* When track_processes_tick() is due, or never: a look at /proc goes on in steps. */
struct monotime track_processes_deadline(const struct track_processes *processes);
void track_processes_tick(struct track_processes *processes, struct monotime now);

/* Does a process without a weight not run? If so, `why` says which one. */
bool track_processes_failed(const struct track_processes *processes, char *why, size_t size);

/* The sum of the weights, by what runs now. */
int track_processes_sum(const struct track_processes *processes);

#endif
