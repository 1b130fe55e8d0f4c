/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every router's slot: the one in which it is the master already, left by an agent that is gone,
 * else any that is free.
 */
#ifndef AGENT_SLOTS_H
#define AGENT_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/ports.h"
#include "core/config/config.h"
#include "core/ending.h"
#include "sys/bpf/datapath.h"

/* ret_slots[router_count]; ret_adopted, all false before: the slots that go on as they
 * are. All others are reset. Ports must have been refreshed. Logged; negative errno. */
int slots_choose(const struct config *config, struct datapath *datapath, struct ports *ports,
		 uint16_t *ret_slots, struct adopted *ret_adopted);

#endif
