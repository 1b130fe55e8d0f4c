/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins sys/bpf/pins, sys/bpf/bpffs and sys/host/rundir to the ports. Decides nothing but when.
 */
#include "agent/upkeep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/stand_in.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/fence.h"
#include "sys/bpf/pins.h"
#include "sys/host/log.h"
#include "sys/host/rundir.h"

#define EVERY_NS 1000000000LL

struct upkeep {
	struct upkeep_deps deps;
	struct pins *pins;
	struct monotime at;  /* not before */
	bool run_dir_failed; /* said once */
	bool lock_failed;    /* said once */
};

int upkeep_open(const struct upkeep_deps *deps, struct upkeep **ret_upkeep)
{
	struct upkeep *upkeep = calloc(1, sizeof(*upkeep));
	int err;

	if (!upkeep)
		return -ENOMEM;
	upkeep->deps = *deps;
	err = deps->bpffs ? pins_open(deps->bpffs, &upkeep->pins) : 0;
	if (err) {
		log_err("%s: cannot check the pinned objects: %s", deps->bpffs, strerror(-err));
		free(upkeep);
		return err;
	}
	*ret_upkeep = upkeep;
	return 0;
}

void upkeep_close(struct upkeep *upkeep)
{
	if (!upkeep)
		return;
	pins_close(upkeep->pins);
	free(upkeep);
}

static bool wanted(void *context, int ifindex, bool fence)
{
	const struct upkeep *upkeep = context;
	const struct ports *ports = upkeep->deps.ports;

	for (unsigned int i = 0; i < ports->count; i++) {
		const struct port *port = &ports->port[i];

		if (fence ? port->fence_ifindex == ifindex
			  : port->attached && port->mode != VRRP_MODE_SOCKET &&
				    port->ifindex == ifindex)
			return true;
	}
	/* A NIC that is no port's any more, and still carries what is guarded. */
	return fence && (others_has(upkeep->deps.others, ifindex) ||
			 fence_guards(upkeep->deps.bpffs, ifindex));
}

/* The lock is of a directory, and pins_check() may have made another one. */
static int check_lock(struct upkeep *upkeep)
{
	const struct upkeep_deps *deps = &upkeep->deps;
	bool holds = bpffs_holds(deps->bpffs, *deps->bpffs_lock);
	int lock = holds ? *deps->bpffs_lock : bpffs_lock(deps->bpffs);

	if (lock < 0 && !upkeep->lock_failed)
		log_err("%s: cannot lock: %s; another agent may use this directory, too",
			deps->bpffs, strerror(-lock));
	upkeep->lock_failed = lock < 0;
	if (lock < 0)
		return lock;
	if (!holds)
		close(*deps->bpffs_lock);
	*deps->bpffs_lock = lock;
	return 0;
}

static int check_pins(struct upkeep *upkeep)
{
	bool changed;
	int err;

	if (!upkeep->pins)
		return 0;
	stand_in_begin();
	err = pins_check(upkeep->pins, wanted, upkeep, &changed);
	stand_in_end();
	if (err)
		return err;
	if (changed)
		others_repair_unpinned(upkeep->deps.others, upkeep->pins);
	return check_lock(upkeep);
}

/* Somebody removed the lock's file, and all that lay beside it. */
static int check_run_dir(struct upkeep *upkeep)
{
	const struct upkeep_deps *deps = &upkeep->deps;
	pid_t holder = 0;
	int lock;

	if (rundir_holds(deps->run_dir, *deps->run_lock))
		return 0;
	if (upkeep->run_dir_failed)
		return -EIO;
	log_err("%s: somebody removed agent.lock; it was made again", deps->run_dir);
	lock = rundir_prepare(deps->run_dir);
	if (!lock)
		lock = rundir_lock(deps->run_dir, &holder);
	if (lock < 0) {
		log_err("%s: cannot make this directory again: %s; the agent works, but no command "
			"can reach it",
			deps->run_dir, strerror(-lock));
		upkeep->run_dir_failed = true;
		return lock;
	}
	close(*deps->run_lock);
	*deps->run_lock = lock;
	deps->run_dir_lost(deps->context);
	return 0;
}

void upkeep_tick(struct upkeep *upkeep, struct monotime now)
{
	if (monotime_before(now, upkeep->at))
		return;
	upkeep->at = monotime_add(now, EVERY_NS);
	ports_tidy(upkeep->deps.ports);
	reception_find(upkeep->deps.reception);
	check_pins(upkeep);
	check_run_dir(upkeep);
}

void upkeep_soon(struct upkeep *upkeep)
{
	upkeep->at = (struct monotime){0};
}

bool upkeep_may_restart(struct upkeep *upkeep)
{
	upkeep->run_dir_failed = upkeep->lock_failed = false;
	return !check_run_dir(upkeep) && !rundir_check(upkeep->deps.run_dir) && !check_pins(upkeep);
}
