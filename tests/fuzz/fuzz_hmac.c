// SPDX-License-Identifier: GPL-2.0-only
/*
 * The authentication trailer of any frame, by any clock and behind any mark, with nettle's HMAC as
 * the other opinion. Input: HEAD bytes of circumstances, see struct scene; then the frame, which is
 * signed anew if they say so.
 */
#include "fuzz.h"

#include "hmac_check.h"
#include "signed_mutate.h"

#define HEAD     12
#define STAMP_NS (77 * VRRP_NS_PER_S)

struct scene {
	struct vrrp_instance instance; /* mode and window */
	struct vrrp_hmac_clock clock;
	struct vrrp_hmac_mark mark;
	bool has_mark;
	bool sign;
	struct mutator m; /* of the signature */
};

static struct scene read_head(const uint8_t *data)
{
	struct fuzz_input in = {data, data + HEAD};
	struct scene s = {0};
	uint8_t flags = fuzz_take(&in, 1);
	uint64_t now;

	s.instance.rules.hmac_mode = 1 + flags % 3;
	s.has_mark = flags & 4;
	s.sign = flags & 8;
	s.instance.rules.hmac_window_s = 1 + fuzz_take(&in, 1);
	s.clock.read_ns = flags & 16 ? 0 : STAMP_NS;
	s.clock.offset_ns =
		(HMAC_NOW + (int8_t)fuzz_take(&in, 1)) * (int64_t)VRRP_NS_PER_S - (int64_t)STAMP_NS;
	now = (uint64_t)HMAC_NOW << 32;
	s.mark.sequence = now + ((uint64_t)(int8_t)fuzz_take(&in, 1) << 32) + fuzz_take(&in, 2);
	s.mark.stamp_ns = STAMP_NS - (fuzz_take(&in, 1) % 60) * VRRP_NS_PER_S;
	s.mark.offset_ns = s.clock.offset_ns + (int8_t)fuzz_take(&in, 1) * (int64_t)VRRP_NS_PER_S;
	s.instance.hmac_ahead_s = flags & 32 ? HMAC_AHEAD / 10 : 0;
	s.instance.hmac_heard_ns = flags & 64 ? s.mark.offset_ns : 0;
	s.instance.hmac_behind_ns = flags & 128 ? 1 : 0;
	s.m.state = fuzz_take(&in, 4);
	return s;
}

static const struct vrrp_hmac_key *find_key(uint8_t id)
{
	static struct vrrp_hmac_key keys[sizeof(hmac_key_rows) / sizeof(hmac_key_rows[0])];
	uint8_t bytes[SIGNED_KEY_LEN];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (hmac_key_rows[i].id != id)
			continue;
		signed_key(hmac_key_rows[i].key, bytes);
		hmac_sha256_key(bytes, sizeof(bytes), &keys[i]);
		return &keys[i];
	}
	return NULL;
}

/* What nettle says of the trailer at message + need. */
static bool is_signed(const uint8_t *message, size_t need, const struct vrrp_advert *advert)
{
	uint8_t pseudo[20] = {advert->family, advert->version, advert->vrid};
	uint8_t copy[FRAME_MAX], key[SIGNED_KEY_LEN], digest[16];
	const uint8_t *trailer = message + need;

	for (size_t i = 0; i < sizeof(hmac_key_rows) / sizeof(hmac_key_rows[0]); i++) {
		if (hmac_key_rows[i].id == trailer[1])
			signed_key(hmac_key_rows[i].key, key);
	}
	memcpy(pseudo + 4, advert->source.b, 16);
	memcpy(copy, message, need + 12);
	frame_put16(copy + 6, 0);
	signed_digest(key, sizeof(key), pseudo, copy, need + 12, digest);
	return memcmp(digest, trailer + 12, 16) == 0;
}

/* Signed time before our wall clock, in ns. */
static int64_t lead_ns(const struct scene *s)
{
	int64_t lead = s->instance.hmac_heard_ns - s->clock.offset_ns;

	return lead > 0 && lead <= s->instance.hmac_ahead_s * (int64_t)VRRP_NS_PER_S ? lead : 0;
}

static int64_t age_s(const struct scene *s, const uint8_t *trailer, int64_t lead)
{
	uint64_t real_ns = STAMP_NS + s->clock.offset_ns + lead;
	uint32_t seconds = (uint32_t)frame_get16(trailer + 4) << 16 | frame_get16(trailer + 6);

	return (int32_t)((uint32_t)(real_ns / VRRP_NS_PER_S) - seconds);
}

/* A signature that is there: what it must be to count, and that it does where nothing is wrong. */
static void check_verdict(const struct scene *s, const uint8_t *message, size_t need,
			  const struct vrrp_advert *advert, enum vrrp_verdict verdict,
			  uint64_t sequence)
{
	const uint8_t *trailer = message + need;
	uint16_t window_s = s->instance.rules.hmac_window_s;
	bool known = find_key(trailer[1]), good = known && is_signed(message, need, advert);
	int64_t age = age_s(s, trailer, lead_ns(s)), real_age = age_s(s, trailer, 0);
	bool clock = s->clock.read_ns;
	bool in_time = clock && age <= window_s && age >= -(int64_t)window_s;
	/* A fraction of a second may be beyond what is allowed. */
	bool maybe_ahead = clock && age < 0 && -real_age <= s->instance.hmac_ahead_s;
	bool ahead = maybe_ahead && -real_age < s->instance.hmac_ahead_s;
	bool by_wall = clock && s->instance.hmac_behind_ns && real_age <= window_s &&
		       real_age >= -(int64_t)window_s;
	bool after = !s->has_mark || (int64_t)(sequence - s->mark.sequence) > 0;

	switch (verdict) {
	case VRRP_VERDICT_VALID:
		REQUIRE(good && (in_time || maybe_ahead || by_wall || s->has_mark));
		break;
	case VRRP_VERDICT_HMAC_KEY:
		REQUIRE(!known);
		break;
	case VRRP_VERDICT_HMAC_STALE:
		REQUIRE(known && !in_time && !ahead);
		break;
	case VRRP_VERDICT_HMAC_DIGEST:
		REQUIRE(known && !good);
		break;
	case VRRP_VERDICT_HMAC_REPLAY:
		REQUIRE(good && !after);
		break;
	default:
		REQUIRE(!"a verdict of the trailer");
	}
	if (good && (in_time || ahead) && after)
		REQUIRE(verdict == VRRP_VERDICT_VALID);
}

static enum vrrp_verdict check(struct scene *s, const uint8_t *frame, size_t length,
			       const struct vrrp_advert *advert, struct vrrp_signature *signature)
{
	struct vrrp_hmac_mark next = {0}, before = s->mark;
	enum vrrp_verdict verdict;

	verdict = vrrp_hmac_check(frame, frame + length, &s->instance, advert, signature,
				  find_key(signature->key_id), s->has_mark ? &s->mark : NULL,
				  &s->clock, &next);
	if (verdict != VRRP_VERDICT_VALID) {
		/* What does not count moves no mark. */
		REQUIRE(memcmp(&s->mark, &before, sizeof(before)) == 0 && !next.stamp_ns);
		return verdict;
	}
	if (!s->has_mark)
		s->mark = next;
	s->has_mark = true;
	REQUIRE(s->mark.sequence == signature->sequence);
	REQUIRE(s->mark.stamp_ns == advert->stamp_ns);
	return verdict;
}

/* Accepted once, it is not accepted again: at no later time, and by no clock. */
static void check_replays(struct scene *s, const uint8_t *frame, size_t length,
			  struct vrrp_advert *advert, struct vrrp_signature *signature)
{
	for (int i = 0; i < 8; i++) {
		REQUIRE(check(s, frame, length, advert, signature) != VRRP_VERDICT_VALID);
		advert->stamp_ns += mutate_random(&s->m, 8) * VRRP_NS_PER_S;
		s->clock.offset_ns +=
			((int64_t)mutate_random(&s->m, 17) - 8) * (int64_t)VRRP_NS_PER_S;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buffer[FRAME_MAX], *frame;
	struct vrrp_advert advert = {.stamp_ns = STAMP_NS};
	struct vrrp_signature signature = {0};
	struct vrrp_place place = {0};
	enum vrrp_verdict verdict;
	size_t length, need, there;
	struct scene s, was;

	if (size < HEAD || size > FRAME_MAX)
		return 0;
	s = read_head(data);
	length = size - HEAD;
	memcpy(buffer, data + HEAD, length);
	if (s.sign)
		length = signed_mutate(&s.m, buffer, length, FRAME_MAX, HMAC_NOW,
				       mutate_random(&s.m, 65536));
	frame = fuzz_exact(buffer, length);
	verdict = vrrp_locate(frame, frame + length, &advert, &place);
	if (verdict == VRRP_VERDICT_VALID)
		verdict = vrrp_check(frame, frame + length, &place, NULL, NULL, NULL, &advert);
	if (verdict != VRRP_VERDICT_VALID)
		goto out;

	need = 8 + advert.address_count * (advert.family == 4 ? 4 : 16) +
	       (advert.version == 2 ? 8 : 0);
	there = place.length - need;
	verdict = vrrp_hmac_read(frame, frame + length, &place, s.instance.rules.hmac_mode, &advert,
				 &signature);
	REQUIRE(verdict == VRRP_VERDICT_VALID || !signature.present || there == SIGNED_TRAILER);
	if (there < SIGNED_TRAILER) {
		REQUIRE(!signature.present);
		REQUIRE(verdict == (s.instance.rules.hmac_mode == VRRP_HMAC_ENFORCE
					    ? VRRP_VERDICT_HMAC_MISSING
					    : VRRP_VERDICT_VALID));
	} else if (there > SIGNED_TRAILER || frame[place.offset + need] != 1 ||
		   frame_get16(frame + place.offset + need + 2)) {
		REQUIRE(verdict == VRRP_VERDICT_HMAC_MALFORMED);
	} else {
		REQUIRE(verdict == VRRP_VERDICT_VALID && signature.present);
		was = s;
		verdict = check(&s, frame, length, &advert, &signature);
		check_verdict(&was, frame + place.offset, need, &advert, verdict,
			      signature.sequence);
		if (verdict == VRRP_VERDICT_VALID)
			check_replays(&s, frame, length, &advert, &signature);
	}
	REQUIRE(memcmp(frame, buffer, length) == 0);
out:
	fuzz_exact_free(frame, length);
	return 0;
}

/* Half of the changes know what a frame is. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct mutator m = {.state = seed};

	if (size < HEAD || mutate_random(&m, 2))
		return LLVMFuzzerMutate(data, size, max_size);
	if (!mutate_random(&m, 4))
		data[mutate_random(&m, HEAD)] = mutate_byte(&m);
	return HEAD + mutate_frame(&m, data + HEAD, size - HEAD, max_size - HEAD);
}
