/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet socket that hears answers for one address on one interface: ARP replies, or neighbour
 * advertisements. A filter in the kernel rejects everything else.
 *
 * The socket taps the wire before any tc filter. So a fence that drops all frames from a guarded
 * address does not make that address look silent. The owner reads the socket when it wants to know,
 * and never waits for it: a flood of answers fills its small buffer and wakes nobody.
 */
#ifndef SYS_NET_ANSWERS_H
#define SYS_NET_ANSWERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vrrp_abi.h"

#define ANSWERS_FRAME 128 /* enough of a frame to judge it; longer ones are cut */

/* Returns 0 and *ret_fd, or a negative errno. The caller must close(2) the descriptor, which may
 * take milliseconds. */
int answers_open(int ifindex, uint8_t family, const struct vrrp_addr *addr, int *ret_fd);

/* Read one frame that passed the filter, from the Ethernet header on. Returns its length, or
 * -EAGAIN if there are no more. With any other negative errno the interface is down, gone or the
 * like; later frames may follow. */
ssize_t answers_read(int fd, uint8_t *buf, size_t size);

#endif
