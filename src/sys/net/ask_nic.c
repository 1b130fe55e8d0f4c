/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioctl(2) on an interface. Depends on libc and the kernel's constants.
 */
#include "sys/net/ask_nic.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int ask_nic(int fd, const char *ifname, unsigned long what, void *data, struct ifreq *ret_answer)
{
	*ret_answer = (struct ifreq){.ifr_data = data};
	snprintf(ret_answer->ifr_name, sizeof(ret_answer->ifr_name), "%s", ifname);
	return ioctl(fd, what, ret_answer) < 0 ? -errno : 0;
}

int ask_ethtool(int fd, const char *ifname, void *command)
{
	struct ifreq answer;

	return ask_nic(fd, ifname, SIOCETHTOOL, command, &answer);
}

int link_type_check(const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;
	struct ifreq answer;

	if (fd < 0)
		return -errno;
	err = ask_nic(fd, ifname, SIOCGIFHWADDR, NULL, &answer);
	if (!err && answer.ifr_hwaddr.sa_family != ARPHRD_ETHER &&
	    answer.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK)
		err = -EPROTONOSUPPORT;
	close(fd);
	return err;
}
