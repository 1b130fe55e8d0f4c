/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A master that can carry none of its addresses is worse than none: it gives up, so that another
 * one takes over, and tries again with growing pauses. Tried is behind the shut fence, where nobody
 * notices; where there is none, only a master that died shows whether it goes by now. Pure.
 */
#ifndef CORE_VRRP_BARE_H
#define CORE_VRRP_BARE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"

enum bare_trial {
	BARE_NOT_TRIED,
	BARE_CARRIES,
	BARE_REFUSED, /* none of the addresses can be put on the NIC */
	BARE_UNKNOWN, /* that cannot be told without taking over */
};

struct bare {
	bool given_up; /* in FAULT until try_at */
	bool doubt;    /* no address has been carried since: preempts nobody */
	struct monotime try_at, since;
	int64_t pause_ns; /* 0: there was none */
};

/* It carries none: gives up, or after a trial waits on. Until `try_at`, later each time. */
void bare_wait(struct bare *bare, struct monotime now);

/* What a trial has shown. Returns whether it is over. */
bool bare_tried(struct bare *bare, enum bare_trial trial, struct monotime now);

#endif
