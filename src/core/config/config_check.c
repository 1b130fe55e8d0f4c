/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keys mean beside each other within one router; between routers, see config_claims.c. Fills
 * in what follows from them (family, list of adverts, default routes, virtual MAC). An error names
 * the line of the key that does not fit, or of the section when a key is missing; a key that was
 * refused already is not complained about a second time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/config/config_internal.h"
#include "core/config/rule.h"

/* CONFIG_MAX_ADVERTISE6, and one in the place of the trailer. */
#define MAX_ADVERTISE6 90

#define HMAC_WINDOW_MIN_S 5

static bool is_bad(const struct config_draft *draft, enum config_key key)
{
	return draft->given.bad[key];
}

static bool is_given(const struct config_draft *draft, enum config_key key)
{
	return draft->given.given[key] || draft->given.bad[key];
}

static const char *family_name(uint8_t family)
{
	return family == 4 ? "IPv4" : "IPv6";
}

/* ---- one router --------------------------------------------------------------------------------
 */

static void check_missing(struct config_parse *p, const struct config_draft *draft)
{
	char buf[CONFIG_ACCEPTS];

	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		if (config_rows[key].needed && !is_given(draft, key))
			config_refuse_at(p, draft->router.line, key, "missing (accepted: %s)",
					 config_accepts(p, &config_rows[key], buf));
	}
}

static void check_version(struct config_parse *p, struct config_draft *draft)
{
	const struct config_router *r = &draft->router;

	if (is_bad(draft, KEY_VERSION))
		return;
	if (r->version == VRRP_V2 && r->family == 6)
		config_refuse(p, draft, KEY_VERSION,
			      "2 supports only IPv4, but this router is IPv6 (accepted: 3)");
	if (is_bad(draft, KEY_INTERVAL))
		; /* nothing to compare */
	else if (r->version == VRRP_V2 && r->interval_cs % 100 != 0)
		config_refuse(p, draft, KEY_INTERVAL,
			      "version 2 counts whole seconds (accepted: 1s to 255s)");
	else if (r->version == VRRP_V3 && r->interval_cs > VRRP_V3_INTERVAL_MAX_CS)
		config_refuse(p, draft, KEY_INTERVAL,
			      "is out of range for version 3 (accepted: 10ms to 40.95s in steps of "
			      "10ms)");
	if (r->version == VRRP_V3 && r->auth_type == VRRP_AUTH_PASS)
		config_refuse(p, draft, KEY_AUTH,
			      "a password needs version = 2 (accepted with version 3: none)");
	if (r->checksum != VRRP_CHECKSUM_AUTO && (r->version == VRRP_V2 || r->family == 6))
		config_refuse(p, draft, KEY_CHECKSUM,
			      "has two forms only with IPv4 and version 3 (accepted here: auto)");
	if (r->any_first_address && r->family == 4)
		config_refuse(p, draft, KEY_FIRST_ADDRESS,
			      "is for IPv6, whose list begins with a link-local address");
}

static bool has_family(const struct config_prefix *list, unsigned int count, uint8_t family)
{
	for (unsigned int i = 0; i < count; i++) {
		if (list[i].family == family)
			return true;
	}
	return false;
}

static const struct config_prefix *find_shared(const struct config_router *r,
					       const struct vrrp_addr *addr, uint8_t family)
{
	for (unsigned int i = 0; i < r->address_count; i++) {
		if (r->addresses[i].family == family &&
		    memcmp(&r->addresses[i].addr, addr, sizeof(*addr)) == 0)
			return &r->addresses[i];
	}
	return NULL;
}

static bool is_shared(const struct config_router *r, const struct vrrp_addr *addr, uint8_t family)
{
	return find_shared(r, addr, family) != NULL;
}

static void check_gateways(struct config_parse *p, const struct config_draft *draft)
{
	const struct config_router *r = &draft->router;

	if (is_bad(draft, KEY_ADDRESS))
		return;
	for (int i = 0; i < 2; i++) {
		const struct config_gateway *gateway = &draft->gateway[i];
		uint8_t family = i == 0 ? 4 : 6;

		if (gateway->given && r->address_count > 0 &&
		    !has_family(r->addresses, r->address_count, family))
			config_refuse_at(p, gateway->line, KEY_GATEWAY,
					 "is %s, but no address of the router is %s",
					 family_name(family), family_name(family));
		if (gateway->given && is_shared(r, &gateway->addr, family))
			config_refuse_at(p, gateway->line, KEY_GATEWAY,
					 "is one of the router's own addresses");
	}
	for (unsigned int i = 0; i < r->route_count; i++) {
		const struct config_route *route = &r->routes[i];

		bool own = route->has_via && is_shared(r, &route->via, route->family);

		for (unsigned int h = 0; h < route->hop_count; h++)
			own |= route->hops[h].has_via &&
			       is_shared(r, &route->hops[h].via, route->family);
		if (own)
			config_refuse_at(p, draft->given.lines[KEY_ROUTE][i], KEY_ROUTE,
					 "via is one of the router's own addresses");
	}
}

/* ip-address(8) and ifconfig(8) expect the name of the interface at the beginning of a label. */
static void check_labels(struct config_parse *p, const struct config_draft *draft,
			 enum config_key key, const struct config_prefix *list, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		const char *dev = list[i].dev[0] ? list[i].dev : draft->router.public;

		if (list[i].label[0] && dev[0] && strncmp(list[i].label, dev, strlen(dev)) != 0)
			config_refuse_at(
				p, draft->given.lines[key][i], key,
				"label %s does not begin with the interface's name (accepted: "
				"%s, or %s:TEXT)",
				list[i].label, dev, dev);
	}
}

static void check_rules(struct config_parse *p, struct config_draft *draft)
{
	struct config_router *r = &draft->router;

	for (unsigned int i = 0; i < r->rule_count; i++) {
		if (r->rules[i].family == 0)
			r->rules[i].family = r->family;
		for (unsigned int j = 0; j < i; j++) {
			if (rule_same(&r->rules[i], &r->rules[j]))
				config_refuse_at(p, draft->given.lines[KEY_RULE][i], KEY_RULE,
						 "is given already, at line %u",
						 draft->given.lines[KEY_RULE][j]);
		}
	}
}

static void check_transport(struct config_parse *p, const struct config_draft *draft)
{
	const struct config_router *r = &draft->router;
	bool peers = r->peer_count > 0;

	if (is_given(draft, KEY_MIN_TTL) && !is_bad(draft, KEY_MIN_TTL) &&
	    !is_given(draft, KEY_PEERS))
		config_refuse(p, draft, KEY_MIN_TTL,
			      "is for unicast, and there are no peers: multicast adverts always "
			      "need 255");
	if (r->family == 0)
		return;
	if (peers && draft->given.family[KEY_PEERS] != r->family)
		config_refuse(p, draft, KEY_PEERS, "are %s, and the router is %s",
			      family_name(draft->given.family[KEY_PEERS]), family_name(r->family));
	for (unsigned int i = 0; i < r->peer_count; i++) {
		if (is_shared(r, &r->peers[i], draft->given.family[KEY_PEERS]))
			config_refuse(p, draft, KEY_PEERS,
				      "one is a shared address, which both sides carry in turn");
		if (r->has_source && memcmp(&r->peers[i], &r->source, sizeof(r->source)) == 0)
			config_refuse(p, draft, KEY_PEERS, "one is this host's own source");
	}
	if (!r->has_source)
		return;
	if (draft->given.family[KEY_SOURCE] != r->family)
		config_refuse(p, draft, KEY_SOURCE, "is %s, and the router is %s",
			      family_name(draft->given.family[KEY_SOURCE]), family_name(r->family));
	else if (r->family == 6 && !peers && !is_bad(draft, KEY_PEERS) &&
		 !address_is_link_local6(&r->source))
		config_refuse(p, draft, KEY_SOURCE,
			      "is not link-local (fe80::/10), as multicast over IPv6 needs");
	if (r->priority != VRRP_PRIO_OWNER &&
	    is_shared(r, &r->source, draft->given.family[KEY_SOURCE]))
		config_refuse(p, draft, KEY_SOURCE,
			      "is a shared address; only an owner (priority 255) may send from it");
}

/* Nothing but the fence tells what is addressed to a shared address from what is forwarded. */
static void check_accept(struct config_parse *p, const struct config_draft *draft)
{
	if (!draft->router.accept && draft->router.fence == CONFIG_FENCE_NO)
		config_refuse(
			p, draft, KEY_ACCEPT,
			"no needs the fence, and fence = no is given at line %u (accepted here: "
			"yes)",
			draft->given.line[KEY_FENCE]);
}

/* The witness needs somebody to ask, and a router that can wait for the answer. */
static void check_witness(struct config_parse *p, const struct config_draft *draft)
{
	const struct config_router *r = &draft->router;
	bool found = false;

	if (r->witness == CONFIG_WITNESS_NONE)
		return;
	if (r->priority == VRRP_PRIO_OWNER)
		config_refuse(p, draft, KEY_WITNESS,
			      "the owner (priority 255) is master from the start and asks nobody "
			      "(accepted here: none)");
	if (r->witness == CONFIG_WITNESS_GATEWAY) {
		found = draft->gateway[0].given || draft->gateway[1].given ||
			is_bad(draft, KEY_GATEWAY) || is_bad(draft, KEY_ROUTE);
		for (unsigned int i = 0; i < r->route_count; i++)
			found |= r->routes[i].plen == 0 && r->routes[i].has_via &&
				 !r->routes[i].dev[0];
		if (!found)
			config_refuse(p, draft, KEY_WITNESS,
				      "gateway needs a gateway of the public interface");
	} else if (r->address_count > 0) {
		for (unsigned int i = 0; i < r->address_count; i++)
			found |= !r->addresses[i].dev[0];
		if (!found)
			config_refuse(p, draft, KEY_WITNESS,
				      "owner needs an address on the public interface");
	}
}

static bool has_key(const struct config_router *r, uint8_t id)
{
	for (unsigned int i = 0; i < r->hmac_key_count; i++) {
		if (r->hmac_keys[i].id == id)
			return true;
	}
	return false;
}

static void check_hmac(struct config_parse *p, struct config_draft *draft)
{
	static const enum config_key others[] = {KEY_HMAC_ACTIVE, KEY_HMAC_MODE, KEY_HMAC_WINDOW,
						 KEY_HMAC_AHEAD};
	struct config_router *r = &draft->router;
	const struct config_given *given = &draft->given;
	uint32_t span_s = (3U * r->interval_cs + 99) / 100;

	if (!given->given[KEY_HMAC_KEY] && !given->bad[KEY_HMAC_KEY]) {
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
			if (given->given[others[i]])
				config_refuse(p, draft, others[i], "needs an hmac-key");
		}
		return;
	}
	if (r->hmac_mode == VRRP_HMAC_OFF)
		r->hmac_mode = VRRP_HMAC_ENFORCE;
	if (r->hmac_window_s == 0)
		r->hmac_window_s =
			(uint16_t)(span_s > HMAC_WINDOW_MIN_S ? span_s : HMAC_WINDOW_MIN_S);
	if (given->bad[KEY_HMAC_KEY])
		return;
	if (!given->given[KEY_HMAC_ACTIVE])
		r->hmac_active = r->hmac_keys[0].id;
	else if (!given->bad[KEY_HMAC_ACTIVE] && !has_key(r, r->hmac_active))
		config_refuse(p, draft, KEY_HMAC_ACTIVE, "%u is not the ID of an hmac-key",
			      r->hmac_active);
	if (r->auth_type == VRRP_AUTH_PASS)
		config_refuse(p, draft, KEY_AUTH,
			      "a password and hmac-key exclude each other (accepted here: none)");
}

static bool is_listed(const struct vrrp_addr *list, unsigned int count,
		      const struct vrrp_addr *addr)
{
	for (unsigned int i = 0; i < count; i++) {
		if (memcmp(&list[i], addr, sizeof(*addr)) == 0)
			return true;
	}
	return false;
}

/* The list of the adverts: what was configured, else the addresses of the router's family (a
 * link-local one may be on several interfaces: it is listed once). */
static void fill_advertise(struct config_parse *p, struct config_draft *draft)
{
	struct config_router *r = &draft->router;
	unsigned int count = r->advertise_count, first, max;
	unsigned int room = (r->family == 6) + (count ? count : r->address_count);
	struct vrrp_addr *list, head;
	bool given;

	/* Room for all, with IPv6 also for the link-local address that may have to be put first. */
	list = calloc(room ? room : 1, sizeof(*list));
	if (!list) {
		p->status = -ENOMEM;
		return;
	}
	for (unsigned int i = 0; i < count; i++)
		list[i] = r->advertise[i];
	for (unsigned int i = 0; r->advertise_count == 0 && i < r->address_count; i++) {
		if (r->addresses[i].family == r->family &&
		    !is_listed(list, count, &r->addresses[i].addr))
			list[count++] = r->addresses[i].addr;
	}
	if (r->family == 6) {
		for (first = 0; first < count && !address_is_link_local6(&list[first]); first++)
			;
		head = first < count ? list[first] : config_virtual_link_local(r->vrid);
		memmove(&list[1], &list[0], first * sizeof(*list));
		list[0] = head;
		if (first == count)
			count++;
	}
	free(r->advertise);
	r->advertise = list;
	given = is_given(draft, KEY_ADVERTISE);
	max = r->family != 6                                 ? VRRP_MAX_ADDRESSES
	      : given && r->hmac_mode < VRRP_HMAC_PERMISSIVE ? MAX_ADVERTISE6
							     : CONFIG_MAX_ADVERTISE6;
	if (count > max && given)
		config_refuse(p, draft, KEY_ADVERTISE,
			      "an advert of %u addresses does not fit into a frame; advertise "
			      "fewer (accepted: at most %u)",
			      count, max);
	/* All servers of a router cut the same list at the same place, with and without keys. So
	 * does keepalived. */
	r->advertise_count = count < max ? count : max;
}

/* Default routes first, IPv4 before IPv6, then the others in their order. */
static int put_gateways(struct config_route **list, unsigned int *count,
			const struct config_gateway gateways[2])
{
	unsigned int given = (unsigned int)gateways[0].given + gateways[1].given;
	struct config_route *routes;

	if (given == 0)
		return 0;
	routes = calloc(given + *count, sizeof(*routes));
	if (!routes)
		return -ENOMEM;
	if (*count)
		memcpy(&routes[given], *list, *count * sizeof(*routes));
	for (unsigned int i = 0, at = 0; i < 2; i++) {
		if (gateways[i].given)
			routes[at++] = (struct config_route){
				.family = i == 0 ? 4 : 6,
				.has_via = true,
				.via = gateways[i].addr,
			};
	}
	free(*list);
	*list = routes;
	*count += given;
	return 0;
}

/* A standby gateway may be a shared address: the backup goes out by the master. The route is on the
 * interface that the master has the address on. */
static void follow_shared(struct config_router *r)
{
	for (unsigned int i = 0; i < r->standby_route_count; i++) {
		struct config_route *route = &r->standby_routes[i];
		const struct config_prefix *shared = find_shared(r, &route->via, route->family);

		if (shared)
			memcpy(route->dev, shared->dev, CONFIG_IFNAME);
	}
}

/* An address or route that names the public interface says nothing: leave it out. */
static void normalize_dev(char dev[CONFIG_IFNAME], const char *public)
{
	if (strcmp(dev, public) == 0)
		memset(dev, 0, CONFIG_IFNAME);
}

void config_check_router(struct config_parse *p, struct config_draft *draft)
{
	struct config_router *r = &draft->router;

	check_missing(p, draft);
	if (!is_given(draft, KEY_PUBLIC) && r->heartbeat_count > 0)
		memcpy(r->nic, r->heartbeat[0], CONFIG_IFNAME);
	if (draft->given.family[KEY_ADVERTISE])
		r->family = draft->given.family[KEY_ADVERTISE];
	else if (r->address_count > 0)
		r->family = r->addresses[0].family;
	config_macvlan_check(p, draft);
	for (unsigned int i = 0; i < r->address_count; i++)
		normalize_dev(r->addresses[i].dev, r->public);
	for (unsigned int i = 0; i < r->route_count; i++) {
		normalize_dev(r->routes[i].dev, r->public);
		for (unsigned int h = 0; h < r->routes[i].hop_count; h++)
			normalize_dev(r->routes[i].hops[h].dev, r->public);
		if (r->routes[i].family == 0)
			r->routes[i].family = r->family;
	}
	check_labels(p, draft, KEY_ADDRESS, r->addresses, r->address_count);
	check_labels(p, draft, KEY_STANDBY_ADDRESS, r->standby_addresses, r->standby_address_count);
	check_rules(p, draft);

	/* The family may be a guess while a word that decides it was refused. */
	if (!is_bad(draft, KEY_ADDRESS) && !is_bad(draft, KEY_ADVERTISE)) {
		check_version(p, draft);
		check_transport(p, draft);
	}
	check_hmac(p, draft);
	check_gateways(p, draft);
	check_witness(p, draft);
	check_accept(p, draft);
	if (r->priority == VRRP_PRIO_OWNER && !r->preempt)
		config_refuse(p, draft, KEY_PREEMPT, "the owner (priority 255) always preempts");
	if (r->mac.kind == CONFIG_MAC_VIRTUAL)
		mac_virtual(r->family, r->vrid, r->mac.mac);
	if (r->macvlan[0])
		config_macvlan_fill(p, draft);
	if (r->family)
		fill_advertise(p, draft);
}

/* ---- all of them -------------------------------------------------------------------------------
 */

void config_check_together(struct config_parse *p)
{
	config_check_claims(p);
	/* Now that every line was named: the gateways become routes like the others. */
	for (unsigned int i = 0; i < p->draft_count && p->status == 0; i++) {
		struct config_draft *draft = p->drafts[i];
		struct config_router *r = &draft->router;

		p->status = put_gateways(&r->routes, &r->route_count, draft->gateway);
		if (p->status == 0)
			p->status = put_gateways(&r->standby_routes, &r->standby_route_count,
						 draft->standby_gateway);
		if (p->status == 0)
			follow_shared(r);
	}
}
