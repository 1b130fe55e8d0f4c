/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for the fence, and what it says of each. Built from a specification that says only what is
 * unusual; shares no line with the program under test; uses libc only. BPF_PROG_TEST_RUN refuses an
 * IP frame without a whole IP header, but not behind a VLAN tag: such rows are tagged.
 */
#ifndef TESTS_FENCE_ROWS_H
#define TESTS_FENCE_ROWS_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "vrrp_abi.h"

#define LO    1
#define A     3
#define B     4
#define PASS  0xffffffffU /* TC_ACT_UNSPEC */
#define SHOT  2U
#define FRAME 256

#define IN  VRRP_FENCE_IN
#define OUT VRRP_FENCE_OUT

/* Guarded for A, for B, and nobody's. */
#define A4 "192.0.2.93"
#define B4 "192.0.2.94"
#define N4 "192.0.2.1"
#define M4 "192.0.2.2"
#define A6 "2001:db8::93"
#define B6 "2001:db8::94"
#define L6 "fe80::93" /* A's, too */
#define N6 "2001:db8::1"
#define M6 "2001:db8::2"

static const uint8_t mac_a[6] = {0x00, 0x9f, 0xa4, 0x4c, 0x3b, 0x37},
		     mac_n[6] = {0x02, 0, 0, 0, 0, 1}, mac_m[6] = {0x02, 0, 0, 0, 0, 2},
		     mac_all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* ---- frames ------------------------------------------------------------------------------------
 */

enum type { IP4, IP6, ARP, ND, OTHER };

struct spec {
	enum type type;
	const char *from, *to;   /* M.. to N..; ARP: sender, target */
	const char *target;      /* ND */
	const uint8_t *source;   /* mac_m */
	const uint8_t *dest;     /* mac_n */
	uint8_t protocol;        /* 17; ND: type 135 */
	uint16_t fragment;       /* IPv4: flags and offset */
	const char *chain;       /* IPv6: H D R f (first fragment) F (later), E (not walked) */
	uint16_t tag, outer_tag; /* ethertype of VLAN tags */
	uint8_t protocol_length; /* ARP: 4 */
	int cut_to;              /* the frame ends there */
};

static inline size_t put_ip6(const struct spec *spec, uint8_t *p)
{
	size_t length = 40;
	uint8_t *next = &p[6], number;

	p[0] = 0x60;
	p[7] = 255;
	inet_pton(AF_INET6, spec->from ? spec->from : M6, p + 8);
	inet_pton(AF_INET6, spec->to ? spec->to : N6, p + 24);
	for (const char *c = spec->chain ? spec->chain : ""; *c; c++) {
		number = *c == 'H' ? 0 : *c == 'D' ? 60 : *c == 'R' ? 43 : *c == 'E' ? 50 : 44;
		*next = number;
		next = &p[length];
		p[length + 1] = *c == 'R' ? 1 : 0; /* one of 16 bytes */
		if (*c == 'f')
			p[length + 3] = 1;
		else if (*c == 'F')
			p[length + 2] = 0x10;
		length += *c == 'R' ? 16 : 8;
	}
	if (spec->type == ND) {
		*next = 58;
		p[length] = spec->protocol ? spec->protocol : 135;
		inet_pton(AF_INET6, spec->target ? spec->target : N6, p + length + 8);
		length += 24;
	} else {
		*next = spec->protocol ? spec->protocol : 17;
		length += 20;
	}
	p[4] = (length - 40) >> 8;
	p[5] = length - 40;
	return length;
}

static inline size_t build(const struct spec *spec, uint8_t *frame)
{
	static const uint16_t types[] = {0x0800, 0x86dd, 0x0806, 0x86dd, 0x88cc};
	const uint16_t tags[] = {spec->outer_tag, spec->tag};
	size_t length = 12;
	uint8_t *p;

	memset(frame, 0, FRAME);
	memcpy(frame, spec->dest ? spec->dest : mac_n, 6);
	memcpy(frame + 6, spec->source ? spec->source : mac_m, 6);
	for (int i = 0; i < 2; i++) {
		if (!tags[i])
			continue;
		frame[length] = tags[i] >> 8;
		frame[length + 1] = tags[i];
		frame[length + 3] = 5;
		length += 4;
	}
	frame[length++] = types[spec->type] >> 8;
	frame[length++] = types[spec->type];
	p = frame + length;
	switch (spec->type) {
	case IP4:
		p[0] = 0x45;
		p[3] = 40;
		p[6] = spec->fragment >> 8;
		p[7] = spec->fragment;
		p[8] = 64;
		p[9] = spec->protocol ? spec->protocol : 17;
		inet_pton(AF_INET, spec->from ? spec->from : M4, p + 12);
		inet_pton(AF_INET, spec->to ? spec->to : N4, p + 16);
		length += 40;
		break;
	case IP6:
	case ND:
		length += put_ip6(spec, p);
		break;
	case ARP:
		p[1] = 1;
		p[2] = 8;
		p[4] = 6;
		p[5] = spec->protocol_length ? spec->protocol_length : 4;
		p[7] = spec->protocol ? spec->protocol : 1;
		memcpy(p + 8, frame + 6, 6);
		inet_pton(AF_INET, spec->from ? spec->from : M4, p + 14);
		inet_pton(AF_INET, spec->to ? spec->to : N4, p + 24);
		length += 28;
		break;
	case OTHER:
		length += 30;
		break;
	}
	return spec->cut_to ? (size_t)spec->cut_to : length;
}

#define IP(...)                          \
	{                                \
		.type = IP4, __VA_ARGS__ \
	}
#define TAGGED(t)  .tag = (t)
#define FREE       0
#define KIND_OF(k) (VRRP_FENCED_##k + 1)
#define KIND(k, s) (VRRP_FENCED_##k + 1), (s)
#define NOT        FREE, 0
#define BOTH(k, s)                 \
	{                          \
		{KIND(k, s)},      \
		{                  \
			KIND(k, s) \
		}                  \
	}
#define ONLY_IN(k, s)         \
	{                     \
		{KIND(k, s)}, \
		{             \
			NOT   \
		}             \
	}
#define ONLY_OUT(k, s)             \
	{                          \
		{NOT},             \
		{                  \
			KIND(k, s) \
		}                  \
	}
#define NEITHER             \
	{                   \
		{NOT},      \
		{           \
			NOT \
		}           \
	}

struct frame_row {
	const char *desc;
	struct spec frame;
	struct {
		int kind; /* enum vrrp_fenced_kind + 1, or FREE */
		int slot;
	} sides[2]; /* where whose lease is asked */
};

static const struct frame_row frames[] = {
	{"IPv4 UDP to a guarded address", IP(.to = A4), ONLY_IN(IP, A)},
	{"IPv4 UDP from a guarded address", IP(.from = A4), ONLY_OUT(IP, A)},
	{"IPv4 TCP to a guarded address", IP(.to = A4, .protocol = 6), ONLY_IN(IP, A)},
	{"IPv4 TCP from a guarded address", IP(.from = A4, .protocol = 6), ONLY_OUT(IP, A)},
	{"IPv4 ICMP to a guarded address", IP(.to = A4, .protocol = 1), ONLY_IN(IP, A)},
	{"IPv4 VRRP from a guarded address", IP(.from = A4, .protocol = 112), ONLY_OUT(IP, A)},
	{"IPv4 to the other router's address", IP(.to = B4), ONLY_IN(IP, B)},
	{"IPv4 first fragment", IP(.to = A4, .fragment = 0x2000), ONLY_IN(IP, A)},
	{"IPv4 later fragment", IP(.from = A4, .fragment = 0x0010), ONLY_OUT(IP, A)},
	{"IPv4 from one router's address to the other's",
	 IP(.from = A4, .to = B4),
	 {{KIND(IP, B)}, {KIND(IP, A)}}},
	{"IPv4 of others", IP(.protocol = 6), NEITHER},
	{"IPv4 of a neighbouring address", IP(.from = "192.0.2.92", .to = "192.0.2.95"), NEITHER},
	{"IPv4, an address like a guarded MAC", IP(.to = "0.159.164.76"), NEITHER},
	{"IPv4 broadcast of others", IP(.to = "255.255.255.255", .dest = mac_all), NEITHER},
	{"IPv4 in one VLAN tag", IP(.to = A4, TAGGED(0x8100)), ONLY_IN(IP, A)},
	{"IPv4 in one service tag", IP(.from = A4, TAGGED(0x88a8)), ONLY_OUT(IP, A)},
	{"IPv4 of others in one VLAN tag", IP(TAGGED(0x8100)), NEITHER},
	{"IPv4 in two tags", IP(.to = A4, .outer_tag = 0x88a8, TAGGED(0x8100)), ONLY_IN(IP, A)},
	{"IPv4 in two tags, from", IP(.from = A4, .outer_tag = 0x88a8, TAGGED(0x8100)),
	 ONLY_OUT(IP, A)},
	{"ARP reply in two tags",
	 {.type = ARP, .from = A4, .protocol = 2, .outer_tag = 0x8100, TAGGED(0x8100)},
	 ONLY_OUT(ARP, A)},
	{"IPv4 of others in two tags", IP(.outer_tag = 0x88a8, TAGGED(0x8100)), NEITHER},
	{"IPv4 header cut before its addresses", IP(.to = A4, TAGGED(0x8100), .cut_to = 18 + 19),
	 NEITHER},
	{"IPv4 header cut, from a guarded MAC",
	 IP(.source = mac_a, TAGGED(0x8100), .cut_to = 18 + 19), ONLY_OUT(MAC, A)},
	{"IPv4 header and no more", IP(.to = A4, .cut_to = 14 + 20), ONLY_IN(IP, A)},
	{"Ethernet header and no more", {.type = OTHER, .cut_to = 14}, NEITHER},
	{"Ethernet header and no more, from a guarded MAC",
	 {.type = OTHER, .source = mac_a, .cut_to = 14},
	 ONLY_OUT(MAC, A)},
	{"a tag cut in two", IP(TAGGED(0x8100), .cut_to = 17), NEITHER},

	{"ARP request for a guarded address", {.type = ARP, .to = A4}, ONLY_IN(ARP, A)},
	{"ARP request by a guarded address", {.type = ARP, .from = A4}, ONLY_OUT(ARP, A)},
	{"ARP reply from a guarded address",
	 {.type = ARP, .from = A4, .protocol = 2},
	 ONLY_OUT(ARP, A)},
	{"ARP reply to a guarded address", {.type = ARP, .to = A4, .protocol = 2}, NEITHER},
	{"ARP probe", {.type = ARP, .from = "0.0.0.0", .to = A4, .dest = mac_all}, ONLY_IN(ARP, A)},
	{"GARP", {.type = ARP, .from = A4, .to = A4, .dest = mac_all}, ONLY_OUT(ARP, A)},
	{"GARP as a reply", {.type = ARP, .from = A4, .to = A4, .protocol = 2}, ONLY_OUT(ARP, A)},
	{"ARP request for the other's address by a guarded one",
	 {.type = ARP, .from = A4, .to = B4},
	 {{KIND(ARP, B)}, {KIND(ARP, A)}}},
	{"GARP of the other router", {.type = ARP, .from = B4, .to = B4}, ONLY_OUT(ARP, B)},
	{"ARP in a VLAN tag", {.type = ARP, .to = A4, TAGGED(0x8100)}, ONLY_IN(ARP, A)},
	{"ARP of others", {.type = ARP}, NEITHER},
	{"ARP with other lengths", {.type = ARP, .to = A4, .protocol_length = 5}, NEITHER},
	{"ARP cut before its target", {.type = ARP, .to = A4, .cut_to = 14 + 27}, NEITHER},

	{"IPv6 UDP to a guarded address", {.type = IP6, .to = A6}, ONLY_IN(IP, A)},
	{"IPv6 TCP from a guarded address",
	 {.type = IP6, .from = A6, .protocol = 6},
	 ONLY_OUT(IP, A)},
	{"IPv6 from a guarded link-local address", {.type = IP6, .from = L6}, ONLY_OUT(IP, A)},
	{"IPv6 to the other router's address", {.type = IP6, .to = B6}, ONLY_IN(IP, B)},
	{"IPv6 behind extension headers", {.type = IP6, .to = A6, .chain = "HD"}, ONLY_IN(IP, A)},
	{"IPv6 fragment", {.type = IP6, .from = A6, .chain = "F"}, ONLY_OUT(IP, A)},
	{"IPv6 ICMP echo to a guarded address",
	 {.type = IP6, .to = A6, .protocol = 58},
	 ONLY_IN(IP, A)},
	{"IPv6 ICMP of others", {.type = IP6, .protocol = 58}, NEITHER},
	{"IPv6 of others", {.type = IP6, .protocol = 6}, NEITHER},
	{"IPv6, IPv4-compatible form of a guarded IPv4 address",
	 {.type = IP6, .to = "c000:25d::"},
	 NEITHER},
	{"IPv6 in a VLAN tag", {.type = IP6, .to = A6, TAGGED(0x8100)}, ONLY_IN(IP, A)},
	{"IPv6 header cut before its destination",
	 {.type = IP6, .to = A6, TAGGED(0x8100), .cut_to = 18 + 39},
	 NEITHER},

	{"ND solicitation of a guarded address",
	 {.type = ND, .to = "ff02::1:ff00:93", .target = A6},
	 ONLY_IN(ND, A)},
	{"ND solicitation for DAD",
	 {.type = ND, .from = "::", .to = "ff02::1:ff00:93", .target = A6},
	 BOTH(ND, A)},
	{"ND advertisement of a guarded address",
	 {.type = ND, .protocol = 136, .to = "ff02::1", .target = A6},
	 ONLY_OUT(ND, A)},
	{"ND advertisement from a guarded address",
	 {.type = ND, .protocol = 136, .from = A6, .target = A6},
	 ONLY_OUT(IP, A)},
	{"ND solicitation by a guarded address", {.type = ND, .from = L6}, ONLY_OUT(IP, A)},
	{"ND of the other router", {.type = ND, .protocol = 136, .target = B6}, ONLY_OUT(ND, B)},
	{"ND behind a hop-by-hop header", {.type = ND, .target = A6, .chain = "H"}, ONLY_IN(ND, A)},
	{"ND behind six extension headers",
	 {.type = ND, .target = A6, .chain = "HDRDfD"},
	 ONLY_IN(ND, A)},
	{"ND behind seven: no host sends that",
	 {.type = ND, .target = A6, .chain = "HDRDfDD"},
	 NEITHER},
	{"ND in a later fragment: none", {.type = ND, .target = A6, .chain = "F"}, NEITHER},
	{"ND behind ESP: not readable", {.type = ND, .target = A6, .chain = "E"}, NEITHER},
	{"ND in a VLAN tag", {.type = ND, .target = A6, TAGGED(0x8100)}, ONLY_IN(ND, A)},
	{"ND of others", {.type = ND}, NEITHER},
	{"ND redirect that names it: not an answer",
	 {.type = ND, .protocol = 137, .target = A6},
	 NEITHER},
	{"ND cut within its target", {.type = ND, .target = A6, .cut_to = 14 + 40 + 23}, NEITHER},

	{"ND advertisement to a guarded address",
	 {.type = ND, .protocol = 136, .to = A6},
	 ONLY_IN(IP, A)},
	{"ND solicitation for DAD behind a hop-by-hop header",
	 {.type = ND, .from = "::", .target = A6, .chain = "H"},
	 BOTH(ND, A)},
	{"ND advertisement behind a hop-by-hop header",
	 {.type = ND, .protocol = 136, .target = A6, .chain = "H"},
	 ONLY_OUT(ND, A)},

	{"any frame from a guarded MAC", {.type = OTHER, .source = mac_a}, ONLY_OUT(MAC, A)},
	{"any frame to a guarded MAC", {.type = OTHER, .dest = mac_a}, ONLY_IN(MAC, A)},
	{"IPv4 of others from a guarded MAC", IP(.source = mac_a), ONLY_OUT(MAC, A)},
	{"IPv4 of others to a guarded MAC", IP(.dest = mac_a), ONLY_IN(MAC, A)},
	{"IPv6 of others from a guarded MAC", {.type = IP6, .source = mac_a}, ONLY_OUT(MAC, A)},
	{"ARP of others from a guarded MAC", {.type = ARP, .source = mac_a}, ONLY_OUT(MAC, A)},
	{"VLAN-tagged from a guarded MAC",
	 {.type = OTHER, .source = mac_a, TAGGED(0x8100)},
	 ONLY_OUT(MAC, A)},
	{"another ethertype of others", {.type = OTHER}, NEITHER},
};

/* What comes in while A has a lease, and accepts nothing for its addresses. B accepts. */
struct refuse_row {
	const char *desc;
	struct spec frame;
	bool refused;
};

static const struct refuse_row refusals[] = {
	{"IPv4 UDP to it", IP(.to = A4), true},
	{"IPv4 TCP to it", IP(.to = A4, .protocol = 6), true},
	{"IPv4 ICMP to it", IP(.to = A4, .protocol = 1), true},
	{"IPv4 to it by its own MAC", IP(.to = A4, .dest = mac_a), true},
	{"IPv4 first fragment to it", IP(.to = A4, .fragment = 0x2000), true},
	{"IPv4 later fragment to it", IP(.to = A4, .fragment = 0x0010), true},
	{"IPv4 to it in a VLAN tag", IP(.to = A4, TAGGED(0x8100)), true},
	{"IPv4 to it from itself", IP(.from = A4, .to = A4), true},
	{"IPv4 from it", IP(.from = A4), false},
	{"IPv4 from it to the other router", IP(.from = A4, .to = B4), false},
	{"IPv4 to the other router, which accepts", IP(.to = B4), false},
	{"IPv4 that is forwarded: to its MAC", IP(.dest = mac_a), false},
	{"IPv4 of others", IP(.protocol = 6), false},
	{"ARP request for it", {.type = ARP, .to = A4}, false},
	{"ARP reply to it", {.type = ARP, .to = A4, .protocol = 2}, false},

	{"IPv6 UDP to it", {.type = IP6, .to = A6}, true},
	{"IPv6 to its link-local address", {.type = IP6, .to = L6, .protocol = 6}, true},
	{"IPv6 ICMP echo to it", {.type = IP6, .to = A6, .protocol = 58}, true},
	{"IPv6 to it behind extension headers", {.type = IP6, .to = A6, .chain = "HD"}, true},
	{"IPv6 fragment to it", {.type = IP6, .to = A6, .chain = "F"}, true},
	{"IPv6 to it in a VLAN tag", {.type = IP6, .to = A6, TAGGED(0x8100)}, true},
	{"IPv6 from it", {.type = IP6, .from = A6}, false},
	{"IPv6 to the other router, which accepts", {.type = IP6, .to = B6}, false},
	{"IPv6 that is forwarded: to its MAC", {.type = IP6, .dest = mac_a}, false},
	{"ND solicitation of it", {.type = ND, .to = "ff02::1:ff00:93", .target = A6}, false},
	{"ND solicitation of it, by unicast", {.type = ND, .to = A6, .target = A6}, false},
	{"ND advertisement to it", {.type = ND, .protocol = 136, .to = A6}, false},
	{"ND to its link-local address", {.type = ND, .to = L6, .target = L6}, false},
	{"ND to it behind a hop-by-hop header", {.type = ND, .to = A6, .chain = "H"}, false},
	{"ND to it in a VLAN tag", {.type = ND, .to = A6, TAGGED(0x8100)}, false},
	{"ND redirect to it", {.type = ND, .protocol = 137, .to = A6}, true},
	{"router advertisement to it", {.type = ND, .protocol = 134, .to = A6}, true},
	{"ND to it behind seven extension headers",
	 {.type = ND, .to = A6, .chain = "HDRDfDD"},
	 true},
	{"ND to it in a later fragment: none", {.type = ND, .to = A6, .chain = "F"}, true},
	{"ND to it, cut within its target",
	 {.type = ND, .to = A6, .target = A6, .cut_to = 14 + 40 + 23},
	 true},

	{"any frame to its MAC", {.type = OTHER, .dest = mac_a}, false},
};

/* ---- what another host claims of A's while A has the lease: counted once a frame, and let in
 * -----
 */

struct rival_row {
	const char *desc;
	struct spec frame;
	uint64_t counted;
};

#define ND_TELLS .type = ND, .protocol = 136, .to = "ff02::1", .target = A6

static const struct rival_row rivals[] = {
	{"a frame from its MAC", {.type = OTHER, .source = mac_a}, 1},
	{"IPv4 from its address", IP(.from = A4), 1},
	{"IPv4 from both", IP(.from = A4, .source = mac_a), 1},
	{"ARP request from its address", {.type = ARP, .from = A4}, 1},
	{"ARP announcement of it", {.type = ARP, .from = A4, .to = A4}, 1},
	{"ARP reply for it", {.type = ARP, .protocol = 2, .from = A4}, 1},
	{"ARP reply for it in a VLAN tag", {.type = ARP, .from = A4, TAGGED(0x8100)}, 1},
	{"ARP request for it", {.type = ARP, .to = A4}, 0},
	{"ARP probe of it", {.type = ARP, .from = "0.0.0.0", .to = A4}, 0},
	{"IPv6 from its address", {.type = IP6, .from = A6}, 1},
	{"ND advertisement of it from another address", {ND_TELLS}, 1},
	{"ND advertisement of it from its address", {ND_TELLS, .from = A6}, 1},
	{"ND advertisement of it from its MAC", {ND_TELLS, .source = mac_a}, 1},
	{"ND advertisement of it behind a hop-by-hop header", {ND_TELLS, .chain = "H"}, 1},
	{"ND advertisement of it in a VLAN tag", {ND_TELLS, TAGGED(0x8100)}, 1},
	{"ND advertisement of it in a later fragment: none", {ND_TELLS, .chain = "F"}, 0},
	{"ND advertisement of another", {.type = ND, .protocol = 136, .to = "ff02::1"}, 0},
	{"ND solicitation of it", {.type = ND, .to = "ff02::1:ff00:93", .target = A6}, 0},
	{"ND solicitation of it from its MAC", {.type = ND, .source = mac_a, .target = A6}, 1},
	{"DAD for it", {.type = ND, .from = "::", .to = "ff02::1:ff00:93", .target = A6}, 0},
	{"others' frames", IP(.protocol = 6), 0},
};

/* ---- other interfaces: what goes out, with guards of any interface ----
 */

enum other_rule { NO_CLAIM, WITH_LEASE, NEVER };

struct other_row {
	const char *desc;
	struct spec frame;
	int kind;              /* enum vrrp_fenced_kind + 1; of A */
	enum other_rule other; /* may it leave an interface that the configuration does not name? */
};

static const struct other_row others[] = {
	{"ARP reply for it", {.type = ARP, .from = A4, .protocol = 2}, KIND_OF(ARP), NEVER},
	{"ARP request from it", {.type = ARP, .from = A4}, KIND_OF(ARP), NEVER},
	{"GARP", {.type = ARP, .from = A4, .to = A4, .dest = mac_all}, KIND_OF(ARP), NEVER},
	{"ARP reply in a VLAN tag",
	 {.type = ARP, .from = A4, .protocol = 2, TAGGED(0x8100)},
	 KIND_OF(ARP),
	 NEVER},
	{"ARP request for it", {.type = ARP, .to = A4}, FREE, NO_CLAIM},
	{"ARP of others", {.type = ARP}, FREE, NO_CLAIM},
	{"IPv4 from it", IP(.from = A4), KIND_OF(IP), WITH_LEASE},
	{"IPv4 to it", IP(.to = A4), FREE, NO_CLAIM},
	{"IPv4 of others", IP(.protocol = 6), FREE, NO_CLAIM},
	{"IPv6 from it", {.type = IP6, .from = A6}, KIND_OF(IP), WITH_LEASE},
	{"IPv6 to it", {.type = IP6, .to = A6}, FREE, NO_CLAIM},
	{"IPv6 of others", {.type = IP6, .protocol = 6}, FREE, NO_CLAIM},
	{"ND advertisement of it",
	 {.type = ND, .protocol = 136, .to = "ff02::1", .target = A6},
	 KIND_OF(ND),
	 NEVER},
	{"DAD for it", {.type = ND, .from = "::", .target = A6}, KIND_OF(ND), NEVER},
	{"ND solicitation of it", {.type = ND, .target = A6}, FREE, NO_CLAIM},
	{"ND advertisement of another", {.type = ND, .protocol = 136}, FREE, NO_CLAIM},
	{"any frame from its MAC", {.type = OTHER, .source = mac_a}, FREE, NO_CLAIM},
};

/* What comes in by another interface while A has a lease and accepts nothing. The loopback's MAC is
 * zero. */
static const uint8_t mac_lo[6];

static const struct refuse_row other_refusals[] = {
	{"IPv4 to it", IP(.to = A4, .dest = mac_lo), true},
	{"IPv4 to it in a VLAN tag", IP(.to = A4, .dest = mac_lo, TAGGED(0x8100)), true},
	{"IPv4 to it, for another host's MAC: it is bridged", IP(.to = A4), false},
	{"IPv4 from it", IP(.from = A4, .dest = mac_lo), false},
	{"IPv4 of others", IP(.dest = mac_lo), false},
	{"ARP request for it", {.type = ARP, .to = A4, .dest = mac_all}, false},
	{"IPv6 to it", {.type = IP6, .to = A6, .dest = mac_lo}, true},
	{"ND solicitation of it, by unicast",
	 {.type = ND, .to = A6, .target = A6, .dest = mac_lo},
	 false},
	{"ND advertisement of it",
	 {.type = ND, .protocol = 136, .target = A6, .dest = mac_lo},
	 false},
};

#endif
