/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Find the message in one frame, Ethernet -> IPv4 or IPv6 -> VRRP: is it VRRP, of which family and
 * VRID, and where? That is the first of two steps, because the rules are looked up by what it
 * reads; advert_check.h is the second.
 *
 * Pure: a frame goes in, a place and a verdict come out. It uses no map, no helper and no clock,
 * and includes include/ only, so that the XDP program, socket mode, the simulator and the tests run
 * the same code. It never reads beyond `end`, whatever lengths the frame claims, and never writes
 * to the frame. Every loop has a constant bound.
 */
#ifndef ADVERT_LOCATE_H
#define ADVERT_LOCATE_H

#include "vrrp_abi.h"
#include "vrrp_timers.h"
#include "vrrp_wire.h"

#define VRRP_ETH_LEN        14
#define VRRP_ETH_TYPE       12 /* offset */
#define VRRP_ETHERTYPE_IP4  0x0800
#define VRRP_ETHERTYPE_IP6  0x86dd
#define VRRP_ETHERTYPE_TAG  0x8100 /* 802.1Q */
#define VRRP_ETHERTYPE_QINQ 0x88a8 /* 802.1ad */
#define VRRP_TAG_LEN        4

#define VRRP_IP4_MIN            20
#define VRRP_IP4_MAX_OPTIONS    10 /* words behind the fixed part of the header */
#define VRRP_IP4_OFFSET_MASK    0x1fff
#define VRRP_IP4_MORE_FRAGMENTS 0x2000
#define VRRP_IP4_RESERVED_FLAG  0x8000

#define VRRP_IP6_LEN            40
#define VRRP_IP6_HOP_BY_HOP     0
#define VRRP_IP6_ROUTING        43
#define VRRP_IP6_FRAGMENT       44
#define VRRP_IP6_DESTINATION    60
#define VRRP_IP6_OFFSET_MASK    0xfff8
#define VRRP_IP6_MORE_FRAGMENTS 0x0001
#define VRRP_IP6_MAX_EXTENSIONS 6 /* RFC 8200, 4.1 recommends five, once each but one */

#define VRRP_MAX_OFFSET 0x7ff  /* where a message may start; this bound is for the verifier */
#define VRRP_FRAME_MASK 0x1fff /* where any of it or of its trailer may be; likewise */

/* Where the message is in the frame, and how long it is. vrrp_locate() fills this in. */
struct vrrp_place {
	__u16 offset;    /* from the start of the frame */
	__u16 length;    /* of the IP payload from there on, as far as the frame holds it */
	__u8 attributed; /* family and vrid of the advert are known */
	__u8 type;
	__u16 need;  /* length of the message by its own fields, from vrrp_check_fields() */
	__u8 tagged; /* a priority tag precedes the IP header; vrrp_maybe() says so */
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define vrrp_be16(x) __builtin_bswap16(x)
#define vrrp_be32(x) __builtin_bswap32(x)
#else
#define vrrp_be16(x) ((__u16)(x))
#define vrrp_be32(x) ((__u32)(x))
#endif

/* The fields of a frame are not aligned. If BPF's back end knew that, it would read them byte by
 * byte. The kernels that run XDP at any speed load them whole. */
#ifdef __bpf__
#define vrrp_load16(p)     (*(const __u16 *)(p))
#define vrrp_load32(p)     (*(const __u32 *)(p))
#define vrrp_store16(p, v) (*(__u16 *)(p) = (v))
#define vrrp_store32(p, v) (*(__u32 *)(p) = (v))
/* Keeps the compiler from folding a pointer into a loop's bound ("end + 1"): the verifier must see
 * the pointer itself compared with the packet's end. */
#define vrrp_opaque(p) __asm__ volatile("" : "+r"(p))
#else
#define vrrp_opaque(p) ((void)(p))
VRRP_INLINE __u16 vrrp_load16(const __u8 *p)
{
	__u16 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

VRRP_INLINE __u32 vrrp_load32(const __u8 *p)
{
	__u32 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

VRRP_INLINE void vrrp_store16(__u8 *p, __u16 v)
{
	__builtin_memcpy(p, &v, sizeof(v));
}

VRRP_INLINE void vrrp_store32(__u8 *p, __u32 v)
{
	__builtin_memcpy(p, &v, sizeof(v));
}
#endif

VRRP_INLINE void vrrp_load_addr4(struct vrrp_addr *ret_addr, const __u8 *p)
{
	vrrp_store32(ret_addr->b, vrrp_load32(p));
}

VRRP_INLINE void vrrp_load_addr6(struct vrrp_addr *ret_addr, const __u8 *p)
{
	for (int i = 0; i < 16; i += 4)
		vrrp_store32(ret_addr->b + i, vrrp_load32(p + i));
}

/* Copy the source MAC of the frame into the advert. It is known before the message is read. */
VRRP_INLINE void vrrp_load_mac(struct vrrp_advert *advert, const __u8 *data)
{
	for (int i = 0; i < 6; i += 2)
		vrrp_store16(advert->mac + i, vrrp_load16(data + 6 + i));
}

/* May this be VRRP, by the Ethernet type and the IP header at `ip`? Returns the family, or 0. */
VRRP_INLINE __u8 vrrp_maybe_ip(__u16 type, const __u8 *ip)
{
	if (type == vrrp_be16(VRRP_ETHERTYPE_IP4))
		return ip[9] == VRRP_IPPROTO || ip[9] == VRRP_IPPROTO_AH ? 4 : 0;
	if (type == vrrp_be16(VRRP_ETHERTYPE_IP6)) {
		__u8 next = ip[6];

		if (next == VRRP_IPPROTO || next == VRRP_IP6_HOP_BY_HOP ||
		    next == VRRP_IP6_ROUTING || next == VRRP_IP6_FRAGMENT ||
		    next == VRRP_IP6_DESTINATION)
			return 6;
	}
	return 0;
}

/* The first check, for the fast path, takes a few instructions. Returns the family (4 or 6) of a
 * frame that may be VRRP, or 0 if the frame is certainly not VRRP. A frame with VLAN 0 in its tag
 * is a frame of this interface, as the kernel sees it: the tag has a priority alone. A frame of any
 * other VLAN, and one with two tags, is not. */
VRRP_INLINE __u8 vrrp_maybe(const __u8 *data, const __u8 *end, __u8 *ret_tagged)
{
	__u16 type;
	__u8 family;

	if (data + VRRP_ETH_LEN + VRRP_IP4_MIN > end)
		return 0;
	type = vrrp_load16(data + VRRP_ETH_TYPE);
	family = vrrp_maybe_ip(type, data + VRRP_ETH_LEN);
	if (family ||
	    (type != vrrp_be16(VRRP_ETHERTYPE_TAG) && type != vrrp_be16(VRRP_ETHERTYPE_QINQ)))
		return family;
	if (vrrp_load16(data + VRRP_ETH_LEN) & vrrp_be16(VRRP_TAG_VID) ||
	    data + VRRP_ETH_LEN + VRRP_TAG_LEN + VRRP_IP4_MIN > end)
		return 0;
	*ret_tagged = 1;
	return vrrp_maybe_ip(vrrp_load16(data + VRRP_ETH_LEN + 2),
			     data + VRRP_ETH_LEN + VRRP_TAG_LEN);
}

/* Where the IP header of a frame is. */
VRRP_INLINE __u32 vrrp_link_length(const struct vrrp_place *place)
{
	return place->tagged ? VRRP_ETH_LEN + VRRP_TAG_LEN : VRRP_ETH_LEN;
}

/* Read the fixed part of the message, as far as it is there, into the advert. The payload begins at
 * `offset` and has `length` bytes. Returns the verdict so far: VALID or TRUNCATED. */
VRRP_INLINE enum vrrp_verdict vrrp_read_header(const __u8 *data, const __u8 *end, __u32 offset,
					       __u32 length, struct vrrp_advert *advert,
					       struct vrrp_place *place)
{
	const __u8 *p = data + offset;

	place->offset = offset;
	place->length = length;
	if (length < 2 || p + 2 > end)
		return VRRP_VERDICT_TRUNCATED;
	advert->version = p[0] >> 4;
	place->type = p[0] & 0x0f;
	advert->vrid = p[1];
	place->attributed = 1;
	if (length < VRRP_HDR_LEN || p + VRRP_HDR_LEN > end)
		return VRRP_VERDICT_TRUNCATED;
	advert->priority = p[2];
	advert->address_count = p[3];
	if (advert->version == VRRP_V2) {
		advert->auth_type = p[4];
		advert->interval_cs = p[5] * 100;
	} else {
		advert->interval_cs = vrrp_be16(vrrp_load16(p + 4)) & VRRP_V3_INTERVAL_MASK;
	}
	return VRRP_VERDICT_VALID;
}

/* Fold a one's complement sum to 16 bits. The result is 0xffff if the checksum is right. */
VRRP_INLINE __u32 vrrp_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Does the checksum of the IPv4 header hold? The header has `header` bytes, all of which are
 * there. `most` must be a constant, and no header has more words of options. */
VRRP_INLINE int vrrp_ip4_sum_holds(const __u8 *ip, const __u8 *end, __u32 header, __u32 most)
{
	const __u8 *p = ip + VRRP_IP4_MIN;
	__u64 sum = 0;

	for (int i = 0; i < VRRP_IP4_MIN; i += 4)
		sum += vrrp_load32(ip + i);
	for (__u32 i = 0; i < most; i++) {
		if (VRRP_IP4_MIN + 4 * i >= header)
			break;
		if (p + 4 > end)
			return 0;
		sum += vrrp_load32(p);
		p += 4;
		vrrp_opaque(p);
	}
	return vrrp_fold(sum) == 0xffff;
}

/* An advert inside of AH, whose header is at `offset`. We have no keys for AH, so the
 * advert is only recognised: AH, if it can be attributed, else NOT_VRRP. */
VRRP_INLINE enum vrrp_verdict vrrp_locate_ah(const __u8 *data, const __u8 *end, __u32 offset,
					     __u32 length, struct vrrp_advert *advert,
					     struct vrrp_place *place)
{
	const __u8 *ah = data + offset;
	__u32 used;

	if (ah + 2 > end || ah[0] != VRRP_IPPROTO)
		return VRRP_VERDICT_NOT_VRRP;
	used = (ah[1] + 2U) * 4; /* RFC 4302, 2.2 */
	if (length < used)
		return VRRP_VERDICT_NOT_VRRP;
	vrrp_read_header(data, end, offset + used, length - used, advert, place);
	return place->attributed ? VRRP_VERDICT_AH : VRRP_VERDICT_NOT_VRRP;
}

/* Is this an IPv4 header without options, of VRRP itself, in a frame without a tag? Nearly all
 * are. */
VRRP_INLINE int vrrp_is_plain_ip4(const __u8 *data, const __u8 *end)
{
	return data + VRRP_ETH_LEN + VRRP_IP4_MIN <= end && data[VRRP_ETH_LEN] == 0x45 &&
	       data[VRRP_ETH_LEN + 9] == VRRP_IPPROTO;
}

/* Of a frame that vrrp_maybe() takes for IPv4. Most headers have no options. `most` must be a
 * constant, and no header has more words of options: with 0, call this only if
 * vrrp_is_plain_ip4(). */
VRRP_INLINE enum vrrp_verdict vrrp_locate_ip4(const __u8 *data, const __u8 *end, __u32 most,
					      struct vrrp_advert *advert, struct vrrp_place *place)
{
	__u32 link = vrrp_link_length(place);
	const __u8 *ip = data + link;
	__u32 header, total, there, length;
	enum vrrp_verdict verdict;
	__u16 fragment;
	__u8 protocol;

	if (ip + VRRP_IP4_MIN > end || ip[0] >> 4 != 4)
		return VRRP_VERDICT_NOT_VRRP;
	protocol = ip[9];
	there = end - ip;
	header = most ? (ip[0] & 0x0f) * 4 : VRRP_IP4_MIN;
	total = vrrp_be16(vrrp_load16(ip + 2));
	fragment = vrrp_be16(vrrp_load16(ip + 6));
	advert->family = 4;
	advert->ttl = ip[8];
	vrrp_load_mac(advert, data);
	vrrp_load_addr4(&advert->source, ip + 12);
	vrrp_load_addr4(&advert->destination, ip + 16);

	if (protocol == VRRP_IPPROTO_AH) {
		if ((fragment & VRRP_IP4_OFFSET_MASK) || header < VRRP_IP4_MIN || total < header ||
		    there < total)
			return VRRP_VERDICT_NOT_VRRP;
		return vrrp_locate_ah(data, end, link + header, total - header, advert, place);
	}
	/* Only the first fragment has a VRID. A later one cannot be attributed to a router. */
	if (fragment & VRRP_IP4_OFFSET_MASK)
		return VRRP_VERDICT_FRAGMENT;
	if (header < VRRP_IP4_MIN || total < header || there < header)
		return VRRP_VERDICT_TRUNCATED;
	/* The bytes beyond the IP length are Ethernet's padding. */
	length = (total < there ? total : there) - header;
	verdict = vrrp_read_header(data, end, link + header, length, advert, place);
	if (fragment & VRRP_IP4_MORE_FRAGMENTS)
		return VRRP_VERDICT_FRAGMENT;
	if (total > there)
		return VRRP_VERDICT_TRUNCATED;
	/* XDP comes before the kernel's IP stack, which would look at the header. */
	if (fragment & VRRP_IP4_RESERVED_FLAG)
		return VRRP_VERDICT_IP_FLAGS;
	if (!vrrp_ip4_sum_holds(ip, end, header, most))
		return VRRP_VERDICT_IP_SUM;
	return verdict;
}

/* A fragment header that says "first and last" (RFC 6946) makes no fragment, so it is skipped. AH
 * or any other header ends the walk: to us such a frame is not VRRP, as on IPv4. */
VRRP_INLINE enum vrrp_verdict vrrp_locate_ip6(const __u8 *data, const __u8 *end,
					      struct vrrp_advert *advert, struct vrrp_place *place)
{
	__u32 link = vrrp_link_length(place), offset = link + VRRP_IP6_LEN, total, there, used;
	const __u8 *ip = data + link;
	__u8 next, first_fragment = 0, later_fragment = 0;
	enum vrrp_verdict verdict;

	if (ip + VRRP_IP6_LEN > end || ip[0] >> 4 != 6)
		return VRRP_VERDICT_NOT_VRRP;
	next = ip[6];
	for (int i = 0; i < VRRP_IP6_MAX_EXTENSIONS; i++) {
		const __u8 *p;

		if (next == VRRP_IPPROTO)
			break;
		if (next != VRRP_IP6_HOP_BY_HOP && next != VRRP_IP6_ROUTING &&
		    next != VRRP_IP6_FRAGMENT && next != VRRP_IP6_DESTINATION)
			return VRRP_VERDICT_NOT_VRRP;
		if (offset > VRRP_MAX_OFFSET)
			return VRRP_VERDICT_NOT_VRRP;
		p = data + offset;
		if (p + 8 > end)
			return VRRP_VERDICT_NOT_VRRP;
		if (next == VRRP_IP6_FRAGMENT) {
			__u16 fragment = vrrp_be16(vrrp_load16(p + 2));

			later_fragment = !!(fragment & VRRP_IP6_OFFSET_MASK);
			first_fragment |= fragment & VRRP_IP6_MORE_FRAGMENTS;
			offset += 8;
		} else {
			offset += 8 + p[1] * 8;
		}
		next = p[0];
		if (later_fragment)
			break;
	}
	if (next != VRRP_IPPROTO || offset > VRRP_MAX_OFFSET)
		return VRRP_VERDICT_NOT_VRRP;

	advert->family = 6;
	advert->ttl = ip[7];
	vrrp_load_mac(advert, data);
	vrrp_load_addr6(&advert->source, ip + 8);
	vrrp_load_addr6(&advert->destination, ip + 24);
	if (later_fragment)
		return VRRP_VERDICT_FRAGMENT;
	used = offset - link;
	there = end - ip;
	total = VRRP_IP6_LEN + vrrp_be16(vrrp_load16(ip + 4));
	if (total < used || there < used)
		return VRRP_VERDICT_TRUNCATED;
	verdict = vrrp_read_header(data, end, offset, (total < there ? total : there) - used,
				   advert, place);
	if (first_fragment)
		return VRRP_VERDICT_FRAGMENT;
	if (total > there)
		return VRRP_VERDICT_TRUNCATED;
	return verdict;
}

/*
 * Is this frame VRRP? *advert and *place must be zero; whatever can be read is filled in.
 *   NOT_VRRP             another protocol
 *   VALID                call vrrp_check() next
 *   else                 the verdict is final. place->attributed says whether a VRID could be read
 */
VRRP_INLINE enum vrrp_verdict vrrp_locate(const __u8 *data, const __u8 *end,
					  struct vrrp_advert *advert, struct vrrp_place *place)
{
	switch (vrrp_maybe(data, end, &place->tagged)) {
	case 4:
		return vrrp_locate_ip4(data, end, VRRP_IP4_MAX_OPTIONS, advert, place);
	case 6:
		return vrrp_locate_ip6(data, end, advert, place);
	default:
		return VRRP_VERDICT_NOT_VRRP;
	}
}

#endif
