/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the simulation (tests/sim) and the search (tests/search) share: what a call of
 * core/vrrp/router.h has changed, what must hold when an agent goes to sleep, and the processes
 * that share the work.
 */
#ifndef TESTS_PROVERS_H
#define TESTS_PROVERS_H

#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/vrrp/router.h"

/* ---- one call ---- */

/* A router, as it was before a call. */
struct router_before {
	enum vrrp_state state;
	enum lease_state lease;
	bool claims, adopting;
	uint64_t deadline_ns;
	uint32_t role;
};

static inline struct router_before router_before(const struct router *router)
{
	return (struct router_before){.state = router->fsm.state,
				      .lease = router->lease.state,
				      .claims = router->claims,
				      .adopting = router->life == ROUTER_ADOPTING,
				      .deadline_ns = router->words.instance->deadline_ns,
				      .role = router->words.instance->role};
}

/* What a call has changed, in the order in which the checks are to be told of it. */
enum router_change {
	ROUTER_CLAIMED = 1 << 0,   /* it begins to claim, or is MASTER without a claim */
	ROUTER_DECIDED = 1 << 1,   /* its claim has become a mastership */
	ROUTER_MASTERED = 1 << 2,  /* it is MASTER now, and was not; an adopted one was */
	ROUTER_RECLAIMED = 1 << 3, /* it has overruled its judge, which had yielded */
	ROUTER_LEFT = 1 << 4,      /* it is MASTER no more, has taken its claim back, or does not
				    * go on as the MASTER that an earlier agent was */
	ROUTER_RESUMED = 1 << 5,
	ROUTER_LISTENED = 1 << 6, /* it is BACKUP, with a deadline that no advert has set */
};

static inline unsigned int router_changes(const struct router *router, struct router_before was)
{
	const struct vrrp_instance *instance = router->words.instance;
	bool is_master = router->fsm.state == VRRP_STATE_MASTER;
	bool was_master = was.state == VRRP_STATE_MASTER;
	bool mastered = is_master && !was_master && !was.adopting;
	unsigned int changes = 0;

	if ((router->claims && !was.claims) || (mastered && !was.claims))
		changes |= ROUTER_CLAIMED;
	if (was.claims && is_master)
		changes |= ROUTER_DECIDED;
	if (mastered)
		changes |= ROUTER_MASTERED;
	if (is_master && was_master && was.role == VRRP_ROLE_BACKUP &&
	    instance->role == VRRP_ROLE_MASTER)
		changes |= ROUTER_RECLAIMED;
	if (!is_master && (was_master || (was.claims && !router->claims) ||
			   (was.adopting && router->life != ROUTER_ADOPTING)))
		changes |= ROUTER_LEFT;
	if (router->lease.state == LEASE_RESUMED && was.lease != LEASE_RESUMED)
		changes |= ROUTER_RESUMED;
	if (instance->role == VRRP_ROLE_BACKUP && instance->deadline_ns != was.deadline_ns)
		changes |= ROUTER_LISTENED;
	return changes;
}

/* ---- what must hold ---- */

/* Has a MASTER said goodbye, although its judge had yielded to a better one? Others may take that
 * for a goodbye of the better one. */
static inline bool router_leaves_replaced(struct router_before was, const struct router_effects *fx)
{
	bool replaced = was.state == VRRP_STATE_MASTER && was.role == VRRP_ROLE_BACKUP;

	for (unsigned int i = 0; replaced && i < fx->count; i++) {
		if (fx->list[i].kind == ROUTER_SEND && fx->list[i].priority == VRRP_PRIO_STOP)
			return true;
	}
	return false;
}

/* Does it know, at `now`, that the lease by which it announces is not open? */
static inline bool router_announces_unowned(const struct router *router, struct monotime now)
{
	return router->lease.state != LEASE_OPEN || (int64_t)router->lease.written_ns <= now.ns;
}

/* What is wrong with the public NIC of an agent that goes to sleep; NULL: nothing is. */
static inline const char *router_sleeps_wrongly(const struct router *router, enum router_nic nic,
						struct monotime now)
{
	bool master = router->fsm.state == VRRP_STATE_MASTER;

	if (nic == ROUTER_NIC_MASTER && !master)
		return "sleeps with the address, and is no MASTER";
	if (nic == ROUTER_NIC_PREPARED && !master &&
	    router_master_down(router).ns != router->prepared_for.ns)
		return "sleeps with what it prepared in vain";
	if (nic != ROUTER_NIC_MASTER && master && !router_yields(router) &&
	    router->lease.state == LEASE_OPEN && lease_lives(&router->lease, now))
		return "sleeps with the lease, and without the address";
	return NULL;
}

/* ---- processes ---- */

#define MAX_WORKERS 16

/* One for each processor. */
static inline unsigned int workers_count(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	return online < 1 ? 1 : online > MAX_WORKERS ? MAX_WORKERS : (unsigned int)online;
}

/* Each worker runs work() in a process of its own; results go into shared memory. Returns when all
 * have ended. -ECHILD: one of them failed or died; other negative errno of fork(2). */
static inline int workers_run(unsigned int count, int (*work)(void *context, unsigned int worker),
			      void *context)
{
	pid_t children[MAX_WORKERS];
	int err = 0;

	for (unsigned int w = 0; w < count; w++) {
		children[w] = fork();
		if (children[w] < 0)
			return -errno;
		if (!children[w])
			_exit(work(context, w) ? 1 : 0);
	}
	for (unsigned int w = 0; w < count; w++) {
		int status = 0;

		if (waitpid(children[w], &status, 0) < 0 || status)
			err = -ECHILD;
	}
	return err;
}

#endif
