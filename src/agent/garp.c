/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Announces shared addresses on the public wire.
 */
#include "agent/garp.h"

#include <string.h>

#include "core/vrrp/advert.h"
#include "sys/bpf/fence.h"
#include "sys/net/send.h"

#define GARP_FRAME 128

/* The context is what garp_round() returns. */
static void on_sent(void *context, unsigned int tag, int error)
{
	bool *taken = context;

	(void)tag;
	*taken &= error == 0;
}

static void queue(const struct router_deps *deps, int ifindex, const struct config_prefix *address,
		  const uint8_t mac[6], bool reply, bool *taken)
{
	uint8_t *room = batch_room(deps->batch, GARP_FRAME);
	int length = address->family == 4
			     ? advert_encode_garp(&address->addr, mac, reply, room, GARP_FRAME)
			     : advert_encode_na(&address->addr, mac, room, GARP_FRAME);

	if (length > 0)
		batch_add(deps->batch, ifindex, (size_t)length, on_sent, taken, 0);
}

static void queue_half(const struct config_router *config, const struct router_deps *deps,
		       int ifindex, const uint8_t mac[6], const struct garp *garp, bool second,
		       bool *taken)
{
	for (unsigned int i = garp->first;
	     i < config->address_count && i - garp->first < garp->count; i++) {
		const struct config_prefix *address = &config->addresses[i];
		int out = ifindex;
		uint8_t from[6];

		if (second && (address->family == 6 || config->garp != CONFIG_GARP_BOTH))
			continue;
		if (address->dev[0]) {
			struct port *port = ports_find(deps->ports, address->dev);

			if (!port || !port->ifindex)
				continue;
			out = port->ifindex;
			interfaces_mac(deps->ports->interfaces, out, from);
		} else {
			memcpy(from, mac, sizeof(from));
		}
		queue(deps, out, address, from, second || config->garp == CONFIG_GARP_REPLY, taken);
	}
}

bool garp_round(const struct config_router *config, const struct router_deps *deps, int ifindex,
		const uint8_t mac[6], const struct garp *garp)
{
	bool taken = true;

	batch_route(deps->batch, !garp->past);
	if (garp->halves != GARP_SECOND)
		queue_half(config, deps, ifindex, mac, garp, false, &taken);
	if (garp->halves != GARP_FIRST)
		queue_half(config, deps, ifindex, mac, garp, true, &taken);
	batch_route(deps->batch, false);
	return taken;
}

void garp_rehearse(const struct config_router *config, const struct router_deps *deps, int ifindex)
{
	/* Nobody guards the unspecified address, so the fence counts nothing. */
	static const struct vrrp_addr nobody;
	static const uint8_t mac[6];
	uint8_t frame[GARP_FRAME];
	int length = config->family == 4
			     ? advert_encode_garp(&nobody, mac, false, frame, sizeof(frame))
			     : advert_encode_na(&nobody, mac, frame, sizeof(frame));

	send_rehearse(deps->sender, ifindex, true);
	if (deps->fence && length > 0)
		fence_rehearse(deps->fence, ifindex, frame, (size_t)length);
}
