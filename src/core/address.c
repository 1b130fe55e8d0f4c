/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses and MACs as text, and the two or three kinds of address that VRRP tells apart.
 * Pure: knows include/ and its own header; never resolves a name.
 */
#include "core/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "core/hex.h"

bool address_parse(const char *text, struct vrrp_addr *ret_addr, uint8_t *ret_family)
{
	struct vrrp_addr addr = {0};
	uint8_t family;

	/* inet_pton(3), unlike inet_aton(3), refuses "42.51" and octal fields. */
	if (inet_pton(AF_INET, text, addr.b) == 1)
		family = 4;
	else if (inet_pton(AF_INET6, text, addr.b) == 1)
		family = 6;
	else
		return false;
	*ret_addr = addr;
	*ret_family = family;
	return true;
}

const char *address_format(uint8_t family, const struct vrrp_addr *addr, char buf[ADDRESS_TEXT])
{
	if (!inet_ntop(family == 6 ? AF_INET6 : AF_INET, addr->b, buf, ADDRESS_TEXT))
		buf[0] = '\0';
	return buf;
}

bool mac_parse(const char *text, uint8_t ret_mac[6])
{
	uint8_t mac[6];

	for (int i = 0; i < 6; i++, text += 3) {
		int high = hex_digit(text[0]);
		int low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0)
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
		if (i < 5 ? text[2] != ':' && text[2] != '-' : text[2] != '\0')
			return false;
	}
	memcpy(ret_mac, mac, sizeof(mac));
	return true;
}

const char *mac_format(const uint8_t mac[6], char buf[MAC_TEXT])
{
	snprintf(buf, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
		 mac[4], mac[5]);
	return buf;
}

bool address_is_link_local6(const struct vrrp_addr *addr)
{
	return addr->b[0] == 0xfe && (addr->b[1] & 0xc0) == 0x80;
}

bool address_is_multicast(uint8_t family, const struct vrrp_addr *addr)
{
	return family == 6 ? addr->b[0] == 0xff : (addr->b[0] & 0xf0) == 0xe0;
}

void address_set_eui64(struct vrrp_addr *addr, const uint8_t mac[6])
{
	const uint8_t bits[8] = {mac[0] ^ 0x02, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]};

	memcpy(&addr->b[8], bits, sizeof(bits));
}

void mac_virtual(uint8_t family, uint8_t vrid, uint8_t ret_mac[6])
{
	const uint8_t mac[6] = {0x00, 0x00, 0x5e, 0x00, family == 6 ? 0x02 : 0x01, vrid};

	memcpy(ret_mac, mac, sizeof(mac));
}
