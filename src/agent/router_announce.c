/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a router's addresses are announced on the public wire: never without a lease, for no fence
 * holds back what is sent past the queues.
 */
#include "agent/router_internal.h"
#include "agent/takeover.h"

bool router_may_own(const struct router *router, struct monotime now)
{
	return router->fsm.state == VRRP_STATE_MASTER && router->lease.state == AGENT_LEASE_OPEN &&
	       lease_lives(router, now);
}

/* Changing a NIC waits for the kernel's lock of all NICs, maybe for longer than the lease lasts;
 * what is announced would pass the fence. The next look at the lease stands down. */
void router_announce(void *context)
{
	struct router *router = context;
	struct monotime now = loop_now();
	uint8_t mac[6];

	if (!router_may_own(router, now))
		return;
	takeover_mac(router->takeover, mac);
	announce_start(&router->announce, takeover_ifindex(router->takeover), mac, now);
	if (router->transition && !router->transition->announced_ns)
		router->transition->announced_ns = (uint64_t)now.ns;
}

void router_announce_prepared(struct router *router, struct monotime now)
{
	if (!router->want_acquire || router->announced || !takeover_ready(router->takeover) ||
	    !router_may_own(router, now))
		return;
	/* Without another look: if anybody undid it meanwhile, it is repaired and announced again.
	 */
	router->announced = true;
	router_announce(router);
}

/* Another router of the NIC, or somebody else, gave it another MAC than the one that was announced.
 */
void router_announce_news(struct router *router, struct monotime now)
{
	uint8_t mac[6];

	takeover_mac(router->takeover, mac);
	if (router_may_own(router, now) && takeover_ifindex(router->takeover) &&
	    announce_is_stale(&router->announce, mac))
		router_announce(router);
}

/* Only with an open lease is a round sent, so only then is it waited for: a MASTER that was held up
 * and listens announces anew when its lease opens again. */
struct monotime router_announce_at(const struct router *router)
{
	return router->fsm.state == VRRP_STATE_MASTER && router->lease.state == AGENT_LEASE_OPEN &&
			       !router_yields(router)
		       ? router->announce.next
		       : MONOTIME_NEVER;
}

void router_announce_tick(struct router *router, struct monotime now)
{
	uint8_t mac[6];

	/* A lease that has just run out is found by the next look at it. */
	if (!router_may_own(router, loop_now()))
		return;
	takeover_mac(router->takeover, mac);
	announce_tick(&router->announce, takeover_ifindex(router->takeover), mac, now);
}
