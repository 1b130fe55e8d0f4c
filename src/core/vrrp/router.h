/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual router, the one door to it: an event and a time go in, a short ordered list of
 * effects comes out. Pure: no I/O, no clock, no log, and no memory but its own. The words that the
 * kernel shares come by pointer, as in judge.h; in the simulation and in the search they are plain
 * memory, and what is linked there is this very object.
 *
 * In one wake-up the agent calls, for each of its routers:
 *   router_before_drain(); drain the ring, router_advert() for each record; again while
 *   router_drain_again(); router_wake(); router_ports(), router_weigh() where something changed;
 *   router_tick() as long as it claims; then, of all routers, the adverts of their effects are
 *   sent, router_sent() for each; router_settle() and router_prepare(), and router_public() with
 *   what became of that; and it sleeps until the soonest row of router_offer().
 * Between any two of these calls the judge may act on the shared words, and the agent may be frozen
 * or killed. `now` is the time that the caller has read last; it may be older than the words.
 */
#ifndef CORE_VRRP_ROUTER_H
#define CORE_VRRP_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/deadline.h"
#include "core/monotime.h"
#include "core/vrrp/announce.h"
#include "core/vrrp/bare.h"
#include "core/vrrp/fsm.h"
#include "core/vrrp/lease.h"
#include "vrrp_abi.h"

/* ---- effects ---- */

enum router_effect_kind {
	/* At once, in their order, before anything else of any router: */
	ROUTER_SEND,    /* an advert with .priority, by every path that can send */
	ROUTER_CONCEDE, /* an advert to the sender of the record that is being acted upon, alone */
	/* What takes time, on the public NIC: */
	ROUTER_ACQUIRE,  /* to the state of a MASTER; router_announce() once the addresses are there
			  */
	ROUTER_RELEASE,  /* to the standby state */
	ROUTER_PREPARE,  /* all of a MASTER's state that goes without being noticed */
	ROUTER_TRY,      /* prepare, look whether an address is carried, and put back */
	ROUTER_ANNOUNCE, /* one round of GARP and NA */
	/* What is told, behind the rest: */
	ROUTER_TRANSITION, /* .transition, but for what only the agent knows: log, history, hooks */
	ROUTER_SAY,        /* .saying, to the log */
};

enum router_saying {
	ROUTER_SAYS_PREPARED,
	ROUTER_SAYS_PUT_BACK,    /* what was prepared: the master is heard again */
	ROUTER_SAYS_HELD,        /* .number: enum vrrp_hold */
	ROUTER_SAYS_RESUMED,     /* .number: so many ns before, the lease ran out */
	ROUTER_SAYS_PRIORITY,    /* .number: the one before */
	ROUTER_SAYS_GATEWAY,     /* it is silent: priority 1 */
	ROUTER_SAYS_NO_PREEMPT,  /* until its NIC has carried an address */
	ROUTER_SAYS_RIVALS,      /* .number: frames of others with what is ours */
	ROUTER_SAYS_PATH_SILENT, /* .number: the path, while the master is heard by another */
	ROUTER_SAYS_PATH_SPEAKS,
};

struct router_effect {
	enum router_effect_kind kind;
	uint8_t priority;
	enum router_saying saying;
	int64_t number;
	struct vrrp_history transition;
};

/* Of one call. A tick that serves every row at once, and makes up for lost records with news of
 * every path, has less than this; asserted. */
#define ROUTER_EFFECTS 40

struct router_effects {
	unsigned int count;
	struct router_effect list[ROUTER_EFFECTS];
};

/* ---- facts ---- */

/* Of the interfaces. Own sources lie in the shared paths. */
struct router_ports {
	bool heard;       /* one heartbeat path at least can be heard, and be sent by */
	bool present;     /* the public NIC */
	bool up, carrier; /* ... likewise */
	bool fenced;      /* all that is shared is guarded */
};

/* Of tracked things and the witness. */
struct router_weights {
	int sum;       /* of all weights */
	bool pending;  /* a script without a weight has no result yet */
	bool failed;   /* a thing without a weight has failed */
	bool gives_up; /* its gateway is silent: make room for a better one */
	bool allows;   /* the witness has no objection to a promotion */
};

enum router_nic {
	ROUTER_NIC_STANDBY,
	ROUTER_NIC_PREPARED, /* as a MASTER's, behind the shut fence */
	ROUTER_NIC_MASTER,
};

/* What the public NIC is like behind an effect. */
struct router_public {
	enum router_nic nic;
	bool complete; /* PREPARED: nothing is left to be done at the deadline */
	bool bare;     /* not STANDBY: it could take none of the shared addresses */
	bool flapped;  /* its link went down and up for a MAC, just now */
	bool mac_news; /* it has another MAC than the last round of announcements told */
	enum bare_trial trial;
};

enum router_order {
	ROUTER_STOP,
	ROUTER_RESIGN,
	ROUTER_RESUME,
};

/* Why a router is in FAULT; the first that holds. */
enum router_fault {
	ROUTER_WELL,
	ROUTER_RESIGNED,
	ROUTER_HEARTBEAT, /* no path can be heard */
	ROUTER_NO_PUBLIC,
	ROUTER_NO_CARRIER,
	ROUTER_IS_BARE,
	ROUTER_TRACKED,
};

/* ---- a router ---- */

/* Shared with the kernel, and with who looks. */
struct router_words {
	struct vrrp_instance *instance;
	struct vrrp_lease *lease;
	struct vrrp_path *paths[VRRP_MAX_PATHS];
};

enum router_want {
	ROUTER_WANTS_NOTHING,
	ROUTER_WANTS_STANDBY,
	ROUTER_WANTS_MASTER,
	ROUTER_WANTS_REST, /* of a MASTER: what was prepared is announced already */
	ROUTER_WANTS_TRIAL,
};

/* Private, but copied, compared and hashed by the search. */
struct router {
	const struct config_router *config;
	struct router_words words;
	struct router_effects *fx; /* of the call that is running */
	int64_t prepare_ns;        /* so long before a deadline is prepared; 0: never */
	int64_t least_ns;          /* less than this is not worth it */

	struct fsm fsm;
	struct lease lease;
	struct monotime sent_from; /* taken before the last adverts were sent */
	enum { ROUTER_OPENED, ROUTER_ADOPTING, ROUTER_RUNS, ROUTER_STOPPED } life;
	bool claims;                 /* MASTER to the judge; the deadline is to be read again */
	struct monotime retry_at;    /* a promotion that was held back is tried again */
	struct monotime answered_at; /* the last inferior advert was */

	/* Of the last drain of the ring. */
	enum vrrp_role role_before;
	uint32_t seen_lost;
	struct monotime relook_at;    /* news that is being suppressed may flow again */
	struct monotime yields_until; /* the record of a better master is waited for until then */

	struct router_ports ports;
	struct router_weights weights;
	enum router_fault fault;
	bool resigned;
	struct monotime look_at; /* whether it is well is to be looked at again, or never */

	struct router_public public;
	enum router_want want;
	bool wants_announce;
	struct monotime flapped_at;
	struct monotime prepared_for; /* the deadline for which was prepared last */
	struct announce announce;
	struct rivals rivals;
	struct bare bare;
};

/* May a run with this configuration go on with what an agent that is gone has left in these words?
 * It must be that router, MASTER by a lease that still runs: then nobody else may have taken over,
 * and the restart goes unnoticed. */
bool router_adoptable(const struct config_router *config, const struct router_words *words,
		      struct monotime now);

/* In INIT until the first router_ports(). adopt: as router_adoptable() said. All pointers must
 * outlive it. prepare_ns, least_ns: see struct router. */
void router_init(struct router *router, const struct config_router *config,
		 const struct router_words *words, bool adopt, int64_t prepare_ns,
		 int64_t least_ns);

/* Around the drain of the ring: read the role before; after it, must it be drained once more,
 * because the judge stepped down meanwhile? */
void router_before_drain(struct router *router);
bool router_drain_again(const struct router *router);

/* A record of the ring. */
void router_advert(struct router *router, const struct vrrp_event *event, struct monotime now,
		   struct router_effects *fx);

/* The ring is drained: heed what the judge decided or lost meanwhile, and look at the lease. */
void router_wake(struct router *router, struct monotime now, struct router_effects *fx);

/* Serve what is due. Returns whether anything moved. Where router->claims afterwards, call it again
 * before the adverts are sent: the judge may have spoken in between. */
bool router_tick(struct router *router, struct monotime now, struct router_effects *fx);

/* One of its adverts was sent; `now` was read after that. */
void router_sent(struct router *router, struct monotime now, struct router_effects *fx);

/* Before anything else of a NIC: what was prepared is announced. */
void router_announce_prepared(struct router *router, struct monotime now,
			      struct router_effects *fx);

/* All adverts were sent, or were not: what is to become of the public NIC. */
void router_settle(struct router *router, struct monotime now, struct router_effects *fx);

/* Within ROUTER_ACQUIRE, or a repair: the addresses, or another MAC, are there. */
void router_announce(struct router *router, struct monotime now, struct router_effects *fx);

/* Where a promotion may be due soon: MAC and addresses on the NIC, behind the shut fence. Returns
 * whether it was time for that. */
bool router_prepare(struct router *router, struct monotime now, struct router_effects *fx);

/* What became of acquire, release, prepare, a trial or a repair. */
void router_public(struct router *router, const struct router_public *public, struct monotime now,
		   struct router_effects *fx);

void router_ports(struct router *router, const struct router_ports *ports, struct monotime now,
		  struct router_effects *fx);
void router_weigh(struct router *router, const struct router_weights *weights, struct monotime now,
		  struct router_effects *fx);
void router_order(struct router *router, enum router_order order, struct monotime now,
		  struct router_effects *fx);

/* Is it time to count the frames of others? Then the count goes in. */
bool router_asks_rivals(const struct router *router, struct monotime now);
void router_rivals(struct router *router, int64_t frames, struct monotime now,
		   struct router_effects *fx);

/* The rows of the router's table of deadlines; router_tick() and router_prepare() serve them. */
#define ROUTER_ROWS 9
void router_offer(const struct router *router, struct soonest *soonest);

/* The one next moment. */
struct monotime router_expiry(const struct router *router);

/* Of that, what must be met to the microsecond: when it may have to take over, or never. */
struct monotime router_master_down(const struct router *router);

/* MASTER, with a lease that an advert has opened and that lives at `now`. */
bool router_may_own(const struct router *router, struct monotime now);

/* Has the judge stepped down, and the record of that is still on its way? */
bool router_yields(const struct router *router);

/* The promotion at `at`, played on a copy, to warm the caches for it. Changes nothing. */
void router_rehearse(const struct router *router, struct monotime at, struct router_effects *fx);

static inline bool router_is_prepared(const struct router *router)
{
	return router->public.nic == ROUTER_NIC_PREPARED;
}

#endif
