// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the attributes in plan_route.extra say: an MTU, and several next hops. They are rtnetlink's,
 * because a route that is not ours has to come back with all that the kernel gave it. Depends on
 * core/ and the kernel's constants. Reads whatever bytes there are, never beyond extra_len.
 */
#include <linux/rtnetlink.h>
#include <string.h>

#include "core/nic/plan_internal.h"

#define ALIGN(length) (((length) + 3U) & ~3U)

/* Bytes that hold attributes, or next hops. */
struct span {
	const uint8_t *at;
	size_t length;
};

/* The attribute at the beginning of *span, which moves behind it. Returns false at the end, or
 * where the bytes are no attribute. */
static bool next_attr(struct span *span, uint16_t *ret_type, struct span *ret_value)
{
	struct rtattr attr;
	size_t whole;

	if (span->length < sizeof(attr))
		return false;
	memcpy(&attr, span->at, sizeof(attr));
	if (attr.rta_len < sizeof(attr) || attr.rta_len > span->length)
		return false;
	*ret_type = attr.rta_type & NLA_TYPE_MASK;
	*ret_value = (struct span){span->at + sizeof(attr), attr.rta_len - sizeof(attr)};
	whole = ALIGN(attr.rta_len);
	if (whole > span->length)
		whole = span->length;
	*span = (struct span){span->at + whole, span->length - whole};
	return true;
}

static bool find_attr(struct span span, uint16_t wanted, struct span *ret_value)
{
	uint16_t type;

	while (next_attr(&span, &type, ret_value))
		if (type == wanted)
			return true;
	return false;
}

static struct span extra_of(const struct plan_route *route)
{
	return (struct span){route->extra, route->extra_len};
}

/* The place for an attribute with a value of `length` bytes. NULL: there is no room. */
static uint8_t *put_attr(struct plan_route *route, uint16_t type, size_t length)
{
	const struct rtattr attr = {.rta_len = (uint16_t)(sizeof(attr) + length), .rta_type = type};
	uint8_t *at = route->extra + route->extra_len;
	size_t whole = ALIGN(attr.rta_len);

	if (route->extra_len + whole > sizeof(route->extra))
		return NULL;
	memset(at, 0, whole);
	memcpy(at, &attr, sizeof(attr));
	route->extra_len = (uint16_t)(route->extra_len + whole);
	return at + sizeof(attr);
}

/* ---- the MTU ---- */

uint32_t extra_mtu(const struct plan_route *route)
{
	struct span metrics, value;
	uint32_t mtu = 0;

	if (find_attr(extra_of(route), RTA_METRICS, &metrics) &&
	    find_attr(metrics, RTAX_MTU, &value) && value.length == sizeof(mtu))
		memcpy(&mtu, value.at, sizeof(mtu));
	return mtu;
}

void extra_put_mtu(struct plan_route *route, uint32_t mtu)
{
	const struct rtattr inner = {.rta_len = sizeof(inner) + sizeof(mtu), .rta_type = RTAX_MTU};
	uint8_t *at = put_attr(route, RTA_METRICS | NLA_F_NESTED, inner.rta_len);

	if (!at)
		return;
	memcpy(at, &inner, sizeof(inner));
	memcpy(at + sizeof(inner), &mtu, sizeof(mtu));
}

/* ---- next hops ---- */

static size_t address_length(uint8_t family)
{
	return family == 6 ? 16 : 4;
}

/* The next hop at the beginning of *span, which moves behind it. */
static bool next_hop(struct span *span, struct rtnexthop *ret_hop, struct span *ret_attrs)
{
	size_t whole;

	if (span->length < sizeof(*ret_hop))
		return false;
	memcpy(ret_hop, span->at, sizeof(*ret_hop));
	if (ret_hop->rtnh_len < sizeof(*ret_hop) || ret_hop->rtnh_len > span->length)
		return false;
	*ret_attrs =
		(struct span){span->at + sizeof(*ret_hop), ret_hop->rtnh_len - sizeof(*ret_hop)};
	whole = ALIGN(ret_hop->rtnh_len);
	if (whole > span->length)
		whole = span->length;
	*span = (struct span){span->at + whole, span->length - whole};
	return true;
}

/* Returns false if there is no such next hop. */
static bool hop_at(const struct plan_route *route, unsigned int at, struct rtnexthop *ret_hop,
		   struct span *ret_attrs)
{
	struct span hops;

	if (!find_attr(extra_of(route), RTA_MULTIPATH, &hops))
		return false;
	for (unsigned int i = 0; next_hop(&hops, ret_hop, ret_attrs); i++)
		if (i == at)
			return true;
	return false;
}

unsigned int extra_hops(const struct plan_route *route)
{
	struct rtnexthop hop;
	struct span attrs;
	unsigned int count = 0;

	while (hop_at(route, count, &hop, &attrs))
		count++;
	return count;
}

void extra_hop(const struct plan_route *route, unsigned int at, struct plan_route *ret_one)
{
	struct rtnexthop hop;
	struct span attrs, via;

	*ret_one = (struct plan_route){.family = route->family, .table = route->table};
	if (!hop_at(route, at, &hop, &attrs))
		return;
	ret_one->ifindex = hop.rtnh_ifindex;
	ret_one->onlink = hop.rtnh_flags & RTNH_F_ONLINK;
	ret_one->has_via =
		find_attr(attrs, RTA_GATEWAY, &via) && via.length == address_length(route->family);
	if (ret_one->has_via)
		memcpy(ret_one->via.b, via.at, via.length);
}

bool extra_put_hops(struct plan_route *route, const struct config_hop *hops, const int *ifindexes,
		    unsigned int count)
{
	size_t via = address_length(route->family), length = 0;
	uint8_t *at;

	for (unsigned int i = 0; i < count; i++)
		length += sizeof(struct rtnexthop) +
			  (hops[i].has_via ? sizeof(struct rtattr) + via : 0);
	at = put_attr(route, RTA_MULTIPATH | NLA_F_NESTED, length);
	if (!at)
		return false;
	for (unsigned int i = 0; i < count; i++) {
		const struct rtattr attr = {.rta_len = (uint16_t)(sizeof(attr) + via),
					    .rta_type = RTA_GATEWAY};
		struct rtnexthop hop = {
			.rtnh_len = (uint16_t)(sizeof(hop) + (hops[i].has_via ? attr.rta_len : 0)),
			.rtnh_flags = hops[i].onlink ? RTNH_F_ONLINK : 0,
			.rtnh_hops = (uint8_t)(hops[i].weight - 1),
			.rtnh_ifindex = ifindexes[i],
		};

		memcpy(at, &hop, sizeof(hop));
		at += sizeof(hop);
		if (!hops[i].has_via)
			continue;
		memcpy(at, &attr, sizeof(attr));
		memcpy(at + sizeof(attr), hops[i].via.b, via);
		at += attr.rta_len;
	}
	return true;
}

void extra_set_onlink(struct plan_route *route, unsigned int at)
{
	struct rtnexthop hop;
	struct span attrs;

	if (!hop_at(route, at, &hop, &attrs))
		return;
	hop.rtnh_flags |= RTNH_F_ONLINK;
	memcpy(route->extra + (attrs.at - route->extra) - sizeof(hop), &hop, sizeof(hop));
}

/* Does it have anything that the functions above do not look at? */
static bool is_plain(const struct plan_route *route)
{
	struct rtnexthop hop;
	struct span attrs, value, all = extra_of(route);
	uint16_t type;

	while (next_attr(&all, &type, &value))
		if (type != RTA_MULTIPATH && type != RTA_METRICS && type != RTA_PREF)
			return false;
	for (unsigned int i = 0; hop_at(route, i, &hop, &attrs); i++)
		while (next_attr(&attrs, &type, &value))
			if (type != RTA_GATEWAY)
				return false;
	return extra_hops(route) > 0;
}

static bool same_hop(const struct plan_route *a, unsigned int i, const struct plan_route *b,
		     unsigned int j)
{
	struct plan_route one, other;
	struct rtnexthop mine, theirs;
	struct span attrs;

	extra_hop(a, i, &one);
	extra_hop(b, j, &other);
	return hop_at(a, i, &mine, &attrs) && hop_at(b, j, &theirs, &attrs) &&
	       mine.rtnh_hops == theirs.rtnh_hops && one.ifindex == other.ifindex &&
	       one.has_via == other.has_via && memcmp(&one.via, &other.via, sizeof(one.via)) == 0;
}

/* Is each next hop of `a` one of `b`? */
static bool has_hops(const struct plan_route *a, const struct plan_route *b, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		bool found = false;

		for (unsigned int j = 0; j < count && !found; j++)
			found = same_hop(a, i, b, j);
		if (!found)
			return false;
	}
	return true;
}

bool same_extra_hops(const struct plan_route *a, const struct plan_route *b)
{
	unsigned int count = extra_hops(a);

	if (a->extra_len == b->extra_len && memcmp(a->extra, b->extra, a->extra_len) == 0)
		return true;
	return is_plain(a) && is_plain(b) && count == extra_hops(b) && has_hops(a, b, count) &&
	       has_hops(b, a, count);
}
