/* SPDX-License-Identifier: GPL-2.0-only */
#include "sys/bpf/xdp_refusal.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/net/ask_nic.h"

void xdp_refusal_look(const char *ifname, struct xdp_refusal_facts *ret_facts)
{
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ethtool_value flags = {.cmd = ETHTOOL_GFLAGS};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq answer;

	memset(ret_facts, 0, sizeof(*ret_facts));
	snprintf(ret_facts->ifname, sizeof(ret_facts->ifname), "%s", ifname);
	if (fd < 0)
		return;
	if (!ask_ethtool(fd, ifname, &driver))
		snprintf(ret_facts->driver, sizeof(ret_facts->driver), "%.31s", driver.driver);
	if (!ask_ethtool(fd, ifname, &channels))
		ret_facts->queues = channels.combined_count;
	if (!ask_ethtool(fd, ifname, &flags))
		ret_facts->lro = flags.data & ETH_FLAG_LRO;
	if (!ask_nic(fd, ifname, SIOCGIFMTU, NULL, &answer))
		ret_facts->mtu = (uint32_t)answer.ifr_mtu;
	close(fd);
}

const char *xdp_refusal_explain(const struct xdp_refusal_facts *facts, int err,
				char text[XDP_REFUSAL_TEXT])
{
	const char *driver = facts->driver[0] ? facts->driver : "of this NIC",
		   *ifname = facts->ifname;
	bool refused = err == -EOPNOTSUPP || err == -EINVAL || err == -ERANGE;

	if (refused && facts->lro)
		snprintf(text, XDP_REFUSAL_TEXT,
			 "LRO is on, and drivers refuse XDP beside it: ethtool -K %s lro off",
			 ifname);
	else if (err == -EOPNOTSUPP && !strcmp(facts->driver, "virtio_net"))
		snprintf(
			text, XDP_REFUSAL_TEXT,
			"virtio_net refuses it beside offloads that the host makes for its guest "
			"(GRO_HW, checksums): ethtool -K %s rx-gro-hw off, or turn them off at the "
			"host",
			ifname);
	else if (err == -EOPNOTSUPP)
		snprintf(text, XDP_REFUSAL_TEXT,
			 "the driver (%s) has none, or refuses it beside an offload (GRO_HW) or at "
			 "this MTU (%u)",
			 driver, facts->mtu);
	else if (refused)
		snprintf(text, XDP_REFUSAL_TEXT,
			 "the driver (%s) refuses it: the MTU (%u) may be too large for it, or an "
			 "offload (GRO_HW) in its way",
			 driver, facts->mtu);
	else if (err == -ENOMEM || err == -ENOSPC)
		snprintf(text, XDP_REFUSAL_TEXT,
			 "the driver (%s) has too few queues for it, or too little memory: fewer "
			 "channels (%u now): ethtool -L %s combined N",
			 driver, facts->queues, ifname);
	else if (err == -EBUSY || err == -EEXIST)
		snprintf(text, XDP_REFUSAL_TEXT,
			 "an XDP program is there already, perhaps in another mode (ip link show "
			 "%s)",
			 ifname);
	else
		snprintf(text, XDP_REFUSAL_TEXT, "%s", strerror(-err));
	return text;
}
