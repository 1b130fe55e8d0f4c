/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encodes what a router sends: adverts and their signatures, gratuitous ARP, unsolicited neighbour
 * advertisements. Depends on include/, on the pure headers of bpf/ and on its own header. An
 * encoder checks every field before it writes the first byte.
 */
#include "core/vrrp/advert.h"

#include <errno.h>
#include <string.h>

#include "hmac_check.h"
#include "vrrp_timers.h"

#define IP4_DF             0x4000
#define ICMP6_NA_LEN       32
#define NA_ROUTER_OVERRIDE 0xa0

static const struct vrrp_addr group4 = {{224, 0, 0, 18}};
static const struct vrrp_addr group6 = {{0xff, 0x02, [15] = 0x12}};
static const uint8_t group4_mac[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x12};
static const uint8_t group6_mac[6] = {0x33, 0x33, 0x00, 0x00, 0x00, 0x12};

static void put32(uint8_t *at, uint32_t value)
{
	wire_put16(at, value >> 16);
	wire_put16(at + 2, value);
}

static uint32_t pseudo_sum(size_t address_len, const struct vrrp_addr *source,
			   const struct vrrp_addr *destination, unsigned int protocol,
			   size_t length)
{
	return wire_sum16(source->b, address_len, 0) + wire_sum16(destination->b, address_len, 0) +
	       protocol + (uint32_t)length;
}

static size_t put_ethernet(uint8_t *at, const uint8_t destination[6], const uint8_t source[6],
			   unsigned int ethertype)
{
	memcpy(at, destination, 6);
	memcpy(at + 6, source, 6);
	wire_put16(at + 12, ethertype);
	return WIRE_ETH_LEN;
}

static size_t put_ip4(uint8_t *at, const struct vrrp_addr *source,
		      const struct vrrp_addr *destination, size_t payload)
{
	memset(at, 0, WIRE_IP4_LEN);
	at[0] = 0x45;
	at[1] = VRRP_TOS;
	wire_put16(at + 2, (unsigned int)(WIRE_IP4_LEN + payload));
	wire_put16(at + 6, IP4_DF);
	at[8] = VRRP_TTL;
	at[9] = VRRP_IPPROTO;
	memcpy(at + 12, source->b, 4);
	memcpy(at + 16, destination->b, 4);
	wire_put16(at + 10, wire_fold(wire_sum16(at, WIRE_IP4_LEN, 0)));
	return WIRE_IP4_LEN;
}

static size_t put_ip6(uint8_t *at, const struct vrrp_addr *source,
		      const struct vrrp_addr *destination, unsigned int traffic_class,
		      unsigned int next_header, size_t payload)
{
	wire_put16(at, 0x6000 | traffic_class << 4);
	wire_put16(at + 2, 0);
	wire_put16(at + 4, (unsigned int)payload);
	at[6] = (uint8_t)next_header;
	at[7] = VRRP_TTL;
	memcpy(at + 8, source->b, 16);
	memcpy(at + 24, destination->b, 16);
	return WIRE_IP6_LEN;
}

static bool interval_fits(uint8_t version, uint16_t interval_cs)
{
	if (version == VRRP_V3)
		return interval_cs >= 1 && interval_cs <= VRRP_V3_INTERVAL_MAX_CS;
	/* A version 2 advert carries its interval in whole seconds, from 1 to 255. */
	return interval_cs >= 100 && interval_cs <= VRRP_V2_INTERVAL_MAX_S * 100 &&
	       interval_cs % 100 == 0;
}

static bool spec_fits(const struct advert_spec *spec)
{
	if (spec->family != 4 && spec->family != 6)
		return false;
	if (spec->version != VRRP_V3 && !(spec->version == VRRP_V2 && spec->family == 4))
		return false;
	if (spec->version == VRRP_V2 && spec->auth_type != VRRP_AUTH_NONE &&
	    spec->auth_type != VRRP_AUTH_PASS)
		return false;
	return spec->vrid != 0 && interval_fits(spec->version, spec->interval_cs) &&
	       spec->checksum <= VRRP_CHECKSUM_RFC5798 && spec->addresses &&
	       spec->address_count >= 1 && spec->address_count <= VRRP_MAX_ADDRESSES &&
	       !vrrp_addr_is_zero(&spec->source);
}

/* Writes the whole message; its checksum stays zero. */
static void put_message(uint8_t *at, const struct advert_spec *spec, size_t address_len)
{
	at[0] = (uint8_t)(spec->version << 4 | VRRP_TYPE_ADVERT);
	at[1] = spec->vrid;
	at[2] = spec->priority;
	at[3] = (uint8_t)spec->address_count;
	if (spec->version == VRRP_V2) {
		at[4] = spec->auth_type;
		at[5] = (uint8_t)(spec->interval_cs / 100);
	} else {
		wire_put16(at + 4, spec->interval_cs);
	}
	wire_put16(at + 6, 0);
	at += VRRP_HDR_LEN;
	for (unsigned int i = 0; i < spec->address_count; i++, at += address_len)
		memcpy(at, spec->addresses[i].b, address_len);
	if (spec->version != VRRP_V2)
		return;
	if (spec->auth_type == VRRP_AUTH_PASS)
		memcpy(at, spec->auth_data, VRRP_AUTH_LEN);
	else
		memset(at, 0, VRRP_AUTH_LEN);
}

static size_t message_length(const struct advert_spec *spec)
{
	return VRRP_HDR_LEN + spec->address_count * (spec->family == 6 ? 16 : 4) +
	       (spec->version == VRRP_V2 ? VRRP_AUTH_LEN : 0);
}

int advert_encode(const struct advert_spec *spec, uint8_t *buf, size_t size)
{
	bool ip6 = spec->family == 6;
	size_t address_len = ip6 ? 16 : 4;
	const struct vrrp_addr *destination = &spec->destination;
	const uint8_t *destination_mac = spec->destination_mac;
	static const uint8_t no_mac[6];
	size_t message, payload, total;
	uint32_t sum = 0;
	uint8_t *at = buf;

	if (!spec_fits(spec))
		return -EINVAL;
	message = message_length(spec);
	payload = message + (spec->trailer ? VRRP_TRAILER_LEN : 0);
	total = WIRE_ETH_LEN + (ip6 ? WIRE_IP6_LEN : WIRE_IP4_LEN) + payload;
	if (size < total)
		return -ENOSPC;
	if (vrrp_addr_is_zero(destination))
		destination = ip6 ? &group6 : &group4;
	if (!memcmp(destination_mac, no_mac, 6))
		destination_mac = ip6 ? group6_mac : group4_mac;

	at += put_ethernet(at, destination_mac, spec->source_mac,
			   ip6 ? WIRE_ETHERTYPE_IP6 : WIRE_ETHERTYPE_IP4);
	at += ip6 ? put_ip6(at, &spec->source, destination, VRRP_TOS, VRRP_IPPROTO, payload)
		  : put_ip4(at, &spec->source, destination, payload);
	put_message(at, spec, address_len);
	if (spec->trailer)
		memcpy(at + message, spec->trailer, VRRP_TRAILER_LEN);
	/* Over IPv6 the checksum covers the trailer, too; over IPv4 it does not. */
	if (ip6)
		message = payload;
	/* Version 2 sums the message alone, and IPv6 always adds the pseudo-header. For version 3
	 * over IPv4 two readings of the RFC are deployed: with the pseudo-header and without it. */
	if (ip6 || (spec->version == VRRP_V3 && spec->checksum != VRRP_CHECKSUM_RFC9568))
		sum = pseudo_sum(address_len, &spec->source, destination, VRRP_IPPROTO, message);
	wire_put16(at + 6, wire_fold(wire_sum16(at, message, sum)));
	return (int)total;
}

uint64_t advert_sequence(uint64_t last, struct walltime now, uint16_t window_s)
{
	uint64_t ns = (uint64_t)now.ns;
	uint64_t fraction = (ns % VRRP_NS_PER_S << 16) / VRRP_NS_PER_S;
	uint64_t clock = ns / VRRP_NS_PER_S << 32 | fraction << 16;
	int32_t ahead = (int32_t)(vrrp_hmac_seconds(last) - vrrp_hmac_seconds(clock));

	if (!last || vrrp_hmac_after(clock, last) || ahead > (int32_t)window_s)
		return clock;
	return last + 1;
}

int advert_sign(const struct advert_spec *spec, uint8_t key_id, const struct vrrp_hmac_key *key,
		uint64_t sequence, uint8_t ret_trailer[VRRP_TRAILER_LEN])
{
	uint8_t text[VRRP_MSG_MAX + VRRP_TRAILER_STAMP], *stamp;
	size_t length;
	struct vrrp_hmac_run run;

	if (!spec_fits(spec))
		return -EINVAL;
	length = message_length(spec);
	put_message(text, spec, spec->family == 6 ? 16 : 4);
	stamp = text + length;
	stamp[0] = VRRP_HMAC_TYPE_SHA256;
	stamp[1] = key_id;
	wire_put16(stamp + 2, 0);
	put32(stamp + 4, (uint32_t)(sequence >> 32));
	put32(stamp + 8, (uint32_t)sequence);
	length += VRRP_TRAILER_STAMP;
	vrrp_hmac_begin(&run, spec->family, spec->version, spec->vrid, &spec->source, 0,
			(uint16_t)(length / 4));
	while (!vrrp_hmac_done(&run)) {
		if (vrrp_hmac_block(text, text + length, &run, key))
			return -EINVAL;
	}
	memcpy(ret_trailer, stamp, VRRP_TRAILER_STAMP);
	for (int i = 0; i < VRRP_HMAC_LEN / 4; i++)
		put32(ret_trailer + VRRP_TRAILER_STAMP + 4 * i, run.state[i]);
	return 0;
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint64_t advert_address_digest(const struct vrrp_addr *addresses, unsigned int count)
{
	uint64_t digest = 0;

	for (unsigned int i = 0; i < count; i++) {
		const uint8_t *b = addresses[i].b;

		digest += vrrp_address_mix(get32(b), get32(b + 4), get32(b + 8), get32(b + 12));
	}
	return digest;
}

int advert_encode_garp(const struct vrrp_addr *address, const uint8_t mac[6], bool reply,
		       uint8_t *buf, size_t size)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint8_t *at = buf;

	if (size < WIRE_ETH_LEN + WIRE_ARP_LEN)
		return -ENOSPC;
	at += put_ethernet(at, broadcast, mac, WIRE_ETHERTYPE_ARP);
	wire_put16(at, 1); /* Ethernet */
	wire_put16(at + 2, WIRE_ETHERTYPE_IP4);
	at[4] = 6;
	at[5] = 4;
	wire_put16(at + 6, reply ? 2 : 1);
	memcpy(at + 8, mac, 6);
	memcpy(at + 14, address->b, 4);
	/* In a request the field means nothing; errata 7947 and 7949 of RFC 9568 put the announced
	 * MAC there, as RFC 5944, 4.6, has it for a reply. */
	memcpy(at + 18, mac, 6);
	memcpy(at + 24, address->b, 4);
	return WIRE_ETH_LEN + WIRE_ARP_LEN;
}

int advert_encode_na(const struct vrrp_addr *address, const uint8_t mac[6], uint8_t *buf,
		     size_t size)
{
	static const struct vrrp_addr all_nodes = {{0xff, 0x02, [15] = 0x01}};
	static const uint8_t all_nodes_mac[6] = {0x33, 0x33, 0x00, 0x00, 0x00, 0x01};
	uint8_t *at = buf;

	if (size < WIRE_ETH_LEN + WIRE_IP6_LEN + ICMP6_NA_LEN)
		return -ENOSPC;
	at += put_ethernet(at, all_nodes_mac, mac, WIRE_ETHERTYPE_IP6);
	at += put_ip6(at, address, &all_nodes, 0, WIRE_ICMP6, ICMP6_NA_LEN);
	memset(at, 0, ICMP6_NA_LEN);
	at[0] = WIRE_ICMP6_NA;
	at[4] = NA_ROUTER_OVERRIDE;
	memcpy(at + 8, address->b, 16);
	at[24] = 2; /* target link-layer address */
	at[25] = 1; /* the option's length, in units of 8 bytes */
	memcpy(at + 26, mac, 6);
	wire_put16(at + 2, wire_fold(wire_sum16(at, ICMP6_NA_LEN,
						pseudo_sum(16, address, &all_nodes, WIRE_ICMP6,
							   ICMP6_NA_LEN))));
	return WIRE_ETH_LEN + WIRE_IP6_LEN + ICMP6_NA_LEN;
}
