/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transitions as they are kept: with wall-clock times, so that they mean something after the agent,
 * its maps and its boot are gone. Pure.
 */
#ifndef CORE_HISTORY_H
#define CORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrp_abi.h"

#define HISTORY_MAX  VRRP_MAX_HISTORY /* records that are kept */
#define HISTORY_LINE 320

/* Times are nanoseconds since 1970, UTC; 0: there is none. */
struct history_record {
	char name[VRRP_NAME_LEN];
	uint8_t from, to; /* enum vrrp_state */
	uint8_t cause;    /* enum vrrp_cause */
	uint8_t peer_priority;
	uint8_t peer_family; /* 0: no advert was heard */
	struct vrrp_addr peer;
	int64_t at_ns;        /* of the transition: when MASTER, promoted */
	int64_t wire_ns;      /* arrival of the last accepted advert before */
	int64_t deadline_ns;  /* that passed, if one did */
	int64_t announced_ns; /* first gratuitous ARP or NA, when MASTER */
};

/* The next entry of the ring in the map `history` after *seen (0: from the oldest on), which moves
 * on. false: none. What was overwritten before it could be read is passed over. */
bool history_next(const struct vrrp_history *ring, uint64_t *seen, struct vrrp_history *ret_entry);

struct history_record history_from_map(const struct vrrp_history *entry);

/* One line with its newline; returns its length. */
size_t history_format(const struct history_record *record, char line[HISTORY_LINE]);

/* false: not such a line. */
bool history_parse(const char *line, struct history_record *ret_record);

/* What the fields of a line are, as a line that history_parse() refuses. */
#define HISTORY_HEADER \
	"#time\trouter\tfrom\tto\tcause\tlast_advert\tdeadline\tannounced\tpeer\tpeer_priority\n"

/* Add those of `more` that are not among the records yet, behind them; the oldest make room.
 * Returns the new number, at most HISTORY_MAX. *ret_added, which may be NULL: how many were new. */
unsigned int history_merge(struct history_record records[HISTORY_MAX], unsigned int count,
			   const struct history_record *more, unsigned int more_count,
			   unsigned int *ret_added);

#endif
