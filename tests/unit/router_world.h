/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world of one virtual router, for the tables of test_router*.c. The situation of a row is a
 * script of words, and each word is one event. Whatever the judge would write into the shared words
 * is written by bpf/judge.h, the code that runs in the kernel. Times are milliseconds after T0.
 *
 * Of the configuration, which a router has from its first event on:
 *   p:N v:N interval:CS insist (fence = yes) nopreempt delay:MS paths:N witness:gateway|owner
 *   handover[:MS] (with this handover-timeout) before-master[:strict] before-backup[:strict]
 *   refresh:MS start-hold:MS start-delay:MS link-delay:MS garp:ROUNDS,MS[,MS] (the third one:
 * rounds go on for so long) early:MS[,MS] (prepare so long before a deadline, if it is longer than
 * that) Time:
 *   @MS                       it is so late from here on
 * The wire:
 *   wire:PRIO[+][/PATH][xCS]  the judge hears an advert; '+': of a higher address than ours
 *   lost:...                  likewise, and its record finds no room in the ring
 *   flood:N,PRIO              the same advert N times
 *   record:...                a record lies in the ring that the judge did not write now
 *   beats:N,MS                N adverts of priority 200 and a wake-up for each, at these pauses
 *   poke:WORD=N               a shared word is changed
 * Functions of the door, by the names of router.h:
 *   adoptable recalls begin adopt before again read (one record) drain (all records) wake tick
 *   sent unsent stand-in stand-in-at hasten:MS announce-prepared settle announce prepare public:...
 *   ports:... weigh:...
 * stop stop-now resign resign-now resume asks rivals:N rivals-at (router_rivals_at) row (the name
 * of the row that is due first) down (router_master_down) may-own may-use-mac yields prepared
 * rehearse hook:master|backup[,failed] (router_hook_ended) awaits-hook leaving group[:granted]
 */
#ifndef TESTS_UNIT_ROUTER_WORLD_H
#define TESTS_UNIT_ROUTER_WORLD_H

#include "core/vrrp/router.h"
#include "table.h"

#define T0   (5000 * NS_PER_S)
#define RING 64 /* records; more than the judge lets through at one time */

/* What most rows begin with. At priority 100 and an interval of a second, master-down takes
 * 3609.375 ms. Each line goes on where the one before it ends. */
#define LISTENING "@-3609.375 ports @0 " /* BACKUP that heard nobody; master-down is now */
#define CLAIMED   LISTENING "tick "      /* MASTER to the judge alone */
#define PROMOTED  CLAIMED "tick "        /* MASTER; its first advert is not sent yet */
#define OPENED    PROMOTED "sent "       /* its lease lasts until 2976 */
#define MASTER    OPENED "settle announce public:master " /* and its NIC carries the addresses */
#define BACKUP    "@0 ports wire:200 drain " /* behind a master; master-down is 3609.375 */
#define FAULTY    "@0 ports:deaf settle "
#define RESUMED   MASTER "@3300 before wake " /* its lease ran out at 2976, and nobody was heard */
#define LISTENS   RESUMED "@3301 sent "       /* it waits whether somebody else is the master */

/* One row of a table. */
struct row {
	const char *what;
	const char *situation; /* words, whose effects are not looked at */
	const char *call;      /* words */
	/* All effects of the call in their order, and before those of a function that returns a
	 * bool "yes" or "no": S100 (an advert of this priority), C100 (concede), acquire, release,
	 * prepare, try, announce, run:HOOK, end:HOOK, stays, B>M(CAUSE), say:SAYING[:NUMBER]. */
	const char *effects;
	/* Afterwards: the state (I B M F), the lease's state and its shared word ("-": 0, and no
	 * lease), the role to the judge (I B M), the deadline where that is B, and the next moment
	 * of the router ("now": at once, whatever the time). Behind a semicolon, what else is so:
	 * NAME=NUMBER, by the names in world_fact(). */
	const char *after;
};

struct world {
	struct config_router config;
	struct vrrp_instance instance;
	struct vrrp_lease lease;
	struct vrrp_path paths[VRRP_MAX_PATHS];
	struct router_words words;
	struct router router;
	struct router_effects fx;
	struct vrrp_event ring[RING];
	unsigned int first, end;
	int64_t prepare_ns, least_ns;
	struct monotime now;
	bool begun;
	char out[512]; /* effects, as text */
};

/* Before the first event of its life: priority 100, an interval of a second, one path, one round of
 * announcements. */
void world_open(struct world *world);

/* Words, one after the other. */
void world_run(struct world *world, const char *script);

/* A group of tests, a test for each row, named after the function. 1 where one of them failed. */
int world_table(const char *function, const struct row *rows, size_t count);

#endif
