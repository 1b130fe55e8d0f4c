/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps of the XDP program in memory, and its ring. Decides nothing about adverts.
 */
#include "sys/bpf/datapath.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heartbeat.skel.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/datapath_internal.h"
#include "sys/bpf/dispatcher.h"
#include "sys/bpf/loader.h"
#include "sys/host/log.h"
#include "sys/host/runfile.h"

static const struct loader_map maps[AREA_COUNT] = {
	[MAP_LISTENERS] = {"listeners", sizeof(struct vrrp_listener), .unused = false},
	[MAP_INSTANCES] = {"instances", sizeof(struct vrrp_instance), .unused = false},
	[MAP_PATHS] = {"paths", sizeof(struct vrrp_path), .unused = false},
	[MAP_VERDICTS] = {"verdicts", sizeof(struct vrrp_counters), .unused = false},
	[MAP_NEIGHBORS] = {"neighbors", sizeof(struct vrrp_neighbor), .unused = false},
	[MAP_EVENTS] = {"events", 0, .unused = false},
	[MAP_LEASES] = {"leases", sizeof(struct vrrp_lease), .unused = false},
	[MAP_HISTORY] = {"history", sizeof(struct vrrp_history), .unused = true},
	[MAP_MONITORS] = {"monitors", 0, .unused = false},
	[MAP_HMAC_KEYS] = {"hmac_keys", sizeof(struct vrrp_hmac_key), .unused = false},
	[MAP_HMAC_MARKS] = {"hmac_marks", sizeof(struct vrrp_hmac_mark), .unused = false},
	[MAP_HMAC_CLOCK] = {"hmac_clock", sizeof(struct vrrp_hmac_clock), .unused = false},
	[FILE_HMAC] = {"hmac_marks", sizeof(struct hmac_file), .unused = true},
};

/* Entries of those that are mapped; 0: not mapped. */
static const uint32_t entries[AREA_COUNT] = {
	[MAP_INSTANCES] = VRRP_MAX_SLOTS,
	[MAP_PATHS] = VRRP_MAX_SLOTS * VRRP_MAX_PATHS,
	[MAP_LEASES] = VRRP_MAX_SLOTS,
	[MAP_HISTORY] = VRRP_MAX_HISTORY,
	[MAP_HMAC_CLOCK] = 1,
	[FILE_HMAC] = 1,
};

static const struct loader_program program = {"vrrp_heartbeat", "program_"};

static const struct loader_object heartbeat = {
	.what = "the XDP program",
	.bytes = heartbeat_bpf__elf_bytes,
	.maps = maps,
	.map_count = MAP_COUNT,
	.programs = &program,
	.program_count = 1,
};

const void *datapath_object(size_t *ret_size)
{
	return heartbeat_bpf__elf_bytes(ret_size);
}

bool datapath_fits(const struct datapath *dp, int program_fd)
{
	return loader_fits(&heartbeat, dp->map_fd, program_fd);
}

int datapath_join(const struct datapath *dp, const struct xdp_request *request)
{
	struct xdp_state state;
	struct bpf_object *object;
	char path[PATH_MAX];
	int err = xdp_query(request->bpffs, request->ifindex, &state);

	if (!err)
		err = bpffs_link_path(request->bpffs, request->ifindex,
				      state.ours ? state.run : request->run, path);
	if (!err)
		err = loader_open_object(&heartbeat, dp->bpffs, &object);
	if (err)
		return err;
	err = dispatcher_add(request->ifindex, request->ifname, state.generic, object, path);
	bpf_object__close(object);
	malloc_trim(0); /* the parsed object is larger than all else that we hold */
	return err;
}

static size_t map_bytes(int map)
{
	return (size_t)maps[map].value_size * entries[map];
}

static int map_memory(struct datapath *dp)
{
	for (int i = 0; i < MAP_COUNT; i++) {
		size_t length = map_bytes(i);
		void *memory;

		if (!length)
			continue;
		memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, dp->map_fd[i], 0);
		if (memory == MAP_FAILED) {
			int err = -errno;

			log_err("cannot map %s: %s", maps[i].name, strerror(-err));
			return err;
		}
		dp->memory[i] = memory;
		dp->length[i] = length;
	}
	return 0;
}

/* Of the mapped memory, but its addresses stay ours. */
static void give_back(uint8_t *memory, size_t length)
{
	if (length)
		(void)mmap(memory, length, PROT_NONE,
			   MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* The kernel enters every page of a map at once, used or not: they all count as resident. */
void datapath_trim(struct datapath *dp, unsigned int slots, unsigned int paths)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (int i = 0; i < MAP_COUNT; i++) {
		size_t array = (size_t)maps[i].value_size * VRRP_MAX_SLOTS;
		size_t used = ((size_t)maps[i].value_size * slots + page - 1) / page * page;

		/* A file's pages are entered as they are used, and it may be written anew as a
		 * whole. */
		if (dp->map_fd[i] < 0 || entries[i] < VRRP_MAX_SLOTS)
			continue;
		for (size_t at = 0; at < dp->length[i]; at += array) {
			size_t kept = at / array < paths ? used : 0;

			give_back((uint8_t *)dp->memory[i] + at + kept, array - kept);
		}
	}
}

static struct datapath *new_datapath(void)
{
	struct datapath *dp = calloc(1, sizeof(*dp));

	if (!dp)
		return NULL;
	dp->program_fd = -1;
	for (int i = 0; i < MAP_COUNT; i++)
		dp->map_fd[i] = -1;
	return dp;
}

static bool has_maps(const char *bpffs)
{
	bool found = false;

	for (int i = 0; i < MAP_COUNT; i++)
		found |= bpffs_has(bpffs, maps[i].name);
	return found;
}

static int open_pinned(const char *bpffs, bool with_program, struct datapath **ret_datapath)
{
	int err = bpffs_prepare(bpffs);
	struct datapath *dp;
	bool was_empty;

	if (err)
		return err;
	was_empty = !has_maps(bpffs);
	dp = new_datapath();
	if (!dp)
		return -ENOMEM;
	snprintf(dp->bpffs, sizeof(dp->bpffs), "%s", bpffs);
	err = loader_open(&heartbeat, bpffs, dp->map_fd, with_program ? &dp->program_fd : NULL);
	if (!err)
		err = map_memory(dp);
	if (err) {
		datapath_close(dp);
		if (was_empty)
			bpffs_clear(bpffs);
		return err;
	}
	*ret_datapath = dp;
	return 0;
}

int datapath_open(const char *bpffs, struct datapath **ret_datapath)
{
	return open_pinned(bpffs, true, ret_datapath);
}

int datapath_open_maps(const char *bpffs, struct datapath **ret_datapath)
{
	return open_pinned(bpffs, false, ret_datapath);
}

/* ---- the same arrays where there are no maps ---- */

int datapath_open_files(const char *run_dir, struct datapath **ret_datapath)
{
	struct datapath *dp = new_datapath();

	if (!dp)
		return -ENOMEM;
	for (int i = 0; i < AREA_COUNT; i++) {
		char name[RUNFILE_MAP_NAME];
		int err;

		if (!entries[i])
			continue;
		runfile_map_name(maps[i].name, name);
		err = runfile_map(run_dir, name, map_bytes(i), true, &dp->memory[i], NULL);
		if (err) {
			log_err("%s/%s: %s: status shows nothing", run_dir, name, strerror(-err));
			dp->memory[i] = runfile_private(map_bytes(i));
		}
		if (!dp->memory[i]) {
			datapath_close(dp);
			return -ENOMEM;
		}
		dp->length[i] = map_bytes(i);
	}
	*ret_datapath = dp;
	return 0;
}

void datapath_renew_files(struct datapath *dp, const char *run_dir)
{
	for (int i = 0; i < AREA_COUNT; i++) {
		char name[RUNFILE_MAP_NAME];
		int err;

		if (!dp->memory[i])
			continue;
		runfile_map_name(maps[i].name, name);
		err = runfile_renew(run_dir, name, map_bytes(i), dp->memory[i], dp->length[i]);
		if (err)
			log_err("%s/%s: %s: status shows nothing, and all goes on", run_dir, name,
				strerror(-err));
	}
}

void datapath_remove_files(const char *run_dir)
{
	for (int i = 0; i < AREA_COUNT; i++) {
		char name[RUNFILE_MAP_NAME];

		runfile_map_name(maps[i].name, name);
		if (entries[i])
			runfile_remove(run_dir, name);
	}
}

bool datapath_has_program(const struct datapath *dp)
{
	return dp->program_fd >= 0;
}

bool datapath_has_maps(const struct datapath *dp)
{
	return dp->map_fd[MAP_INSTANCES] >= 0;
}

struct datapath_shared datapath_shared(const struct datapath *dp)
{
	return (struct datapath_shared){
		.neighbors = dp->map_fd[MAP_NEIGHBORS],
		.hmac = {.keys = dp->map_fd[MAP_HMAC_KEYS],
			 .marks = dp->map_fd[MAP_HMAC_MARKS],
			 .clock = dp->memory[MAP_HMAC_CLOCK],
			 .file = dp->memory[FILE_HMAC]},
	};
}

void datapath_close(struct datapath *dp)
{
	if (!dp)
		return;
	ring_buffer__free(dp->ring);
	for (int i = 0; i < AREA_COUNT; i++) {
		if (dp->memory[i])
			munmap(dp->memory[i], dp->length[i]);
	}
	loader_close(dp->map_fd, MAP_COUNT);
	loader_close(&dp->program_fd, 1);
	free(dp);
}

/* ---- the agent's side ---- */

struct vrrp_instance *datapath_instance(struct datapath *dp, unsigned int slot)
{
	return (struct vrrp_instance *)dp->memory[MAP_INSTANCES] + slot;
}

struct vrrp_path *datapath_path(struct datapath *dp, unsigned int slot, unsigned int path)
{
	return (struct vrrp_path *)dp->memory[MAP_PATHS] + VRRP_PATH_INDEX(slot, path);
}

struct vrrp_lease *datapath_leases(struct datapath *dp)
{
	return dp->memory[MAP_LEASES];
}

struct vrrp_history *datapath_history(struct datapath *dp)
{
	return dp->memory[MAP_HISTORY];
}

static int on_record(void *context, void *data, size_t size)
{
	struct datapath *dp = context;

	if (size >= sizeof(struct vrrp_event))
		dp->event_fn(dp->event_context, data);
	return 0;
}

int datapath_events_fd(const struct datapath *dp)
{
	return dp->map_fd[MAP_EVENTS];
}

int datapath_drain(struct datapath *dp, datapath_event_fn fn, void *context)
{
	if (datapath_events_fd(dp) < 0)
		return 0;
	if (!dp->ring) {
		dp->ring = ring_buffer__new(datapath_events_fd(dp), on_record, dp, NULL);
		if (!dp->ring)
			return -errno;
	}
	dp->event_fn = fn;
	dp->event_context = context;
	return ring_buffer__consume(dp->ring);
}
