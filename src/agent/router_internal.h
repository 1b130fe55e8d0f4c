/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of one virtual router that the files router*.c share. For these alone.
 */
#ifndef AGENT_ROUTER_INTERNAL_H
#define AGENT_ROUTER_INTERNAL_H

#include "agent/announce.h"
#include "agent/auth.h"
#include "agent/notify.h"
#include "agent/rehearsal.h"
#include "agent/router.h"
#include "agent/takeover.h"
#include "agent/track.h"
#include "agent/witness.h"
#include "core/vrrp/agent_rules.h"
#include "core/vrrp/fsm.h"
#include "sys/bpf/datapath.h"
#include "sys/bpf/lease.h"
#include "vrrp_timers.h"

struct peer_mac {
	struct monotime checked;
	bool known;
	uint8_t mac[6];
};

struct router_path {
	struct port *port;
	bool usable;
	bool listening;
	int ifindex; /* for which it listens */
	bool has_source;
	struct vrrp_addr source;
	bool send_failed;       /* said once */
	struct peer_mac *peers; /* as many as config->peers; NULL: none */
};

struct router {
	const struct config_router *config;
	const struct router_deps *deps;
	unsigned int slot;
	struct vrrp_instance *instance;
	struct lease lease;
	struct fsm fsm;
	struct port *public;
	struct takeover *takeover;
	struct notify *notify;
	struct announce announce;
	struct track *track;
	struct witness *witness; /* NULL: none */

	const struct vrrp_hmac_key *signing; /* NULL: adverts are not signed */
	struct vrrp_addr master;             /* of the current master, as far as known */
	uint8_t master_priority;
	const struct vrrp_event *heard; /* the record that is being acted upon, or NULL */
	uint32_t seen_lost;
	enum vrrp_role role_before; /* the last drain of the ring */
	bool said_interval, said_addresses, said_unfenced;
	bool healthy, started, resigned;
	bool adopt;                   /* MASTER from the first moment on */
	char why[64];                 /* it is not healthy */
	bool gives_up;                /* its gateway is silent: makes room for a better one */
	struct monotime held_until;   /* master-down has passed, but router_may_promote() said no */
	bool fenced;                  /* all that is shared is guarded */
	bool prepared;                /* the NIC has it already, behind the shut fence */
	bool announced;               /* and that was said, before anything else was done */
	struct monotime prepared_for; /* the deadline that it was last tried for */

	/* between the two strokes */
	bool want_acquire, want_release, want_announce, nic_dirty;
	int64_t overdue_ns;              /* its lease was, as it resumed: not told yet; or 0 */
	struct vrrp_history *transition; /* not told yet; NULL: none */
	struct monotime lease_from;      /* taken before the adverts of this stroke were sent */
	bool sent_any;
	struct monotime flapped_at, answered_at, relook_at;
	struct monotime yields_until; /* the record of a better master is awaited until then */
	int64_t rivals; /* frames of others with our address or MAC, as of the last look */
	struct monotime rivals_at, rivals_said;
	struct monotime carrier_at; /* the public NIC's carrier counts again, or never */

	bool bare;  /* its NIC took none of its addresses: in FAULT until bare_until, then another
		       try */
	bool doubt; /* and none has been carried since */
	struct monotime bare_until;
	struct bare_pause {
		struct monotime since;
		int64_t length_ns; /* 0: there was none */
	} bare_pause;

	struct router_path paths[]; /* as many as config->heartbeat_count */
};

static inline struct vrrp_path *shared_path(const struct router *router, unsigned int path)
{
	return datapath_path(router->deps->datapath, router->slot, path);
}

static inline int64_t router_interval_ns(const struct router *router)
{
	return (int64_t)(router->config->interval_cs * VRRP_NS_PER_CS);
}

/* May it go on as MASTER, by its lease? */
static inline bool lease_lives(const struct router *router, struct monotime now)
{
	return agent_lease_lives(router->lease.state, router->lease.written_ns,
				 router_interval_ns(router), now);
}

static inline int64_t lease_span(const struct router *router)
{
	return AGENT_LEASE_INTERVALS * router_interval_ns(router);
}

/* Is it MASTER or BACKUP to the judge, in this moment? */
static inline enum vrrp_role router_role(const struct router *router)
{
	return __atomic_load_n(&router->instance->role, __ATOMIC_SEQ_CST);
}

/* Has the judge stepped down, and the record of that is still on its way to the state machine? */
static inline bool router_yields(const struct router *router)
{
	return router->fsm.state == VRRP_STATE_MASTER && router_role(router) != VRRP_ROLE_MASTER;
}

/* We own nothing any more: whatever froze us, a backup may have taken over since. */
static inline bool router_has_lapsed(const struct router *router, struct monotime now)
{
	return router->fsm.state == VRRP_STATE_MASTER && !lease_lives(router, now);
}

/* router.c: one event into the state machine; an advert, from a record or from the snapshot. */
void router_step(struct router *router, const struct fsm_event *event, struct monotime now);
void router_feed_advert(struct router *router, const struct vrrp_addr *source, uint8_t priority,
			uint16_t interval_cs, unsigned int path, uint64_t stamp_ns,
			struct monotime now);

/* Announces at once, if the lease still lives; the context is the router. _news: where the NIC has
 * another MAC than was announced. _tick: the next of a burst, where it is due. */
void router_announce(void *context);
void router_announce_news(struct router *router, struct monotime now);
struct monotime router_announce_at(const struct router *router);
void router_announce_tick(struct router *router, struct monotime now);

/* router_claim.c: declare MASTER to the judge, and take it back if an advert moved the deadline in
 * that moment: from here on, no advert is absorbed that the state machine does not see. */
bool router_claim(struct router *router, struct monotime now);
/* An advert was sent: opens the lease, or extends it. */
void router_renew(struct router *router);
/* It has resumed: later than that, as its advert is in a hurry. */
void router_tell_resumed(struct router *router);

/* router_adverts.c: one advert per path (and peer), into the batch. */
void router_queue_adverts(struct router *router, uint8_t priority, struct monotime now);

/* One advert on the path of router->heard, to its sender alone. */
void router_queue_concession(struct router *router, struct monotime now);
/* Encode them, and throw them away. */
void router_rehearse_adverts(struct router *router);

/* router_ports.c: interfaces -> paths; and is the router fit to run? If not, router->why says it.
 */
void router_update_path(struct router *router, unsigned int index);
void router_unlisten(struct router *router, unsigned int index);
bool router_check_health(struct router *router, struct monotime now);
/* A heartbeat path that died while another lives is an alarm, not a failover. */
void router_watch_paths(struct router *router, struct monotime now);

/* router_fence.c: guard what is shared; the first error, logged. */
int router_fence_update(struct router *router);
/* Before it, of a router that goes on: what it guards no more is nobody's now. Negative errno. */
int router_fence_adopt(struct router *router);
void router_fence_close(struct router *router);
/* As MASTER: has somebody else spoken with what is ours since the last look? Said once a minute. */
bool router_fence_watch(struct router *router, struct monotime now);

/* router_bare.c: a router whose NIC takes none of its addresses. */
bool router_is_bare(const struct router *router);
struct monotime router_bare_at(const struct router *router); /* router_bare_tick() is due */
void router_bare_tick(struct router *router, struct monotime now);
/* A MASTER whose NIC carries an address: from here on it may preempt again. */
void router_bare_over(struct router *router);

/* router_track.c: tracked things and the witness. */
int router_track_open(struct router *router, struct monotime now);
void router_track_close(struct router *router);
struct monotime router_track_deadline(const struct router *router);
/* Before anything else of a tick: what it learns may change health and priority. */
void router_track_tick(struct router *router, struct monotime now);
/* The effective priority, as things are: into the state machine, and to the judge. */
void router_track_priority(struct router *router, struct monotime now);
/* Would anything hold it back? */
enum vrrp_hold router_would_promote(struct router *router, struct monotime now);
/* Master-down has passed: may it take over? If not, held_until is when to ask again. */
bool router_may_promote(struct router *router, struct monotime now);

/* router.c: look whether the NIC is as its role wants it, and change what is not. */
void router_repair(struct router *router, struct monotime now);

/* router_deadlines.c: is it time for that? */
bool router_repair_due(const struct router *router, struct monotime now);

/* router_prepare.c: when to prepare a takeover, or never; and was it for a deadline that is gone?
 */
struct monotime router_prepare_at(const struct router *router);
void router_prepare_tick(struct router *router, struct monotime now);
bool router_prepared_in_vain(const struct router *router);

#endif
