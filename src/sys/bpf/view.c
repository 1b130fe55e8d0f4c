/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading pinned maps and the files of the run directory. Never loads a program.
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
#include <sys/mman.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/bpf/hmac_store.h"
#include "sys/bpf/ledger.h"
#include "sys/host/own_dir.h"
#include "sys/host/runfile.h"

#define INSTANCES_FILE RUNFILE_MAP_PREFIX "instances"

struct view {
	const char *bpffs, *run_dir;
	const struct vrrp_instance *instances;
	const struct vrrp_path *paths;
	const struct vrrp_lease *leases;
	const struct vrrp_history *history;
	/* -1, all of them: there are files instead of maps */
	int listeners, verdicts, neighbors, monitors, hmac_keys, hmac_marks;
	int guarded;                 /* -1: no fence was ever opened */
	uint32_t id;                 /* of `listeners`: maps are unpinned and pinned together */
	ino_t inode;                 /* of the file `instances` */
	const struct ledger *ledger; /* NULL: no packet socket */
	const struct hmac_file *hmac_file;
	ino_t ledger_inode;
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

/* From the file of that name, where the view is of files. */
static int map_read_only(struct view *view, const char *name, size_t value_size, uint32_t entries,
			 const void **ret_memory)
{
	struct bpf_map_info info = {0};
	void *memory;
	int fd, err;

	if (view->inode) {
		char file[RUNFILE_MAP_NAME];

		runfile_map_name(name, file);
		err = runfile_map(view->run_dir, file, value_size * entries, false, &memory, NULL);
		if (!err)
			*ret_memory = memory;
		return err;
	}
	fd = bpffs_open_map(view->bpffs, name, value_size, &info);
	if (fd < 0)
		return fd;
	if (info.max_entries != entries) {
		close(fd);
		return -EPROTO;
	}
	memory = mmap(NULL, value_size * entries, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_memory = memory;
	return 0;
}

static void unmap(const void *memory, size_t size)
{
	if (memory)
		munmap((void *)(uintptr_t)memory, size);
}

static int map_arrays(struct view *view)
{
	const void *memory = NULL;
	int err;

	err = map_read_only(view, "instances", sizeof(*view->instances), VRRP_MAX_SLOTS, &memory);
	if (err)
		return err;
	view->instances = memory;
	err = map_read_only(view, "paths", sizeof(*view->paths), VRRP_MAX_SLOTS * VRRP_MAX_PATHS,
			    &memory);
	if (err)
		return err;
	view->paths = memory;
	err = map_read_only(view, "leases", sizeof(*view->leases), VRRP_MAX_SLOTS, &memory);
	if (err)
		return err;
	view->leases = memory;
	err = map_read_only(view, "history", sizeof(*view->history), VRRP_MAX_HISTORY, &memory);
	if (err)
		return err;
	view->history = memory;
	if (!view->inode)
		return 0;
	err = map_read_only(view, "hmac_marks", sizeof(*view->hmac_file), 1, &memory);
	if (err)
		return err;
	view->hmac_file = memory;
	return 0;
}

static int open_maps(struct view *view)
{
	struct bpf_map_info info = {0};
	int err;

	err = view->listeners =
		bpffs_open_map(view->bpffs, "listeners", sizeof(struct vrrp_listener), &info);
	if (err < 0)
		return err;
	view->id = info.id;
	err = view->verdicts =
		bpffs_open_map(view->bpffs, "verdicts", sizeof(struct vrrp_counters), NULL);
	if (err < 0)
		return err;
	err = view->neighbors =
		bpffs_open_map(view->bpffs, "neighbors", sizeof(struct vrrp_neighbor), NULL);
	if (err < 0)
		return err;
	err = view->monitors = bpffs_open_map(view->bpffs, "monitors", 0, NULL);
	if (err < 0)
		return err;
	err = view->hmac_keys =
		bpffs_open_map(view->bpffs, "hmac_keys", sizeof(struct vrrp_hmac_key), NULL);
	if (err < 0)
		return err;
	err = view->hmac_marks =
		bpffs_open_map(view->bpffs, "hmac_marks", sizeof(struct vrrp_hmac_mark), NULL);
	if (err < 0)
		return err;
	view->guarded = bpffs_open_map(view->bpffs, "guarded", sizeof(struct vrrp_guarded), NULL);
	err = view->cpus = libbpf_num_possible_cpus();
	if (err < 0)
		return err;
	view->per_cpu = calloc((size_t)view->cpus, sizeof(*view->per_cpu));
	return view->per_cpu ? 0 : -ENOMEM;
}

int view_open(const char *bpffs, const char *run_dir, struct view **ret_view)
{
	struct view *view = calloc(1, sizeof(*view));
	int err;

	if (!view)
		return -ENOMEM;
	view->bpffs = bpffs;
	view->run_dir = run_dir;
	view->listeners = view->verdicts = view->neighbors = view->monitors = view->guarded = -1;
	view->hmac_keys = view->hmac_marks = -1;
	view->slot = view->ring_fd = view->place_fd = -1;

	/* An agent that has maps leaves no such file. */
	view->inode = runfile_inode(run_dir, INSTANCES_FILE);
	err = view->inode ? 0 : bpffs_exists(bpffs);
	if (!err)
		err = map_arrays(view);
	if (!err && !view->inode)
		err = open_maps(view);
	if (!err) {
		err = ledger_view(run_dir, &view->ledger, &view->ledger_inode);
		err = err == -ENOENT ? 0 : err;
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
	unmap(view->instances, sizeof(*view->instances) * VRRP_MAX_SLOTS);
	unmap(view->paths, sizeof(*view->paths) * VRRP_MAX_SLOTS * VRRP_MAX_PATHS);
	unmap(view->leases, sizeof(*view->leases) * VRRP_MAX_SLOTS);
	unmap(view->hmac_file, sizeof(*view->hmac_file));
	unmap(view->history, sizeof(*view->history) * VRRP_MAX_HISTORY);
	int fds[] = {view->listeners, view->verdicts,  view->neighbors, view->monitors,
		     view->guarded,   view->hmac_keys, view->hmac_marks};

	for (unsigned int i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	ledger_close(view->ledger);
	free(view->per_cpu);
	free(view);
}

const struct vrrp_instance *view_instance(const struct view *view, unsigned int slot)
{
	return &view->instances[slot];
}

const struct vrrp_path *view_path(const struct view *view, unsigned int slot, unsigned int path)
{
	return &view->paths[VRRP_PATH_INDEX(slot, path)];
}

uint64_t view_lease_until_ns(const struct view *view, unsigned int slot)
{
	return __atomic_load_n(&view->leases[slot].until_ns, __ATOMIC_RELAXED);
}

const struct vrrp_history *view_history(const struct view *view)
{
	return view->history;
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

int view_counters(const struct view *view, unsigned int index, struct vrrp_counters *ret_counters)
{
	struct vrrp_counters sum = {0};
	uint32_t key = index;

	if (index < LEDGER_PORT && view->verdicts >= 0) {
		if (bpf_map_lookup_elem(view->verdicts, &key, view->per_cpu))
			return -errno;
		for (int cpu = 0; cpu < view->cpus; cpu++)
			add_counters(&sum, &view->per_cpu[cpu]);
	}
	if (view->ledger && index < VRRP_MAX_SLOTS)
		add_counters(&sum, &view->ledger->counters[index]);
	else if (view->ledger && index >= LEDGER_PORT)
		add_counters(&sum, &view->ledger->counters[index - VRRP_MAX_PORTS]);
	*ret_counters = sum;
	return 0;
}

int view_ports(const struct view *view, struct view_port *ports, int max)
{
	struct vrrp_listener_key key, *previous = NULL;
	int count = 0;

	while (view->listeners >= 0 && count < max &&
	       !bpf_map_get_next_key(view->listeners, previous, &key)) {
		struct vrrp_listener value;

		if (!key.family && !bpf_map_lookup_elem(view->listeners, &key, &value))
			ports[count++] = (struct view_port){.ifindex = (int)key.ifindex,
							    .counters = value.slot};
		previous = &key;
	}
	for (unsigned int i = 0; view->ledger && count < max && i < VRRP_MAX_PORTS; i++) {
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
	struct vrrp_guarded_key key, *previous = NULL;
	struct vrrp_guarded guard;

	memset(ret_guarded, 0, VRRP_MAX_SLOTS * sizeof(*ret_guarded));
	/* A map that changes under the walk may begin again. */
	for (int n = 0; n < VRRP_MAX_GUARDED; n++) {
		if (view->guarded < 0 || bpf_map_get_next_key(view->guarded, previous, &key))
			break;
		if (key.kind != VRRP_GUARD_PORT &&
		    !bpf_map_lookup_elem(view->guarded, &key, &guard) &&
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
	struct bpf_map_info info = {0};
	int fd;

	if (runfile_inode(view->run_dir, INSTANCES_FILE) != view->inode ||
	    ledger_inode(view->run_dir) != view->ledger_inode)
		return false;
	if (view->inode)
		return true;
	fd = bpffs_open_map(view->bpffs, "listeners", 0, &info);
	if (fd < 0)
		return false;
	close(fd);
	return info.id == view->id;
}

/* The first entry in use behind the one of *cursor. */
static bool ledger_neighbor_after(const struct ledger *ledger, struct vrrp_neighbor_key *cursor,
				  bool *first, struct vrrp_neighbor *ret_neighbor)
{
	unsigned int i = 0;

	while (!*first && i < LEDGER_NEIGHBORS &&
	       memcmp(&ledger->neighbors[i++].key, cursor, sizeof(*cursor)))
		;
	for (; i < LEDGER_NEIGHBORS; i++) {
		const struct ledger_neighbor *entry = &ledger->neighbors[i];

		if (!entry->value.adverts)
			continue;
		*cursor = entry->key;
		*ret_neighbor = entry->value;
		*first = false;
		return true;
	}
	return false;
}

bool view_neighbor(const struct view *view, struct vrrp_neighbor_key *cursor, bool *first,
		   struct vrrp_neighbor *ret_neighbor)
{
	struct vrrp_neighbor_key next;
	struct vrrp_neighbor value;

	if (view->neighbors < 0)
		return view->ledger &&
		       ledger_neighbor_after(view->ledger, cursor, first, ret_neighbor);
	while (!bpf_map_get_next_key(view->neighbors, *first ? NULL : cursor, &next)) {
		*cursor = next;
		*first = false;
		if (!bpf_map_lookup_elem(view->neighbors, &next, &value)) {
			*ret_neighbor = value;
			return true;
		}
	}
	return false;
}

/* The entry behind the cursor's; one that is gone meanwhile ends the walk. */
static bool key_in_file(const struct hmac_file *file, struct vrrp_hmac_key_id *cursor, bool *first)
{
	bool behind = *first;

	for (unsigned int i = 0; i < HMAC_FILE_KEYS; i++) {
		const struct hmac_file_key *key = &file->keys[i];

		if (behind && key->used) {
			*cursor = key->id;
			*first = false;
			return true;
		}
		behind |= key->used && !memcmp(&key->id, cursor, sizeof(*cursor));
	}
	return false;
}

static bool mark_in_file(const struct hmac_file *file, struct vrrp_hmac_source *cursor, bool *first,
			 struct vrrp_hmac_mark *ret_mark)
{
	bool behind = *first;

	for (unsigned int i = 0; i < HMAC_FILE_MARKS; i++) {
		const struct hmac_file_mark *mark = &file->marks[i];

		if (behind && mark->mark.stamp_ns) {
			*cursor = mark->source;
			*ret_mark = mark->mark;
			*first = false;
			return true;
		}
		behind |= mark->mark.stamp_ns && !memcmp(&mark->source, cursor, sizeof(*cursor));
	}
	return false;
}

bool view_hmac_key(const struct view *view, struct vrrp_hmac_key_id *cursor, bool *first)
{
	struct vrrp_hmac_key_id next;

	if (view->hmac_file)
		return key_in_file(view->hmac_file, cursor, first);
	if (bpf_map_get_next_key(view->hmac_keys, *first ? NULL : cursor, &next))
		return false;
	*cursor = next;
	*first = false;
	return true;
}

bool view_hmac_mark(const struct view *view, struct vrrp_hmac_source *cursor, bool *first,
		    struct vrrp_hmac_mark *ret_mark)
{
	struct vrrp_hmac_source next;
	struct vrrp_hmac_mark value;

	if (view->hmac_file)
		return mark_in_file(view->hmac_file, cursor, first, ret_mark);
	while (!bpf_map_get_next_key(view->hmac_marks, *first ? NULL : cursor, &next)) {
		*cursor = next;
		*first = false;
		if (!bpf_map_lookup_elem(view->hmac_marks, &next, &value)) {
			*ret_mark = value;
			return true;
		}
	}
	return false;
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
	int slot = take_place(view);
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
	if (bpf_map_update_elem(view->monitors, &key, &view->ring_fd, BPF_ANY))
		return -errno;
	view->slot = slot;
	return 0;
}

int view_watch(struct view *view, view_event_fn fn, void *context)
{
	view->event_fn = fn;
	view->event_context = context;
	if (view->ledger)
		view->told = view->ledger->seq;
	return view->monitors >= 0 ? watch_maps(view) : 0;
}

int view_watch_read(struct view *view, int timeout_ms)
{
	/* Without a ring there is nothing to wait for but time. */
	int count =
		view->ring ? ring_buffer__poll(view->ring, timeout_ms) : poll(NULL, 0, timeout_ms);
	struct vrrp_event event;

	while (count >= 0 && view->ledger && ledger_told(view->ledger, &view->told, &event)) {
		view->event_fn(view->event_context, &event);
		count++;
	}
	return count;
}

void view_unwatch(struct view *view)
{
	uint32_t slot = (uint32_t)view->slot;

	if (view->slot >= 0)
		bpf_map_delete_elem(view->monitors, &slot);
	ring_buffer__free(view->ring);
	if (view->ring_fd >= 0)
		close(view->ring_fd);
	if (view->place_fd >= 0)
		close(view->place_fd);
	view->ring = NULL;
	view->slot = view->ring_fd = view->place_fd = -1;
}
