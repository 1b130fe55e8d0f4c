/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of the map, lines of the file, and the union of both.
 */
#include "core/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/monotime.h"
#include "core/names.h"

#define FIELDS 10

/* ---- the map ---- */

static uint64_t sequence(const struct vrrp_history *ring, uint64_t number)
{
	return __atomic_load_n(&ring[number % VRRP_MAX_HISTORY].seq, __ATOMIC_ACQUIRE);
}

static uint64_t newest(const struct vrrp_history *ring)
{
	uint64_t newest = 0;

	for (unsigned int i = 0; i < VRRP_MAX_HISTORY; i++) {
		uint64_t seq = sequence(ring, i);

		newest = seq > newest ? seq : newest;
	}
	return newest;
}

bool history_next(const struct vrrp_history *ring, uint64_t *seen, struct vrrp_history *ret_entry)
{
	for (;;) {
		uint64_t next = *seen + 1, found = sequence(ring, next);
		struct vrrp_history entry;

		/* Older, or just being written: nothing newer is there yet. */
		if (found < next)
			return false;
		if (found == next) {
			entry = ring[next % VRRP_MAX_HISTORY];
			*seen = next;
			__atomic_thread_fence(__ATOMIC_ACQUIRE);
			if (sequence(ring, next) == next) {
				*ret_entry = entry;
				return true;
			}
			continue; /* overwritten while it was copied */
		}
		/* The ring went round since. */
		found = newest(ring);
		*seen = found > next + VRRP_MAX_HISTORY ? found - VRRP_MAX_HISTORY : next;
	}
}

struct history_record history_from_map(const struct vrrp_history *entry)
{
	int64_t offset = entry->wall_offset_ns;
	struct history_record record = {
		.from = entry->from,
		.to = entry->to,
		.cause = entry->cause,
		.peer_priority = entry->peer_priority,
		.peer_family = entry->peer_family,
		.peer = entry->peer,
		.at_ns = (int64_t)entry->at_ns + offset,
		.wire_ns = entry->wire_ns ? (int64_t)entry->wire_ns + offset : 0,
		.deadline_ns = entry->deadline_ns ? (int64_t)entry->deadline_ns + offset : 0,
		.announced_ns = entry->announced_ns ? (int64_t)entry->announced_ns + offset : 0,
	};

	snprintf(record.name, sizeof(record.name), "%.*s", VRRP_NAME_LEN - 1, entry->name);
	return record;
}

/* ---- the file ---- */

static const char *time_text(int64_t ns, char buf[32])
{
	if (!ns)
		return "-";
	snprintf(buf, 32, "%" PRId64 ".%09d", ns / NS_PER_S, (int)(ns % NS_PER_S));
	return buf;
}

size_t history_format(const struct history_record *record, char line[HISTORY_LINE])
{
	char at[32], wire[32], deadline[32], announced[32], peer[ADDRESS_TEXT] = "-";
	int length;

	if (record->peer_family)
		address_format(record->peer_family, &record->peer, peer);
	length =
		snprintf(line, HISTORY_LINE, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%u\n",
			 time_text(record->at_ns, at), record->name, name_state(record->from),
			 name_state(record->to), name_cause(record->cause),
			 time_text(record->wire_ns, wire), time_text(record->deadline_ns, deadline),
			 time_text(record->announced_ns, announced), peer, record->peer_priority);
	return length < HISTORY_LINE ? (size_t)length : HISTORY_LINE - 1;
}

/* "-" is 0; else seconds with nine digits behind the point. */
static bool parse_time(const char *text, int64_t *ret_ns)
{
	char *point, *end;
	int64_t seconds, rest;

	if (!strcmp(text, "-")) {
		*ret_ns = 0;
		return true;
	}
	if (*text < '0' || *text > '9')
		return false;
	seconds = strtoll(text, &point, 10);
	if (*point != '.' || strspn(point + 1, "0123456789") != 9)
		return false;
	rest = strtoll(point + 1, &end, 10);
	if (*end || seconds > INT64_MAX / NS_PER_S - 1)
		return false;
	*ret_ns = seconds * NS_PER_S + rest;
	return true;
}

static bool parse_peer(const char *address, const char *priority, struct history_record *record)
{
	char *end;
	unsigned long number;

	if (*priority < '0' || *priority > '9')
		return false;
	number = strtoul(priority, &end, 10);
	if (*end || number > UINT8_MAX)
		return false;
	record->peer_priority = (uint8_t)number;
	return !strcmp(address, "-") || address_parse(address, &record->peer, &record->peer_family);
}

bool history_parse(const char *line, struct history_record *ret_record)
{
	struct history_record record = {0};
	char copy[HISTORY_LINE], *field[FIELDS], *rest = copy;
	size_t length = strcspn(line, "\n");

	if (length >= sizeof(copy) || *line == '#')
		return false;
	memcpy(copy, line, length);
	copy[length] = '\0';
	for (int i = 0; i < FIELDS; i++) {
		field[i] = strsep(&rest, "\t");
		if (!field[i])
			return false;
	}
	if (!*field[1] || strlen(field[1]) >= sizeof(record.name))
		return false;
	strcpy(record.name, field[1]);
	/* A cause that a newer version knows is no reason to lose the rest. */
	if (!name_find_cause(field[4], &record.cause))
		record.cause = VRRP_CAUSE_NONE;
	if (!parse_time(field[0], &record.at_ns) || !record.at_ns ||
	    !name_find_state(field[2], &record.from) || !name_find_state(field[3], &record.to) ||
	    !parse_time(field[5], &record.wire_ns) || !parse_time(field[6], &record.deadline_ns) ||
	    !parse_time(field[7], &record.announced_ns) || !parse_peer(field[8], field[9], &record))
		return false;
	*ret_record = record;
	return true;
}

/* ---- both ---- */

static bool is_among(const struct history_record *records, unsigned int count,
		     const struct history_record *record)
{
	for (unsigned int i = 0; i < count; i++) {
		if (records[i].at_ns == record->at_ns && records[i].from == record->from &&
		    records[i].to == record->to && !strcmp(records[i].name, record->name))
			return true;
	}
	return false;
}

unsigned int history_merge(struct history_record records[HISTORY_MAX], unsigned int count,
			   const struct history_record *more, unsigned int more_count,
			   unsigned int *ret_added)
{
	unsigned int added = 0;

	for (unsigned int i = 0; i < more_count; i++) {
		if (is_among(records, count, &more[i]))
			continue;
		if (count == HISTORY_MAX)
			memmove(records, records + 1, --count * sizeof(*records));
		records[count++] = more[i];
		added++;
	}
	if (ret_added)
		*ret_added = added;
	return count;
}

/* ---- the switch port that forwards late ---- */

static bool yields(const struct history_record *record)
{
	return record->from == VRRP_STATE_MASTER && record->to == VRRP_STATE_BACKUP &&
	       (record->cause == VRRP_CAUSE_HIGHER_PRIORITY ||
		record->cause == VRRP_CAUSE_HIGHER_ADDRESS);
}

bool history_find_late(const struct history_record *records, unsigned int count, const char *name,
		       struct history_late *ret_late)
{
	const struct history_record *recovered = NULL, *promoted = NULL;
	bool found = false;

	for (unsigned int i = 0; i < count; i++) {
		const struct history_record *record = &records[i];

		if (strcmp(record->name, name) != 0)
			continue;
		if (promoted && yields(record) &&
		    record->at_ns - recovered->at_ns < HISTORY_LATE_NS) {
			found = true;
			*ret_late = (struct history_late){
				.at_ns = promoted->at_ns,
				.deaf_ns = record->at_ns - recovered->at_ns,
			};
		}
		promoted = recovered && record->cause == VRRP_CAUSE_MASTER_DOWN &&
					   record->wire_ns < recovered->at_ns
				   ? record
				   : NULL;
		if (!promoted)
			recovered = record->cause == VRRP_CAUSE_RECOVERED ? record : NULL;
	}
	return found;
}
