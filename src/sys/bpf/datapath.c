/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP program, its store and its ring. Decides nothing about adverts.
 */
#include "sys/bpf/datapath.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "heartbeat.skel.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/datapath_internal.h"
#include "sys/bpf/dispatcher.h"
#include "sys/bpf/loader.h"
#include "sys/host/libc.h"

static const struct loader_program program = {"vrrp_heartbeat", "program_"};

static const struct loader_object heartbeat = {
	.what = "the XDP program",
	.bytes = heartbeat_bpf__elf_bytes,
	.digest = heartbeat_bpf_digest,
	.maps = store_maps,
	.map_count = STORE_COUNT,
	.programs = &program,
	.program_count = 1,
};

const void *datapath_object(size_t *ret_size)
{
	return heartbeat_bpf__elf_bytes(ret_size);
}

static void maps_of(const struct datapath *dp, int ret_maps[STORE_COUNT])
{
	for (int i = 0; i < STORE_COUNT; i++)
		ret_maps[i] = store_fd(dp->store, i);
}

bool datapath_fits(const struct datapath *dp, int program_fd)
{
	int maps[STORE_COUNT];

	maps_of(dp, maps);
	return loader_fits(&heartbeat, maps, program_fd);
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
	libc_trim_heap(); /* the parsed object is larger than all else that we hold */
	return err;
}

/* The store is the datapath's, also after a failure. */
static int new_datapath(struct store *store, const char *bpffs, struct datapath **ret_datapath)
{
	struct datapath *dp = calloc(1, sizeof(*dp));

	if (!dp) {
		store_close(store);
		return -ENOMEM;
	}
	dp->store = store;
	dp->program_fd = -1;
	snprintf(dp->bpffs, sizeof(dp->bpffs), "%s", bpffs);
	*ret_datapath = dp;
	return 0;
}

int datapath_open(const char *bpffs, bool alone, struct datapath **ret_datapath)
{
	bool was_empty = !bpffs_has(bpffs, "");
	int maps[STORE_COUNT], err = loader_open_maps(&heartbeat, bpffs, alone, maps);
	struct store *store;

	if (!err)
		err = store_open_maps(maps, &store);
	if (!err)
		err = new_datapath(store, bpffs, ret_datapath);
	if (err && was_empty)
		bpffs_clear(bpffs);
	return err;
}

int datapath_load(struct datapath *dp)
{
	int maps[STORE_COUNT];

	maps_of(dp, maps);
	return loader_open_programs(&heartbeat, dp->bpffs, maps, &dp->program_fd);
}

int datapath_open_files(const char *run_dir, struct datapath **ret_datapath)
{
	struct store *store;
	int err = store_open_files(run_dir, &store);

	return err ? err : new_datapath(store, "", ret_datapath);
}

struct store *datapath_store(struct datapath *dp)
{
	return dp->store;
}

bool datapath_has_program(const struct datapath *dp)
{
	return dp->program_fd >= 0;
}

bool datapath_has_maps(const struct datapath *dp)
{
	return store_fd(dp->store, STORE_INSTANCES) >= 0;
}

int datapath_enter_paths(struct datapath *dp, unsigned int slots, unsigned int paths)
{
	return store_enter_paths(dp->store, slots, paths);
}

int datapath_enter_peers(struct datapath *dp, unsigned int slots)
{
	return store_enter_peers(dp->store, slots);
}

void datapath_trim(struct datapath *dp, unsigned int slots, unsigned int paths, unsigned int leases)
{
	store_trim(dp->store, slots, paths, leases);
}

void datapath_close(struct datapath *dp)
{
	if (!dp)
		return;
	ring_buffer__free(dp->ring);
	store_close(dp->store);
	loader_close(&dp->program_fd, 1);
	free(dp);
}

/* ---- the agent's side ---- */

struct vrrp_instance *datapath_instance(struct datapath *dp, unsigned int slot)
{
	return (struct vrrp_instance *)store_array(dp->store, STORE_INSTANCES) + slot;
}

struct vrrp_path *datapath_path(struct datapath *dp, unsigned int slot, unsigned int path)
{
	return (struct vrrp_path *)store_array(dp->store, STORE_PATHS) +
	       VRRP_PATH_INDEX(slot, path);
}

struct vrrp_timing *datapath_timing(struct datapath *dp, unsigned int slot, unsigned int path)
{
	return (struct vrrp_timing *)store_array(dp->store, STORE_TIMINGS) +
	       VRRP_PATH_INDEX(slot, path);
}

struct vrrp_peers *datapath_peers(struct datapath *dp, unsigned int slot)
{
	return (struct vrrp_peers *)store_array(dp->store, STORE_PEERS) + slot;
}

struct vrrp_lease *datapath_leases(struct datapath *dp)
{
	return store_array(dp->store, STORE_LEASES);
}

struct vrrp_history *datapath_history(struct datapath *dp)
{
	return store_array(dp->store, STORE_HISTORY);
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
	return store_fd(dp->store, STORE_EVENTS);
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
