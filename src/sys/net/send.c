/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets that send, and that make this host a member of the group. Depends on include/ only.
 * Builds no frame, never blocks, and never receives: every socket drops what it is given.
 */
#include "sys/net/send.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/host/pass.h"

#define SEND_BATCH    256 /* frames of one sendmmsg(2) */
#define SEND_PRIORITY 7   /* TC_PRIO_CONTROL: the first band of the kernel's priority map */
#define SEND_BUFFER   (4 << 20)
#define ETH_TYPE      12 /* offset */

/* igmp_max_memberships: 20 of a socket. Live ones are at most VRRP_MAX_PORTS, twice for a moment.
 */
#define GROUP_SOCKETS 8
#define GROUP_MEMBERS (2 * VRRP_MAX_PORTS)

struct group {
	int family;             /* AF_INET, AF_INET6 */
	int fds[GROUP_SOCKETS]; /* the first also sends; none: nobody wanted the group yet */
	unsigned int fd_count;
	int members[GROUP_MEMBERS]; /* interfaces that were joined */
	unsigned int member_count;
};

struct sender {
	int bypass;             /* packet socket past the queues */
	int queued;             /* packet socket through tc egress and the queues */
	struct group groups[2]; /* IPv4, IPv6 */
	struct mmsghdr messages[SEND_BATCH];
	struct iovec vectors[SEND_BATCH];
	struct sockaddr_ll addresses[SEND_BATCH];
};

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- frames ---- */

static int open_packet(bool bypass, int *ret_fd)
{
	/* Protocol 0: no frame ever arrives here. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	if (bypass)
		err = set(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1);
	if (!err)
		err = set(fd, SOL_SOCKET, SO_PRIORITY, SEND_PRIORITY);
	if (err) {
		close(fd);
		return err;
	}
	/* Room for the frames of every router that sends in one tick; the usual room will do where
	 * the host does not grant it. */
	(void)set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER);
	*ret_fd = fd;
	return 0;
}

static bool has_carrier(int fd, int ifindex)
{
	struct ifreq request = {.ifr_ifindex = ifindex};

	return ioctl(fd, SIOCGIFNAME, &request) == 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
	       (request.ifr_flags & IFF_RUNNING);
}

/* A NIC whose ring is full refuses what comes past the queues. The queue then is the better place:
 * its control band is served first. Not without a carrier, where a queue takes frames and drops
 * them: an advert that was not sent must not look as if it were. */
static int send_queued(struct sender *sender, const struct msghdr *message, int ifindex)
{
	if (!has_carrier(sender->queued, ifindex))
		return -ENOBUFS;
	return sendmsg(sender->queued, message, 0) < 0 ? -errno : 0;
}

static void prepare(struct sender *sender, const struct send_frame *frames, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct sockaddr_ll *address = &sender->addresses[i];

		*address = (struct sockaddr_ll){.sll_family = AF_PACKET,
						.sll_ifindex = frames[i].ifindex};
		if (frames[i].length >= ETH_TYPE + 2)
			memcpy(&address->sll_protocol, frames[i].data + ETH_TYPE, 2);
		sender->vectors[i] = (struct iovec){.iov_base = (void *)(uintptr_t)frames[i].data,
						    .iov_len = frames[i].length};
		sender->messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = address,
								   .msg_namelen = sizeof(*address),
								   .msg_iov = &sender->vectors[i],
								   .msg_iovlen = 1}};
	}
}

static unsigned int send_batch(struct sender *sender, int fd, struct send_frame *frames,
			       unsigned int count)
{
	unsigned int at = 0, sent = 0;

	prepare(sender, frames, count);
	while (at < count) {
		int n = sendmmsg(fd, sender->messages + at, count - at, 0), err;

		if (n > 0) {
			for (int i = 0; i < n; i++)
				frames[at++].error = 0;
			sent += (unsigned int)n;
			continue;
		}
		/* The kernel names an error only when it is the first message's. */
		err = n < 0 ? -errno : -EIO;
		if (err == -EINTR)
			continue;
		if (err == -ENOBUFS && fd == sender->bypass)
			err = send_queued(sender, &sender->messages[at].msg_hdr,
					  frames[at].ifindex);
		frames[at++].error = err;
		sent += err == 0;
	}
	return sent;
}

static unsigned int send_all(struct sender *sender, int fd, struct send_frame *frames,
			     unsigned int count)
{
	unsigned int sent = 0;

	while (count > 0) {
		unsigned int n = count < SEND_BATCH ? count : SEND_BATCH;

		sent += send_batch(sender, fd, frames, n);
		frames += n;
		count -= n;
	}
	return sent;
}

unsigned int send_frames(struct sender *sender, struct send_frame *frames, unsigned int count)
{
	return send_all(sender, sender->bypass, frames, count);
}

unsigned int send_frames_queued(struct sender *sender, struct send_frame *frames,
				unsigned int count)
{
	return send_all(sender, sender->queued, frames, count);
}

void send_rehearse(struct sender *sender, int ifindex, bool queued)
{
	static const uint8_t cut[ETH_TYPE];
	struct send_frame frame = {.ifindex = ifindex, .length = sizeof(cut), .data = cut};

	send_all(sender, queued ? sender->queued : sender->bypass, &frame, 1);
}

bool send_waits(const struct sender *sender)
{
	int bytes = 0;

	return ioctl(sender->queued, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

/* ---- raw sockets and the group ---- */

/* A taker of protocol 112, so that the kernel does not answer "protocol unreachable", and yet takes
 * nothing: what it would hold costs memory, and nobody reads it. */
static int drop_all(int fd)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &nothing};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

static int set_ip4(int fd)
{
	int err = set(fd, IPPROTO_IP, IP_TOS, VRRP_TOS);

	if (!err)
		err = set(fd, IPPROTO_IP, IP_TTL, VRRP_TTL);
	if (!err)
		err = set(fd, IPPROTO_IP, IP_MULTICAST_TTL, VRRP_TTL);
	if (!err)
		err = set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	return err;
}

static int set_ip6(int fd)
{
	int err = set(fd, IPPROTO_IPV6, IPV6_TCLASS, VRRP_TOS);

	if (!err)
		err = set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, VRRP_TTL);
	if (!err)
		err = set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, VRRP_TTL);
	if (!err)
		err = set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	return err;
}

/* One more socket for this group. */
static int group_open(struct group *group)
{
	int fd, err;

	if (group->fd_count == GROUP_SOCKETS)
		return -ENOBUFS;
	fd = socket(group->family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, VRRP_IPPROTO);
	if (fd < 0)
		return -errno;
	err = drop_all(fd);
	if (!err)
		err = group->family == AF_INET ? set_ip4(fd) : set_ip6(fd);
	/* After IP_TOS, which sets a priority of its own. */
	if (!err)
		err = set(fd, SOL_SOCKET, SO_PRIORITY, SEND_PRIORITY);
	if (err) {
		close(fd);
		return err;
	}
	group->fds[group->fd_count++] = fd;
	return 0;
}

static int membership(const struct group *group, int fd, int ifindex, bool join)
{
	struct ip_mreqn four = {.imr_multiaddr.s_addr = htonl(VRRP_GROUP4), .imr_ifindex = ifindex};
	struct ipv6_mreq six = {.ipv6mr_multiaddr.s6_addr = {0xff, 0x02, [15] = 0x12},
				.ipv6mr_interface = (unsigned int)ifindex};
	int err;

	if (group->family == AF_INET)
		err = setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP,
				 &four, sizeof(four));
	else
		err = setsockopt(fd, IPPROTO_IPV6,
				 join ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, &six,
				 sizeof(six));
	return err < 0 ? -errno : 0;
}

static void leave(const struct group *group, int ifindex)
{
	for (unsigned int i = 0; i < group->fd_count; i++)
		(void)membership(group, group->fds[i], ifindex, false);
}

/* A socket keeps its membership of an interface that is gone: it counts against the limit, and a
 * later interface of that number looks as if it were joined. Forget those, and this one. */
static void forget(struct group *group, int ifindex)
{
	char name[IF_NAMESIZE];
	unsigned int kept = 0;

	for (unsigned int i = 0; i < group->member_count; i++) {
		int member = group->members[i];

		if (member != ifindex && if_indextoname((unsigned int)member, name))
			group->members[kept++] = member;
		else
			leave(group, member);
	}
	group->member_count = kept;
}

/* By the first socket that is not full. */
static int join_somewhere(struct group *group, int ifindex)
{
	for (unsigned int i = 0;; i++) {
		int err;

		if (i == group->fd_count) {
			err = group_open(group);
			if (err)
				return err;
		}
		err = membership(group, group->fds[i], ifindex, true);
		if (err != -ENOBUFS && err != -ENOMEM)
			return err;
	}
}

int send_join(struct sender *sender, int ifindex, uint8_t family)
{
	struct group *group = &sender->groups[family == 6];
	int err;

	forget(group, ifindex);
	if (group->member_count == GROUP_MEMBERS)
		return -ENOBUFS;
	err = join_somewhere(group, ifindex);
	if (!err)
		group->members[group->member_count++] = ifindex;
	return err;
}

/* ---- unicast adverts to a next hop that is not resolved ---- */

static int send_raw4(int fd, int ifindex, const struct vrrp_addr *source,
		     const struct vrrp_addr *destination, struct iovec *payload)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct in_pktinfo info = {.ipi_ifindex = ifindex};
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(info))] = {0};
	struct msghdr message = {.msg_name = &to,
				 .msg_namelen = sizeof(to),
				 .msg_iov = payload,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);

	memcpy(&to.sin_addr, destination->b, 4);
	memcpy(&info.ipi_spec_dst, source->b, 4);
	cmsg->cmsg_level = IPPROTO_IP;
	cmsg->cmsg_type = IP_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	return sendmsg(fd, &message, 0) < 0 ? -errno : 0;
}

static int send_raw6(int fd, int ifindex, const struct vrrp_addr *source,
		     const struct vrrp_addr *destination, struct iovec *payload)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6};
	struct in6_pktinfo info = {.ipi6_ifindex = (unsigned int)ifindex};
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(info))] = {0};
	struct msghdr message = {.msg_name = &to,
				 .msg_namelen = sizeof(to),
				 .msg_iov = payload,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);

	memcpy(&to.sin6_addr, destination->b, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&to.sin6_addr))
		to.sin6_scope_id = (uint32_t)ifindex;
	memcpy(&info.ipi6_addr, source->b, 16);
	cmsg->cmsg_level = IPPROTO_IPV6;
	cmsg->cmsg_type = IPV6_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	return sendmsg(fd, &message, 0) < 0 ? -errno : 0;
}

int send_raw(struct sender *sender, int ifindex, uint8_t family, const struct vrrp_addr *source,
	     const struct vrrp_addr *destination, const uint8_t *payload, size_t length)
{
	struct group *group = &sender->groups[family == 6];
	struct iovec vector = {.iov_base = (void *)(uintptr_t)payload, .iov_len = length};
	int err = group->fd_count ? 0 : group_open(group);

	if (err)
		return err;
	return family == 6 ? send_raw6(group->fds[0], ifindex, source, destination, &vector)
			   : send_raw4(group->fds[0], ifindex, source, destination, &vector);
}

/* ---- life ---- */

static struct sender *sender_new(void)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (!sender)
		return NULL;
	sender->bypass = sender->queued = -1;
	sender->groups[0].family = AF_INET;
	sender->groups[1].family = AF_INET6;
	return sender;
}

int send_open(struct sender **ret_sender)
{
	struct sender *sender = sender_new();
	int err;

	if (!sender)
		return -ENOMEM;
	err = open_packet(true, &sender->bypass);
	if (!err)
		err = open_packet(false, &sender->queued);
	if (err) {
		send_close(sender);
		return err;
	}
	*ret_sender = sender;
	return 0;
}

void send_close(struct sender *sender)
{
	if (!sender)
		return;
	for (int g = 0; g < 2; g++) {
		for (unsigned int i = 0; i < sender->groups[g].fd_count; i++)
			close_fd(&sender->groups[g].fds[i]);
	}
	close_fd(&sender->queued);
	close_fd(&sender->bypass);
	free(sender);
}

/* ---- from one process to the next ---- */

static const char *pass_name(const char *who, const char *what, char name[PASS_NAME])
{
	snprintf(name, PASS_NAME, "%s-%s", who, what);
	return name;
}

int send_take(const char *who, struct sender **ret_sender)
{
	struct sender *sender = sender_new();
	char name[PASS_NAME];

	if (!sender)
		return -ENOMEM;
	sender->bypass = pass_take(pass_name(who, "bypass", name), AF_PACKET);
	sender->queued = pass_take(pass_name(who, "queued", name), AF_PACKET);
	if (sender->bypass < 0 || sender->queued < 0) {
		send_close(sender);
		return -ENOENT;
	}
	*ret_sender = sender;
	return 0;
}

void send_pass_on(struct sender *sender, const char *who)
{
	char name[PASS_NAME];

	if (!sender)
		return;
	pass_on(pass_name(who, "bypass", name), sender->bypass);
	pass_on(pass_name(who, "queued", name), sender->queued);
	/* Taken by nobody: they keep this host in the group until the next sender has joined. */
	for (int g = 0; g < 2; g++) {
		for (unsigned int i = 0; i < sender->groups[g].fd_count; i++)
			pass_on(pass_name(who, "group", name), sender->groups[g].fds[i]);
	}
	free(sender);
}
