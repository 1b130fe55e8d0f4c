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
	int ifindex;     /* a NIC of this name with another index is another NIC */
	bool old_format; /* it was read in the format of an older version: write it anew */
	/* A plan is being carried out, and the kernel may throw away things of others meanwhile.
	 * `before` is what the interfaces carried before (see plan_collect()). */
	bool passing;
	bool link_down; /* the plan takes the link down, which was up */
	struct plan_actual before;
	struct plan_original original;
};

/* Returns a record as JSON that a person can read, with a line for each address and each route, and
 * its length. The caller frees it by free(). It needs memory for the text, and for one address or
 * route at a time as JSON. Returns NULL if there is no memory. */
char *record_format(const char *name, const struct record *record, size_t *ret_length);

/* Parse a record. text[length] must be a NUL; text may be overwritten. Returns 0 and fills in
 * *ret_record, which the caller frees by record_free(). Returns -EBADMSG if the text is damaged, or
 * is no record of this router; then why[] says where: the line, or the list, the row and the
 * member. Returns -ENOMEM if there is no memory. Every member must be there, except for those
 * members of an address or a route that not every one has. There must be no other member, and none
 * twice. */
int record_parse(const char *name, char *text, size_t length, struct record *ret_record,
		 char why[RECORD_ERROR]);

/* A NIC that was renamed since the record was made keeps its ifindex. If it also carries something
 * that was placed on it according to the record, it is the same NIC, and the record gets its new
 * name everywhere. Returns whether the record has changed. */
bool record_follow(struct record *record, const struct plan_actual *actual);

/* Afterwards the record is empty. */
void record_free(struct record *record);

#endif
