/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adverts of one virtual router: multicast, or one copy per unicast peer. Renews the lease by what
 * was really sent. Decides nothing.
 */
#include <string.h>

#include "agent/router_internal.h"
#include "core/vrrp/advert.h"
#include "sys/host/log.h"

#define NEIGHBOR_FRESH_NS 1000000000LL

static void on_sent(void *context, unsigned int tag, int error)
{
	struct router *router = context;
	struct router_path *path = &router->paths[tag];

	if (!error) {
		path->send_failed = false;
		router_renew(router);
	} else if (!path->send_failed) {
		path->send_failed = true;
		log_warn("%s: cannot send adverts on %s: %s", router->config->name,
			 path->port->name, strerror(-error));
	}
}

static void fill_spec(const struct router *router, const struct router_path *path,
		      unsigned int index, uint8_t priority, struct advert_spec *spec)
{
	const struct config_router *config = router->config;

	*spec = (struct advert_spec){
		.family = config->family,
		.version = config->version,
		.vrid = config->vrid,
		.priority = priority,
		.interval_cs = config->interval_cs,
		.auth_type = config->auth_type,
		.checksum = config->checksum,
		.source = path->source,
		.addresses = config->advertise,
		.address_count = config->advertise_count,
	};
	memcpy(spec->auth_data, config->auth_data, sizeof(spec->auth_data));
	if (spec->checksum == VRRP_CHECKSUM_AUTO)
		spec->checksum = shared_path(router, index)->checksum;
	/* RFC 9568, 7.3: from the virtual MAC, where the NIC is the one that carries it. */
	if (config->mac.kind == CONFIG_MAC_VIRTUAL && path->port == router->public)
		memcpy(spec->source_mac, config->mac.mac, sizeof(spec->source_mac));
	else
		memcpy(spec->source_mac, path->port->mac, sizeof(spec->source_mac));
}

/* The MAC of a unicast peer, from the kernel's neighbour table, asked at most once a second. */
static bool peer_mac(struct router *router, struct router_path *path, unsigned int peer,
		     struct monotime now)
{
	struct peer_mac *cached = &path->peers[peer];

	if (cached->checked.ns && monotime_diff(now, cached->checked) < NEIGHBOR_FRESH_NS)
		return cached->known;
	cached->checked = now;
	cached->known =
		!rtnl_neighbor(router->deps->rtnl, path->port->ifindex, router->config->family,
			       &router->config->peers[peer], cached->mac);
	return cached->known;
}

/* One signature for all copies of this advert. */
static void sign(struct router *router, struct advert_spec *spec, uint64_t sequence,
		 uint8_t trailer[VRRP_TRAILER_LEN])
{
	if (router->signing &&
	    !advert_sign(spec, router->config->hmac_active, router->signing, sequence, trailer))
		spec->trailer = trailer;
}

/* Of every signed advert that leaves. It lies where an agent that adopts the router finds it: after
 * a restart none is below one that was sent before. */
static uint64_t next_sequence(struct router *router, struct monotime now)
{
	__u64 *last = &router->instance->hmac_sequence;

	if (router->signing)
		*last = advert_sequence(*last, auth_wall(router->deps->auth, now),
					router->config->hmac_window_s);
	return *last;
}

static void queue_one(struct router *router, unsigned int index, const struct advert_spec *spec)
{
	size_t max = WIRE_ETH_LEN + 40 + VRRP_HDR_LEN + 16 * spec->address_count + VRRP_AUTH_LEN +
		     VRRP_TRAILER_LEN;
	uint8_t *room = batch_room(router->deps->batch, max);
	int length = advert_encode(spec, room, max);

	if (length > 0)
		batch_add(router->deps->batch, router->paths[index].port->ifindex, (size_t)length,
			  on_sent, router, index);
}

/* The next hop is not resolved: the kernel resolves it, and the advert waits for that only. */
static void send_unresolved(struct router *router, unsigned int index,
			    const struct advert_spec *spec)
{
	struct router_path *path = &router->paths[index];
	uint8_t frame[ADVERT_MAX_FRAME];
	int length = advert_encode(spec, frame, sizeof(frame)), error;
	size_t headers = WIRE_ETH_LEN + (spec->family == 4 ? 20 : 40);

	if (length <= 0)
		return;
	error = send_raw(router->deps->sender, path->port->ifindex, spec->family, &spec->source,
			 &spec->destination, frame + headers, (size_t)length - headers);
	on_sent(router, index, error);
}

void router_queue_adverts(struct router *router, uint8_t priority, struct monotime now)
{
	router->lease_from = now;
	for (unsigned int i = 0; i < router->config->heartbeat_count; i++) {
		struct router_path *path = &router->paths[i];
		uint8_t trailer[VRRP_TRAILER_LEN];
		struct advert_spec spec;

		if (!path->port->ifindex || !path->port->carrier || !path->has_source)
			continue;
		fill_spec(router, path, i, priority, &spec);
		sign(router, &spec, next_sequence(router, now), trailer);
		if (!router->config->peer_count) {
			queue_one(router, i, &spec);
			continue;
		}
		for (unsigned int p = 0; p < router->config->peer_count; p++) {
			spec.destination = router->config->peers[p];
			if (vrrp_addr_equal(&spec.destination, &path->source))
				continue; /* one `peers` list for all hosts is convenient */
			if (peer_mac(router, path, p, now)) {
				memcpy(spec.destination_mac, path->peers[p].mac, 6);
				queue_one(router, i, &spec);
			} else {
				send_unresolved(router, i, &spec);
			}
		}
	}
}

void router_queue_concession(struct router *router, struct monotime now)
{
	const struct vrrp_event *heard = router->heard;
	uint8_t trailer[VRRP_TRAILER_LEN];
	struct router_path *path;
	struct advert_spec spec;

	if (!heard)
		return; /* known from the snapshot only, which has no MAC */
	path = &router->paths[heard->path];
	if (!path->port->ifindex || !path->has_source)
		return;
	fill_spec(router, path, heard->path, router->fsm.config.priority, &spec);
	if (router->config->peer_count)
		spec.destination = heard->advert.source;
	memcpy(spec.destination_mac, heard->advert.mac, sizeof(spec.destination_mac));
	sign(router, &spec, next_sequence(router, now), trailer);
	router->lease_from = now;
	queue_one(router, heard->path, &spec);
}

void router_rehearse_adverts(struct router *router)
{
	uint8_t frame[ADVERT_MAX_FRAME];

	for (unsigned int i = 0; i < router->config->heartbeat_count; i++) {
		uint8_t trailer[VRRP_TRAILER_LEN];
		struct advert_spec spec;

		fill_spec(router, &router->paths[i], i, router->fsm.config.priority, &spec);
		sign(router, &spec, 0, trailer);
		advert_encode(&spec, frame, sizeof(frame));
	}
}
