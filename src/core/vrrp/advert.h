/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Encode adverts and announcements (GARP, NA) as whole Ethernet frames into a buffer. Pure.
 */
#ifndef CORE_VRRP_ADVERT_H
#define CORE_VRRP_ADVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vrrp/wire.h"
#include "core/walltime.h"
#include "vrrp_abi.h"

#define ADVERT_MAX_FRAME (WIRE_ETH_LEN + 40 + VRRP_MSG_MAX + VRRP_TRAILER_LEN)

struct advert_spec {
	uint8_t family; /* 4 or 6 */
	uint8_t version;
	uint8_t vrid;
	uint8_t priority; /* 0..255 */
	uint16_t interval_cs;
	uint8_t auth_type; /* v2 */
	uint8_t auth_data[VRRP_AUTH_LEN];
	uint8_t checksum; /* enum vrrp_checksum, for IPv4 v3; AUTO sends the form of RFC 5798 */
	struct vrrp_addr source;
	struct vrrp_addr destination; /* zero: the group */
	uint8_t source_mac[6];
	uint8_t destination_mac[6]; /* zero: the group's */
	const struct vrrp_addr *addresses;
	unsigned int address_count; /* 1..255 */
	/* The VRRP_TRAILER_LEN bytes that advert_sign() made, or NULL: not signed. The same trailer
	 * is good for any destination. */
	const uint8_t *trailer;
};

/* Write the whole frame (TTL 255, TOS CS6, IPv4 id 0 with DF, checksums filled in) to buf. Returns
 * its length in bytes, -EINVAL if a field is out of range, or -ENOSPC if size is too small. */
int advert_encode(const struct advert_spec *spec, uint8_t *buf, size_t size);

/*
 * Returns the sequence number of the next signed advert. It is the clock, or last + 1 if the clock
 * is not beyond `last` (0: there was none). If the clock was set back, the numbers go on from
 * `last` while that is within the window of the clock, because peers accept this; when it is
 * further ahead, peers accept only the clock again, so the numbers follow the clock.
 */
uint64_t advert_sequence(uint64_t last, struct walltime now, uint16_t window_s);

/* Make the trailer of this advert. It signs spec->source and the whole message except its checksum.
 * Returns 0, or -EINVAL as advert_encode(). */
int advert_sign(const struct advert_spec *spec, uint8_t key_id, const struct vrrp_hmac_key *key,
		uint64_t sequence, uint8_t ret_trailer[VRRP_TRAILER_LEN]);

/* Returns a digest of an address list that does not depend on the order of the addresses. The XDP
 * program compares it (struct vrrp_rules). */
uint64_t advert_address_digest(const struct vrrp_addr *addresses, unsigned int count);

/* Write a gratuitous ARP for an IPv4 address: a broadcast with the address and the MAC as sender
 * and as target. If reply is true, it is an ARP reply, else a request. Returns its length, 42, or
 * -ENOSPC if size is too small. */
int advert_encode_garp(const struct vrrp_addr *address, const uint8_t mac[6], bool reply,
		       uint8_t *buf, size_t size);

/* Write an unsolicited neighbour advertisement for an IPv6 address, to ff02::1, with the flags R
 * and O and the target link-layer option. Returns its length, 86, or -ENOSPC as above. */
int advert_encode_na(const struct vrrp_addr *address, const uint8_t mac[6], uint8_t *buf,
		     size_t size);

#endif
