/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/refusals.h"

#include <net/if.h>
#include <string.h>

#include "core/address.h"
#include "core/vrrp/refusal.h"
#include "sys/host/log.h"

#define EVERY_NS  (1 * NS_PER_S)
#define WINDOW_NS (60 * NS_PER_S)
#define LINES_MAX 16 /* in one window: sources can be forged */

void refusals_open(struct refusals *refusals, struct store *store, struct runner *const *by_slot)
{
	*refusals = (struct refusals){.store = store, .by_slot = by_slot};
}

static struct refusals_said *find(struct refusals *refusals, const struct vrrp_neighbor_key *key)
{
	for (unsigned int i = 0; i < refusals->count; i++) {
		if (!memcmp(&refusals->said[i].key, key, sizeof(*key)))
			return &refusals->said[i];
	}
	return NULL;
}

/* May one more line be logged? Says once in each window that there are more. */
static bool may_say(struct refusals *refusals, struct monotime now)
{
	if (!refusals->window.ns || monotime_diff(now, refusals->window) >= WINDOW_NS) {
		refusals->window = now;
		refusals->lines = 0;
	}
	if (refusals->lines == LINES_MAX)
		log_warn("there are more peers that cannot be understood; vrrp-xdp status --json "
			 "lists all");
	return refusals->lines++ < LINES_MAX;
}

static void say(const struct vrrp_neighbor_key *key, const struct vrrp_neighbor *peer,
		const struct vrrp_instance *instance)
{
	char ifname[IF_NAMESIZE] = "(gone)", address[ADDRESS_TEXT];
	struct refusal refusal;

	if_indextoname(key->ifindex, ifname);
	refusal_describe(&instance->rules, peer, &refusal);
	log_warn("%s: %s on %s cannot be understood: %s. Both may be master. What to do: %s",
		 instance->report.name, address_format(key->family, &key->source, address), ifname,
		 refusal.what, refusal.advice);
}

static void look_at(struct refusals *refusals, const struct vrrp_neighbor_key *key,
		    const struct vrrp_neighbor *peer, struct monotime now)
{
	const struct vrrp_instance *instances = store_array(refusals->store, STORE_INSTANCES);
	struct refusals_said *said = find(refusals, key);

	if (!said && refusals->count < VRRP_MAX_REFUSED) {
		said = &refusals->said[refusals->count++];
		*said = (struct refusals_said){.key = *key};
	}
	if (!said)
		return;
	said->seen = true;
	if (said->verdict == peer->refused || !may_say(refusals, now))
		return;
	said->verdict = peer->refused;
	say(key, peer, &instances[key->slot]);
}

static bool is_current(const struct refusals *refusals, const struct vrrp_neighbor_key *key,
		       const struct vrrp_neighbor *peer, struct monotime now)
{
	const struct vrrp_instance *instances = store_array(refusals->store, STORE_INSTANCES);

	/* The memory of a slot that no router uses may have been given back. */
	return key->slot < VRRP_MAX_SLOTS && refusals->by_slot[key->slot] &&
	       refusal_is_of(key, &instances[key->slot]) &&
	       refusal_is_current(peer, (uint64_t)now.ns);
}

static bool is_understood(struct refusals *refusals, const struct vrrp_neighbor_key *key,
			  const struct vrrp_neighbor *peer)
{
	struct vrrp_neighbor_key speaker = *key;
	struct vrrp_neighbor heard;

	speaker.slot = 0;
	return !table_get(store_table(refusals->store, STORE_NEIGHBORS), &speaker, &heard) &&
	       refusal_is_understood(peer, &heard);
}

static void forget_unseen(struct refusals *refusals)
{
	for (unsigned int i = refusals->count; i-- > 0;) {
		if (!refusals->said[i].seen)
			refusals->said[i] = refusals->said[--refusals->count];
	}
}

void refusals_tick(struct refusals *refusals, struct monotime now)
{
	struct table *table = store_table(refusals->store, STORE_REFUSED_PEERS);
	struct vrrp_neighbor_key key, next;
	struct vrrp_neighbor peer;
	bool more;

	if (monotime_before(now, refusals->at))
		return;
	refusals->at = monotime_add(now, EVERY_NS);
	for (unsigned int i = 0; i < refusals->count; i++)
		refusals->said[i].seen = false;
	more = !table_next(table, NULL, &key);
	/* A map that changes under the walk may begin again. */
	for (unsigned int n = 0; more && n < VRRP_MAX_REFUSED; n++) {
		more = !table_next(table, &key, &next);
		if (table_get(table, &key, &peer))
			; /* it is just gone */
		else if (is_current(refusals, &key, &peer, now) &&
			 !is_understood(refusals, &key, &peer))
			look_at(refusals, &key, &peer, now);
		else
			table_delete(table, &key);
		key = next;
	}
	forget_unseen(refusals);
}
