/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tells in the log who speaks for the VRID of one of our routers and cannot be understood, once for
 * each peer and reason, and forgets those that are gone. Decides nothing: core/vrrp/refusal.h says
 * what differs.
 */
#ifndef AGENT_REFUSALS_H
#define AGENT_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/runner.h"
#include "core/monotime.h"
#include "sys/bpf/store.h"
#include "vrrp_abi.h"

struct refusals {
	struct store *store;
	struct runner *const *by_slot;
	struct monotime at;     /* not before */
	struct monotime window; /* when the current minute of log lines began */
	unsigned int lines;     /* in that minute */
	unsigned int count;
	struct refusals_said {
		struct vrrp_neighbor_key key;
		uint8_t verdict;
		bool seen; /* in the current look */
	} said[VRRP_MAX_REFUSED];
};

/* by_slot has VRRP_MAX_SLOTS entries, NULL where no router runs. Both must outlive the refusals. */
void refusals_open(struct refusals *refusals, struct store *store, struct runner *const *by_slot);

/* Call it after every wake-up. It looks once a second at most. If nobody is refused, a look is one
 * system call. */
void refusals_tick(struct refusals *refusals, struct monotime now);

#endif
