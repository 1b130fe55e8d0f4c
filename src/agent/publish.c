/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing to mapped memory that the XDP program and other processes read.
 */
#include "agent/publish.h"

#include <stdio.h>
#include <string.h>

#include "agent/loop.h"
#include "core/vrrp/advert.h"

void publish_rules(struct vrrp_instance *instance, const struct config_router *router)
{
	struct vrrp_rules rules = {
		.family = router->family,
		.version = router->version,
		.vrid = router->vrid,
		.priority = router->priority,
		.flags = router->peer_count ? VRRP_RULE_UNICAST : 0,
		.min_ttl = router->min_ttl,
		.auth_type = router->auth_type,
		.checksum = router->checksum,
		.interval_cs = router->interval_cs,
		.peer_count = (uint8_t)router->peer_count,
		.address_count = (uint8_t)router->advertise_count,
		.hmac_mode = router->hmac_mode,
		.hmac_active = router->hmac_active,
		.hmac_window_s = router->hmac_window_s,
		.address_digest = advert_address_digest(router->advertise, router->advertise_count),
	};

	memcpy(rules.auth_data, router->auth_data, sizeof(rules.auth_data));
	for (unsigned int i = 0; i < router->peer_count; i++)
		rules.peers[i] = router->peers[i];
	/* In one piece: an adopted instance is being judged by them. */
	instance->rules = rules;
}

void publish_preempt(struct vrrp_instance *instance, bool may_preempt)
{
	uint8_t flags = instance->rules.flags;

	flags = may_preempt ? (uint8_t)(flags | VRRP_RULE_PREEMPT)
			    : (uint8_t)(flags & ~VRRP_RULE_PREEMPT);
	__atomic_store_n(&instance->rules.flags, flags, __ATOMIC_RELEASE);
}

void publish_priority(struct vrrp_instance *instance, uint8_t priority)
{
	__atomic_store_n(&instance->rules.priority, priority, __ATOMIC_RELEASE);
	instance->report.priority = priority;
}

void publish_role(struct vrrp_instance *instance, enum vrrp_role role, struct monotime deadline)
{
	if (role == VRRP_ROLE_BACKUP)
		__atomic_store_n(&instance->deadline_ns, (__u64)deadline.ns, __ATOMIC_SEQ_CST);
	__atomic_store_n(&instance->role, (__u32)role, __ATOMIC_SEQ_CST);
}

void publish_identity(struct vrrp_instance *instance, const struct config_router *router)
{
	struct vrrp_report *report = &instance->report;

	snprintf(report->public_ifname, sizeof(report->public_ifname), "%s", router->public);
	report->path_count = (uint8_t)router->heartbeat_count;
	report->priority = router->priority;
	report->base_priority = router->priority;
	/* Last: a slot with a name is in use. */
	snprintf(report->name, sizeof(report->name), "%s", router->name);
}

void publish_state(struct vrrp_instance *instance, const struct fsm *fsm,
		   const struct vrrp_addr *master, uint8_t master_priority)
{
	struct vrrp_report *report = &instance->report;

	report->state = (uint8_t)fsm->state;
	report->priority = fsm->config.priority;
	report->master = *master;
	report->master_priority = master_priority;
}

void publish_transition(struct vrrp_history *history, struct vrrp_instance *instance,
			const struct vrrp_history *entry)
{
	struct vrrp_history *newest = NULL, *slot;
	uint64_t seq = 1;

	for (unsigned int i = 0; i < VRRP_MAX_HISTORY; i++) {
		if (history[i].seq && (!newest || history[i].seq > newest->seq))
			newest = &history[i];
	}
	if (newest)
		seq = newest->seq + 1;
	slot = &history[seq % VRRP_MAX_HISTORY];
	__atomic_store_n(&slot->seq, 0, __ATOMIC_RELEASE);
	memcpy((char *)slot + sizeof(slot->seq), (const char *)entry + sizeof(entry->seq),
	       sizeof(*slot) - sizeof(slot->seq));
	slot->wall_offset_ns = loop_wall_offset_ns();
	__atomic_store_n(&slot->seq, seq, __ATOMIC_RELEASE);

	instance->report.transitions++;
}
