// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heartbeat program in the kernel, frame by frame: what it returns, what it counts, what the
 * ring, the paths and the neighbours hold. The shared rows and the captures. Needs root; loads its
 * own copy of the program, attaches and pins nothing.
 */
#include "captures.h"
#include "world.h"

static struct world world;

/* AH and CARP are other protocols, whoever listens for them. */
#define IS_OTHER(verdict) ((verdict) == VRRP_VERDICT_AH || (verdict) == VRRP_VERDICT_CARP)
#define XDP_OF(verdict)   ((verdict) == VRRP_VERDICT_VALID || IS_OTHER(verdict) ? XDP_PASS : XDP_DROP)

/* A valid advert of a row, by everything that tells of it. */
static void check_valid(const struct frame_row *row)
{
	struct vrrp_instance instance = world_instance(&world);
	struct vrrp_path path = world_path(&world, PATH);
	struct vrrp_neighbor neighbor;

	world_counted(&world, SLOT, VRRP_VERDICT_VALID, row_notes(row));
	assert_int_equal(world_drain(&world), row->inferior ? 0 : 1);
	if (!row->inferior) {
		row_check_event(row, &world.events[0], LO, SLOT, PATH);
		assert_int_equal(path.last_ns, world.events[0].advert.stamp_ns);
	}
	assert_true(world_neighbor(&world, &row->frame, &neighbor));
	row_check_kept(row, &instance, &path, &neighbor);
}

/* What came from our own source is kept, with the MAC and the path by which it came. */
static void check_echo(enum vrrp_verdict verdict)
{
	static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 0x01}; /* of frame_build() */
	struct vrrp_instance instance = world_instance(&world);

	if (verdict != VRRP_VERDICT_OWN_SOURCE) {
		assert_int_equal(instance.echo_ns, 0);
		return;
	}
	assert_int_not_equal(instance.echo_ns, 0);
	assert_int_equal(instance.echo, VRRP_ECHO(mac, PATH));
}

/* Somebody who cannot be understood is remembered by his slot, and by nothing else. */
static void check_refused(const struct frame_row *row, enum vrrp_verdict verdict)
{
	bool named = 1U << verdict & VRRP_VERDICTS_OF_PEERS;
	struct vrrp_neighbor_key key = {0};
	struct vrrp_neighbor peer;

	assert_int_equal(world_count(world.skel->maps.refused_peers), named);
	if (!named)
		return;
	key = world_speaker(&row->frame);
	key.slot = SLOT;
	world_get(world.skel->maps.refused_peers, &key, &peer);
	assert_int_equal(peer.refused, verdict);
	assert_int_equal(peer.adverts, 1);
	assert_int_not_equal(peer.last_ns, 0);
	assert_int_equal(peer.version, frame_value(row->frame.version, 3));
	assert_int_equal(peer.ttl, frame_value(row->frame.ttl, 255));
	assert_int_equal(peer.unicast, row->frame.destination &&
					       strncmp(row->frame.destination, "224.", 4) &&
					       strncmp(row->frame.destination, "ff", 2));
}

static void test_ours(void **state)
{
	const struct frame_row *row = *state;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	int answer;

	world_reset(&world);
	row_rules(row, &rules, &peers, &own);
	world_configure(&world, &rules, &peers, &own, VRRP_ROLE_BACKUP);
	world_listen(&world, LO, rules.family, rules.vrid, SLOT, PATH);
	world_listen(&world, LO, 0, 0, PORT, 0);
	answer = world_hear_spec(&world, &row->frame);

	if (row->unattributed) {
		assert_int_equal(answer, XDP_PASS);
		world_counted(&world, PORT, row->ours, 0);
		world_counted(&world, SLOT, VRRP_VERDICT_NOT_VRRP, 0);
	} else {
		assert_int_equal(answer, XDP_OF(row->ours));
		world_counted(&world, PORT, VRRP_VERDICT_NOT_VRRP, 0);
	}
	check_refused(row, row->unattributed ? VRRP_VERDICT_NOT_VRRP : row->ours);
	if (row->ours == VRRP_VERDICT_VALID) {
		check_valid(row);
		return;
	}
	if (!row->unattributed)
		world_counted(&world, SLOT, row->ours, 0);
	check_echo(row->unattributed ? VRRP_VERDICT_NOT_VRRP : row->ours);
	assert_int_equal(world_drain(&world), 0);
	assert_int_equal(world_neighbors(&world), 0);
	assert_int_equal(world_path(&world, PATH).adverts, 0);
	assert_int_equal(world_instance(&world).deadline_ns, 1);
}

/* The interface is known, the VRID is not: nothing is dropped, everything but NOT_VRRP counted. */
static void test_foreign(void **state)
{
	const struct frame_row *row = *state;
	bool sound = row->foreign == VRRP_VERDICT_VALID;
	struct vrrp_neighbor neighbor;

	world_reset(&world);
	world_listen(&world, LO, 0, 0, PORT, 0);
	assert_int_equal(world_hear_spec(&world, &row->frame), XDP_PASS);
	world_counted(&world, PORT, sound ? VRRP_VERDICT_FOREIGN : row->foreign, 0);
	assert_int_equal(world_drain(&world), 0);
	assert_int_equal(world_count(world.skel->maps.refused_peers), 0);
	assert_int_equal(world_neighbors(&world), sound || IS_OTHER(row->foreign));
	if (!sound && !IS_OTHER(row->foreign))
		return;
	assert_true(world_neighbor(&world, &row->frame, &neighbor));
	assert_int_equal(neighbor.refused, sound ? VRRP_VERDICT_NOT_VRRP : row->foreign);
}

static void test_capture(void **state)
{
	const struct capture *capture = *state;
	size_t count = 0;
	struct frame_record *records = frames_read(capture->path, &count);
	struct vrrp_counters counters;

	assert_non_null(records);
	assert_in_range(count, 4, 6);
	world_listen_by(&world, &capture->rules, &capture->peers, &capture->own, VRRP_ROLE_BACKUP);
	for (size_t i = 0; i < count; i++) {
		size_t length = records[i].length;

		if (length < (size_t)capture->padded_to)
			length = capture->padded_to;
		assert_int_equal(world_hear(&world, world.prog_fd, LO, records[i].data, length, 1),
				 capture->expect == VRRP_VERDICT_NOT_VRRP
					 ? XDP_PASS
					 : XDP_OF(capture->expect));
	}
	counters = world_counters(&world, SLOT);
	for (int i = VRRP_VERDICT_NOT_VRRP + 1; i < VRRP_VERDICT_COUNT; i++)
		assert_int_equal(counters.verdict[i], i == (int)capture->expect ? count : 0);
	assert_int_equal(counters.note[VRRP_NOTE_ADDRESS_LIST], 0);
	assert_int_equal(counters.note[VRRP_NOTE_INTERVAL_LEARNED], 0);
	/* One speaker: news when it is first heard and when it leaves, the rest absorbed. */
	if (capture->expect == VRRP_VERDICT_VALID) {
		size_t news = 1 + (capture->last_priority != capture->first_priority);

		assert_int_equal(world_drain(&world), news);
		assert_int_equal(counters.note[VRRP_NOTE_ABSORBED], count - news);
		assert_int_equal(world_path(&world, PATH).checksum, capture->form);
	} else {
		assert_int_equal(world_drain(&world), 0);
	}
	free(records);
}

static void test_third_party(void **state)
{
	const char *path = *state;
	bool hostile = strcmp(path, THIRD_PARTY_VALID) != 0;
	size_t count = 0, attributed = 0;
	struct frame_record *records = frames_read(path, &count);

	assert_non_null(records);
	assert_true(count >= 3);
	for (size_t i = 0; i < count; i++) {
		struct vrrp_rules rules = {};
		struct vrrp_peers peers = {};
		struct vrrp_addr own = {};
		struct vrrp_counters slot, port;
		int answer;

		attributed +=
			capture_rules(records[i].data, records[i].length, &rules, &peers, &own);
		world_listen_by(&world, &rules, &peers, &own, VRRP_ROLE_BACKUP);
		answer = world_hear(&world, world.prog_fd, LO, records[i].data, records[i].length,
				    1);
		slot = world_counters(&world, SLOT);
		port = world_counters(&world, PORT);
		assert_int_equal(slot.verdict[VRRP_VERDICT_VALID], !hostile);
		assert_int_equal(port.verdict[VRRP_VERDICT_FOREIGN], 0);
		assert_int_equal(world_drain(&world), !hostile);
		assert_int_equal(world_neighbors(&world), !hostile);
		if (!hostile)
			assert_int_equal(answer, XDP_PASS);
	}
	assert_true(attributed > 0);
	free(records);
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
		fprintf(stderr, "test_heartbeat: cannot read " CAPTURES_DIR "index.json\n");
		return 1;
	}
	for (size_t i = 0; i < FRAME_ROWS; i++) {
		const struct frame_row *row = &frame_rows[i];

		table_add("ours", row->desc, test_ours, row);
		table_add("foreign", row->desc, test_foreign, row);
	}
	for (size_t i = 0; i < capture_count; i++)
		table_add(NULL, captures[i].desc, test_capture, &captures[i]);
	table_add(NULL, THIRD_PARTY_VALID, test_third_party, THIRD_PARTY_VALID);
	for (size_t i = 0; i < COUNT(third_party_hostile); i++)
		table_add(NULL, third_party_hostile[i], test_third_party, third_party_hostile[i]);
	return table_run_in("heartbeat", open_world, close_world);
}
