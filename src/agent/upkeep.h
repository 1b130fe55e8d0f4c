/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a running agent needs of its host beside interfaces: its pins, its two directories and the
 * locks in them. It looks at them now and then, but never by a timer of its own, so that a backup
 * can sleep.
 */
#ifndef AGENT_UPKEEP_H
#define AGENT_UPKEEP_H

#include <stdbool.h>

#include "agent/others.h"
#include "agent/ports.h"
#include "agent/reception.h"
#include "core/monotime.h"

struct upkeep;

struct upkeep_deps {
	const char *run_dir;
	const char *bpffs; /* NULL: nothing is pinned */
	struct ports *ports;
	struct others *others; /* NULL: there is no fence */
	struct reception *reception;
	/* The locks of rundir_lock() and bpffs_lock(). If a directory has to be made again, its
	 * lock is taken again. */
	int *run_lock, *bpffs_lock;
	/* Called when the run directory was made again, and is empty. */
	void (*run_dir_lost)(void *context);
	void *context;
};

/* Call it when everything is pinned. deps is copied. Returns 0 or a negative errno. */
int upkeep_open(const struct upkeep_deps *deps, struct upkeep **ret_upkeep);
void upkeep_close(struct upkeep *upkeep);

/* Call it after every wake-up. It looks once a second at most. */
void upkeep_tick(struct upkeep *upkeep, struct monotime now);

/* Look with the next upkeep_tick(). */
void upkeep_soon(struct upkeep *upkeep);

/* Would the next process find what it needs? If not, this is logged. */
bool upkeep_may_restart(struct upkeep *upkeep);

#endif
