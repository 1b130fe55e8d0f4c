/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VRRP on the wire: RFC 9568 (v3), RFC 3768 (v2). Formats and constants only.
 * Included by BPF programs (after vmlinux.h) and by userspace alike.
 */
#ifndef VRRP_WIRE_H
#define VRRP_WIRE_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define VRRP_IPPROTO     112
#define VRRP_IPPROTO_AH  51 /* authentication type 2 of version 2: RFC 2338, 5.3.6 */
#define VRRP_TYPE_ADVERT 1
#define VRRP_V2          2
#define VRRP_V3          3
#define VRRP_TTL         255
#define VRRP_TOS         0xc0 /* DSCP CS6 */

#define VRRP_TAG_VID 0x0fff /* of a VLAN tag; VID 0: the tag has a priority alone (802.1Q, 9.6) */

#define VRRP_GROUP4 0xe0000012U /* 224.0.0.18, host order */
/* The IPv6 group is ff02::12, as bytes: 0xff 0x02 0 ... 0 0x12. */

#define VRRP_PRIO_STOP    0 /* the master leaves: RFC 9568, 6.4.3 */
#define VRRP_PRIO_DEFAULT 100
#define VRRP_PRIO_OWNER   255 /* owns the addresses: always preempts */

#define VRRP_V3_INTERVAL_MASK   0x0fff /* centiseconds; the upper 4 bits are reserved */
#define VRRP_V3_INTERVAL_MAX_CS 4095
#define VRRP_V2_INTERVAL_MAX_S  255

#define VRRP_AUTH_NONE 0
#define VRRP_AUTH_PASS 1
#define VRRP_AUTH_AH   2
#define VRRP_AUTH_LEN  8 /* version 2: always present, after the addresses */

struct vrrp_hdr {
	__u8 version_type; /* 0x21 or 0x31 for an advert */
	__u8 vrid;
	__u8 priority;
	__u8 count; /* how many addresses follow */
	union {
		struct {
			__u8 auth_type;
			__u8 interval_s;
		} v2;
		__be16 v3_interval_cs; /* 4 reserved bits, 12 bits of centiseconds */
	};
	__be16 checksum;
};

/* CARP is no VRRP, but has the same IP protocol and the same first bytes: version 2, type 1, its
 * VHID, its advskew, and the number of 32-bit words behind the first 8 bytes. */
#define VRRP_CARP_WORDS 7
#define VRRP_CARP_LEN   36

#define VRRP_HDR_LEN       8
#define VRRP_MAX_ADDRESSES 255
/* The longest message: header, 255 IPv6 addresses, authentication data of version 2. */
#define VRRP_MSG_MAX (VRRP_HDR_LEN + VRRP_MAX_ADDRESSES * 16 + VRRP_AUTH_LEN)

/* The authentication trailer (draft-cassen-vrrp-auth-hmac) is directly behind the message. The IP
 * length includes it; the address count does not. */
#define VRRP_HMAC_TYPE_SHA256 1
#define VRRP_HMAC_LEN         16 /* the first half of an HMAC-SHA-256 */
#define VRRP_HMAC_KEY_MIN     32
#define VRRP_HMAC_KEY_MAX     64

struct vrrp_trailer {
	__u8 type; /* VRRP_HMAC_TYPE_SHA256 */
	__u8 key_id;
	__be16 reserved; /* 0 */
	__be32 seconds;  /* UTC, since 1970 */
	__be16 fraction; /* of the second, in 1/65536 */
	__be16 counter;  /* within one time stamp */
	__u8 hmac[VRRP_HMAC_LEN];
};

#define VRRP_TRAILER_LEN   28
#define VRRP_TRAILER_STAMP 12 /* so many bytes of the trailer are signed with the message */

_Static_assert(sizeof(struct vrrp_hdr) == VRRP_HDR_LEN, "wire format");
_Static_assert(sizeof(struct vrrp_trailer) == VRRP_TRAILER_LEN, "wire format");
_Static_assert(__builtin_offsetof(struct vrrp_trailer, hmac) == VRRP_TRAILER_STAMP, "wire format");

#endif
