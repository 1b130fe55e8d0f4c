// SPDX-License-Identifier: GPL-2.0-only
/*
 * advert_check.h on any bytes, by the rules of every kind of listener. Input: which listener, which
 * checksum to repair, then the frame. What is demanded of every answer is told beside the demand.
 */
#include "fuzz.h"

#include "advert_check.h"
#include "frame_mutate.h"
#include "frame_rows.h"

#define HEAD 2 /* bytes before the frame */

static const struct frame_row listeners[] = {
	{.desc = "v3 IPv4"},
	{.desc = "v3 IPv4, RFC 5798's checksum alone", .rules.checksum = VRRP_CHECKSUM_RFC5798},
	{.desc = "v3 IPv4, RFC 9568's checksum alone", .rules.checksum = VRRP_CHECKSUM_RFC9568},
	{.desc = "v3 IPv6", .frame.family = 6},
	{.desc = "v2", .frame.version = 2},
	{.desc = "v2, password",
	 .frame.version = 2,
	 .rules = {.auth_type = VRRP_AUTH_PASS, .auth = "s3cret"}},
	{.desc = "v3 IPv4, unicast", .rules = {.unicast = true}},
	{.desc = "v3 IPv6, unicast, any hop limit",
	 .frame.family = 6,
	 .rules = {.unicast = true, .min_ttl = 1, .peers = VRRP_MAX_PEERS}},
	{.desc = "v2, unicast, own address not known",
	 .frame.version = 2,
	 .rules = {.unicast = true, .own = FRAME_UNKNOWN}},
};

#define LISTENERS (sizeof(listeners) / sizeof(listeners[0]))

struct answer {
	enum vrrp_verdict verdict;
	struct vrrp_advert advert;
	struct vrrp_place place;
};

/* rules and own NULL: nobody listens. */
static struct answer look(const uint8_t *frame, size_t length, const struct vrrp_rules *rules,
			  const struct vrrp_peers *peers, const struct vrrp_addr *own)
{
	uint8_t *exact = fuzz_exact(frame, length), *end = exact + length, tagged = 0;
	struct answer a = {.verdict = VRRP_VERDICT_COUNT};

	a.verdict = vrrp_locate(exact, end, &a.advert, &a.place);
	if (a.verdict == VRRP_VERDICT_VALID)
		a.verdict = vrrp_check(exact, end, &a.place, rules, peers, own, &a.advert);
	REQUIRE(a.verdict < VRRP_VERDICT_COUNT && a.verdict != VRRP_VERDICT_FOREIGN);
	/* The fast path misses nothing, and nobody writes to the frame. */
	REQUIRE(a.verdict == VRRP_VERDICT_NOT_VRRP || vrrp_maybe(exact, end, &tagged));
	REQUIRE(memcmp(exact, frame, length) == 0);
	fuzz_exact_free(exact, length);
	return a;
}

/* Behind the Ethernet header, and behind a tag of VLAN 0 if there is one. */
static size_t ip_offset(const uint8_t *frame)
{
	uint16_t type = frame_get16(frame + 12);

	if (type != 0x8100 && type != 0x88a8)
		return FRAME_ETH;
	REQUIRE(!(frame_get16(frame + 14) & 0xfff));
	return FRAME_ETH + 4;
}

/* The IP packet is whole: no fragment, and no shorter than it says. */
static void check_packet(const uint8_t *frame, size_t length, const struct vrrp_advert *advert)
{
	const size_t offset = ip_offset(frame);
	const uint8_t *ip = frame + offset;

	if (advert->family == 4) {
		REQUIRE(frame_get16(ip - 2) == 0x0800 && ip[0] >> 4 == 4 && ip[9] == 112);
		REQUIRE(offset + frame_get16(ip + 2) <= length);
		REQUIRE(!(frame_get16(ip + 6) & 0x3fff));
		REQUIRE(advert->ttl == ip[8] && memcmp(advert->source.b, ip + 12, 4) == 0 &&
			memcmp(advert->destination.b, ip + 16, 4) == 0);
	} else {
		REQUIRE(frame_get16(ip - 2) == 0x86dd && ip[0] >> 4 == 6);
		REQUIRE(offset + 40 + frame_get16(ip + 4) <= length);
		REQUIRE(advert->ttl == ip[7] && memcmp(advert->source.b, ip + 8, 16) == 0 &&
			memcmp(advert->destination.b, ip + 24, 16) == 0);
	}
}

/* By the rules of the one who listens, the advert is for him, and from one that he expects. */
static void check_listener(const struct vrrp_rules *rules, const struct vrrp_peers *peers,
			   const struct vrrp_addr *own, const uint8_t *message,
			   const struct vrrp_advert *advert)
{
	struct vrrp_addr group =
		frame_addr(advert->family, advert->family == 4 ? "224.0.0.18" : "ff02::12");
	const uint8_t *auth = message + 8 + advert->address_count * 4;
	bool known = false;

	REQUIRE(advert->version == rules->version);
	REQUIRE(vrrp_addr_is_zero(own) || memcmp(&advert->source, own, sizeof(*own)) != 0);
	if (rules->flags & VRRP_RULE_UNICAST) {
		REQUIRE(advert->ttl >= rules->min_ttl);
		REQUIRE(vrrp_addr_is_zero(own) ||
			memcmp(&advert->destination, own, sizeof(*own)) == 0);
		for (int i = 0; i < rules->peer_count; i++)
			known |= memcmp(&peers->addr[i], &advert->source, sizeof(*own)) == 0;
		REQUIRE(known);
	} else {
		REQUIRE(advert->ttl == 255);
		REQUIRE(memcmp(&advert->destination, &group, sizeof(group)) == 0);
	}
	if (advert->version == 2) {
		REQUIRE(message[4] == rules->auth_type && message[5] * 100 == rules->interval_cs);
		REQUIRE(!rules->auth_type || memcmp(auth, rules->auth_data, 8) == 0);
	} else if (advert->family == 4 && rules->checksum != VRRP_CHECKSUM_AUTO) {
		REQUIRE(advert->checksum == rules->checksum);
	} else if (advert->family == 6) {
		REQUIRE(message[8] == 0xfe && message[9] >> 6 == 2);
	}
}

/* What holds for each valid advert, told from the bytes by other code than ours. */
static void check_valid(const uint8_t *frame, size_t length, const struct answer *a)
{
	const struct vrrp_advert *advert = &a->advert;
	const uint8_t *message = frame + a->place.offset;
	size_t size = advert->family == 4 ? 4 : 16;
	size_t need = 8 + advert->address_count * size + (advert->version == 2 ? 8 : 0);
	uint32_t plain = frame_sum(0, message, need), pseudo = 112, trailer;
	const uint8_t *ip = frame + ip_offset(frame);

	REQUIRE(advert->family == 4 || advert->family == 6);
	check_packet(frame, length, advert);
	REQUIRE(advert->version == 3 || (advert->version == 2 && advert->family == 4));
	REQUIRE(a->place.attributed && a->place.type == VRRP_TYPE_ADVERT);
	REQUIRE(a->place.offset + a->place.length <= length && need <= a->place.length);
	REQUIRE(message[0] == (advert->version << 4 | 1) && message[1] == advert->vrid &&
		message[2] == advert->priority && message[3] == advert->address_count);
	REQUIRE(advert->interval_cs > 0);
	REQUIRE(advert->interval_cs ==
		(advert->version == 2 ? message[5] * 100 : frame_get16(message + 4) & 0xfff));
	REQUIRE(advert->version == 2 || advert->address_count > 0);
	REQUIRE(memcmp(advert->mac, frame + 6, 6) == 0);
	/* What the IP stack would have looked at. */
	if (advert->family == 4) {
		REQUIRE(frame_fold(frame_sum(0, ip, (ip[0] & 15) * 4)) == 0);
		REQUIRE(!(ip[6] & 0x80));
		REQUIRE(advert->source.b[0] && advert->source.b[0] != 127 &&
			advert->source.b[0] >> 4 != 0xe);
	} else {
		REQUIRE(advert->source.b[0] != 0xff);
	}
	REQUIRE(!advert->address_count || memcmp(advert->first_address.b, message + 8, size) == 0);

	pseudo = frame_sum(frame_sum(pseudo, advert->source.b, 16), advert->destination.b, 16);
	if (advert->version == 2) {
		REQUIRE(advert->checksum == VRRP_CHECKSUM_AUTO && frame_fold(plain) == 0);
	} else if (advert->family == 4) {
		REQUIRE(advert->checksum != VRRP_CHECKSUM_AUTO);
		REQUIRE(frame_fold(advert->checksum == VRRP_CHECKSUM_RFC9568
					   ? plain
					   : plain + pseudo + need) == 0);
	} else {
		trailer = a->place.length == need + 28 ? 28 : 0;
		REQUIRE(advert->checksum == VRRP_CHECKSUM_AUTO);
		REQUIRE(frame_fold(plain + pseudo + need) == 0 ||
			frame_fold(frame_sum(pseudo + need + trailer, message, need + trailer)) ==
				0);
	}
}

static bool is_same(const struct answer *a, const struct answer *b)
{
	return a->verdict == b->verdict && memcmp(&a->advert, &b->advert, sizeof(a->advert)) == 0;
}

/* A valid frame without its last byte: that was padding, or it is missed. And with one more: that
 * is padding. */
static void check_ends(const uint8_t *frame, size_t length, const struct vrrp_rules *rules,
		       const struct vrrp_peers *peers, const struct vrrp_addr *own,
		       const struct answer *a)
{
	struct answer shorter = look(frame, length - 1, rules, peers, own), longer;
	uint8_t *padded = malloc(length + 1);

	REQUIRE(padded);
	REQUIRE(a->place.offset + a->place.length < length
			? is_same(&shorter, a)
			: shorter.verdict == VRRP_VERDICT_TRUNCATED);
	memcpy(padded, frame, length);
	padded[length] = 0xa5;
	longer = look(padded, length + 1, rules, peers, own);
	REQUIRE(is_same(&longer, a));
	free(padded);
}

static void check(const uint8_t *frame, size_t length, const struct vrrp_rules *rules,
		  const struct vrrp_peers *peers, const struct vrrp_addr *own)
{
	struct answer ours = look(frame, length, rules, peers, own);
	struct answer foreign = look(frame, length, NULL, NULL, NULL);

	if (ours.verdict == VRRP_VERDICT_VALID) {
		check_valid(frame, length, &ours);
		check_listener(rules, peers, own, frame + ours.place.offset, &ours.advert);
		check_ends(frame, length, rules, peers, own, &ours);
		/* Rules only add to what every advert must be; but unicast without an address of
		 * our own cannot tell where an advert was sent. */
		REQUIRE(foreign.verdict == VRRP_VERDICT_VALID || vrrp_addr_is_zero(own));
	}
	if (foreign.verdict == VRRP_VERDICT_VALID) {
		check_valid(frame, length, &foreign);
		check_ends(frame, length, NULL, NULL, NULL, &foreign);
	}
	/* Whether it is VRRP, and whole, does not depend on who listens. */
	REQUIRE((ours.verdict == VRRP_VERDICT_NOT_VRRP) ==
		(foreign.verdict == VRRP_VERDICT_NOT_VRRP));
	REQUIRE((ours.verdict == VRRP_VERDICT_FRAGMENT) ==
		(foreign.verdict == VRRP_VERDICT_FRAGMENT));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *frame = data + HEAD;
	size_t length = size - HEAD;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	struct answer before, after;
	uint8_t *repaired;
	bool pseudo;

	if (size < HEAD)
		return 0;
	row_rules(&listeners[data[0] % LISTENERS], &rules, &peers, &own);
	check(frame, length, &rules, &peers, &own);

	/* The checksum is the last check: put right, nothing else is wrong. */
	repaired = fuzz_exact(frame, length);
	pseudo = rules.checksum == VRRP_CHECKSUM_AUTO ? data[1] & 1
						      : rules.checksum == VRRP_CHECKSUM_RFC5798;
	before = look(frame, length, &rules, &peers, &own);
	if (mutate_repair(repaired, length, pseudo, 0)) {
		after = look(repaired, length, &rules, &peers, &own);
		REQUIRE(after.verdict == (before.verdict == VRRP_VERDICT_CHECKSUM
						  ? VRRP_VERDICT_VALID
						  : before.verdict));
		check(repaired, length, &rules, &peers, &own);
	}
	fuzz_exact_free(repaired, length);
	return 0;
}

/* Half of the changes know what a frame is. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct mutator m = {.state = seed};

	if (size < HEAD || mutate_random(&m, 2))
		return LLVMFuzzerMutate(data, size, max_size);
	if (!mutate_random(&m, 8))
		data[0] = mutate_random(&m, LISTENERS);
	return HEAD + mutate_frame(&m, data + HEAD, size - HEAD, max_size - HEAD);
}
