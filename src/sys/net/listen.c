/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AF_PACKET, receiving. Depends on include/ only; looks into no frame but by the filter.
 */
#include "sys/net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sys/host/pass.h"
#include "vrrp_abi.h"

#define FRAME_MAX     (ETH_HLEN + 65535)
#define SOCKET_BUFFER (4 << 20) /* the kernel doubles it: some 10,000 adverts */
#define TAP_BUFFER    (1 << 14) /* some 40 adverts */

/* Offsets from the Ethernet header on. */
#define AT_TYPE         12
#define AT_IP4_PROTOCOL (ETH_HLEN + 9)
#define AT_IP6_NEXT     (ETH_HLEN + 6)

/* A stamp, or what a tap is told of a frame. */
#define CONTROL (CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(struct tpacket_auxdata)))

struct listen_batch {
	struct listen_frame frames[LISTEN_BATCH];
	struct mmsghdr messages[LISTEN_BATCH];
	struct iovec vectors[LISTEN_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[LISTEN_BATCH][CONTROL];
	uint8_t data[LISTEN_BATCH][FRAME_MAX]; /* touched as far as frames reach */
};

struct listen_batch *listen_batch_new(void)
{
	struct listen_batch *batch = calloc(1, sizeof(*batch));

	for (unsigned int i = 0; batch && i < LISTEN_BATCH; i++) {
		batch->vectors[i] =
			(struct iovec){.iov_base = batch->data[i], .iov_len = FRAME_MAX};
		batch->messages[i].msg_hdr.msg_iov = &batch->vectors[i];
		batch->messages[i].msg_hdr.msg_iovlen = 1;
		batch->frames[i].data = batch->data[i];
	}
	return batch;
}

void listen_batch_free(struct listen_batch *batch)
{
	free(batch);
}

#define LOAD(size, at)              BPF_STMT(BPF_LD | (size) | BPF_ABS, (uint32_t)(at))
#define JUMP_IF(value, then, other) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, other)

/* What vrrp_maybe() of advert_locate.h lets through, and nothing of our own or of a VLAN. The
 * kernel has taken the outer tag off every frame before a packet socket sees it. VLAN 0 is no VLAN:
 * such a tag has a priority alone. */
static int set_filter(int fd, enum listen_kind kind)
{
	/* A jump says how many instructions it leaves out. */
	struct sock_filter code[] = {
		LOAD(BPF_W, SKF_AD_OFF + SKF_AD_PKTTYPE),
		JUMP_IF(PACKET_OUTGOING, 17, 0),
		LOAD(BPF_W, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT),
		JUMP_IF(0, 3, 0),
		LOAD(BPF_W, SKF_AD_OFF + SKF_AD_VLAN_TAG),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kind == LISTEN_TAPS ? 0 : VRRP_TAG_VID),
		JUMP_IF(0, 0, 12),
		LOAD(BPF_H, AT_TYPE),
		JUMP_IF(ETH_P_IP, 0, 3),
		LOAD(BPF_B, AT_IP4_PROTOCOL),
		JUMP_IF(VRRP_IPPROTO, 9, 0),
		JUMP_IF(VRRP_IPPROTO_AH, 8, 7),
		JUMP_IF(ETH_P_IPV6, 0, 6),
		LOAD(BPF_B, AT_IP6_NEXT),
		JUMP_IF(VRRP_IPPROTO, 5, 0),
		JUMP_IF(IPPROTO_HOPOPTS, 4, 0),
		JUMP_IF(IPPROTO_ROUTING, 3, 0),
		JUMP_IF(IPPROTO_FRAGMENT, 2, 0),
		JUMP_IF(IPPROTO_DSTOPTS, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

/* For this NIC alone, and for the socket's lifetime. */
static int open_multicast(int fd, int ifindex)
{
	static const uint8_t groups[2][ETH_ALEN] = {
		{0x01, 0x00, 0x5e, 0x00, 0x00, 0x12},
		{0x33, 0x33, 0x00, 0x00, 0x00, 0x12},
	};

	for (unsigned int i = 0; i < 2; i++) {
		struct packet_mreq request = {.mr_ifindex = ifindex,
					      .mr_type = PACKET_MR_MULTICAST,
					      .mr_alen = ETH_ALEN};

		memcpy(request.mr_address, groups[i], ETH_ALEN);
		if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(request)))
			return -errno;
	}
	return 0;
}

/* Every protocol: those of a single one sit behind traffic control, and our own fence with it. */
static int bind_to(int fd, int ifindex)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_ALL),
				      .sll_ifindex = ifindex};
	socklen_t length = sizeof(address);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(fd, (struct sockaddr *)&address, &length))
		return -errno;
	return address.sll_hatype == ARPHRD_ETHER || address.sll_hatype == ARPHRD_LOOPBACK
		       ? 0
		       : -EPROTONOSUPPORT;
}

/* ---- from one process to the next ---- */

static void pass_name(enum listen_kind kind, int ifindex, char name[PASS_NAME])
{
	snprintf(name, PASS_NAME, "%s-%d", kind == LISTEN_TAPS ? "tap" : "listen", ifindex);
}

static bool is_bound_to(int fd, int ifindex)
{
	struct sockaddr_ll address = {0};
	socklen_t length = sizeof(address);

	return !getsockname(fd, (struct sockaddr *)&address, &length) &&
	       address.sll_ifindex == ifindex;
}

void listen_pass_on(enum listen_kind kind, int fd, int ifindex)
{
	char name[PASS_NAME];

	pass_name(kind, ifindex, name);
	pass_on(name, fd);
}

/* ---- life ---- */

/* Stamps cost every frame of the host something, so a tap has none. */
static int set_up(int fd, enum listen_kind kind)
{
	int err = set_filter(fd, kind);

	if (err)
		return err;
	return kind == LISTEN_TAPS ? set(fd, SOL_PACKET, PACKET_AUXDATA, 1)
				   : set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

int listen_open(enum listen_kind kind, int ifindex)
{
	char name[PASS_NAME];
	int fd, err;

	pass_name(kind, ifindex, name);
	fd = pass_take(name, AF_PACKET);
	/* What it is set to is set again: another version may have opened it. */
	if (fd >= 0 && is_bound_to(fd, ifindex) && !set_up(fd, kind))
		return fd;
	if (fd >= 0)
		close(fd);
	/* Protocol 0: nothing arrives before the filter is there. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = set_up(fd, kind);
	/* Neither is needed: what is our own is filtered, and the usual room is room, too. */
	(void)set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	(void)set(fd, SOL_SOCKET, SO_RCVBUFFORCE, kind == LISTEN_TAPS ? TAP_BUFFER : SOCKET_BUFFER);
	if (!err)
		err = bind_to(fd, ifindex);
	if (!err)
		err = open_multicast(fd, ifindex);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

/* The message's control data of this kind, or NULL. */
static const unsigned char *control_of(struct msghdr *message, int level, int type)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);

/* musl's CMSG_NXTHDR compares a signed number with an unsigned one. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-compare"
	while (c && (c->cmsg_level != level || c->cmsg_type != type))
		c = CMSG_NXTHDR(message, c);
#pragma GCC diagnostic pop
	return c ? CMSG_DATA(c) : NULL;
}

static int64_t stamp_of(struct msghdr *message)
{
	const unsigned char *data = control_of(message, SOL_SOCKET, SCM_TIMESTAMPNS);
	struct timespec stamp;

	if (!data)
		return 0;
	memcpy(&stamp, data, sizeof(stamp));
	return (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
}

/* The kernel has taken the tag off, and tells it apart from the frame. */
static bool is_tagged(struct msghdr *message)
{
	const unsigned char *data = control_of(message, SOL_PACKET, PACKET_AUXDATA);
	struct tpacket_auxdata aux;

	if (!data)
		return false;
	memcpy(&aux, data, sizeof(aux));
	return aux.tp_status & TP_STATUS_VLAN_VALID && aux.tp_vlan_tci & VRRP_TAG_VID;
}

int listen_read(int fd, struct listen_batch *batch)
{
	int count;

	for (unsigned int i = 0; i < LISTEN_BATCH; i++) {
		batch->messages[i].msg_hdr.msg_control = batch->control[i];
		batch->messages[i].msg_hdr.msg_controllen = sizeof(batch->control[i]);
	}
	count = recvmmsg(fd, batch->messages, LISTEN_BATCH, MSG_DONTWAIT, NULL);
	if (count < 0)
		return errno == EAGAIN ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		batch->frames[i].length = batch->messages[i].msg_len;
		batch->frames[i].real_ns = stamp_of(&batch->messages[i].msg_hdr);
		batch->frames[i].tagged = is_tagged(&batch->messages[i].msg_hdr);
	}
	return count;
}

const struct listen_frame *listen_frame(const struct listen_batch *batch, unsigned int index)
{
	return &batch->frames[index];
}

uint32_t listen_lost(int fd)
{
	struct tpacket_stats stats; /* reading resets them */
	socklen_t length = sizeof(stats);

	return getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &length) ? 0 : stats.tp_drops;
}
