/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record of a takeover in the run directory: RUN_DIR/takeover-NAME, JSON that a person can
 * read, with a line for each address and each route. It is replaced as a whole
 * (sys/host/new_file.h): whatever instant a crash picks, there is the old one or the new one. Never
 * changes a NIC, never logs.
 */
#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/nic/plan.h"

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
	bool old_format; /* it was read from what an older version wrote: write it anew */
};

/* Needs memory for the text, and for one address or route at a time as JSON: the agent that calls
 * this has its memory locked. -ENOMEM, -ENAMETOOLONG, and what open(2), write(2), fsync(2),
 * rename(2) say; the old record stands then.
 */
int record_write(const char *run_dir, const char *name, const struct record *record);

/* -ENOENT: there is none. -EBADMSG: it is damaged, or no record of this router; why[] says where:
 * the line, or the list, the row and the member. Every member must be there, but for those of an
 * address or a route that say something that not every one has; there must be no other one, and
 * none twice. Other errno of open(2) and read(2). record_free() it. */
int record_read(const char *run_dir, const char *name, struct record *ret_record,
		char why[RECORD_ERROR]);

/* None there is success. */
int record_remove(const char *run_dir, const char *name);

void record_free(struct record *record);

#endif
