/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packet sockets that hear. Depends on include/ only. Never sends, never blocks, and judges no more
 * than the filter needs to: core/vrrp/witness.h says what an answer is.
 */
#include "sys/net/answers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

#define BUFFER 4096 /* some frames: whether there is one, is all that counts */
#define TAKE   ANSWERS_FRAME

/* Offsets in the frame. */
#define ETH_TYPE_AT 12
#define ARP_OP      20
#define ARP_SENDER  28
#define IP6_NEXT    20
#define ND_TYPE     54
#define ND_TARGET   62

#define REJECT_UNLESS(value) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 1, 0), BPF_STMT(BPF_RET, 0)

static uint32_t word_of(const struct vrrp_addr *addr, int index)
{
	uint32_t word;

	memcpy(&word, addr->b + 4 * index, sizeof(word));
	return ntohl(word);
}

/* A frame of another VLAN is none of this interface's. The kernel, or the NIC, has taken its tag
 * off by now. VLAN 0 is no VLAN: such a tag has a priority alone. */
#define UNTAGGED                                                                              \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)), \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0),                                 \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG)), \
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, VRRP_TAG_VID), REJECT_UNLESS(0)

static int attach_filter(int fd, uint8_t family, const struct vrrp_addr *addr)
{
	struct sock_filter arp[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETH_TYPE_AT),
		REJECT_UNLESS(ETH_P_ARP),
		UNTAGGED,
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ARP_OP),
		REJECT_UNLESS(2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARP_SENDER),
		REJECT_UNLESS(word_of(addr, 0)),
		BPF_STMT(BPF_RET, TAKE),
	};
	struct sock_filter nd[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETH_TYPE_AT),
		REJECT_UNLESS(ETH_P_IPV6),
		UNTAGGED,
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, IP6_NEXT),
		REJECT_UNLESS(58),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ND_TYPE),
		REJECT_UNLESS(136),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ND_TARGET),
		REJECT_UNLESS(word_of(addr, 0)),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ND_TARGET + 4),
		REJECT_UNLESS(word_of(addr, 1)),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ND_TARGET + 8),
		REJECT_UNLESS(word_of(addr, 2)),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ND_TARGET + 12),
		REJECT_UNLESS(word_of(addr, 3)),
		BPF_STMT(BPF_RET, TAKE),
	};
	struct sock_fprog program = {.len = sizeof(arp) / sizeof(arp[0]), .filter = arp};

	if (family == 6)
		program = (struct sock_fprog){.len = sizeof(nd) / sizeof(nd[0]), .filter = nd};
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

int answers_open(int ifindex, uint8_t family, const struct vrrp_addr *addr, int *ret_fd)
{
	struct sockaddr_ll where = {.sll_family = AF_PACKET,
				    .sll_protocol = htons(ETH_P_ALL),
				    .sll_ifindex = ifindex};
	int buffer = BUFFER, on = 1, err;
	/* Protocol 0: it hears nothing until it is bound, with its filter in place. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	err = attach_filter(fd, family, addr);
	/* Our own frames: cheaper not to hear them at all, where the kernel can (4.20). */
	(void)setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
	if (!err && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)) < 0)
		err = -errno;
	if (!err && bind(fd, (const struct sockaddr *)&where, sizeof(where)) < 0)
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

ssize_t answers_read(int fd, uint8_t *buf, size_t size)
{
	struct sockaddr_ll from = {0};
	socklen_t length;
	ssize_t n;

	do {
		length = sizeof(from);
		n = recvfrom(fd, buf, size, MSG_DONTWAIT, (struct sockaddr *)&from, &length);
		/* Ours, and those that a promiscuous NIC hears between others. */
	} while (n >= 0 &&
		 (from.sll_pkttype == PACKET_OUTGOING || from.sll_pkttype == PACKET_OTHERHOST));
	return n < 0 ? -errno : n;
}
