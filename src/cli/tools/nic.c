/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioctl(2), /proc, sysfs and one generic netlink request. Judges nothing: cli/tools/doctor.h does.
 */
#include "cli/tools/nic.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/host/slurp.h"
#include "sys/net/ask_nic.h"

/* Of <linux/netdev.h>, which came with Linux 6.3. */
#define NETDEV_GET          1
#define NETDEV_IFINDEX      1
#define NETDEV_XDP_FEATURES 3
#define NETDEV_XDP_BASIC    1ULL

#define BUFFER 8192 /* of netlink; MNL_SOCKET_BUFFER_SIZE is no constant */

#define VIRTIO_CTRL_MAC 23 /* VIRTIO_NET_F_CTRL_MAC_ADDR, a bit of sysfs' "features" */

static enum doctor_known known(bool value)
{
	return value ? DOCTOR_YES : DOCTOR_NO;
}

/* ---- ethtool ---- */

static void look_driver(int fd, struct doctor_nic *nic)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

	if (!ask_ethtool(fd, nic->name, &info))
		snprintf(nic->driver, sizeof(nic->driver), "%.*s", (int)sizeof(info.driver),
			 info.driver);
}

static uint32_t count_features(int fd, const char *name)
{
	union {
		struct ethtool_sset_info info;
		char room[sizeof(struct ethtool_sset_info) + sizeof(uint32_t)];
	} sset = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};

	/* The count lands behind the header, in its flexible array. */
	return ask_ethtool(fd, name, &sset) || !sset.info.sset_mask ? 0 : sset.info.data[0];
}

/* Features have numbers of their own in each kernel, and names that stay. */
static void look_features(int fd, struct doctor_nic *nic)
{
	uint32_t count = count_features(fd, nic->name), blocks = (count + 31) / 32;
	struct ethtool_gstrings *strings =
		count ? calloc(1, sizeof(*strings) + (size_t)count * ETH_GSTRING_LEN) : NULL;
	struct ethtool_gfeatures *features =
		count ? calloc(1, sizeof(*features) + blocks * sizeof(features->features[0]))
		      : NULL;

	if (strings && features) {
		*strings = (struct ethtool_gstrings){.cmd = ETHTOOL_GSTRINGS,
						     .string_set = ETH_SS_FEATURES,
						     .len = count};
		*features = (struct ethtool_gfeatures){.cmd = ETHTOOL_GFEATURES, .size = blocks};
		if (ask_ethtool(fd, nic->name, strings) || ask_ethtool(fd, nic->name, features))
			count = 0;
		for (uint32_t i = 0; i < count && i < strings->len; i++) {
			const char *name =
				(const char *)strings->data + (size_t)i * ETH_GSTRING_LEN;
			bool active = features->features[i / 32].active & 1U << i % 32;

			if (!strncmp(name, "rx-lro", ETH_GSTRING_LEN))
				nic->lro = known(active);
			else if (!strncmp(name, "rx-gro-hw", ETH_GSTRING_LEN))
				nic->gro_hw = known(active);
		}
	}
	free(strings);
	free(features);
}

/* ---- generic netlink ---- */

static int family_attribute(const struct nlattr *attr, void *context)
{
	uint16_t *id = context;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    !mnl_attr_validate(attr, MNL_TYPE_U16))
		*id = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int xdp_attribute(const struct nlattr *attr, void *context)
{
	enum doctor_known *native = context;

	if (mnl_attr_get_type(attr) == NETDEV_XDP_FEATURES &&
	    !mnl_attr_validate(attr, MNL_TYPE_U64))
		*native = known(mnl_attr_get_u64(attr) & NETDEV_XDP_BASIC);
	return MNL_CB_OK;
}

struct reader {
	mnl_attr_cb_t fn;
	void *context;
};

static int read_attributes(const struct nlmsghdr *message, void *context)
{
	const struct reader *reader = context;

	return mnl_attr_parse(message, sizeof(struct genlmsghdr), reader->fn, reader->context);
}

/* A request with one attribute, which is in buf already, and its answer. Negative errno. */
static int ask(struct mnl_socket *socket, char *buf, mnl_attr_cb_t fn, void *context)
{
	struct nlmsghdr *request = (struct nlmsghdr *)buf;
	struct reader reader = {fn, context};
	unsigned int sequence = request->nlmsg_seq;
	ssize_t length;

	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	length = mnl_socket_recvfrom(socket, buf, BUFFER);
	if (length < 0)
		return -errno;
	return mnl_cb_run(buf, (size_t)length, sequence, mnl_socket_get_portid(socket),
			  read_attributes, &reader) < 0
		       ? -errno
		       : 0;
}

static struct nlmsghdr *prepare(char *buf, uint16_t type, uint8_t command, unsigned int sequence)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *header;

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST;
	request->nlmsg_seq = sequence;
	header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	header->cmd = command;
	header->version = 1;
	return request;
}

static void look_native(struct doctor_nic *nic, unsigned int ifindex)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	char buf[BUFFER];
	uint16_t family = 0;
	int err;

	if (!socket)
		return;
	err = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID);
	if (!err) {
		struct nlmsghdr *request = prepare(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);

		mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, "netdev");
		err = ask(socket, buf, family_attribute, &family);
	}
	if (!err && family) {
		struct nlmsghdr *request = prepare(buf, family, NETDEV_GET, 2);

		mnl_attr_put_u32(request, NETDEV_IFINDEX, ifindex);
		ask(socket, buf, xdp_attribute, &nic->native);
	}
	mnl_socket_close(socket);
}

/* ---- /proc and sysfs ---- */

/* Lines are: number, interface, references, global references, address. */
static void look_groups(struct doctor_nic *nic)
{
	FILE *in = fopen("/proc/net/dev_mcast", "re");
	char line[256], name[64], address[72];
	bool v4 = false, v6 = false;

	if (!in)
		return;
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%*d %63s %*d %*d %71s", name, address) != 2 ||
		    strcmp(name, nic->name) != 0)
			continue;
		v4 |= !strcmp(address, "01005e000012");
		v6 |= !strcmp(address, "333300000012");
	}
	fclose(in);
	nic->groups = known(v4 || v6);
}

/* The first line of /sys/class/net/NAME/FILE without its end; false: there is none. */
static bool sysfs_line(const char *name, const char *file, char line[DOCTOR_LONG])
{
	if (slurp_text(line, DOCTOR_LONG, "/sys/class/net/%s/%s", name, file) <= 0)
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

/* sysfs belongs to the network namespace of who mounted it: is it the same NIC there? */
static bool sysfs_is_ours(const struct doctor_nic *nic, unsigned int ifindex)
{
	char line[DOCTOR_LONG];
	uint8_t mac[6];

	return sysfs_line(nic->name, "ifindex", line) && strtoul(line, NULL, 10) == ifindex &&
	       sysfs_line(nic->name, "address", line) && mac_parse(line, mac) &&
	       !memcmp(mac, nic->mac, sizeof(mac));
}

static void look_sysfs(struct doctor_nic *nic)
{
	char line[DOCTOR_LONG], path[DOCTOR_LONG];

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/physfn", nic->name);
	nic->virtual_function = !access(path, F_OK);
	if (sysfs_line(nic->name, "bonding/fail_over_mac", line))
		nic->bond_keeps_mac = !strncmp(line, "active", strlen("active"));
	if (!strcmp(nic->driver, "virtio_net") && sysfs_line(nic->name, "device/features", line) &&
	    strlen(line) > VIRTIO_CTRL_MAC)
		nic->sets_mac = known(line[VIRTIO_CTRL_MAC] == '1');
}

/* ---- all of it ---- */

static bool look_basics(int fd, struct doctor_nic *nic)
{
	struct ifreq answer;

	if (ask_nic(fd, nic->name, SIOCGIFFLAGS, NULL, &answer))
		return false;
	nic->up = answer.ifr_flags & IFF_UP;
	nic->carrier = answer.ifr_flags & IFF_RUNNING;
	nic->multicast = answer.ifr_flags & IFF_MULTICAST;
	if (ask_nic(fd, nic->name, SIOCGIFMTU, NULL, &answer))
		return false;
	nic->mtu = (uint32_t)answer.ifr_mtu;
	if (ask_nic(fd, nic->name, SIOCGIFHWADDR, NULL, &answer))
		return false;
	nic->ethernet = answer.ifr_hwaddr.sa_family == ARPHRD_ETHER;
	memcpy(nic->mac, answer.ifr_hwaddr.sa_data, sizeof(nic->mac));
	return true;
}

void nic_look(struct doctor_nic *nic)
{
	unsigned int ifindex = if_nametoindex(nic->name);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && ifindex && look_basics(fd, nic)) {
		nic->exists = true;
		look_driver(fd, nic);
		look_features(fd, nic);
		look_native(nic, ifindex);
		look_groups(nic);
		if (sysfs_is_ours(nic, ifindex))
			look_sysfs(nic);
	}
	if (fd >= 0)
		close(fd);
}
