/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What adverts, announcements and the questions of a witness have in common: constants of Ethernet,
 * IP, ARP and neighbour discovery, and the Internet checksum. Pure.
 */
#ifndef CORE_VRRP_WIRE_H
#define CORE_VRRP_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_ETH_LEN       14
#define WIRE_ETHERTYPE_IP4 0x0800
#define WIRE_ETHERTYPE_ARP 0x0806
#define WIRE_ETHERTYPE_IP6 0x86dd
#define WIRE_ARP_LEN       28
#define WIRE_IP4_LEN       20
#define WIRE_IP6_LEN       40
#define WIRE_ICMP6         58
#define WIRE_ICMP6_NS      135
#define WIRE_ICMP6_NA      136

static inline void wire_put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline unsigned int wire_get16(const uint8_t *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

/* Add 16-bit words to the one's complement sum of RFC 1071, which is not folded yet. 32 bits are
 * enough for 64 KiB of data. */
static inline uint32_t wire_sum16(const uint8_t *data, size_t length, uint32_t sum)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += wire_get16(data + i);
	if (length % 2)
		sum += (uint32_t)data[length - 1] << 8;
	return sum;
}

/* Returns the checksum of such a sum. */
static inline unsigned int wire_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

#endif
