/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A MASTER whose NIC takes none of the shared addresses is worse than no MASTER. It gives up, so
 * that another router takes over, and tries again after pauses that grow. Behind the shut fence a
 * trial goes unnoticed. Without a fence only the next promotion shows whether the NIC takes
 * addresses again; until then the router preempts nobody. The same pauses serve a MASTER whose
 * adverts cannot be sent, which only a promotion can show. Pure.
 */
#ifndef CORE_VRRP_BARE_H
#define CORE_VRRP_BARE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"

enum bare_trial {
	BARE_NOT_TRIED,
	BARE_CARRIES, /* the NIC takes at least one address */
	BARE_REFUSED, /* the NIC takes none of them */
	BARE_UNKNOWN, /* only a takeover can show it */
};

struct bare {
	struct monotime try_at, since; /* the next trial; the beginning of this pause */
	uint16_t pause_s;              /* how long this pause is; 0: there was none yet */
	bool given_up;                 /* the router is in FAULT until try_at */
	bool doubt;                    /* it has carried no address since: it preempts nobody */
};

/* Returns when a pause of this length ends that begins now. */
static inline struct monotime bare_pause(const struct bare *bare, struct monotime now)
{
	return monotime_add(now, bare->pause_s * NS_PER_S);
}

/* The NIC takes no address: give up, or go on waiting after a trial. `try_at` is when to try next,
 * later each time. */
void bare_wait(struct bare *bare, struct monotime now);

/* What a trial has shown. Returns whether the router need not wait any longer. */
bool bare_tried(struct bare *bare, enum bare_trial trial, struct monotime now);

#endif
