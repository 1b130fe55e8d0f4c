/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A router with a macvlan of its own (mac-device): its name, what goes with it, and what follows
 * from it. Part of the checks of one router, see config_check.c.
 */
#include <stdio.h>
#include <string.h>

#include "core/address.h"
#include "core/config/config_internal.h"

struct vrrp_addr config_virtual_link_local(uint8_t vrid)
{
	struct vrrp_addr addr = {{0xfe, 0x80}};
	uint8_t mac[6];

	mac_virtual(6, vrid, mac);
	address_set_eui64(&addr, mac);
	return addr;
}

/* Has another router a device of that name, by now, or because its key says so? */
static bool is_name_taken(const struct config_parse *p, const struct config_draft *draft)
{
	for (unsigned int i = 0; i < p->draft_count; i++) {
		if (p->drafts[i] != draft &&
		    !strcmp(p->drafts[i]->router.macvlan, draft->router.macvlan))
			return true;
	}
	return false;
}

/* vrrp.VRID for IPv4, vrrp.VRID.6 for IPv6. If another router has that name, with the same VRID on
 * another interface, this one has -2 behind it, the next one -3. */
static void name_macvlan(const struct config_parse *p, struct config_draft *draft)
{
	struct config_router *r = &draft->router;
	bool named = r->macvlan[0];

	for (uint16_t n = 1; draft->macvlan && !named; n++) {
		int length = snprintf(r->macvlan, sizeof(r->macvlan), "vrrp.%u%s", r->vrid,
				      r->family == 6 ? ".6" : "");

		if (n > 1)
			snprintf(r->macvlan + length, sizeof(r->macvlan) - (size_t)length, "-%u",
				 n);
		named = !is_name_taken(p, draft);
	}
	memcpy(r->public, r->macvlan[0] ? r->macvlan : r->nic, CONFIG_IFNAME);
}

/* The device has the MAC in both roles. A master of an IPv6 address needs a link-local one there,
 * which the kernel makes none of: it asks for neighbours from it. */
void config_macvlan_fill(struct config_parse *p, struct config_draft *draft)
{
	struct config_router *r = &draft->router;
	struct config_prefix local = {.addr = config_virtual_link_local(r->vrid),
				      .family = 6,
				      .plen = 64};
	bool six = false;

	r->has_standby_mac = true;
	memcpy(r->standby_mac, r->mac.mac, sizeof(r->standby_mac));
	for (unsigned int i = 0; i < r->address_count; i++) {
		bool own6 = r->addresses[i].family == 6 && !r->addresses[i].dev[0];

		if (own6 && address_is_link_local6(&r->addresses[i].addr))
			return;
		six |= own6;
	}
	if (!six)
		return;
	if (r->address_count == CONFIG_MAX_ADDRESSES) {
		config_refuse(
			p, draft, KEY_ADDRESS,
			"there is no room for the link-local address of the virtual MAC, which a "
			"macvlan has, too (accepted: at most %d of them)",
			CONFIG_MAX_ADDRESSES - 1);
		return;
	}
	p->row = &config_rows[KEY_ADDRESS];
	p->draft = draft;
	config_append(p, &local);
}

/* The interface below keeps what it has in both roles, so nothing on it is the router's. */
void config_macvlan_check(struct config_parse *p, struct config_draft *draft)
{
	static const enum config_key others[] = {KEY_STANDBY_ADDRESS, KEY_STANDBY_GATEWAY,
						 KEY_STANDBY_MAC};
	const struct config_router *r = &draft->router;

	name_macvlan(p, draft);
	if (!r->macvlan[0])
		return;
	if (!draft->given.bad[KEY_MAC] && r->mac.kind == CONFIG_MAC_KEEP)
		config_refuse(
			p, draft, KEY_MAC_DEVICE,
			"macvlan needs a MAC of its own (accepted here: mac = virtual, or a MAC)");
	if (!strcmp(r->macvlan, r->nic))
		config_refuse(p, draft, KEY_MAC_DEVICE, "%s is the public interface itself",
			      r->nic);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (draft->given.given[others[i]])
			config_refuse(
				p, draft, others[i],
				"is for mac-device = nic: with macvlan, %s keeps its own MAC, "
				"addresses and routes as backup and as master",
				r->nic);
	}
}
