// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heartbeat program in the kernel over several frames: absorb, yield, rate limit, full ring,
 * monitors and what is missing from the maps. Needs root; loads its own copy of the program,
 * attaches and pins nothing.
 */
#include "tally.h"
#include "world.h"

static struct world world;

static const struct frame_row plain = {.desc = "v3 IPv4"};

static void listen_plain(enum vrrp_role role)
{
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;

	row_rules(&plain, &rules, &peers, &own);
	world_listen_by(&world, &rules, &peers, &own, role);
}

#define GATE 4000 /* a slot that no instance has */

static void test_absorb(void **state)
{
	const struct frame_spec spec = {.priority = 200};
	struct vrrp_counters counters;
	struct vrrp_neighbor neighbor;
	struct vrrp_path path;
	uint64_t gaps = 0, deadline;

	(void)state;
	listen_plain(VRRP_ROLE_BACKUP);
	world_hear_spec(&world, &spec);
	assert_int_equal(world_drain(&world), 1);
	deadline = world_instance(&world).deadline_ns;
	for (int i = 0; i < 9; i++)
		assert_int_equal(world_hear_spec(&world, &spec), XDP_PASS);
	assert_int_equal(world_drain(&world), 0);
	assert_true(world_instance(&world).deadline_ns > deadline);
	assert_int_equal(world_instance(&world).judged.news, 1);
	assert_int_equal(world_instance(&world).judged.lost, 0);
	counters = world_counters(&world, SLOT);
	assert_int_equal(counters.verdict[VRRP_VERDICT_VALID], 10);
	assert_int_equal(counters.note[VRRP_NOTE_ABSORBED], 9);
	assert_int_equal(counters.note[VRRP_NOTE_NEWS], 1);

	path = world_path(&world, PATH);
	for (int i = 0; i < VRRP_GAP_BUCKETS; i++)
		gaps += world_timing(&world, PATH).gaps[i];
	assert_int_equal(path.adverts, 10);
	assert_int_equal(gaps, 9);
	assert_true(world_neighbor(&world, &spec, &neighbor));
	assert_int_equal(neighbor.adverts, 10);
	assert_true(neighbor.gap_ns > 0);
	assert_true(neighbor.last_ns > neighbor.first_ns);
	assert_int_equal(neighbor.last_ns, path.last_ns);
}

/* The advert before seems to have come earlier than it did. How long this test takes makes the next
 * one only later. */
static void test_late(void **state)
{
	const struct frame_spec spec = {.priority = 200};
	uint32_t index = VRRP_PATH_INDEX(SLOT, PATH), late = 0;
	struct vrrp_timing timing;
	struct vrrp_path path;
	uint64_t before_ns;

	(void)state;
	listen_plain(VRRP_ROLE_BACKUP);
	world_hear_spec(&world, &spec);
	path = world_path(&world, PATH);
	path.last_ns -= 5 * VRRP_NS_PER_S / 2;
	before_ns = path.last_ns;
	world_put(world.skel->maps.paths, &index, &path);
	world_hear_spec(&world, &spec);
	world_hear_spec(&world, &spec);
	path = world_path(&world, PATH);
	timing = world_timing(&world, PATH);
	for (uint32_t i = vrrp_late_bucket(3 * VRRP_NS_PER_S / 2); i < VRRP_LATE_BUCKETS; i++)
		late += timing.late[i];
	assert_int_equal(late, 1);
	assert_int_equal(timing.late[0], 1);
	assert_int_equal(timing.counted, 2);
	assert_int_equal(timing.counted_ns, path.last_ns - before_ns);
	assert_int_equal(path.interval_cs, 100);
	world_hear_spec(&world, &(struct frame_spec){.priority = FRAME_ZERO});
	assert_int_equal(world_path(&world, PATH).interval_cs, 0);
	assert_int_equal(world_timing(&world, PATH).counted_ns, timing.counted_ns);
}

/* The deadline is computed from the stamp: 3 x 1 s + (256 - 100)/256 s. */
static void test_deadline(void **state)
{
	(void)state;
	listen_plain(VRRP_ROLE_BACKUP);
	world_hear_spec(&world, &(struct frame_spec){.priority = 200});
	assert_int_equal(world_drain(&world), 1);
	assert_int_equal(world_instance(&world).deadline_ns,
			 world.events[0].advert.stamp_ns + 3609375000ULL);
	world_hear_spec(&world, &(struct frame_spec){.priority = FRAME_ZERO});
	assert_int_equal(world_drain(&world), 1);
	assert_int_equal(world.events[0].advert.priority, 0);
	assert_true(world.events[0].gap_ns > 0);
	assert_int_equal(world_instance(&world).deadline_ns,
			 world.events[0].advert.stamp_ns + 609375000ULL);
}

struct yield_row {
	const char *desc;
	struct frame_spec frame;
	bool yields;
};

static const struct yield_row yield_rows[] = {
	{"MASTER yields to a higher priority", {.priority = 101}, true},
	{"MASTER yields to an equal priority and a higher address", {.source = "10.99.0.3"}, true},
	{"MASTER stays at an equal priority and a lower address", {.source = "10.99.0.1"}, false},
	{"MASTER stays at a lower priority", {.priority = 99, .source = "10.99.0.3"}, false},
	{"MASTER stays at priority 0", {.priority = FRAME_ZERO, .source = "10.99.0.3"}, false},
	{"v2: MASTER yields to priority 255", {V2, .priority = 255}, true},
	{"v2: MASTER stays at priority 1", {V2, .priority = 1}, false},
	{"IPv6: MASTER yields to a higher address", {IP6, .source = "fe80::3"}, true},
	{"IPv6: MASTER stays at a lower address", {IP6, .source = "fe80::1"}, false},
};

static void test_yield(void **state)
{
	const struct yield_row *yield = *state;
	const struct frame_row row = {.desc = yield->desc, .frame = yield->frame};
	struct vrrp_instance instance;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;

	row_rules(&row, &rules, &peers, &own);
	world_listen_by(&world, &rules, &peers, &own, VRRP_ROLE_MASTER);
	assert_int_equal(world_hear_spec(&world, &yield->frame), XDP_PASS);
	assert_int_equal(world_drain(&world), 1);
	instance = world_instance(&world);
	assert_int_equal(world.events[0].judgement,
			 yield->yields ? VRRP_JUDGED_YIELD : VRRP_JUDGED_NEWS);
	assert_int_equal(world_lease(&world), yield->yields ? 0 : UINT64_MAX);
	assert_int_equal(instance.role, yield->yields ? VRRP_ROLE_BACKUP : VRRP_ROLE_MASTER);
	assert_int_equal(instance.judged.priority, world.events[0].advert.priority);
	if (yield->yields)
		assert_int_equal(instance.deadline_ns,
				 world.events[0].advert.stamp_ns + 3609375000ULL);
	else
		assert_int_equal(instance.deadline_ns, 1);
	world_counted(&world, SLOT, VRRP_VERDICT_VALID,
		      NOTE_BIT(NEWS) | (yield->yields ? NOTE_BIT(YIELDED) : 0));
}

static void test_idle(void **state)
{
	(void)state;
	listen_plain(VRRP_ROLE_IDLE);
	assert_int_equal(world_hear_spec(&world, &plain.frame), XDP_PASS);
	world_counted(&world, SLOT, VRRP_VERDICT_VALID, 0);
	assert_int_equal(world_drain(&world), 0);
	assert_int_equal(world_instance(&world).deadline_ns, 1);
	assert_int_equal(world_path(&world, PATH).adverts, 1);
}

/* One burst within one run of the program, so that no slow machine stretches it. */
static void test_rate_limit(void **state)
{
	uint8_t frame[FRAME_MAX];
	size_t length = frame_build(&(struct frame_spec){.priority = 50}, frame);
	struct vrrp_counters counters;
	struct vrrp_instance instance;

	(void)state;
	listen_plain(VRRP_ROLE_MASTER);
	world_hear(&world, world.prog_fd, LO, frame, length, VRRP_NEWS_BURST + 8);
	assert_int_equal(world_drain(&world), VRRP_NEWS_BURST);
	instance = world_instance(&world);
	assert_int_equal(instance.judged.news, VRRP_NEWS_BURST + 8);
	assert_int_equal(instance.judged.lost, 8);
	counters = world_counters(&world, SLOT);
	assert_int_equal(counters.note[VRRP_NOTE_NEWS], VRRP_NEWS_BURST);
	assert_int_equal(counters.note[VRRP_NOTE_RATE_LIMITED], 8);

	/* A yield goes through all the same. */
	world_hear_spec(&world, &(struct frame_spec){.priority = 200});
	assert_int_equal(world_drain(&world), 1);
	assert_int_equal(world.events[0].judgement, VRRP_JUDGED_YIELD);
	assert_int_equal(world_lease(&world), 0);
}

/* A ring of one page and nobody reads: what does not fit is counted as lost, and the lease is
 * cleared all the same. */
static void test_ring_full(void **state)
{
	static struct world small;
	struct vrrp_counters counters;
	struct vrrp_instance instance;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	size_t told;

	(void)state;
	assert_int_equal(world_open(&small, 4096), 0);
	row_rules(&plain, &rules, &peers, &own);
	world_configure(&small, &rules, &peers, &own, VRRP_ROLE_MASTER);
	world_listen(&small, LO, 4, 55, SLOT, PATH);
	for (int i = 0; i < 50; i++) {
		struct vrrp_lease lease = {.until_ns = UINT64_MAX};
		uint32_t slot = SLOT;

		instance = world_instance(&small);
		instance.role = VRRP_ROLE_MASTER;
		world_put(small.skel->maps.instances, &slot, &instance);
		world_put(small.skel->maps.leases, &slot, &lease);
		world_hear_spec(&small, &(struct frame_spec){.priority = 200});
		assert_int_equal(world_lease(&small), 0);
	}
	told = world_drain(&small);
	instance = world_instance(&small);
	counters = world_counters(&small, SLOT);
	assert_in_range(told, 30, 40);
	assert_int_equal(instance.judged.news, 50);
	assert_int_equal(instance.judged.lost, 50 - told);
	assert_int_equal(counters.note[VRRP_NOTE_NEWS], told);
	assert_int_equal(counters.note[VRRP_NOTE_RING_FULL], 50 - told);
	assert_int_equal(counters.note[VRRP_NOTE_YIELDED], 50);
	world_close(&small);
}

/* Junk costs the agent nothing: no record, no deadline, no neighbour. */
static void test_junk(void **state)
{
	uint8_t frame[FRAME_MAX];
	size_t length = frame_build(&(struct frame_spec){.checksum_error = 1}, frame);
	struct vrrp_counters counters;

	(void)state;
	listen_plain(VRRP_ROLE_BACKUP);
	assert_int_equal(world_hear(&world, world.prog_fd, LO, frame, length, 10000), XDP_DROP);
	counters = world_counters(&world, SLOT);
	assert_int_equal(counters.verdict[VRRP_VERDICT_CHECKSUM], 10000);
	assert_int_equal(world_drain(&world), 0);
	assert_int_equal(world_neighbors(&world), 0);
	assert_int_equal(world_instance(&world).judged.news, 0);
}

static void test_learned_checksum(void **state)
{
	const struct frame_spec alone = {.checksum = VRRP_CHECKSUM_RFC9568};

	(void)state;
	listen_plain(VRRP_ROLE_BACKUP);
	assert_int_equal(world_path(&world, PATH).checksum, VRRP_CHECKSUM_AUTO);
	world_hear_spec(&world, &plain.frame);
	assert_int_equal(world_path(&world, PATH).checksum, VRRP_CHECKSUM_RFC5798);
	world_hear_spec(&world, &alone);
	assert_int_equal(world_path(&world, PATH).checksum, VRRP_CHECKSUM_BOTH);
	assert_int_equal(world_path(&world, 0).checksum, VRRP_CHECKSUM_AUTO);
}

struct open_row {
	const char *desc;
	int slot, path;   /* of the listener; -1: none */
	int vrid, family; /* of the instance in SLOT; 0: as the frame */
	bool port;        /* the interface is known */
};

static const struct open_row open_rows[] = {
	{"nothing is known of the interface", .slot = -1},
	{"the interface is known, the VRID is not", .slot = -1, .port = true},
	{"the listener points beyond the slots", .slot = VRRP_MAX_SLOTS, .port = true},
	{"the listener points to another VRID's instance", .slot = SLOT, .vrid = 9, .port = true},
	{"the listener points to another family's instance", .slot = SLOT, .family = 6,
	 .port = true},
	{"the listener points to an empty slot", .slot = SLOT + 1, .port = true},
};

/* Whatever is missing: sound and unsound frames pass, and speakers are met. */
static void test_fails_open(void **state)
{
	const struct open_row *row = *state;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;

	for (int bad = 0; bad < 2; bad++) {
		struct frame_spec spec = {.checksum_error = bad};

		world_reset(&world);
		row_rules(&plain, &rules, &peers, &own);
		rules.vrid = row->vrid ? row->vrid : rules.vrid;
		rules.family = row->family ? row->family : rules.family;
		world_configure(&world, &rules, &peers, &own, VRRP_ROLE_BACKUP);
		if (row->slot >= 0)
			world_listen(&world, LO, 4, 55, row->slot, row->path);
		if (row->port)
			world_listen(&world, LO, 0, 0, PORT, 0);
		assert_int_equal(world_hear_spec(&world, &spec), XDP_PASS);
		world_counted(&world, SLOT, VRRP_VERDICT_NOT_VRRP, 0);
		world_counted(&world, PORT,
			      !row->port ? VRRP_VERDICT_NOT_VRRP
			      : bad      ? VRRP_VERDICT_CHECKSUM
					 : VRRP_VERDICT_FOREIGN,
			      0);
		assert_int_equal(world_neighbors(&world), !bad);
		assert_int_equal(world_drain(&world), 0);
		assert_int_equal(world_instance(&world).deadline_ns, 1);
	}
}

/* Monitors see everything: foreign, rejected, absorbed. */
static void test_monitor(void **state)
{
	struct bpf_map *monitors = world.skel->maps.monitors;
	static struct world eye;
	struct ring_buffer *ring;
	uint32_t key = 2;
	int fd;

	(void)state;
	listen_plain(VRRP_ROLE_BACKUP);
	fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "monitor", 0, 0, 65536, NULL);
	assert_true(fd >= 0);
	ring = ring_buffer__new(fd, world_keep, &eye, NULL);
	assert_non_null(ring);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(monitors), &key, &fd, BPF_ANY), 0);

	world_hear_spec(&world, &plain.frame);
	world_hear_spec(&world, &plain.frame);
	world_hear_spec(&world, &(struct frame_spec){.ttl = 64});
	world_hear_spec(&world, &(struct frame_spec){.vrid = 56});
	world_hear_spec(&world, &(struct frame_spec){.cut_to = 1});
	world_hear_spec(&world, &(struct frame_spec){.protocol = 6});
	assert_true(ring_buffer__consume(ring) >= 0);
	assert_int_equal(bpf_map_delete_elem(bpf_map__fd(monitors), &key), 0);
	world_hear_spec(&world, &plain.frame);

	assert_int_equal(eye.event_count, 5);
	assert_int_equal(eye.events[0].verdict, VRRP_VERDICT_VALID);
	assert_int_equal(eye.events[0].judgement, VRRP_JUDGED_NEWS);
	assert_int_equal(eye.events[0].gap_ns, 0);
	assert_int_equal(eye.events[1].judgement, VRRP_JUDGED_ABSORB);
	assert_int_equal(eye.events[1].notes, NOTE_BIT(ABSORBED));
	assert_int_equal(eye.events[1].gap_ns,
			 eye.events[1].advert.stamp_ns - eye.events[0].advert.stamp_ns);
	assert_int_equal(eye.events[2].verdict, VRRP_VERDICT_TTL);
	assert_int_equal(eye.events[2].judgement, VRRP_JUDGED_NOT);
	assert_int_equal(eye.events[2].slot, SLOT);
	assert_int_equal(eye.events[2].advert.priority, 100);
	assert_int_equal(eye.events[2].advert.ttl, 64);
	assert_int_equal(eye.events[3].verdict, VRRP_VERDICT_FOREIGN);
	assert_int_equal(eye.events[3].slot, PORT);
	assert_int_equal(eye.events[3].advert.vrid, 56);
	assert_int_equal(eye.events[4].verdict, VRRP_VERDICT_TRUNCATED);
	ring_buffer__free(ring);
	close(fd);
}

/* Two paths of one instance: bookkeeping of their own, one deadline. */
static void test_two_paths(void **state)
{
	const struct frame_spec other = {.vrid = 56};
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;

	(void)state;
	row_rules(&plain, &rules, &peers, &own);
	world_listen_by(&world, &rules, &peers, &own, VRRP_ROLE_BACKUP);
	world_hear_spec(&world, &plain.frame);
	assert_int_equal(world_drain(&world), 1);
	/* As if from another interface: the listener is what tells the path. */
	world_listen(&world, LO, 4, 55, SLOT, 3);
	world_hear_spec(&world, &plain.frame);
	assert_int_equal(world_drain(&world), 1);
	assert_int_equal(world.events[0].path, 3);
	assert_int_equal(world_path(&world, PATH).adverts, 1);
	assert_int_equal(world_path(&world, 3).adverts, 1);
	assert_int_equal(world_instance(&world).judged.path, 3);
	world_hear_spec(&world, &other);
	assert_int_equal(world_path(&world, 3).adverts, 1);
}

static uint64_t gate_after(const struct frame_spec *spec, uint16_t gate)
{
	struct vrrp_lease open = {.until_ns = UINT64_MAX}, after;
	uint32_t slot = GATE;

	listen_plain(VRRP_ROLE_MASTER);
	world_put(world.skel->maps.leases, &slot, &open);
	world_listen(&world, LO, 4, 55, SLOT, VRRP_GATED(3, gate));
	world_hear_spec(&world, spec);
	assert_int_equal(world_drain(&world), 1);
	assert_int_equal(world.events[0].path, 3);
	world_get(world.skel->maps.leases, &slot, &after);
	return after.until_ns;
}

/* One of a group yields: the gate of all of them is shut, and only then. */
static void test_gate(void **state)
{
	const struct frame_spec better = {.priority = 200}, worse = {.priority = 50};

	(void)state;
	assert_int_equal(gate_after(&better, VRRP_GATE(GATE)), 0);
	assert_int_equal(world_lease(&world), 0);
	assert_int_equal(gate_after(&worse, VRRP_GATE(GATE)), UINT64_MAX);
	assert_int_equal(gate_after(&better, 0), UINT64_MAX);
	assert_int_equal(gate_after(&better, VRRP_GATE(GATE - 1)), UINT64_MAX);
}

static int open_world(void **state)
{
	(void)state;
	return world_enter(&world);
}

static int close_world(void **state)
{
	(void)state;
	world_close(&world);
	return 0;
}

int main(void)
{
	table_rows(NULL, yield_rows, desc, test_yield);
	table_rows(NULL, open_rows, desc, test_fails_open);
	table_add(NULL, "absorbed: the deadline moves and nobody is told", test_absorb, NULL);
	table_add(NULL, "how late adverts are", test_late, NULL);
	table_add(NULL, "the deadline comes from the stamp", test_deadline, NULL);
	table_add(NULL, "IDLE: counted, not judged", test_idle, NULL);
	table_add(NULL, "news beyond the burst is counted, a yield goes through", test_rate_limit,
		  NULL);
	table_add(NULL, "a full ring: news is counted as lost", test_ring_full, NULL);
	table_add(NULL, "10000 bad adverts reach nobody", test_junk, NULL);
	table_add(NULL, "the checksum form is learned per path", test_learned_checksum, NULL);
	table_add(NULL, "monitors see everything", test_monitor, NULL);
	table_add(NULL, "two paths of one instance", test_two_paths, NULL);
	table_add(NULL, "the gate of a group", test_gate, NULL);
	return table_run_in("sequences", open_world, close_world);
}
