// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limit: the least that any takeover on this machine takes. Hears adverts with the kernel's
 * stamps, sleeps until the deadline, changes MAC, address and route in one rtnetlink batch, sends
 * one GARP. No validation, no state machine, no record, no repair: nothing to use, all to compare
 * with. Says `ready` when it listens. Depends on libmnl and the kernel alone.
 *
 *   limit HEARTBEAT PUBLIC OWN_MAC MASTER_DOWN_NS EARLY_NS [rehearse]
 *
 * EARLY_NS 0: acts when the timer wakes it. Else it is woken so much earlier and spins; with
 * `rehearse` it does the same changes on the loopback of an empty network namespace meanwhile: most
 * of a takeover's time is code and data that left the caches while the backup slept.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const uint8_t shared_mac[6] = {0x00, 0x9f, 0xa4, 0x4c, 0x3b, 0x37};
static uint32_t vip, vip_gateway, own_gateway;

struct stage { /* where changes are made: the public NIC, or the rehearsal's loopback */
	int netlink, packet;
	int ifindex;
};

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

static struct nlmsghdr *request(uint8_t *at, uint16_t type, uint16_t flags, const void *body,
				size_t size)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(mnl_nlmsg_put_extra_header(nlh, size), body, size);
	return nlh;
}

static uint8_t *put_mac(uint8_t *at, int ifindex, const uint8_t mac[6])
{
	struct ifinfomsg link = {.ifi_index = ifindex};
	struct nlmsghdr *nlh = request(at, RTM_NEWLINK, 0, &link, sizeof(link));

	mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	return at + nlh->nlmsg_len;
}

static uint8_t *put_address(uint8_t *at, int ifindex, bool add)
{
	struct ifaddrmsg addr = {.ifa_family = AF_INET,
				 .ifa_prefixlen = 24,
				 .ifa_index = (unsigned int)ifindex};
	struct nlmsghdr *nlh = request(at, add ? RTM_NEWADDR : RTM_DELADDR,
				       add ? NLM_F_CREATE | NLM_F_REPLACE : 0, &addr, sizeof(addr));

	mnl_attr_put_u32(nlh, IFA_LOCAL, vip);
	mnl_attr_put_u32(nlh, IFA_ADDRESS, vip);
	return at + nlh->nlmsg_len;
}

static uint8_t *put_route(uint8_t *at, int ifindex, uint32_t gateway)
{
	struct rtmsg route = {.rtm_family = AF_INET,
			      .rtm_table = RT_TABLE_MAIN,
			      .rtm_protocol = RTPROT_STATIC,
			      .rtm_scope = RT_SCOPE_UNIVERSE,
			      .rtm_type = RTN_UNICAST};
	struct nlmsghdr *nlh =
		request(at, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &route, sizeof(route));

	mnl_attr_put_u32(nlh, RTA_GATEWAY, gateway);
	mnl_attr_put_u32(nlh, RTA_OIF, (uint32_t)ifindex);
	return at + nlh->nlmsg_len;
}

/* One system call; only errors are answered. */
static void apply(const struct stage *stage, const uint8_t *batch, const uint8_t *end)
{
	if (send(stage->netlink, batch, (size_t)(end - batch), 0) < 0)
		err(1, "rtnetlink");
}

static void take_over(const struct stage *stage)
{
	uint8_t batch[1024] = {0}, *at = put_mac(batch, stage->ifindex, shared_mac);

	at = put_address(at, stage->ifindex, true);
	apply(stage, batch, put_route(at, stage->ifindex, vip_gateway));
}

static void give_back(const struct stage *stage, const uint8_t mac[6])
{
	uint8_t batch[1024] = {0}, *at = put_mac(batch, stage->ifindex, mac);

	at = put_route(at, stage->ifindex, own_gateway);
	apply(stage, batch, put_address(at, stage->ifindex, false));
}

static void check_answers(const struct stage *stage)
{
	char buf[4096];

	if (recv(stage->netlink, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		errx(1, "rtnetlink refused a change: %s",
		     strerror(-((struct nlmsgerr *)(buf + NLMSG_HDRLEN))->error));
}

static void announce(const struct stage *stage)
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
	if (send(stage->packet, &f, sizeof(f), 0) < 0)
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

static struct stage open_stage(const char *ifname)
{
	struct stage stage = {.packet = packet_socket(ifname, 0),
			      .netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
			      .ifindex = (int)if_nametoindex(ifname)};
	struct sockaddr_nl self = {.nl_family = AF_NETLINK};

	if (stage.netlink < 0 || bind(stage.netlink, (struct sockaddr *)&self, sizeof(self)))
		err(1, "rtnetlink");
	return stage;
}

/* The namespace lives as long as its sockets. */
static struct stage open_rehearsal(void)
{
	struct ifinfomsg up = {.ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	uint8_t batch[128] = {0};
	struct nlmsghdr *nlh;
	struct stage stage;

	if (home < 0 || unshare(CLONE_NEWNET))
		err(1, "network namespace");
	stage = open_stage("lo");
	nlh = request(batch, RTM_NEWLINK, 0, &up, sizeof(up));
	apply(&stage, batch, batch + nlh->nlmsg_len);
	if (setns(home, CLONE_NEWNET))
		err(1, "network namespace");
	close(home);
	return stage;
}

static void rehearse(const struct stage *stage, unsigned int count)
{
	uint8_t mac[6] = {0x02, 0, 0, 0, 0, (uint8_t)count}, batch[512] = {0}, *at;

	at = put_address(put_mac(batch, stage->ifindex, mac), stage->ifindex, true);
	apply(stage, batch, put_address(at, stage->ifindex, false));
	check_answers(stage);
	announce(stage);
}

int main(int argc, char **argv)
{
	int hear, timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	struct sched_param fifo = {.sched_priority = 60};
	bool master = false, rehearsed = argc == 7;
	struct stage public, empty = {0};
	int64_t deadline = 0, down, early;
	uint8_t own_mac[6] = {0};

	if (argc < 6 || (rehearsed && strcmp(argv[6], "rehearse") != 0))
		errx(2, "usage: limit HEARTBEAT PUBLIC OWN_MAC MASTER_DOWN_NS EARLY_NS [rehearse]");
	for (int i = 0; i < 6; i++)
		own_mac[i] = (uint8_t)strtoul(argv[3] + 3 * i, NULL, 16);
	down = atoll(argv[4]);
	early = atoll(argv[5]);
	inet_pton(AF_INET, "42.51.67.93", &vip);
	inet_pton(AF_INET, "42.51.67.1", &vip_gateway);
	inet_pton(AF_INET, "192.168.1.1", &own_gateway);
	if (rehearsed)
		empty = open_rehearsal();
	hear = packet_socket(argv[1], ETH_P_IP);
	public = open_stage(argv[2]);
	if (timer < 0)
		err(1, "timerfd");
	if (sched_setscheduler(0, SCHED_FIFO, &fifo) || mlockall(MCL_CURRENT | MCL_FUTURE))
		warn("not real-time");
	prctl(PR_SET_TIMERSLACK, 1UL);
	puts("ready");
	fflush(stdout);

	for (;;) {
		struct pollfd wait[] = {{.fd = hear, .events = POLLIN},
					{.fd = timer, .events = POLLIN}};
		uint64_t fired;
		int64_t at;

		if (poll(wait, 2, -1) < 0)
			err(1, "poll");
		if (read(timer, &fired, sizeof(fired)) > 0 && !master && early) {
			for (unsigned int n = 0; now_ns() < deadline; n++) {
				if (rehearsed && now_ns() < deadline - early / 2)
					rehearse(&empty, n);
			}
		}
		at = heard(hear);
		if (at) {
			deadline = at + down;
			arm(timer, deadline - early);
			if (master)
				give_back(&public, own_mac);
			master = false;
		}
		if (deadline && !master && now_ns() >= deadline) {
			take_over(&public);
			announce(&public);
			master = true;
		}
		check_answers(&public);
	}
}
