/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The encoders against bytes worked out by hand, against what other speakers sent (tests/vectors),
 * and against the checks that the XDP program makes. Links core/vrrp/advert alone.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advert_check.h"
#include "advert_spec.h"
#include "core/vrrp/advert.h"
#include "frames.h"
#include "table.h"

#define UNTOUCHED 0xa5

static const char *const no_list[] = {NULL};

/* "0a 1b" to bytes; returns how many. */
static size_t from_hex(const char *hex, uint8_t *ret_bytes)
{
	size_t n = 0;
	int used;
	unsigned int byte;

	for (; sscanf(hex, " %2x%n", &byte, &used) == 1; hex += used)
		ret_bytes[n++] = (uint8_t)byte;
	return n;
}

static void assert_bytes(const uint8_t *got, int length, const char *hex)
{
	uint8_t want[ADVERT_MAX_FRAME];
	size_t n = from_hex(hex, want);

	assert_int_equal(length, n);
	assert_memory_equal(got, want, n);
}

/* ---- adverts ---- */

struct sample {
	const char *what;
	struct advert_spec spec; /* addresses are those below */
	const char *source, *destination;
	const char *addresses[3];
	const char *hex; /* of the whole frame */
};

#define MAC1                           \
	{                              \
		0x02, 0, 0, 0, 0, 0x01 \
	}
#define MAC2                           \
	{                              \
		0x02, 0, 0, 0, 0, 0x02 \
	}

static const struct sample samples[] = {
	{"v2",
	 {.family = 4,
	  .version = 2,
	  .vrid = 55,
	  .priority = 100,
	  .interval_cs = 100,
	  .source_mac = MAC1},
	 "10.0.0.1",
	 NULL,
	 {"42.51.67.93"},
	 "01 00 5e 00 00 12 02 00 00 00 00 01 08 00"
	 "45 c0 00 28 00 00 40 00 ff 70 90 92 0a 00 00 01 e0 00 00 12"
	 "21 37 64 01 00 01 0d 36 2a 33 43 5d 00 00 00 00 00 00 00 00"},
	{"v2, password, 255 s, two addresses",
	 {.family = 4,
	  .version = 2,
	  .vrid = 55,
	  .priority = 254,
	  .interval_cs = 25500,
	  .auth_type = VRRP_AUTH_PASS,
	  .auth_data = {'s', '3', 'c', 'r', 'e', 't'},
	  .source_mac = MAC1},
	 "10.0.0.1",
	 NULL,
	 {"42.51.67.93", "42.51.67.94"},
	 "01 00 5e 00 00 12 02 00 00 00 00 01 08 00"
	 "45 c0 00 2c 00 00 40 00 ff 70 90 8e 0a 00 00 01 e0 00 00 12"
	 "21 37 fe 02 01 ff c7 8a 2a 33 43 5d 2a 33 43 5e 73 33 63 72 65 74 00 00"},
	{"v2 without authentication: no password leaks",
	 {.family = 4,
	  .version = 2,
	  .vrid = 55,
	  .priority = 100,
	  .interval_cs = 100,
	  .auth_data = {'s', '3', 'c', 'r', 'e', 't'},
	  .source_mac = MAC1},
	 "10.0.0.1",
	 NULL,
	 {"42.51.67.93"},
	 "01 00 5e 00 00 12 02 00 00 00 00 01 08 00"
	 "45 c0 00 28 00 00 40 00 ff 70 90 92 0a 00 00 01 e0 00 00 12"
	 "21 37 64 01 00 01 0d 36 2a 33 43 5d 00 00 00 00 00 00 00 00"},
	{"v3 IPv4, checksum of RFC 5798",
	 {.family = 4,
	  .version = 3,
	  .vrid = 55,
	  .priority = 100,
	  .interval_cs = 100,
	  .checksum = VRRP_CHECKSUM_RFC5798,
	  .source_mac = MAC1},
	 "10.0.0.1",
	 NULL,
	 {"42.51.67.93"},
	 "01 00 5e 00 00 12 02 00 00 00 00 01 08 00"
	 "45 c0 00 20 00 00 40 00 ff 70 90 9a 0a 00 00 01 e0 00 00 12"
	 "31 37 64 01 00 64 12 43 2a 33 43 5d"},
	{"v3 IPv4, auto: the form of RFC 5798",
	 {.family = 4,
	  .version = 3,
	  .vrid = 55,
	  .priority = 100,
	  .interval_cs = 100,
	  .source_mac = MAC1},
	 "10.0.0.1",
	 NULL,
	 {"42.51.67.93"},
	 "01 00 5e 00 00 12 02 00 00 00 00 01 08 00"
	 "45 c0 00 20 00 00 40 00 ff 70 90 9a 0a 00 00 01 e0 00 00 12"
	 "31 37 64 01 00 64 12 43 2a 33 43 5d"},
	{"v3 IPv4, checksum of RFC 9568",
	 {.family = 4,
	  .version = 3,
	  .vrid = 55,
	  .priority = 100,
	  .interval_cs = 100,
	  .checksum = VRRP_CHECKSUM_RFC9568,
	  .source_mac = MAC1},
	 "10.0.0.1",
	 NULL,
	 {"42.51.67.93"},
	 "01 00 5e 00 00 12 02 00 00 00 00 01 08 00"
	 "45 c0 00 20 00 00 40 00 ff 70 90 9a 0a 00 00 01 e0 00 00 12"
	 "31 37 64 01 00 64 fc d2 2a 33 43 5d"},
	{"v3 IPv4, a sum of 0xffff is sent as 0",
	 {.family = 4,
	  .version = 3,
	  .vrid = 55,
	  .priority = 100,
	  .interval_cs = 100,
	  .checksum = VRRP_CHECKSUM_RFC9568,
	  .source_mac = MAC1},
	 "10.0.0.1",
	 NULL,
	 {"10.1.96.98"},
	 "01 00 5e 00 00 12 02 00 00 00 00 01 08 00"
	 "45 c0 00 20 00 00 40 00 ff 70 90 9a 0a 00 00 01 e0 00 00 12"
	 "31 37 64 01 00 64 00 00 0a 01 60 62"},
	{"v3 IPv4 unicast, priority 255, 10 ms: the real destination is summed",
	 {.family = 4,
	  .version = 3,
	  .vrid = 1,
	  .priority = 255,
	  .interval_cs = 1,
	  .source_mac = MAC1,
	  .destination_mac = MAC2},
	 "10.0.0.1",
	 "10.0.0.2",
	 {"42.51.67.93"},
	 "02 00 00 00 00 02 02 00 00 00 00 01 08 00"
	 "45 c0 00 20 00 00 40 00 ff 70 66 ab 0a 00 00 01 0a 00 00 02"
	 "31 01 ff 01 00 01 4d ec 2a 33 43 5d"},
	{"v3 IPv4, priority 0, 40.95 s, virtual MAC",
	 {.family = 4,
	  .version = 3,
	  .vrid = 255,
	  .priority = 0,
	  .interval_cs = 4095,
	  .source_mac = {0, 0, 0x5e, 0, 1, 0xff}},
	 "10.0.0.1",
	 NULL,
	 {"42.51.67.93"},
	 "01 00 5e 00 00 12 00 00 5e 00 01 ff 08 00"
	 "45 c0 00 20 00 00 40 00 ff 70 90 9a 0a 00 00 01 e0 00 00 12"
	 "31 ff 00 01 0f ff 65 e0 2a 33 43 5d"},
	{"v3 IPv6",
	 {.family = 6,
	  .version = 3,
	  .vrid = 55,
	  .priority = 100,
	  .interval_cs = 100,
	  .source_mac = MAC1},
	 "fe80::1",
	 NULL,
	 {"fe80::5e", "2001:db8::93"},
	 "33 33 00 00 00 12 02 00 00 00 00 01 86 dd"
	 "6c 00 00 00 00 28 70 ff fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 01"
	 "ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 12"
	 "31 37 64 02 00 64 3f 08 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 5e"
	 "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 93"},
	{"v3 IPv6 unicast: RFC 9568's form changes nothing",
	 {.family = 6,
	  .version = 3,
	  .vrid = 55,
	  .priority = 100,
	  .interval_cs = 100,
	  .checksum = VRRP_CHECKSUM_RFC9568,
	  .source_mac = MAC1,
	  .destination_mac = MAC2},
	 "2001:db8::1",
	 "2001:db8::2",
	 {"fe80::5e"},
	 "02 00 00 00 00 02 02 00 00 00 00 01 86 dd"
	 "6c 00 00 00 00 18 70 ff 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01"
	 "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 02"
	 "31 37 64 01 00 64 0f 87 fe 80 00 00 00 00 00 00 00 00 00 00 00 00 00 5e"},
};

static struct advert_spec spec_of(const struct sample *s, struct vrrp_addr addresses[3])
{
	struct advert_spec spec = s->spec;

	spec.source = frame_addr(spec.family, s->source);
	if (s->destination)
		spec.destination = frame_addr(spec.family, s->destination);
	for (; s->addresses[spec.address_count]; spec.address_count++)
		addresses[spec.address_count] =
			frame_addr(spec.family, s->addresses[spec.address_count]);
	spec.addresses = addresses;
	return spec;
}

static void test_sample(void **state)
{
	struct vrrp_addr addresses[3];
	struct advert_spec spec = spec_of(*state, addresses);
	uint8_t buf[ADVERT_MAX_FRAME];
	int length;

	memset(buf, UNTOUCHED, sizeof(buf));
	length = advert_encode(&spec, buf, sizeof(buf));
	assert_bytes(buf, length, ((const struct sample *)*state)->hex);
	assert_int_equal(buf[length], UNTOUCHED);

	/* One byte short: nothing is written. */
	memset(buf, UNTOUCHED, sizeof(buf));
	assert_int_equal(advert_encode(&spec, buf, (size_t)length - 1), -ENOSPC);
	assert_int_equal(buf[0], UNTOUCHED);
}

/* The XDP program finds in it what was meant, and the digests of both sides are one. */
static void test_checked(void **state)
{
	struct vrrp_addr addresses[3], own = {{0}};
	struct advert_spec spec = spec_of(*state, addresses);
	uint8_t buf[ADVERT_MAX_FRAME];
	int length = advert_encode(&spec, buf, sizeof(buf));
	struct vrrp_rules rules = {.family = spec.family,
				   .version = spec.version,
				   .vrid = spec.vrid,
				   .auth_type = spec.auth_type,
				   .checksum = spec.checksum,
				   .interval_cs = spec.interval_cs};
	struct vrrp_peers peers = {0};
	struct vrrp_advert advert = {0};
	struct vrrp_place place = {0};

	memcpy(rules.auth_data, spec.auth_data, sizeof(rules.auth_data));
	if (!vrrp_addr_is_zero(&spec.destination)) {
		rules.flags = VRRP_RULE_UNICAST;
		peers.addr[rules.peer_count++] = spec.source;
		own = spec.destination;
	}
	assert_int_equal(vrrp_locate(buf, buf + length, &advert, &place), VRRP_VERDICT_VALID);
	assert_int_equal(vrrp_check(buf, buf + length, &place, &rules, &peers, &own, &advert),
			 VRRP_VERDICT_VALID);
	assert_int_equal(advert.vrid, spec.vrid);
	assert_int_equal(advert.priority, spec.priority);
	assert_int_equal(advert.interval_cs, spec.interval_cs);
	assert_int_equal(advert.ttl, 255);
	assert_true(vrrp_addr_equal(&advert.source, &spec.source));
	assert_int_equal(advert.address_digest,
			 advert_address_digest(spec.addresses, spec.address_count));
}

/* ---- what does not fit ---- */

struct refusal {
	const char *what;
	int family, version, vrid, interval_cs, auth_type, checksum;
	unsigned int count;
	bool no_source;
	int want; /* > 0: the length */
};

/* clang-format off */
static const struct refusal refusals[] = {
	{"family 0", 0, 3, 1, 100, 0, 0, 1, false, -EINVAL},
	{"family 5", 5, 3, 1, 100, 0, 0, 1, false, -EINVAL},
	{"version 1", 4, 1, 1, 100, 0, 0, 1, false, -EINVAL},
	{"version 4", 4, 4, 1, 100, 0, 0, 1, false, -EINVAL},
	{"version 2 over IPv6 was never defined", 6, 2, 1, 100, 0, 0, 1, false, -EINVAL},
	{"VRID 0", 4, 3, 0, 100, 0, 0, 1, false, -EINVAL},
	{"v3, interval 0", 4, 3, 1, 0, 0, 0, 1, false, -EINVAL},
	{"v3, interval 4096 would lose a bit", 4, 3, 1, 4096, 0, 0, 1, false, -EINVAL},
	{"v2, interval 0", 4, 2, 1, 0, 0, 0, 1, false, -EINVAL},
	{"v2, interval 0.4 s would become 0", 4, 2, 1, 40, 0, 0, 1, false, -EINVAL},
	{"v2, interval 1.5 s", 4, 2, 1, 150, 0, 0, 1, false, -EINVAL},
	{"v2, interval 256 s", 4, 2, 1, 25600, 0, 0, 1, false, -EINVAL},
	{"v2, authentication header", 4, 2, 1, 100, 2, 0, 1, false, -EINVAL},
	{"unknown checksum form", 4, 3, 1, 100, 0, 3, 1, false, -EINVAL},
	{"no address", 4, 3, 1, 100, 0, 0, 0, false, -EINVAL},
	{"256 addresses", 4, 3, 1, 100, 0, 0, 256, false, -EINVAL},
	{"no source", 4, 3, 1, 100, 0, 0, 1, true, -EINVAL},
	{"v2, 255 addresses", 4, 2, 1, 100, 1, 0, 255, false, 14 + 20 + 8 + 255 * 4 + 8},
	{"v3, 255 IPv6 addresses", 6, 3, 1, 100, 0, 0, 255, false, 14 + 40 + 8 + 255 * 16},
};
/* clang-format on */

static void test_refusal(void **state)
{
	const struct refusal *r = *state;
	static struct vrrp_addr addresses[256];
	struct advert_spec spec = {.family = (uint8_t)r->family,
				   .version = (uint8_t)r->version,
				   .vrid = (uint8_t)r->vrid,
				   .priority = 100,
				   .interval_cs = (uint16_t)r->interval_cs,
				   .auth_type = (uint8_t)r->auth_type,
				   .checksum = (uint8_t)r->checksum,
				   .addresses = addresses,
				   .address_count = r->count};
	uint8_t buf[ADVERT_MAX_FRAME];

	memset(addresses, 0xff, sizeof(addresses));
	memset(buf, UNTOUCHED, sizeof(buf));
	spec.source.b[0] = r->no_source ? 0 : 10;
	assert_int_equal(advert_encode(&spec, buf, sizeof(buf)), r->want);
	if (r->want < 0)
		assert_int_equal(buf[0], UNTOUCHED);
}

/* ---- what other speakers sent ---- */

struct capture {
	const char *file;
	size_t frames;
	uint8_t checksum; /* enum vrrp_checksum */
};

static const struct capture captures[] = {
	{"frr-v2-ipv4.pcap", 4, 0},         {"frr-v3-ipv4.pcap", 4, 0},
	{"frr-v3-ipv6.pcap", 4, 0},         {"frr-v3-prio0.pcap", 4, 0},
	{"k227-v2-none.pcap", 4, 0},        {"k227-v2-pass.pcap", 4, 0},
	{"k227-v2-prio0.pcap", 4, 0},       {"k227-v2-prio255.pcap", 4, 0},
	{"k227-v3-ipv4-10ms.pcap", 6, 0},   {"k227-v3-ipv4-1s.pcap", 4, 0},
	{"k227-v3-ipv4-20addr.pcap", 4, 0}, {"k227-v3-ipv4-unicast.pcap", 4, 0},
	{"k227-v3-ipv4-vmac.pcap", 4, 0},   {"k227-v3-ipv6-unicast.pcap", 4, 0},
	{"k227-v3-ipv6.pcap", 4, 0},        {"k227-v3-prio0.pcap", 4, 0},
	{"k227-v3-prio255.pcap", 4, 0},     {"k243-v3-ipv4-csum2.pcap", 4, VRRP_CHECKSUM_RFC9568},
	{"vrrpd-v2-none.pcap", 4, 0},       {"vrrpd-v2-prio0.pcap", 4, 0},
	{"vrrpd-v2-pw.pcap", 4, 0},
};

/* From the fields of a frame: its Ethernet header, addresses and VRRP message come out again. */
static void reencode(const struct frame_record *frame, uint8_t checksum)
{
	static struct frame_parts parts;
	struct advert_spec spec = advert_spec_of(frame, checksum, &parts);
	bool ip6 = spec.family == 6;
	size_t head = FRAME_ETH + (ip6 ? 40 : 20), addresses = ip6 ? 8 : 12;
	uint8_t buf[ADVERT_MAX_FRAME];

	assert_int_equal(advert_encode(&spec, buf, sizeof(buf)), head + parts.length);
	assert_memory_equal(buf, frame->data, FRAME_ETH);
	assert_memory_equal(buf + head, frame->data + parts.message, parts.length);
	assert_memory_equal(buf + FRAME_ETH + addresses, frame->data + parts.ip + addresses,
			    ip6 ? 32 : 8);
}

static void test_capture(void **state)
{
	const struct capture *c = *state;
	struct frame_record *frames;
	char path[128];
	size_t count = 0;

	snprintf(path, sizeof(path), "tests/vectors/%s", c->file);
	frames = frames_read(path, &count);
	assert_non_null(frames);
	assert_int_equal(count, c->frames);
	for (size_t i = 0; i < count; i++)
		reencode(&frames[i], c->checksum);
	free(frames);
}

/* ---- announcements ---- */

static const uint8_t shared_mac[6] = {0x00, 0x9f, 0xa4, 0x4c, 0x3b, 0x37};

static void test_garp_request(void **state)
{
	struct vrrp_addr address = frame_addr(4, "42.51.67.93");
	uint8_t buf[43];
	int length;

	(void)state;
	memset(buf, UNTOUCHED, sizeof(buf));
	length = advert_encode_garp(&address, shared_mac, false, buf, sizeof(buf));
	assert_bytes(buf, length,
		     "ff ff ff ff ff ff 00 9f a4 4c 3b 37 08 06 00 01 08 00 06 04 00 01"
		     "00 9f a4 4c 3b 37 2a 33 43 5d 00 9f a4 4c 3b 37 2a 33 43 5d");
	assert_int_equal(buf[42], UNTOUCHED);
	assert_int_equal(advert_encode_garp(&address, shared_mac, false, buf, 41), -ENOSPC);
}

static void test_garp_reply(void **state)
{
	struct vrrp_addr address = frame_addr(4, "42.51.67.93");
	uint8_t buf[42];
	int length;

	(void)state;
	memset(buf, UNTOUCHED, sizeof(buf));
	length = advert_encode_garp(&address, shared_mac, true, buf, sizeof(buf));
	assert_bytes(buf, length,
		     "ff ff ff ff ff ff 00 9f a4 4c 3b 37 08 06 00 01 08 00 06 04 00 02"
		     "00 9f a4 4c 3b 37 2a 33 43 5d 00 9f a4 4c 3b 37 2a 33 43 5d");
}

static void test_na(void **state)
{
	struct vrrp_addr address = frame_addr(6, "2001:db8::93");
	uint8_t buf[87];
	int length;

	(void)state;
	memset(buf, UNTOUCHED, sizeof(buf));
	length = advert_encode_na(&address, shared_mac, buf, sizeof(buf));
	assert_bytes(buf, length,
		     "33 33 00 00 00 01 00 9f a4 4c 3b 37 86 dd"
		     "60 00 00 00 00 20 3a ff 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 93"
		     "ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 01"
		     "88 00 99 e4 a0 00 00 00 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 93"
		     "02 01 00 9f a4 4c 3b 37");
	assert_int_equal(buf[86], UNTOUCHED);
	assert_int_equal(advert_encode_na(&address, shared_mac, buf, 85), -ENOSPC);
}

/* ---- digests ---- */

struct pair {
	const char *what;
	const char *a[4], *b[4];
	bool equal;
};

static const struct pair pairs[] = {
	{"the same list", {"10.0.0.1", "10.0.0.2"}, {"10.0.0.1", "10.0.0.2"}, true},
	{"another order",
	 {"10.0.0.1", "10.0.0.2", "10.0.0.3"},
	 {"10.0.0.3", "10.0.0.1", "10.0.0.2"},
	 true},
	{"one missing", {"10.0.0.1", "10.0.0.2"}, {"10.0.0.1"}, false},
	{"one twice", {"10.0.0.1"}, {"10.0.0.1", "10.0.0.1"}, false},
	{"sums alike", {"10.0.0.1", "10.0.0.4"}, {"10.0.0.2", "10.0.0.3"}, false},
	{"one other", {"10.0.0.1", "10.0.0.2"}, {"10.0.0.1", "10.0.0.3"}, false},
	{"halves swapped", {"1.2.3.4"}, {"3.4.1.2"}, false},
	{"IPv6, another order", {"fe80::1", "2001:db8::1"}, {"2001:db8::1", "fe80::1"}, true},
	{"IPv6, halves swapped", {"2001:db8::1:2"}, {"::1:2:2001:db8:0:0"}, false},
};

static uint64_t digest_of(const char *const *list)
{
	struct vrrp_addr addresses[4];
	unsigned int n = 0;

	for (; n < 4 && list[n]; n++)
		addresses[n] = frame_addr(strchr(list[n], ':') ? 6 : 4, list[n]);
	return advert_address_digest(addresses, n);
}

static void test_pair(void **state)
{
	const struct pair *p = *state;

	assert_int_equal(digest_of(p->a) == digest_of(p->b), p->equal);
	assert_int_equal(digest_of(no_list), 0);
}

/* ---- the list ---- */

int main(void)
{
	for (size_t i = 0; i < COUNT(samples); i++) {
		table_add("advert", samples[i].what, test_sample, &samples[i]);
		table_add("passes the checks", samples[i].what, test_checked, &samples[i]);
	}
	table_rows("limits", refusals, what, test_refusal);
	table_rows("as captured", captures, file, test_capture);
	table_rows("digest", pairs, what, test_pair);
	table_add("announce", "GARP, request form", test_garp_request, NULL);
	table_add("announce", "GARP, reply form", test_garp_reply, NULL);
	table_add("announce", "unsolicited NA", test_na, NULL);

	return table_run("advert");
}
