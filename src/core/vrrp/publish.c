/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes to the memory that the XDP program and other processes read. Depends on include/ and
 * core/.
 */
#include "core/vrrp/publish.h"

#include <stdio.h>
#include <string.h>

#include "core/vrrp/advert.h"

void publish_rules(struct vrrp_instance *instance, struct vrrp_peers *peers,
		   const struct config_router *router, uint16_t interval_cs)
{
	struct vrrp_rules rules = {
		.family = router->family,
		.version = router->version,
		.vrid = router->vrid,
		.priority = router->priority,
		.flags = (uint8_t)((router->peer_count ? VRRP_RULE_UNICAST : 0) |
				   (router->any_first_address ? VRRP_RULE_LENIENT : 0)),
		.min_ttl = router->min_ttl,
		.auth_type = router->auth_type,
		.checksum = router->checksum,
		.interval_cs = interval_cs,
		.peer_count = (uint8_t)router->peer_count,
		.address_count = (uint8_t)router->advertise_count,
		.hmac_mode = router->hmac_mode,
		.hmac_active = router->hmac_active,
		.hmac_window_s = router->hmac_window_s,
		.address_digest = advert_address_digest(router->advertise, router->advertise_count),
	};

	memcpy(rules.auth_data, router->auth_data, sizeof(rules.auth_data));
	for (unsigned int i = 0; i < router->peer_count; i++)
		peers->addr[i] = router->peers[i];
	/* The backups of a MASTER that goes on do not know of a higher priority yet. */
	if (instance->role == VRRP_ROLE_MASTER && instance->rules.priority < rules.priority)
		rules.priority = instance->rules.priority;
	/* The rules are written as a whole, because the judge already uses those of an adopted
	 * instance. */
	instance->rules = rules;
	__atomic_store_n(&instance->hmac_ahead_s, router->hmac_ahead_s, __ATOMIC_RELEASE);
}

void publish_preempt(struct vrrp_instance *instance, bool may_preempt)
{
	uint8_t flags = instance->rules.flags;

	flags = may_preempt ? (uint8_t)(flags | VRRP_RULE_PREEMPT)
			    : (uint8_t)(flags & ~VRRP_RULE_PREEMPT);
	__atomic_store_n(&instance->rules.flags, flags, __ATOMIC_RELEASE);
}

void publish_interval(struct vrrp_instance *instance, uint16_t interval_cs)
{
	__atomic_store_n(&instance->rules.interval_cs, interval_cs, __ATOMIC_RELEASE);
}

void publish_priority(struct vrrp_instance *instance, uint8_t priority)
{
	__atomic_store_n(&instance->rules.priority, priority, __ATOMIC_RELEASE);
}

void publish_role(struct vrrp_instance *instance, enum vrrp_role role, struct monotime deadline)
{
	if (role == VRRP_ROLE_BACKUP)
		__atomic_store_n(&instance->deadline_ns, (__u64)deadline.ns, __ATOMIC_SEQ_CST);
	__atomic_store_n(&instance->role, (__u32)role, __ATOMIC_SEQ_CST);
}

void publish_take_back(struct vrrp_instance *instance)
{
	__atomic_store_n(&instance->role, (__u32)VRRP_ROLE_BACKUP, __ATOMIC_SEQ_CST);
}

void publish_identity(struct vrrp_instance *instance, const struct config_router *router)
{
	struct vrrp_report *report = &instance->report;

	snprintf(report->public_ifname, sizeof(report->public_ifname), "%s", router->public);
	report->path_count = (uint8_t)router->heartbeat_count;
	report->base_priority = router->priority;
	/* The name is written last, because a slot with a name is in use. */
	snprintf(report->name, sizeof(report->name), "%s", router->name);
}

void publish_state(struct vrrp_instance *instance, const struct fsm *fsm)
{
	instance->report.state = (uint8_t)fsm->state;
	instance->report.priority = fsm->config.priority;
}

void publish_master(struct vrrp_instance *instance, const struct vrrp_addr *address,
		    uint8_t priority)
{
	if (address != &instance->report.master)
		instance->report.master = *address;
	instance->report.master_priority = priority;
}

void publish_drift(struct vrrp_instance *instance, uint8_t code)
{
	__atomic_store_n(&instance->judged.drift, code, __ATOMIC_RELEASE);
}
