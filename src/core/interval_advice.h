/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which Advertisement_Interval is safe here? Answers from the lateness that a router's paths have
 * counted (bpf/tally.h). Pure: no clock, no I/O. Includes include/ and the pure headers of bpf/.
 *
 * A false failover is an advert that comes later than the backup waits: two intervals and its skew
 * beyond the one that the advert before it has promised. Few adverts are nearly so late, so their
 * number is extrapolated: the excess over a high threshold follows a generalized Pareto
 * distribution (peaks over threshold), which is fitted to the buckets by maximum likelihood. All
 * fits whose likelihood is close to that of the best one give the 95 % interval (profile
 * likelihood). Its upper end decides what is safe.
 *
 * How the counts are used for an interval that is not in use:
 *   shorter   an advert is as likely to be so late, and there are more of them
 *   longer    it happens as often as now, although there are fewer adverts
 *   lost      an advert that is lost makes the next one late by an interval, because nobody knows
 *             for how long the wire was deaf
 *   paths     a router fails over only if all paths are late, so the best path alone is an upper
 *             limit
 * The answer holds as long as the time to come is like the time that was counted.
 */
#ifndef CORE_INTERVAL_ADVICE_H
#define CORE_INTERVAL_ADVICE_H

#include <stdint.h>

#include "vrrp_abi.h"

#define INTERVAL_ADVICE_LEAST_S 3600 /* of counted adverts, for an answer */
#define INTERVAL_ADVICE_TEXT    192
#define INTERVAL_ADVICE_NAME    16

enum interval_advice_state {
	INTERVAL_ADVICE_UNHEARD, /* no adverts of a master were counted */
	INTERVAL_ADVICE_WAIT,    /* too few: for wait_s more */
	INTERVAL_ADVICE_GIVEN,
};

/* False failovers a year: the best estimate, and its 95 % interval. */
struct interval_risk {
	double per_year, low, high;
};

struct interval_advice {
	enum interval_advice_state state;
	uint32_t wait_s;
	/* If it is given: */
	uint16_t interval_cs;      /* in use */
	struct interval_risk risk; /* of that interval */
	uint16_t safe_cs;          /* the shortest with less than one a year; 0: none is safe */
};

/* Returns the false failovers of a backup with this version and priority, whose master advertises
 * every interval_cs, by the counts of one path, however few, but not without any. */
struct interval_risk interval_risk_of(const struct vrrp_timing *timing, uint8_t version,
				      uint8_t priority, uint16_t interval_cs);

/* Advise the router whose paths have these timings, with this version and priority, and whose
 * master advertises every interval_cs. */
void interval_advise(const struct vrrp_timing *const timings[], unsigned int count, uint8_t version,
		     uint8_t priority, uint16_t interval_cs, struct interval_advice *ret_advice);

/* Returns the advice in one line, in buf. */
const char *interval_advice_describe(const struct interval_advice *advice,
				     char buf[INTERVAL_ADVICE_TEXT]);

/* Returns an interval as the configuration has it, "100ms" or "2s", in buf. */
const char *interval_advice_name(uint16_t interval_cs, char buf[INTERVAL_ADVICE_NAME]);

#endif
