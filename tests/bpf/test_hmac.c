// SPDX-License-Identifier: GPL-2.0-only
/*
 * The authentication trailer in the kernel: the shared rows and sequences, the captures under the
 * clock at which they were made, and what is left alone by what is refused. Needs root; loads its
 * own copy of the program, attaches and pins nothing.
 */
#include <time.h>

#include "captures.h"
#include "hmac_rows.h"
#include "hmac_sha256.h"
#include "world.h"

static struct world world;

static uint64_t mono_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* From now on the program's realtime is this, in ns since 1970. */
static void set_clock(int64_t real_ns)
{
	struct vrrp_hmac_clock clock = {.read_ns = mono_ns()};
	uint32_t zero = 0;

	clock.offset_ns = real_ns - (int64_t)clock.read_ns;
	world_put(world.skel->maps.hmac_clock, &zero, &clock);
}

static void put_key(uint8_t id, const uint8_t *bytes, size_t length)
{
	struct vrrp_hmac_key_id key_id = {.slot = SLOT, .id = id};
	struct vrrp_hmac_key key;

	hmac_sha256_key(bytes, length, &key);
	world_put(world.skel->maps.hmac_keys, &key_id, &key);
}

static void listen_by(const struct vrrp_rules *rules, const struct vrrp_peers *peers,
		      const struct vrrp_addr *own, enum vrrp_role role)
{
	world_listen_by(&world, rules, peers, own, role);
	world_forget(world.skel->maps.hmac_keys);
	world_forget(world.skel->maps.hmac_marks);
	for (size_t i = 0; i < COUNT(hmac_key_rows); i++) {
		uint8_t bytes[SIGNED_KEY_LEN];

		signed_key(hmac_key_rows[i].key, bytes);
		put_key(hmac_key_rows[i].id, bytes, sizeof(bytes));
	}
	set_clock(HMAC_NOW * 1000000000LL);
}

static void listen_row(const struct hmac_row *row, enum vrrp_role role)
{
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;

	hmac_row_rules(row, &rules, &peers, &own);
	listen_by(&rules, &peers, &own, role);
}

static size_t marks(void)
{
	struct vrrp_hmac_source key, *previous = NULL;
	size_t count = 0;

	while (!bpf_map_get_next_key(bpf_map__fd(world.skel->maps.hmac_marks), previous, &key)) {
		previous = &key;
		count++;
	}
	return count;
}

static int hear(const uint8_t *frame, size_t length)
{
	return world_hear(&world, world.prog_fd, LO, frame, length, 1);
}

static void test_row(void **state)
{
	const struct hmac_row *row = *state;
	bool valid = row->verdict == VRRP_VERDICT_VALID;
	uint8_t frame[FRAME_MAX];
	size_t length = hmac_row_build(row, frame);
	struct vrrp_instance instance;
	struct vrrp_counters counters;

	listen_row(row, VRRP_ROLE_BACKUP);
	assert_int_equal(hear(frame, length), valid ? XDP_PASS : XDP_DROP);
	counters = world_counters(&world, SLOT);
	for (int i = VRRP_VERDICT_NOT_VRRP + 1; i < VRRP_VERDICT_COUNT; i++)
		assert_int_equal(counters.verdict[i], i == (int)row->verdict);
	assert_int_equal(marks(), valid && !row->is_unsigned);
	instance = world_instance(&world);
	assert_int_equal(!!instance.hmac_stale_at_ns, row->verdict == VRRP_VERDICT_HMAC_STALE);
	assert_int_equal(world_drain(&world), valid);
	/* What is refused moves no deadline, wakes nobody, and is nobody's neighbour. */
	if (!valid) {
		assert_int_equal(instance.deadline_ns, 1);
		assert_int_equal(instance.judged.news, 0);
		assert_int_equal(world_path(&world, PATH).adverts, 0);
		assert_int_equal(world_neighbors(&world), 0);
	}
}

/* Between two steps time is made to pass for the marks, and for signed time, instead of waiting for
 * it. */
static void age_marks(int64_t ns)
{
	struct vrrp_instance instance = world_instance(&world);
	uint32_t slot = SLOT;

	struct bpf_map *map = world.skel->maps.hmac_marks;
	struct vrrp_hmac_source key, *previous = NULL;
	struct vrrp_hmac_mark mark;

	while (!bpf_map_get_next_key(bpf_map__fd(map), previous, &key)) {
		world_get(map, &key, &mark);
		mark.stamp_ns -= ns;
		mark.offset_ns += ns;
		world_put(map, &key, &mark);
		previous = &key;
	}
	if (instance.hmac_heard_ns)
		instance.hmac_heard_ns += ns;
	if (instance.hmac_behind_ns)
		instance.hmac_behind_ns -= ns;
	world_put(world.skel->maps.instances, &slot, &instance);
}

static void test_sequence(void **state)
{
	const struct hmac_sequence *sequence = *state;
	const struct hmac_row plain = {.desc = sequence->desc};
	uint64_t began = mono_ns();
	int64_t passed = 0; /* beyond what really passed */

	listen_row(&plain, VRRP_ROLE_BACKUP);
	for (int i = 0; i < HMAC_STEPS && sequence->steps[i].verdict; i++) {
		const struct hmac_step *step = &sequence->steps[i];
		uint64_t before = world_counters(&world, SLOT).verdict[step->verdict];
		int64_t lead = step->at_ms * 1000000 - (int64_t)(mono_ns() - began);
		uint8_t frame[FRAME_MAX];
		size_t length = hmac_step_build(step, frame);

		age_marks(lead - passed);
		passed = lead;
		set_clock((HMAC_NOW + step->ours) * 1000000000LL + step->at_ms * 1000000);
		hear(frame, length);
		if (world_counters(&world, SLOT).verdict[step->verdict] != before + 1)
			fail_msg("step %d: not verdict %d", i, step->verdict);
	}
}

static void test_capture(void **state)
{
	const struct capture *capture = *state;
	struct vrrp_rules rules = capture->rules;
	size_t count = 0;
	struct frame_record *records = frames_read(capture->path, &count);
	struct vrrp_counters counters;

	assert_non_null(records);
	rules.hmac_mode = VRRP_HMAC_ENFORCE;
	rules.hmac_window_s = HMAC_WINDOW;
	listen_by(&rules, &capture->peers, &capture->own, VRRP_ROLE_BACKUP);
	world_forget(world.skel->maps.hmac_keys);
	for (size_t k = 0; k < capture->key_count; k++)
		put_key(capture->keys[k].id, capture->keys[k].bytes, capture->keys[k].length);
	for (size_t i = 0; i < count; i++) {
		size_t length = records[i].length;

		if (length < (size_t)capture->padded_to)
			length = capture->padded_to;
		set_clock(records[i].time_us * 1000);
		assert_int_equal(hear(records[i].data, length), XDP_PASS);
		assert_int_equal(hear(records[i].data, length), XDP_DROP);
		set_clock(records[i].time_us * 1000 + 60 * 1000000000LL);
		world_forget(world.skel->maps.hmac_marks);
		assert_int_equal(hear(records[i].data, length), XDP_DROP);
	}
	counters = world_counters(&world, SLOT);
	for (int i = VRRP_VERDICT_NOT_VRRP + 1; i < VRRP_VERDICT_COUNT; i++)
		assert_int_equal(counters.verdict[i],
				 i == VRRP_VERDICT_VALID || i == VRRP_VERDICT_HMAC_REPLAY ||
						 i == VRRP_VERDICT_HMAC_STALE
					 ? count
					 : 0);
	assert_int_equal(world_drain(&world),
			 1 + (capture->last_priority != capture->first_priority));
	free(records);
}

/* A superior advert of a forger ends no lease, and one that is signed does. */
static void test_master(void **state)
{
	const struct hmac_row forged = {.frame = {.priority = 200}, .is_unsigned = true};
	const struct hmac_row good = {.frame = {.priority = 200}};
	uint8_t frame[FRAME_MAX];

	(void)state;
	listen_row(&good, VRRP_ROLE_MASTER);
	assert_int_equal(hear(frame, hmac_row_build(&forged, frame)), XDP_DROP);
	assert_int_equal(world_lease(&world), UINT64_MAX);
	assert_int_equal(world_instance(&world).role, VRRP_ROLE_MASTER);
	assert_int_equal(world_drain(&world), 0);
	assert_int_equal(hear(frame, hmac_row_build(&good, frame)), XDP_PASS);
	assert_int_equal(world_lease(&world), 0);
	assert_int_equal(world_instance(&world).role, VRRP_ROLE_BACKUP);
	assert_int_equal(world_drain(&world), 1);
}

/* Nobody listens for it, or without a key: the trailer is not looked at. */
static void test_not_ours(void **state)
{
	const struct hmac_row stale = {.sign = {.seconds = -3600}};
	uint8_t frame[FRAME_MAX];
	size_t length = hmac_row_build(&stale, frame);

	(void)state;
	world_reset(&world);
	world_listen(&world, LO, 0, 0, PORT, 0);
	assert_int_equal(hear(frame, length), XDP_PASS);
	world_counted(&world, PORT, VRRP_VERDICT_FOREIGN, 0);
}

/* No room for a mark: what nothing would remember is not let in. */
static void test_marks_full(void **state)
{
	const struct hmac_row plain = {.desc = "plain"};
	struct vrrp_hmac_source source = {.slot = SLOT + 1};
	struct vrrp_hmac_mark mark = {0};
	uint8_t frame[FRAME_MAX];
	size_t length = hmac_row_build(&plain, frame);
	struct vrrp_counters counters;

	(void)state;
	listen_row(&plain, VRRP_ROLE_BACKUP);
	for (uint32_t i = 0; i < VRRP_MAX_MARKS; i++) {
		memcpy(source.source.b, &i, sizeof(i));
		world_put(world.skel->maps.hmac_marks, &source, &mark);
	}
	assert_int_equal(hear(frame, length), XDP_DROP);
	counters = world_counters(&world, SLOT);
	assert_int_equal(counters.verdict[VRRP_VERDICT_HMAC_REPLAY], 1);
	assert_int_equal(bpf_map_delete_elem(bpf_map__fd(world.skel->maps.hmac_marks), &source), 0);
	assert_int_equal(hear(frame, length), XDP_PASS);
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
	static struct capture captures[CAPTURES_MAX];
	size_t capture_count = captures_read(captures);

	if (!capture_count) {
		fprintf(stderr, "test_hmac: cannot read " CAPTURES_DIR "index.json\n");
		return 1;
	}
	for (size_t i = 0; i < HMAC_ROWS; i++)
		table_add(NULL, hmac_rows[i].desc, test_row, &hmac_rows[i]);
	for (size_t i = 0; i < HMAC_SEQUENCES; i++)
		table_add("sequence", hmac_sequences[i].desc, test_sequence, &hmac_sequences[i]);
	for (size_t i = 0; i < capture_count; i++) {
		char what[128];

		snprintf(what, sizeof(what), "signed %s", captures[i].desc);
		if (captures[i].key_count)
			table_add(NULL, what, test_capture, &captures[i]);
	}
	table_add(NULL, "a MASTER yields to what is signed alone", test_master, NULL);
	table_add(NULL, "nobody listens: the trailer is not looked at", test_not_ours, NULL);
	table_add(NULL, "no room for a mark", test_marks_full, NULL);
	return table_run_in("hmac", open_world, close_world);
}
