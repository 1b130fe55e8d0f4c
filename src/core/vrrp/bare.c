/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pauses between two trials of a NIC that takes no address. Depends on its own header alone.
 */
#include "core/vrrp/bare.h"

#define FIRST_NS NS_PER_S /* before the first trial; each pause is twice the one before it */
#define MOST_NS  (300 * NS_PER_S) /* the longest pause */
#define CALM_NS  (60 * NS_PER_S)  /* beyond twice the last pause, a refusal starts with FIRST_NS */

void bare_wait(struct bare *bare, struct monotime now)
{
	if (bare->pause_ns && monotime_diff(now, bare->since) < 2 * bare->pause_ns + CALM_NS)
		bare->pause_ns *= 2;
	else
		bare->pause_ns = FIRST_NS;
	if (bare->pause_ns > MOST_NS)
		bare->pause_ns = MOST_NS;
	bare->given_up = true;
	bare->since = now;
	bare->try_at = monotime_add(now, bare->pause_ns);
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
