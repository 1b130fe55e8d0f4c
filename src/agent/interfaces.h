/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the interfaces of the host carry: links, addresses and routes, in the one cached dump that
 * the whole agent reads. Ports, takeovers, announcements and the witness therefore agree on the MAC
 * of a NIC. Changes of NICs go through here, too, so that the cache knows a new MAC at once.
 * Depends on sys/net/rtnl and sys/host/log. Never decides.
 */
#ifndef AGENT_INTERFACES_H
#define AGENT_INTERFACES_H

#include <stdbool.h>

#include "core/nic/plan.h"
#include "sys/net/rtnl.h"

struct interfaces {
	struct rtnl *rtnl; /* the owner sets and closes it; all other members start as zero */
	/* The last dump that succeeded, with the MACs that interfaces_apply() has set since. Read
	 * it directly; only interfaces_look() says whether it is still good. */
	struct plan_actual actual;
	struct rtnl_mark mark; /* taken before that dump */
	/* Whose macvlans have their names for themselves; may be NULL. See
	 * interfaces_is_foreign(). */
	const struct config *config;
	bool valid;  /* false: there was no dump yet, or the last one failed */
	bool held;   /* between interfaces_hold() and interfaces_release() */
	bool looked; /* while held: the monitor's socket need not be asked again */
	/* Addresses that the host had before our first start, by the records that were read. They
	 * have the name of their interface in `dev`. */
	struct plan_address *recorded;
	unsigned int recorded_count;
};

/* Look at the tables and the rules of this router, too, from now on, and at those of its record,
 * which may be NULL. Returns 0 or -ENOMEM. */
int interfaces_watch(struct interfaces *interfaces, const struct config_router *router,
		     const struct plan_original *original);

/* Make interfaces->actual good for the asker. The dump is kept if nothing that concerns the asker
 * has changed since; else a new one is made. What concerns the asker are the interfaces of router,
 * or all of them if router is NULL or its public interface is missing. If `again` is true, a new
 * dump is made in any case, because the asker has changed something.
 *
 * Costs one poll(2) if nothing has changed, or none if anybody has looked since interfaces_hold().
 * Returns 0 or a negative errno, which is logged; after an error interfaces->actual is as it
 * was. */
int interfaces_look(struct interfaces *interfaces, const struct config_router *router, bool again);

/* Between these two calls, a change that the monitor has not read yet does not make the dump stale:
 * it is probably a change of our own, and one dump is to serve everybody. If somebody else made the
 * change, it is seen after the release. Do not read the monitor in between. */
void interfaces_hold(struct interfaces *interfaces);
void interfaces_release(struct interfaces *interfaces);

/* Call rtnl_apply(), and write the MACs that it has set into interfaces->actual. Entries of the
 * neighbour table that are permanent stay: the kernel throws them away with a MAC, and when a link
 * goes down, so they are put back. That they could not be read, or put back, is logged. */
int interfaces_apply(struct interfaces *interfaces, const struct plan_op *ops, unsigned int count,
		     int *errors);

/* The MAC that an interface has now, as far as the dump knows. It is all zero if there is no such
 * interface. */
void interfaces_mac(const struct interfaces *interfaces, int ifindex, uint8_t ret_mac[6]);

/* Note addresses of a record as the host's own. What cannot be noted for lack of memory is taken
 * for a leftover: then its guards stay. */
void interfaces_note_recorded(struct interfaces *interfaces, const struct plan_address *list,
			      unsigned int count);

/* Was this address of actual noted? */
bool interfaces_is_recorded(const struct interfaces *interfaces,
			    const struct plan_address *address);

/* Is there an interface of that name that is not a macvlan of the agent's? In interfaces->actual it
 * has another name if a router of interfaces->config is to have a macvlan of that name: so nobody
 * takes it for that one. */
bool interfaces_is_foreign(const struct interfaces *interfaces, const char *name);

/* Free the dump, and what was noted. */
void interfaces_forget(struct interfaces *interfaces);

#endif
