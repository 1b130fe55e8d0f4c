/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses and MACs as text. Pure.
 */
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "vrrp_abi.h"

#define ADDRESS_TEXT 46 /* the longest IPv6 text and its NUL */
#define MAC_TEXT     18

/* Parse an address such as "42.51.67.93" or "2001:db8::1". *ret_family becomes 4 or 6. Returns
 * false if the text is neither. */
bool address_parse(const char *text, struct vrrp_addr *ret_addr, uint8_t *ret_family);

/* Write an address as text. Returns buf. */
const char *address_format(uint8_t family, const struct vrrp_addr *addr, char buf[ADDRESS_TEXT]);

/* Parse a MAC such as "00:9f:a4:4c:3b:37", in either case, with ':' or '-'. Returns false if the
 * text is no MAC. */
bool mac_parse(const char *text, uint8_t ret_mac[6]);
const char *mac_format(const uint8_t mac[6], char buf[MAC_TEXT]);

/* Do the first `plen` bits of both agree? Both must be of one family, and plen must fit it. */
static inline bool address_in_prefix(const struct vrrp_addr *addr, const struct vrrp_addr *prefix,
				     unsigned int plen)
{
	uint64_t a[2], b[2], first;

	memcpy(a, addr, sizeof(a));
	memcpy(b, prefix, sizeof(b));
	first = be64toh(a[0] ^ b[0]);
	if (plen <= 64)
		return plen == 0 || first >> (64 - plen) == 0;
	return first == 0 && be64toh(a[1] ^ b[1]) >> (128 - plen) == 0;
}

bool address_is_link_local6(const struct vrrp_addr *addr); /* fe80::/10 */
bool address_is_multicast(uint8_t family, const struct vrrp_addr *addr);
/* Fill in the last 64 bits of an IPv6 address from a MAC, as the kernel does (EUI-64, RFC 4291). */
void address_set_eui64(struct vrrp_addr *addr, const uint8_t mac[6]);

/* The virtual MAC of RFC 9568, 7.3: 00:00:5e:00:01:VRID for family 4, 00:00:5e:00:02:VRID for 6. */
void mac_virtual(uint8_t family, uint8_t vrid, uint8_t ret_mac[6]);

#endif
