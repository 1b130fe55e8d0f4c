// SPDX-License-Identifier: GPL-2.0-only
/*
 * advert_check.h on the host: the shared rows, each frame cut at every length, and the captures.
 * Links nothing; every frame lies in a heap block of exactly its size, so that the sanitizer sees
 * a read beyond its end.
 */
#include <stdint.h>
#include <stdlib.h>

#include "advert_check.h"
#include "captures.h"
#include "table.h"

/* Both steps, as the program takes them. rules and own NULL: no instance listens. */
static enum vrrp_verdict look(const uint8_t *frame, size_t length, const struct vrrp_rules *rules,
			      const struct vrrp_peers *peers, const struct vrrp_addr *own,
			      struct vrrp_advert *advert, struct vrrp_place *place)
{
	uint8_t *exact = malloc(length ? length : 1), tagged = 0;
	enum vrrp_verdict verdict;

	assert_non_null(exact);
	memcpy(exact, frame, length);
	memset(advert, 0, sizeof(*advert));
	memset(place, 0, sizeof(*place));
	verdict = vrrp_locate(exact, exact + length, advert, place);
	if (verdict == VRRP_VERDICT_VALID)
		verdict = vrrp_check(exact, exact + length, place, rules, peers, own, advert);
	/* The first look may let pass what is no VRRP, but never misses what is. */
	if (verdict != VRRP_VERDICT_NOT_VRRP)
		assert_true(vrrp_maybe(exact, exact + length, &tagged));
	else if (length >= 34 && exact[12] == 8 && exact[13] == 0 && exact[14] >> 4 == 4 &&
		 exact[23] != 51)
		assert_false(vrrp_maybe(exact, exact + length, &tagged));
	free(exact);
	return verdict;
}

static void test_ours(void **state)
{
	const struct frame_row *row = *state;
	int family = frame_value(row->frame.family, 4);
	struct vrrp_advert advert;
	struct vrrp_place place;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own, first = frame_sent(&row->frame, 0);
	struct vrrp_addr source = frame_addr(family, row->frame.source ? row->frame.source
						     : family == 4     ? "10.99.0.1"
								       : "fe80::1");
	uint8_t frame[FRAME_MAX];
	size_t length = frame_build(&row->frame, frame);

	row_rules(row, &rules, &peers, &own);
	assert_int_equal(look(frame, length, &rules, &peers, &own, &advert, &place), row->ours);
	assert_int_equal(place.attributed, !row->unattributed);
	if (row->ours == VRRP_VERDICT_NOT_VRRP)
		return;
	assert_int_equal(advert.family, family);
	assert_memory_equal(&advert.source, &source, sizeof(source));
	assert_int_equal(advert.mac[0], 0x02);
	assert_int_equal(advert.mac[5], 0x01);
	if (place.attributed)
		assert_int_equal(advert.vrid, frame_value(row->frame.vrid, 55));
	if (row->ours != VRRP_VERDICT_VALID)
		return;
	assert_int_equal(advert.checksum, row->form);
	assert_int_equal(advert.priority, frame_value(row->frame.priority, 100));
	assert_int_equal(advert.version, frame_value(row->frame.version, 3));
	assert_int_equal(advert.ttl, frame_value(row->frame.ttl, 255));
	assert_int_equal(advert.interval_cs, frame_value(row->frame.interval_cs, 100));
	assert_int_equal(advert.address_count, frame_value(row->frame.count, 1));
	assert_int_equal(advert.auth_type, row->frame.auth_type);
	assert_int_equal(advert.address_digest, row_sent_digest(row));
	/* Without an address, the authentication data of v2 is in its place. */
	if (!advert.address_count)
		memset(&first, 0, sizeof(first));
	assert_memory_equal(&advert.first_address, &first, sizeof(first));
}

static void test_foreign(void **state)
{
	const struct frame_row *row = *state;
	struct vrrp_advert advert;
	struct vrrp_place place;
	uint8_t frame[FRAME_MAX];
	size_t length = frame_build(&row->frame, frame);

	assert_int_equal(look(frame, length, NULL, NULL, NULL, &advert, &place), row->foreign);
}

static void test_cut(void **state)
{
	const struct frame_row *row = *state;
	struct frame_spec spec = row->frame;
	struct vrrp_advert advert;
	struct vrrp_place place;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	uint8_t frame[FRAME_MAX];
	size_t length;

	/* Padding may be cut; nothing else may. */
	spec.pad_to = 0;
	length = frame_build(&spec, frame);
	row_rules(row, &rules, &peers, &own);
	for (size_t cut = 0; cut < length; cut++) {
		assert_int_not_equal(look(frame, cut, &rules, &peers, &own, &advert, &place),
				     VRRP_VERDICT_VALID);
		assert_int_not_equal(look(frame, cut, NULL, NULL, NULL, &advert, &place),
				     VRRP_VERDICT_VALID);
	}
}

static void test_capture(void **state)
{
	const struct capture *capture = *state;
	struct frame_record *records;
	size_t count = 0;

	records = frames_read(capture->path, &count);
	assert_non_null(records);
	assert_in_range(count, 4, 6);
	for (size_t i = 0; i < count; i++) {
		size_t length = records[i].length;
		struct vrrp_advert advert;
		struct vrrp_place place;

		if (length < (size_t)capture->padded_to)
			length = capture->padded_to;
		assert_int_equal(look(records[i].data, length, &capture->rules, &capture->peers,
				      &capture->own, &advert, &place),
				 capture->expect);
		if (capture->expect != VRRP_VERDICT_VALID)
			continue;
		assert_int_equal(advert.checksum, capture->form);
		assert_int_equal(advert.address_digest, capture->rules.address_digest);
		assert_int_equal(advert.priority,
				 i + 1 < count ? capture->first_priority : capture->last_priority);
		assert_int_equal(look(records[i].data, length, NULL, NULL, NULL, &advert, &place),
				 VRRP_VERDICT_VALID);
	}
	free(records);
}

/* Three speakers' v2 with and without a password, v3 over IPv4 and IPv6. Its v3 IPv4 adverts carry
 * the checksum with the pseudo-header (RFC 5798's form). */
static void test_third_party_valid(void **state)
{
	size_t count = 0, v2 = 0, pass = 0, v3 = 0, ip6 = 0;
	struct frame_record *records = frames_read(THIRD_PARTY_VALID, &count);

	(void)state;
	assert_non_null(records);
	for (size_t i = 0; i < count; i++) {
		struct vrrp_advert advert;
		struct vrrp_place place;
		struct vrrp_rules rules;
		struct vrrp_peers peers;
		struct vrrp_addr own;

		assert_true(
			capture_rules(records[i].data, records[i].length, &rules, &peers, &own));
		assert_int_equal(look(records[i].data, records[i].length, NULL, NULL, NULL, &advert,
				      &place),
				 VRRP_VERDICT_VALID);
		assert_int_equal(look(records[i].data, records[i].length, &rules, &peers, &own,
				      &advert, &place),
				 VRRP_VERDICT_VALID);
		v2 += advert.version == 2;
		pass += advert.auth_type == VRRP_AUTH_PASS;
		ip6 += advert.family == 6;
		if (advert.version == 3 && advert.family == 4) {
			assert_int_equal(advert.checksum, VRRP_CHECKSUM_RFC5798);
			v3++;
		}
	}
	assert_true(v2 > pass && pass > 0 && v3 > 0 && ip6 > 0);
	assert_int_equal(v2 + v3 + ip6, count);
	free(records);
}

static void test_third_party_hostile(void **state)
{
	const char *path = *state;
	size_t count = 0;
	struct frame_record *records = frames_read(path, &count);

	assert_non_null(records);
	assert_true(count >= 3);
	for (size_t i = 0; i < count; i++) {
		struct vrrp_advert advert;
		struct vrrp_place place;
		struct vrrp_rules rules;
		struct vrrp_peers peers;
		struct vrrp_addr own;
		enum vrrp_verdict verdict;

		verdict =
			look(records[i].data, records[i].length, NULL, NULL, NULL, &advert, &place);
		assert_int_not_equal(verdict, VRRP_VERDICT_VALID);
		assert_int_not_equal(verdict, VRRP_VERDICT_NOT_VRRP);
		if (!capture_rules(records[i].data, records[i].length, &rules, &peers, &own))
			continue;
		verdict = look(records[i].data, records[i].length, &rules, &peers, &own, &advert,
			       &place);
		assert_int_not_equal(verdict, VRRP_VERDICT_VALID);
	}
	free(records);
}

int main(void)
{
	static struct capture captures[CAPTURES_MAX];
	size_t capture_count = captures_read(captures);

	if (!capture_count) {
		fprintf(stderr, "test_check: cannot read " CAPTURES_DIR "index.json\n");
		return 1;
	}
	for (size_t i = 0; i < FRAME_ROWS; i++) {
		const struct frame_row *row = &frame_rows[i];

		table_add("ours", row->desc, test_ours, row);
		table_add("foreign", row->desc, test_foreign, row);
		table_add("cut", row->desc, test_cut, row);
	}
	for (size_t i = 0; i < capture_count; i++)
		table_add(NULL, captures[i].desc, test_capture, &captures[i]);
	table_add(NULL, "third party: all valid", test_third_party_valid, NULL);
	for (size_t i = 0; i < 2; i++)
		table_add(NULL, third_party_hostile[i], test_third_party_hostile,
			  third_party_hostile[i]);
	return table_run("check");
}
