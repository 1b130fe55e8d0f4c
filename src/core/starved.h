/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells whether a thread of the kernel waits for a CPU that it does not get. It compares looks at
 * the thread that are some milliseconds apart. Pure: the caller looks, and passes in what it saw.
 */
#ifndef CORE_STARVED_H
#define CORE_STARVED_H

#include <stdbool.h>
#include <stdint.h>

/* One look: the state of the thread, how long it has run so far, in ns, and how often it was put on
 * a CPU. While the thread runs, the kernel updates ran_ns at each timer tick. */
struct starved_look {
	bool runnable; /* it runs, or waits for a CPU */
	uint64_t ran_ns, runs;
};

/* All zero before the first look. */
struct starved {
	struct starved_look last;
	bool moved; /* it had run between the last two looks */
	bool waits;
};

/*
 * Take a look into account. Returns whether the thread is starved: it was runnable at the last
 * look, is runnable now, and has not run in between. It cannot have slept in between, because it
 * would have had to run first.
 *
 * A starved thread that has run since then may have begun its work only a moment ago. So it counts
 * as starved until a look finds it asleep, or until it has run between three looks in a row.
 */
static inline bool starved_look(struct starved *starved, const struct starved_look *look)
{
	bool moved = look->ran_ns != starved->last.ran_ns || look->runs != starved->last.runs;

	if (!look->runnable || (!starved->last.runnable && !starved->waits))
		starved->waits = false;
	else if (!moved)
		starved->waits = true;
	else
		starved->waits = starved->waits && !starved->moved;
	starved->moved = moved && look->runnable;
	starved->last = *look;
	return starved->waits;
}

#endif
