/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `top` knows: the last snapshot, and the differences of each snapshot from the one before.
 * Pure: the caller hands in the snapshots, with their times.
 */
#ifndef CLI_SHOW_TOP_H
#define CLI_SHOW_TOP_H

#include "cli/show/screen.h"
#include "cli/show/snapshot.h"

#define TOP_GAPS   256 /* of a path, for its sparkline */
#define TOP_MOVING 64

/* Gaps between adverts, the newest last. Each is the longest gap between two snapshots. */
struct top_path {
	char ifname[IF_NAMESIZE];
	uint64_t gap_ns[TOP_GAPS];
	unsigned int count; /* that were ever noted: gap_ns[(count - 1) % TOP_GAPS] is the newest */
};

struct top_router {
	char name[VRRP_NAME_LEN];
	struct top_path paths[VRRP_MAX_PATHS];
};

/* A counter of something that was refused, if it moves or has moved a moment ago. */
struct top_counter {
	char owner[VRRP_NAME_LEN]; /* a router, or an interface */
	const char *what;
	uint64_t value;
	double rate; /* a second, between the last two looks */
	uint64_t moved_ns;
};

struct top {
	struct snapshot now;
	bool looked; /* at least once */
	struct top_router *routers;
	unsigned int router_count; /* as in `now`, in the same order */
	struct top_counter moving[TOP_MOVING];
	unsigned int moving_count; /* the fastest first */
};

/* Takes over the snapshot, and frees the one before. Returns 0, or -ENOMEM; then the caller still
 * owns the snapshot. */
int top_update(struct top *top, struct snapshot *snapshot);
void top_close(struct top *top);

/* Convert the newest `count` gaps of a path into levels from 1 to 8, for glyphs of eight heights.
 * Level 8 stands for `full_ns` or more. ret_levels has the oldest first. Returns how many there
 * are. */
unsigned int top_levels(const struct top_path *path, uint64_t full_ns, unsigned int count,
			unsigned char *ret_levels);

struct top_view {
	const char *host;
	bool utf8;
	unsigned int scroll; /* lines of the list of routers that are above the page */
};

/* Draw onto a blank page. Returns the largest scroll that makes sense for a page of that size. */
unsigned int top_render(const struct top *top, const struct top_view *view, struct screen *screen);

#endif
