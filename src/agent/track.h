/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a router tracks beside its own interfaces: further interfaces, and scripts that run again
 * and again beside the loop. A script is called without arguments; exit status 0 means well. Past
 * its time limit it has failed, and is killed with all its children.
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

/* 0 and *ret_track; -ENOMEM. All must outlive it. The first runs begin `after_ns` from now: many
 * routers that start together need not fork together. */
int track_open(const struct config_router *router, struct ports *ports, struct loop *loop,
	       int64_t after_ns, struct monotime now, struct track **ret_track);

/* When track_tick() is due, or never. At once where a verdict changed and nobody took it yet. */
struct monotime track_deadline(const struct track *track);

/* Start what is due, end what is late. Never waits for a script. */
void track_tick(struct track *track, struct monotime now);

/* Whatever changed is taken note of. */
void track_take_change(struct track *track);

/* Has a thing without a weight failed? Then `why` says which. */
bool track_failed(const struct track *track, char *why, size_t size);

/* Is there a script without a weight that has no result yet? */
bool track_pending(const struct track *track);

/* The sum of all weights, as things are. Logs an interface that went down or up. */
int track_sum(struct track *track);

/* Scripts that still run are killed. */
void track_close(struct track *track);

#endif
