/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signatures of our own adverts: against what keepalived 2.4.3 sent with the same keys, byte by
 * byte, against nettle, and against the checks of a receiver; the sequence under clocks that step.
 * Links core/vrrp/advert alone.
 */
#include <stdint.h>
#include <stdlib.h>

#include <errno.h>

#include "advert_spec.h"
#include "captures.h"
#include "core/vrrp/advert.h"
#include "hmac_check.h"
#include "signed.h"
#include "table.h"

static uint64_t sequence_of(const uint8_t *trailer)
{
	uint64_t sequence = 0;

	for (int i = 4; i < 12; i++)
		sequence = sequence << 8 | trailer[i];
	return sequence;
}

/* What was captured comes out again, trailer, checksum and all, to its last byte. */
static void test_capture(void **state)
{
	const struct capture *capture = *state;
	static struct frame_parts parts;
	size_t count = 0;
	struct frame_record *records = frames_read(capture->path, &count);

	assert_non_null(records);
	for (size_t i = 0; i < count; i++) {
		const struct frame_record *frame = &records[i];
		struct advert_spec spec = advert_spec_of(frame, capture->form, &parts);
		const uint8_t *captured = frame->data + parts.message + parts.length;
		uint8_t trailer[VRRP_TRAILER_LEN], buf[ADVERT_MAX_FRAME];
		size_t head = FRAME_ETH + (spec.family == 6 ? 40 : 20);
		const struct capture_key *key = NULL;
		struct vrrp_hmac_key states;

		for (size_t k = 0; k < capture->key_count; k++) {
			if (capture->keys[k].id == captured[1])
				key = &capture->keys[k];
		}
		assert_non_null(key);
		hmac_sha256_key(key->bytes, (uint32_t)key->length, &states);
		assert_int_equal(advert_sign(&spec, key->id, &states, sequence_of(captured),
					     trailer),
				 0);
		assert_memory_equal(trailer, captured, VRRP_TRAILER_LEN);
		spec.trailer = trailer;
		assert_int_equal(advert_encode(&spec, buf, sizeof(buf)),
				 head + parts.length + VRRP_TRAILER_LEN);
		assert_memory_equal(buf + head, frame->data + parts.message,
				    parts.length + VRRP_TRAILER_LEN);
		/* The IP length counts the trailer. */
		if (spec.family == 4)
			assert_int_equal(frame_get16(buf + 16), frame_get16(frame->data + 16));
		else
			assert_int_equal(frame_get16(buf + 18), frame_get16(frame->data + 18));
	}
	free(records);
}

/* ---- what a receiver says ---- */

struct sample {
	const char *desc;
	struct advert_spec spec;
	const char *source, *destination; /* destination NULL: the group */
	unsigned int count;
};

/* clang-format off */
static const struct sample samples[] = {
	{"v3 IPv4", {.family = 4, .version = 3, .vrid = 55, .priority = 100, .interval_cs = 10},
	 "10.99.0.1", NULL, 1},
	{"v3 IPv4, the other checksum", {.family = 4, .version = 3, .vrid = 55, .priority = 100,
	 .interval_cs = 10, .checksum = VRRP_CHECKSUM_RFC9568}, "10.99.0.1", NULL, 1},
	{"v2", {.family = 4, .version = 2, .vrid = 1, .priority = 254, .interval_cs = 100},
	 "10.99.0.1", NULL, 3},
	{"v3 IPv6", {.family = 6, .version = 3, .vrid = 255, .priority = 1, .interval_cs = 4095},
	 "fe80::1", NULL, 2},
	{"unicast", {.family = 4, .version = 3, .vrid = 55, .priority = 100, .interval_cs = 100},
	 "10.99.0.1", "10.99.0.2", 20},
	{"IPv6 unicast", {.family = 6, .version = 3, .vrid = 55, .priority = 100,
	 .interval_cs = 100}, "fe80::1", "fe80::2", 89},
	{"priority 0", {.family = 4, .version = 3, .vrid = 55, .interval_cs = 10}, "10.99.0.1", NULL,
	 1},
	{"255 addresses", {.family = 4, .version = 2, .vrid = 55, .priority = 9,
	 .interval_cs = 25500}, "10.99.0.1", NULL, 255},
	{"255 IPv6 addresses", {.family = 6, .version = 3, .vrid = 55, .priority = 9,
	 .interval_cs = 1}, "fe80::1", NULL, 255},
};
/* clang-format on */

static void sample_spec(const struct sample *sample, struct advert_spec *ret_spec)
{
	static struct vrrp_addr addresses[255];
	static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 1};

	*ret_spec = sample->spec;
	ret_spec->source = frame_addr(ret_spec->family, sample->source);
	if (sample->destination)
		ret_spec->destination = frame_addr(ret_spec->family, sample->destination);
	for (unsigned int i = 0; i < sample->count; i++)
		addresses[i] = frame_listed(ret_spec->family, (int)i);
	ret_spec->addresses = addresses;
	ret_spec->address_count = sample->count;
	memcpy(ret_spec->source_mac, mac, sizeof(mac));
}

/* Valid, by nettle's digest, and by the XDP program's checks. */
static void test_sample(void **state)
{
	const struct sample *sample = *state;
	const uint64_t sequence = 0x6b49d200ffff0007;
	uint8_t trailer[VRRP_TRAILER_LEN], want[16], key[SIGNED_KEY_LEN], buf[ADVERT_MAX_FRAME];
	uint8_t pseudo[20], message[FRAME_MAX], *found;
	struct vrrp_signature signature = {0};
	struct vrrp_advert advert = {0};
	struct vrrp_hmac_key states;
	struct vrrp_place place = {0};
	struct vrrp_hmac_run run;
	struct advert_spec spec;
	size_t length;
	int total;

	sample_spec(sample, &spec);
	signed_key(3, key);
	hmac_sha256_key(key, sizeof(key), &states);
	assert_int_equal(advert_sign(&spec, 201, &states, sequence, trailer), 0);
	assert_int_equal(trailer[0], 1);
	assert_int_equal(trailer[1], 201);
	assert_int_equal(frame_get16(trailer + 2), 0);
	assert_int_equal(sequence_of(trailer), sequence);
	spec.trailer = trailer;
	total = advert_encode(&spec, buf, sizeof(buf));
	assert_true(total > 0);

	length = (size_t)total - FRAME_ETH - (spec.family == 6 ? 40 : 20);
	found = buf + total - length;
	memcpy(message, found, length);
	frame_put16(message + 6, 0);
	memset(pseudo, 0, sizeof(pseudo));
	pseudo[0] = spec.family;
	pseudo[1] = spec.version;
	pseudo[2] = spec.vrid;
	memcpy(pseudo + 4, spec.source.b, 16);
	signed_digest(key, sizeof(key), pseudo, message, length - 16, want);
	assert_memory_equal(found + length - 16, want, 16);

	assert_int_equal(vrrp_locate(buf, buf + total, &advert, &place), VRRP_VERDICT_VALID);
	assert_int_equal(vrrp_check(buf, buf + total, &place, NULL, NULL, NULL, &advert),
			 VRRP_VERDICT_VALID);
	assert_int_equal(vrrp_hmac_read(buf, buf + total, &place, VRRP_HMAC_ENFORCE, &advert,
					&signature),
			 VRRP_VERDICT_VALID);
	assert_true(signature.present);
	assert_int_equal(signature.key_id, 201);
	vrrp_hmac_begin(&run, advert.family, advert.version, advert.vrid, &advert.source,
			signature.offset, signature.words);
	while (!vrrp_hmac_done(&run))
		assert_int_equal(vrrp_hmac_block(buf, buf + total, &run, &states), 0);
	assert_int_equal(vrrp_hmac_compare(&run, &signature), VRRP_VERDICT_VALID);

	/* One byte short of it all: nothing is written. */
	memset(buf, 0xa5, sizeof(buf));
	assert_int_equal(advert_encode(&spec, buf, (size_t)total - 1), -ENOSPC);
	assert_int_equal(buf[0], 0xa5);
}

/* One signature serves every unicast copy, and either form of the checksum. */
static void test_copies(void **state)
{
	struct advert_spec spec;
	uint8_t key[SIGNED_KEY_LEN], one[VRRP_TRAILER_LEN], other[VRRP_TRAILER_LEN];
	struct vrrp_hmac_key states;

	(void)state;
	signed_key(0, key);
	hmac_sha256_key(key, sizeof(key), &states);
	sample_spec(&samples[4], &spec);
	assert_int_equal(advert_sign(&spec, 1, &states, 7, one), 0);
	spec.destination = frame_addr(4, "10.99.0.3");
	spec.checksum = VRRP_CHECKSUM_RFC9568;
	assert_int_equal(advert_sign(&spec, 1, &states, 7, other), 0);
	assert_memory_equal(one, other, sizeof(one));
	spec.source = frame_addr(4, "10.99.0.4");
	assert_int_equal(advert_sign(&spec, 1, &states, 7, other), 0);
	assert_memory_not_equal(one + 12, other + 12, 16);
}

static void test_refusal(void **state)
{
	struct vrrp_hmac_key states = {0};
	uint8_t trailer[VRRP_TRAILER_LEN];
	struct advert_spec spec;

	(void)state;
	sample_spec(&samples[0], &spec);
	spec.interval_cs = 0;
	memset(trailer, 0xa5, sizeof(trailer));
	assert_int_equal(advert_sign(&spec, 1, &states, 7, trailer), -EINVAL);
	assert_int_equal(trailer[0], 0xa5);
}

/* ---- the sequence ---- */

#define S(s)      ((int64_t)((s)*1000000000LL))
#define NOW       1800000000LL
#define SEQ(s, f) ((uint64_t)(uint32_t)(s) << 32 | (uint64_t)(f) << 16)

struct sequence_row {
	const char *desc;
	uint64_t last;
	int64_t now_ns;
	uint64_t want;
};

static const struct sequence_row sequence_rows[] = {
	{"the first one is the clock", 0, S(NOW), SEQ(NOW, 0)},
	{"half a second", 0, S(NOW) + 500000000, SEQ(NOW, 0x8000)},
	{"a nanosecond before the next", 0, S(NOW) + 999999999, SEQ(NOW, 0xffff)},
	{"the clock has gone on", SEQ(NOW, 0), S(NOW + 1), SEQ(NOW + 1, 0)},
	{"by the least it can", SEQ(NOW, 0), S(NOW) + 15259, SEQ(NOW, 1)},
	{"the clock has not gone on", SEQ(NOW, 0), S(NOW) + 15258, SEQ(NOW, 0) + 1},
	{"nor did it again", SEQ(NOW, 0) + 1, S(NOW) + 15258, SEQ(NOW, 0) + 2},
	{"the counter runs over into the time", SEQ(NOW, 7) + 0xffff, S(NOW), SEQ(NOW, 8)},
	{"the clock was set back, within the window", SEQ(NOW, 9), S(NOW - 3), SEQ(NOW, 9) + 1},
	{"by all of the window", SEQ(NOW, 9), S(NOW - 5), SEQ(NOW, 9) + 1},
	{"by more than the window", SEQ(NOW, 9), S(NOW - 6), SEQ(NOW - 6, 0)},
	{"by an hour", SEQ(NOW, 9), S(NOW - 3600), SEQ(NOW - 3600, 0)},
	{"the clock was set ahead", SEQ(NOW, 9), S(NOW + 3600), SEQ(NOW + 3600, 0)},
	{"seconds run over in 2106", SEQ(0xffffffff, 0xffff), S(0x100000000), SEQ(0, 0)},
	{"beyond 2038", SEQ(0x80000000, 0), S(0x80000001), SEQ(0x80000001, 0)},
	{"the first one just before", 0, S(0xfffffffdLL), SEQ(0xfffffffd, 0)},
	{"the first one beyond 2038", 0, S(0x90000000), SEQ(0x90000000, 0)},
};

static void test_sequence(void **state)
{
	const struct sequence_row *row = *state;
	struct walltime now = {.ns = row->now_ns};

	assert_int_equal(advert_sequence(row->last, now, 5), row->want);
}

/* Whatever the clock does within the window, no number comes twice or goes back. */
static void test_strictly(void **state)
{
	uint32_t seed = 0x5eed;
	uint64_t last = 0;
	int64_t now = S(NOW);

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t next;

		seed = seed * 1664525 + 1013904223;
		now += (int64_t)(seed >> 8) % 20000000;
		if (i % 1000 == 999)
			now -= S(5);
		next = advert_sequence(last, (struct walltime){now}, 5);
		assert_true(!last || vrrp_hmac_after(next, last));
		last = next;
	}
}

int main(void)
{
	static struct capture captures[CAPTURES_MAX];
	size_t capture_count = captures_read(captures);

	if (!capture_count) {
		fprintf(stderr, "test_sign: cannot read " CAPTURES_DIR "index.json\n");
		return 1;
	}
	for (size_t i = 0; i < capture_count; i++) {
		if (captures[i].key_count && !captures[i].padded_to)
			table_add("signed again", captures[i].desc, test_capture, &captures[i]);
	}
	table_rows(NULL, samples, desc, test_sample);
	table_add(NULL, "one signature for all copies", test_copies, NULL);
	table_add(NULL, "what cannot be sent is not signed", test_refusal, NULL);
	table_rows("sequence", sequence_rows, desc, test_sequence);
	table_add("sequence", "strictly increasing", test_strictly, NULL);
	return table_run("sign");
}
