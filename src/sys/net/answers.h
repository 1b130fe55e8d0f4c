/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet socket that hears answers for one address on one interface: ARP replies, or neighbour
 * advertisements. A filter in the kernel leaves everything else there.
 *
 * It taps the wire before any tc filter, so that a fence which drops whatever comes from a guarded
 * address does not make that address look silent. It is read when its owner wants to know, never
 * waited for: a flood of answers fills its small buffer and wakes nobody.
 */
#ifndef SYS_NET_ANSWERS_H
#define SYS_NET_ANSWERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vrrp_abi.h"

#define ANSWERS_FRAME 128 /* enough of a frame to judge it; longer ones are cut */

/* 0 and *ret_fd (close(2) it; that may take milliseconds), or a negative errno. */
int answers_open(int ifindex, uint8_t family, const struct vrrp_addr *addr, int *ret_fd);

/* One frame that passed the filter, from the Ethernet header on. Its length; -EAGAIN: no more.
 * Other negative errno: the interface is down, gone, ...; later frames may follow. */
ssize_t answers_read(int fd, uint8_t *buf, size_t size);

#endif
