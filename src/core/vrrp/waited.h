/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two hooks that a router waits for, as a state: which one runs, and what waits for it. Pure.
 *
 * before-master: the first advert of a mastership that would open the lease makes it wait instead
 * (LEASE_WAITS), and starts the hook. Adverts go on and hold the backups down; the fence stays
 * shut, the NIC is not touched, and no advert leaves from the shared MAC. The end of the hook opens
 * the lease, and all the rest follows from that. A superior advert ends the mastership as always,
 * and the hook with it. A lease that runs out and is opened again, and a reload, are no new
 * mastership.
 *
 * before-backup: an order to stop or to resign waits for it. The router goes on as MASTER, and
 * owns. If it loses the mastership meanwhile, the order is carried out at once, and the router does
 * not wait for the hook any more.
 */
#ifndef CORE_VRRP_WAITED_H
#define CORE_VRRP_WAITED_H

#include <stdbool.h>

#include "core/vrrp/bare.h"

struct waited {
	enum { WAITED_NONE, WAITED_MASTER, WAITED_BACKUP } runs; /* the hook that is waited for */
	bool ready;         /* MASTER: before-master has ended, or there is none */
	bool stops;         /* the order that waits for before-backup: to stop, else to resign */
	struct bare failed; /* a strict before-master that failed, and what follows from that */
};

/* The router became MASTER, or ceased to be. has_hook: it became MASTER, and before-master is to
 * run in this mastership. Returns whether before-master, which runs, is to end now. */
bool waited_enter(struct waited *waited, bool master, bool has_hook);

/* The lease has to wait for before-master. Returns whether that is to be started now. */
bool waited_start(struct waited *waited);

/* An order to stop (or to resign) has come. What is to be done with it? */
enum waited_order {
	WAITED_OBEY,       /* carry it out */
	WAITED_OBEY_ALONE, /* carry it out; before-backup is to end now */
	WAITED_RUN,        /* start before-backup, and keep the order */
	WAITED_KEEP,       /* before-backup runs already */
};

/* has_hook: the router has something to do before it leaves. at_once: it is not to wait for that;
 * but an order to stop that waits is not cut short by one to resign. */
enum waited_order waited_order(struct waited *waited, bool stops, bool at_once, bool has_hook);

/* A hook has ended, or its time is up. Returns whether it was waited for. */
bool waited_ended(struct waited *waited, bool master);

/* Does an order wait, although the router is not MASTER any more? Then it is due, and before-backup
 * is waited for no longer. */
bool waited_lost(struct waited *waited, bool master);

#endif
