/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts answers, and writes and reads the frames of questions and answers: RFC 826, RFC 5227, RFC
 * 4861. Depends on include/, core/monotime.h and core/vrrp/wire.h. Never sends, waits or reads a
 * clock.
 */
#include "core/vrrp/witness.h"

#include <errno.h>
#include <string.h>

#include "core/vrrp/wire.h"
#include "vrrp_timers.h"

#define MIN_PERIOD   (100 * NS_PER_MS)
#define MIN_PATIENCE (3000 * NS_PER_MS)
#define HURRY        4 /* after a missed answer, the questions follow this many times faster */
#define MISSES_MAX   1000000

#define ARP_FRAME   (WIRE_ETH_LEN + WIRE_ARP_LEN)
#define ARP_REQUEST 1
#define ARP_REPLY   2
#define ND_LEN      24 /* without options */
#define ND_FRAME    (WIRE_ETH_LEN + WIRE_IP6_LEN + ND_LEN + 8)
#define ND_HOPS     255

_Static_assert(ND_FRAME == WITNESS_FRAME, "the longest question");

/* ---- what the answers mean ---- */

int64_t witness_period_ns(uint16_t interval_cs)
{
	int64_t interval = (int64_t)(interval_cs * VRRP_NS_PER_CS);

	return interval > MIN_PERIOD ? interval : MIN_PERIOD;
}

int64_t witness_patience_ns(uint16_t interval_cs)
{
	int64_t three = 3 * witness_period_ns(interval_cs);

	return three > MIN_PATIENCE ? three : MIN_PATIENCE;
}

void witness_view_reset(struct witness_view *view)
{
	*view = (struct witness_view){0};
}

void witness_view_heard(struct witness_view *view)
{
	view->asked = false;
	view->heard = true;
	view->misses = 0;
}

struct monotime witness_view_ask(struct witness_view *view, int64_t period_ns, struct monotime now)
{
	bool hurry;

	if (view->asked) {
		if (view->misses == 0)
			view->silent_since = view->asked_at;
		if (view->misses < MISSES_MAX)
			view->misses++;
	}
	view->asked = true;
	view->asked_at = now;
	hurry = view->misses > 0 && view->misses < WITNESS_SILENT;
	return monotime_add(now, hurry ? period_ns / HURRY : period_ns);
}

bool witness_view_allows(const struct witness_view *view, enum config_witness kind)
{
	switch (kind) {
	case CONFIG_WITNESS_NONE:
		break;
	case CONFIG_WITNESS_GATEWAY:
		return view->heard && view->misses == 0;
	case CONFIG_WITNESS_OWNER:
		return view->misses >= WITNESS_SILENT;
	}
	return true;
}

bool witness_view_gives_up(const struct witness_view *view, int64_t patience_ns,
			   struct monotime now)
{
	return view->misses >= WITNESS_SILENT &&
	       monotime_diff(now, view->silent_since) >= patience_ns;
}

/* ---- questions and answers ---- */

/* The Internet checksum over an ICMPv6 message and its pseudo-header. The result is 0 if the
 * message contains a correct checksum. */
static unsigned int icmpv6_checksum(const uint8_t *ip, const uint8_t *message, size_t length)
{
	uint32_t sum = WIRE_ICMP6 + (uint32_t)length;

	sum = wire_sum16(ip + 8, WIRE_IP6_LEN - 8, sum); /* both addresses */
	return wire_fold(wire_sum16(message, length, sum));
}

static int encode_arp(const struct witness_question *question, uint8_t *buf)
{
	static const uint8_t fixed[] = {0, 1, 8, 0, 6, 4, 0, ARP_REQUEST};
	uint8_t *arp = buf + WIRE_ETH_LEN;

	memset(buf, 0, ARP_FRAME);
	memset(buf, 0xff, 6);
	memcpy(buf + 6, question->mac, 6);
	wire_put16(buf + 12, WIRE_ETHERTYPE_ARP);
	memcpy(arp, fixed, sizeof(fixed));
	memcpy(arp + 8, question->mac, 6);
	memcpy(arp + 14, question->source.b, 4);
	memcpy(arp + 24, question->target.b, 4);
	return ARP_FRAME;
}

static int encode_ns(const struct witness_question *question, uint8_t *buf)
{
	uint8_t *ip = buf + WIRE_ETH_LEN, *icmp = ip + WIRE_IP6_LEN;

	memset(buf, 0, ND_FRAME);
	memset(buf, 0x33, 2);
	buf[2] = 0xff;
	memcpy(buf + 3, question->target.b + 13, 3);
	memcpy(buf + 6, question->mac, 6);
	wire_put16(buf + 12, WIRE_ETHERTYPE_IP6);
	ip[0] = 0x60;
	wire_put16(ip + 4, ND_LEN + 8);
	ip[6] = WIRE_ICMP6;
	ip[7] = ND_HOPS;
	memcpy(ip + 8, question->source.b, 16);
	/* the solicited-node multicast address, ff02::1:ffXX:XXXX */
	ip[24] = 0xff;
	ip[25] = 0x02;
	ip[35] = 0x01;
	ip[36] = 0xff;
	memcpy(ip + 37, question->target.b + 13, 3);
	icmp[0] = WIRE_ICMP6_NS;
	memcpy(icmp + 8, question->target.b, 16);
	icmp[ND_LEN] = 1; /* source link-layer address, in units of 8 bytes */
	icmp[ND_LEN + 1] = 1;
	memcpy(icmp + ND_LEN + 2, question->mac, 6);
	wire_put16(icmp + 2, icmpv6_checksum(ip, icmp, ND_LEN + 8));
	return ND_FRAME;
}

int witness_encode(const struct witness_question *question, uint8_t *buf, size_t size)
{
	if (question->family == 6 && vrrp_addr_is_zero(&question->source))
		return -EINVAL;
	if (size < (question->family == 6 ? ND_FRAME : ARP_FRAME))
		return -ENOSPC;
	return question->family == 6 ? encode_ns(question, buf) : encode_arp(question, buf);
}

static bool is_arp_reply(const struct vrrp_addr *target, const uint8_t *frame, size_t length)
{
	static const uint8_t fixed[] = {0, 1, 8, 0, 6, 4, 0, ARP_REPLY};
	const uint8_t *arp = frame + WIRE_ETH_LEN;

	return length >= ARP_FRAME && wire_get16(frame + 12) == WIRE_ETHERTYPE_ARP &&
	       !memcmp(arp, fixed, sizeof(fixed)) && !(arp[8] & 1) &&
	       !memcmp(arp + 14, target->b, 4);
}

static bool is_na(const struct vrrp_addr *target, const uint8_t *frame, size_t length)
{
	const uint8_t *ip = frame + WIRE_ETH_LEN, *icmp = ip + WIRE_IP6_LEN;
	size_t payload;

	if (length < WIRE_ETH_LEN + WIRE_IP6_LEN + ND_LEN ||
	    wire_get16(frame + 12) != WIRE_ETHERTYPE_IP6)
		return false;
	payload = wire_get16(ip + 4);
	if (ip[0] >> 4 != 6 || ip[6] != WIRE_ICMP6 || ip[7] != ND_HOPS || payload < ND_LEN ||
	    payload > length - WIRE_ETH_LEN - WIRE_IP6_LEN)
		return false;
	return icmp[0] == WIRE_ICMP6_NA && icmp[1] == 0 && !memcmp(icmp + 8, target->b, 16) &&
	       icmpv6_checksum(ip, icmp, payload) == 0;
}

bool witness_is_answer(uint8_t family, const struct vrrp_addr *target, const uint8_t *frame,
		       size_t length)
{
	return family == 6 ? is_na(target, frame, length) : is_arp_reply(target, frame, length);
}

/* ---- who is asked ---- */

static bool is_gateway(const struct config_route *route)
{
	return route->plen == 0 && route->has_via && !route->dev[0];
}

int witness_target(const struct config_router *router, enum config_witness kind,
		   uint8_t *ret_family, struct vrrp_addr *ret_target)
{
	bool gateway = kind == CONFIG_WITNESS_GATEWAY;
	unsigned int count = gateway ? router->route_count : router->address_count;
	const struct vrrp_addr *found = NULL;
	uint8_t family = 0;

	if (kind == CONFIG_WITNESS_NONE)
		return -ENOENT;
	for (unsigned int i = 0; i < count && family != router->family; i++) {
		const struct config_route *route = gateway ? &router->routes[i] : NULL;
		const struct config_prefix *prefix = gateway ? NULL : &router->addresses[i];
		uint8_t its = gateway ? route->family : prefix->family;

		if ((gateway ? !is_gateway(route) : prefix->dev[0] != '\0') ||
		    (found && its != router->family))
			continue;
		found = gateway ? &route->via : &prefix->addr;
		family = its;
	}
	if (!found)
		return -ENOENT;
	*ret_family = family;
	*ret_target = *found;
	return 0;
}
