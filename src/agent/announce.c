/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Announcing shared addresses on the public wire.
 */
#include "agent/announce.h"

#include <string.h>

#include "core/vrrp/advert.h"

#define ANNOUNCE_FRAME 128

void announce_init(struct announce *announce, const struct config_router *router,
		   struct ports *ports, struct batch *batch)
{
	*announce = (struct announce){.router = router,
				      .ports = ports,
				      .batch = batch,
				      .next = MONOTIME_NEVER};
}

static void round_of(struct announce *announce, int ifindex, const uint8_t mac[6])
{
	const struct config_router *router = announce->router;

	memcpy(announce->mac, mac, sizeof(announce->mac));
	for (unsigned int i = 0; i < router->address_count; i++) {
		const struct config_prefix *address = &router->addresses[i];
		const uint8_t *from = mac;
		int out = ifindex, length;
		uint8_t *room;

		if (address->dev[0]) {
			struct port *port = ports_find(announce->ports, address->dev);

			if (!port || !port->ifindex)
				continue;
			out = port->ifindex;
			from = port->mac;
		}
		room = batch_room(announce->batch, ANNOUNCE_FRAME);
		length = address->family == 4
				 ? advert_encode_garp(&address->addr, from, false, room,
						      ANNOUNCE_FRAME)
				 : advert_encode_na(&address->addr, from, room, ANNOUNCE_FRAME);
		if (length > 0)
			batch_add(announce->batch, out, (size_t)length, NULL, NULL, 0);
	}
	batch_flush(announce->batch);
}

static void schedule(struct announce *announce, struct monotime now)
{
	const struct config_router *router = announce->router;

	if (announce->left)
		announce->next = monotime_add(now, (int64_t)router->garp_interval_ms * 1000000);
	else if (router->garp_refresh_ms)
		announce->next = monotime_add(now, (int64_t)router->garp_refresh_ms * 1000000);
	else
		announce->next = MONOTIME_NEVER;
}

void announce_start(struct announce *announce, int ifindex, const uint8_t mac[6],
		    struct monotime now)
{
	announce->left = announce->router->garp_count;
	if (announce->left) {
		announce->left--;
		round_of(announce, ifindex, mac);
	}
	schedule(announce, now);
}

bool announce_is_stale(const struct announce *announce, const uint8_t mac[6])
{
	static const uint8_t none[6];

	return memcmp(announce->mac, none, sizeof(none)) != 0 &&
	       memcmp(announce->mac, mac, sizeof(announce->mac)) != 0;
}

void announce_stop(struct announce *announce)
{
	announce->left = 0;
	announce->next = MONOTIME_NEVER;
}

void announce_tick(struct announce *announce, int ifindex, const uint8_t mac[6],
		   struct monotime now)
{
	if (monotime_before(now, announce->next))
		return;
	if (announce->left)
		announce->left--;
	round_of(announce, ifindex, mac);
	schedule(announce, now);
}
