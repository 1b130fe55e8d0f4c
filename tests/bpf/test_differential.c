// SPDX-License-Identifier: GPL-2.0-only
/*
 * 200,000 mutated frames: the program that the kernel has verified and compiled says of each what
 * the host build of the same headers says, field by field, and judges it as that does: also what a
 * signature makes of it, for half of the listeners. The checksums are then told to tshark, which
 * knows nothing of us. Needs root (and tshark); the same
 * frames in every run, so that a number is enough to find one again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "advert_check.h"
#include "captures.h"
#include "frame_mutate.h"
#include "hmac_check.h"
#include "hmac_rows.h"
#include "judge.h"
#include "signed_mutate.h"
#include "tally.h"
#include "world.h"

#define FRAMES        200000
#define SEED          0x9568
#define FRAME_MIN     14   /* BPF_PROG_TEST_RUN wants an Ethernet header ... */
#define FRAME_ROOM    3500 /* ... and a frame that fits into a page with its head and tail room */
#define LISTENERS_MAX 1024
#define BASES_MAX     2048
#define LEAST_SEEN    100            /* of each verdict: it must have been in doubt */
#define MARKS_MAX     (FRAMES / 100) /* more than the frames for one listener */

/* An instance that listens, and the good and bad frames that it is about. */
struct listener {
	const char *desc;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	size_t first, count; /* of bases[] */
};

struct base {
	size_t length;
	uint8_t *data;
};

struct mark {
	struct vrrp_addr source;
	struct vrrp_hmac_mark mark;
};

/* What the host build holds of the instance, beside the kernel's. */
struct mirror {
	struct vrrp_instance instance;
	struct vrrp_path path;
	struct vrrp_timing timing;
	struct vrrp_lease lease;
	uint64_t verdicts[VRRP_VERDICT_COUNT], foreign[VRRP_VERDICT_COUNT];
	struct vrrp_hmac_clock clock;
	struct mark marks[MARKS_MAX];
	size_t mark_count;
};

static struct world world;
static struct ring_buffer *monitor;
static struct vrrp_event heard;
static int heard_count;

static struct vrrp_hmac_key keys[COUNT(hmac_key_rows)];
static struct listener listeners[LISTENERS_MAX];
static struct base bases[BASES_MAX];
static size_t listener_count, base_count;

/* ---- where the frames come from ---- */

static void add_base(const uint8_t *frame, size_t length)
{
	struct base *base = &bases[base_count++];

	assert_true(base_count <= BASES_MAX && length <= FRAME_MAX);
	base->length = length < FRAME_ROOM ? length : FRAME_ROOM;
	base->data = malloc(length ? length : 1);
	assert_non_null(base->data);
	memcpy(base->data, frame, length);
	listeners[listener_count - 1].count++;
}

static void add_listener(const char *desc, const struct vrrp_rules *rules,
			 const struct vrrp_peers *peers, const struct vrrp_addr *own)
{
	assert_true(listener_count < LISTENERS_MAX);
	listeners[listener_count++] = (struct listener){
		.desc = desc, .rules = *rules, .peers = *peers, .own = *own, .first = base_count};
}

static void add_rows(void)
{
	for (size_t i = 0; i < FRAME_ROWS; i++) {
		struct vrrp_rules rules;
		struct vrrp_peers peers;
		struct vrrp_addr own;
		uint8_t frame[FRAME_MAX];

		row_rules(&frame_rows[i], &rules, &peers, &own);
		add_listener(frame_rows[i].desc, &rules, &peers, &own);
		add_base(frame, frame_build(&frame_rows[i].frame, frame));
	}
}

static void add_captures(void)
{
	static struct capture captures[CAPTURES_MAX];
	size_t capture_count = captures_read(captures);

	assert_true(capture_count > 0);
	for (size_t i = 0; i < capture_count; i++) {
		size_t count = 0;
		struct frame_record *records = frames_read(captures[i].path, &count);

		assert_non_null(records);
		add_listener(captures[i].desc, &captures[i].rules, &captures[i].peers,
			     &captures[i].own);
		for (size_t j = 0; j < count; j++)
			add_base(records[j].data, records[j].length < (size_t)captures[i].padded_to
							  ? (size_t)captures[i].padded_to
							  : records[j].length);
		free(records);
	}
}

static void add_third_party(const char *path)
{
	size_t count = 0;
	struct frame_record *records = frames_read(path, &count);

	assert_non_null(records);
	for (size_t i = 0; i < count; i++) {
		struct vrrp_rules rules;
		struct vrrp_peers peers;
		struct vrrp_addr own;

		if (!capture_rules(records[i].data, records[i].length, &rules, &peers, &own))
			continue;
		add_listener(path, &rules, &peers, &own);
		add_base(records[i].data, records[i].length);
	}
	free(records);
}

/* How a listener is, this time. */
struct turn {
	const struct listener *listener;
	enum vrrp_role role;
	enum vrrp_hmac_mode hmac;
	size_t first, end; /* the numbers of its frames */
};

static struct turn make_turn(struct mutator *m, size_t i)
{
	return (struct turn){
		.listener = &listeners[i],
		.role = mutate_random(m, 3),
		.hmac = mutate_random(m, 2) ? 1 + mutate_random(m, 3) : VRRP_HMAC_OFF,
		.first = FRAMES * i / listener_count,
		.end = FRAMES * (i + 1) / listener_count,
	};
}

/* The next frame, for this listener: one of its own more often than one of another's. */
static size_t make_frame(struct mutator *m, const struct turn *turn, size_t number,
			 uint8_t frame[FRAME_MAX])
{
	const struct listener *listener = turn->listener;
	const struct base *base =
		mutate_random(m, 4) ? &bases[listener->first + mutate_random(m, listener->count)]
				    : &bases[mutate_random(m, base_count)];
	size_t length = base->length;

	memset(frame, 0, FRAME_MAX);
	memcpy(frame, base->data, length);
	if (mutate_random(m, 8))
		length = mutate_frame(m, frame, length, FRAME_ROOM);
	if (turn->hmac && mutate_random(m, 4))
		length =
			signed_mutate(m, frame, length, FRAME_ROOM, HMAC_NOW, number - turn->first);
	return length < FRAME_MIN ? FRAME_MIN : length;
}

/* ---- what the host says ---- */

static struct vrrp_hmac_mark *find_mark(struct mirror *mirror, const struct vrrp_addr *source)
{
	for (size_t i = 0; i < mirror->mark_count; i++) {
		if (memcmp(&mirror->marks[i].source, source, sizeof(*source)) == 0)
			return &mirror->marks[i].mark;
	}
	return NULL;
}

/* Of an advert that is valid but for its signature. */
static enum vrrp_verdict expect_hmac(struct mirror *mirror, const uint8_t *frame, size_t length,
				     const struct vrrp_place *place,
				     const struct vrrp_advert *advert)
{
	struct vrrp_hmac_mark *known = find_mark(mirror, &advert->source), mark = {};
	const struct vrrp_hmac_key *key = NULL;
	struct vrrp_signature signature = {};
	enum vrrp_verdict verdict;

	verdict = vrrp_hmac_read(frame, frame + length, place, mirror->instance.rules.hmac_mode,
				 advert, &signature);
	if (verdict != VRRP_VERDICT_VALID || !signature.present)
		return verdict;
	for (size_t i = 0; i < COUNT(hmac_key_rows); i++) {
		if (hmac_key_rows[i].id == signature.key_id)
			key = &keys[i];
	}
	verdict = vrrp_hmac_check(frame, frame + length, &mirror->instance, advert, &signature, key,
				  known, &mirror->clock, &mark);
	if (verdict == VRRP_VERDICT_VALID && !known) {
		assert_true(mirror->mark_count < MARKS_MAX);
		mirror->marks[mirror->mark_count++] = (struct mark){advert->source, mark};
	}
	return verdict;
}

/* As heartbeat.bpf.c orders the calls. false: not VRRP, of which nobody hears. */
static bool expect(struct mirror *mirror, const struct listener *listener, const uint8_t *frame,
		   size_t length, uint64_t stamp_ns, struct vrrp_event *ret)
{
	const struct vrrp_rules *rules = &mirror->instance.rules;
	const uint8_t *end = frame + length;
	struct vrrp_event event = {.ifindex = LO, .slot = PORT, .advert.stamp_ns = stamp_ns};
	struct vrrp_advert *advert = &event.advert;
	struct vrrp_place place = {};
	bool ours;

	event.verdict = vrrp_locate(frame, end, advert, &place);
	if (event.verdict == VRRP_VERDICT_NOT_VRRP)
		return false;
	ours = place.attributed && advert->family == rules->family && advert->vrid == rules->vrid;
	if (event.verdict == VRRP_VERDICT_VALID)
		event.verdict = vrrp_check(frame, end, &place, ours ? rules : NULL,
					   ours ? &listener->peers : NULL,
					   ours ? &listener->own : NULL, advert);
	if (event.verdict == VRRP_VERDICT_VALID && ours && rules->hmac_mode)
		event.verdict = expect_hmac(mirror, frame, length, &place, advert);
	if (ours) {
		event.slot = SLOT;
		event.path = PATH;
		mirror->verdicts[event.verdict]++;
	} else {
		if (event.verdict == VRRP_VERDICT_VALID)
			event.verdict = VRRP_VERDICT_FOREIGN;
		mirror->foreign[event.verdict]++;
	}
	if (ours && event.verdict == VRRP_VERDICT_VALID) {
		event.judgement = vrrp_judge(&mirror->instance, &mirror->path, PATH, &mirror->lease,
					     advert, &event.notes);
		vrrp_tally_path(&mirror->path, &mirror->timing, advert);
	}
	if (ours && event.verdict == VRRP_VERDICT_OWN_SOURCE)
		vrrp_tally_echo(&mirror->instance, advert, PATH);
	*ret = event;
	return true;
}

/* ---- the comparison ---- */

static int keep(void *context, void *data, size_t size)
{
	(void)context;
	assert_int_equal(size, sizeof(heard));
	memcpy(&heard, data, size);
	heard_count++;
	return 0;
}

/* A frame on its way. */
struct trial {
	size_t number, length;
	const struct listener *listener;
	uint8_t frame[FRAME_MAX];
};

static void same(const struct trial *t, const char *what, long kernel, long host)
{
	if (kernel == host)
		return;
	print_error("frame %zu, for \"%s\": %s: the kernel says %ld, the host %ld\n", t->number,
		    t->listener->desc, what, kernel, host);
	for (size_t i = 0; i < t->length; i++)
		print_error("%02x%s", t->frame[i], i % 32 == 31 || i + 1 == t->length ? "\n" : "");
	fail();
}

static void compare(const struct trial *t, struct mirror *mirror)
{
	struct vrrp_event host = {};
	bool dropped, is_vrrp;
	int answer;

	heard_count = 0;
	answer = world_hear(&world, world.prog_fd, LO, t->frame, t->length, 1);
	assert_true(ring_buffer__consume(monitor) >= 0);
	world_drain(&world);
	is_vrrp = expect(mirror, t->listener, t->frame, t->length, heard.advert.stamp_ns, &host);

	same(t, "VRRP", heard_count, is_vrrp);
	/* AH and CARP are other protocols. */
	dropped = is_vrrp && host.slot == SLOT && host.verdict != VRRP_VERDICT_VALID &&
		  host.verdict != VRRP_VERDICT_AH && host.verdict != VRRP_VERDICT_CARP;
	same(t, "answer", answer, dropped ? XDP_DROP : XDP_PASS);
	if (!is_vrrp)
		return;
	same(t, "verdict", heard.verdict, host.verdict);
	same(t, "slot", heard.slot, host.slot);
	same(t, "path", heard.path, host.path);
	same(t, "judgement", heard.judgement, host.judgement);
	same(t, "notes", heard.notes, host.notes);
	same(t, "advert", memcmp(&heard.advert, &host.advert, sizeof(host.advert)), 0);
}

/* What the frames left behind. */
static void compare_state(const struct mirror *mirror)
{
	struct vrrp_instance instance = world_instance(&world);
	struct vrrp_counters slot = world_counters(&world, SLOT);
	struct vrrp_counters port = world_counters(&world, PORT);
	struct vrrp_path path = world_path(&world, PATH);
	struct vrrp_timing timing = world_timing(&world, PATH);

	instance.cpu = 0; /* the host build has none */
	assert_memory_equal(&instance, &mirror->instance, sizeof(instance));
	assert_memory_equal(&path, &mirror->path, sizeof(path));
	assert_memory_equal(&timing, &mirror->timing, sizeof(timing));
	assert_int_equal(world_lease(&world), mirror->lease.until_ns);
	assert_memory_equal(slot.verdict, mirror->verdicts, sizeof(slot.verdict));
	assert_memory_equal(port.verdict, mirror->foreign, sizeof(port.verdict));
	for (size_t i = 0; i < mirror->mark_count; i++) {
		struct vrrp_hmac_source source = {.slot = SLOT, .source = mirror->marks[i].source};
		struct vrrp_hmac_mark mark;

		world_get(world.skel->maps.hmac_marks, &source, &mark);
		assert_memory_equal(&mark, &mirror->marks[i].mark, sizeof(mark));
	}
}

static void begin(const struct turn *turn, struct mirror *mirror)
{
	struct vrrp_rules rules = turn->listener->rules;
	struct timespec now;
	uint32_t zero = 0;

	rules.hmac_mode = turn->hmac;
	rules.hmac_window_s = HMAC_WINDOW;
	world_listen_by(&world, &rules, &turn->listener->peers, &turn->listener->own, turn->role);
	world_forget(world.skel->maps.hmac_marks);
	memset(mirror, 0, sizeof(*mirror));
	mirror->instance = world_instance(&world);
	mirror->path = world_path(&world, PATH);
	mirror->lease.until_ns = world_lease(&world);

	/* Now is HMAC_NOW, whenever that is. */
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	mirror->clock.read_ns = now.tv_sec * VRRP_NS_PER_S + now.tv_nsec;
	mirror->clock.offset_ns = HMAC_NOW * VRRP_NS_PER_S - mirror->clock.read_ns;
	world_put(world.skel->maps.hmac_clock, &zero, &mirror->clock);
}

static void test_verdicts(void **state)
{
	static const char *const names[] = {
#define X(sym, name) name,
		VRRP_VERDICTS(X)
#undef X
	};
	uint64_t seen[VRRP_VERDICT_COUNT] = {0};
	struct mutator m = {.state = SEED};
	static struct mirror mirror;

	(void)state;
	for (size_t i = 0; i < listener_count; i++) {
		struct turn turn = make_turn(&m, i);

		begin(&turn, &mirror);
		for (size_t number = turn.first; number < turn.end; number++) {
			struct trial trial = {.number = number, .listener = turn.listener};

			trial.length = make_frame(&m, &turn, number, trial.frame);
			compare(&trial, &mirror);
		}
		compare_state(&mirror);
		for (int v = 0; v < VRRP_VERDICT_COUNT; v++)
			seen[v] += mirror.verdicts[v] + mirror.foreign[v];
	}
	for (int v = VRRP_VERDICT_FOREIGN; v < VRRP_VERDICT_COUNT; v++) {
		if (seen[v] < LEAST_SEEN)
			fail_msg("only %" PRIu64 " frames were %s: mutate them better", seen[v],
				 names[v]);
	}
}

/* ---- checksums: tshark's dissector as the other opinion ---- */

/* One frame that tshark is an oracle for (see wants_oracle()), and what it should say. */
struct opinion {
	bool pseudo; /* v3: is the checksum good with the pseudo-header? v2: good at all? */
	bool plain;  /* v3 over IPv4: without it; else as above */
};

/* tshark sums whatever the IP length leaves for the message, so nothing may follow it, and by the
 * addresses that a source route leads to, so there must be none. */
static bool wants_oracle(const uint8_t *frame, size_t length, struct vrrp_advert *advert,
			 struct vrrp_place *place, uint32_t *ret_need)
{
	const uint8_t *end = frame + length;
	enum vrrp_verdict verdict = vrrp_locate(frame, end, advert, place);
	struct mutate_layout at;

	if (verdict != VRRP_VERDICT_VALID)
		return false;
	verdict = vrrp_check(frame, end, place, NULL, NULL, NULL, advert);
	if (verdict != VRRP_VERDICT_VALID && verdict != VRRP_VERDICT_CHECKSUM)
		return false;
	if (!mutate_layout(frame, length, &at) || at.message != place->offset)
		return false;
	*ret_need = mutate_need(frame, &at);
	for (size_t i = at.ip + (at.family == 4 ? 20 : 40); i < at.message; i++) {
		if (at.family == 6 || frame[i] > 1)
			return false;
	}
	return place->length == *ret_need;
}

static bool sum_holds(const uint8_t *frame, size_t length, const struct vrrp_place *place,
		      uint32_t need, uint8_t form, struct vrrp_advert *advert)
{
	struct vrrp_place sized = *place;

	sized.need = (__u16)need;
	return vrrp_check_sum(frame, frame + length, &sized, form, VRRP_MAX_ADDRESSES, advert) ==
	       VRRP_VERDICT_VALID;
}

/* Writes the frames to a pcap, and to opinions[] what we think of them. Returns how many. */
static size_t write_pcap(const char *path, struct opinion *opinions)
{
	const uint32_t head[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, FRAMES_LINK_ETHERNET};
	struct mutator m = {.state = SEED};
	FILE *out = fopen(path, "wb");
	size_t count = 0;

	assert_non_null(out);
	assert_int_equal(fwrite(head, sizeof(head), 1, out), 1);
	for (size_t i = 0; i < listener_count; i++) {
		struct turn turn = make_turn(&m, i); /* as test_verdicts(): the same frames */

		for (size_t number = turn.first; number < turn.end; number++) {
			uint8_t frame[FRAME_MAX];
			size_t length = make_frame(&m, &turn, number, frame);
			const uint32_t record[4] = {number / 1000000, number % 1000000, length,
						    length};
			struct vrrp_advert advert = {};
			struct vrrp_place place = {};
			uint32_t need;

			if (!wants_oracle(frame, length, &advert, &place, &need))
				continue;
			opinions[count].pseudo = sum_holds(frame, length, &place, need,
							   VRRP_CHECKSUM_RFC5798, &advert);
			opinions[count].plain = sum_holds(frame, length, &place, need,
							  VRRP_CHECKSUM_RFC9568, &advert);
			count++;
			assert_int_equal(fwrite(record, sizeof(record), 1, out), 1);
			assert_int_equal(fwrite(frame, 1, length, out), length);
		}
	}
	assert_int_equal(fclose(out), 0);
	return count;
}

/* One run of tshark over all of them. plain: take v3 over IPv4 as RFC 9568 has it. */
static void ask_tshark(const char *path, bool plain, const struct opinion *opinions, size_t count)
{
	size_t good = 0, bad = 0, line_number = 0;
	char command[512], line[128];
	FILE *pipe;

	snprintf(command, sizeof(command),
		 "tshark -n -r %s -o vrrp.v3_checksum_as_in_v2:%s -o ip.defragment:FALSE"
		 " -T fields -e frame.number -e vrrp.checksum.status 2>/dev/null",
		 path, plain ? "TRUE" : "FALSE");
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe)) {
		bool ours = plain ? opinions[line_number].plain : opinions[line_number].pseudo;
		unsigned int number = 0, status = 9;

		assert_true(line_number < count);
		if (sscanf(line, "%u %u", &number, &status) != 2 || number != ++line_number)
			fail_msg("tshark does not know a checksum: %s", line);
		if (status > 1 || status != ours)
			fail_msg("%s, frame %u: tshark says %s checksum, we say %s", path, number,
				 status ? "good" : "bad", ours ? "good" : "bad");
		good += ours;
		bad += !ours;
	}
	if (pclose(pipe) != 0 || line_number != count)
		fail_msg("tshark ended after %zu of %zu frames (is it installed? "
			 "scripts/install-deps test)",
			 line_number, count);
	assert_true(good > FRAMES / 40 && bad > FRAMES / 40);
}

static void test_checksums(void **state)
{
	struct opinion *opinions = calloc(FRAMES, sizeof(*opinions));
	char directory[] = "/tmp/vrrp-xdp-differential-XXXXXX", path[64];
	size_t count;

	(void)state;
	assert_non_null(opinions);
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/frames.pcap", directory);
	count = write_pcap(path, opinions);
	ask_tshark(path, false, opinions, count);
	ask_tshark(path, true, opinions, count);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
	free(opinions);
}

/* ---- around them ---- */

static void put_keys(void)
{
	for (size_t i = 0; i < COUNT(hmac_key_rows); i++) {
		struct vrrp_hmac_key_id id = {.slot = SLOT, .id = hmac_key_rows[i].id};
		uint8_t bytes[SIGNED_KEY_LEN];

		signed_key(hmac_key_rows[i].key, bytes);
		hmac_sha256_key(bytes, sizeof(bytes), &keys[i]);
		world_put(world.skel->maps.hmac_keys, &id, &keys[i]);
	}
}

static int open_all(void **state)
{
	uint32_t key = 0;
	int fd;

	(void)state;
	if (world_enter(&world))
		return -1;
	put_keys();
	fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "monitor", 0, 0, 65536, NULL);
	if (fd < 0 ||
	    bpf_map_update_elem(bpf_map__fd(world.skel->maps.monitors), &key, &fd, BPF_ANY))
		return -1;
	monitor = ring_buffer__new(fd, keep, NULL, NULL);
	close(fd);
	if (!monitor)
		return -1;
	add_rows();
	add_captures();
	add_third_party(THIRD_PARTY_VALID);
	for (size_t i = 0; i < COUNT(third_party_hostile); i++)
		add_third_party(third_party_hostile[i]);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	ring_buffer__free(monitor);
	for (size_t i = 0; i < base_count; i++)
		free(bases[i].data);
	world_close(&world);
	return 0;
}

/* TSHARK=no: on another kernel, in a guest that has our programs alone. What tshark says of the
 * same frames does not depend on the kernel. */
int main(void)
{
	const char *tshark = getenv("TSHARK");
	const struct CMUnitTest tests[] = {
		{"200000 mutated frames: as the host build says", test_verdicts, 0, 0, 0},
		{"their checksums: as tshark says", test_checksums, 0, 0, 0},
	};

	return _cmocka_run_group_tests("differential", tests,
				       COUNT(tests) - (tshark && !strcmp(tshark, "no")), open_all,
				       close_all);
}
