/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one virtual router writes into the shared words: the rules by which the judge judges, the
 * role and the deadline, and the report that `status` shows. It decides nothing.
 */
#ifndef CORE_VRRP_PUBLISH_H
#define CORE_VRRP_PUBLISH_H

#include "core/config/config.h"
#include "core/vrrp/fsm.h"
#include "vrrp_abi.h"

/* Write all rules of a router. If it has no unicast peers, *peers is not touched. For interval_cs
 * see router_interval_cs(). */
void publish_rules(struct vrrp_instance *instance, struct vrrp_peers *peers,
		   const struct config_router *router, uint16_t interval_cs);

/* Write a new interval of our own, in centiseconds. */
void publish_interval(struct vrrp_instance *instance, uint16_t interval_cs);

/* Write whether the judge may preempt now. It may not while a preempt delay runs. */
void publish_preempt(struct vrrp_instance *instance, bool may_preempt);

/* Write a new effective priority, for the judge. */
void publish_priority(struct vrrp_instance *instance, uint8_t priority);

/* Write the role; if it is BACKUP, write the deadline before it. In this order, whoever reads
 * BACKUP also reads its deadline. */
void publish_role(struct vrrp_instance *instance, enum vrrp_role role, struct monotime deadline);

/* Take a claim back: the role is BACKUP again, with the deadline that the judge set meanwhile. */
void publish_take_back(struct vrrp_instance *instance);

/* Write the router's name and its NIC, for `status`. */
void publish_identity(struct vrrp_instance *instance, const struct config_router *router);
void publish_state(struct vrrp_instance *instance, const struct fsm *fsm);

/* Write who the current master is. priority 0: none is known. */
void publish_master(struct vrrp_instance *instance, const struct vrrp_addr *address,
		    uint8_t priority);

/* Write what was measured of two clocks, a code of core/vrrp/drift.h. */
void publish_drift(struct vrrp_instance *instance, uint8_t code);

#endif
