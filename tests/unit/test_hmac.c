// SPDX-License-Identifier: GPL-2.0-only
/*
 * hmac_sha256.h and hmac_check.h on the host: SHA-256 and HMAC by the standards' own vectors, the
 * shared rows, sequences of adverts under clocks that step, and captures of keepalived 2.4.3 with
 * every bit of them turned over. Links nothing of src/.
 */
#include <stdint.h>
#include <stdlib.h>

#include <limits.h>
#include <pthread.h>

#include "captures.h"
#include "hmac_check.h"
#include "hmac_rows.h"
#include "table.h"

#define MONO_NS (77 * VRRP_NS_PER_S) /* CLOCK_MONOTONIC at HMAC_NOW */

/* ---- SHA-256 and HMAC --------------------------------------------------------------------------
 */

/* FIPS 180-4, 5.1.1 and 6.2, around the compression: `prefix` is a state after whole blocks. */
static void sha256(const uint32_t prefix[8], size_t prefix_length, const uint8_t *data,
		   size_t length, uint8_t digest[32])
{
	size_t blocks = (length + 9 + 63) / 64;
	uint8_t *padded = calloc(blocks, 64);
	uint32_t state[8];

	assert_non_null(padded);
	memcpy(state, prefix, sizeof(state));
	if (length)
		memcpy(padded, data, length);
	padded[length] = 0x80;
	for (int i = 0; i < 8; i++)
		padded[blocks * 64 - 1 - i] = (prefix_length + length) * 8 >> 8 * i;
	for (size_t b = 0; b < blocks; b++) {
		uint32_t word[16];

		for (int i = 0; i < 16; i++)
			word[i] = (uint32_t)frame_get16(padded + 64 * b + 4 * i) << 16 |
				  frame_get16(padded + 64 * b + 4 * i + 2);
		sha256_compress(state, word);
	}
	for (int i = 0; i < 8; i++)
		signed_put32(digest + 4 * i, state[i]);
	free(padded);
}

static void sha256_whole(const uint8_t *data, size_t length, uint8_t digest[32])
{
	uint32_t state[8];

	sha256_begin(state);
	sha256(state, 0, data, length, digest);
}

struct sha_row {
	const char *desc, *text;
	int repeat; /* 1 */
	const char *digest;
};

/* FIPS 180-4's own examples, and its edges of padding. */
static const struct sha_row sha_rows[] = {
	{"nothing", "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"448 bits", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{"896 bits",
	 "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
	 "mnopqrsmnopqrstnopqrstu",
	 1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	{"a million times a", "a", 1000000,
	 "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

static void test_sha256(void **state)
{
	const struct sha_row *row = *state;
	size_t one = strlen(row->text), length = one * row->repeat;
	uint8_t digest[32], want[32], *data = malloc(length + 1);

	assert_non_null(data);
	for (int i = 0; i < row->repeat; i++)
		memcpy(data + one * i, row->text, one);
	sha256_whole(data, length, digest);
	assert_int_equal(capture_hex(row->digest, want, sizeof(want)), 32);
	assert_memory_equal(digest, want, 32);
	free(data);
}

struct hmac_vector {
	const char *desc;
	const char *key, *data; /* hex; NULL: `fill` times `byte` */
	uint8_t key_byte, data_byte;
	int key_fill, data_fill;
	const char *digest;
	int length; /* 32 */
};

/* RFC 4231, 4.2 to 4.8. */
static const struct hmac_vector hmac_vectors[] = {
	{"RFC 4231, case 1", NULL, "4869205468657265", 0x0b, 0, 20, 0,
	 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", 32},
	{"RFC 4231, case 2", "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	 0, 0, 0, 0, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 32},
	{"RFC 4231, case 3", NULL, NULL, 0xaa, 0xdd, 20, 50,
	 "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", 32},
	{"RFC 4231, case 4", "0102030405060708090a0b0c0d0e0f10111213141516171819", NULL, 0, 0xcd, 0,
	 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b", 32},
	{"RFC 4231, case 5: truncated", NULL, "546573742057697468205472756e636174696f6e", 0x0c, 0,
	 20, 0, "a3b6167473100ee06e0c796c2955552b", 16},
	{"RFC 4231, case 6: a key of two blocks", NULL,
	 "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368"
	 "204b6579204669727374",
	 0xaa, 0, 131, 0, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", 32},
	{"RFC 4231, case 7: a key and data of two blocks", NULL,
	 "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a"
	 "65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865"
	 "206b6579206e6565647320746f20626520686173686564206265666f7265206265696e672075736564206279"
	 "2074686520484d414320616c676f726974686d2e",
	 0xaa, 0, 131, 0, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2", 32},
};

static size_t vector_bytes(const char *hex, uint8_t byte, int fill, uint8_t *ret, size_t max)
{
	if (hex)
		return capture_hex(hex, ret, max);
	memset(ret, byte, fill);
	return fill;
}

/* By the two states that a key comes down to. */
static void test_hmac_vector(void **state)
{
	const struct hmac_vector *row = *state;
	uint8_t key[256], data[256], inner[32], outer[32], want[32];
	size_t key_length = vector_bytes(row->key, row->key_byte, row->key_fill, key, 256);
	size_t length = vector_bytes(row->data, row->data_byte, row->data_fill, data, 256);
	struct vrrp_hmac_key states;

	if (key_length > 64) { /* RFC 2104, 2: a longer one is hashed first */
		sha256_whole(key, key_length, key);
		key_length = 32;
	}
	hmac_sha256_key(key, key_length, &states);
	sha256(states.inner, 64, data, length, inner);
	sha256(states.outer, 64, inner, 32, outer);
	assert_int_equal(capture_hex(row->digest, want, 32), row->length);
	assert_memory_equal(outer, want, row->length);
}

/* ---- adverts -----------------------------------------------------------------------------------
 */

/* A receiver: its keys, its clock, and the marks that it keeps. */
struct receiver {
	struct vrrp_instance instance;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	struct vrrp_hmac_key keys[256];
	bool known[256];
	struct vrrp_hmac_clock clock;
	struct {
		struct vrrp_addr source;
		struct vrrp_hmac_mark mark;
	} marks[4];
	unsigned int mark_count;
	unsigned int digests; /* begun */
};

static struct receiver receiver_of(const struct vrrp_rules *rules, const struct vrrp_peers *peers,
				   const struct vrrp_addr *own)
{
	struct receiver r = {.instance = {.rules = *rules, .hmac_ahead_s = HMAC_AHEAD},
			     .peers = *peers,
			     .own = *own};

	for (size_t i = 0; i < COUNT(hmac_key_rows); i++) {
		uint8_t key[SIGNED_KEY_LEN];

		signed_key(hmac_key_rows[i].key, key);
		hmac_sha256_key(key, sizeof(key), &r.keys[hmac_key_rows[i].id]);
		r.known[hmac_key_rows[i].id] = true;
	}
	r.clock.read_ns = 1;
	return r;
}

static struct vrrp_hmac_mark *find_mark(struct receiver *r, const struct vrrp_addr *source)
{
	for (unsigned int i = 0; i < r->mark_count; i++) {
		if (!memcmp(&r->marks[i].source, source, sizeof(*source)))
			return &r->marks[i].mark;
	}
	return NULL;
}

/* A frame arrives at a time of CLOCK_MONOTONIC, in a heap block of exactly its size. */
static enum vrrp_verdict hear(struct receiver *r, const uint8_t *frame, size_t length,
			      uint64_t mono_ns)
{
	uint8_t *exact = malloc(length ? length : 1);
	struct vrrp_advert advert = {.stamp_ns = mono_ns};
	struct vrrp_signature signature = {0};
	struct vrrp_place place = {0};
	struct vrrp_hmac_mark *mark, next;
	enum vrrp_verdict verdict;

	assert_non_null(exact);
	memcpy(exact, frame, length);
	verdict = vrrp_locate(exact, exact + length, &advert, &place);
	if (verdict == VRRP_VERDICT_VALID)
		verdict = vrrp_check(exact, exact + length, &place, &r->instance.rules, &r->peers,
				     &r->own, &advert);
	if (verdict == VRRP_VERDICT_VALID)
		verdict = vrrp_hmac_read(exact, exact + length, &place, r->instance.rules.hmac_mode,
					 &advert, &signature);
	if (verdict == VRRP_VERDICT_VALID && signature.present) {
		uint8_t id = signature.key_id;

		mark = find_mark(r, &advert.source);
		verdict =
			vrrp_hmac_check(exact, exact + length, &r->instance, &advert, &signature,
					r->known[id] ? &r->keys[id] : NULL, mark, &r->clock, &next);
		if (verdict == VRRP_VERDICT_VALID && !mark) {
			assert_true(r->mark_count < COUNT(r->marks));
			r->marks[r->mark_count].source = advert.source;
			r->marks[r->mark_count++].mark = next;
		}
	}
	free(exact);
	return verdict;
}

static void test_row(void **state)
{
	const struct hmac_row *row = *state;
	uint8_t frame[FRAME_MAX];
	size_t length = hmac_row_build(row, frame);
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	struct receiver r;

	hmac_row_rules(row, &rules, &peers, &own);
	r = receiver_of(&rules, &peers, &own);
	r.clock.offset_ns = HMAC_NOW * VRRP_NS_PER_S - MONO_NS;
	assert_int_equal(hear(&r, frame, length, MONO_NS), row->verdict);
	assert_int_equal(r.mark_count, row->verdict == VRRP_VERDICT_VALID && !row->is_unsigned);
	assert_int_equal(r.instance.hmac_stale_at_ns,
			 row->verdict == VRRP_VERDICT_HMAC_STALE ? MONO_NS : 0);
	if (row->verdict == VRRP_VERDICT_HMAC_STALE && row->sign.seconds < 1LL << 31)
		assert_int_equal(r.instance.hmac_stale_ns / (int64_t)VRRP_NS_PER_S,
				 row->sign.seconds + (row->sign.fraction ? 1 : 0));

	/* Whoever has no key takes all of them as they are. */
	if (row->verdict >= VRRP_VERDICT_HMAC_MISSING) {
		r.instance.rules.hmac_mode = VRRP_HMAC_OFF;
		assert_int_equal(hear(&r, frame, length, MONO_NS), VRRP_VERDICT_VALID);
	}
}

static void test_row_cut(void **state)
{
	const struct hmac_row *row = *state;
	uint8_t frame[FRAME_MAX];
	struct hmac_row whole = *row;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	struct receiver r;
	size_t length;

	whole.frame.pad_to = 0;
	length = hmac_row_build(&whole, frame);
	hmac_row_rules(row, &rules, &peers, &own);
	r = receiver_of(&rules, &peers, &own);
	r.clock.offset_ns = HMAC_NOW * VRRP_NS_PER_S - MONO_NS;
	for (size_t cut = 0; cut < length; cut++)
		assert_int_not_equal(hear(&r, frame, cut, MONO_NS), VRRP_VERDICT_VALID);
}

static void test_sequence(void **state)
{
	const struct hmac_sequence *sequence = *state;
	struct hmac_row plain = {.desc = sequence->desc};
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	struct receiver r;

	hmac_row_rules(&plain, &rules, &peers, &own);
	r = receiver_of(&rules, &peers, &own);
	for (int i = 0; i < HMAC_STEPS && sequence->steps[i].verdict; i++) {
		const struct hmac_step *step = &sequence->steps[i];
		uint64_t mono_ns = MONO_NS + step->at_ms * 1000000;
		enum vrrp_verdict verdict;
		uint8_t frame[FRAME_MAX];
		size_t length = hmac_step_build(step, frame);

		r.clock.offset_ns = (HMAC_NOW + step->ours) * (int64_t)VRRP_NS_PER_S - MONO_NS;
		verdict = hear(&r, frame, length, mono_ns);
		if (verdict != step->verdict)
			fail_msg("step %d: verdict %d, not %d", i, verdict, step->verdict);
	}
}

/* Whatever may be heard, without a clock nothing signed is fresh. */
static void test_no_clock(void **state)
{
	struct hmac_row plain = {.desc = "plain"};
	uint8_t frame[FRAME_MAX];
	size_t length = hmac_row_build(&plain, frame);
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	struct receiver r;

	(void)state;
	hmac_row_rules(&plain, &rules, &peers, &own);
	r = receiver_of(&rules, &peers, &own);
	r.clock = (struct vrrp_hmac_clock){.offset_ns = HMAC_NOW * VRRP_NS_PER_S - MONO_NS};
	assert_int_equal(hear(&r, frame, length, MONO_NS), VRRP_VERDICT_HMAC_STALE);
}

/* By which clock a host signs. Offsets to our wall clock, in s. */
struct signing_row {
	const char *desc;
	int64_t heard, own; /* 0: nothing */
	int64_t judges, signs;
};

static const struct signing_row signing_rows[] = {
	{"by the wall clock", .heard = 0},
	{"by what was heard", .heard = 20, .judges = 20, .signs = 20},
	{"as far as is allowed", .heard = HMAC_AHEAD, .judges = HMAC_AHEAD, .signs = HMAC_AHEAD},
	{"no further", .heard = HMAC_AHEAD + 1},
	{"what was heard is behind", .heard = -20},
	{"no earlier than before", .own = 20, .signs = 20},
	{"the later of both, own", .heard = 20, .own = 21, .judges = 20, .signs = 21},
	{"the later of both, heard", .heard = 21, .own = 20, .judges = 21, .signs = 21},
	{"an own lead that is too far", .heard = 20, .own = 3600, .judges = 20, .signs = 20},
};

static void test_signing(void **state)
{
	const struct signing_row *row = *state;
	const int64_t real_ns = HMAC_NOW * (int64_t)VRRP_NS_PER_S, s = VRRP_NS_PER_S;
	struct vrrp_hmac_clock clock = {.offset_ns = real_ns, .read_ns = 1};
	struct vrrp_instance instance = {.hmac_ahead_s = HMAC_AHEAD};

	instance.hmac_heard_ns = row->heard ? real_ns + row->heard * s : 0;
	instance.hmac_own_ns = row->own ? real_ns + row->own * s : 0;
	assert_int_equal(vrrp_hmac_judges_by(&instance, &clock), real_ns + row->judges * s);
	assert_int_equal(vrrp_hmac_signs_by(&instance, &clock), real_ns + row->signs * s);
}

/* Our clock was set back, and we sign as before. A peer that signs by our wall clock would refuse
 * that; one whose clock differs by less than the window would not. */
static void test_own_lead(void **state)
{
	struct hmac_row plain = {.desc = "plain"}, near = {.sign = {.seconds = 15}};
	uint8_t frame[FRAME_MAX];
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	struct receiver r;

	(void)state;
	hmac_row_rules(&plain, &rules, &peers, &own);
	r = receiver_of(&rules, &peers, &own);
	r.clock.offset_ns = HMAC_NOW * VRRP_NS_PER_S - MONO_NS;
	r.instance.hmac_own_ns = r.clock.offset_ns + 20 * (int64_t)VRRP_NS_PER_S;
	assert_int_equal(hear(&r, frame, hmac_row_build(&near, frame), MONO_NS),
			 VRRP_VERDICT_VALID);
	assert_int_not_equal(r.instance.hmac_own_ns, 0);
	r = receiver_of(&rules, &peers, &own);
	r.clock.offset_ns = HMAC_NOW * VRRP_NS_PER_S - MONO_NS;
	r.instance.hmac_own_ns = r.clock.offset_ns + 20 * (int64_t)VRRP_NS_PER_S;
	assert_int_equal(hear(&r, frame, hmac_row_build(&plain, frame), MONO_NS),
			 VRRP_VERDICT_VALID);
	assert_int_equal(r.instance.hmac_own_ns, 0);
}

/* What is rejected moves no mark: a forger locks nobody out. */
static void test_marks_stay(void **state)
{
	struct frame_spec spec = {0};
	struct signature_spec forged = {.seconds = 4, .digest_error = 1}, good = {.seconds = 1};
	struct hmac_row plain = {.desc = "plain"};
	struct vrrp_hmac_mark mark;
	uint8_t frame[FRAME_MAX];
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;
	struct receiver r;

	(void)state;
	hmac_row_rules(&plain, &rules, &peers, &own);
	r = receiver_of(&rules, &peers, &own);
	r.clock.offset_ns = HMAC_NOW * VRRP_NS_PER_S - MONO_NS;
	assert_int_equal(hear(&r, frame, signed_build(&spec, &forged, HMAC_NOW, frame), MONO_NS),
			 VRRP_VERDICT_HMAC_DIGEST);
	assert_int_equal(r.mark_count, 0);
	assert_int_equal(hear(&r, frame, hmac_row_build(&plain, frame), MONO_NS),
			 VRRP_VERDICT_VALID);
	mark = r.marks[0].mark;
	assert_int_equal(r.instance.hmac_heard_ns, r.clock.offset_ns);
	hear(&r, frame, signed_build(&spec, &forged, HMAC_NOW, frame), MONO_NS + 1);
	hear(&r, frame, hmac_row_build(&plain, frame), MONO_NS + 2);
	assert_memory_equal(&mark, &r.marks[0].mark, sizeof(mark));
	assert_int_equal(hear(&r, frame, signed_build(&spec, &good, HMAC_NOW, frame), MONO_NS + 3),
			 VRRP_VERDICT_VALID);
	assert_int_equal(r.marks[0].mark.skew_ns, (int64_t)VRRP_NS_PER_S - 3);
}

/* ---- two CPUs ----------------------------------------------------------------------------------
 */

/* Of one advert that two CPUs judge at once, one is a replay. */
#define RACES        100000
#define RACE_SECONDS 2
#define RACE_OVER    UINT_MAX

struct race {
	struct vrrp_hmac_mark mark;
	unsigned int round, done;
	enum vrrp_verdict verdict;
};

static struct vrrp_hmac_mark race_next(unsigned int round)
{
	return (struct vrrp_hmac_mark){.sequence = (uint64_t)round << 32, .stamp_ns = round};
}

static bool race_meet(const unsigned int *word, unsigned int value)
{
	unsigned int is, spins = 0;

	while ((is = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != value && is != RACE_OVER) {
		if (++spins % 1024 == 0)
			sched_yield();
	}
	return is == value;
}

static void *race_other(void *context)
{
	struct race *race = context;

	for (unsigned int i = 1; i <= RACES && race_meet(&race->round, i); i++) {
		struct vrrp_hmac_mark next = race_next(i);

		race->verdict = vrrp_hmac_move(&race->mark, &next, HMAC_WINDOW);
		__atomic_store_n(&race->done, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void test_race(void **state)
{
	static struct race race;
	time_t end = time(NULL) + RACE_SECONDS;
	unsigned int won = 0, rounds = 0, wrong = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, race_other, &race), 0);
	for (unsigned int i = 1; i <= RACES && time(NULL) <= end; i++, rounds++) {
		struct vrrp_hmac_mark next = race_next(i);
		enum vrrp_verdict mine;

		__atomic_store_n(&race.round, i, __ATOMIC_RELEASE);
		for (volatile unsigned int wait = 0; wait < i % 64; wait++)
			;
		mine = vrrp_hmac_move(&race.mark, &next, HMAC_WINDOW);
		race_meet(&race.done, i);
		wrong += (mine == VRRP_VERDICT_VALID) + (race.verdict == VRRP_VERDICT_VALID) != 1;
		won += mine == VRRP_VERDICT_VALID;
	}
	__atomic_store_n(&race.round, RACE_OVER, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	print_message("%u of %u adverts were accepted by this side\n", won, rounds);
	assert_int_equal(wrong, 0);
	assert_true(rounds > 0);
}

/* ---- captures ----------------------------------------------------------------------------------
 */

static struct receiver capture_receiver(const struct capture *capture)
{
	struct receiver r = {.instance.rules = capture->rules,
			     .peers = capture->peers,
			     .own = capture->own};

	r.instance.rules.hmac_mode = VRRP_HMAC_ENFORCE;
	r.instance.rules.hmac_window_s = HMAC_WINDOW;
	r.clock.read_ns = 1;
	for (size_t k = 0; k < capture->key_count; k++) {
		const struct capture_key *key = &capture->keys[k];

		assert_in_range(key->length, VRRP_HMAC_KEY_MIN, VRRP_HMAC_KEY_MAX);
		hmac_sha256_key(key->bytes, key->length, &r.keys[key->id]);
		r.known[key->id] = true;
	}
	return r;
}

/* By the clock of the capture, each advert counts once, and a minute later not at all. */
static void test_capture(void **state)
{
	const struct capture *capture = *state;
	struct receiver r = capture_receiver(capture);
	size_t count = 0;
	struct frame_record *records = frames_read(capture->path, &count);

	assert_non_null(records);
	assert_true(count >= 4);
	for (size_t i = 0; i < count; i++) {
		size_t length = records[i].length;
		uint64_t real_ns = records[i].time_us * 1000ULL;
		uint64_t mono_ns = MONO_NS + real_ns - records[0].time_us * 1000ULL;

		if (length < (size_t)capture->padded_to)
			length = capture->padded_to;
		r.clock.offset_ns = real_ns - mono_ns;
		assert_int_equal(hear(&r, records[i].data, length, mono_ns), VRRP_VERDICT_VALID);
		assert_int_equal(hear(&r, records[i].data, length, mono_ns + 1),
				 VRRP_VERDICT_HMAC_REPLAY);
		/* The trailer was made less than 3 ms before. */
		assert_in_range(-r.marks[0].mark.skew_ns, 0, 3000000);
	}
	assert_int_equal(r.mark_count, 1);
	r.clock.offset_ns += 60 * VRRP_NS_PER_S;
	for (size_t i = 0; i < count; i++)
		assert_int_equal(hear(&r, records[i].data, records[i].length,
				      MONO_NS + 60 * VRRP_NS_PER_S),
				 VRRP_VERDICT_HMAC_STALE);
	free(records);
}

/* Every bit of the message and of its trailer turned over, with a checksum that holds again: never
 * VALID, but for the checksum itself, which is not signed. */
static void test_capture_bits(void **state)
{
	const struct capture *capture = *state;
	struct receiver r = capture_receiver(capture);
	bool ip6 = capture->rules.family == 6;
	size_t count = 0, head = FRAME_ETH + (ip6 ? 40 : 20);
	struct frame_record *records = frames_read(capture->path, &count);

	assert_non_null(records);
	r.clock.offset_ns = records[0].time_us * 1000LL - (int64_t)MONO_NS;
	for (size_t bit = head * 8; bit < records[0].length * 8; bit++) {
		struct receiver fresh = r;
		uint8_t frame[FRAME_MAX], *message = frame + head;
		struct vrrp_addr source = {0}, destination = {0};
		size_t size = ip6 ? 16 : 4, end = records[0].length - head;
		size_t length = ip6 ? end : end - VRRP_TRAILER_LEN;
		bool v2 = capture->rules.version == 2;
		struct frame_spec spec = {.family = ip6 ? 6 : 4, .version = v2 ? 2 : 3};

		memcpy(frame, records[0].data, records[0].length);
		frame[bit / 8] ^= 1 << bit % 8;
		if (bit / 8 == head + 6 || bit / 8 == head + 7)
			continue;
		memcpy(source.b, frame + FRAME_ETH + (ip6 ? 8 : 12), size);
		memcpy(destination.b, frame + FRAME_ETH + (ip6 ? 24 : 16), size);
		frame_put16(message + 6, 0);
		frame_put16(message + 6,
			    frame_checksum(&spec, message, length, &source, &destination));
		if (hear(&fresh, frame, records[0].length, MONO_NS) == VRRP_VERDICT_VALID)
			fail_msg("byte %zu, bit %zu", bit / 8 - head, bit % 8);
		assert_int_equal(fresh.mark_count, 0);
	}
	free(records);
}

/* The wire images of draft-cassen-vrrp-auth-hmac, appendix: key 00 01 ... 1f, id 1. */
struct image {
	const char *desc, *hex, *source;
	int family;
	size_t length; /* of the message */
};

static const struct image images[] = {
	{"the draft's image, IPv4",
	 "3133c80100644402c00002640101000068000000800000001b84bc4e8e43892dc6d98448f8ee2265",
	 "198.51.100.10", 4, 12},
	{"the draft's image, IPv6",
	 "3133c8010064a2e9fe80000000000000000000000000010001010000680000008000000"
	 "0c8c56146ebfd66ee10ec4d8186461b78",
	 "fe80::10", 6, 24},
};

static void test_image(void **state)
{
	const struct image *image = *state;
	struct vrrp_signature signature = {.words = (image->length + 12) / 4};
	struct vrrp_addr source = frame_addr(image->family, image->source);
	uint8_t bytes[64], key[SIGNED_KEY_LEN];
	struct vrrp_hmac_key states;
	struct vrrp_hmac_run run;
	size_t length = capture_hex(image->hex, bytes, sizeof(bytes));

	assert_int_equal(length, image->length + VRRP_TRAILER_LEN);
	signed_key(0, key);
	hmac_sha256_key(key, sizeof(key), &states);
	for (int i = 0; i < 4; i++)
		signature.hmac[i] = (uint32_t)frame_get16(bytes + image->length + 12 + 4 * i)
					    << 16 |
				    frame_get16(bytes + image->length + 14 + 4 * i);
	vrrp_hmac_begin(&run, image->family, 3, 51, &source, 0, signature.words);
	while (!vrrp_hmac_done(&run))
		assert_int_equal(vrrp_hmac_block(bytes, bytes + length, &run, &states), 0);
	assert_int_equal(vrrp_hmac_compare(&run, &signature), VRRP_VERDICT_VALID);
}

/* ---- running them ------------------------------------------------------------------------------
 */

/* A test whose name goes on from the prefix. */
static void add_of(const char *prefix, const char *desc, CMUnitTestFunction test, const void *row)
{
	char what[128];

	snprintf(what, sizeof(what), "%s%s", prefix, desc);
	table_add(NULL, what, test, row);
}

int main(void)
{
	static struct capture captures[CAPTURES_MAX];
	size_t capture_count = captures_read(captures);

	if (!capture_count) {
		fprintf(stderr, "test_hmac: cannot read " CAPTURES_DIR "index.json\n");
		return 1;
	}
	table_rows("SHA-256", sha_rows, desc, test_sha256);
	table_rows(NULL, hmac_vectors, desc, test_hmac_vector);
	table_rows(NULL, images, desc, test_image);
	for (size_t i = 0; i < HMAC_ROWS; i++) {
		table_add(NULL, hmac_rows[i].desc, test_row, &hmac_rows[i]);
		if (hmac_rows[i].frame.count < 20)
			table_add("cut", hmac_rows[i].desc, test_row_cut, &hmac_rows[i]);
	}
	for (size_t i = 0; i < HMAC_SEQUENCES; i++)
		table_add("sequence", hmac_sequences[i].desc, test_sequence, &hmac_sequences[i]);
	for (size_t i = 0; i < COUNT(signing_rows); i++)
		add_of("signs ", signing_rows[i].desc, test_signing, &signing_rows[i]);
	table_add(NULL, "an own lead is given up for a peer that would refuse it", test_own_lead,
		  NULL);
	table_add(NULL, "without a clock nothing is fresh", test_no_clock, NULL);
	table_add(NULL, "what is rejected moves no mark", test_marks_stay, NULL);
	table_add(NULL, "of one advert on two CPUs one is a replay", test_race, NULL);
	for (size_t i = 0; i < capture_count; i++) {
		if (!captures[i].key_count)
			continue;
		add_of("signed ", captures[i].desc, test_capture, &captures[i]);
		if (!captures[i].padded_to)
			add_of("every bit of ", captures[i].desc, test_capture_bits, &captures[i]);
	}
	return table_run("hmac");
}
