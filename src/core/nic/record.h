/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record of a takeover: what a NIC carried before our first change, as a struct and as text.
 * Pure.
 */
#ifndef CORE_NIC_RECORD_H
#define CORE_NIC_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/nic/plan.h"

#define RECORD_ERROR     160
#define RECORD_MAX_BYTES (8 * 1024 * 1024)

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

/* JSON that a person can read, with a line for each address and each route, and its length; free()
 * it. Needs memory for the text, and for one address or route at a time as JSON. NULL: out of
 * memory. */
char *record_format(const char *name, const struct record *record, size_t *ret_length);

/* text[length] is a NUL; text may be written over. -EBADMSG: it is damaged, or no record of this
 * router; why[] says where: the line, or the list, the row and the member. Every member must be
 * there, but for those of an address or a route that say something that not every one has; there
 * must be no other one, and none twice. -ENOMEM. record_free() it. */
int record_parse(const char *name, char *text, size_t length, struct record *ret_record,
		 char why[RECORD_ERROR]);

/* A NIC that was renamed since the record was made keeps its ifindex. If it also carries something
 * that the record says was placed on it, it is the same NIC: the record gets its new name
 * everywhere. Returns true if it does. */
bool record_follow(struct record *record, const struct plan_actual *actual);

void record_free(struct record *record);

#endif
