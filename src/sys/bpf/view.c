/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the store and the ledger. Never loads a program.
 */
#include "sys/bpf/view.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "sys/bpf/ledger.h"
#include "sys/bpf/store.h"
#include "sys/host/own_dir.h"
#include "vrrp_guard.h"

struct view {
	struct store *store;
	const struct ledger *ledger; /* all zero where there is no packet socket */
	ino_t ledger_inode;          /* 0: then */
	const char *run_dir;
	int cpus;
	struct vrrp_counters *per_cpu;
	/* watching */
	struct ring_buffer *ring;
	int ring_fd;
	int slot;      /* of `monitors`; -1: none */
	int place_fd;  /* lock on that slot */
	uint64_t told; /* of the ledger */
	view_event_fn event_fn;
	void *event_context;
};

static int open_ledger(struct view *view)
{
	int err = ledger_view(view->run_dir, &view->ledger, &view->ledger_inode);

	if (err != -ENOENT)
		return err;
	view->ledger = ledger_private();
	return view->ledger ? 0 : -ENOMEM;
}

int view_open(const char *bpffs, const char *run_dir, struct view **ret_view)
{
	struct view *view = calloc(1, sizeof(*view));
	int err;

	if (!view)
		return -ENOMEM;
	view->run_dir = run_dir;
	view->slot = view->ring_fd = view->place_fd = -1;
	err = store_view(bpffs, run_dir, &view->store);
	if (!err)
		err = open_ledger(view);
	if (!err)
		err = view->cpus = libbpf_num_possible_cpus();
	if (err >= 0) {
		view->per_cpu = calloc((size_t)view->cpus, sizeof(*view->per_cpu));
		err = view->per_cpu ? 0 : -ENOMEM;
	}
	if (err) {
		view_close(view);
		return err;
	}
	*ret_view = view;
	return 0;
}

void view_close(struct view *view)
{
	if (!view)
		return;
	view_unwatch(view);
	store_close(view->store);
	ledger_close(view->ledger);
	free(view->per_cpu);
	free(view);
}

const struct vrrp_instance *view_instance(const struct view *view, unsigned int slot)
{
	const struct vrrp_instance *instances = store_array(view->store, STORE_INSTANCES);

	return &instances[slot];
}

const struct vrrp_path *view_path(const struct view *view, unsigned int slot, unsigned int path)
{
	const struct vrrp_path *paths = store_array(view->store, STORE_PATHS);

	return &paths[VRRP_PATH_INDEX(slot, path)];
}

const struct vrrp_timing *view_timing(const struct view *view, unsigned int slot, unsigned int path)
{
	const struct vrrp_timing *timings = store_array(view->store, STORE_TIMINGS);

	return &timings[VRRP_PATH_INDEX(slot, path)];
}

const struct vrrp_peers *view_peers(const struct view *view, unsigned int slot)
{
	const struct vrrp_peers *peers = store_array(view->store, STORE_PEERS);

	return &peers[slot];
}

uint64_t view_lease_until_ns(const struct view *view, unsigned int slot)
{
	const struct vrrp_lease *leases = store_array(view->store, STORE_LEASES);

	return __atomic_load_n(&leases[slot].until_ns, __ATOMIC_RELAXED);
}

const struct vrrp_history *view_history(const struct view *view)
{
	return store_array(view->store, STORE_HISTORY);
}

/* Counters of the ledger's ports come behind those of the maps. */
#define LEDGER_PORT (VRRP_MAX_SLOTS + VRRP_MAX_PORTS)

static void add_counters(struct vrrp_counters *sum, const struct vrrp_counters *counters)
{
	for (int i = 0; i < VRRP_VERDICT_COUNT; i++)
		sum->verdict[i] += counters->verdict[i];
	for (int i = 0; i < VRRP_NOTE_COUNT; i++)
		sum->note[i] += counters->note[i];
}

void view_counters(const struct view *view, unsigned int index, struct vrrp_counters *ret_counters)
{
	const struct table *verdicts = store_table(view->store, STORE_VERDICTS);
	struct vrrp_counters sum = {0};
	uint32_t key = index;

	if (index < LEDGER_PORT && !table_get(verdicts, &key, view->per_cpu)) {
		for (int cpu = 0; cpu < view->cpus; cpu++)
			add_counters(&sum, &view->per_cpu[cpu]);
	}
	if (index < VRRP_MAX_SLOTS)
		add_counters(&sum, &view->ledger->counters[index]);
	else if (index >= LEDGER_PORT)
		add_counters(&sum, &view->ledger->counters[index - VRRP_MAX_PORTS]);
	*ret_counters = sum;
}

int view_ports(const struct view *view, struct view_port *ports, int max)
{
	const struct table *listeners = store_table(view->store, STORE_LISTENERS);
	struct vrrp_listener_key key, *previous = NULL;
	int count = 0;

	while (count < max && !table_next(listeners, previous, &key)) {
		struct vrrp_listener value;

		if (!key.family && !table_get(listeners, &key, &value))
			ports[count++] = (struct view_port){.ifindex = (int)key.ifindex,
							    .counters = value.slot};
		previous = &key;
	}
	for (unsigned int i = 0; count < max && i < VRRP_MAX_PORTS; i++) {
		const struct ledger_port *port = &view->ledger->ports[i];

		if (port->ifindex)
			ports[count++] = (struct view_port){.ifindex = (int)port->ifindex,
							    .counters = LEDGER_PORT + i,
							    .socket = true,
							    .lost = port->lost};
	}
	return count;
}

void view_guarded(const struct view *view, bool *ret_guarded)
{
	const struct table *guarded = store_table(view->store, STORE_GUARDED);
	struct vrrp_guarded_key key, *previous = NULL;
	struct vrrp_guarded guard;

	memset(ret_guarded, 0, VRRP_MAX_SLOTS * sizeof(*ret_guarded));
	/* A map that changes under the walk may begin again. */
	for (int n = 0; n < VRRP_MAX_GUARDED && !table_next(guarded, previous, &key); n++) {
		if (vrrp_is_guard(key.kind) && !table_get(guarded, &key, &guard) &&
		    guard.slot < VRRP_MAX_SLOTS)
			ret_guarded[guard.slot] = true;
		previous = &key;
	}
}

bool view_listens(const struct view *view, int ifindex)
{
	struct view_port ports[2 * VRRP_MAX_PORTS];
	int count = view_ports(view, ports, 2 * VRRP_MAX_PORTS);

	for (int i = 0; i < count; i++) {
		if (ports[i].ifindex == ifindex)
			return true;
	}
	return false;
}

bool view_current(const struct view *view)
{
	return store_is_current(view->store) && ledger_inode(view->run_dir) == view->ledger_inode;
}

/* The entry after the one whose key is *cursor, or the first one. */
static bool next_entry(const struct table *table, void *cursor, bool *first, void *ret_value)
{
	while (!table_next(table, *first ? NULL : cursor, cursor)) {
		*first = false;
		if (!table_get(table, cursor, ret_value))
			return true;
	}
	return false;
}

bool view_neighbor(const struct view *view, struct vrrp_neighbor_key *cursor, bool *first,
		   struct vrrp_neighbor *ret_neighbor)
{
	return next_entry(store_table(view->store, STORE_NEIGHBORS), cursor, first, ret_neighbor);
}

bool view_refused_peer(const struct view *view, struct vrrp_neighbor_key *cursor, bool *first,
		       struct vrrp_neighbor *ret_peer)
{
	return next_entry(store_table(view->store, STORE_REFUSED_PEERS), cursor, first, ret_peer);
}

bool view_hmac_key(const struct view *view, struct vrrp_hmac_key_id *cursor, bool *first)
{
	bool found = !table_next(store_table(view->store, STORE_HMAC_KEYS), *first ? NULL : cursor,
				 cursor);

	*first &= !found;
	return found;
}

bool view_hmac_mark(const struct view *view, struct vrrp_hmac_source *cursor, bool *first,
		    struct vrrp_hmac_mark *ret_mark)
{
	return next_entry(store_table(view->store, STORE_HMAC_MARKS), cursor, first, ret_mark);
}

/* ---- watching ---- */

static int on_record(void *context, void *data, size_t size)
{
	struct view *view = context;

	if (size >= sizeof(struct vrrp_event))
		view->event_fn(view->event_context, data);
	return 0;
}

/* The first place of `monitors` whose lock nobody holds. A monitor that was killed leaves its ring
 * there, full and harmless, until the next one takes the place. */
static int take_place(struct view *view)
{
	int dir = own_dir_open(view->run_dir), place = -EBUSY;

	if (dir < 0)
		return dir;
	for (int slot = 0; slot < VRRP_MAX_MONITORS && place == -EBUSY; slot++) {
		char name[32];
		int fd;

		snprintf(name, sizeof(name), "monitor-%d.lock", slot);
		fd = openat(dir, name, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW,
			    0600);
		if (fd < 0) {
			place = -errno;
		} else if (!flock(fd, LOCK_EX | LOCK_NB)) {
			view->place_fd = fd;
			place = slot;
		} else {
			close(fd);
		}
	}
	close(dir);
	return place;
}

static int watch_maps(struct view *view)
{
	int slot = take_place(view), err;
	uint32_t key = (uint32_t)slot;

	if (slot < 0)
		return slot;
	view->ring_fd =
		bpf_map_create(BPF_MAP_TYPE_RINGBUF, "monitor", 0, 0, VRRP_MONITOR_BYTES, NULL);
	if (view->ring_fd < 0)
		return -errno;
	view->ring = ring_buffer__new(view->ring_fd, on_record, view, NULL);
	if (!view->ring)
		return -errno;
	err = table_put(store_table(view->store, STORE_MONITORS), &key, &view->ring_fd);
	if (!err)
		view->slot = slot;
	return err;
}

int view_watch(struct view *view, view_event_fn fn, void *context)
{
	view->event_fn = fn;
	view->event_context = context;
	view->told = view->ledger->seq;
	/* Without maps there is no XDP program that could write into a ring. */
	return store_fd(view->store, STORE_MONITORS) >= 0 ? watch_maps(view) : 0;
}

int view_watch_read(struct view *view, int timeout_ms)
{
	/* Without a ring there is nothing to wait for but time. */
	int count =
		view->ring ? ring_buffer__poll(view->ring, timeout_ms) : poll(NULL, 0, timeout_ms);
	struct vrrp_event event;

	while (count >= 0 && ledger_told(view->ledger, &view->told, &event)) {
		view->event_fn(view->event_context, &event);
		count++;
	}
	return count;
}

void view_unwatch(struct view *view)
{
	uint32_t slot = (uint32_t)view->slot;

	if (view->slot >= 0)
		table_delete(store_table(view->store, STORE_MONITORS), &slot);
	ring_buffer__free(view->ring);
	if (view->ring_fd >= 0)
		close(view->ring_fd);
	if (view->place_fd >= 0)
		close(view->place_fd);
	view->ring = NULL;
	view->slot = view->ring_fd = view->place_fd = -1;
}
