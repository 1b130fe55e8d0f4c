/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares the heartbeat paths of a router with each other. Depends on include/ and its own header.
 */
#include "core/vrrp/watch.h"

#include "vrrp_timers.h"

static uint64_t last_of(const struct vrrp_path *path)
{
	return __atomic_load_n(&path->last_ns, __ATOMIC_RELAXED);
}

uint64_t watch_newest_ns(struct vrrp_path *const paths[], unsigned int count)
{
	uint64_t newest = 0;

	for (unsigned int i = 0; i < count; i++)
		newest = last_of(paths[i]) > newest ? last_of(paths[i]) : newest;
	return newest;
}

/* A path that never carried an advert is not reported, because there may be no peer on it. */
unsigned int watch_paths_at(struct vrrp_path *const paths[], unsigned int count,
			    int64_t patience_ns, struct monotime now,
			    struct watch_news ret_news[VRRP_MAX_PATHS])
{
	unsigned int found = 0;
	uint64_t newest;

	/* Most routers have one path, and the paths of a router are read in each wake-up. */
	if (count < 2)
		return 0;
	newest = watch_newest_ns(paths, count);
	for (unsigned int i = 0; i < count; i++) {
		struct vrrp_path *path = paths[i];
		uint64_t last = last_of(path);
		/* A path is silent only while another one carries adverts. If all are silent, the
		 * master is gone. */
		bool silent = last && (int64_t)(newest - last) > patience_ns &&
			      monotime_diff(now, monotime_from_ns(newest)) < patience_ns;
		bool alive = last && (int64_t)(newest - last) <= patience_ns;

		if (!(path->silent ? alive : silent))
			continue;
		path->silent = silent;
		ret_news[found++] = (struct watch_news){.path = i, .silent = silent};
	}
	return found;
}

bool watch_hears_master(struct vrrp_path *const paths[], unsigned int count, uint16_t interval_cs,
			struct monotime now)
{
	for (unsigned int i = 0; i < count; i++) {
		uint64_t last = last_of(paths[i]);

		if (last && vrrp_before((uint64_t)now.ns, last + 3 * interval_cs * VRRP_NS_PER_CS))
			return true;
	}
	return false;
}
