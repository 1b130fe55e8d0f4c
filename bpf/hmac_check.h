/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The authentication trailer: what is signed, and does a signed advert count? These steps follow
 * after advert_check.h has found the advert VALID, in this order. The cheapest comes first, and no
 * digest is computed for a stale capture (docs/protocol.md, Authentication):
 *
 *   vrrp_hmac_read()    is there a trailer, and of a known form?       -> MISSING, MALFORMED
 *   vrrp_hmac_fresh()   by a known key, and within the window?         -> KEY, STALE
 *   vrrp_hmac_begin(), then vrrp_hmac_block() until vrrp_hmac_done()
 *   vrrp_hmac_compare() is the digest right?                           -> DIGEST
 *   vrrp_hmac_behind()  dated behind signed time, and right otherwise? -> STALE
 *   vrrp_hmac_move()    after the source's mark, which moves on?       -> REPLAY
 *   vrrp_hmac_follow()  signed time follows what was accepted
 *
 * Pure except for the mark, which is moved by compare-and-swap, and for the words of signed time in
 * the instance. The caller looks up keys, marks and the clock. Includes include/ and its neighbours
 * only, so that the same code runs in the XDP program, in socket mode and in the tests.
 * core/vrrp/advert.c signs adverts by vrrp_hmac_begin() and vrrp_hmac_block().
 *
 * Signed time is a hybrid logical clock: the later of our CLOCK_REALTIME and the latest time stamp
 * that was accepted plus what has passed since on CLOCK_MONOTONIC. It may be ahead of our
 * CLOCK_REALTIME by hmac_ahead_s at most; a larger lead does not count at all. A host signs and
 * judges by signed time. So a host whose wall clock is behind (a guest that was paused) believes
 * its peer, and after the first advert of the peer, the peer believes it, too. Adverts that are
 * dated behind signed time stay refused.
 *
 * If the wall clock of a host was too far ahead and is put right, a time stamp of it that was
 * accepted lies in its future. If that host is not one of ours (keepalived signs by its wall clock
 * alone), it does not follow signed time, and would be refused for good. Therefore we give the lead
 * up when such adverts have come for as long as the lead and two windows, and none was accepted
 * meanwhile. Captures do not last that long, because the youngest capture that our wall clock takes
 * for fresh is older than the lead less a window.
 *
 * A source that was accepted within the last window is also fresh by the clock by which it was
 * accepted then, carried on by CLOCK_MONOTONIC, so that a step of our own clock does not silence a
 * master. The mark of a source holds for the same time, and for as long as it lies in the window.
 * Then the mark expires, because otherwise a source whose clock was set back would be locked out
 * for good.
 */
#ifndef HMAC_CHECK_H
#define HMAC_CHECK_H

#include "advert_check.h"
#include "hmac_sha256.h"
#include "judge.h"

#define VRRP_HMAC_PSEUDO_WORDS 5
#define VRRP_HMAC_BITS         32 /* of a word */
/* Rounds of vrrp_hmac_block() for the longest message, the outer one included. */
#define VRRP_HMAC_MAX_ROUNDS 67
/* How often vrrp_hmac_move() tries at most. It tries again if another CPU has moved the mark, which
 * then has moved on. */
#define VRRP_HMAC_SWAPS 8

/* Hides a value from the compiler, which could use it to decide early. */
#define VRRP_HMAC_BLIND(x) __asm__ volatile("" : "+r"(x))

/* How the time stamp of an advert relates to signed time. */
enum vrrp_hmac_dated {
	VRRP_HMAC_DATED_NOW = 0,    /* within the window */
	VRRP_HMAC_DATED_AHEAD = 1,  /* after it, and no further than hmac_ahead_s allows */
	VRRP_HMAC_DATED_BEHIND = 2, /* before it, and within the window by our wall clock */
};

/* A trailer as it was read, and where the frame has the words that it signs. */
struct vrrp_signature {
	__u64 sequence;
	__u32 hmac[VRRP_HMAC_LEN / 4];
	__u16 offset; /* of the message in the frame */
	__u16 words;  /* signed words there: the message, and the trailer's stamp right behind it */
	__u8 key_id;
	__u8 present;
	__u8 dated; /* enum vrrp_hmac_dated, by vrrp_hmac_fresh() */
	__u8 zero;
};

/* A digest that is being computed. */
struct vrrp_hmac_run {
	__u32 state[8]; /* before the first block: the pseudo-header */
	__u32 word[16];
	__u16 offset, words;
	__u16 block, blocks;
};

VRRP_INLINE __u32 vrrp_hmac_seconds(__u64 sequence)
{
	return sequence >> 32;
}

/* Is a after b? Uses serial arithmetic (RFC 1982), because the seconds will wrap. */
VRRP_INLINE int vrrp_hmac_after(__u64 a, __u64 b)
{
	return (__s64)(a - b) > 0;
}

/* Is the time stamp within the window around this realtime? Counts in whole seconds, as the peers
 * do. */
VRRP_INLINE int vrrp_hmac_within(__u64 sequence, __u64 real_ns, __u16 window_s)
{
	__s32 age = (__s32)((__u32)(real_ns / VRRP_NS_PER_S) - vrrp_hmac_seconds(sequence));

	return age <= (__s32)window_s && age >= -(__s32)window_s;
}

/* Returns the time stamp minus the realtime, in ns. */
VRRP_INLINE __s64 vrrp_hmac_skew(__u64 sequence, __u64 real_ns)
{
	__s32 seconds = (__s32)(vrrp_hmac_seconds(sequence) - (__u32)(real_ns / VRRP_NS_PER_S));
	__u64 fraction = (sequence >> 16 & 0xffff) * VRRP_NS_PER_S >> 16;

	return seconds * (__s64)VRRP_NS_PER_S + (__s64)fraction - (__s64)(real_ns % VRRP_NS_PER_S);
}

/*
 * Read the trailer behind a VALID message. Returns VALID if there is a trailer to be verified
 * (ret->present), or if there is none and the mode accepts that. Bytes beyond the trailer are
 * refused as malformed, because no signature covers them.
 */
VRRP_INLINE enum vrrp_verdict vrrp_hmac_read(const __u8 *data, const __u8 *end,
					     const struct vrrp_place *place, __u8 mode,
					     const struct vrrp_advert *advert,
					     struct vrrp_signature *ret)
{
	__u32 need = vrrp_message_length(advert), offset = place->offset & VRRP_MAX_OFFSET;
	const __u8 *p;

	ret->present = 0;
	if (mode == VRRP_HMAC_OFF)
		return VRRP_VERDICT_VALID;
	if (place->length < need + VRRP_TRAILER_LEN)
		return mode == VRRP_HMAC_ENFORCE ? VRRP_VERDICT_HMAC_MISSING : VRRP_VERDICT_VALID;
	if (place->length > need + VRRP_TRAILER_LEN)
		return VRRP_VERDICT_HMAC_MALFORMED;
	ret->present = 1;
	ret->offset = offset;
	ret->words = (need + VRRP_TRAILER_STAMP) / 4;
	need += offset;
	vrrp_opaque(need);
	p = data + (need & VRRP_FRAME_MASK);
	if (p + VRRP_TRAILER_LEN > end)
		return VRRP_VERDICT_TRUNCATED;
	if (p[0] != VRRP_HMAC_TYPE_SHA256 || vrrp_load16(p + 2))
		return VRRP_VERDICT_HMAC_MALFORMED;
	ret->key_id = p[1];
	ret->sequence = (__u64)vrrp_be32(vrrp_load32(p + 4)) << 32 | vrrp_be32(vrrp_load32(p + 8));
	for (int i = 0; i < VRRP_HMAC_LEN / 4; i++)
		ret->hmac[i] = vrrp_be32(vrrp_load32(p + VRRP_TRAILER_STAMP + 4 * i));
	return VRRP_VERDICT_VALID;
}

/* Was the mark's source accepted within the last window? */
VRRP_INLINE int vrrp_hmac_live(const struct vrrp_hmac_mark *mark, __u64 stamp_ns, __u16 window_s)
{
	__u64 last_ns = VRRP_READ_ONCE(mark->stamp_ns);

	return (__s64)(stamp_ns - last_ns) <= (__s64)(window_s * VRRP_NS_PER_S);
}

VRRP_INLINE __s64 vrrp_hmac_window_ns(const struct vrrp_instance *instance)
{
	return (__s64)(VRRP_READ_ONCE(instance->rules.hmac_window_s) * VRRP_NS_PER_S);
}

VRRP_INLINE __s64 vrrp_hmac_ahead_ns(const struct vrrp_instance *instance)
{
	return (__s64)(VRRP_READ_ONCE(instance->hmac_ahead_s) * VRRP_NS_PER_S);
}

/* Does a clock count as signed time? It must be ahead of our wall clock, by hmac_ahead_s at most.
 * All times here are offsets to CLOCK_MONOTONIC. */
VRRP_INLINE int vrrp_hmac_leads(const struct vrrp_instance *instance, __s64 offset_ns,
				__s64 real_ns)
{
	return offset_ns > real_ns && offset_ns - real_ns <= vrrp_hmac_ahead_ns(instance);
}

/* Returns the signed time by which adverts are judged, minus CLOCK_MONOTONIC. */
VRRP_INLINE __s64 vrrp_hmac_judges_by(const struct vrrp_instance *instance,
				      const struct vrrp_hmac_clock *clock)
{
	__s64 real_ns = VRRP_READ_ONCE(clock->offset_ns);
	__s64 heard_ns = VRRP_READ_ONCE(instance->hmac_heard_ns);

	return vrrp_hmac_leads(instance, heard_ns, real_ns) ? heard_ns : real_ns;
}

/* Returns the signed time by which we sign, minus CLOCK_MONOTONIC. It is no earlier than what we
 * signed by before, because a peer knows our earlier adverts, and its wall clock may be the right
 * one. */
VRRP_INLINE __s64 vrrp_hmac_signs_by(const struct vrrp_instance *instance,
				     const struct vrrp_hmac_clock *clock)
{
	__s64 offset_ns = vrrp_hmac_judges_by(instance, clock);
	__s64 own_ns = VRRP_READ_ONCE(instance->hmac_own_ns);

	return own_ns > offset_ns &&
			       vrrp_hmac_leads(instance, own_ns, VRRP_READ_ONCE(clock->offset_ns))
		       ? own_ns
		       : offset_ns;
}

/*
 * Check key and freshness. key and mark are what was found for the signature, or NULL; stamp_ns is
 * the arrival of the advert. Returns HMAC_KEY, HMAC_STALE or VALID. A VALID advert counts if its
 * digest is right; if it is dated BEHIND, vrrp_hmac_behind() decides after that. *ret_offset_ns is
 * the clock by which the advert is fresh, minus CLOCK_MONOTONIC. An advert that is too old by all
 * clocks, or too far ahead, costs no digest.
 */
VRRP_INLINE enum vrrp_verdict
vrrp_hmac_fresh(const struct vrrp_instance *instance, struct vrrp_signature *signature,
		const struct vrrp_hmac_key *key, const struct vrrp_hmac_mark *mark,
		const struct vrrp_hmac_clock *clock, __u64 stamp_ns, __s64 *ret_offset_ns)
{
	__u16 window_s = VRRP_READ_ONCE(instance->rules.hmac_window_s);
	__s64 real_ns = VRRP_READ_ONCE(clock->offset_ns);
	__s64 signed_ns = vrrp_hmac_judges_by(instance, clock), mark_ns, skew_ns;
	int has_clock = VRRP_READ_ONCE(clock->read_ns) != 0;

	signature->dated = VRRP_HMAC_DATED_NOW;
	if (!key)
		return VRRP_VERDICT_HMAC_KEY;
	*ret_offset_ns = signed_ns;
	if (has_clock && vrrp_hmac_within(signature->sequence, stamp_ns + signed_ns, window_s))
		return VRRP_VERDICT_VALID;
	if (mark && vrrp_hmac_live(mark, stamp_ns, window_s)) {
		mark_ns = VRRP_READ_ONCE(mark->offset_ns);
		*ret_offset_ns = mark_ns;
		if (vrrp_hmac_within(signature->sequence, stamp_ns + mark_ns, window_s))
			return VRRP_VERDICT_VALID;
	}
	*ret_offset_ns = signed_ns;
	if (!has_clock)
		return VRRP_VERDICT_HMAC_STALE;
	skew_ns = vrrp_hmac_skew(signature->sequence, stamp_ns + real_ns);
	if (real_ns + skew_ns > signed_ns &&
	    vrrp_hmac_leads(instance, real_ns + skew_ns, real_ns)) {
		*ret_offset_ns = real_ns + skew_ns;
		signature->dated = VRRP_HMAC_DATED_AHEAD;
		return VRRP_VERDICT_VALID;
	}
	if (signed_ns != real_ns &&
	    vrrp_hmac_within(signature->sequence, stamp_ns + real_ns, window_s)) {
		signature->dated = VRRP_HMAC_DATED_BEHIND;
		return VRRP_VERDICT_VALID;
	}
	return VRRP_VERDICT_HMAC_STALE;
}

/* Start a digest over the `words` words at `offset` of a frame. */
VRRP_INLINE void vrrp_hmac_begin(struct vrrp_hmac_run *run, __u8 family, __u8 version, __u8 vrid,
				 const struct vrrp_addr *source, __u16 offset, __u16 words)
{
	run->state[0] = (__u32)family << 24 | (__u32)version << 16 | (__u32)vrid << 8;
	for (int i = 0; i < 4; i++)
		run->state[1 + i] = vrrp_be32(vrrp_load32(source->b + 4 * i));
	run->offset = offset;
	run->words = words;
	run->block = 0;
	/* Behind the signed words there are four words of zero for the digest itself, then
	 * SHA-256's own padding: one word for its first bit, and two for the length. */
	run->blocks = (VRRP_HMAC_PSEUDO_WORDS + words + VRRP_HMAC_LEN / 4 + 3 + 15) / 16;
}

VRRP_INLINE int vrrp_hmac_done(const struct vrrp_hmac_run *run)
{
	return run->block > run->blocks;
}

/* Get word `index` of what is signed in the frame and of the padding behind it. It tells these two
 * apart without a branch: with a branch for each word, the verifier would walk through all their
 * combinations. Returns 0, or -1 if the frame ends before. */
VRRP_INLINE int vrrp_hmac_word(const __u8 *data, const __u8 *end, const struct vrrp_hmac_run *run,
			       __u32 index, volatile __u32 *ret_word)
{
	/* All ones within the signed words. */
	__u32 signed_mask = 0 - (__u32)(((__u64)index - run->words) >> 63);
	__u32 at = (run->offset + (4 * index & signed_mask)) & VRRP_FRAME_MASK;
	__u32 behind = index - run->words - VRRP_HMAC_LEN / 4;
	const __u8 *p = data + at;

	if (p + 4 > end)
		return -1;
	/* The first bit of the padding: 0x80000000 where behind is 0, else 0. */
	*ret_word = (vrrp_be32(vrrp_load32(p)) & signed_mask) |
		    ((behind - 1) & ~behind & 0x80000000 & ~signed_mask);
	return 0;
}

/* Fill run->word with the next block to be compressed; behind the last block this is the outer
 * hash. Returns 0, or -1 if the frame is shorter than it was said to be. */
VRRP_INLINE int vrrp_hmac_fill(const __u8 *data, const __u8 *end, struct vrrp_hmac_run *run,
			       const struct vrrp_hmac_key *key)
{
	volatile __u32 *word = run->word;
	__u32 block = run->block;

	if (block >= run->blocks) {
		for (int i = 0; i < 8; i++)
			word[i] = run->state[i];
		word[8] = 0x80000000;
		for (int i = 9; i < 15; i++)
			word[i] = 0;
		word[15] = (16 + 8) * VRRP_HMAC_BITS;
	} else {
		/* This wraps for the words of the pseudo-header. They are put in below. */
		__u32 first = block * 16 - VRRP_HMAC_PSEUDO_WORDS;

		for (__u32 i = 0; i < 16; i++) {
			if (vrrp_hmac_word(data, end, run, first + i, &word[i]))
				return -1;
		}
		if (block == 0) {
			for (int i = 0; i < VRRP_HMAC_PSEUDO_WORDS; i++)
				word[i] = run->state[i];
			word[VRRP_HMAC_PSEUDO_WORDS + 1] &= 0xffff0000; /* the checksum */
		}
		if (block + 1 == run->blocks)
			word[15] = (16 + VRRP_HMAC_PSEUDO_WORDS + run->words + VRRP_HMAC_LEN / 4) *
				   VRRP_HMAC_BITS;
	}
	if (block == 0 || block >= run->blocks) {
		const __u32 *state = block ? key->outer : key->inner;

		for (int i = 0; i < 8; i++)
			run->state[i] = state[i];
	}
	run->block = block + 1;
	return 0;
}

/* Compute one block. Returns 0 or -1 as vrrp_hmac_fill() does. */
VRRP_INLINE int vrrp_hmac_block(const __u8 *data, const __u8 *end, struct vrrp_hmac_run *run,
				const struct vrrp_hmac_key *key)
{
	if (vrrp_hmac_fill(data, end, run, key))
		return -1;
	sha256_compress(run->state, run->word);
	return 0;
}

/* Note for `status` how far off the clock of a source is whose advert was stale. Anybody may have
 * sent that advert. */
VRRP_INLINE void vrrp_hmac_note_stale(struct vrrp_instance *instance,
				      const struct vrrp_hmac_mark *next)
{
	VRRP_WRITE_ONCE(instance->hmac_stale_ns, next->skew_ns);
	VRRP_WRITE_ONCE(instance->hmac_stale_at_ns, next->stamp_ns);
}

/*
 * Call it when the digest of an advert is right; next is what its mark is to be. If the advert is
 * dated BEHIND, and such adverts have come for long enough, the lead is given up: the advert is
 * fresh by our wall clock (next->offset_ns), and VALID. If they have not come for long enough, the
 * advert is STALE, and noted as such. All other adverts are VALID.
 */
VRRP_INLINE enum vrrp_verdict vrrp_hmac_behind(struct vrrp_instance *instance,
					       const struct vrrp_signature *signature,
					       const struct vrrp_hmac_clock *clock,
					       struct vrrp_hmac_mark *next)
{
	__s64 real_ns = VRRP_READ_ONCE(clock->offset_ns);
	__s64 lead_ns = VRRP_READ_ONCE(instance->hmac_heard_ns) - real_ns;
	__u64 since_ns = VRRP_READ_ONCE(instance->hmac_behind_ns);

	if (signature->dated != VRRP_HMAC_DATED_BEHIND)
		return VRRP_VERDICT_VALID;
	if (since_ns &&
	    (__s64)(next->stamp_ns - since_ns) > lead_ns + 2 * vrrp_hmac_window_ns(instance)) {
		VRRP_WRITE_ONCE(instance->hmac_heard_ns, 0);
		next->offset_ns = real_ns;
		return VRRP_VERDICT_VALID;
	}
	if (!since_ns)
		VRRP_WRITE_ONCE(instance->hmac_behind_ns, next->stamp_ns);
	vrrp_hmac_note_stale(instance, next);
	return VRRP_VERDICT_HMAC_STALE;
}

/* Let signed time follow an advert that was accepted; next is its mark. If the advert is dated
 * behind the time that we sign by, its sender refuses what we sign, so the lead that is only ours
 * is given up. If another CPU writes an earlier time at the same moment, the next advert puts it
 * right. */
VRRP_INLINE void vrrp_hmac_follow(struct vrrp_instance *instance,
				  const struct vrrp_hmac_clock *clock,
				  const struct vrrp_hmac_mark *next)
{
	__s64 real_ns = VRRP_READ_ONCE(clock->offset_ns), offset_ns = real_ns + next->skew_ns;
	__s64 heard_ns = VRRP_READ_ONCE(instance->hmac_heard_ns);
	__s64 ahead_ns = vrrp_hmac_ahead_ns(instance);

	if (next->skew_ns <= ahead_ns && (offset_ns > heard_ns || heard_ns - real_ns > ahead_ns))
		VRRP_WRITE_ONCE(instance->hmac_heard_ns, offset_ns);
	if (VRRP_READ_ONCE(instance->hmac_own_ns) > offset_ns + vrrp_hmac_window_ns(instance))
		VRRP_WRITE_ONCE(instance->hmac_own_ns, 0);
	if (VRRP_READ_ONCE(instance->hmac_behind_ns))
		VRRP_WRITE_ONCE(instance->hmac_behind_ns, 0);
}

/* Move the mark on, unless it holds against this advert. Returns VALID or HMAC_REPLAY. */
VRRP_INLINE enum vrrp_verdict vrrp_hmac_move(struct vrrp_hmac_mark *mark,
					     const struct vrrp_hmac_mark *next, __u16 window_s)
{
	for (int i = 0; i < VRRP_HMAC_SWAPS; i++) {
		__u64 last = VRRP_READ_ONCE(mark->sequence);
		int holds = vrrp_hmac_live(mark, next->stamp_ns, window_s) ||
			    vrrp_hmac_within(last, next->stamp_ns + next->offset_ns, window_s);

		if (holds && !vrrp_hmac_after(next->sequence, last))
			break;
		if (VRRP_SWAP(mark->sequence, last, next->sequence)) {
			VRRP_WRITE_ONCE(mark->offset_ns, next->offset_ns);
			VRRP_WRITE_ONCE(mark->skew_ns, next->skew_ns);
			VRRP_WRITE_ONCE(mark->stamp_ns, next->stamp_ns);
			return VRRP_VERDICT_VALID;
		}
	}
	return VRRP_VERDICT_HMAC_REPLAY;
}

/* Is the digest right? Compares in constant time. Returns VALID or HMAC_DIGEST. */
VRRP_INLINE enum vrrp_verdict vrrp_hmac_compare(const struct vrrp_hmac_run *run,
						const struct vrrp_signature *signature)
{
	__u32 differ = 0;

	for (int i = 0; i < VRRP_HMAC_LEN / 4; i++) {
		differ |= run->state[i] ^ signature->hmac[i];
		VRRP_HMAC_BLIND(differ);
	}
	return differ ? VRRP_VERDICT_HMAC_DIGEST : VRRP_VERDICT_VALID;
}

/* Returns what the mark is to be once the digest is known to be right. offset_ns comes from
 * vrrp_hmac_fresh(). */
VRRP_INLINE struct vrrp_hmac_mark vrrp_hmac_next(const struct vrrp_signature *signature,
						 const struct vrrp_hmac_clock *clock,
						 __u64 stamp_ns, __s64 offset_ns)
{
	return (struct vrrp_hmac_mark){
		.sequence = signature->sequence,
		.stamp_ns = stamp_ns,
		.offset_ns = offset_ns,
		.skew_ns = vrrp_hmac_skew(signature->sequence,
					  stamp_ns + VRRP_READ_ONCE(clock->offset_ns)),
	};
}

#ifndef __bpf__
/*
 * All steps but the look-ups, for callers that need not pass the verifier. Call it after
 * vrrp_hmac_read() has found a signature. key is the key of signature->key_id in the instance's
 * slot, and mark is the mark of (slot, advert->source); each is NULL if there is none. If mark is
 * NULL and the verdict is VALID, the caller must keep *ret_mark as the mark.
 */
static inline enum vrrp_verdict
vrrp_hmac_check(const __u8 *data, const __u8 *end, struct vrrp_instance *instance,
		const struct vrrp_advert *advert, struct vrrp_signature *signature,
		const struct vrrp_hmac_key *key, struct vrrp_hmac_mark *mark,
		const struct vrrp_hmac_clock *clock, struct vrrp_hmac_mark *ret_mark)
{
	__u16 window_s = instance->rules.hmac_window_s;
	struct vrrp_hmac_run run;
	struct vrrp_hmac_mark next;
	enum vrrp_verdict verdict;
	__s64 offset_ns = 0;

	verdict = vrrp_hmac_fresh(instance, signature, key, mark, clock, advert->stamp_ns,
				  &offset_ns);
	next = vrrp_hmac_next(signature, clock, advert->stamp_ns, offset_ns);
	if (verdict == VRRP_VERDICT_HMAC_STALE)
		vrrp_hmac_note_stale(instance, &next);
	if (verdict != VRRP_VERDICT_VALID)
		return verdict;
	vrrp_hmac_begin(&run, advert->family, advert->version, advert->vrid, &advert->source,
			signature->offset, signature->words);
	while (!vrrp_hmac_done(&run)) {
		if (vrrp_hmac_block(data, end, &run, key))
			return VRRP_VERDICT_HMAC_DIGEST;
	}
	verdict = vrrp_hmac_compare(&run, signature);
	if (verdict != VRRP_VERDICT_VALID)
		return verdict;
	verdict = vrrp_hmac_behind(instance, signature, clock, &next);
	if (verdict == VRRP_VERDICT_VALID && mark)
		verdict = vrrp_hmac_move(mark, &next, window_s);
	if (verdict != VRRP_VERDICT_VALID)
		return verdict;
	if (!mark)
		*ret_mark = next;
	vrrp_hmac_follow(instance, clock, &next);
	return VRRP_VERDICT_VALID;
}
#endif

#endif
