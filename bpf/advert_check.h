/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is the message that advert_locate.h has found valid by the rules of its router? Each reason to
 * refuse it is a verdict. The cheapest check comes first, in the order of docs/protocol.md, Checks
 * on receipt.
 *
 * Pure, and the same code for the XDP program, socket mode, the simulator and the tests, as
 * advert_locate.h is. The packet is not read any more after the last loop, so that the verifier
 * sees one state there, and not one for each length.
 */
#ifndef ADVERT_CHECK_H
#define ADVERT_CHECK_H

#include "advert_locate.h"

/* For a function with a loop that the verifier should walk once, and not for each state in which it
 * is entered. The XDP program makes it a global function. */
#ifndef VRRP_APART
#define VRRP_APART VRRP_INLINE
#endif

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

/* Is this an address that no host can have? In IPv4 that is 0.0.0.0/8, loopback, multicast and the
 * limited broadcast; in IPv6 the unspecified address, loopback and multicast. The kernel drops a
 * packet from such an address. XDP sees the packet before the kernel does, so it must drop it, too.
 */
VRRP_INLINE int vrrp_is_impossible(__u8 family, const struct vrrp_addr *addr)
{
	if (family == 4)
		return addr->b[0] == 0 || addr->b[0] == 127 || vrrp_is_multicast(4, addr) ||
		       vrrp_load32(addr->b) == 0xffffffff;
	return vrrp_is_multicast(6, addr) ||
	       (!vrrp_load32(addr->b) && !vrrp_load32(addr->b + 4) && !vrrp_load32(addr->b + 8) &&
		vrrp_be32(vrrp_load32(addr->b + 12)) <= 1);
}

VRRP_APART int vrrp_is_peer(const struct vrrp_rules *rules, const struct vrrp_peers *peers,
			    const struct vrrp_addr *source)
{
	if (!rules || !peers || !source)
		return 0;
	for (int i = 0; i < VRRP_MAX_PEERS; i++) {
		if (i >= rules->peer_count)
			break;
		if (vrrp_addr_equal(&peers->addr[i], source))
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
					      const struct vrrp_peers *peers,
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
	if (!vrrp_is_peer(rules, peers, &advert->source))
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

/* Add `count` addresses to the sum and to the digest. size and most must be constants, and count is
 * not more than most. Returns 0, or -1 if the frame ends before the list does. */
VRRP_INLINE int vrrp_sum_list(const __u8 *list, const __u8 *end, __u32 count, __u32 most,
			      __u32 size, __u64 *sum, __u64 *digest)
{
	const __u8 *p = list;

	/* The verifier of Linux 6.1 finds the end of a loop by a constant alone. A compiler that
	 * knew the bounds of the count would leave the constant out. */
	vrrp_opaque(count);
	for (__u32 i = 0; i < most; i++) {
		if (i >= count)
			break;
		if (p + size > end)
			return -1;
		vrrp_sum_address(p, size, sum, digest);
		p += size;
		vrrp_opaque(p);
	}
	return 0;
}

/* What vrrp_judge_sums() compares. The trailer has a sum of its own, because only some senders
 * include it in the checksum. */
struct vrrp_sums {
	__u64 message; /* without the trailer */
	__u64 trailer;
	__u64 digest; /* of the addresses */
};

/* Begin the last check: sum all but the list of addresses, and note the first address. Call it
 * after vrrp_check_fields(), which has found that place->need is not more than place->length. What
 * lies behind the addresses is read before them: the packet is not read after the last loop. */
VRRP_INLINE enum vrrp_verdict vrrp_sum_around(const __u8 *data, const __u8 *end,
					      const struct vrrp_place *place,
					      struct vrrp_advert *advert, struct vrrp_sums *sums)
{
	__u32 count = advert->address_count, listed = count * (advert->family == 4 ? 4 : 16);
	const __u8 *p = data + (place->offset & VRRP_MAX_OFFSET), *q;

	if (p + VRRP_HDR_LEN > end)
		return VRRP_VERDICT_TRUNCATED;
	sums->message = (__u64)vrrp_load32(p) + vrrp_load32(p + 4);
	sums->trailer = sums->digest = 0;
	/* The verifier of Linux 6.1 forgets the bounds of a product, so the mask below gives it new
	 * ones. Without this line the compiler would drop the mask, which changes nothing. */
	vrrp_opaque(listed);
	p += VRRP_HDR_LEN;
	q = p + (listed & 0xfff);
	if (advert->version == VRRP_V2) {
		if (q + VRRP_AUTH_LEN > end)
			return VRRP_VERDICT_TRUNCATED;
		sums->message += (__u64)vrrp_load32(q) + vrrp_load32(q + 4);
	} else if (advert->family == 6 && place->length == place->need + VRRP_TRAILER_LEN) {
		if (q + VRRP_TRAILER_LEN > end)
			return VRRP_VERDICT_TRUNCATED;
		for (int i = 0; i < VRRP_TRAILER_LEN; i += 4)
			sums->trailer += vrrp_load32(q + i);
	}
	if (count && advert->family == 4 && p + 4 <= end)
		vrrp_load_addr4(&advert->first_address, p);
	if (count && advert->family == 6 && p + 16 <= end)
		vrrp_load_addr6(&advert->first_address, p);
	return VRRP_VERDICT_VALID;
}

/* Sum `count` addresses of the list, those from number `from` on. `most` must be a constant, and
 * count is not more: the verifier walks so many steps. Returns 0, or -1 if the frame ends before
 * the list does. */
VRRP_INLINE int vrrp_sum_addresses(const __u8 *data, const __u8 *end,
				   const struct vrrp_place *place, __u8 family, __u32 from,
				   __u32 count, __u32 most, struct vrrp_sums *sums)
{
	__u32 skipped = from * (family == 4 ? 4 : 16);
	const __u8 *p = data + (place->offset & VRRP_MAX_OFFSET) + VRRP_HDR_LEN;

	vrrp_opaque(skipped);
	p += skipped & 0xfff;
	return family == 4 ? vrrp_sum_list(p, end, count, most, 4, &sums->message, &sums->digest)
			   : vrrp_sum_list(p, end, count, most, 16, &sums->message, &sums->digest);
}

/* End the last check. `form` is the form of checksum that the rules ask for. */
VRRP_INLINE enum vrrp_verdict vrrp_judge_sums(const struct vrrp_place *place, __u8 form,
					      const struct vrrp_sums *sums,
					      struct vrrp_advert *advert)
{
	__u32 length = place->length, need = place->need;
	__u64 sum = sums->message;

	advert->address_digest = sums->digest;
	if (advert->family == 6) {
		if (vrrp_fold(sum + vrrp_pseudo_sum(advert, need)) == 0xffff)
			return VRRP_VERDICT_VALID;
		/* If a sender leaves the checksum to its kernel, it covers the trailer, too. */
		if (length == need + VRRP_TRAILER_LEN &&
		    vrrp_fold(sum + sums->trailer + vrrp_pseudo_sum(advert, length)) == 0xffff)
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

/* The last check, whole: sum the message, and compute the digest of its addresses on the way.
 * `most` must be a constant, and no list is longer. */
VRRP_INLINE enum vrrp_verdict vrrp_check_sum(const __u8 *data, const __u8 *end,
					     const struct vrrp_place *place, __u8 form, __u32 most,
					     struct vrrp_advert *advert)
{
	struct vrrp_sums sums;

	if (vrrp_sum_around(data, end, place, advert, &sums) != VRRP_VERDICT_VALID ||
	    vrrp_sum_addresses(data, end, place, advert->family, 0, advert->address_count, most,
			       &sums))
		return VRRP_VERDICT_TRUNCATED;
	return vrrp_judge_sums(place, form, &sums, advert);
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
 * rules and peers are those of the instance (peers may be NULL if it has none), and own_source is
 * that of its path. If own_source is all zero, it is not known yet, and is not compared. All are
 * NULL if no instance listens: then only the rules that need no configuration count.
 */
VRRP_INLINE enum vrrp_verdict
vrrp_check_fields(const __u8 *data, const __u8 *end, struct vrrp_place *place,
		  const struct vrrp_rules *rules, const struct vrrp_peers *peers,
		  const struct vrrp_addr *own_source, const struct vrrp_advert *advert)
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
		verdict = vrrp_check_path(rules, peers, own_source, advert);
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
					 const struct vrrp_peers *peers,
					 const struct vrrp_addr *own_source,
					 struct vrrp_advert *advert)
{
	enum vrrp_verdict verdict =
		vrrp_check_fields(data, end, place, rules, peers, own_source, advert);

	if (verdict != VRRP_VERDICT_VALID)
		return verdict;
	return vrrp_check_sum(data, end, place, rules ? rules->checksum : VRRP_CHECKSUM_AUTO,
			      VRRP_MAX_ADDRESSES, advert);
}

#endif
