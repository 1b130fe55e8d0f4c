/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A master that can carry none of its addresses is worse than none: it gives up, so that another
 * one takes over, and tries again with growing pauses. Tried is behind the shut fence, where nobody
 * notices; where there is none, only a master that died shows whether it goes by now.
 */
#include "agent/router_internal.h"
#include "sys/host/log.h"

#define FIRST_NS                                                                                  \
	1000000000LL           /* to the first try; each pause is twice as long as the one before \
				*/
#define MOST_NS 300000000000LL /* ... up to this */
#define CALM_NS 60000000000LL  /* so long beyond the last pause, and it is another matter */

bool router_is_bare(const struct router *router)
{
	return (router->fsm.state == VRRP_STATE_MASTER || router->prepared) &&
	       takeover_is_bare(router->takeover);
}

struct monotime router_bare_at(const struct router *router)
{
	if (router_is_bare(router))
		return monotime_from_ns(0);
	return router->bare ? router->bare_until : MONOTIME_NEVER;
}

static void wait_longer(struct router *router, struct monotime now)
{
	struct bare_pause *pause = &router->bare_pause;

	if (pause->length_ns && monotime_diff(now, pause->since) < 2 * pause->length_ns + CALM_NS)
		pause->length_ns *= 2;
	else
		pause->length_ns = FIRST_NS;
	if (pause->length_ns > MOST_NS)
		pause->length_ns = MOST_NS;
	pause->since = now;
	router->bare_until = monotime_add(now, pause->length_ns);
}

/* Until it has carried one: no master that lives is made to yield for it. */
static void set_doubt(struct router *router, bool doubt)
{
	if (router->doubt == doubt)
		return;
	router->doubt = doubt;
	router->fsm.config.preempt = router->config->preempt && !doubt;
}

/* 1: it can be carried, 0: it cannot, -1: that cannot be told without taking over. */
static int try_out(struct router *router)
{
	bool bare;

	if (!router->fenced || !takeover_prepare(router->takeover))
		return -1;
	bare = takeover_is_bare(router->takeover);
	takeover_enter(router->takeover, PLAN_BACKUP, NULL, NULL);
	return !bare;
}

static void try_again(struct router *router, struct monotime now)
{
	int result = router->resigned ? 0 : try_out(router);

	if (result == 0) {
		wait_longer(router, now);
		return;
	}
	router->bare = false;
	set_doubt(router, result < 0);
	if (result < 0 && router->config->preempt)
		log_info("%s: preempts nobody until %s has carried an address",
			 router->config->name, router->config->public);
	router_ports_changed(router, now);
}

void router_bare_over(struct router *router)
{
	if (router->fsm.state == VRRP_STATE_MASTER && !router_is_bare(router))
		set_doubt(router, false);
}

void router_bare_tick(struct router *router, struct monotime now)
{
	if (router_is_bare(router)) {
		router->bare = true;
		wait_longer(router, now);
		router_ports_changed(router, now);
	} else {
		try_again(router, now);
	}
}
