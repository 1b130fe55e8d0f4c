/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The heartbeat program loaded but not attached, its maps, and BPF_PROG_TEST_RUN: for the tests of
 * tests/bpf. Everything is unpinned and ends with the process; the network namespace is our own.
 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "table.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "heartbeat.skel.h"
#include "row_checks.h"

#define LO           1 /* ifindex of the loopback, the only interface that a new namespace has */
#define SLOT         7
#define PATH         1
#define PORT         (VRRP_MAX_SLOTS + 3)
#define WORLD_EVENTS 4096

struct world {
	struct heartbeat_bpf *skel;
	struct ring_buffer *ring;
	int prog_fd;
	struct vrrp_event events[WORLD_EVENTS]; /* what the last world_drain() found */
	size_t event_count;
};

static inline int world_keep(void *context, void *data, size_t size)
{
	struct world *w = context;

	if (size == sizeof(struct vrrp_event) && w->event_count < WORLD_EVENTS)
		memcpy(&w->events[w->event_count++], data, size);
	return 0;
}

static inline void world_close(struct world *w)
{
	ring_buffer__free(w->ring);
	heartbeat_bpf__destroy(w->skel);
	w->ring = NULL;
	w->skel = NULL;
}

/* ring_bytes 0: as the program defines it. */
static inline int world_open(struct world *w, size_t ring_bytes)
{
	memset(w, 0, sizeof(*w));
	w->skel = heartbeat_bpf__open();
	if (!w->skel)
		return -errno;
	if (ring_bytes)
		bpf_map__set_max_entries(w->skel->maps.events, ring_bytes);
	if (heartbeat_bpf__load(w->skel)) {
		world_close(w);
		return -EINVAL;
	}
	w->prog_fd = bpf_program__fd(w->skel->progs.vrrp_heartbeat);
	w->ring = ring_buffer__new(bpf_map__fd(w->skel->maps.events), world_keep, w, NULL);
	if (!w->ring) {
		world_close(w);
		return -ENOMEM;
	}
	return 0;
}

/* For a group's setup: a network namespace of our own, and the program. */
static inline int world_enter(struct world *w)
{
	int error;

	if (unshare(CLONE_NEWNET)) {
		print_error("needs root: %s\n", strerror(errno));
		return -1;
	}
	error = world_open(w, 0);
	if (error)
		print_error("cannot load the program: %s\n", strerror(-error));
	return error;
}

/* Read what the ring holds into w->events. */
static inline size_t world_drain(struct world *w)
{
	w->event_count = 0;
	assert_true(ring_buffer__consume(w->ring) >= 0);
	return w->event_count;
}

static inline void world_put(struct bpf_map *map, const void *key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY), 0);
}

static inline void world_get(struct bpf_map *map, const void *key, void *ret_value)
{
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(map), key, ret_value), 0);
}

static inline void world_listen(struct world *w, uint32_t ifindex, uint8_t family, uint8_t vrid,
				uint16_t slot, uint16_t path)
{
	struct vrrp_listener_key key = {.ifindex = ifindex, .family = family, .vrid = vrid};
	struct vrrp_listener listener = {.slot = slot, .path = path};

	world_put(w->skel->maps.listeners, &key, &listener);
}

static inline struct vrrp_instance world_instance(struct world *w)
{
	struct vrrp_instance instance;
	uint32_t slot = SLOT;

	world_get(w->skel->maps.instances, &slot, &instance);
	return instance;
}

static inline struct vrrp_path world_path(struct world *w, uint32_t path)
{
	uint32_t index = VRRP_PATH_INDEX(SLOT, path);
	struct vrrp_path value;

	world_get(w->skel->maps.paths, &index, &value);
	return value;
}

static inline struct vrrp_timing world_timing(struct world *w, uint32_t path)
{
	uint32_t index = VRRP_PATH_INDEX(SLOT, path);
	struct vrrp_timing value;

	world_get(w->skel->maps.timings, &index, &value);
	return value;
}

static inline uint64_t world_lease(struct world *w)
{
	struct vrrp_lease lease;
	uint32_t slot = SLOT;

	world_get(w->skel->maps.leases, &slot, &lease);
	return lease.until_ns;
}

#define WORLD_AHEAD_S 600

/* One instance in SLOT, in `role`; a MASTER with a lease. Not listening anywhere yet. */
static inline void world_configure(struct world *w, const struct vrrp_rules *rules,
				   const struct vrrp_peers *peers, const struct vrrp_addr *own,
				   enum vrrp_role role)
{
	struct vrrp_instance instance = {.rules = *rules,
					 .role = role,
					 .hmac_ahead_s = WORLD_AHEAD_S,
					 .deadline_ns = 1};
	struct vrrp_lease lease = {.until_ns = role == VRRP_ROLE_MASTER ? UINT64_MAX : 0};
	uint32_t slot = SLOT;

	world_put(w->skel->maps.instances, &slot, &instance);
	world_put(w->skel->maps.peers, &slot, peers);
	world_put(w->skel->maps.leases, &slot, &lease);
	for (uint32_t i = 0; i < VRRP_MAX_PATHS; i++) {
		struct vrrp_path path = {.ifindex = LO, .own_source = *own};
		struct vrrp_timing timing = {};
		uint32_t index = VRRP_PATH_INDEX(SLOT, i);

		world_put(w->skel->maps.paths, &index, &path);
		world_put(w->skel->maps.timings, &index, &timing);
	}
}

static inline void world_forget(struct bpf_map *map)
{
	uint8_t key[64];

	while (bpf_map_get_next_key(bpf_map__fd(map), NULL, key) == 0)
		assert_int_equal(bpf_map_delete_elem(bpf_map__fd(map), key), 0);
}

static inline struct vrrp_counters world_counters(struct world *w, uint32_t slot)
{
	int cpus = libbpf_num_possible_cpus();
	struct vrrp_counters *each = calloc(cpus, sizeof(*each)), sum = {};

	assert_non_null(each);
	world_get(w->skel->maps.verdicts, &slot, each);
	for (int cpu = 0; cpu < cpus; cpu++) {
		for (int i = 0; i < VRRP_VERDICT_COUNT; i++)
			sum.verdict[i] += each[cpu].verdict[i];
		for (int i = 0; i < VRRP_NOTE_COUNT; i++)
			sum.note[i] += each[cpu].note[i];
	}
	free(each);
	return sum;
}

/* As loaded: nobody listens, nothing counted, nothing heard. */
static inline void world_reset(struct world *w)
{
	int cpus = libbpf_num_possible_cpus();
	struct vrrp_counters *zero = calloc(cpus, sizeof(*zero));
	const uint32_t slots[] = {SLOT, PORT};
	struct vrrp_rules rules = {};
	struct vrrp_peers peers = {};
	struct vrrp_addr own = {};

	assert_non_null(zero);
	world_forget(w->skel->maps.listeners);
	world_forget(w->skel->maps.neighbors);
	world_forget(w->skel->maps.refused_peers);
	world_configure(w, &rules, &peers, &own, VRRP_ROLE_IDLE);
	for (int i = 0; i < 2; i++)
		world_put(w->skel->maps.verdicts, &slots[i], zero);
	free(zero);
	world_drain(w);
}

/* As loaded, and then one instance that listens on LO, by PATH of SLOT. */
static inline void world_listen_by(struct world *w, const struct vrrp_rules *rules,
				   const struct vrrp_peers *peers, const struct vrrp_addr *own,
				   enum vrrp_role role)
{
	world_reset(w);
	world_configure(w, rules, peers, own, role);
	world_listen(w, LO, rules->family, rules->vrid, SLOT, PATH);
	world_listen(w, LO, 0, 0, PORT, 0);
}

/* A frame arrives on ifindex, `repeat` times. Returns what the program returns; the frame must be
 * as it was. */
static inline int world_hear(struct world *w, int prog_fd, uint32_t ifindex, const uint8_t *frame,
			     size_t length, int repeat)
{
	struct xdp_md ctx = {.data_end = length, .ingress_ifindex = ifindex};
	uint8_t out[FRAME_MAX + 512];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = length,
		    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = repeat);

	(void)w;
	assert_int_equal(bpf_prog_test_run_opts(prog_fd, &opts), 0);
	assert_int_equal(opts.data_size_out, length);
	assert_memory_equal(out, frame, length);
	return opts.retval;
}

static inline int world_hear_spec(struct world *w, const struct frame_spec *spec)
{
	uint8_t frame[FRAME_MAX];
	size_t length = frame_build(spec, frame);

	return world_hear(w, w->prog_fd, LO, frame, length, 1);
}

/* The key of a specification's sender. */
static inline struct vrrp_neighbor_key world_speaker(const struct frame_spec *spec)
{
	int family = frame_value(spec->family, 4);

	return (struct vrrp_neighbor_key){
		.ifindex = LO,
		.family = family,
		.vrid = frame_value(spec->vrid, 55),
		.source = frame_addr(family, spec->source  ? spec->source
					     : family == 4 ? "10.99.0.1"
							   : "fe80::1"),
	};
}

/* The neighbour that a specification's sender is. false: not known. */
static inline bool world_neighbor(struct world *w, const struct frame_spec *spec,
				  struct vrrp_neighbor *ret_neighbor)
{
	struct vrrp_neighbor_key key = world_speaker(spec);

	return bpf_map_lookup_elem(bpf_map__fd(w->skel->maps.neighbors), &key, ret_neighbor) == 0;
}

/* How many entries a map has whose keys are speakers. */
static inline size_t world_count(struct bpf_map *map)
{
	struct vrrp_neighbor_key key, *previous = NULL;
	size_t count = 0;

	while (bpf_map_get_next_key(bpf_map__fd(map), previous, &key) == 0) {
		previous = &key;
		count++;
	}
	return count;
}

static inline size_t world_neighbors(struct world *w)
{
	return world_count(w->skel->maps.neighbors);
}

/* Exactly one frame was counted, under this verdict and these notes, or none (NOT_VRRP). */
static inline void world_counted(struct world *w, uint32_t slot, enum vrrp_verdict verdict,
				 unsigned int notes)
{
	struct vrrp_counters counters = world_counters(w, slot);

	row_counted(&counters, verdict, notes);
}

#endif
