/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a router tracks beside its own interfaces: further interfaces, files (track_files.h),
 * processes (track_processes.h), and scripts that run again and again beside the loop. Exit status
 * 0 means that all is well. A script that exceeds its time limit has failed, and is killed with all
 * its children.
 */
#ifndef AGENT_TRACK_H
#define AGENT_TRACK_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/ports.h"
#include "core/config/config.h"
#include "core/monotime.h"

struct track;
struct loop;
struct user;

/* Returns 0 and *ret_track, which is NULL if the router tracks nothing, or -ENOMEM. The other
 * functions accept NULL. What the arguments point to must outlive it. The scripts
 * run as `user`; NULL: as the agent. The first runs begin after_ns from now, so that many routers
 * that start together do not all fork at once. */
int track_open(const struct config_router *router, const struct user *user, struct ports *ports,
	       struct loop *loop, int64_t after_ns, struct monotime now, struct track **ret_track);

/* When track_tick() is due, or never. It is due at once if a verdict has changed since the last
 * track_tick(). */
struct monotime track_deadline(const struct track *track);

/* Start the scripts that are due, and end those that are late. Never waits for a script. The caller
 * then takes note of every verdict that has changed. */
void track_tick(struct track *track, struct monotime now);

/* Has a tracked thing without a weight failed? If so, `why` says which one. */
bool track_failed(const struct track *track, char *why, size_t size);

/* Is there a script without a weight that has no result yet? */
bool track_pending(const struct track *track);

/* The sum of all weights, by what is well now. Logs an interface that went down or up. */
int track_sum(struct track *track);

/* Kill the scripts that still run, and free everything. */
void track_close(struct track *track);

#endif
