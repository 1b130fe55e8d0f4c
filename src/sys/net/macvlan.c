// SPDX-License-Identifier: GPL-2.0-only
/*
 * Macvlan devices by rtnetlink, and settings by files.
 */
#include "sys/net/macvlan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/host/slurp.h"
#include "sys/net/rtnl_internal.h"

#define REQUEST 512

static struct nlmsghdr *begin(char *room, uint16_t type, uint16_t flags, struct ifinfomsg **ret_ifi)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(room);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	*ret_ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(**ret_ifi));
	return nlh;
}

/* The answer to a change is its ACK alone. */
static int nothing_else(const struct nlmsghdr *nlh, void *context)
{
	(void)nlh;
	(void)context;
	return -EPROTO;
}

static int set_alias(struct rtnl *rtnl, const char *name, const char *alias)
{
	char room[REQUEST] = {0};
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = begin(room, RTM_NEWLINK, 0, &ifi);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_str(nlh, IFLA_IFALIAS, alias);
	return rtnl_exchange(rtnl, nlh, nothing_else, NULL);
}

int macvlan_create(struct rtnl *rtnl, const char *name, int parent, const uint8_t mac[6],
		   const char *alias)
{
	char room[REQUEST] = {0};
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = begin(room, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi);
	struct nlattr *info, *data;
	int err;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_LINK, (uint32_t)parent);
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_str(nlh, IFLA_INFO_KIND, "macvlan");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	err = rtnl_exchange(rtnl, nlh, nothing_else, NULL);
	if (err)
		return err;
	/* The kernel takes no alias with the request that makes a device. */
	err = set_alias(rtnl, name, alias);
	if (err)
		macvlan_delete(rtnl, (int)if_nametoindex(name));
	return err;
}

int macvlan_up(struct rtnl *rtnl, const char *name)
{
	char room[REQUEST] = {0};
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = begin(room, RTM_NEWLINK, 0, &ifi);

	ifi->ifi_change = ifi->ifi_flags = IFF_UP;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return rtnl_exchange(rtnl, nlh, nothing_else, NULL);
}

int macvlan_delete(struct rtnl *rtnl, int ifindex)
{
	char room[REQUEST] = {0};
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = begin(room, RTM_DELLINK, 0, &ifi);
	int err;

	ifi->ifi_index = ifindex;
	err = rtnl_exchange(rtnl, nlh, nothing_else, NULL);
	return err == -ENODEV ? 0 : err;
}

static int read_alias(const struct nlmsghdr *nlh, void *context)
{
	const struct nlattr *table[RTNL_ATTRIBUTES];

	if (nlh->nlmsg_len < mnl_nlmsg_size(sizeof(struct ifinfomsg)))
		return -EPROTO;
	rtnl_attributes(nlh, sizeof(struct ifinfomsg), table);
	rtnl_text(table[IFLA_IFALIAS], context, MACVLAN_ALIAS);
	return 0;
}

int macvlan_alias(struct rtnl *rtnl, int ifindex, char ret_alias[MACVLAN_ALIAS])
{
	const struct ifinfomsg ifi = {.ifi_index = ifindex};

	ret_alias[0] = '\0';
	return rtnl_ask(rtnl, RTM_GETLINK, 0, &ifi, sizeof(ifi), NULL, 0, 0, read_alias, ret_alias);
}

#define PATH "/proc/sys/net/%s/conf/%s/%s"

int macvlan_setting(const char *family, const char *ifname, const char *key)
{
	char text[16];
	int length = slurp_text(text, sizeof(text), PATH, family, ifname, key);

	return length < 0 ? length : atoi(text);
}

int macvlan_set(const char *family, const char *ifname, const char *key, int value)
{
	char path[PATH_MAX], text[16];
	int before = macvlan_setting(family, ifname, key), fd, length, err = 0;

	if (before < 0 || before == value)
		return before < 0 ? before : 0;
	snprintf(path, sizeof(path), PATH, family, ifname, key);
	length = snprintf(text, sizeof(text), "%d", value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)length) < 0)
		err = -errno;
	close(fd);
	return err;
}
