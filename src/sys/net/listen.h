/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packet sockets that receive VRRP: one on a NIC where the XDP program cannot be. A filter in the
 * socket lets nothing else in; the kernel stamps each frame as it arrives and keeps it until it is
 * read. Frames that this host sends, and those of a VLAN on top of the NIC, are none of its.
 */
#ifndef SYS_NET_LISTEN_H
#define SYS_NET_LISTEN_H

#include <stddef.h>
#include <stdint.h>

#define LISTEN_BATCH 16 /* frames of one read */

struct listen_frame {
	const uint8_t *data; /* from the Ethernet header on */
	size_t length;
	int64_t real_ns; /* CLOCK_REALTIME at its arrival; 0: not known */
};

struct listen_batch;

/* Room for LISTEN_BATCH frames of any length; NULL: no memory. */
struct listen_batch *listen_batch_new(void);
void listen_batch_free(struct listen_batch *batch);

/* Hear VRRP on a NIC; its multicast filter lets the groups in for as long. The descriptor is
 * pollable. -EPROTONOSUPPORT: no Ethernet; -EPERM, -ENODEV. */
int listen_open(int ifindex);

/* By sys/host/pass.h, with what it holds: who comes after this process opens it as its own. */
void listen_pass_on(int fd, int ifindex);

/* What has arrived, at most LISTEN_BATCH frames, valid until the next call; fewer: that was all. 0:
 * nothing. -ENETDOWN and others: said once by the kernel, read on. Never blocks. */
int listen_read(int fd, struct listen_batch *batch);
const struct listen_frame *listen_frame(const struct listen_batch *batch, unsigned int index);

/* How many frames the socket had no room for since the last call. */
uint32_t listen_lost(int fd);

#endif
