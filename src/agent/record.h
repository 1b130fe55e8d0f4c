/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record of a takeover in the run directory: RUN_DIR/takeover-NAME, text that a person can
 * read, replaced as a whole (temporary name, sync, rename, sync of the directory), so that whatever
 * instant a crash picks there is the old one or the new one. Never changes a NIC, never logs.
 */
#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/plan.h"

#define RECORD_ERROR 160

struct record {
	char ifname[CONFIG_IFNAME];
	int ifindex; /* a NIC of this name and another index is another NIC */
	struct plan_original original;
	/* A plan was being carried out on which the kernel may throw away things of others: what
	 * the interfaces carried before (see plan_collect()). */
	bool passing;
	bool link_down; /* ... and part of it was to take the link down, which was up */
	struct plan_actual before;
};

/* -ENAMETOOLONG, and what open(2), write(2), fsync(2), rename(2) say; the old record stands then.
 */
int record_write(const char *run_dir, const char *name, const struct record *record);

/* -ENOENT: there is none. -EBADMSG: it is damaged, or no record of this router; why[] says where.
 * Other errno of open(2) and read(2). record_free() it. */
int record_read(const char *run_dir, const char *name, struct record *ret_record,
		char why[RECORD_ERROR]);

/* None there is success. */
int record_remove(const char *run_dir, const char *name);

void record_free(struct record *record);

#endif
