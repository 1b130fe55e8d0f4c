/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What several reports say of a snapshot. Pure.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/show/snapshot.h"

#include "core/monotime.h"
#include "core/names.h"
#include "hmac_check.h"
#include "judge.h"
#include "vrrp_timers.h"

void snapshot_free(struct snapshot *snapshot)
{
	for (unsigned int i = 0; i < snapshot->router_count; i++)
		free(snapshot->routers[i].troubles);
	free(snapshot->routers);
	free(snapshot->interfaces);
	free(snapshot->neighbors);
	free(snapshot->refused);
	free(snapshot->history);
	*snapshot = (struct snapshot){0};
}

const struct snapshot_router *snapshot_router(const struct snapshot *snapshot, const char *name)
{
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		if (!strcmp(snapshot->routers[i].instance.report.name, name))
			return &snapshot->routers[i];
	}
	return NULL;
}

uint64_t snapshot_age_ms(const struct snapshot *snapshot, uint64_t then_ns)
{
	/* Stamped after the snapshot was begun. */
	if (vrrp_before(snapshot->now_ns, then_ns))
		return 0;
	return (snapshot->now_ns - then_ns) / NS_PER_MS;
}

uint64_t snapshot_lease_ms(const struct snapshot_router *router)
{
	return (router->lease_ns + NS_PER_MS - 1) / NS_PER_MS;
}

int64_t snapshot_lead_ns(const struct snapshot *snapshot, const struct snapshot_router *router)
{
	struct vrrp_hmac_clock clock = {.offset_ns = snapshot->wall_offset_ns};

	return vrrp_hmac_signs_by(&router->instance, &clock) - snapshot->wall_offset_ns;
}

bool snapshot_hands_over(const struct vrrp_instance *instance)
{
	return instance->report.hold == VRRP_HOLD_HANDOVER;
}

bool snapshot_leaves(const struct vrrp_instance *instance)
{
	return snapshot_hands_over(instance) || instance->report.hold == VRRP_HOLD_LEAVING;
}

bool snapshot_has_clone(const struct vrrp_instance *instance)
{
	static const uint8_t none[6];

	return memcmp(instance->report.clone_mac, none, sizeof(none)) != 0;
}

const struct snapshot_neighbor *snapshot_refused(const struct snapshot *snapshot,
						 const struct snapshot_router *router,
						 unsigned int *cursor)
{
	while (*cursor < snapshot->refused_count) {
		const struct snapshot_neighbor *peer = &snapshot->refused[(*cursor)++];

		if (peer->key.slot == router->slot)
			return peer;
	}
	return NULL;
}

uint64_t snapshot_rejected(const struct vrrp_counters *counters)
{
	uint64_t sum = 0;

	for (unsigned int i = VRRP_VERDICT_VALID + 1; i < VRRP_VERDICT_COUNT; i++)
		sum += counters->verdict[i];
	return sum;
}

bool snapshot_is_open(const struct snapshot_router *router)
{
	return router->standing && strcmp(router->standing, "first") != 0;
}

uint64_t snapshot_fenced(const struct vrrp_fenced *fenced, unsigned int side)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < VRRP_FENCED_COUNT; i++)
		sum += fenced->frames[side][i];
	return sum;
}

uint64_t snapshot_heard_ns(const struct snapshot_router *router)
{
	uint64_t newest = 0;

	for (unsigned int i = 0; i < router->instance.report.path_count; i++) {
		uint64_t last = router->paths[i].path.last_ns;

		if (last && (!newest || vrrp_before(newest, last)))
			newest = last;
	}
	return newest;
}

void snapshot_advise(const struct snapshot_router *router, struct interval_advice *ret_advice)
{
	const struct vrrp_instance *instance = &router->instance;
	const struct vrrp_timing *timings[VRRP_MAX_PATHS];

	for (unsigned int i = 0; i < instance->report.path_count; i++)
		timings[i] = &router->paths[i].timing;
	interval_advise(timings, instance->report.path_count, instance->rules.version,
			instance->report.priority, vrrp_judge_learned(instance), ret_advice);
}

const char *snapshot_mode(const struct vrrp_path *path)
{
	return name_mode(path->mode);
}

const char *snapshot_trouble(const struct snapshot_router *router, size_t *cursor, int *ret_length)
{
	const char *line = router->troubles ? router->troubles + *cursor : "";

	if (!*line)
		return NULL;
	*ret_length = (int)strcspn(line, "\n");
	*cursor += (size_t)*ret_length + 1;
	return line;
}

const char *snapshot_unfit(const struct vrrp_path *path)
{
	return path->mode == VRRP_MODE_SOCKET_DEAF   ? "deaf"
	       : path->mode == VRRP_MODE_SOCKET_TAGS ? "tags"
						     : NULL;
}
