/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket mode: what the XDP program does, in the agent. Frames of packet sockets go through the
 * same advert_check.h, judge.h and tally.h, on the same instances, paths and leases; what the XDP
 * program would put into its ring is handed on at once.
 *
 * What is given up against XDP: the agent wakes for every advert, a flood of them wakes it for each
 * and may push good ones out of the socket, nothing is dropped before other sockets see it, and
 * while the agent does not run nothing is judged. It makes up for that when it runs again: what
 * waited in the sockets counts by the kernel's stamps, before any deadline.
 */
#ifndef SYS_NET_RECEIVER_H
#define SYS_NET_RECEIVER_H

#include <stdbool.h>

#include "core/ending.h"
#include "core/stamp.h"
#include "sys/bpf/table.h"
#include "vrrp_abi.h"

struct receiver;

struct receiver_deps {
	const char *run_dir; /* of the ledger */
	/* The shared arrays, of VRRP_MAX_SLOTS (paths: by VRRP_PATH_INDEX). */
	struct vrrp_instance *instances;
	struct vrrp_path *paths;
	struct vrrp_lease *leases;
	struct table *neighbors;
	/* Of the authentication trailer: keys, marks, and the clock by which an advert is fresh. */
	struct table *hmac_keys, *hmac_marks;
	const struct vrrp_hmac_clock *hmac_clock;
	struct clocks (*clocks)(void); /* reads them */
};

/* What the deps point to must outlive it. Negative errno. */
int receiver_open(const struct receiver_deps *deps, struct receiver **ret_receiver);

/* A restart adopts ledger and sockets, so that no frame is lost between. Else
 * the ledger goes. */
void receiver_close(struct receiver *receiver, enum ending ending);

/* Hear on a NIC, and count what is nobody's there. Again: no change. Logged; negative errno. */
int receiver_add(struct receiver *receiver, int ifindex, const char *ifname);
void receiver_remove(struct receiver *receiver, int ifindex);

/* Who listens there. -ENODEV: the NIC was not added. */
int receiver_listen(struct receiver *receiver, int ifindex, uint8_t family, uint8_t vrid,
		    uint16_t slot, uint16_t path);
int receiver_unlisten(struct receiver *receiver, int ifindex, uint8_t family, uint8_t vrid);

/* At a start, when every NIC was added: what an agent before this one left, and is nobody's any
 * more, goes. The counters of adopted slots go on. */
void receiver_reset(struct receiver *receiver, const struct adopted *adopted);

/* The run directory was made anew, and the ledger was in it. */
void receiver_renew(struct receiver *receiver);

/* Pollable: something has arrived on some NIC. */
int receiver_fd(const struct receiver *receiver);

/* Judge everything that arrived before the call, and hand on what is news. */
typedef void (*receiver_event_fn)(void *context, const struct vrrp_event *event);
void receiver_drain(struct receiver *receiver, receiver_event_fn fn, void *context);

#endif
