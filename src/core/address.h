/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses and MACs as text. Pure.
 */
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrp_abi.h"

#define ADDRESS_TEXT 46 /* the longest IPv6 text and its NUL */
#define MAC_TEXT     18

/* "42.51.67.93" or "2001:db8::1" -> *ret_addr and *ret_family (4 or 6). false: neither. */
bool address_parse(const char *text, struct vrrp_addr *ret_addr, uint8_t *ret_family);

/* Text of an address; returns buf. */
const char *address_format(uint8_t family, const struct vrrp_addr *addr, char buf[ADDRESS_TEXT]);

/* "00:9f:a4:4c:3b:37", either case, ':' or '-'. false: not a MAC. */
bool mac_parse(const char *text, uint8_t ret_mac[6]);
const char *mac_format(const uint8_t mac[6], char buf[MAC_TEXT]);

/* Do the first `plen` bits of both agree? Both of one family, which plen fits. */
bool address_in_prefix(const struct vrrp_addr *addr, const struct vrrp_addr *prefix,
		       unsigned int plen);
bool address_is_link_local6(const struct vrrp_addr *addr); /* fe80::/10 */
bool address_is_multicast(uint8_t family, const struct vrrp_addr *addr);

/* 00:00:5e:00:01:VRID for family 4, 00:00:5e:00:02:VRID for 6: RFC 9568, 7.3. */
void mac_virtual(uint8_t family, uint8_t vrid, uint8_t ret_mac[6]);

#endif
