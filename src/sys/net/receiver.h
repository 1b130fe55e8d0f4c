/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket mode: the agent does the work of the XDP program. Frames of packet sockets go through the
 * same advert_check.h, judge.h and tally.h, on the same instances, paths and leases. The records
 * that the XDP program would put into its ring are handed on at once.
 *
 * Compared with XDP, the agent wakes for every advert. A flood of adverts wakes it for each, and
 * may push good ones out of the socket. Nothing is dropped before other sockets see it. While the
 * agent does not run, nothing is judged. The agent makes up for that when it runs again: the frames
 * that waited in the sockets count by the kernel's stamps, before any deadline.
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
	/* The shared arrays have VRRP_MAX_SLOTS elements; paths and timings are indexed by
	 * VRRP_PATH_INDEX. The timings must be mapped once a NIC is added. */
	struct vrrp_instance *instances;
	struct vrrp_path *paths;
	struct vrrp_timing *timings;
	const struct vrrp_peers *peers; /* mapped for slots with VRRP_RULE_UNICAST */
	struct vrrp_lease *leases;
	struct table *neighbors, *refused_peers;
	/* For the authentication trailer: keys, marks, and the clock that says what is fresh. */
	struct table *hmac_keys, *hmac_marks;
	const struct vrrp_hmac_clock *hmac_clock;
	struct clocks (*clocks)(void); /* reads them */
};

/* The objects that deps points to must outlive the receiver. Returns 0 or a negative errno. */
int receiver_open(const struct receiver_deps *deps, struct receiver **ret_receiver);

/* With ENDING_RESTART the next process adopts the ledger and the sockets, so that no frame is lost
 * in between. Else the ledger is removed. */
void receiver_close(struct receiver *receiver, enum ending ending);

/* Hear VRRP on a NIC. Frames for which nobody listens there are counted. If the NIC was added
 * already, nothing changes. Returns 0, or a negative errno, which is logged. */
int receiver_add(struct receiver *receiver, int ifindex, const char *ifname);
void receiver_remove(struct receiver *receiver, int ifindex);

/* Set which path of which slot listens there; path is VRRP_GATED(). Returns -ENODEV if the NIC was
 * not added. */
int receiver_listen(struct receiver *receiver, int ifindex, uint8_t family, uint8_t vrid,
		    uint16_t slot, uint16_t path);
int receiver_unlisten(struct receiver *receiver, int ifindex, uint8_t family, uint8_t vrid);

/* Call this at a start, when every NIC was added. It removes what an earlier agent left and nobody
 * uses any more. The counters of adopted slots go on. */
void receiver_reset(struct receiver *receiver, const struct adopted *adopted);

/* The run directory was made anew, and the ledger was in it: make the ledger anew, too. */
void receiver_renew(struct receiver *receiver);

/* The descriptor is readable when something has arrived on some NIC. */
int receiver_fd(const struct receiver *receiver);

/* Do frames wait that were not judged yet? */
bool receiver_waits(const struct receiver *receiver);

/* Judge everything that arrived before the call, and call fn with each record that is news. */
typedef void (*receiver_event_fn)(void *context, const struct vrrp_event *event);
void receiver_drain(struct receiver *receiver, receiver_event_fn fn, void *context);

#endif
