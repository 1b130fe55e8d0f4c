/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packet sockets that receive VRRP: one on each NIC where the XDP program cannot be, and a tap
 * beside the program where it is. A filter in the socket lets nothing else in. The kernel stamps
 * each frame as it arrives and keeps it until it is read. The socket does not receive frames that
 * this host sends, nor those of a VLAN on top of the NIC; a tap receives the latter, too.
 */
#ifndef SYS_NET_LISTEN_H
#define SYS_NET_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LISTEN_BATCH 16 /* frames of one read */

struct listen_frame {
	const uint8_t *data; /* from the Ethernet header on */
	size_t length;
	int64_t real_ns; /* CLOCK_REALTIME at its arrival; 0: not known, as in a tap */
	bool tagged;     /* of a VLAN other than 0; only a tap has such frames */
};

struct listen_batch;

/* Returns room for LISTEN_BATCH frames of any length, or NULL if there is no memory. */
struct listen_batch *listen_batch_new(void);
void listen_batch_free(struct listen_batch *batch);

enum listen_kind {
	LISTEN_HEARS, /* every advert counts: it has much room */
	LISTEN_TAPS,  /* a few tell enough: it has room for some, and is to wake nobody */
};

/* Hear VRRP on a NIC. The NIC's multicast filter lets the groups in while the socket is open.
 * Returns a pollable descriptor, which the caller owns, -EPROTONOSUPPORT if the NIC is no Ethernet,
 * -EPERM, -ENODEV, or another negative errno. */
int listen_open(enum listen_kind kind, int ifindex);

/* Pass the socket on by sys/host/pass.h, with the frames that it holds. The next process gets it
 * from its own listen_open(). */
void listen_pass_on(enum listen_kind kind, int fd, int ifindex);

/* Read the frames that have arrived, LISTEN_BATCH at most. They are valid until the next call.
 * Returns their number: less than LISTEN_BATCH if there are no more, 0 if there are none. Also
 * returns -ENETDOWN or another negative errno, which the kernel tells once: read on. Never
 * blocks. */
int listen_read(int fd, struct listen_batch *batch);
const struct listen_frame *listen_frame(const struct listen_batch *batch, unsigned int index);

/* Returns for how many frames the socket had no room since the last call. */
uint32_t listen_lost(int fd);

#endif
