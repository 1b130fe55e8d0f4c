/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tracked things mean for a router: several results in a row make a verdict, and the verdicts
 * make the effective priority. Pure.
 */
#ifndef CORE_VRRP_TRACK_H
#define CORE_VRRP_TRACK_H

#include <stdbool.h>
#include <stdint.h>

enum track_verdict {
	TRACK_UNKNOWN, /* no result yet */
	TRACK_WELL,
	TRACK_FAILED,
};

/* A check that is run again and again. */
struct track_check {
	uint8_t rise, fall; /* 1..255: so many results in a row change the verdict */
	enum track_verdict verdict;
	uint8_t against; /* how many results in a row have contradicted the verdict so far */
};

/* Take one more result. The first one counts at once, whatever rise and fall are, so that a router
 * that has just started is not kept waiting. Returns whether the verdict changed. */
bool track_result(struct track_check *check, bool well);

/* Read the number that a tracked file holds: blanks around it, a sign, digits. Beyond 10000 it
 * counts as that: the priority ends at 254. An empty text is 0. Returns false if it is no number.
 */
bool track_number(const char *text, int *ret_number);

/* Returns what a verdict adds to the priority: a positive weight counts while the verdict is WELL,
 * a negative one while it is FAILED; else it is 0. */
int track_weight(enum track_verdict verdict, int weight);

/* Returns base plus the sum of all weights, kept within 1..254. The owner (255) stays the owner. */
uint8_t track_priority(uint8_t base, int sum);

#endif
