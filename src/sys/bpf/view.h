/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pinned maps, or the files of the run directory that stand for them, and what packet sockets
 * heard, for who only looks: status, monitor, metrics. Loads nothing, writes nothing but a
 * monitor's own ring. What it reads may change under the reader: copy what must hang together.
 */
#ifndef SYS_BPF_VIEW_H
#define SYS_BPF_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/bpf/xdp.h"
#include "vrrp_abi.h"

struct view;

/* -ENOENT: nothing is attached (no such directory, or no maps in it). -EPROTO: maps of another ABI.
 * -EPERM, -EACCES: not root. Not logged. Both directories' names must outlive the view. */
int view_open(const char *bpffs, const char *run_dir, struct view **ret_view);
void view_close(struct view *view);

const struct vrrp_instance *view_instance(const struct view *view, unsigned int slot);
const struct vrrp_path *view_path(const struct view *view, unsigned int slot, unsigned int path);
uint64_t view_lease_until_ns(const struct view *view, unsigned int slot);
const struct vrrp_history *view_history(const struct view *view);

/* Sum over all CPUs and sockets; index as of `verdicts`, or of a view_port. */
void view_counters(const struct view *view, unsigned int index, struct vrrp_counters *ret_counters);

/* Interfaces with a port: ifindex and the index of their counters. Returns the number. */
struct view_port {
	int ifindex;
	unsigned int counters;
	bool socket;   /* heard by the agent's packet socket: ends with the agent */
	uint64_t lost; /* frames that it had no room for */
};
int view_ports(const struct view *view, struct view_port *ports, int max);

/* ret_guarded[slot] of VRRP_MAX_SLOTS: does the fence keep something for it? */
void view_guarded(const struct view *view, bool *ret_guarded);

bool view_listens(const struct view *view, int ifindex);

/* Are these still the maps and files? false: they are gone, perhaps made anew. */
bool view_current(const struct view *view);

/* One neighbour per call; false: no more. Start with an all-zero *cursor. */
bool view_neighbor(const struct view *view, struct vrrp_neighbor_key *cursor, bool *first,
		   struct vrrp_neighbor *ret_neighbor);

/* Which keys there are, of all slots; never a key. One per call, as view_neighbor(). */
bool view_hmac_key(const struct view *view, struct vrrp_hmac_key_id *cursor, bool *first);

/* Sources of signed adverts, of all slots. One per call. */
bool view_hmac_mark(const struct view *view, struct vrrp_hmac_source *cursor, bool *first,
		    struct vrrp_hmac_mark *ret_mark);

/* A monitor's ring: everything heard, until view_unwatch(). The place among VRRP_MAX_MONITORS is
 * held by a lock in the run directory (which must exist); -EBUSY: all are taken. fn is called from
 * view_watch_read(). */
typedef void (*view_event_fn)(void *context, const struct vrrp_event *event);
int view_watch(struct view *view, view_event_fn fn, void *context);
/* Wait up to timeout_ms for records and hand them on. Number of records, or negative errno. */
int view_watch_read(struct view *view, int timeout_ms);
void view_unwatch(struct view *view);

#endif
