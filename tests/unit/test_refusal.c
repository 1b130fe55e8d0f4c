/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said of peers that cannot be understood: one row for each verdict that names a peer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/vrrp/refusal.h"
#include "tally.h"
#include "vrrp_timers.h"

#define R(name) .refused = VRRP_VERDICT_##name

static const struct row {
	const char *desc;
	struct vrrp_neighbor peer;
	struct vrrp_rules rules;
	const char *what, *advice; /* words that must be in the texts */
} rows[] = {
	{"another version",
	 {R(VERSION), .version = 2},
	 {.version = 3},
	 "version 2, and we speak version 3",
	 "`version`"},
	{"v2, another interval",
	 {R(INTERVAL_MISMATCH), .version = 2, .interval_cs = 200},
	 {.version = 2, .interval_cs = 100},
	 "every 2000 ms, and we every 1000 ms",
	 "interval = 2s here, or 1s there"},
	{"v2, another type of authentication",
	 {R(AUTH_TYPE), .version = 2, .auth_type = 1},
	 {.version = 2},
	 "a password (authentication type 1), and we use no password",
	 "`auth`"},
	{"v2, another password",
	 {R(PASSWORD), .version = 2},
	 {.auth_type = 1},
	 "another password",
	 "`auth`"},
	{"multicast with a low TTL",
	 {R(TTL), .ttl = 64},
	 {.version = 3},
	 "TTL 64, and we accept 255",
	 "must send 255"},
	{"unicast with a low TTL",
	 {R(TTL), .ttl = 64, .unicast = 1},
	 {.flags = VRRP_RULE_UNICAST, .min_ttl = 255},
	 "TTL 64, and we accept 255",
	 "min-ttl = 64"},
	{"unicast below min-ttl",
	 {R(TTL), .ttl = 9, .unicast = 1},
	 {.flags = VRRP_RULE_UNICAST, .min_ttl = 64},
	 "no less than 64",
	 "min-ttl = 9"},
	{"unicast, and we use multicast: refused for its destination",
	 {R(DESTINATION), .ttl = 255, .unicast = 1},
	 {.version = 3},
	 "sends unicast, and we use multicast",
	 "`peers`"},
	{"the same, refused for its TTL",
	 {R(TTL), .ttl = 64, .unicast = 1},
	 {.version = 3},
	 "sends unicast, and we use multicast",
	 "`peers`"},
	{"multicast, and we use unicast",
	 {R(DESTINATION), .ttl = 255},
	 {.flags = VRRP_RULE_UNICAST, .min_ttl = 255},
	 "multicast group, and we use unicast",
	 "`peers`"},
	{"unicast to somebody else",
	 {R(DESTINATION), .ttl = 255, .unicast = 1},
	 {.flags = VRRP_RULE_UNICAST},
	 "not our source address",
	 "source address"},
	{"another multicast group",
	 {R(DESTINATION), .ttl = 255},
	 {.version = 3},
	 "not VRRP's",
	 "224.0.0.18"},
	{"not one of our peers",
	 {R(PEER), .unicast = 1},
	 {.flags = VRRP_RULE_UNICAST},
	 "is not in our `peers`",
	 "add it to `peers`"},
	{"a wrong checksum", {R(CHECKSUM)}, {.version = 3}, "wrong in every form", "1.3.6"},
	{"the other form of checksum",
	 {R(CHECKSUM)},
	 {.checksum = VRRP_CHECKSUM_RFC9568},
	 "another form than `checksum`",
	 "checksum = auto"},
	{"no address", {R(ADDRESS_COUNT)}, {.version = 3}, "no address", "empty"},
	{"first address", {R(LINK_LOCAL)}, {.family = 6}, "not link-local", "first-address = any"},
	{"interval 0",
	 {R(INTERVAL_ZERO), .version = 3},
	 {.version = 3},
	 "interval of 0",
	 "version 3"},
	{"unsigned", {R(HMAC_MISSING)}, {.version = 3}, "does not sign", "permissive"},
	{"unknown trailer", {R(HMAC_MALFORMED)}, {.version = 3}, "in a form", "28 bytes"},
	{"unknown key",
	 {R(HMAC_KEY)},
	 {.version = 3},
	 "ID of a key that we do not have",
	 "hmac-key"},
	{"another key",
	 {R(HMAC_DIGEST)},
	 {.version = 3},
	 "another key under the same ID",
	 "hmac-key"},
	{"stale", {R(HMAC_STALE)}, {.version = 3}, "out of our window", "chrony"},
	{"AH", {R(AH), .version = 2}, {.version = 2}, "AH (IP protocol 51)", "auth_type"},
	{"CARP",
	 {R(CARP), .version = 2},
	 {.vrid = 26},
	 "CARP, no VRRP, with our VRID as its VHID: both use the MAC 00:00:5e:00:01:1a",
	 "VHID"},
};

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct refusal refusal = {0};

		refusal_describe(&row->rules, &row->peer, &refusal);
		if (!strstr(refusal.what, row->what) || !strstr(refusal.advice, row->advice))
			fail_msg("%s: \"%s\", \"%s\"", row->desc, refusal.what, refusal.advice);
		/* A text that fills its room may have been cut. */
		assert_true(strlen(refusal.what) < REFUSAL_TEXT - 1);
		assert_true(strlen(refusal.advice) < REFUSAL_TEXT - 1);
	}
}

/* A new verdict that names a peer needs words. */
static void test_every_verdict_has_a_row(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		seen |= 1U << rows[i].peer.refused;
	assert_int_equal(seen, VRRP_VERDICTS_OF_PEERS);
}

static void test_current(void **state)
{
	static const struct {
		const char *desc;
		uint16_t interval_cs;
		uint64_t age_s;
		bool current;
	} ages[] = {
		{"just heard", 100, 0, true},
		{"for a minute", 100, 60, true},
		{"no longer", 100, 61, false},
		{"for three intervals, where they are longer", 4000, 119, true},
		{"and no longer", 4000, 121, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		struct vrrp_neighbor peer = {.interval_cs = ages[i].interval_cs,
					     .last_ns = 5 * VRRP_NS_PER_S};
		uint64_t now_ns = peer.last_ns + ages[i].age_s * VRRP_NS_PER_S;

		if (refusal_is_current(&peer, now_ns) != ages[i].current)
			fail_msg("%s", ages[i].desc);
	}
}

/* A peer whose adverts are understood beside those that are not. */
static void test_understood(void **state)
{
	static const struct {
		const char *desc;
		uint64_t heard_ms, refused_ms;
		uint8_t heard_refused;
		bool understood;
	} both[] = {
		{"the copy in the other form came first", 5000, 4999, 0, true},
		{"the copy in the other form came last", 5000, 5001, 0, true},
		{"an advert is lost now and then", 5000, 7999, 0, true},
		{"no longer understood for three intervals", 5000, 8000, 0, false},
		{"put right since", 9000, 5000, 0, true},
		{"what was heard is CARP", 5000, 5001, VRRP_VERDICT_CARP, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		struct vrrp_neighbor peer = {R(CHECKSUM), .last_ns = both[i].refused_ms * 1000000};
		struct vrrp_neighbor heard = {.last_ns = both[i].heard_ms * 1000000,
					      .refused = both[i].heard_refused,
					      .interval_cs = 100};

		if (refusal_is_understood(&peer, &heard) != both[i].understood)
			fail_msg("%s", both[i].desc);
	}
}

/* A flood is counted, and some of it recorded in each window. */
static void test_flood(void **state)
{
	const uint64_t begin_ns = 1000 * VRRP_NS_PER_S;
	struct vrrp_counters counters = {0};

	(void)state;
	for (unsigned int window = 0; window < 3; window++) {
		uint64_t now_ns = begin_ns + window * VRRP_REFUSED_WINDOW_NS;
		unsigned int recorded = 0;

		for (unsigned int i = 0; i < 1000; i++)
			recorded += vrrp_tally_may_record(&counters, now_ns + i);
		assert_int_equal(recorded, VRRP_REFUSED_BURST);
	}
	/* A window that has begun is not over before its time. */
	assert_false(vrrp_tally_may_record(&counters, begin_ns + 3 * VRRP_REFUSED_WINDOW_NS - 1));
	assert_true(vrrp_tally_may_record(&counters, begin_ns + 3 * VRRP_REFUSED_WINDOW_NS));
}

/* The second copy of an advert in the other form of the checksum is not counted. */
static void test_copies(void **state)
{
	static const struct {
		const char *desc;
		uint8_t heard;
		uint64_t after_ms;
		const char *source;
		bool copy;
	} copies[] = {
		{"both forms, right after", VRRP_CHECKSUM_BOTH, 1, "a", true},
		{"both forms, in a quarter of the interval", VRRP_CHECKSUM_BOTH, 249, "a", true},
		{"both forms, an interval later", VRRP_CHECKSUM_BOTH, 1000, "a", false},
		{"both forms, another speaker", VRRP_CHECKSUM_BOTH, 1, "b", false},
		{"one form only: an answer to somebody", VRRP_CHECKSUM_RFC5798, 1, "a", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		struct vrrp_path path = {.checksum = copies[i].heard,
					 .source.b = "a",
					 .last_ns = 5 * VRRP_NS_PER_S,
					 .adverts = 1};
		struct vrrp_advert advert = {.interval_cs = 100,
					     .checksum = copies[i].heard & VRRP_CHECKSUM_RFC5798};

		advert.stamp_ns = path.last_ns + copies[i].after_ms * 1000000;
		advert.source.b[0] = (uint8_t)copies[i].source[0];
		vrrp_tally_path(&path, NULL, &advert);
		if ((path.adverts == 1) != copies[i].copy)
			fail_msg("%s: %d", copies[i].desc, (int)path.adverts);
		assert_int_equal(path.checksum, copies[i].heard);
	}
}

/* Forms are learned one by one, and none is forgotten: its speaker may be silent, as a backup. */
static void test_forms(void **state)
{
	struct vrrp_path path = {0};
	struct vrrp_advert advert = {.interval_cs = 100, .stamp_ns = VRRP_NS_PER_S};

	(void)state;
	vrrp_tally_path(&path, NULL, &advert); /* version 2, or IPv6 */
	assert_int_equal(path.checksum, VRRP_CHECKSUM_AUTO);
	advert.checksum = VRRP_CHECKSUM_RFC9568;
	vrrp_tally_path(&path, NULL, &advert);
	assert_int_equal(path.checksum, VRRP_CHECKSUM_RFC9568);
	advert.checksum = VRRP_CHECKSUM_RFC5798;
	vrrp_tally_path(&path, NULL, &advert);
	assert_int_equal(path.checksum, VRRP_CHECKSUM_BOTH);
	advert.checksum = VRRP_CHECKSUM_RFC9568;
	vrrp_tally_path(&path, NULL, &advert);
	assert_int_equal(path.checksum, VRRP_CHECKSUM_BOTH);
}

/* Slots are given anew: an entry that a router before this one has left is not this one's. */
static void test_whose(void **state)
{
	struct vrrp_instance instance = {.rules = {.family = 4, .vrid = 55}, .report.name = "web"};
	struct vrrp_neighbor_key key = {.family = 4, .vrid = 55};

	(void)state;
	assert_true(refusal_is_of(&key, &instance));
	key.vrid = 56;
	assert_false(refusal_is_of(&key, &instance));
	key.vrid = 55;
	key.family = 6;
	assert_false(refusal_is_of(&key, &instance));
	key.family = 4;
	instance.report.name[0] = '\0';
	assert_false(refusal_is_of(&key, &instance));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),   cmocka_unit_test(test_every_verdict_has_a_row),
		cmocka_unit_test(test_current), cmocka_unit_test(test_understood),
		cmocka_unit_test(test_flood),   cmocka_unit_test(test_copies),
		cmocka_unit_test(test_forms),   cmocka_unit_test(test_whose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
