/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a thread of the kernel wait for a CPU that it does not get? Told from looks at it, some
 * milliseconds apart. Pure; who looks passes in what was seen.
 */
#ifndef CORE_STARVED_H
#define CORE_STARVED_H

#include <stdbool.h>
#include <stdint.h>

/* One look: the thread's state, how long it has run so far in ns, and how often it was put on a
 * CPU. The kernel brings ran_ns up to date at its timer tick, while the thread runs. */
struct starved_look {
	bool runnable; /* it runs, or waits for a CPU */
	uint64_t ran_ns, runs;
};

/* Begin with all zero. */
struct starved {
	struct starved_look last;
	bool moved; /* it had run between the last two looks */
	bool waits;
};

/*
 * Take a look into account. Returns whether the thread is starved: it was runnable at the last
 * look, is runnable now, and did not run in between; to fall asleep it would have had to run.
 *
 * A thread that was starved and has run since then may have begun its work only a moment ago. It is
 * starved until a look finds it asleep, or until it has run between three looks in a row.
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
