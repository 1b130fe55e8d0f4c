/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a running agent needs of its host beside interfaces, looked at now and then: its pins, its
 * two directories and the locks in them. Never on a timer of its own: a backup sleeps.
 */
#ifndef AGENT_UPKEEP_H
#define AGENT_UPKEEP_H

#include <stdbool.h>

#include "agent/ports.h"
#include "core/monotime.h"

struct upkeep;

struct upkeep_deps {
	const char *run_dir;
	const char *bpffs; /* NULL: nothing is pinned */
	struct ports *ports;
	/* Of rundir_lock() and bpffs_lock(): taken again where a directory had to be made again. */
	int *run_lock, *bpffs_lock;
	/* The run directory was made again, and is empty. */
	void (*run_dir_lost)(void *context);
	void *context;
};

/* Once everything is pinned. Negative errno. */
int upkeep_open(const struct upkeep_deps *deps, struct upkeep **ret_upkeep);
void upkeep_close(struct upkeep *upkeep);

/* After every wake-up; does something once a second at most. */
void upkeep_tick(struct upkeep *upkeep, struct monotime now);

/* Would the process that comes after this one find what it needs? If not, it is logged. */
bool upkeep_may_restart(struct upkeep *upkeep);

#endif
