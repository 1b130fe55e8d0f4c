/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pauses between two trials of a NIC that takes no address. Depends on its own header alone.
 */
#include "core/vrrp/bare.h"

#define FIRST_S 1   /* before the first trial; each pause is twice the one before it */
#define MOST_S  300 /* the longest pause */
#define CALM_S  60  /* beyond twice the last pause, a refusal starts with FIRST_S */

void bare_wait(struct bare *bare, struct monotime now)
{
	int64_t calm_ns = (2 * bare->pause_s + CALM_S) * NS_PER_S;

	if (bare->pause_s && monotime_diff(now, bare->since) < calm_ns)
		bare->pause_s = (uint16_t)(2 * bare->pause_s);
	else
		bare->pause_s = FIRST_S;
	if (bare->pause_s > MOST_S)
		bare->pause_s = MOST_S;
	bare->given_up = true;
	bare->since = now;
	bare->try_at = bare_pause(bare, now);
}

bool bare_tried(struct bare *bare, enum bare_trial trial, struct monotime now)
{
	if (trial == BARE_REFUSED) {
		bare_wait(bare, now);
		return false;
	}
	bare->given_up = false;
	bare->doubt = trial == BARE_UNKNOWN;
	return true;
}
