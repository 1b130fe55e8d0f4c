// SPDX-License-Identifier: GPL-2.0-only
/*
 * One neighbour: its MAC, and what makes the kernel ask for it. Depends on libmnl. Never logs.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <string.h>

#include "sys/net/rtnl_internal.h"

int rtnl_one_neighbor(const struct nlmsghdr *nlh, void *context)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[RTNL_ATTRIBUTES];
	struct rtnl_entry *entry = context;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ndm)))
		return -EPROTO;
	rtnl_attributes(nlh, sizeof(*ndm), table);
	if (ndm->ndm_state & (NUD_NONE | NUD_INCOMPLETE | NUD_FAILED) || !table[NDA_LLADDR] ||
	    mnl_attr_get_payload_len(table[NDA_LLADDR]) != 6)
		return -ENOENT;
	if (entry) {
		entry->state = ndm->ndm_state;
		memcpy(entry->mac, mnl_attr_get_payload(table[NDA_LLADDR]), 6);
	}
	return 0;
}

static int ask_neighbor(struct rtnl *rtnl, uint16_t type, uint16_t flags, struct ndmsg ndm,
			int ifindex, uint8_t family, const struct vrrp_addr *addr,
			struct rtnl_entry *ret_entry)
{
	ndm.ndm_family = (uint8_t)rtnl_family(family);
	ndm.ndm_ifindex = ifindex;
	return rtnl_ask(rtnl, type, flags, &ndm, sizeof(ndm), addr->b, rtnl_addr_len(family),
			NDA_DST, rtnl_one_neighbor, ret_entry);
}

int rtnl_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family, const struct vrrp_addr *addr,
		  uint8_t ret_mac[6], bool *ret_stale)
{
	struct rtnl_entry entry;
	int err = ask_neighbor(rtnl, RTM_GETNEIGH, 0, (struct ndmsg){0}, ifindex, family, addr,
			       &entry);

	if (err)
		return err;
	memcpy(ret_mac, entry.mac, sizeof(entry.mac));
	if (ret_stale)
		*ret_stale = entry.state & NUD_STALE;
	return 0;
}

/* With NTF_USE the kernel begins to ask, unless it has a MAC already. */
static int use_neighbor(struct rtnl *rtnl, uint16_t flags, int ifindex, uint8_t family,
			const struct vrrp_addr *addr)
{
	return ask_neighbor(rtnl, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | flags,
			    (struct ndmsg){.ndm_flags = NTF_USE}, ifindex, family, addr, NULL);
}

int rtnl_probe_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family,
			const struct vrrp_addr *addr)
{
	struct rtnl_entry entry;
	int err = ask_neighbor(rtnl, RTM_GETNEIGH, 0, (struct ndmsg){0}, ifindex, family, addr,
			       &entry);

	if (err == -ENOENT)
		return use_neighbor(rtnl, 0, ifindex, family, addr);
	if (err || entry.state & (NUD_PERMANENT | NUD_NOARP))
		return err;
	return ask_neighbor(rtnl, RTM_NEWNEIGH, NLM_F_ACK, (struct ndmsg){.ndm_state = NUD_PROBE},
			    ifindex, family, addr, NULL);
}

int rtnl_forget_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family,
			 const struct vrrp_addr *addr)
{
	int err = ask_neighbor(rtnl, RTM_DELNEIGH, NLM_F_ACK, (struct ndmsg){0}, ifindex, family,
			       addr, NULL);

	return err == -ENOENT ? 0 : err;
}

int rtnl_ask_neighbor(struct rtnl *rtnl, int ifindex, uint8_t family, const struct vrrp_addr *addr)
{
	int err = rtnl_forget_neighbor(rtnl, ifindex, family, addr);

	return err ? err : use_neighbor(rtnl, NLM_F_EXCL, ifindex, family, addr);
}
