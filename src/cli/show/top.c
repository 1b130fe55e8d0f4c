/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comparing snapshots.
 */
#include "cli/show/top.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/names.h"
#include "vrrp_timers.h"

#define LINGER_NS 10000000000ULL /* a counter that stands still is shown for so long */

/* ---- gaps ---- */

static void note_gap(struct top_path *path, uint64_t ns)
{
	path->gap_ns[path->count++ % TOP_GAPS] = ns;
}

/* The longest gap of those that ended between two looks. One is known exactly, several of one
 * bucket as their mean; else the bucket of the longest says it, to its middle. */
static uint64_t longest(const struct snapshot_path *before, const struct snapshot_path *now)
{
	uint64_t count = now->path.adverts - before->path.adverts;
	uint64_t span = now->path.last_ns - before->path.last_ns;
	unsigned int buckets = 0, highest = 0;
	uint64_t middle;

	for (unsigned int i = 0; i < VRRP_GAP_BUCKETS; i++) {
		if (now->timing.gaps[i] != before->timing.gaps[i]) {
			buckets++;
			highest = i;
		}
	}
	if (count == 1 || buckets < 2)
		return span / count;
	middle = (UINT64_C(3) << highest) * 1000 / 2;
	return middle < span ? middle : span;
}

/* Of the master that is heard; before one is, our own. */
static uint64_t interval_ns(const struct vrrp_instance *instance)
{
	uint16_t learned = instance->judged.interval_cs;

	return (learned ? learned : instance->rules.interval_cs) * VRRP_NS_PER_CS;
}

/* A gap that began in another state says nothing of the wire: a master hears nobody. */
static void compare_path(struct top_path *path, const struct snapshot_path *at_before,
			 const struct snapshot_path *at_now, const struct vrrp_instance *instance,
			 uint64_t now_ns)
{
	const struct vrrp_path *before = &at_before->path, *now = &at_now->path;
	uint64_t since_ns = instance->report.since_ns,
		 due_ns = now->last_ns + interval_ns(instance) * 3 / 2;

	if (instance->report.state != VRRP_STATE_BACKUP || !before->last_ns ||
	    vrrp_before(before->last_ns, since_ns))
		return;
	if (now->adverts > before->adverts && vrrp_before(before->last_ns, now->last_ns))
		note_gap(path, longest(at_before, at_now));
	else if (vrrp_before(due_ns, now_ns))
		note_gap(path, now_ns - now->last_ns); /* overdue: as long as it is by now */
}

static void compare_router(struct top_router *router, const struct snapshot_router *before,
			   const struct snapshot_router *now, uint64_t now_ns)
{
	for (unsigned int i = 0; i < now->instance.report.path_count; i++) {
		struct top_path *path = &router->paths[i];

		if (strcmp(path->ifname, now->paths[i].ifname)) {
			*path = (struct top_path){.count = 0};
			memcpy(path->ifname, now->paths[i].ifname, sizeof(path->ifname));
		} else if (before && i < before->instance.report.path_count) {
			compare_path(path, &before->paths[i], &now->paths[i], &now->instance,
				     now_ns);
		}
	}
}

/* ---- counters ---- */

static int by_rate(const void *a, const void *b)
{
	const struct top_counter *x = a, *y = b;
	int order = strcmp(x->owner, y->owner);

	if (x->rate != y->rate)
		return x->rate < y->rate ? 1 : -1;
	return order ? order : strcmp(x->what, y->what);
}

static struct top_counter *counter_of(struct top *top, const char *owner, const char *what)
{
	struct top_counter *counter;

	for (unsigned int i = 0; i < top->moving_count; i++) {
		if (!strcmp(top->moving[i].owner, owner) && !strcmp(top->moving[i].what, what))
			return &top->moving[i];
	}
	if (top->moving_count == TOP_MOVING)
		return NULL;
	counter = &top->moving[top->moving_count++];
	*counter = (struct top_counter){.what = what};
	snprintf(counter->owner, sizeof(counter->owner), "%s", owner);
	return counter;
}

/* A value below the one before is of other maps: it began anew. */
static void compare_counter(struct top *top, const char *owner, const char *what, uint64_t before,
			    uint64_t now, uint64_t span_ns, uint64_t now_ns)
{
	struct top_counter *counter;

	if (now <= before)
		return;
	counter = counter_of(top, owner, what);
	if (!counter)
		return;
	counter->value = now;
	counter->rate = span_ns ? (double)(now - before) * 1e9 / (double)span_ns : 0;
	counter->moved_ns = now_ns;
}

struct comparison {
	struct top *top;
	uint64_t span_ns, now_ns;
};

static void compare(const struct comparison *c, const char *owner, const char *what,
		    uint64_t before, uint64_t now)
{
	compare_counter(c->top, owner, what, before, now, c->span_ns, c->now_ns);
}

static void compare_verdicts(const struct comparison *c, const char *owner,
			     const struct vrrp_counters *before, const struct vrrp_counters *now)
{
	for (unsigned int i = VRRP_VERDICT_VALID + 1; i < VRRP_VERDICT_COUNT; i++)
		compare(c, owner, name_verdict(i), before->verdict[i], now->verdict[i]);
	compare(c, owner, name_note(VRRP_NOTE_RATE_LIMITED), before->note[VRRP_NOTE_RATE_LIMITED],
		now->note[VRRP_NOTE_RATE_LIMITED]);
	compare(c, owner, name_note(VRRP_NOTE_RING_FULL), before->note[VRRP_NOTE_RING_FULL],
		now->note[VRRP_NOTE_RING_FULL]);
}

static void compare_fenced(const struct comparison *c, const char *owner,
			   const struct vrrp_fenced *before, const struct vrrp_fenced *now)
{
	compare(c, owner, "fenced in", snapshot_fenced(before, VRRP_FENCE_IN),
		snapshot_fenced(now, VRRP_FENCE_IN));
	compare(c, owner, "fenced out", snapshot_fenced(before, VRRP_FENCE_OUT),
		snapshot_fenced(now, VRRP_FENCE_OUT));
	compare(c, owner, "rivals", before->rivals, now->rivals);
	compare(c, owner, "refused", before->refused, now->refused);
}

/* Usually they stand in the same order. */
static const struct snapshot_router *then(const struct snapshot *before, unsigned int guess,
					  const char *name)
{
	if (guess < before->router_count &&
	    !strcmp(before->routers[guess].instance.report.name, name))
		return &before->routers[guess];
	return snapshot_router(before, name);
}

static void compare_counters(struct top *top, const struct snapshot *now)
{
	const struct snapshot *before = &top->now;
	struct comparison c = {top, now->now_ns - before->now_ns, now->now_ns};
	unsigned int kept = 0;

	for (unsigned int i = 0; i < top->moving_count; i++)
		top->moving[i].rate = 0;
	for (unsigned int i = 0; i < now->router_count; i++) {
		const struct snapshot_router *router = &now->routers[i];
		const char *name = router->instance.report.name;
		const struct snapshot_router *old = then(before, i, name);

		if (!old)
			continue;
		compare_verdicts(&c, name, &old->counters, &router->counters);
		compare_fenced(&c, name, &old->fenced, &router->fenced);
	}
	for (unsigned int i = 0; i < now->interface_count; i++) {
		const struct snapshot_interface *interface = &now->interfaces[i];

		for (unsigned int n = 0; n < before->interface_count; n++) {
			if (!strcmp(before->interfaces[n].ifname, interface->ifname))
				compare_verdicts(&c, interface->ifname,
						 &before->interfaces[n].counters,
						 &interface->counters);
		}
	}
	for (unsigned int i = 0; i < top->moving_count; i++) {
		if (now->now_ns - top->moving[i].moved_ns <= LINGER_NS)
			top->moving[kept++] = top->moving[i];
	}
	top->moving_count = kept;
	qsort(top->moving, kept, sizeof(*top->moving), by_rate);
}

/* ---- all of it ---- */

static const struct top_router *known(const struct top *top, unsigned int guess, const char *name)
{
	if (guess < top->router_count && !strcmp(top->routers[guess].name, name))
		return &top->routers[guess];
	for (unsigned int i = 0; i < top->router_count; i++) {
		if (!strcmp(top->routers[i].name, name))
			return &top->routers[i];
	}
	return NULL;
}

int top_update(struct top *top, struct snapshot *snapshot)
{
	struct top_router *routers =
		calloc(snapshot->router_count ? snapshot->router_count : 1, sizeof(*routers));

	if (!routers)
		return -ENOMEM;
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		const struct snapshot_router *now = &snapshot->routers[i];
		const char *name = now->instance.report.name;
		const struct top_router *old = known(top, i, name);

		if (old)
			routers[i] = *old;
		memcpy(routers[i].name, name, sizeof(routers[i].name));
		compare_router(&routers[i], then(&top->now, i, name), now, snapshot->now_ns);
	}
	if (top->looked)
		compare_counters(top, snapshot);
	snapshot_free(&top->now);
	free(top->routers);
	top->now = *snapshot;
	*snapshot = (struct snapshot){0};
	top->routers = routers;
	top->router_count = top->now.router_count;
	top->looked = true;
	return 0;
}

void top_close(struct top *top)
{
	snapshot_free(&top->now);
	free(top->routers);
	*top = (struct top){0};
}

unsigned int top_levels(const struct top_path *path, uint64_t full_ns, unsigned int count,
			unsigned char *ret_levels)
{
	unsigned int there = path->count < TOP_GAPS ? path->count : TOP_GAPS;

	count = count < there ? count : there;
	for (unsigned int i = 0; i < count; i++) {
		uint64_t gap = path->gap_ns[(path->count - count + i) % TOP_GAPS];
		uint64_t level = full_ns ? (gap * 8 + full_ns - 1) / full_ns : 8;

		ret_levels[i] = (unsigned char)(level < 1 ? 1 : level > 8 ? 8 : level);
	}
	return count;
}
