/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must be known after a row of frame_rows.h was heard, by the XDP program or by a packet
 * socket: the event, what is kept of instance, path and speaker, the counters. After cmocka.h.
 */
#ifndef TESTS_ROW_CHECKS_H
#define TESTS_ROW_CHECKS_H

#include "frame_rows.h"

#define NOTE_BIT(name) (1u << VRRP_NOTE_##name)

/* Exactly one frame was counted, under this verdict and these notes, or none (NOT_VRRP). */
static inline void row_counted(const struct vrrp_counters *counters, enum vrrp_verdict verdict,
			       unsigned int notes)
{
	for (int i = 0; i < VRRP_VERDICT_COUNT; i++)
		assert_int_equal(counters->verdict[i],
				 verdict != VRRP_VERDICT_NOT_VRRP && i == (int)verdict);
	for (int i = 0; i < VRRP_NOTE_COUNT; i++)
		assert_int_equal(counters->note[i], !!(notes & 1u << i));
}

static inline struct vrrp_addr row_source(const struct frame_row *row)
{
	int family = frame_value(row->frame.family, 4);

	return frame_addr(family, row->frame.source ? row->frame.source
				  : family == 4     ? "10.99.0.1"
						    : "fe80::1");
}

/* The notes on a valid row, when a BACKUP that has heard nobody hears it. */
static inline unsigned int row_notes(const struct frame_row *row)
{
	return row->notes | (row->inferior ? NOTE_BIT(IGNORED) : NOTE_BIT(NEWS));
}

/* The news of a valid row. */
static inline void row_check_event(const struct frame_row *row, const struct vrrp_event *event,
				   uint32_t ifindex, uint16_t slot, uint8_t path)
{
	const struct vrrp_advert *advert = &event->advert;
	struct vrrp_addr source = row_source(row);

	assert_int_equal(event->ifindex, ifindex);
	assert_int_equal(event->slot, slot);
	assert_int_equal(event->path, path);
	assert_int_equal(event->verdict, VRRP_VERDICT_VALID);
	assert_int_equal(event->judgement, VRRP_JUDGED_NEWS);
	assert_int_equal(event->notes, row_notes(row));
	assert_int_equal(event->gap_ns, 0);
	assert_int_equal(advert->family, frame_value(row->frame.family, 4));
	assert_int_equal(advert->version, frame_value(row->frame.version, 3));
	assert_int_equal(advert->vrid, frame_value(row->frame.vrid, 55));
	assert_int_equal(advert->priority, frame_value(row->frame.priority, 100));
	assert_int_equal(advert->address_count, frame_value(row->frame.count, 1));
	assert_int_equal(advert->interval_cs, frame_value(row->frame.interval_cs, 100));
	assert_int_equal(advert->checksum, row->form);
	assert_int_equal(advert->address_digest, row_sent_digest(row));
	assert_memory_equal(&advert->source, &source, sizeof(source));
}

/* What a valid row leaves behind, where deadline_ns was 1 and nobody had been heard. */
static inline void row_check_kept(const struct frame_row *row, const struct vrrp_instance *instance,
				  const struct vrrp_path *path,
				  const struct vrrp_neighbor *neighbor)
{
	struct vrrp_addr source = row_source(row);

	if (row->inferior) {
		assert_int_equal(instance->deadline_ns, 1);
		assert_int_equal(instance->judged.stamp_ns, 0);
	} else {
		assert_int_equal(instance->judged.stamp_ns, path->last_ns);
		assert_true(instance->deadline_ns > path->last_ns);
	}
	assert_int_equal(path->adverts, 1);
	assert_int_equal(path->checksum, row->form);
	assert_memory_equal(&path->source, &source, sizeof(source));

	assert_int_equal(neighbor->adverts, 1);
	assert_int_equal(neighbor->first_ns, path->last_ns);
	assert_int_equal(neighbor->last_ns, path->last_ns);
	assert_int_equal(neighbor->version, frame_value(row->frame.version, 3));
	assert_int_equal(neighbor->priority, frame_value(row->frame.priority, 100));
	assert_int_equal(neighbor->interval_cs, frame_value(row->frame.interval_cs, 100));
	assert_int_equal(neighbor->address_count, frame_value(row->frame.count, 1));
	assert_int_equal(neighbor->checksum, row->form);
	assert_int_equal(neighbor->refused, VRRP_VERDICT_NOT_VRRP);
	assert_int_equal(neighbor->gap_ns, 0);
	assert_int_equal(neighbor->ttl, frame_value(row->frame.ttl, 255));
	assert_int_equal(neighbor->mac[5], 0x01);
}

#endif
