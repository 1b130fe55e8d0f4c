/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parse and validate one frame: Ethernet -> IPv4 or IPv6 -> VRRP -> enum vrrp_verdict.
 *
 * Pure: a frame and rules go in, a verdict comes out. It uses no map, no helper and no clock, and
 * includes include/ only, so that the XDP program, socket mode, the simulator and the tests run the
 * same code. It never reads beyond `end`, whatever lengths the frame claims, and never writes to
 * the frame.
 *
 * There are two steps, because the rules are looked up by what the first step reads:
 *   vrrp_locate()  is it VRRP, of which family and VRID, and where is the message?
 *   vrrp_check()   is it valid by these rules? The cheapest check comes first, in the order of
 *                  docs/protocol.md, Checks on receipt.
 * Every loop has a constant bound. The packet is not read any more after the last loop, so that the
 * verifier sees one state there, and not one for each length.
 */
#ifndef ADVERT_CHECK_H
#define ADVERT_CHECK_H

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

/* For a function with a loop that the verifier should walk once, and not for each state in which it
 * is entered. The XDP program makes it a global function. */
#ifndef VRRP_APART
#define VRRP_APART VRRP_INLINE
#endif

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

/* Most headers have no options. `most` must be a constant, and no header has more words of
 * options: with 0, call this only if vrrp_is_plain_ip4(). */
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
	if (protocol != VRRP_IPPROTO && protocol != VRRP_IPPROTO_AH)
		return VRRP_VERDICT_NOT_VRRP;
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

VRRP_INLINE int vrrp_is_group(__u8 family, const struct vrrp_addr *addr)
{
	if (family == 4)
		return vrrp_load32(addr->b) == vrrp_be32(VRRP_GROUP4);
	return vrrp_load32(addr->b) == vrrp_be32(0xff020000U) && !vrrp_load32(addr->b + 4) &&
	       !vrrp_load32(addr->b + 8) && vrrp_load32(addr->b + 12) == vrrp_be32(0x12);
}

VRRP_INLINE int vrrp_is_multicast(__u8 family, const struct vrrp_addr *addr)
{
	return family == 4 ? addr->b[0] >> 4 == 0xe : addr->b[0] == 0xff;
}

/* Is this an address that no host can have? The kernel's IP stack drops what comes from it, but XDP
 * runs before the stack. IPv4: 0.0.0.0/8, loopback, multicast and the limited broadcast. IPv6: the
 * unspecified address, loopback and multicast. */
VRRP_INLINE int vrrp_is_impossible(__u8 family, const struct vrrp_addr *addr)
{
	if (family == 4)
		return addr->b[0] == 0 || addr->b[0] == 127 || vrrp_is_multicast(4, addr) ||
		       vrrp_load32(addr->b) == 0xffffffff;
	return vrrp_is_multicast(6, addr) ||
	       (!vrrp_load32(addr->b) && !vrrp_load32(addr->b + 4) && !vrrp_load32(addr->b + 8) &&
		vrrp_be32(vrrp_load32(addr->b + 12)) <= 1);
}

VRRP_APART int vrrp_is_peer(const struct vrrp_rules *rules, const struct vrrp_addr *source)
{
	if (!rules || !source)
		return 0;
	for (int i = 0; i < VRRP_MAX_PEERS; i++) {
		if (i >= rules->peer_count)
			break;
		if (vrrp_addr_equal(&rules->peers[i], source))
			return 1;
	}
	return 0;
}

/* Returns the length of the message by its own fields: the fixed part, the addresses, and v2's
 * authentication data. v2 over IPv6 was never defined, so only its fixed part counts. */
VRRP_INLINE __u32 vrrp_message_length(const struct vrrp_advert *advert)
{
	if (advert->version == VRRP_V2 && advert->family == 4)
		return VRRP_HDR_LEN + advert->address_count * 4 + VRRP_AUTH_LEN;
	if (advert->version == VRRP_V3)
		return VRRP_HDR_LEN + advert->address_count * (advert->family == 4 ? 4 : 16);
	return VRRP_HDR_LEN;
}

/* Check TTL, destination and peer by the instance's rules. */
VRRP_INLINE enum vrrp_verdict vrrp_check_path(const struct vrrp_rules *rules,
					      const struct vrrp_addr *own_source,
					      const struct vrrp_advert *advert)
{
	if (!(rules->flags & VRRP_RULE_UNICAST)) {
		if (advert->ttl != VRRP_TTL)
			return VRRP_VERDICT_TTL;
		if (!vrrp_is_group(advert->family, &advert->destination))
			return VRRP_VERDICT_DESTINATION;
		return VRRP_VERDICT_VALID;
	}
	if (advert->ttl < rules->min_ttl)
		return VRRP_VERDICT_TTL;
	if (!vrrp_addr_is_zero(own_source) && !vrrp_addr_equal(own_source, &advert->destination))
		return VRRP_VERDICT_DESTINATION;
	if (!vrrp_is_peer(rules, &advert->source))
		return VRRP_VERDICT_PEER;
	return VRRP_VERDICT_VALID;
}

/* The same check without an instance. A unicast advert passes, because we do not know what its
 * routers have agreed on. */
VRRP_INLINE enum vrrp_verdict vrrp_check_foreign_path(const struct vrrp_advert *advert)
{
	if (!vrrp_is_multicast(advert->family, &advert->destination))
		return VRRP_VERDICT_VALID;
	if (advert->ttl != VRRP_TTL)
		return VRRP_VERDICT_TTL;
	if (!vrrp_is_group(advert->family, &advert->destination))
		return VRRP_VERDICT_DESTINATION;
	return VRRP_VERDICT_VALID;
}

VRRP_INLINE __u64 vrrp_pseudo_sum(const struct vrrp_advert *advert, __u32 length)
{
	__u64 sum = (__u64)vrrp_be16((__u16)length) + vrrp_be16(VRRP_IPPROTO);

	for (int i = 0; i < 16; i += 4) {
		sum += vrrp_load32(advert->source.b + i);
		sum += vrrp_load32(advert->destination.b + i);
	}
	return sum;
}

/* Add an address of `size` bytes to the sum and to the digest. */
VRRP_INLINE void vrrp_sum_address(const __u8 *p, __u32 size, __u64 *sum, __u64 *digest)
{
	__u32 a = vrrp_load32(p), b = 0, c = 0, d = 0;

	if (size == 16) {
		b = vrrp_load32(p + 4);
		c = vrrp_load32(p + 8);
		d = vrrp_load32(p + 12);
	}
	*sum += (__u64)a + b + c + d;
	*digest += vrrp_address_mix(vrrp_be32(a), vrrp_be32(b), vrrp_be32(c), vrrp_be32(d));
}

#define VRRP_STRIDE 4

/* Add `count` addresses to the sum and to the digest. A long list is summed in strides, after the
 * odd addresses at its end: each step costs the verifier two branches, and these are most of its
 * work. size and most must be constants. Returns 0, or -1 if the frame ends before the list
 * does. */
VRRP_INLINE int vrrp_sum_list(const __u8 *list, const __u8 *end, __u32 count, __u32 most,
			      __u32 size, __u64 *sum, __u64 *digest)
{
	__u32 strides = most > VRRP_STRIDE ? count / VRRP_STRIDE : 0;
	__u32 odd = count - strides * VRRP_STRIDE, at = strides * VRRP_STRIDE * size;
	const __u8 *p;

	vrrp_opaque(at);
	p = list + (at & 0xfff);
	for (__u32 i = 0; i < VRRP_STRIDE; i++) {
		if (i >= odd)
			break;
		if (p + size > end)
			return -1;
		vrrp_sum_address(p, size, sum, digest);
		p += size;
		vrrp_opaque(p);
	}
	p = list;
	for (__u32 i = 0; i < most / VRRP_STRIDE; i++) {
		if (i >= strides)
			break;
		if (p + VRRP_STRIDE * size > end)
			return -1;
		for (__u32 j = 0; j < VRRP_STRIDE; j++) {
			vrrp_sum_address(p, size, sum, digest);
			p += size;
			vrrp_opaque(p);
		}
	}
	return 0;
}

/* The last check: sum the message, and compute the digest of its addresses on the way. Call it
 * after vrrp_check_fields(), which has found that place->need is not more than place->length.
 * `form` is the form of checksum that the rules ask for. `most` must be a constant, and no list is
 * longer: the verifier walks so many steps. */
VRRP_INLINE enum vrrp_verdict vrrp_check_sum(const __u8 *data, const __u8 *end,
					     const struct vrrp_place *place, __u8 form, __u32 most,
					     struct vrrp_advert *advert)
{
	__u32 offset = place->offset & VRRP_MAX_OFFSET, length = place->length, need = place->need;
	__u32 count = advert->address_count, size = advert->family == 4 ? 4 : 16;
	__u64 sum, trailer = 0, digest = 0;
	const __u8 *p = data + offset, *q;
	__u32 listed;

	if (p + VRRP_HDR_LEN > end)
		return VRRP_VERDICT_TRUNCATED;
	sum = (__u64)vrrp_load32(p) + vrrp_load32(p + 4);
	/* What lies behind the addresses is read before them: the packet is not read after the last
	 * loop. */
	listed = count * size;
	/* The verifier of Linux 6.1 forgets the bounds of a product, so the mask below gives it new
	 * ones. Without this line the compiler would drop the mask, which changes nothing. */
	vrrp_opaque(listed);
	q = p + VRRP_HDR_LEN + (listed & 0xfff);
	if (advert->version == VRRP_V2) {
		if (q + VRRP_AUTH_LEN > end)
			return VRRP_VERDICT_TRUNCATED;
		sum += (__u64)vrrp_load32(q) + vrrp_load32(q + 4);
	} else if (advert->family == 6 && length == need + VRRP_TRAILER_LEN) {
		if (q + VRRP_TRAILER_LEN > end)
			return VRRP_VERDICT_TRUNCATED;
		for (int i = 0; i < VRRP_TRAILER_LEN; i += 4)
			trailer += vrrp_load32(q + i);
	}

	p += VRRP_HDR_LEN;
	if (advert->family == 4) {
		if (count && p + 4 <= end)
			vrrp_load_addr4(&advert->first_address, p);
		if (vrrp_sum_list(p, end, count, most, 4, &sum, &digest))
			return VRRP_VERDICT_TRUNCATED;
	} else {
		if (count && p + 16 <= end)
			vrrp_load_addr6(&advert->first_address, p);
		if (vrrp_sum_list(p, end, count, most, 16, &sum, &digest))
			return VRRP_VERDICT_TRUNCATED;
	}
	advert->address_digest = digest;

	if (advert->family == 6) {
		if (vrrp_fold(sum + vrrp_pseudo_sum(advert, need)) == 0xffff)
			return VRRP_VERDICT_VALID;
		/* If a sender leaves the checksum to its kernel, it covers the trailer, too. */
		if (length == need + VRRP_TRAILER_LEN &&
		    vrrp_fold(sum + trailer + vrrp_pseudo_sum(advert, length)) == 0xffff)
			return VRRP_VERDICT_VALID;
		return VRRP_VERDICT_CHECKSUM;
	}
	if (advert->version == VRRP_V2)
		return vrrp_fold(sum) == 0xffff ? VRRP_VERDICT_VALID : VRRP_VERDICT_CHECKSUM;
	if (form != VRRP_CHECKSUM_RFC5798 && vrrp_fold(sum) == 0xffff) {
		advert->checksum = VRRP_CHECKSUM_RFC9568;
		return VRRP_VERDICT_VALID;
	}
	if (form != VRRP_CHECKSUM_RFC9568 &&
	    vrrp_fold(sum + vrrp_pseudo_sum(advert, need)) == 0xffff) {
		advert->checksum = VRRP_CHECKSUM_RFC5798;
		return VRRP_VERDICT_VALID;
	}
	return VRRP_VERDICT_CHECKSUM;
}

/* Check the authentication data of v2 by the instance's rules. */
VRRP_INLINE enum vrrp_verdict vrrp_check_auth(const __u8 *data, const __u8 *end, __u32 offset,
					      const struct vrrp_rules *rules,
					      const struct vrrp_advert *advert)
{
	const __u8 *q = data + offset + VRRP_HDR_LEN + advert->address_count * 4;

	if (advert->auth_type != rules->auth_type)
		return VRRP_VERDICT_AUTH_TYPE;
	if (rules->auth_type != VRRP_AUTH_PASS)
		return VRRP_VERDICT_VALID;
	if (q + VRRP_AUTH_LEN > end)
		return VRRP_VERDICT_TRUNCATED;
	if (vrrp_load32(q) != vrrp_load32(rules->auth_data) ||
	    vrrp_load32(q + 4) != vrrp_load32(rules->auth_data + 4))
		return VRRP_VERDICT_PASSWORD;
	return VRRP_VERDICT_VALID;
}

/* CARP's message is complete, and VRRP's would have 8 more bytes. */
VRRP_INLINE int vrrp_is_carp(const struct vrrp_advert *advert, const struct vrrp_place *place)
{
	return advert->family == 4 && advert->version == VRRP_V2 &&
	       place->type == VRRP_TYPE_ADVERT && advert->address_count == VRRP_CARP_WORDS &&
	       place->length == VRRP_CARP_LEN;
}

/* Is the first address of the list link-local? RFC 9568, erratum 8300. */
VRRP_INLINE enum vrrp_verdict vrrp_check_first(const __u8 *data, const __u8 *end, __u32 offset)
{
	const __u8 *p = data + offset + VRRP_HDR_LEN;

	if (p + 2 > end)
		return VRRP_VERDICT_TRUNCATED;
	return (vrrp_load16(p) & vrrp_be16(0xffc0)) == vrrp_be16(0xfe80) ? VRRP_VERDICT_VALID
									 : VRRP_VERDICT_LINK_LOCAL;
}

/*
 * Is the message valid, apart from its checksum? Call it after vrrp_locate() has returned VALID.
 * rules are those of the instance, and own_source is that of its path. If own_source is all zero,
 * it is not known yet, and is not compared. Both are NULL if no instance listens: then only the
 * rules that need no configuration count.
 */
VRRP_INLINE enum vrrp_verdict vrrp_check_fields(const __u8 *data, const __u8 *end,
						struct vrrp_place *place,
						const struct vrrp_rules *rules,
						const struct vrrp_addr *own_source,
						const struct vrrp_advert *advert)
{
	__u32 offset = place->offset & VRRP_MAX_OFFSET, need = vrrp_message_length(advert);
	int v2 = advert->version == VRRP_V2 && advert->family == 4;
	int v3 = advert->version == VRRP_V3;
	enum vrrp_verdict verdict;

	place->need = need;
	if (place->length < need)
		return vrrp_is_carp(advert, place) ? VRRP_VERDICT_CARP : VRRP_VERDICT_TRUNCATED;
	if (vrrp_is_impossible(advert->family, &advert->source))
		return VRRP_VERDICT_SOURCE;

	if (rules && own_source)
		verdict = vrrp_check_path(rules, own_source, advert);
	else
		verdict = vrrp_check_foreign_path(advert);
	if (verdict != VRRP_VERDICT_VALID)
		return verdict;

	if ((!v2 && !v3) || (rules && rules->version != advert->version))
		return VRRP_VERDICT_VERSION;
	if (place->type != VRRP_TYPE_ADVERT)
		return VRRP_VERDICT_TYPE;
	if (own_source && !vrrp_addr_is_zero(own_source) &&
	    vrrp_addr_equal(own_source, &advert->source))
		return VRRP_VERDICT_OWN_SOURCE;
	if (v3 && advert->address_count == 0)
		return VRRP_VERDICT_ADDRESS_COUNT;
	if (advert->family == 6 && rules && !(rules->flags & VRRP_RULE_LENIENT)) {
		verdict = vrrp_check_first(data, end, offset);
		if (verdict != VRRP_VERDICT_VALID)
			return verdict;
	}
	if (v2 && rules) {
		verdict = vrrp_check_auth(data, end, offset, rules, advert);
		if (verdict != VRRP_VERDICT_VALID)
			return verdict;
	}
	if (advert->interval_cs == 0)
		return VRRP_VERDICT_INTERVAL_ZERO;
	if (v2 && rules && advert->interval_cs != rules->interval_cs)
		return VRRP_VERDICT_INTERVAL_MISMATCH;
	return VRRP_VERDICT_VALID;
}

/* Is the message valid? Makes both checks in order, and fills in the rest of *advert. */
VRRP_INLINE enum vrrp_verdict vrrp_check(const __u8 *data, const __u8 *end,
					 struct vrrp_place *place, const struct vrrp_rules *rules,
					 const struct vrrp_addr *own_source,
					 struct vrrp_advert *advert)
{
	enum vrrp_verdict verdict = vrrp_check_fields(data, end, place, rules, own_source, advert);

	if (verdict != VRRP_VERDICT_VALID)
		return verdict;
	return vrrp_check_sum(data, end, place, rules ? rules->checksum : VRRP_CHECKSUM_AUTO,
			      VRRP_MAX_ADDRESSES, advert);
}

#endif
