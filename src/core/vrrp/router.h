/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One virtual router. This header is the only door to it: an event and a time go in, a short,
 * ordered list of effects comes out. Pure: no I/O, no clock, no log, and no memory but its own. The
 * words that the router shares with the kernel come by pointer, as in judge.h. In the simulation
 * and in the search these words are plain memory, and the router is compiled from these same
 * sources.
 *
 * In one wake-up the agent makes these calls for each of its routers, in this order:
 *   router_before_drain(); then drain the ring, with router_advert() for each record; both again
 *   while router_drain_again() says so;
 *   router_wake();
 *   router_group(), if it is in a group, which core/vrrp/group.h looks at;
 *   router_ports() and router_weigh(), if their facts have changed;
 *   router_tick(), again while router->claims is set. The routers of a group claim together: when
 *   all of them have ticked, router_group() and router_tick() for each, and router_group() again;
 *   when all routers have come so far: send the adverts of their effects, router_sent() for each
 *   advert that was sent, router_unsent() if none was; group_settle() for each group;
 *   router_announce_prepared(), router_settle() and router_prepare(); router_public() says what
 *   became of their effects.
 * Then the agent sleeps until the soonest row that router_offer() has offered.
 *
 * Where the kernel holds the agent up in between, router_stand_in(), and router_sent() for its
 * advert, may come at any time.
 *
 * Between any two of these calls the judge may change the shared words, and the agent may be frozen
 * or killed. `now` is the time that the caller has read last; the words may be newer than that.
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
#include "core/vrrp/drift.h"
#include "core/vrrp/fsm.h"
#include "core/vrrp/lease.h"
#include "core/vrrp/waited.h"
#include "vrrp_abi.h"

/* ---- effects ---- */

enum router_effect_kind {
	/* To be carried out at once and in order, before any other effect of any router: */
	ROUTER_SEND,    /* send an advert with .priority on every path that can send; priority 0
			 * may wait until nothing of the router waits in the queues of its NIC, but
			 * comes before ROUTER_RELEASE */
	ROUTER_CONCEDE, /* send one advert, only to the sender of the record just handled */
	/* These change the public NIC, which takes time: */
	ROUTER_ACQUIRE,  /* bring it into the state of a MASTER; call router_announce() as soon as
			  * the addresses are there */
	ROUTER_RELEASE,  /* bring it into the standby state */
	ROUTER_PREPARE,  /* do all of ROUTER_ACQUIRE that nobody notices behind the shut fence */
	ROUTER_TRY,      /* prepare, look whether the NIC takes an address, and put it back */
	ROUTER_ANNOUNCE, /* send one round of GARP and NA */
	/* Beside the loop; router_hook_ended() is told the end: */
	ROUTER_RUN_HOOK, /* start the hook .before */
	ROUTER_END_HOOK, /* the hook .before is not waited for any more, and is to end now */
	ROUTER_STAYS,    /* before-backup has run, and the router is MASTER still: the programs for
			  * that state are to run again */
	/* To be told last: */
	ROUTER_TRANSITION, /* to log, history and hooks: .transition; the agent adds the slot, the
			    * name and when it announced */
	ROUTER_SAY,        /* to the log: .saying */
};

enum router_saying {
	ROUTER_SAYS_PREPARED,
	ROUTER_SAYS_PUT_BACK, /* the preparation is undone: the master is heard again */
	ROUTER_SAYS_HELD,     /* does not take over; .number: enum vrrp_hold */
	ROUTER_SAYS_DEAF,     /* waited .number ns for reception to move, and takes over */
	ROUTER_SAYS_RESUMED,  /* stays MASTER; the lease ran out .number ns ago */
	ROUTER_SAYS_PRIORITY, /* has a new priority; .number: the old one */
	ROUTER_SAYS_GATEWAY,  /* the gateway is silent: priority 1 */
	/* Preempts nobody until its NIC has carried an address (.number is 0), until it has sent an
	 * advert (1), or until before-master has ended well (2). */
	ROUTER_SAYS_NO_PREEMPT,
	ROUTER_SAYS_RIVALS,      /* .number frames of other hosts had our address or MAC */
	ROUTER_SAYS_PATH_SILENT, /* path .number is silent; another one hears the master */
	ROUTER_SAYS_PATH_SPEAKS, /* path .number is heard again */
	ROUTER_SAYS_REFUSED,     /* before-backup has failed and is strict: it does not resign */
	ROUTER_SAYS_HANDS_OVER,  /* leaves when another router takes over, within .number ns */
	ROUTER_SAYS_ALONE,       /* leaves at once: it has heard no other router */
	ROUTER_SAYS_NO_HEIR,     /* nobody has taken over for .number ns; see struct handover */
};

struct router_effect {
	enum router_effect_kind kind;
	uint8_t priority;
	enum router_saying saying;
	enum config_before before;
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

/* What the interfaces are like. The own source addresses are in the shared paths. Of the times, 0
 * means long ago. */
struct router_ports {
	bool heard;       /* adverts can be heard and sent on at least one heartbeat path */
	bool present;     /* the public NIC is there */
	bool up, carrier; /* the public NIC is up, and has a carrier */
	bool fenced;      /* the fence guards everything that is shared, and nothing passes it */
	struct monotime started;                  /* the agent; a reload is no start */
	struct monotime links_up[VRRP_MAX_PATHS]; /* when the link of a heartbeat path came up;
						   * never: it cannot be used */
	struct monotime public_up;                /* when the link of the public NIC came up */
};

/* What the tracked things and the witness say. */
struct router_weights {
	int sum;       /* of all weights */
	bool pending;  /* a script without a weight has no result yet */
	bool failed;   /* a tracked thing without a weight has failed */
	bool gives_up; /* the gateway is silent: a better router should become MASTER */
	bool allows;   /* the witness has no objection to a promotion */
	bool answers;  /* the shared address answers on the public wire; see router_asks() */
	bool deaf;     /* a promotion is due, and adverts may wait unheard on this host */
	bool peered;   /* a unicast peer is there: the kernel knows its MAC */
};

enum router_nic {
	ROUTER_NIC_STANDBY,
	ROUTER_NIC_PREPARED, /* MAC and addresses of a MASTER, behind the shut fence */
	ROUTER_NIC_MASTER,
};

/* What the public NIC is like after an effect was carried out. */
struct router_public {
	enum router_nic nic;
	bool complete; /* nic is PREPARED, and the preparation has left nothing out */
	bool bare;     /* nic is not STANDBY, and it took none of the shared addresses */
	bool flapped;  /* its link was just taken down and up for a new MAC */
	bool news;     /* its MAC, or one of its addresses, was not announced yet */
	enum bare_trial trial;
};

/* A MASTER that is to stop or to resign hands over first, if it may (struct handover). With _NOW it
 * lets go at once, also if it is handing over already. */
enum router_order {
	ROUTER_STOP,
	ROUTER_STOP_NOW,
	ROUTER_RESIGN,
	ROUTER_RESIGN_NOW,
	ROUTER_RESUME,
};

/* Why a router is in FAULT. If several reasons hold, it is the first of them. */
enum router_fault {
	ROUTER_WELL,
	ROUTER_RESIGNED,
	ROUTER_HEARTBEAT, /* no heartbeat path can be used */
	ROUTER_NO_PUBLIC,
	ROUTER_NO_CARRIER,
	ROUTER_IS_BARE,
	ROUTER_TRACKED,
	ROUTER_UNFENCED, /* with `fence = yes` */
	ROUTER_MUTE,     /* its adverts could not be sent */
	ROUTER_HOOK,     /* before-master has failed and is strict */
	ROUTER_FELLOW,   /* another router of its group is unfit */
};

/* What the routers of a group are like together; of those that run. group_look() finds it out, and
 * all of them are told the same. All zero: the router is in no group. */
struct router_group {
	bool grouped;
	bool failed;               /* one is unfit, for a reason of its own */
	bool masters;              /* all are MASTER */
	bool prepares;             /* nothing holds one back by itself, and none waits for
				    * before-master: when the last deadline is over, all claim */
	bool ready;                /* all may claim now, and nothing holds one back */
	bool granted;              /* all have claimed, and no deadline has moved since */
	bool partnered;            /* one has heard a router that could take over from it */
	bool waits;                /* before-backup of one runs */
	bool leaves;               /* one hands over, or has left */
	bool gives_up;             /* the gateway of one is silent */
	int sum;                   /* of all weights */
	struct monotime claims_at; /* when the last one may claim; never: one may not */
	struct monotime leaves_by; /* the end of the longest handover */
};

/* ---- a router ---- */

/* The words that the router shares with the kernel, and with `status`. */
struct router_words {
	struct vrrp_instance *instance;
	struct vrrp_lease *lease;
	struct vrrp_lease *gate; /* of its group (VRRP_GATE); NULL: it is in none */
	struct vrrp_path *paths[VRRP_MAX_PATHS];
};

enum handover_end {
	HANDOVER_NONE,    /* there was none */
	HANDOVER_TAKEN,   /* `heir` has taken over; nothing was let go before that */
	HANDOVER_NO_HEIR, /* nobody did: a router that was to resign stays MASTER */
	/* It has let go before another router had taken over: because of an order to let go at
	 * once, a fault, a lease that ran out, or a stop whose time is up or that waits for nobody.
	 */
	HANDOVER_CUT,
	HANDOVER_RESUMED, /* ROUTER_RESUME came first */
	HANDOVER_REFUSED, /* before-backup has failed and is strict: it does not resign */
};

/* A MASTER that leaves on purpose keeps address and lease. It advertises priority 1, so that a
 * router that may preempt does so, and the judge ends the lease with the first advert of that
 * router. See router_handover.c. */
struct handover {
	bool runs;
	bool stops; /* it is to stop; else it is to resign */
	bool gives; /* its priority is 1 */
	bool rival; /* since then, another host has used the address: nothing is announced */
	/* Of the last one that has ended, as are took_ns and heir: */
	uint8_t end; /* enum handover_end */
	uint8_t heir_priority;
	int64_t took_ns; /* if an heir has taken over: until its advert arrived */
	struct vrrp_addr heir;
	/* until: it gives by then at the latest; after that, how long it waits for an heir. */
	struct monotime began, gives_at, until;
};

enum router_want {
	ROUTER_WANTS_NOTHING,
	ROUTER_WANTS_STANDBY,
	ROUTER_WANTS_MASTER,
	ROUTER_WANTS_REST, /* as MASTER; what was prepared has already been announced */
	ROUTER_WANTS_TRIAL,
};

/* Private. It is declared here because the search copies, compares and hashes it. */
struct router {
	const struct config_router *config;
	struct router_words words;
	struct router_effects *fx; /* of the call that is running */
	uint32_t prepare_ns; /* preparation begins so long before a deadline; 0: never prepare */
	uint32_t least_ns;   /* a preparation is not worth it if it has no more time than this */

	struct fsm fsm;
	struct lease lease;
	struct monotime sent_from; /* the time that was read before the last adverts were sent */
	enum { ROUTER_OPENED, ROUTER_ADOPTING, ROUTER_RUNS, ROUTER_STOPPED } life;
	bool claims; /* the judge takes it for MASTER; it must still read the deadline again */
	/* BACKUP by our own word: its deadline may count from before the judge listened for it,
	 * where we were held up. The next router_wake() mends that; nothing is claimed until then.
	 */
	bool listens_anew;
	uint8_t sent_priority;      /* of the adverts that were sent last */
	uint8_t stood_in;           /* adverts of a new MASTER that does not serve yet */
	struct monotime retry_at;   /* when to retry a promotion that was held back */
	struct monotime deaf_since; /* the first time it was held back because it may be deaf */
	/* Started, and no master was heard yet: until then an answer on the public wire holds a
	 * promotion back. 0: it does not. */
	struct monotime asks_until;
	/* witness = owner: a master did not yield to this router, and is left alone until then. */
	struct monotime leaves_until;
	/* A MASTER advertises a longer interval than the one by which it sends. From then on it
	 * sends by the longer one. 0: it does. */
	struct monotime widens_at;
	struct monotime answered_at; /* when it last answered an inferior advert */
	/* A bit for each enum vrrp_hold that was said since a promotion is held back. */
	uint32_t told_holds;
	unsigned int unsent; /* how often in a row none of its adverts could be sent */

	/* From the last drain of the ring: */
	enum vrrp_role role_before;
	uint32_t seen_lost;
	struct monotime relook_at;    /* when suppressed news may flow again */
	struct monotime yields_until; /* how long to wait for the record of a better master */

	struct router_ports ports;
	struct router_group group;
	struct router_weights weights;
	enum router_fault fault;
	enum router_want want;
	bool resigned;
	bool wants_announce;
	struct handover handover;
	struct monotime look_at; /* when to look again for a fault, or never */

	struct router_public public;
	struct monotime flapped_at;
	struct monotime prepared_for; /* the deadline of the last preparation */
	struct announce announce;
	struct rivals rivals;
	struct bare bare;
	struct drift drift;
	struct bare mute;     /* what follows from `unsent` */
	struct waited waited; /* the hooks that are waited for */
};

/* May a router with this configuration go on with the words that an earlier agent has left? The
 * words must be of the same router, and it must be MASTER by a lease that still runs. Then nobody
 * else can have taken over, and nobody notices the restart. */
bool router_adoptable(const struct config_router *config, const struct router_words *words,
		      struct monotime now);

/* Has a BACKUP of this configuration, in an earlier run, learned the interval of a master that may
 * still be there? Then *ret_judged is what the new run begins with, in place of zeros. */
bool router_recalls(const struct config_router *config, const struct vrrp_instance *instance,
		    struct monotime now, struct vrrp_judged *ret_judged);

/* The router is in INIT until the first router_ports(). adopt: what router_adoptable() said. All
 * pointers must outlive the router. prepare_ns, least_ns: see struct router. */
void router_init(struct router *router, const struct config_router *config,
		 const struct router_words *words, bool adopt, uint32_t prepare_ns,
		 uint32_t least_ns);

/* Call the first one before the ring is drained; it reads the role. The second one says after the
 * drain whether the ring must be drained once more: the judge has stepped down meanwhile, so its
 * record is in the ring now. */
void router_before_drain(struct router *router);
bool router_drain_again(const struct router *router);

/* A record of the ring for this router. */
void router_advert(struct router *router, const struct vrrp_event *event, struct monotime now,
		   struct router_effects *fx);

/* The ring is drained. Looks for records that were lost, at the lease, and at what the judge has
 * decided meanwhile. */
void router_wake(struct router *router, struct monotime now, struct router_effects *fx);

/* Serve the rows that are due. Returns whether anything moved. If router->claims is set afterwards,
 * call it again before the adverts are sent: the judge may have moved the deadline in between. */
bool router_tick(struct router *router, struct monotime now, struct router_effects *fx);

/* One of the router's adverts was sent; `now` was read after that. */
void router_sent(struct router *router, struct monotime now, struct router_effects *fx);

/* None of the adverts of one ROUTER_SEND could be sent. */
void router_unsent(struct router *router);

/* The caller is held up, and can neither drain the ring nor serve the rows. A MASTER sends the
 * advert that is due all the same, as long as its lease runs and the judge has not stepped down. A
 * new one whose NIC does not carry the addresses yet sends ten at most. Nothing else is decided.
 * Returns whether there is an advert to send. */
bool router_stand_in(struct router *router, struct monotime now, struct router_effects *fx);

/* When that may be so next; never: the router sends nothing. */
struct monotime router_stand_in_at(const struct router *router, struct monotime now);

/* The agent is about to restart. The advert of a MASTER that would become due by `until` is due at
 * once, since the next process may be late for it. router_stand_in() is to follow. */
void router_hasten(struct router *router, struct monotime now, struct monotime until);

/* Announce what was prepared. Call it for all routers before any NIC is changed. */
void router_announce_prepared(struct router *router, struct monotime now,
			      struct router_effects *fx);

/* All adverts were sent, or could not be. Decides what is to become of the public NIC. */
void router_settle(struct router *router, struct monotime now, struct router_effects *fx);

/* Within ROUTER_ACQUIRE or a repair: the addresses, or a new MAC, are on the NIC now. */
void router_announce(struct router *router, struct monotime now, struct router_effects *fx);

/* If a promotion may be due soon: put MAC and addresses on the NIC, behind the shut fence. Returns
 * whether it was time for that. */
bool router_prepare(struct router *router, struct monotime now, struct router_effects *fx);

/* What the NIC is like after ROUTER_ACQUIRE, _RELEASE, _PREPARE, _TRY or a repair. */
void router_public(struct router *router, const struct router_public *public, struct monotime now,
		   struct router_effects *fx);

void router_ports(struct router *router, const struct router_ports *ports, struct monotime now,
		  struct router_effects *fx);
void router_weigh(struct router *router, const struct router_weights *weights, struct monotime now,
		  struct router_effects *fx);
/* What its group is like now. A MASTER whose fellow is not MASTER leaves, with priority 0 if nobody
 * has replaced it, and so does one whose fellow is unfit: it is in FAULT then. One that hands over
 * waits for its own heir, but not for longer than an advert may take. */
void router_group(struct router *router, const struct router_group *group, struct monotime now,
		  struct router_effects *fx);
/* A MASTER that owns, and has the hook before-backup, stops or resigns when that has ended; until
 * then everything goes on. Orders with _NOW do not wait. While the hook runs, ROUTER_RESUME is
 * passed over: see router_awaits_order(). */
void router_order(struct router *router, enum router_order order, struct monotime now,
		  struct router_effects *fx);

/* A hook has ended, or its time is up. well: it has ended within its time, with exit status 0. */
void router_hook_ended(struct router *router, enum config_before before, bool well,
		       struct monotime now, struct router_effects *fx);

/* Does it wait for before-backup, to stop or to resign then? */
static inline bool router_awaits_order(const struct router *router)
{
	return router->waited.runs == WAITED_BACKUP;
}

/* Is it MASTER, and its lease waits for before-master? */
bool router_awaits_hook(const struct router *router);

/* Is it time to count the frames of other hosts that have our address or MAC as their source? If
 * so, router_rivals() takes the count, negative if there is none. _at: the time at which the caller
 * has to wake up for that, or never: while such frames are likely, after a promotion. */
bool router_asks_rivals(const struct router *router, struct monotime now);
struct monotime router_rivals_at(const struct router *router);
void router_rivals(struct router *router, int64_t frames, struct monotime now,
		   struct router_effects *fx);

/* The rows of the router's table of deadlines; router_tick() and router_prepare() serve them. */
#define ROUTER_ROWS 11
void router_offer(const struct router *router, struct soonest *soonest);

/* The soonest of all its rows, or never. */
struct monotime router_expiry(const struct router *router);

/* When the router may have to take over, or never. This one must be met to the microsecond. */
struct monotime router_master_down(const struct router *router);

/* The same without its group, which may have to wait for another router. */
struct monotime router_own_master_down(const struct router *router);

/* Was it ordered to stop or to resign, and does it wait for before-backup, or for another router to
 * take over? Until then it is MASTER as before; then the order is carried out. */
static inline bool router_is_leaving(const struct router *router)
{
	return router_awaits_order(router) || router->handover.runs;
}

/* By when a router that is leaving has done so, or has given it up. */
struct monotime router_leaves_by(const struct router *router, struct monotime now);

/* Is it MASTER, with a lease that an advert has opened and that still runs at `now`? */
bool router_holds(const struct router *router, struct monotime now);

/* And so is the whole group, if it is in one: its gate runs, too. */
bool router_may_own(const struct router *router, struct monotime now);

/* May an advert leave from the shared MAC? If router_may_own(), and if it is the first advert of a
 * new MASTER, which opens the lease. Every other frame that passes the fence (the last adverts of a
 * MASTER that leaves, those of one whose lease has run out) leaves from a MAC that the switches may
 * learn on this host's port. */
bool router_may_use_mac(const struct router *router, struct monotime now);

/* Has the judge stepped down, while the record that says so is still on its way? */
bool router_yields(const struct router *router);

/* Should the caller ask on the public wire whether somebody has the shared address? That is so
 * until the first master was heard, or this router is MASTER. struct router_weights takes the
 * answer. */
bool router_asks(const struct router *router);

/* The interval by which this router sends, in centiseconds. After a reload with a longer interval
 * it is the old one for a while; the adverts tell the new one at once. */
uint16_t router_interval_cs(const struct router *router);

/* Play the promotion at `at` on a copy of the router, so that its code and data are in the caches.
 * Changes nothing. */
void router_rehearse(const struct router *router, struct monotime at, struct router_effects *fx);

/* Does a promotion wait for before-master, and leave the NIC alone until then? */
static inline bool router_has_before_master(const struct router *router)
{
	return router->config->before[CONFIG_BEFORE_MASTER].command != NULL;
}

static inline bool router_is_prepared(const struct router *router)
{
	return router->public.nic == ROUTER_NIC_PREPARED;
}

#endif
