/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A copy of what the maps say at one moment: all that status, history, metrics and top show. To
 * take a snapshot reads the maps; what is done with it (report*.h, top_*.h) is pure.
 */
#ifndef CLI_SHOW_SNAPSHOT_H
#define CLI_SHOW_SNAPSHOT_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/history.h"
#include "core/interval_advice.h"
#include "sys/host/vitals.h"
#include "vrrp_abi.h"

struct snapshot_path {
	struct vrrp_path path;
	struct vrrp_timing timing;
	char ifname[IF_NAMESIZE]; /* "(gone)" where there is none any more */
};

struct snapshot_signer {
	struct vrrp_addr source;
	struct vrrp_hmac_mark mark;
};

struct snapshot_hmac {
	uint8_t keys[VRRP_MAX_HMAC_KEYS]; /* IDs, in order */
	unsigned int key_count;
	struct snapshot_signer peers[VRRP_MAX_PEERS]; /* by source; no more are shown */
	unsigned int peer_count;
};

struct snapshot_router {
	unsigned int slot;
	struct vrrp_instance instance;
	struct vrrp_peers peers;                    /* instance.rules.peer_count of them */
	struct snapshot_path paths[VRRP_MAX_PATHS]; /* instance.report.path_count of them */
	uint64_t lease_ns;                          /* left when it was read; 0: none */
	struct vrrp_counters counters;
	struct vrrp_fenced fenced;
	struct snapshot_hmac hmac;
	const char *hook;          /* of the fence: "tcx", "clsact", "none" */
	const char *standing;      /* "first", "behind", "gone"; NULL: nothing of it is guarded */
	char *troubles;            /* a line for each; NULL: none */
	char group[VRRP_NAME_LEN]; /* empty: it is in none */
};

struct snapshot_interface {
	char ifname[IF_NAMESIZE];
	const char *mode; /* "native", "generic", "socket"; NULL: not attached any more */
	bool dispatcher;  /* called by libxdp's, beside other programs */
	uint64_t lost;    /* frames that its packet socket had no room for */
	struct vrrp_counters counters; /* of adverts that are no router's here */
};

struct snapshot_neighbor {
	struct vrrp_neighbor_key key;
	struct vrrp_neighbor neighbor;
	char ifname[IF_NAMESIZE];
};

struct snapshot {
	uint64_t now_ns;        /* CLOCK_MONOTONIC */
	int64_t wall_offset_ns; /* to be added for the wall clock */
	pid_t agent;            /* 0: none runs; then there are no routers */
	char agent_version[32];
	struct vitals vitals; /* version 0: the agent tells none */
	bool attached;        /* there are maps */

	struct snapshot_router *routers;
	unsigned int router_count;
	struct snapshot_interface *interfaces; /* by name */
	unsigned int interface_count;
	struct snapshot_neighbor *neighbors; /* by interface, VRID, family and source */
	unsigned int neighbor_count;
	/* Peers that cannot be understood and were heard lately, of the routers above; likewise. */
	struct snapshot_neighbor *refused;
	unsigned int refused_count;
	struct history_record *history; /* the oldest first; also of agents that are gone */
	unsigned int history_count;
};

struct snapshot_request {
	const char *bpffs, *run_dir, *state_dir;
};

struct view;

/* Take a snapshot. If nothing is attached, view is NULL, and the history is only that of the file.
 * Returns 0, or -ENOMEM, which is not logged. The caller frees *ret_snapshot, also after an
 * error. */
int snapshot_take(const struct snapshot_request *request, struct view *view,
		  struct snapshot *ret_snapshot);
void snapshot_free(struct snapshot *snapshot);

/* Returns NULL if there is no router of that name. */
const struct snapshot_router *snapshot_router(const struct snapshot *snapshot, const char *name);

/* ---- what several reports say of it; pure ---- */

uint64_t snapshot_age_ms(const struct snapshot *snapshot, uint64_t then_ns);
/* For how long the router may still speak for the shared address if it sends no more adverts. 0 if
 * it may not now; never 0 while it may. */
uint64_t snapshot_lease_ms(const struct snapshot_router *router);
/* How far ahead of our wall clock the router signs, and judges signatures. 0 if it goes by the wall
 * clock. */
int64_t snapshot_lead_ns(const struct snapshot *snapshot, const struct snapshot_router *router);
/* Does another host send adverts from our own address (report.clone_mac)? */
bool snapshot_has_clone(const struct vrrp_instance *instance);
/* Is it a MASTER that waits until another router takes over? */
bool snapshot_hands_over(const struct vrrp_instance *instance);
/* Is it that, or one that waits for before-backup? What holds it is no trouble then. */
bool snapshot_leaves(const struct vrrp_instance *instance);
/* The next peer of this router that cannot be understood. Start with *cursor 0. NULL: no more. */
const struct snapshot_neighbor *snapshot_refused(const struct snapshot *snapshot,
						 const struct snapshot_router *router,
						 unsigned int *cursor);
uint64_t snapshot_rejected(const struct vrrp_counters *counters);
/* Is something guarded, and can it pass the fence? */
bool snapshot_is_open(const struct snapshot_router *router);
uint64_t snapshot_fenced(const struct vrrp_fenced *fenced, unsigned int side);
/* The time of the last advert on any path; 0 if none was heard. */
uint64_t snapshot_heard_ns(const struct snapshot_router *router);
const char *snapshot_mode(const struct vrrp_path *path);
/* Which interval is safe for this router, by what its paths have counted? */
void snapshot_advise(const struct snapshot_router *router, struct interval_advice *ret_advice);

/* The next trouble of this router, of *ret_length bytes. Start with *cursor 0. NULL: no more. */
const char *snapshot_trouble(const struct snapshot_router *router, size_t *cursor, int *ret_length);

/* Why a packet socket hears this path although XDP can be attached there: "deaf" or "tags"; or
 * NULL. */
const char *snapshot_unfit(const struct vrrp_path *path);

#endif
