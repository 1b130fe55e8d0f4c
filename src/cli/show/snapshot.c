/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking a snapshot. Knows sys/bpf/view.h and what lies beside the maps; never the agent.
 */
#include "cli/show/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/loop.h"
#include "core/names.h"
#include "core/vrrp/refusal.h"
#include "sys/bpf/fence.h"
#include "sys/bpf/view.h"
#include "sys/host/history.h"
#include "sys/host/remarks.h"
#include "sys/host/rundir.h"
#include "sys/net/netns.h"
#include "vrrp_timers.h"

static void interface_name(uint32_t ifindex, char name[IF_NAMESIZE])
{
	if (!if_indextoname(ifindex, name))
		snprintf(name, IF_NAMESIZE, "%s", "(gone)");
}

/* One more element at the end of an array that grows; NULL: no memory. */
static void *grow(void *array_of_pointers, unsigned int *count, size_t size)
{
	void **array = array_of_pointers, *bigger;

	/* At 0, 1, 2, 4, 8, …: twice as much. */
	if (!(*count & (*count - 1))) {
		bigger = realloc(*array, (*count ? *count * 2 : 1) * size);
		if (!bigger)
			return NULL;
		*array = bigger;
	}
	return memset((char *)*array + size * (*count)++, 0, size);
}

/* ---- routers ---- */

static void take_hook(const struct snapshot_request *request, const char *ifname,
		      struct snapshot_router *router)
{
	unsigned int ifindex = if_nametoindex(ifname);
	enum fence_standing standing = FENCE_GONE;
	enum fence_hook hook = FENCE_NONE;
	int err = ifindex ? fence_query_standing(request->bpffs, (int)ifindex, &hook, &standing)
			  : -ENODEV;

	router->hook = fence_hook_name(hook);
	router->standing = err ? NULL : fence_standing_name(standing);
}

/* Asked once for each interface, however many routers have it. */
static const struct snapshot_router *known_hook(const struct snapshot *snapshot, const char *ifname)
{
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		const struct snapshot_router *router = &snapshot->routers[i];

		if (router->hook && !strcmp(router->instance.report.public_ifname, ifname))
			return router;
	}
	return NULL;
}

/* By a clock read now: the agent renews it all the time. */
static uint64_t lease_left_ns(const struct view *view, unsigned int slot)
{
	uint64_t until = view_lease_until_ns(view, slot), now = (uint64_t)loop_now().ns;

	return until && vrrp_before(now, until) ? until - now : 0;
}

static int take_router(const struct snapshot_request *request, struct view *view, unsigned int slot,
		       struct snapshot *snapshot)
{
	struct snapshot_router *router =
		grow(&snapshot->routers, &snapshot->router_count, sizeof(*router));
	const struct snapshot_router *known;
	const char *public;

	if (!router)
		return -ENOMEM;
	router->slot = slot;
	router->instance = *view_instance(view, slot);
	router->peers = *view_peers(view, slot);
	if (router->instance.report.path_count > VRRP_MAX_PATHS)
		router->instance.report.path_count = VRRP_MAX_PATHS;
	for (unsigned int i = 0; i < router->instance.report.path_count; i++) {
		router->paths[i].path = *view_path(view, slot, i);
		router->paths[i].timing = *view_timing(view, slot, i);
		interface_name(router->paths[i].path.ifindex, router->paths[i].ifname);
	}
	router->lease_ns = lease_left_ns(view, slot);
	view_counters(view, slot, &router->counters);
	fence_counters(request->bpffs, slot, 1, &router->fenced);
	public = router->instance.report.public_ifname;
	known = known_hook(snapshot, public);
	if (!known) {
		take_hook(request, public, router);
	} else {
		router->hook = known->hook;
		router->standing = known->standing;
	}
	return 0;
}

static int take_routers(const struct snapshot_request *request, struct view *view,
			struct snapshot *snapshot)
{
	static bool guarded[VRRP_MAX_SLOTS];
	int err = 0;

	for (unsigned int slot = 0; slot < VRRP_MAX_SLOTS && !err; slot++) {
		if (view_instance(view, slot)->report.name[0])
			err = take_router(request, view, slot, snapshot);
	}
	view_guarded(view, guarded);
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		if (guarded[snapshot->routers[i].slot])
			continue;
		snapshot->routers[i].hook = fence_hook_name(FENCE_NONE);
		snapshot->routers[i].standing = NULL;
	}
	return err;
}

/* ---- signatures ---- */

static struct snapshot_router *router_in(struct snapshot *snapshot, unsigned int slot)
{
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		if (snapshot->routers[i].slot == slot)
			return &snapshot->routers[i];
	}
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	return *(const uint8_t *)a - *(const uint8_t *)b;
}

static int by_source(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct vrrp_addr));
}

/* Both maps are walked once, whatever the number of routers. */
static void take_hmac(struct view *view, struct snapshot *snapshot)
{
	struct vrrp_hmac_key_id key = {0};
	struct vrrp_hmac_source source = {0};
	struct vrrp_hmac_mark mark;
	bool first = true;

	while (view_hmac_key(view, &key, &first)) {
		struct snapshot_router *router = router_in(snapshot, key.slot);

		if (router && router->hmac.key_count < VRRP_MAX_HMAC_KEYS)
			router->hmac.keys[router->hmac.key_count++] = key.id;
	}
	first = true;
	while (view_hmac_mark(view, &source, &first, &mark)) {
		struct snapshot_router *router = router_in(snapshot, source.slot);

		if (router && router->hmac.peer_count < VRRP_MAX_PEERS)
			router->hmac.peers[router->hmac.peer_count++] =
				(struct snapshot_signer){source.source, mark};
	}
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		struct snapshot_hmac *hmac = &snapshot->routers[i].hmac;

		qsort(hmac->keys, hmac->key_count, sizeof(hmac->keys[0]), by_id);
		qsort(hmac->peers, hmac->peer_count, sizeof(hmac->peers[0]), by_source);
	}
}

/* ---- remarks ---- */

/* One more line. */
static int add_trouble(struct snapshot_router *router, const char *text)
{
	size_t used = router->troubles ? strlen(router->troubles) : 0, more = strlen(text);
	char *longer = realloc(router->troubles, used + more + 2);

	if (!longer)
		return -ENOMEM;
	snprintf(longer + used, more + 2, "%s\n", text);
	router->troubles = longer;
	return 0;
}

static int take_remark(struct snapshot *snapshot, char *line)
{
	char *name = strsep(&line, "\t"), *kind = strsep(&line, "\t");
	unsigned int path;

	for (unsigned int i = 0; line && i < snapshot->router_count; i++) {
		struct snapshot_router *router = &snapshot->routers[i];

		if (strcmp(router->instance.report.name, name) != 0)
			continue;
		if (!strcmp(kind, REMARK_TROUBLE))
			return add_trouble(router, line);
		if (!strcmp(kind, REMARK_GROUP))
			snprintf(router->group, VRRP_NAME_LEN, "%s", line);
		if (sscanf(kind, REMARK_PATH "%u", &path) == 1 && path < VRRP_MAX_PATHS &&
		    !router->paths[path].path.ifindex)
			snprintf(router->paths[path].ifname, IF_NAMESIZE, "%s", line);
	}
	return 0;
}

static int take_remarks(const struct snapshot_request *request, struct snapshot *snapshot)
{
	char *lines, *rest, *line;
	int err = 0;

	if (remarks_read(request->run_dir, snapshot->agent, &lines))
		return 0;
	for (rest = lines; !err && (line = strsep(&rest, "\n"));)
		err = take_remark(snapshot, line);
	free(lines);
	return err;
}

/* ---- interfaces and neighbours ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct snapshot_interface *)a)->ifname,
		      ((const struct snapshot_interface *)b)->ifname);
}

/* No mode: it is not heard at all. */
static void take_mode(const struct snapshot_request *request, const struct view_port *port,
		      struct snapshot_interface *interface)
{
	struct xdp_state state;

	if (port->socket) {
		interface->mode = name_mode(VRRP_MODE_SOCKET);
		return;
	}
	if (xdp_query(request->bpffs, port->ifindex, &state) || !state.ours)
		return;
	interface->mode = name_mode(state.generic ? VRRP_MODE_GENERIC : VRRP_MODE_NATIVE);
	interface->dispatcher = state.shared;
}

static int take_interfaces(const struct snapshot_request *request, struct view *view,
			   struct snapshot *snapshot)
{
	struct view_port ports[2 * VRRP_MAX_PORTS]; /* with XDP, and with packet sockets */
	int count = view_ports(view, ports, 2 * VRRP_MAX_PORTS);

	for (int i = 0; i < count; i++) {
		struct snapshot_interface *interface;

		if (ports[i].socket && !snapshot->agent)
			continue; /* it has ended with the agent */
		interface =
			grow(&snapshot->interfaces, &snapshot->interface_count, sizeof(*interface));
		if (!interface)
			return -ENOMEM;
		interface_name((uint32_t)ports[i].ifindex, interface->ifname);
		take_mode(request, &ports[i], interface);
		interface->lost = ports[i].lost;
		view_counters(view, ports[i].counters, &interface->counters);
	}
	if (snapshot->interface_count > 1)
		qsort(snapshot->interfaces, snapshot->interface_count,
		      sizeof(*snapshot->interfaces), by_name);
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct snapshot_neighbor *x = a, *y = b;
	int order = strcmp(x->ifname, y->ifname);

	if (!order)
		order = x->key.vrid - y->key.vrid;
	if (!order)
		order = x->key.family - y->key.family;
	return order ? order : memcmp(&x->key.source, &y->key.source, sizeof(x->key.source));
}

static void sort_neighbors(struct snapshot_neighbor *neighbors, unsigned int count)
{
	if (count > 1)
		qsort(neighbors, count, sizeof(*neighbors), by_place);
}

static int take_neighbors(struct view *view, struct snapshot *snapshot)
{
	struct vrrp_neighbor_key key = {0};
	struct vrrp_neighbor value;
	bool first = true;

	/* Under a flood of new ones the walk may begin again and again. */
	while (snapshot->neighbor_count < VRRP_MAX_NEIGHBORS &&
	       view_neighbor(view, &key, &first, &value)) {
		struct snapshot_neighbor *neighbor =
			grow(&snapshot->neighbors, &snapshot->neighbor_count, sizeof(*neighbor));

		if (!neighbor)
			return -ENOMEM;
		neighbor->key = key;
		neighbor->neighbor = value;
		interface_name(key.ifindex, neighbor->ifname);
	}
	sort_neighbors(snapshot->neighbors, snapshot->neighbor_count);
	return 0;
}

static bool is_understood(const struct snapshot *snapshot, const struct vrrp_neighbor_key *key,
			  const struct vrrp_neighbor *peer)
{
	for (unsigned int i = 0; i < snapshot->neighbor_count; i++) {
		const struct snapshot_neighbor *at = &snapshot->neighbors[i];

		if (at->key.ifindex == key->ifindex && at->key.family == key->family &&
		    at->key.vrid == key->vrid && vrrp_addr_equal(&at->key.source, &key->source))
			return refusal_is_understood(peer, &at->neighbor);
	}
	return false;
}

/* Needs the routers and the neighbours. */
static int take_refused(struct view *view, struct snapshot *snapshot)
{
	struct vrrp_neighbor_key key = {0};
	struct vrrp_neighbor value;
	bool first = true;

	for (unsigned int n = 0;
	     n < VRRP_MAX_REFUSED && view_refused_peer(view, &key, &first, &value); n++) {
		const struct snapshot_router *router = router_in(snapshot, key.slot);
		struct snapshot_neighbor *peer;

		if (!router || !refusal_is_of(&key, &router->instance) ||
		    !refusal_is_current(&value, snapshot->now_ns) ||
		    is_understood(snapshot, &key, &value))
			continue;
		peer = grow(&snapshot->refused, &snapshot->refused_count, sizeof(*peer));
		if (!peer)
			return -ENOMEM;
		peer->key = key;
		peer->neighbor = value;
		interface_name(key.ifindex, peer->ifname);
	}
	sort_neighbors(snapshot->refused, snapshot->refused_count);
	return 0;
}

/* ---- all of it ---- */

/* The file, and what it does not have yet or never will: its keeper was killed, its disk is full.
 */
static int take_history(const struct snapshot_request *request, struct view *view,
			struct snapshot *snapshot)
{
	uint64_t seen = 0;
	struct vrrp_history entry;

	snapshot->history = calloc(HISTORY_MAX, sizeof(*snapshot->history));
	if (!snapshot->history)
		return -ENOMEM;
	history_load(request->state_dir, snapshot->history, &snapshot->history_count);
	while (view && history_next(view_history(view), &seen, &entry)) {
		struct history_record record = history_from_map(&entry);

		snapshot->history_count =
			history_merge(snapshot->history, snapshot->history_count, &record, 1, NULL);
	}
	return 0;
}

int snapshot_take(const struct snapshot_request *request, struct view *view,
		  struct snapshot *ret_snapshot)
{
	struct snapshot snapshot = {.attached = view != NULL};
	int home, err = 0;

	snapshot.agent = rundir_agent(request->run_dir, snapshot.agent_version);
	if (snapshot.agent)
		vitals_read(request->run_dir, snapshot.agent, &snapshot.vitals);
	snapshot.now_ns = (uint64_t)loop_now().ns;
	snapshot.wall_offset_ns = loop_wall_offset_ns();
	/* Interfaces are told by their numbers, which are those of the agent's namespace. */
	home = netns_visit(snapshot.agent);
	if (view && snapshot.agent)
		err = take_routers(request, view, &snapshot);
	if (!err)
		err = take_remarks(request, &snapshot);
	if (view && !err)
		take_hmac(view, &snapshot);
	if (view && !err)
		err = take_interfaces(request, view, &snapshot);
	if (view && !err)
		err = take_neighbors(view, &snapshot);
	if (view && !err)
		err = take_refused(view, &snapshot);
	netns_return(home);
	if (!err)
		err = take_history(request, view, &snapshot);
	*ret_snapshot = snapshot;
	return err;
}
