/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transitions as the history file keeps them: with wall-clock times, so that they still mean
 * something after the agent has ended, its maps are gone and the host was rebooted. Pure.
 */
#ifndef CORE_HISTORY_H
#define CORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrp_abi.h"

#define HISTORY_MAX  VRRP_MAX_HISTORY /* records that are kept */
#define HISTORY_LINE 320

/* Times are nanoseconds since 1970, UTC. 0 means that there is none. */
struct history_record {
	char name[VRRP_NAME_LEN];
	uint8_t from, to; /* enum vrrp_state */
	uint8_t cause;    /* enum vrrp_cause */
	uint8_t peer_priority;
	uint8_t peer_family; /* 0: no advert was heard */
	struct vrrp_addr peer;
	int64_t at_ns;        /* of the transition; to MASTER: of the promotion */
	int64_t wire_ns;      /* arrival of the last accepted advert before */
	int64_t deadline_ns;  /* the deadline that passed, if it made the router MASTER */
	int64_t announced_ns; /* when the new MASTER sent its first GARP or NA */
};

/* Get the entry after *seen from the ring in the map `history`, and move *seen on. If *seen is 0,
 * get the oldest entry. Entries that were overwritten before they could be read are passed over.
 * Returns false if there is no further entry. */
bool history_next(const struct vrrp_history *ring, uint64_t *seen, struct vrrp_history *ret_entry);

struct history_record history_from_map(const struct vrrp_history *entry);

/* Write a record as one line with its newline. Returns the length of the line. */
size_t history_format(const struct history_record *record, char line[HISTORY_LINE]);

/* Parse such a line. Returns false if it is none. */
bool history_parse(const char *line, struct history_record *ret_record);

/* The first line of the file, which names the fields. history_parse() refuses it. */
#define HISTORY_HEADER \
	"#time\trouter\tfrom\tto\tcause\tlast_advert\tdeadline\tannounced\tpeer\tpeer_priority\n"

/* Append those of `more` that are not among the records yet. If there is no room, the oldest
 * records are dropped. Returns the new number of records, at most HISTORY_MAX. *ret_added becomes
 * the number of records that were new; ret_added may be NULL. */
unsigned int history_merge(struct history_record records[HISTORY_MAX], unsigned int count,
			   const struct history_record *more, unsigned int more_count,
			   unsigned int *ret_added);

/* A host whose switch port forwarded nothing for a while after its link came up. */
struct history_late {
	int64_t at_ns;   /* when it became MASTER, since it heard nobody */
	int64_t deaf_ns; /* from the end of its fault until it heard a better master */
};

#define HISTORY_LATE_NS (60 * INT64_C(1000000000))

/* Find the latest case of this pattern in the records of one router, the oldest of which is the
 * first: its fault ends, it becomes MASTER without having heard anybody since, and it steps down
 * for a better master within HISTORY_LATE_NS after the end of the fault. Returns false if there is
 * no such case. */
bool history_find_late(const struct history_record *records, unsigned int count, const char *name,
		       struct history_late *ret_late);

#endif
