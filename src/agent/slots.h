/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slot of every router. If an agent before this one has left a slot in which the router is
 * MASTER already, it is that slot; otherwise it is any free one.
 */
#ifndef AGENT_SLOTS_H
#define AGENT_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/ports.h"
#include "core/config/config.h"
#include "core/ending.h"
#include "sys/bpf/datapath.h"

/* ret_slots gets the slot of each router, and ret_gates the VRRP_GATE() of its group, or 0. Both
 * have room for as many as config has routers.
 * reloads: a running agent has become this one, so that what its BACKUPs have learned still holds.
 * An agent that was dead for a while has missed what changed. *ret_adopted must be all false
 * before; it gets the slots that go on as they are. All others are reset. Ports must have been
 * refreshed. Returns 0 or a negative errno; errors are logged. */
int slots_choose(const struct config *config, struct datapath *datapath, struct ports *ports,
		 bool reloads, uint16_t *ret_slots, uint16_t *ret_gates,
		 struct adopted *ret_adopted);

#endif
