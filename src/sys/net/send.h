/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends frames and adverts. One packet socket sends frames past the host's own queues. Because of
 * PACKET_QDISC_BYPASS a saturated qdisc on the NIC does not hold a heartbeat back, and tc egress,
 * where the fence is, does not see these frames. A second packet socket sends through tc egress and
 * the queues: announcements, and whatever the NIC itself has no room for. Raw sockets of each
 * family join the group, keep the kernel from answering "protocol unreachable", and send unicast
 * adverts whose next hop is not resolved.
 */
#ifndef SYS_NET_SEND_H
#define SYS_NET_SEND_H

#include <stdbool.h>
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

/* Returns 0 and *ret_sender, or -EPERM or another negative errno; then nothing is left open. */
int send_open(struct sender **ret_sender);

/* Send all frames in one sendmmsg(2). If a frame fails (-ENETDOWN if the interface is down), the
 * frames behind it are sent all the same. Never blocks. Returns how many were sent; each frame's
 * error is set. */
unsigned int send_frames(struct sender *sender, struct send_frame *frames, unsigned int count);

/* The same through the queues of the interfaces, where the fence judges every frame in the moment
 * in which it is sent. A frame's error is -ENOBUFS if the fence refuses it or the queue is full. A
 * frame that the queue took may wait there; without a carrier it is lost. */
unsigned int send_frames_queued(struct sender *sender, struct send_frame *frames,
				unsigned int count);

/* Go through all of the above as far as the kernel sends nothing: it takes a frame that is shorter
 * than an Ethernet header, and refuses it in place of handing it to the interface. */
void send_rehearse(struct sender *sender, int ifindex, bool queued);

/* Has a frame that was sent through a queue not left this host yet? A NIC tells that a frame has
 * left by an interrupt, so for some 100 us this may be true of every frame. */
bool send_waits(const struct sender *sender);

/* Join 224.0.0.18 or ff02::12 on an interface. Joining twice is no error: the old membership is
 * left first, because it may be of an interface that is gone and had the same number. Returns 0,
 * -EAFNOSUPPORT if the host does not have the family (IPv6 disabled), or another negative errno. */
int send_join(struct sender *sender, int ifindex, uint8_t family);

/* Send a unicast advert through the raw socket, for a peer whose MAC is not known: the kernel
 * resolves it. payload is the VRRP message with its checksum. It is sent with TOS CS6, TTL 255 and
 * control priority. Never blocks. Returns 0 or a negative errno. */
int send_raw(struct sender *sender, int ifindex, uint8_t family, const struct vrrp_addr *source,
	     const struct vrrp_addr *destination, const uint8_t *payload, size_t length);

void send_close(struct sender *sender);

/* Take or pass on a sender by sys/host/pass.h, under the name `who` of at most 16 characters. The
 * packet sockets stay as they were. The group must be joined anew before pass_close_rest(); then it
 * is never left in between. send_take() returns -ENOENT if not all of it was passed on.
 * send_pass_on() frees the sender. */
int send_take(const char *who, struct sender **ret_sender);
void send_pass_on(struct sender *sender, const char *who);

#endif
