/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Deadlines: everything that may wake the agent by time. Each deadline is a row of a table: its
 * name, the phases in which it counts, when it is due, and the function that serves it. The agent
 * arms its timer from these tables alone. So a deadline that no function serves in a phase is not
 * armed in that phase.
 *
 * A deadline that was served and is still due would wake the loop again at once, for ever, at
 * real-time priority. struct progress notices this. Pure: depends on core/monotime.h alone.
 */
#ifndef CORE_DEADLINE_H
#define CORE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"

/* How far the agent has come. */
enum phase {
	PHASE_RUNNING,
	PHASE_RESTARTING, /* a reload waits for hooks that still run; otherwise like RUNNING */
	PHASE_STOPPING,   /* all routers have left; hooks and NICs get time to finish */
	PHASE_COUNT
};

#define IN_RUNNING  (1U << PHASE_RUNNING | 1U << PHASE_RESTARTING)
#define IN_STOPPING (1U << PHASE_STOPPING)
#define IN_ALL      (IN_RUNNING | IN_STOPPING)

struct deadline {
	const char *name;    /* for the log: "what is due" */
	unsigned int phases; /* a set of 1 << enum phase: where the row is armed and served */
	/* Returns when the row is due according to its owner, or never. */
	struct monotime (*at)(const void *owner);
	/* Called when the row is due. Afterwards at() must be later, or never. */
	void (*serve)(void *owner, struct monotime now);
};

/* Serve the row if it is due at `now`. Returns whether this has changed its deadline. Returns
 * false, too, if the row was not due. */
bool deadline_serve(const struct deadline *row, void *owner, enum phase phase, struct monotime now);

/* The soonest of many rows and owners. */
struct soonest {
	struct monotime at; /* never: nothing is armed */
	const struct deadline *row;
	const void *owner;
	/* When the soonest row is due of those that were not due at `now`. */
	struct monotime later;
	struct monotime now;
};

/* Begin to look for the soonest row. This wake-up has served what was due at `now`. */
struct soonest soonest_begin(struct monotime now);
void soonest_offer(struct soonest *soonest, const struct deadline *row, const void *owner,
		   enum phase phase);

#define PROGRESS_PATIENCE 4          /* idle wake-ups in a row before the loop sleeps */
#define PROGRESS_SLEEP_NS 10000000LL /* for so long then */
#define PROGRESS_NAMES    24         /* how many rows are remembered as told */

struct progress {
	uint64_t idle; /* wake-ups that had nothing to do, and armed for the past */
	unsigned int in_row;
	const struct deadline *told[PROGRESS_NAMES];
};

/* Returns when to wake up next. Call it at the end of a wake-up, after all rows were offered.
 * worked: this wake-up had something to do. If it had nothing to do, and a row that was due at
 * `now` is still due, it counts as idle. From the PROGRESS_PATIENCE-th idle wake-up in a row on,
 * all rows that are due wait for PROGRESS_SLEEP_NS; rows that are not due yet are still served in
 * time. *ret_tell becomes the row to name in the log, once for each row, or NULL. */
struct monotime progress_next(struct progress *progress, const struct soonest *soonest, bool worked,
			      const struct deadline **ret_tell);

#endif
