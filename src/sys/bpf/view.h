/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pinned maps, or the files of the run directory in their place, and what packet sockets heard,
 * for the readers: status, monitor, metrics. The view loads nothing, and writes nothing but a
 * monitor's own ring. The memory may change while it is read: copy values that must be consistent
 * with each other.
 */
#ifndef SYS_BPF_VIEW_H
#define SYS_BPF_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/bpf/xdp.h"
#include "vrrp_abi.h"

struct view;

/* Both directories' names must outlive the view. Returns 0, -ENOENT if nothing is attached (no such
 * directory, or no maps in it), -EPROTO if the maps are of another ABI, -EPERM or -EACCES if the
 * caller is not root, or another negative errno. Not logged. */
int view_open(const char *bpffs, const char *run_dir, struct view **ret_view);
void view_close(struct view *view);

const struct vrrp_instance *view_instance(const struct view *view, unsigned int slot);
const struct vrrp_path *view_path(const struct view *view, unsigned int slot, unsigned int path);
const struct vrrp_peers *view_peers(const struct view *view, unsigned int slot);
const struct vrrp_timing *view_timing(const struct view *view, unsigned int slot,
				      unsigned int path);
uint64_t view_lease_until_ns(const struct view *view, unsigned int slot);
const struct vrrp_history *view_history(const struct view *view);

/* Add up the counters over all CPUs and sockets. index is as in `verdicts`, or of a view_port. */
void view_counters(const struct view *view, unsigned int index, struct vrrp_counters *ret_counters);

/* List the interfaces that have a port: their ifindex and the index of their counters. Returns the
 * number, which is at most max. */
struct view_port {
	int ifindex;
	unsigned int counters;
	bool socket;   /* heard by the agent's packet socket: ends with the agent */
	uint64_t lost; /* frames that it had no room for */
};
int view_ports(const struct view *view, struct view_port *ports, int max);

/* Says in ret_guarded, an array of VRRP_MAX_SLOTS, for which slots the fence guards something. */
void view_guarded(const struct view *view, bool *ret_guarded);

bool view_listens(const struct view *view, int ifindex);

/* Are these still the maps and files? If not, they are gone, and perhaps made anew. */
bool view_current(const struct view *view);

/* Read one neighbour per call. Start with an all-zero *cursor and *first set. Returns false if
 * there are no more. */
bool view_neighbor(const struct view *view, struct vrrp_neighbor_key *cursor, bool *first,
		   struct vrrp_neighbor *ret_neighbor);

/* Read the peers that cannot be understood, of all slots, one per call. */
bool view_refused_peer(const struct view *view, struct vrrp_neighbor_key *cursor, bool *first,
		       struct vrrp_neighbor *ret_peer);

/* Say which keys there are, of all slots, but never a key itself. One per call, as in
 * view_neighbor(). */
bool view_hmac_key(const struct view *view, struct vrrp_hmac_key_id *cursor, bool *first);

/* Read the sources of signed adverts, of all slots, one per call. */
bool view_hmac_mark(const struct view *view, struct vrrp_hmac_source *cursor, bool *first,
		    struct vrrp_hmac_mark *ret_mark);

/* Open a monitor's ring, which gets everything that is heard until view_unwatch(). Its place among
 * VRRP_MAX_MONITORS is held by a lock in the run directory, which must exist. view_watch_read()
 * calls fn. Returns 0, -EBUSY if all places are taken, or another negative errno. */
typedef void (*view_event_fn)(void *context, const struct vrrp_event *event);
int view_watch(struct view *view, view_event_fn fn, void *context);
/* Wait up to timeout_ms for records and hand them to fn. Returns their number, or a negative
 * errno. */
int view_watch_read(struct view *view, int timeout_ms);
void view_unwatch(struct view *view);

#endif
