/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watches the heartbeat paths of a BACKUP together. If one path falls silent while another one
 * still hears the master, that is a reason for an alarm, but not for a failover. Pure, except that
 * it marks a silent path in the shared words.
 */
#ifndef CORE_VRRP_WATCH_H
#define CORE_VRRP_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"
#include "vrrp_abi.h"

struct watch_news {
	unsigned int path;
	bool silent; /* false: it is heard again */
};

/* Find out which paths fell silent, or are heard again, since the last call. A path is silent if
 * its last advert is more than patience_ns older than that of the path that was heard last. Writes
 * vrrp_path.silent. Returns how many paths changed. Call it only for a BACKUP, because only a
 * BACKUP hears adverts all the time. */
unsigned int watch_paths_at(struct vrrp_path *const paths[], unsigned int count,
			    int64_t patience_ns, struct monotime now,
			    struct watch_news ret_news[VRRP_MAX_PATHS]);

/* Returns when the last valid advert arrived on any path, or 0 if there was none. */
uint64_t watch_newest_ns(struct vrrp_path *const paths[], unsigned int count);

/* Was a master heard within three of its intervals? */
bool watch_hears_master(struct vrrp_path *const paths[], unsigned int count, uint16_t interval_cs,
			struct monotime now);

#endif
