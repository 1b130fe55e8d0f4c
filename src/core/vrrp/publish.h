/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one virtual router writes into the shared words: the rules by which the judge judges, role
 * and deadline, and what `status` shows. Decides nothing.
 */
#ifndef CORE_VRRP_PUBLISH_H
#define CORE_VRRP_PUBLISH_H

#include "core/config/config.h"
#include "core/vrrp/fsm.h"
#include "vrrp_abi.h"

/* All rules of a router. */
void publish_rules(struct vrrp_instance *instance, const struct config_router *router);

/* Whether the judge may preempt now (a preempt delay switches it). */
void publish_preempt(struct vrrp_instance *instance, bool may_preempt);

/* Another effective priority, for the judge and for status. */
void publish_priority(struct vrrp_instance *instance, uint8_t priority);

/* What a state is to the judge. */
enum vrrp_role publish_role_of(enum vrrp_state state);

/* Hand the deadline over where the role is BACKUP, then the role: in this order, so that who sees
 * BACKUP sees its deadline. */
void publish_role(struct vrrp_instance *instance, enum vrrp_role role, struct monotime deadline);

/* A BACKUP waits until `deadline_ns` at least; the judge may move the deadline at the same time. */
void publish_wait(struct vrrp_instance *instance, uint64_t deadline_ns);

/* A claim is taken back: BACKUP, with the deadline that the judge has set meanwhile. */
void publish_take_back(struct vrrp_instance *instance);

/* Name and NIC, for status. */
void publish_identity(struct vrrp_instance *instance, const struct config_router *router);
void publish_state(struct vrrp_instance *instance, const struct fsm *fsm);

/* The master, as far as known; priority 0: none is. */
void publish_master(struct vrrp_instance *instance, const struct vrrp_addr *address,
		    uint8_t priority);

#endif
