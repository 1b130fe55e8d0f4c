/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which interfaces of the host the fence covers besides those that carry a shared address. Linux
 * answers ARP for an address of eth0 on every interface (arp_ignore = 0), and sends from it
 * wherever the route leads, so each of them can lead clients to a host that has no lease.
 * Depends on core/nic/plan and core/config. Pure.
 */
#ifndef CORE_NIC_COVER_H
#define CORE_NIC_COVER_H

#include "core/config/config.h"
#include "core/nic/plan.h"

enum cover {
	/* Nothing to do: no Ethernet, or the port of a bridge, which is covered, or it is itself
	 * one of those that carry a shared address, and its router guards it. */
	COVER_NONE,
	/* It may claim a shared address only with the lease: the configuration names it, or frames
	 * of a public interface pass it: what lies below that (the parent of a VLAN, the members of
	 * a bond), and the bridge or bond that it is a port of. */
	COVER_LEASED,
	/* It claims no shared address by ARP or neighbour discovery, with or without the lease. It
	 * may send from one with the lease. So is a VLAN or macvlan above a public interface: it
	 * hears the same questions, and would answer them with another MAC. */
	COVER_OTHER,
	/* As COVER_LEASED, but from its own MAC it claims none, with or without the lease: it is
	 * below a public interface that has another MAC (macvlan). */
	COVER_BELOW,
};

/* How is each link to be covered? (*ret_covers)[i] is for actual->links[i]; the caller frees the
 * array by free(). All are COVER_NONE if no router has a fence. Returns 0 or -ENOMEM. */
int cover_links(const struct config *config, const struct plan_actual *actual,
		enum cover **ret_covers);

/* Does the fence guard this address on all interfaces? A link-local address belongs to its
 * interface alone: other interfaces may have the same one, and the kernel does not answer for it
 * elsewhere. */
bool cover_address(const struct config_prefix *address);

#endif
