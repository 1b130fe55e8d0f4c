/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deadlines: everything that may wake the agent by time. Each is a row of a table: its name, the
 * phases in which it counts, when it is due, and the function that serves it. The agent arms its
 * timer from these tables alone, so that nothing is armed that nothing serves in that phase.
 *
 * struct progress notices where that fails all the same: a deadline that has passed, was served,
 * and is still due would wake the loop again at once, for ever, at real-time priority. Pure: knows
 * core/monotime.h and itself.
 */
#ifndef CORE_DEADLINE_H
#define CORE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"

/* How far the agent has come. */
enum phase {
	PHASE_RUNNING,
	PHASE_RESTARTING, /* a reload waits for hooks that still run; otherwise as running */
	PHASE_STOPPING,   /* all routers have left; hooks and NICs have their time */
	PHASE_COUNT
};

#define IN_RUNNING  (1U << PHASE_RUNNING | 1U << PHASE_RESTARTING)
#define IN_STOPPING (1U << PHASE_STOPPING)
#define IN_ALL      (IN_RUNNING | IN_STOPPING)

struct deadline {
	const char *name;    /* for the log: "what is due" */
	unsigned int phases; /* a set of 1 << enum phase: where the row is armed and served */
	/* When the row is due by what the owner knows, or never. */
	struct monotime (*at)(const void *owner);
	/* Called when the row is due; afterwards at() must be later, or never. */
	void (*serve)(void *owner, struct monotime now);
};

/* When the row must be served in this phase; never where the phase does not have it. */
struct monotime deadline_at(const struct deadline *row, const void *owner, enum phase phase);

/* Serve the row where it is due at `now`. Returns whether that moved it: false also where it was
 * not due, and where it is due as before. */
bool deadline_serve(const struct deadline *row, void *owner, enum phase phase, struct monotime now);

/* The soonest of many rows and owners. */
struct soonest {
	struct monotime at; /* never: nothing is armed */
	const struct deadline *row;
	const void *owner;
	/* The soonest of those that were not due at `now`. */
	struct monotime later;
	struct monotime now;
};

/* Start looking for the soonest; `now` is the time by which this wake-up served what was due. */
struct soonest soonest_begin(struct monotime now);
void soonest_offer(struct soonest *soonest, const struct deadline *row, const void *owner,
		   enum phase phase);

#define PROGRESS_PATIENCE 4          /* idle wake-ups in a row before the loop sleeps */
#define PROGRESS_SLEEP_NS 10000000LL /* for so long then */
#define PROGRESS_NAMES    24         /* rows that are remembered as told */

struct progress {
	uint64_t idle; /* wake-ups that found nothing to do, and armed for the past */
	unsigned int in_row;
	const struct deadline *told[PROGRESS_NAMES];
};

/* After all rows were offered, at the end of a wake-up: when to wake up next. worked: this wake-up
 * found something to do. Where it did not, and something that was due at `now` is due still, the
 * wake-up is counted; from the PROGRESS_PATIENCE-th in a row on, everything that is due waits for
 * PROGRESS_SLEEP_NS, and what is not due yet is still met in time. *ret_tell: the row to name in
 * the log, once each; else NULL. */
struct monotime progress_next(struct progress *progress, const struct soonest *soonest, bool worked,
			      const struct deadline **ret_tell);

#endif
