/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tracked things say of a router: results in a row -> a verdict, verdicts -> the effective
 * priority. Pure.
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

/* A check that is repeated. */
struct track_check {
	uint8_t rise, fall; /* 1..255: results in a row that turn the verdict */
	enum track_verdict verdict;
	uint8_t against; /* results in a row that contradict the verdict */
};

/* One more result. The first one counts at once, whatever rise and fall are: a router that has just
 * started is not kept waiting. true: the verdict changed. */
bool track_result(struct track_check *check, bool well);

/* What a verdict adds to the priority: a positive weight while well, a negative one while failed,
 * else 0. */
int track_weight(enum track_verdict verdict, int weight);

/* base plus the sum of all weights, kept within 1..254. The owner (255) stays the owner. */
uint8_t track_priority(uint8_t base, int sum);

#endif
