/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that the agent shares, in BPF maps or in files. Depends on sys/bpf/table,
 * sys/bpf/bpffs, sys/host/runfile and the log.
 */
#include "sys/bpf/store.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/host/log.h"
#include "sys/host/runfile.h"
#include "vrrp_abi.h"

#define FILE_NAME_SIZE 32

const struct loader_map store_maps[STORE_VIEWED] = {
	[STORE_LISTENERS] = {"listeners", sizeof(struct vrrp_listener), .unused = false},
	[STORE_INSTANCES] = {"instances", sizeof(struct vrrp_instance), .unused = false},
	[STORE_PATHS] = {"paths", sizeof(struct vrrp_path), .unused = false},
	[STORE_TIMINGS] = {"timings", sizeof(struct vrrp_timing), .unused = false},
	[STORE_PEERS] = {"peers", sizeof(struct vrrp_peers), .unused = false},
	[STORE_VERDICTS] = {"verdicts", sizeof(struct vrrp_counters), .unused = false,
			    .counts = true},
	[STORE_NEIGHBORS] = {"neighbors", sizeof(struct vrrp_neighbor), .unused = false},
	[STORE_REFUSED_PEERS] = {"refused_peers", sizeof(struct vrrp_neighbor), .unused = false},
	[STORE_EVENTS] = {"events", 0, .unused = false},
	[STORE_LEASES] = {"leases", sizeof(struct vrrp_lease), .unused = false},
	[STORE_HISTORY] = {"history", sizeof(struct vrrp_history), .unused = true},
	[STORE_MONITORS] = {"monitors", 0, .unused = false},
	[STORE_HMAC_KEYS] = {"hmac_keys", sizeof(struct vrrp_hmac_key), .unused = false},
	[STORE_HMAC_MARKS] = {"hmac_marks", sizeof(struct vrrp_hmac_mark), .unused = false},
	[STORE_HMAC_CLOCK] = {"hmac_clock", sizeof(struct vrrp_hmac_clock), .unused = false},
	[STORE_GUARDED] = {"guarded", sizeof(struct vrrp_guarded), .unused = false},
};

/* The number of entries of each array, which is mapped to memory; 0: the map is no array. */
static const uint32_t arrays[STORE_VIEWED] = {
	[STORE_INSTANCES] = VRRP_MAX_SLOTS,
	[STORE_PATHS] = VRRP_MAX_SLOTS * VRRP_MAX_PATHS,
	[STORE_TIMINGS] = VRRP_MAX_SLOTS * VRRP_MAX_PATHS,
	[STORE_PEERS] = VRRP_MAX_SLOTS,
	[STORE_LEASES] = VRRP_MAX_SLOTS,
	[STORE_HISTORY] = VRRP_MAX_HISTORY,
	[STORE_HMAC_CLOCK] = 1,
};

/* The tables that can be files. They are smaller than the maps, because the whole file is
 * resident. */
static const struct table_shape shapes[STORE_VIEWED] = {
	[STORE_NEIGHBORS] = {sizeof(struct vrrp_neighbor_key), sizeof(struct vrrp_neighbor), 1024,
			     .forgets = true},
	[STORE_REFUSED_PEERS] = {sizeof(struct vrrp_neighbor_key), sizeof(struct vrrp_neighbor),
				 VRRP_MAX_REFUSED, .forgets = false},
	[STORE_HMAC_KEYS] = {sizeof(struct vrrp_hmac_key_id), sizeof(struct vrrp_hmac_key), 1024,
			     .secret = true},
	[STORE_HMAC_MARKS] = {sizeof(struct vrrp_hmac_source), sizeof(struct vrrp_hmac_mark), 1024,
			      .forgets = false},
};

struct store {
	const char *bpffs; /* NULL, unless store_view() opened it */
	char run_dir[PATH_MAX];
	ino_t inode;          /* of the file of instances; 0: there are maps */
	uint32_t id;          /* of the map of listeners; maps are unpinned and pinned together */
	unsigned int entered; /* slots whose paths and timings are in memory */
	unsigned int slots, paths; /* as store_trim() was told; 0: it was not called */
	bool keeps_timings;        /* store_keep_timings() was called */
	struct part {
		struct table table;
		void *memory; /* mapped: an array, or the file of a table */
		size_t length;
	} parts[STORE_VIEWED];
};

static struct store *new_store(void)
{
	struct store *store = calloc(1, sizeof(*store));

	for (int i = 0; store && i < STORE_VIEWED; i++)
		store->parts[i].table = TABLE_NONE;
	return store;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (int i = 0; i < STORE_VIEWED; i++) {
		struct part *part = &store->parts[i];

		table_close(&part->table);
		if (part->memory)
			munmap(part->memory, part->length);
	}
	free(store);
}

static size_t array_bytes(int map)
{
	return (size_t)store_maps[map].value_size * arrays[map];
}

/* ---- maps ---- */

static int map_array(struct part *part, int map, int protection)
{
	void *memory = mmap(NULL, array_bytes(map), protection, MAP_SHARED, part->table.map, 0);

	if (memory == MAP_FAILED)
		return -errno;
	part->memory = memory;
	part->length = array_bytes(map);
	return 0;
}

/* The kernel enters all pages of an array when it is mapped, which takes a millisecond for the
 * timings, the largest array by far, and a tenth of that for others. Where most of it is not
 * needed, the addresses are only reserved. */
static int reserve_array(struct part *part, int map)
{
	void *memory = mmap(NULL, array_bytes(map), PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	part->memory = memory;
	part->length = array_bytes(map);
	return 0;
}

static int map_parts(struct store *store)
{
	for (int i = 0; i < STORE_COUNT; i++) {
		struct part *part = &store->parts[i];
		int err = 0;

		if (i == STORE_PATHS || i == STORE_TIMINGS || i == STORE_PEERS)
			err = reserve_array(part, i);
		else if (arrays[i])
			err = map_array(part, i, PROT_READ | PROT_WRITE);
		if (err) {
			log_err("cannot map %s: %s", store_maps[i].name, strerror(-err));
			return err;
		}
	}
	return 0;
}

int store_open_maps(const int maps[STORE_COUNT], struct store **ret_store)
{
	struct store *store = new_store();
	int err;

	for (int i = 0; i < STORE_COUNT; i++) {
		if (store)
			store->parts[i].table = TABLE_OF_MAP(maps[i]);
		else
			close(maps[i]);
	}
	err = store ? map_parts(store) : -ENOMEM;
	if (err) {
		store_close(store);
		return err;
	}
	*ret_store = store;
	return 0;
}

static size_t whole_pages(size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (length + page - 1) / page * page;
}

static int enter(const struct store *store, int map, unsigned int slots, unsigned int paths)
{
	const struct part *part = &store->parts[map];
	size_t array = (size_t)store_maps[map].value_size * VRRP_MAX_SLOTS;
	size_t used = whole_pages((size_t)store_maps[map].value_size * slots);

	for (size_t at = 0; at < paths * array; at += array) {
		if (mmap((uint8_t *)part->memory + at, used, PROT_READ | PROT_WRITE,
			 MAP_FIXED | MAP_SHARED, part->table.map, (off_t)at) == MAP_FAILED)
			return -errno;
	}
	return 0;
}

int store_enter_paths(struct store *store, unsigned int slots, unsigned int paths)
{
	int err;

	if (store->parts[STORE_PATHS].table.map < 0 || slots <= store->entered)
		return 0;
	err = enter(store, STORE_PATHS, slots, paths);
	if (!err)
		err = enter(store, STORE_TIMINGS, slots, paths);
	if (!err)
		store->entered = slots;
	return err;
}

int store_enter_peers(struct store *store, unsigned int slots)
{
	if (store->parts[STORE_PEERS].table.map < 0 || !slots)
		return 0;
	return enter(store, STORE_PEERS, slots, 1);
}

/* Release these pages but keep the address range reserved, so that the addresses before and behind
 * them stay the same. */
static void give_back(uint8_t *memory, size_t length)
{
	if (length)
		(void)mmap(memory, length, PROT_NONE,
			   MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* The kernel enters every page of a map at once, used or not, and all of them count as resident.
 * The pages of a file are entered only when they are used, and the whole file may have to be
 * written anew, so files are left alone. */
static void trim(const struct part *part, int map, unsigned int slots, unsigned int paths)
{
	size_t array = (size_t)store_maps[map].value_size * VRRP_MAX_SLOTS;
	size_t used = whole_pages((size_t)store_maps[map].value_size * slots);

	for (size_t at = 0; at < part->length; at += array) {
		size_t kept = at / array < paths ? used : 0;

		give_back((uint8_t *)part->memory + at + kept, array - kept);
	}
}

void store_trim(struct store *store, unsigned int slots, unsigned int paths, unsigned int leases)
{
	store->slots = slots;
	store->paths = paths;
	for (int i = 0; i < STORE_COUNT; i++) {
		bool idle = i == STORE_TIMINGS && !store->keeps_timings;
		unsigned int used = i == STORE_LEASES ? leases : idle ? 0 : slots;

		if (store->parts[i].table.map >= 0 && arrays[i] >= VRRP_MAX_SLOTS &&
		    i != STORE_PEERS)
			trim(&store->parts[i], i, used, paths);
	}
}

int store_keep_timings(struct store *store)
{
	bool trimmed = store->slots && store->parts[STORE_TIMINGS].table.map >= 0;
	int err = 0;

	if (!store->keeps_timings && trimmed)
		err = enter(store, STORE_TIMINGS, store->slots, store->paths);
	store->keeps_timings = !err;
	return err;
}

/* ---- files ---- */

/* The length of the file of this map; 0: it has no file. */
static size_t file_bytes(int map)
{
	return shapes[map].entries ? table_bytes(&shapes[map]) : array_bytes(map);
}

static void file_name(int map, char name[FILE_NAME_SIZE])
{
	snprintf(name, FILE_NAME_SIZE, "map_%s", store_maps[map].name);
}

static ino_t inode_now(const char *run_dir)
{
	char name[FILE_NAME_SIZE];

	file_name(STORE_INSTANCES, name);
	return runfile_inode(run_dir, name);
}

static int open_file(struct store *store, int map, bool write)
{
	struct part *part = &store->parts[map];
	char name[FILE_NAME_SIZE];
	int err;

	file_name(map, name);
	part->length = file_bytes(map);
	err = runfile_map(store->run_dir, name, part->length, write, &part->memory, NULL);
	if (err && write) {
		log_err("%s/%s: %s; status will show nothing", store->run_dir, name,
			strerror(-err));
		part->memory = runfile_private(part->length);
		err = part->memory ? 0 : -ENOMEM;
	}
	if (!err && shapes[map].entries)
		err = table_of_memory(&shapes[map], part->memory, write, &part->table);
	return err;
}

static int open_files(struct store *store, bool write)
{
	int err = 0;

	for (int i = 0; i < STORE_COUNT && !err; i++)
		err = file_bytes(i) ? open_file(store, i, write) : 0;
	return err;
}

int store_open_files(const char *run_dir, struct store **ret_store)
{
	struct store *store = new_store();
	int err = -ENOMEM;

	if (store) {
		snprintf(store->run_dir, sizeof(store->run_dir), "%s", run_dir);
		err = open_files(store, true);
	}
	if (err) {
		store_close(store);
		return err;
	}
	*ret_store = store;
	return 0;
}

void store_renew(struct store *store)
{
	for (int i = 0; i < STORE_COUNT; i++) {
		struct part *part = &store->parts[i];
		char name[FILE_NAME_SIZE];
		int err;

		if (!part->memory || part->table.map >= 0)
			continue;
		file_name(i, name);
		err = runfile_renew(store->run_dir, name, part->memory, part->length);
		if (err)
			log_err("%s/%s: %s; the agent works, but status shows nothing",
				store->run_dir, name, strerror(-err));
	}
}

void store_remove_files(const char *run_dir)
{
	/* The file of instances is made first and removed last, so without it there are none. */
	if (!inode_now(run_dir))
		return;
	for (int i = STORE_COUNT; i-- > 0;) {
		char name[FILE_NAME_SIZE];

		file_name(i, name);
		if (file_bytes(i))
			runfile_remove(run_dir, name);
	}
}

/* ---- looking ---- */

static int view_map(struct store *store, int map)
{
	const struct loader_map *pinned = &store_maps[map];
	struct part *part = &store->parts[map];
	struct bpf_map_info info = {0};
	int fd = bpffs_open_map(store->bpffs, pinned->name, pinned->value_size, &info);

	if (fd == -ENOENT && map == STORE_GUARDED)
		return 0; /* no fence was ever opened */
	if (fd < 0)
		return fd;
	part->table = TABLE_OF_MAP(fd);
	if (map == STORE_LISTENERS)
		store->id = info.id;
	if (!arrays[map])
		return 0;
	return info.max_entries == arrays[map] ? map_array(part, map, PROT_READ) : -EPROTO;
}

static int view_maps(struct store *store)
{
	int err = bpffs_exists(store->bpffs);

	for (int i = 0; i < STORE_VIEWED && !err; i++)
		err = view_map(store, i);
	return err;
}

int store_view(const char *bpffs, const char *run_dir, struct store **ret_store)
{
	struct store *store = new_store();
	int err;

	if (!store)
		return -ENOMEM;
	store->bpffs = bpffs;
	snprintf(store->run_dir, sizeof(store->run_dir), "%s", run_dir);
	/* An agent that has maps leaves no such file, so the file tells which of the two there
	 * is. */
	store->inode = inode_now(run_dir);
	err = store->inode ? open_files(store, false) : view_maps(store);
	if (err) {
		store_close(store);
		return err;
	}
	*ret_store = store;
	return 0;
}

bool store_is_current(const struct store *store)
{
	struct bpf_map_info info = {0};
	int fd;

	if (inode_now(store->run_dir) != store->inode)
		return false;
	if (store->inode)
		return true;
	fd = bpffs_open_map(store->bpffs, store_maps[STORE_LISTENERS].name, 0, &info);
	if (fd >= 0)
		close(fd);
	return fd >= 0 && info.id == store->id;
}

/* ---- what is in it ---- */

void *store_array(const struct store *store, enum store_map map)
{
	return store->parts[map].memory;
}

struct table *store_table(struct store *store, enum store_map map)
{
	return &store->parts[map].table;
}

int store_fd(const struct store *store, enum store_map map)
{
	return store->parts[map].table.map;
}
