/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the agent writes into shared maps: the rules that the judge judges by, and what `status` and
 * `monitor` show. Decides nothing.
 */
#ifndef AGENT_PUBLISH_H
#define AGENT_PUBLISH_H

#include "core/config/config.h"
#include "core/vrrp/fsm.h"
#include "sys/bpf/datapath.h"

/* All rules of a router. */
void publish_rules(struct vrrp_instance *instance, const struct config_router *router);

/* Whether the judge may preempt now (a preempt delay switches it). */
void publish_preempt(struct vrrp_instance *instance, bool may_preempt);

/* Another effective priority, for the judge and for status. */
void publish_priority(struct vrrp_instance *instance, uint8_t priority);

/* Hand the deadline over, then the role: in this order, so that who sees BACKUP sees its deadline.
 */
void publish_role(struct vrrp_instance *instance, enum vrrp_role role, struct monotime deadline);

/* Name and state, for status. */
void publish_identity(struct vrrp_instance *instance, const struct config_router *router);
void publish_state(struct vrrp_instance *instance, const struct fsm *fsm,
		   const struct vrrp_addr *master, uint8_t master_priority);

/* One more transition, with its number and the wall clock's offset. */
void publish_transition(struct vrrp_history *history, struct vrrp_instance *instance,
			const struct vrrp_history *entry);

#endif
