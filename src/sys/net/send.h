/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sending: one packet socket for every frame we build (adverts, GARP, NA), past the host's own
 * queues (PACKET_QDISC_BYPASS: a saturated qdisc on the NIC does not hold a heartbeat back), a
 * second one through them for when the NIC itself has no room, and raw sockets of each family that
 * join the group, keep the kernel from answering "protocol unreachable", and send unicast adverts
 * whose next hop is not resolved.
 */
#ifndef SYS_NET_SEND_H
#define SYS_NET_SEND_H

#include <stddef.h>
#include <stdint.h>

#include "vrrp_abi.h"

struct sender;

struct send_frame {
	int ifindex;
	uint16_t length;
	const uint8_t *data; /* from the Ethernet header on */
	int error;           /* set by send_frames(): 0 or a negative errno */
};

/* 0 and *ret_sender; -EPERM and others: nothing is left open. */
int send_open(struct sender **ret_sender);

/* One sendmmsg(2) for all; goes on behind a frame that fails (interface down: -ENETDOWN). Never
 * blocks. Returns how many were sent; each frame's error is set. */
unsigned int send_frames(struct sender *sender, struct send_frame *frames, unsigned int count);

/* Join 224.0.0.18 or ff02::12 on an interface. Joining twice is no error: what
 * there was is left first, for it may be of an interface that is gone and had the same number.
 * -EAFNOSUPPORT: the host does not have the family (IPv6 disabled); other negative errno. */
int send_join(struct sender *sender, int ifindex, uint8_t family);

/* A unicast advert through the raw socket, for a peer whose MAC is not known: the kernel resolves
 * it. payload is the VRRP message with its checksum; TOS CS6, TTL 255, control priority, never
 * blocks. Negative errno. */
int send_raw(struct sender *sender, int ifindex, uint8_t family, const struct vrrp_addr *source,
	     const struct vrrp_addr *destination, const uint8_t *payload, size_t length);

void send_close(struct sender *sender);

/* By sys/host/pass.h, under the name `who` of at most 16 characters. The packet sockets are as they
 * were; the group is to be joined anew before pass_close_rest(), and is never left between.
 * -ENOENT: not all was passed on. */
int send_take(const char *who, struct sender **ret_sender);
void send_pass_on(struct sender *sender, const char *who);

#endif
