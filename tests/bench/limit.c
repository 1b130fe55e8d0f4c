// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit: the least that any takeover on this machine takes. Hears adverts with the kernel's
 * stamps, sleeps until the deadline, changes MAC, address and route in one rtnetlink batch, sends
 * one GARP. No validation, no state machine, no record, no repair: nothing to use, all to compare
 * with. Depends on libmnl and the kernel alone.
 *
 *   limit HEARTBEAT PUBLIC MASTER_DOWN_NS EARLY_NS    EARLY_NS 0: acts when the timer wakes it
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const uint8_t shared_mac[6] = {0x00, 0x9f, 0xa4, 0x4c, 0x3b, 0x37};
static uint32_t vip, vip_gateway, own_gateway;
static unsigned int public;
static int netlink;

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static int packet_socket(const char *ifname, int protocol)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(protocol),
				 .sll_ifindex = (int)if_nametoindex(ifname)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)))
		err(1, "packet socket on %s", ifname);
	return fd;
}

static struct nlmsghdr *request(uint8_t **at, uint16_t type, uint16_t flags, const void *body,
				size_t size)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(*at);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), body, size);
	return nlh;
}

/* MAC, address and default route in one system call; only errors are answered. */
static void change(bool master, const uint8_t mac[6])
{
	struct ifinfomsg link = {.ifi_index = (int)public};
	struct ifaddrmsg addr = {.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = public};
	struct rtmsg route = {.rtm_family = AF_INET,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = RTPROT_STATIC,
			      .rtm_scope = RT_SCOPE_UNIVERSE,
			      .rtm_type = RTN_UNICAST};
	uint8_t buf[1024] = {0}, *at = buf;
	struct nlmsghdr *nlh;

	nlh = request(&at, RTM_NEWLINK, 0, &link, sizeof(link));
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	at += nlh->nlmsg_len;
	for (int step = 0; step < 2; step++) { /* the address before its route, or after it */
		if ((step == 0) == master) {
			nlh = request(&at, master ? RTM_NEWADDR : RTM_DELADDR,
				      master ? NLM_F_CREATE | NLM_F_REPLACE : 0, &addr,
				      sizeof(addr));
			mnl_attr_put_u32(nlh, IFA_LOCAL, vip);
			mnl_attr_put_u32(nlh, IFA_ADDRESS, vip);
		} else {
			nlh = request(&at, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &route,
				      sizeof(route));
			mnl_attr_put_u32(nlh, RTA_GATEWAY, master ? vip_gateway : own_gateway);
			mnl_attr_put_u32(nlh, RTA_OIF, public);
		}
		at += nlh->nlmsg_len;
	}
	if (send(netlink, buf, at - buf, 0) < 0)
		err(1, "rtnetlink");
}

static void check_answers(void)
{
	char buf[4096];

	if (recv(netlink, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		errx(1, "rtnetlink refused a change: %s",
		     strerror(-((struct nlmsgerr *)(buf + NLMSG_HDRLEN))->error));
}

static void announce(int fd)
{
	struct {
		struct ether_header eth;
		uint8_t head[8], sender_mac[6], sender[4], target_mac[6], target[4];
	} __attribute__((packed)) f = {.head = {0, 1, 8, 0, 6, 4, 0, 1}};

	memset(f.eth.ether_dhost, 0xff, 6);
	memcpy(f.eth.ether_shost, shared_mac, 6);
	f.eth.ether_type = htons(ETHERTYPE_ARP);
	memcpy(f.sender_mac, shared_mac, 6);
	memcpy(f.sender, &vip, 4);
	memcpy(f.target, &vip, 4);
	if (send(fd, &f, sizeof(f), 0) < 0)
		err(1, "GARP");
}

/* The arrival of the newest advert in the queue, or 0. */
static int64_t heard(int fd)
{
	uint8_t frame[256], control[128];
	struct sockaddr_ll from;
	struct iovec iov = {frame, sizeof(frame)};
	int64_t at = 0;

	for (;;) {
		struct msghdr msg = {.msg_name = &from,
				     .msg_namelen = sizeof(from),
				     .msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = control,
				     .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);
		struct timespec ts;

		if (n < 0)
			return at;
		if (n < 42 || frame[23] != 112 || from.sll_pkttype == PACKET_OUTGOING)
			continue;
		memcpy(&ts, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(ts));
		at = ts.tv_sec * 1000000000LL + ts.tv_nsec;
	}
}

static void arm(int timer, int64_t at)
{
	struct itimerspec spec = {.it_value = {at / 1000000000, at % 1000000000}};

	timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL);
}

int main(int argc, char **argv)
{
	struct sched_param fifo = {.sched_priority = 60};
	int64_t deadline = 0, down, early, at;
	struct sockaddr_nl self = {.nl_family = AF_NETLINK};
	int hear, speak, timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	uint8_t own_mac[6] = {0};
	bool master = false;

	if (argc != 6)
		errx(2, "usage: limit HEARTBEAT PUBLIC MASTER_DOWN_NS EARLY_NS OWN_MAC");
	hear = packet_socket(argv[1], ETH_P_IP);
	speak = packet_socket(argv[2], 0);
	public = if_nametoindex(argv[2]);
	down = atoll(argv[3]);
	early = atoll(argv[4]);
	for (int i = 0; i < 6; i++)
		own_mac[i] = (uint8_t)strtoul(argv[5] + 3 * i, NULL, 16);
	inet_pton(AF_INET, "42.51.67.93", &vip);
	inet_pton(AF_INET, "42.51.67.1", &vip_gateway);
	inet_pton(AF_INET, "192.168.1.1", &own_gateway);
	netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (netlink < 0 || bind(netlink, (struct sockaddr *)&self, sizeof(self)) || timer < 0)
		err(1, "sockets");
	if (sched_setscheduler(0, SCHED_FIFO, &fifo) || mlockall(MCL_CURRENT | MCL_FUTURE))
		warn("not real-time");
	prctl(PR_SET_TIMERSLACK, 1UL);

	for (;;) {
		struct pollfd wait[] = {{.fd = hear, .events = POLLIN},
					{.fd = timer, .events = POLLIN}};
		uint64_t fired;

		if (poll(wait, 2, -1) < 0)
			err(1, "poll");
		if (read(timer, &fired, sizeof(fired)) > 0 && !master)
			while (early && now_ns() < deadline)
				;
		at = heard(hear);
		if (at) {
			deadline = at + down;
			arm(timer, deadline - early);
			if (master)
				change(false, own_mac);
			master = false;
		}
		if (deadline && !master && now_ns() >= deadline) {
			change(true, shared_mac);
			announce(speak);
			master = true;
		}
		check_answers();
	}
}
