/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes frames for the batch from the configuration and a priority. Decides nothing.
 */
#include "agent/adverts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/auth.h"
#include "agent/stand_in.h"
#include "agent/takeover.h"
#include "core/address.h"
#include "core/vrrp/advert.h"
#include "judge.h"
#include "sys/host/log.h"
#include "vrrp_timers.h"

#define NEIGHBOR_FRESH_NS NS_PER_S
#define NEIGHBOR_OLD_NS   (3 * NS_PER_S) /* then the next advert does not leave without a look */

/* One result less to wait for. */
static void settle(struct adverts *adverts)
{
	if (--adverts->pending == 0 && adverts->any_failed && !adverts->any_sent)
		adverts->calls->unsent(adverts->context);
}

static void on_sent(void *context, unsigned int tag, int error)
{
	struct adverts *adverts = context;

	if (!error) {
		adverts->send_failed[tag] = false;
		adverts->any_sent = true;
		adverts->calls->sent(adverts->context);
	} else {
		adverts->any_failed = true;
		adverts->last_path = (uint8_t)tag;
		adverts->last_error = error;
	}
	settle(adverts);
	if (error && !adverts->send_failed[tag]) {
		adverts->send_failed[tag] = true;
		log_warn("%s: cannot send adverts on %s: %s", adverts->paths->config->name,
			 adverts->paths->path[tag].port->name, strerror(-error));
	}
}

/* On the public NIC, what leaves from the shared MAC turns the switches to this host. RFC 9568,
 * 7.3: the source is the virtual MAC, if this NIC, or a macvlan on it, carries it. */
static void source_mac(const struct adverts *adverts, const struct path *path, bool owned,
		       uint8_t ret_mac[6])
{
	const struct config_mac *mac = &adverts->paths->config->mac;
	const struct interfaces *interfaces = adverts->paths->deps->ports->interfaces;
	bool carries = path->port == adverts->nic && mac->kind != CONFIG_MAC_KEEP;
	bool macvlan = adverts->paths->config->macvlan[0], itself = carries && !macvlan;

	if (carries && owned && (mac->kind == CONFIG_MAC_VIRTUAL || macvlan))
		memcpy(ret_mac, mac->mac, 6);
	else if (path->port->mac_moves && !(itself && owned))
		takeover_sender_mac(interfaces, path->port->ifindex, !itself, ret_mac);
	else
		interfaces_mac(interfaces, path->port->ifindex, ret_mac);
}

static void fill_spec(const struct adverts *adverts, const struct path *path, uint8_t priority,
		      bool owned, struct advert_spec *spec)
{
	const struct config_router *config = adverts->paths->config;

	*spec = (struct advert_spec){
		.family = config->family,
		.version = config->version,
		.vrid = config->vrid,
		.priority = priority,
		.interval_cs = config->interval_cs,
		.auth_type = config->auth_type,
		.checksum = config->checksum,
		.source = path->shared->own_source,
		.addresses = config->advertise,
		.address_count = config->advertise_count,
	};
	memcpy(spec->auth_data, config->auth_data, sizeof(spec->auth_data));
	source_mac(adverts, path, owned, spec->source_mac);
}

/* The form of checksum of the first and of the second copy of an advert. Returns how many copies
 * are sent. A silent backup may be one that understands only one of the forms that were heard. */
static unsigned int checksum_forms(const struct adverts *adverts, const struct path *path,
				   uint8_t forms[2])
{
	uint8_t *used = &path->shared->checksum;

	forms[0] = adverts->paths->config->checksum;
	if (forms[0] != VRRP_CHECKSUM_AUTO || adverts->paths->config->version == VRRP_V2 ||
	    adverts->paths->config->family == 6)
		return 1;
	/* Backups that are never heard may follow this form from now on. */
	if (*used == VRRP_CHECKSUM_AUTO)
		VRRP_WRITE_ONCE(*used, VRRP_CHECKSUM_RFC5798);
	if (*used != VRRP_CHECKSUM_BOTH) {
		forms[0] = *used;
		return 1;
	}
	forms[0] = VRRP_CHECKSUM_RFC5798;
	forms[1] = VRRP_CHECKSUM_RFC9568;
	return 2;
}

static struct peer_mac *peer_of(const struct adverts *adverts, unsigned int index,
				unsigned int peer)
{
	return &adverts->peers[index * adverts->paths->config->peer_count + peer];
}

/* Finds the MAC of a unicast peer in the kernel's neighbour table. Adverts pass the kernel by, so
 * the kernel does not verify a stale MAC unless it is told to: the peer may be another machine by
 * now. */
static void look_up(struct adverts *adverts, unsigned int index, unsigned int peer,
		    struct monotime now)
{
	struct peer_mac *cached = peer_of(adverts, index, peer);
	const struct vrrp_addr *addr = &adverts->paths->config->peers[peer];
	int ifindex = adverts->paths->path[index].port->ifindex;
	struct rtnl *rtnl = adverts->paths->deps->rtnl;
	uint8_t family = adverts->paths->config->family, mac[6];
	bool stale, known;

	stand_in_begin();
	known = !rtnl_neighbor(rtnl, ifindex, family, addr, mac, &stale);
	if (known && stale)
		(void)rtnl_probe_neighbor(rtnl, ifindex, family, addr);
	stand_in_end();
	if (known)
		memcpy(cached->mac, mac, sizeof(cached->mac));
	cached->known = known;
	cached->checked = now;
}

static bool is_self(const struct adverts *adverts, unsigned int index, unsigned int peer)
{
	return vrrp_addr_equal(&adverts->paths->config->peers[peer],
			       &adverts->paths->path[index].shared->own_source);
}

/* Those of which nothing was learned for so long. */
static void look_up_peers(struct adverts *adverts, int64_t age_ns, struct monotime now)
{
	for (unsigned int i = 0; i < adverts->paths->count; i++) {
		for (unsigned int p = 0; p < adverts->paths->config->peer_count; p++) {
			struct monotime checked = peer_of(adverts, i, p)->checked;

			if (!is_self(adverts, i, p) &&
			    (!checked.ns || monotime_diff(now, checked) >= age_ns))
				look_up(adverts, i, p, now);
		}
	}
}

void adverts_refresh_peers(struct adverts *adverts, struct monotime now)
{
	look_up_peers(adverts, NEIGHBOR_FRESH_NS, now);
}

static bool is_on_link(const struct adverts *adverts, int ifindex, const struct vrrp_addr *peer)
{
	const struct plan_actual *actual = &adverts->paths->deps->ports->interfaces->actual;

	for (unsigned int i = 0; i < actual->address_count; i++) {
		const struct plan_address *own = &actual->addresses[i];

		if (own->ifindex == ifindex && own->family == adverts->paths->config->family &&
		    address_in_prefix(peer, &own->addr, own->plen))
			return true;
	}
	return false;
}

void adverts_meet_peers(struct adverts *adverts)
{
	const struct config_router *config = adverts->paths->config;

	for (unsigned int i = 0; i < adverts->paths->count; i++) {
		const struct path *path = &adverts->paths->path[i];
		bool meets = path->usable && !adverts->met[i];

		adverts->met[i] = path->usable;
		for (unsigned int p = 0; meets && p < config->peer_count; p++) {
			const struct vrrp_addr *peer = &config->peers[p];

			if (is_self(adverts, i, p) ||
			    !is_on_link(adverts, path->port->ifindex, peer))
				continue;
			stand_in_begin();
			(void)rtnl_probe_neighbor(adverts->paths->deps->rtnl, path->port->ifindex,
						  config->family, peer);
			stand_in_end();
		}
	}
}

bool adverts_has_peer(const struct adverts *adverts)
{
	for (unsigned int i = 0; i < adverts->paths->count * adverts->paths->config->peer_count;
	     i++) {
		if (adverts->peers[i].known)
			return true;
	}
	return false;
}

/* Makes one signature for all unicast peers of this advert. */
static void sign(struct adverts *adverts, struct advert_spec *spec, uint64_t sequence,
		 uint8_t trailer[VRRP_TRAILER_LEN])
{
	if (adverts->signing && !advert_sign(spec, adverts->paths->config->hmac_active,
					     adverts->signing, sequence, trailer))
		spec->trailer = trailer;
}

/* The sequence number of every signed advert that leaves. It is stored where an agent that adopts
 * the router finds it, so that after a restart no number is below one that was sent before. */
static uint64_t next_sequence(struct adverts *adverts, struct monotime now)
{
	__u64 *last = &adverts->instance->hmac_sequence;

	if (adverts->signing)
		*last = advert_sequence(*last,
					auth_signed_time(adverts->paths->deps->auth,
							 adverts->instance, now),
					adverts->paths->config->hmac_window_s);
	return *last;
}

static void queue_one(struct adverts *adverts, unsigned int index, const struct advert_spec *spec)
{
	size_t max = WIRE_ETH_LEN + 40 + VRRP_HDR_LEN + 16 * spec->address_count + VRRP_AUTH_LEN +
		     VRRP_TRAILER_LEN;
	uint8_t *room = batch_room(adverts->paths->deps->batch, max);
	int length = advert_encode(spec, room, max);

	if (length <= 0)
		return;
	adverts->pending++;
	batch_add(adverts->paths->deps->batch, adverts->paths->path[index].port->ifindex,
		  (size_t)length, on_sent, adverts, index);
}

/* The next hop is not resolved. The kernel resolves it, and only this advert waits for that. */
static void send_unresolved(struct adverts *adverts, unsigned int index,
			    const struct advert_spec *spec)
{
	struct path *path = &adverts->paths->path[index];
	uint8_t frame[ADVERT_MAX_FRAME];
	int length = advert_encode(spec, frame, sizeof(frame)), error;
	size_t headers = WIRE_ETH_LEN + (spec->family == 4 ? 20 : 40);

	if (length <= 0)
		return;
	adverts->pending++;
	error = send_raw(adverts->paths->deps->sender, path->port->ifindex, spec->family,
			 &spec->source, &spec->destination, frame + headers,
			 (size_t)length - headers);
	on_sent(adverts, index, error);
}

static void send_copy(struct adverts *adverts, unsigned int index, struct advert_spec *spec)
{
	const struct config_router *config = adverts->paths->config;

	if (!config->peer_count) {
		queue_one(adverts, index, spec);
		return;
	}
	for (unsigned int p = 0; p < config->peer_count; p++) {
		spec->destination = config->peers[p];
		if (is_self(adverts, index, p))
			continue; /* the `peers` list may be the same on all hosts */
		if (peer_of(adverts, index, p)->known) {
			memcpy(spec->destination_mac, peer_of(adverts, index, p)->mac, 6);
			queue_one(adverts, index, spec);
		} else {
			send_unresolved(adverts, index, spec);
		}
	}
}

void adverts_send(struct adverts *adverts, uint8_t priority, bool owned, struct monotime now)
{
	/* This may have to wait for rtnetlink, so it comes before anything of this advert. */
	if (!adverts->held_up)
		look_up_peers(adverts, NEIGHBOR_OLD_NS, now);
	/* A full batch is sent on the way, before all adverts are in it. */
	adverts->pending++;
	adverts->any_sent = adverts->any_failed = false;
	for (unsigned int i = 0; i < adverts->paths->count; i++) {
		struct path *path = &adverts->paths->path[i];
		unsigned int copies;
		uint8_t forms[2];

		if (!path_can_send(path))
			continue;
		copies = checksum_forms(adverts, path, forms);
		for (unsigned int copy = 0; copy < copies; copy++) {
			uint8_t trailer[VRRP_TRAILER_LEN];
			struct advert_spec spec;

			fill_spec(adverts, path, priority, owned, &spec);
			spec.checksum = forms[copy];
			sign(adverts, &spec, next_sequence(adverts, now), trailer);
			send_copy(adverts, i, &spec);
		}
	}
	settle(adverts);
}

void adverts_trouble(const struct adverts *adverts, char *why, size_t size)
{
	snprintf(why, size, "adverts cannot be sent on %s: %s",
		 adverts->paths->path[adverts->last_path].port->name,
		 strerror(-adverts->last_error));
}

void adverts_concede(struct adverts *adverts, const struct vrrp_event *heard, uint8_t priority,
		     struct monotime now)
{
	struct path *path = &adverts->paths->path[heard->path];
	uint8_t trailer[VRRP_TRAILER_LEN];
	struct advert_spec spec;

	if (!path->port->ifindex || !path->has_source)
		return;
	fill_spec(adverts, path, priority, false, &spec);
	if (spec.checksum == VRRP_CHECKSUM_AUTO)
		spec.checksum = heard->advert.checksum;
	if (adverts->paths->config->peer_count)
		spec.destination = heard->advert.source;
	memcpy(spec.destination_mac, heard->advert.mac, sizeof(spec.destination_mac));
	sign(adverts, &spec, next_sequence(adverts, now), trailer);
	queue_one(adverts, heard->path, &spec);
}

void adverts_rehearse(struct adverts *adverts, uint8_t priority)
{
	uint8_t *room = batch_room(adverts->paths->deps->batch, ADVERT_MAX_FRAME);

	for (unsigned int i = 0; i < adverts->paths->count; i++) {
		uint8_t trailer[VRRP_TRAILER_LEN];
		struct advert_spec spec;

		fill_spec(adverts, &adverts->paths->path[i], priority, true, &spec);
		sign(adverts, &spec, 0, trailer);
		advert_encode(&spec, room, ADVERT_MAX_FRAME);
		send_rehearse(adverts->paths->deps->sender, adverts->paths->path[i].port->ifindex,
			      false);
	}
}

int adverts_open(struct adverts *adverts)
{
	unsigned int count = adverts->paths->count * adverts->paths->config->peer_count;

	if (count)
		adverts->peers = calloc(count, sizeof(*adverts->peers));
	return count && !adverts->peers ? -ENOMEM : 0;
}

void adverts_close(struct adverts *adverts)
{
	free(adverts->peers);
}
