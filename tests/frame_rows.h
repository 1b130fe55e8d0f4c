/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One table of frames and what must be said of them, for the checks on the host (test_check) and
 * for the program in the kernel (test_heartbeat): the same lines must give the same answers.
 *
 * Each row is looked at twice: by the rules of an instance (`ours`), and as a frame of nobody's
 * (`foreign`, where VALID stands for sound).
 */
#ifndef TESTS_FRAME_ROWS_H
#define TESTS_FRAME_ROWS_H

#include "frames.h"
#include "vrrp_timers.h"

struct row_rules {
	int version;      /* the frame's, where that is 2 or 3 */
	int auth_type;    /* 0 */
	const char *auth; /* at most 8 characters */
	int checksum;     /* AUTO */
	int interval_cs;  /* 100 */
	bool unicast;     /* own address 10.99.0.2 or fe80::2, peer 10.99.0.1 or fe80::1 */
	int min_ttl;      /* 255 */
	const char *own;  /* as above. FRAME_UNKNOWN: not known yet */
	const char *peer; /* as above */
	int peers;        /* 1; more: the one above is the last, the others do not matter */
	bool lenient;     /* the first IPv6 address need not be link-local */
	int addresses;    /* the list that we advertise; 0: not compared */
};

#define FRAME_UNKNOWN ""

struct frame_row {
	const char *desc;
	struct frame_spec frame;
	struct row_rules rules;
	enum vrrp_verdict ours, foreign;
	bool unattributed;       /* no VRID to be read: counted at the interface either way */
	bool inferior;           /* valid, and discarded by a preempting BACKUP of priority 100 */
	int notes;               /* bits ADDRESS_LIST, INTERVAL_LEARNED */
	enum vrrp_checksum form; /* the one that held */
};

static inline uint64_t row_mix(const struct vrrp_addr *addr)
{
	uint32_t w[4];

	for (int i = 0; i < 4; i++)
		w[i] = (uint32_t)frame_get16(addr->b + 4 * i) << 16 |
		       frame_get16(addr->b + 4 * i + 2);
	return vrrp_address_mix(w[0], w[1], w[2], w[3]);
}

static inline uint64_t row_digest(int family, int count)
{
	uint64_t digest = 0;

	for (int i = 0; i < count; i++) {
		struct vrrp_addr addr = frame_listed(family, i);

		digest += row_mix(&addr);
	}
	return digest;
}

/* Of what the row's sender advertises. */
static inline uint64_t row_sent_digest(const struct frame_row *row)
{
	uint64_t digest = 0;

	for (int i = 0; i < frame_value(row->frame.count, 1); i++) {
		struct vrrp_addr addr = frame_sent(&row->frame, i);

		digest += row_mix(&addr);
	}
	return digest;
}

/* What the row says, as the program reads it. */
static inline void row_rules(const struct frame_row *row, struct vrrp_rules *ret_rules,
			     struct vrrp_peers *ret_peers, struct vrrp_addr *ret_own)
{
	const struct row_rules *from = &row->rules;
	int family = frame_value(row->frame.family, 4);
	int version = frame_value(row->frame.version, 3);
	int peers = from->unicast ? frame_value(from->peers, 1) : 0;
	const char *own = from->own ? from->own : family == 4 ? "10.99.0.2" : "fe80::2";
	const char *peer = from->peer ? from->peer : family == 4 ? "10.99.0.1" : "fe80::1";
	struct vrrp_rules rules = {
		.family = family,
		.version = frame_value(from->version, version == 2 ? 2 : 3),
		.vrid = frame_value(row->frame.vrid, 55),
		.priority = 100,
		.flags = VRRP_RULE_PREEMPT | (from->unicast ? VRRP_RULE_UNICAST : 0) |
			 (from->lenient ? VRRP_RULE_LENIENT : 0),
		.min_ttl = frame_value(from->min_ttl, 255),
		.auth_type = from->auth_type,
		.checksum = from->checksum,
		.interval_cs = frame_value(from->interval_cs, 100),
		.peer_count = peers,
		.address_count = from->addresses,
		.address_digest = row_digest(family, from->addresses),
	};

	if (from->auth)
		memcpy(rules.auth_data, from->auth, strnlen(from->auth, 8));
	memset(ret_peers, 0, sizeof(*ret_peers));
	for (int i = 0; i < peers; i++)
		ret_peers->addr[i] = frame_addr(family, i == peers - 1 ? peer
							: family == 4  ? "10.99.9.9"
								       : "fe80::9:9");
	*ret_rules = rules;
	memset(ret_own, 0, sizeof(*ret_own));
	if (*own)
		*ret_own = frame_addr(family, own);
}

#define V(name)    VRRP_VERDICT_##name
#define SAME(name) .ours = V(name), .foreign = V(name)
#define FORM(x)    VRRP_CHECKSUM_##x
#define NOTE(name) (1 << VRRP_NOTE_##name)
#define V2         .version = 2
#define IP6        .family = 6
#define UNICAST4   .destination = "10.99.0.2"
#define UNICAST6   .destination = "fe80::2"

static const struct frame_row frame_rows[] = {
	/* Sound ones. */
	{.desc = "v3 IPv4, checksum with pseudo-header", SAME(VALID), .form = FORM(RFC5798)},
	{.desc = "v3 IPv4, checksum of the message alone",
	 {.checksum = VRRP_CHECKSUM_RFC9568},
	 SAME(VALID),
	 .form = FORM(RFC9568)},
	{.desc = "v3 IPv6", {IP6}, SAME(VALID)},
	{.desc = "v2 IPv4, no authentication", {V2}, SAME(VALID)},
	{.desc = "v2 IPv4, password",
	 {V2, .auth_type = 1, .auth = "s3cret"},
	 {.auth_type = 1, .auth = "s3cret"},
	 SAME(VALID)},
	{.desc = "v2 IPv4, password of 8 characters",
	 {V2, .auth_type = 1, .auth = "12345678"},
	 {.auth_type = 1, .auth = "12345678"},
	 SAME(VALID)},
	{.desc = "v2, no authentication, but data in its 8 bytes",
	 {V2, .auth = "anything"},
	 SAME(VALID)},
	{.desc = "v2 without an address", {V2, .count = FRAME_ZERO}, SAME(VALID)},
	{.desc = "v3, priority 0", {.priority = FRAME_ZERO}, SAME(VALID), .form = FORM(RFC5798)},
	{.desc = "v2, priority 0", {V2, .priority = FRAME_ZERO}, SAME(VALID)},
	{.desc = "v3 IPv6, priority 0", {IP6, .priority = FRAME_ZERO}, SAME(VALID)},
	{.desc = "v3, priority 255", {.priority = 255}, SAME(VALID), .form = FORM(RFC5798)},
	{.desc = "v3, priority 1: inferior",
	 {.priority = 1},
	 SAME(VALID),
	 .inferior = true,
	 .form = FORM(RFC5798)},
	{.desc = "v2, priority 99: inferior", {V2, .priority = 99}, SAME(VALID), .inferior = true},
	{.desc = "v3, VRID 1", {.vrid = 1}, SAME(VALID), .form = FORM(RFC5798)},
	{.desc = "v3 IPv6, VRID 255", {IP6, .vrid = 255}, SAME(VALID)},
	{.desc = "v3 IPv4, 20 addresses", {.count = 20}, SAME(VALID), .form = FORM(RFC5798)},
	{.desc = "v3 IPv4, 255 addresses", {.count = 255}, SAME(VALID), .form = FORM(RFC5798)},
	{.desc = "v2 IPv4, 255 addresses", {V2, .count = 255}, SAME(VALID)},
	{.desc = "v3 IPv6, 20 addresses", {IP6, .count = 20}, SAME(VALID)},
	{.desc = "v3 IPv6, 80 addresses", {IP6, .count = 80}, SAME(VALID)},
	{.desc = "v3, reserved bits set: ignored",
	 {.reserved = 0xf},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "v3, our list of addresses",
	 {.count = 3},
	 {.addresses = 3},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "v3 IPv6, our list of addresses",
	 {IP6, .count = 3},
	 {.addresses = 3},
	 SAME(VALID)},
	{.desc = "v3, other addresses than ours: a note, no reject",
	 {.count = 2},
	 {.addresses = 3},
	 SAME(VALID),
	 .notes = NOTE(ADDRESS_LIST),
	 .form = FORM(RFC5798)},
	{.desc = "v3 IPv6, other addresses than ours",
	 {IP6, .count = 3},
	 {.addresses = 2},
	 SAME(VALID),
	 .notes = NOTE(ADDRESS_LIST)},
	{.desc = "v2, other addresses than ours",
	 {V2, .count = FRAME_ZERO},
	 {.addresses = 1},
	 SAME(VALID),
	 .notes = NOTE(ADDRESS_LIST)},

	/* Ethernet and IP around them. */
	{.desc = "v3 IPv4, padded to 60", {.pad_to = 60}, SAME(VALID), .form = FORM(RFC5798)},
	{.desc = "v2 IPv4, padded to 60", {V2, .pad_to = 60}, SAME(VALID)},
	{.desc = "v3 IPv6, with an Ethernet trailer", {IP6, .pad_to = 128}, SAME(VALID)},
	{.desc = "v3 IPv4, 4 bytes of IP options",
	 {.ip_options = 4},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "v3 IPv4, 40 bytes of IP options",
	 {.ip_options = 40},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "v2 IPv4, IP options and padding",
	 {V2, .ip_options = 8, .pad_to = 80},
	 SAME(VALID)},
	{.desc = "v3 IPv4, do not fragment",
	 {.fragment = 0x4000},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "v3 IPv4, longer than its fields say",
	 {.trailer = 12},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "v3 IPv4, with a 28-byte trailer",
	 {.trailer = 28},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "v2 IPv4, with a 28-byte trailer", {V2, .trailer = 28}, SAME(VALID)},
	{.desc = "v3 IPv6, trailer outside of the checksum", {IP6, .trailer = 28}, SAME(VALID)},
	{.desc = "v3 IPv6, trailer within the checksum",
	 {IP6, .trailer = 28, .trailer_summed = true},
	 SAME(VALID)},
	{.desc = "v3 IPv6, behind a hop-by-hop header", {IP6, .chain = "H"}, SAME(VALID)},
	{.desc = "v3 IPv6, behind destination options of 32 bytes",
	 {IP6, .chain = "D3"},
	 SAME(VALID)},
	{.desc = "v3 IPv6, behind five extension headers", {IP6, .chain = "HDRD2D"}, SAME(VALID)},
	{.desc = "v3 IPv6, behind a fragment header that is first and last",
	 {IP6, .chain = "F"},
	 SAME(VALID)},

	/* Not VRRP: untouched and not counted. */
	{.desc = "TCP over IPv4", {.protocol = 6}, SAME(NOT_VRRP), .unattributed = true},
	{.desc = "UDP over IPv6", {IP6, .protocol = 17}, SAME(NOT_VRRP), .unattributed = true},
	{.desc = "UDP behind a hop-by-hop header",
	 {IP6, .protocol = 17, .chain = "H"},
	 SAME(NOT_VRRP),
	 .unattributed = true},
	{.desc = "AH of another protocol",
	 {V2, .protocol = 51},
	 SAME(NOT_VRRP),
	 .unattributed = true},
	{.desc = "ARP", {.ethertype = 0x0806}, SAME(NOT_VRRP), .unattributed = true},
	{.desc = "a tag of another VLAN",
	 {.tags = 1, .vid = 7},
	 SAME(NOT_VRRP),
	 .unattributed = true},
	{.desc = "a priority tag", {.tags = 1}, SAME(VALID), .form = FORM(RFC5798)},
	{.desc = "a priority tag, IPv6", {IP6, .tags = 1}, SAME(VALID)},
	{.desc = "a priority tag, version 2", {V2, .tags = 1}, SAME(VALID)},
	{.desc = "a priority tag of 802.1ad",
	 {.tags = 1, .tag_type = 0x88a8},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "a priority tag, IP options, a long list",
	 {.tags = 1, .ip_options = 40, .count = 20},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "a priority tag, IPv6 extensions", {IP6, .tags = 1, .chain = "HD"}, SAME(VALID)},
	{.desc = "a priority tag, cut behind it", {.tags = 1, .cut_to = 4}, SAME(TRUNCATED)},
	{.desc = "a priority tag, and then another VLAN",
	 {.tags = 2, .vid = 7},
	 SAME(NOT_VRRP),
	 .unattributed = true},
	{.desc = "two priority tags", {.tags = 2}, SAME(NOT_VRRP), .unattributed = true},
	{.desc = "a priority tag, another protocol",
	 {.tags = 1, .protocol = 89},
	 SAME(NOT_VRRP),
	 .unattributed = true},
	{.desc = "IPv4 by its EtherType, not by its version",
	 {.ip_version = 6},
	 SAME(NOT_VRRP),
	 .unattributed = true},
	{.desc = "IPv6 by its EtherType, not by its version",
	 {IP6, .ip_version = 4},
	 SAME(NOT_VRRP),
	 .unattributed = true},
	{.desc = "more extension headers than the walk goes",
	 {IP6, .chain = "DDDDDDD"},
	 SAME(NOT_VRRP),
	 .unattributed = true},

	/* Fragments. */
	{.desc = "IPv4, first fragment", {.fragment = 0x2000}, SAME(FRAGMENT)},
	{.desc = "IPv4, first fragment, which ends with the header",
	 {.fragment = 0x2000, .cut_to = FRAME_ZERO},
	 SAME(FRAGMENT),
	 .unattributed = true},
	{.desc = "v2 IPv4, first fragment", {V2, .fragment = 0x2000}, SAME(FRAGMENT)},
	{.desc = "IPv4, later fragment",
	 {.fragment = 0x2001},
	 SAME(FRAGMENT),
	 .unattributed = true},
	{.desc = "IPv4, last fragment", {.fragment = 0x0001}, SAME(FRAGMENT), .unattributed = true},
	{.desc = "IPv4, first fragment, cut before the VRID",
	 {.fragment = 0x2000, .cut_to = 1},
	 SAME(FRAGMENT),
	 .unattributed = true},
	{.desc = "IPv6, first fragment", {IP6, .chain = "F", .fragment = 0x0001}, SAME(FRAGMENT)},
	{.desc = "IPv6, first fragment behind options",
	 {IP6, .chain = "HF", .fragment = 0x0001},
	 SAME(FRAGMENT)},
	{.desc = "IPv6, later fragment",
	 {IP6, .chain = "F", .fragment = 0x0009},
	 SAME(FRAGMENT),
	 .unattributed = true},
	{.desc = "IPv6, last fragment",
	 {IP6, .chain = "F", .fragment = 0x0008},
	 SAME(FRAGMENT),
	 .unattributed = true},

	/* Lengths. */
	{.desc = "the frame ends before the VRID",
	 {.cut_to = 1},
	 SAME(TRUNCATED),
	 .unattributed = true},
	{.desc = "the frame ends with the IP header",
	 {.cut_to = FRAME_ZERO},
	 SAME(TRUNCATED),
	 .unattributed = true},
	{.desc = "the frame ends behind the VRID", {.cut_to = 2}, SAME(TRUNCATED)},
	{.desc = "the frame ends within the fixed part", {.cut_to = 7}, SAME(TRUNCATED)},
	{.desc = "the frame ends within the addresses",
	 {.count = 2, .cut_to = 12},
	 SAME(TRUNCATED)},
	{.desc = "IPv6, the frame ends within the fixed part", {IP6, .cut_to = 7}, SAME(TRUNCATED)},
	{.desc = "IPv6, the frame ends within the addresses", {IP6, .cut_to = 23}, SAME(TRUNCATED)},
	{.desc = "v2, the frame ends within the authentication data",
	 {V2, .cut_to = 19},
	 SAME(TRUNCATED)},
	{.desc = "the IP length ends within the fixed part",
	 {.ip_length_error = -5},
	 SAME(TRUNCATED)},
	{.desc = "the IP length ends within the addresses",
	 {.ip_length_error = -1},
	 SAME(TRUNCATED)},
	{.desc = "v2, the IP length ends within the authentication data",
	 {V2, .ip_length_error = -1},
	 SAME(TRUNCATED)},
	{.desc = "v2, the IP length leaves the authentication data out, padded",
	 {V2, .ip_length_error = -8, .pad_to = 60},
	 SAME(TRUNCATED)},
	{.desc = "IPv6, the payload length ends within the addresses",
	 {IP6, .ip_length_error = -1},
	 SAME(TRUNCATED)},
	{.desc = "the IP length is beyond the frame", {.ip_length_error = 1}, SAME(TRUNCATED)},
	{.desc = "IPv6, the payload length is beyond the frame",
	 {IP6, .ip_length_error = 1},
	 SAME(TRUNCATED)},
	{.desc = "the IP length is less than its header",
	 {.ip_length_error = -20},
	 SAME(TRUNCATED),
	 .unattributed = true},
	{.desc = "the IP length ends before the VRID",
	 {.ip_length_error = -11},
	 SAME(TRUNCATED),
	 .unattributed = true},
	{.desc = "IPv6, the payload length is zero",
	 {IP6, .ip_length_error = -24},
	 SAME(TRUNCATED),
	 .unattributed = true},
	{.desc = "an IPv4 header of 16 bytes", {.ihl = 4}, SAME(TRUNCATED), .unattributed = true},
	{.desc = "an IPv4 header longer than the frame",
	 {.ihl = 15},
	 SAME(TRUNCATED),
	 .unattributed = true},
	{.desc = "v3, more addresses in the header than there are",
	 {.count_field = 2},
	 SAME(TRUNCATED)},
	{.desc = "v2, more addresses in the header than there are",
	 {V2, .count_field = 2},
	 SAME(TRUNCATED)},
	{.desc = "v3 IPv6, 255 addresses in the header, 1 there",
	 {IP6, .count_field = 255},
	 SAME(TRUNCATED)},
	{.desc = "more addresses than there are, though padded",
	 {.count_field = 2, .pad_to = 80},
	 SAME(TRUNCATED)},
	{.desc = "CARP's look: v2, 7 addresses, 36 bytes, no authentication data",
	 {V2, .count = 7, .ip_length_error = -8, .pad_to = 80},
	 SAME(CARP)},
	{.desc = "7 addresses and 4 bytes of authentication data: not CARP",
	 {V2, .count = 7, .ip_length_error = -4, .pad_to = 80},
	 SAME(TRUNCATED)},
	{.desc = "v3, 7 addresses of 9, 36 bytes: not CARP",
	 {.count = 7, .count_field = 9, .pad_to = 80},
	 SAME(TRUNCATED)},
	{.desc = "v2, another type, CARP's length",
	 {V2, .type = 2, .count = 7, .ip_length_error = -8, .pad_to = 80},
	 SAME(TRUNCATED)},

	/* AH: recognised, and passed on. */
	{.desc = "v2 inside of AH (authentication type 2)",
	 {V2, .ah = true, .auth_type = 2},
	 SAME(AH)},
	{.desc = "inside of AH, IP options before it", {V2, .ah = true, .ip_options = 8}, SAME(AH)},
	{.desc = "inside of AH, behind a priority tag", {V2, .ah = true, .tags = 1}, SAME(AH)},
	{.desc = "inside of AH, of which the IP length cuts off the message",
	 {V2, .ah = true, .count = FRAME_ZERO, .ip_length_error = -16},
	 SAME(NOT_VRRP),
	 .unattributed = true},
	{.desc = "inside of AH, a later fragment",
	 {V2, .ah = true, .fragment = 1},
	 SAME(NOT_VRRP),
	 .unattributed = true},

	/* The IPv4 header, which the stack would have checked. */
	{.desc = "the IP header's checksum is wrong", {.ip_sum_error = 1}, SAME(IP_SUM)},
	{.desc = "the same, with IP options",
	 {.ip_options = 40, .ip_sum_error = 0x8000},
	 SAME(IP_SUM)},
	{.desc = "v2, the IP header's checksum is wrong",
	 {V2, .ip_sum_error = 0x0100},
	 SAME(IP_SUM)},
	{.desc = "the reserved flag is set", {.fragment = 0x8000}, SAME(IP_FLAGS)},
	{.desc = "the reserved flag, and not to be fragmented",
	 {.fragment = 0xc000},
	 SAME(IP_FLAGS)},

	/* Sources that no host can have. */
	{.desc = "from 0.0.0.0", {.source = "0.0.0.0"}, SAME(SOURCE)},
	{.desc = "from 0.1.2.3", {.source = "0.1.2.3"}, SAME(SOURCE)},
	{.desc = "from 127.0.0.1", {.source = "127.0.0.1"}, SAME(SOURCE)},
	{.desc = "from 224.0.0.18", {.source = "224.0.0.18"}, SAME(SOURCE)},
	{.desc = "from 239.255.255.255", {.source = "239.255.255.255"}, SAME(SOURCE)},
	{.desc = "from 255.255.255.255", {.source = "255.255.255.255"}, SAME(SOURCE)},
	{.desc = "from 240.0.0.1, which Linux permits",
	 {.source = "240.0.0.1"},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "from 223.255.255.255",
	 {.source = "223.255.255.255"},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "from ::", {IP6, .source = "::"}, SAME(SOURCE)},
	{.desc = "from ::1", {IP6, .source = "::1"}, SAME(SOURCE)},
	{.desc = "from ff02::12", {IP6, .source = "ff02::12"}, SAME(SOURCE)},
	{.desc = "from ::2", {IP6, .source = "::2"}, SAME(VALID)},

	/* The first IPv6 address. */
	{.desc = "IPv6, the first address is not link-local",
	 {IP6, .global_first = true},
	 .ours = V(LINK_LOCAL),
	 .foreign = V(VALID)},
	{.desc = "the same, among others",
	 {IP6, .global_first = true, .count = 20},
	 .ours = V(LINK_LOCAL),
	 .foreign = V(VALID)},
	{.desc = "the same, where that is accepted",
	 {IP6, .global_first = true},
	 {.lenient = true},
	 SAME(VALID)},

	/* TTL and destination, multicast. */
	{.desc = "TTL 254", {.ttl = 254}, SAME(TTL)},
	{.desc = "v2, TTL 1", {V2, .ttl = 1}, SAME(TTL)},
	{.desc = "TTL 0", {.ttl = FRAME_ZERO}, SAME(TTL)},
	{.desc = "IPv6, hop limit 64", {IP6, .ttl = 64}, SAME(TTL)},
	{.desc = "multicast is 255 whatever min-ttl says", {.ttl = 254}, {.min_ttl = 1}, SAME(TTL)},
	{.desc = "to another group", {.destination = "224.0.0.5"}, SAME(DESTINATION)},
	{.desc = "IPv6, to all nodes", {IP6, .destination = "ff02::1"}, SAME(DESTINATION)},
	{.desc = "IPv6, to the group's number in another scope",
	 {IP6, .destination = "ff05::12"},
	 SAME(DESTINATION)},
	{.desc = "unicast to us where the group is expected",
	 {UNICAST4},
	 .ours = V(DESTINATION),
	 .foreign = V(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "IPv6, unicast to us where the group is expected",
	 {IP6, UNICAST6},
	 .ours = V(DESTINATION),
	 .foreign = V(VALID)},
	{.desc = "broadcast",
	 {.destination = "255.255.255.255"},
	 .ours = V(DESTINATION),
	 .foreign = V(VALID)},

	/* Unicast. */
	{.desc = "unicast from a peer",
	 {UNICAST4},
	 {.unicast = true},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "unicast from a peer, the message alone summed",
	 {UNICAST4, .checksum = VRRP_CHECKSUM_RFC9568},
	 {.unicast = true},
	 SAME(VALID),
	 .form = FORM(RFC9568)},
	{.desc = "unicast, the group in the pseudo-header",
	 {UNICAST4, .pseudo_destination = "224.0.0.18"},
	 {.unicast = true},
	 SAME(CHECKSUM)},
	{.desc = "v2 unicast from a peer", {V2, UNICAST4}, {.unicast = true}, SAME(VALID)},
	{.desc = "IPv6 unicast from a peer", {IP6, UNICAST6}, {.unicast = true}, SAME(VALID)},
	{.desc = "IPv6 unicast, hop limit 64 where that is allowed",
	 {IP6, UNICAST6, .ttl = 64},
	 {.unicast = true, .min_ttl = 64},
	 SAME(VALID)},
	{.desc = "IPv6 unicast, hop limit 63 where 64 is allowed",
	 {IP6, UNICAST6, .ttl = 63},
	 {.unicast = true, .min_ttl = 64},
	 .ours = V(TTL),
	 .foreign = V(VALID)},
	{.desc = "unicast, TTL 254 where 255 is wanted",
	 {UNICAST4, .ttl = 254},
	 {.unicast = true},
	 .ours = V(TTL),
	 .foreign = V(VALID)},
	{.desc = "unicast to somebody else",
	 {.destination = "10.99.0.3"},
	 {.unicast = true},
	 .ours = V(DESTINATION),
	 .foreign = V(VALID)},
	{.desc = "unicast, own address not known yet",
	 {.destination = "10.99.0.3"},
	 {.unicast = true, .own = FRAME_UNKNOWN},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "multicast where unicast is expected",
	 {0},
	 {.unicast = true},
	 .ours = V(DESTINATION),
	 .foreign = V(VALID)},
	{.desc = "unicast from a stranger",
	 {UNICAST4, .source = "10.99.0.7"},
	 {.unicast = true},
	 .ours = V(PEER),
	 .foreign = V(VALID)},
	{.desc = "IPv6 unicast from a stranger",
	 {IP6, UNICAST6, .source = "fe80::7"},
	 {.unicast = true},
	 .ours = V(PEER),
	 .foreign = V(VALID)},
	{.desc = "unicast without any peer",
	 {UNICAST4},
	 {.unicast = true, .peers = FRAME_ZERO},
	 .ours = V(PEER),
	 .foreign = V(VALID)},
	{.desc = "unicast from the last of 16 peers",
	 {UNICAST4},
	 {.unicast = true, .peers = 16},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "unicast from our own address",
	 {UNICAST4, .source = "10.99.0.2"},
	 {.unicast = true, .peer = "10.99.0.2"},
	 .ours = V(OWN_SOURCE),
	 .foreign = V(VALID)},

	/* Version and type. */
	{.desc = "version 1", {.version = 1}, SAME(VERSION)},
	{.desc = "version 4", {.version = 4}, SAME(VERSION)},
	{.desc = "version 0", {.version = FRAME_ZERO}, SAME(VERSION)},
	{.desc = "version 15 over IPv6", {IP6, .version = 15}, SAME(VERSION)},
	{.desc = "v2 over IPv6", {IP6, V2}, SAME(VERSION)},
	{.desc = "v2 over IPv6, where v2 is configured", {IP6, V2}, {.version = 2}, SAME(VERSION)},
	{.desc = "v2 where v3 is configured",
	 {V2},
	 {.version = 3},
	 .ours = V(VERSION),
	 .foreign = V(VALID)},
	{.desc = "v3 where v2 is configured",
	 {0},
	 {.version = 2},
	 .ours = V(VERSION),
	 .foreign = V(VALID)},
	{.desc = "type 2", {.type = 2}, SAME(TYPE)},
	{.desc = "v2, type 0", {V2, .type = FRAME_ZERO}, SAME(TYPE)},
	{.desc = "IPv6, type 15", {IP6, .type = 15}, SAME(TYPE)},

	/* Own address. */
	{.desc = "our own address as source",
	 {.source = "10.99.0.2"},
	 .ours = V(OWN_SOURCE),
	 .foreign = V(VALID)},
	{.desc = "v2, our own address as source",
	 {V2, .source = "10.99.0.2"},
	 .ours = V(OWN_SOURCE),
	 .foreign = V(VALID)},
	{.desc = "IPv6, our own address as source",
	 {IP6, .source = "fe80::2"},
	 .ours = V(OWN_SOURCE),
	 .foreign = V(VALID)},
	{.desc = "own address not known yet",
	 {.source = "10.99.0.2"},
	 {.own = FRAME_UNKNOWN},
	 SAME(VALID),
	 .form = FORM(RFC5798)},

	/* Addresses, authentication, interval. */
	{.desc = "v3 without an address", {.count = FRAME_ZERO}, SAME(ADDRESS_COUNT)},
	{.desc = "v3 IPv6 without an address", {IP6, .count = FRAME_ZERO}, SAME(ADDRESS_COUNT)},
	{.desc = "v2 password where none is configured",
	 {V2, .auth_type = 1, .auth = "s3cret"},
	 .ours = V(AUTH_TYPE),
	 .foreign = V(VALID)},
	{.desc = "v2 no authentication where a password is configured",
	 {V2},
	 {.auth_type = 1, .auth = "s3cret"},
	 .ours = V(AUTH_TYPE),
	 .foreign = V(VALID)},
	{.desc = "v2, the right password under type 0",
	 {V2, .auth = "s3cret"},
	 {.auth_type = 1, .auth = "s3cret"},
	 .ours = V(AUTH_TYPE),
	 .foreign = V(VALID)},
	{.desc = "v2, auth type 2",
	 {V2, .auth_type = 2},
	 .ours = V(AUTH_TYPE),
	 .foreign = V(VALID)},
	{.desc = "v2, wrong password",
	 {V2, .auth_type = 1, .auth = "s3creT"},
	 {.auth_type = 1, .auth = "s3cret"},
	 .ours = V(PASSWORD),
	 .foreign = V(VALID)},
	{.desc = "v2, the password and more",
	 {V2, .auth_type = 1, .auth = "s3cretx"},
	 {.auth_type = 1, .auth = "s3cret"},
	 .ours = V(PASSWORD),
	 .foreign = V(VALID)},
	{.desc = "v2, password wrong in its last byte",
	 {V2, .auth_type = 1, .auth = "12345679"},
	 {.auth_type = 1, .auth = "12345678"},
	 .ours = V(PASSWORD),
	 .foreign = V(VALID)},
	{.desc = "v3, interval 0", {.interval_cs = FRAME_ZERO}, SAME(INTERVAL_ZERO)},
	{.desc = "v3, interval 0 under reserved bits",
	 {.interval_cs = FRAME_ZERO, .reserved = 0xf},
	 SAME(INTERVAL_ZERO)},
	{.desc = "v3 IPv6, interval 0", {IP6, .interval_cs = FRAME_ZERO}, SAME(INTERVAL_ZERO)},
	{.desc = "v2, interval 0", {V2, .interval_cs = FRAME_ZERO}, SAME(INTERVAL_ZERO)},
	{.desc = "v2, another interval",
	 {V2, .interval_cs = 200},
	 .ours = V(INTERVAL_MISMATCH),
	 .foreign = V(VALID)},
	{.desc = "v2, 255 s where that is ours",
	 {V2, .interval_cs = 25500},
	 {.interval_cs = 25500},
	 SAME(VALID)},
	{.desc = "v3, another interval: adopted, with a note",
	 {.interval_cs = 10},
	 SAME(VALID),
	 .notes = NOTE(INTERVAL_LEARNED),
	 .form = FORM(RFC5798)},
	{.desc = "v3 IPv6, 40.95 s: adopted, with a note",
	 {IP6, .interval_cs = 4095},
	 SAME(VALID),
	 .notes = NOTE(INTERVAL_LEARNED)},
	{.desc = "v3, 10 ms where that is ours",
	 {.interval_cs = 1},
	 {.interval_cs = 1},
	 SAME(VALID),
	 .form = FORM(RFC5798)},

	/* Checksums. */
	{.desc = "v3 IPv4, bad checksum", {.checksum_error = 0x0100}, SAME(CHECKSUM)},
	{.desc = "v3 IPv4, bad checksum of the message alone",
	 {.checksum = VRRP_CHECKSUM_RFC9568, .checksum_error = 1},
	 SAME(CHECKSUM)},
	{.desc = "v3 IPv6, bad checksum", {IP6, .checksum_error = 0x8000}, SAME(CHECKSUM)},
	{.desc = "v2, bad checksum", {V2, .checksum_error = 1}, SAME(CHECKSUM)},
	{.desc = "v2, bad checksum, right password",
	 {V2, .auth_type = 1, .auth = "s3cret", .checksum_error = 1},
	 {.auth_type = 1, .auth = "s3cret"},
	 SAME(CHECKSUM)},
	{.desc = "v3 IPv6, trailer, bad checksum",
	 {IP6, .trailer = 28, .checksum_error = 1},
	 SAME(CHECKSUM)},
	{.desc = "v3 IPv6, a tail of 24 bytes within the checksum",
	 {IP6, .trailer = 24, .trailer_summed = true},
	 SAME(CHECKSUM)},
	{.desc = "only RFC 9568's form: that one",
	 {.checksum = VRRP_CHECKSUM_RFC9568},
	 {.checksum = VRRP_CHECKSUM_RFC9568},
	 SAME(VALID),
	 .form = FORM(RFC9568)},
	{.desc = "only RFC 9568's form: the other one",
	 {0},
	 {.checksum = VRRP_CHECKSUM_RFC9568},
	 .ours = V(CHECKSUM),
	 .foreign = V(VALID)},
	{.desc = "only RFC 5798's form: that one",
	 {0},
	 {.checksum = VRRP_CHECKSUM_RFC5798},
	 SAME(VALID),
	 .form = FORM(RFC5798)},
	{.desc = "only RFC 5798's form: the other one",
	 {.checksum = VRRP_CHECKSUM_RFC9568},
	 {.checksum = VRRP_CHECKSUM_RFC5798},
	 .ours = V(CHECKSUM),
	 .foreign = V(VALID)},

	/* Order: the cheaper reason is the one that is said. */
	{.desc = "fragment before length", {.fragment = 0x2000, .cut_to = 3}, SAME(FRAGMENT)},
	{.desc = "length before the IP header's checksum",
	 {.ip_length_error = 1, .ip_sum_error = 1},
	 SAME(TRUNCATED)},
	{.desc = "flags before the IP header's checksum",
	 {.fragment = 0x8000, .ip_sum_error = 1},
	 SAME(IP_FLAGS)},
	{.desc = "the IP header's checksum before source",
	 {.source = "127.0.0.1", .ip_sum_error = 1},
	 SAME(IP_SUM)},
	{.desc = "source before TTL", {.source = "127.0.0.1", .ttl = 1}, SAME(SOURCE)},
	{.desc = "first address before checksum",
	 {IP6, .global_first = true, .checksum_error = 1},
	 .ours = V(LINK_LOCAL),
	 .foreign = V(CHECKSUM)},
	{.desc = "length before TTL", {.cut_to = 9, .ttl = 1}, SAME(TRUNCATED)},
	{.desc = "TTL before destination", {.ttl = 1, .destination = "224.0.0.5"}, SAME(TTL)},
	{.desc = "destination before version",
	 {.destination = "224.0.0.5", .version = 5},
	 SAME(DESTINATION)},
	{.desc = "version before type", {.version = 5, .type = 3}, SAME(VERSION)},
	{.desc = "type before own address", {.type = 3, .source = "10.99.0.2"}, SAME(TYPE)},
	{.desc = "own address before count",
	 {.source = "10.99.0.2", .count = FRAME_ZERO},
	 .ours = V(OWN_SOURCE),
	 .foreign = V(ADDRESS_COUNT)},
	{.desc = "count before interval",
	 {.count = FRAME_ZERO, .interval_cs = FRAME_ZERO},
	 SAME(ADDRESS_COUNT)},
	{.desc = "password before interval",
	 {V2, .auth_type = 1, .auth = "no", .interval_cs = 200},
	 {.auth_type = 1, .auth = "yes"},
	 .ours = V(PASSWORD),
	 .foreign = V(VALID)},
	{.desc = "interval before checksum",
	 {V2, .interval_cs = 200, .checksum_error = 1},
	 .ours = V(INTERVAL_MISMATCH),
	 .foreign = V(CHECKSUM)},
};

#define FRAME_ROWS (sizeof(frame_rows) / sizeof(frame_rows[0]))

#endif
