/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the heartbeat paths of a BACKUP say together: a path that died while another lives is an
 * alarm, not a failover. Pure, but for the mark of a silent path in the shared words.
 */
#ifndef CORE_VRRP_WATCH_H
#define CORE_VRRP_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"
#include "vrrp_abi.h"

struct watch_news {
	unsigned int path;
	bool silent; /* or alive again */
};

/* Which paths fell silent, or speak again, since the last call, with this patience (ns) against the
 * one that was heard last. Writes vrrp_path.silent. Returns how many. Only a backup hears adverts
 * all the time. */
unsigned int watch_paths_at(struct vrrp_path *const paths[], unsigned int count,
			    int64_t patience_ns, struct monotime now,
			    struct watch_news ret_news[VRRP_MAX_PATHS]);

/* Arrival of the last valid advert by any path; 0: there was none. */
uint64_t watch_newest_ns(struct vrrp_path *const paths[], unsigned int count);

/* Was a master heard within three of its intervals? */
bool watch_hears_master(struct vrrp_path *const paths[], unsigned int count, uint16_t interval_cs,
			struct monotime now);

#endif
