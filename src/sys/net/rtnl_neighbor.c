// SPDX-License-Identifier: GPL-2.0-only
/*
 * The neighbour table: the MAC of one neighbour, what makes the kernel ask for it, and the entries
 * that are permanent. Depends on libmnl. Never logs.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
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

/* ---- permanent entries ---- */

int rtnl_keep_neighbor(const struct nlmsghdr *nlh, void *context)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *table[RTNL_ATTRIBUTES];
	struct rtnl_neighbors *neighbors = context;
	struct rtnl_neighbor *longer, entry = {0};

	if (nlh->nlmsg_type != RTM_NEWNEIGH || nlh->nlmsg_len < mnl_nlmsg_size(sizeof(*ndm)))
		return 0;
	/* Kernels before 4.5 do not filter. */
	if (!(ndm->ndm_state & NUD_PERMANENT) || ndm->ndm_ifindex != neighbors->ifindex ||
	    ndm->ndm_flags & NTF_PROXY ||
	    (ndm->ndm_family != AF_INET && ndm->ndm_family != AF_INET6))
		return 0;
	rtnl_attributes(nlh, sizeof(*ndm), table);
	entry.family = ndm->ndm_family == AF_INET6 ? 6 : 4;
	entry.flags = ndm->ndm_flags;
	if (!table[NDA_DST] ||
	    mnl_attr_get_payload_len(table[NDA_DST]) != rtnl_addr_len(entry.family) ||
	    !table[NDA_LLADDR] || mnl_attr_get_payload_len(table[NDA_LLADDR]) != 6)
		return 0;
	memcpy(entry.addr.b, mnl_attr_get_payload(table[NDA_DST]), rtnl_addr_len(entry.family));
	memcpy(entry.mac, mnl_attr_get_payload(table[NDA_LLADDR]), 6);
	if (table[NDA_PROTOCOL] && mnl_attr_get_payload_len(table[NDA_PROTOCOL]) >= 1)
		entry.protocol = mnl_attr_get_u8(table[NDA_PROTOCOL]);
	longer = realloc(neighbors->entries, (neighbors->count + 1) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	neighbors->entries = longer;
	longer[neighbors->count++] = entry;
	return 0;
}

int rtnl_permanent_neighbors(struct rtnl *rtnl, struct rtnl_neighbors *ret_neighbors)
{
	const struct ndmsg ndm = {.ndm_family = AF_UNSPEC};
	const uint32_t ifindex = (uint32_t)ret_neighbors->ifindex;
	int err = rtnl_ask(rtnl, RTM_GETNEIGH, NLM_F_DUMP, &ndm, sizeof(ndm), &ifindex,
			   sizeof(ifindex), NDA_IFINDEX, rtnl_keep_neighbor, ret_neighbors);

	/* If the dump was interrupted, entries of others came or went meanwhile. */
	return err > 0 ? 0 : err;
}

static int put_neighbor(struct rtnl *rtnl, int ifindex, const struct rtnl_neighbor *neighbor)
{
	char request[256] = {0};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct ndmsg *ndm;

	nlh->nlmsg_type = RTM_NEWNEIGH;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = (uint8_t)rtnl_family(neighbor->family);
	ndm->ndm_ifindex = ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	ndm->ndm_flags = neighbor->flags;
	mnl_attr_put(nlh, NDA_DST, rtnl_addr_len(neighbor->family), neighbor->addr.b);
	mnl_attr_put(nlh, NDA_LLADDR, sizeof(neighbor->mac), neighbor->mac);
	if (neighbor->protocol)
		mnl_attr_put_u8(nlh, NDA_PROTOCOL, neighbor->protocol);
	return rtnl_exchange(rtnl, nlh, rtnl_one_neighbor, NULL);
}

unsigned int rtnl_put_neighbors(struct rtnl *rtnl, const struct rtnl_neighbors *neighbors)
{
	unsigned int refused = 0;
	char error[RTNL_ERROR_TEXT];

	memcpy(error, rtnl->error, sizeof(error));
	for (unsigned int i = 0; i < neighbors->count; i++)
		refused += put_neighbor(rtnl, neighbors->ifindex, &neighbors->entries[i]) != 0;
	memcpy(rtnl->error, error, sizeof(error));
	return refused;
}
