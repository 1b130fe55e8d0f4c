/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signed adverts and what must be said of them, for the checks on the host (unit/test_hmac) and for
 * the program in the kernel (bpf/test_hmac): the same lines must give the same answers. All by the
 * rules of one instance, with keys 1 and 2 (and 200), a window of 5 s, and a clock that stands at
 * HMAC_NOW. Signed time may be 600 s before it.
 */
#ifndef TESTS_HMAC_ROWS_H
#define TESTS_HMAC_ROWS_H

#include "frame_rows.h"
#include "signed.h"

#define HMAC_NOW    1800000000LL /* s since 1970 */
#define HMAC_WINDOW 5
#define HMAC_AHEAD  600 /* of the instance: hmac_ahead_s */

struct hmac_row {
	const char *desc;
	struct frame_spec frame;
	struct signature_spec sign;
	bool is_unsigned;
	enum vrrp_hmac_mode mode; /* ENFORCE */
	enum vrrp_verdict verdict;
	bool unicast;
	enum vrrp_checksum only; /* the rules accept this form only */
};

/* Key ids and which key they name. */
struct hmac_key_row {
	uint8_t id;
	int key;
};

static const struct hmac_key_row hmac_key_rows[] = {{1, 0}, {2, 1}, {200, 2}};

#define MODE(x)  .mode = VRRP_HMAC_##x
#define UNSIGNED .is_unsigned = true
#define IS(x)    .verdict = VRRP_VERDICT_##x
#define HMAC(x)  .verdict = VRRP_VERDICT_HMAC_##x

static const struct hmac_row hmac_rows[] = {
	/* Sound ones. */
	{"v3 IPv4", IS(VALID)},
	{"v3 IPv4, checksum of the message alone", {.checksum = VRRP_CHECKSUM_RFC9568}, IS(VALID)},
	{"v3 IPv4, that form only",
	 {.checksum = VRRP_CHECKSUM_RFC9568},
	 .only = VRRP_CHECKSUM_RFC9568,
	 IS(VALID)},
	{"v2", {V2}, IS(VALID)},
	{"v2 without an address", {V2, .count = FRAME_ZERO}, IS(VALID)},
	{"v2, data in the 8 bytes of authentication: signed as well",
	 {V2, .auth = "whatever"},
	 IS(VALID)},
	{"v3 IPv6, trailer within the checksum", {IP6, .trailer_summed = true}, IS(VALID)},
	{"v3 IPv6, trailer outside of the checksum", {IP6}, IS(VALID)},
	{"unicast", {UNICAST4}, .unicast = true, IS(VALID)},
	{"IPv6 unicast", {IP6, UNICAST6, .trailer_summed = true}, .unicast = true, IS(VALID)},
	{"v2 unicast", {V2, UNICAST4}, .unicast = true, IS(VALID)},
	{"priority 0", {.priority = FRAME_ZERO}, IS(VALID)},
	{"VRID 255, priority 255", {.vrid = 255, .priority = 255}, IS(VALID)},
	{"the other key", {}, {.key = 1, .key_id = 2}, IS(VALID)},
	{"a third one", {}, {.key = 2, .key_id = 200}, IS(VALID)},
	{"a fraction and a counter", {}, {.fraction = 0xffff, .counter = 0xffff}, IS(VALID)},
	{"receive-only, signed", MODE(RECEIVE_ONLY), IS(VALID)},
	{"permissive, signed", MODE(PERMISSIVE), IS(VALID)},

	/* Every number of words in the last block, and long lists. */
	{"2 addresses", {.count = 2}, IS(VALID)},
	{"3 addresses", {.count = 3}, IS(VALID)},
	{"4 addresses", {.count = 4}, IS(VALID)},
	{"5 addresses", {.count = 5}, IS(VALID)},
	{"6 addresses", {.count = 6}, IS(VALID)},
	{"7 addresses", {.count = 7}, IS(VALID)},
	{"8 addresses", {.count = 8}, IS(VALID)},
	{"9 addresses", {.count = 9}, IS(VALID)},
	{"10 addresses", {.count = 10}, IS(VALID)},
	{"11 addresses", {.count = 11}, IS(VALID)},
	{"12 addresses", {.count = 12}, IS(VALID)},
	{"13 addresses", {.count = 13}, IS(VALID)},
	{"14 addresses", {.count = 14}, IS(VALID)},
	{"15 addresses", {.count = 15}, IS(VALID)},
	{"16 addresses", {.count = 16}, IS(VALID)},
	{"17 addresses", {.count = 17}, IS(VALID)},
	{"255 addresses", {.count = 255}, IS(VALID)},
	{"v2, 255 addresses", {V2, .count = 255}, IS(VALID)},
	{"IPv6, 20 addresses", {IP6, .count = 20, .trailer_summed = true}, IS(VALID)},
	{"IPv6, 89 addresses: a full frame", {IP6, .count = 89, .trailer_summed = true}, IS(VALID)},
	{"IPv6, 200 addresses, a jumbo frame",
	 {IP6, .count = 200, .trailer_summed = true},
	 IS(VALID)},

	/* No trailer, or none that is known. */
	{"unsigned", UNSIGNED, HMAC(MISSING)},
	{"unsigned, v2", {V2}, UNSIGNED, HMAC(MISSING)},
	{"unsigned, IPv6", {IP6}, UNSIGNED, HMAC(MISSING)},
	{"unsigned, permissive", UNSIGNED, MODE(PERMISSIVE), IS(VALID)},
	{"unsigned, receive-only", UNSIGNED, MODE(RECEIVE_ONLY), IS(VALID)},
	{"unsigned, padded by Ethernet to a trailer's length",
	 {.pad_to = 14 + 20 + 12 + 28},
	 UNSIGNED,
	 HMAC(MISSING)},
	{"the same, permissive",
	 {.pad_to = 14 + 20 + 12 + 28},
	 UNSIGNED,
	 MODE(PERMISSIVE),
	 IS(VALID)},
	{"signed, and padded by Ethernet", {.pad_to = 120}, IS(VALID)},
	{"IPv6, signed, and padded by Ethernet",
	 {IP6, .trailer_summed = true, .pad_to = 160},
	 IS(VALID)},
	{"27 bytes behind the message", {.trailer = 27}, UNSIGNED, HMAC(MISSING)},
	{"27 bytes behind the message, permissive",
	 {.trailer = 27},
	 UNSIGNED,
	 MODE(PERMISSIVE),
	 IS(VALID)},
	{"28 bytes of junk", {.trailer = 28}, UNSIGNED, HMAC(MALFORMED)},
	{"28 bytes of junk, permissive",
	 {.trailer = 28},
	 UNSIGNED,
	 MODE(PERMISSIVE),
	 HMAC(MALFORMED)},
	{"a byte behind the trailer", {}, {.more = 1}, HMAC(MALFORMED)},
	{"a second trailer's worth behind it", {}, {.more = 28}, HMAC(MALFORMED)},
	{"type 0", {}, {.type = FRAME_ZERO}, HMAC(MALFORMED)},
	{"type 2", {}, {.type = 2}, HMAC(MALFORMED)},
	{"type 2, receive-only", {}, {.type = 2}, MODE(RECEIVE_ONLY), HMAC(MALFORMED)},
	{"reserved, first byte", {}, {.reserved = 0x0100}, HMAC(MALFORMED)},
	{"reserved, second byte", {}, {.reserved = 0x0001}, HMAC(MALFORMED)},

	/* Keys. */
	{"a key id that is not known", {}, {.key_id = 3}, HMAC(KEY)},
	{"key id 0", {}, {.key_id = FRAME_ZERO}, HMAC(KEY)},
	{"a key id that is not known, permissive", {}, {.key_id = 3}, MODE(PERMISSIVE), HMAC(KEY)},
	{"another key under a known id", {}, {.key = 1}, HMAC(DIGEST)},
	{"another key, receive-only", {}, {.key = 1}, MODE(RECEIVE_ONLY), HMAC(DIGEST)},
	{"the right key under another known id", {}, {.key_id = 2}, HMAC(DIGEST)},

	/* The window. */
	{"5 s old", {}, {.seconds = -5}, IS(VALID)},
	{"6 s old", {}, {.seconds = -6, .fraction = 0xffff, .counter = 0xffff}, HMAC(STALE)},
	{"5 s ahead", {}, {.seconds = 5, .fraction = 0xffff}, IS(VALID)},
	{"6 s ahead: signed time follows", {}, {.seconds = 6}, IS(VALID)},
	{"as far ahead as is allowed", {}, {.seconds = HMAC_AHEAD}, IS(VALID)},
	{"further ahead", {}, {.seconds = HMAC_AHEAD + 1}, HMAC(STALE)},
	{"further ahead, permissive", {}, {.seconds = 601}, MODE(PERMISSIVE), HMAC(STALE)},
	{"ahead, and forged", {}, {.seconds = 60, .digest_error = 1}, HMAC(DIGEST)},
	{"an hour old", {}, {.seconds = -3600}, HMAC(STALE)},
	{"an hour old, and forged: no digest for it",
	 {},
	 {.seconds = -3600, .digest_error = 1},
	 HMAC(STALE)},
	{"an hour old, permissive", {}, {.seconds = -3600}, MODE(PERMISSIVE), HMAC(STALE)},
	{"an hour old, receive-only", {}, {.seconds = -3600}, MODE(RECEIVE_ONLY), HMAC(STALE)},
	{"1970", {}, {.seconds = -HMAC_NOW}, HMAC(STALE)},
	{"half of all seconds away", {}, {.seconds = 1LL << 31}, HMAC(STALE)},
	{"all seconds but one away: by serial arithmetic, 1 s ago",
	 {},
	 {.seconds = 0xffffffff},
	 IS(VALID)},
	{"an hour old, IPv6", {IP6, .trailer_summed = true}, {.seconds = -3600}, HMAC(STALE)},

	/* The digest. */
	{"last byte of the digest", {}, {.digest_error = 1}, HMAC(DIGEST)},
	{"first bit of the digest", {}, {.digest_bit = 1}, HMAC(DIGEST)},
	{"a bit in its second word", {}, {.digest_bit = 40}, HMAC(DIGEST)},
	{"a bit in its third word", {}, {.digest_bit = 70}, HMAC(DIGEST)},
	{"last bit of the digest", {}, {.digest_bit = 128}, HMAC(DIGEST)},
	{"signed as from another source", {}, {.source = "10.99.0.9"}, HMAC(DIGEST)},
	{"IPv6, signed as from another source", {IP6}, {.source = "fe80::9"}, HMAC(DIGEST)},
	{"signed for another VRID", {}, {.vrid = 56}, HMAC(DIGEST)},
	{"signed for another version", {}, {.version = 2}, HMAC(DIGEST)},
	{"v2, signed for version 3", {V2}, {.version = 3}, HMAC(DIGEST)},
	{"signed with the checksum", {}, {.whole_checksum = true}, HMAC(DIGEST)},

	/* Order: what costs less is what is said. */
	{"checksum before the trailer", {.checksum_error = 1}, {.type = 9}, IS(CHECKSUM)},
	{"checksum before unsigned", {.checksum_error = 1}, UNSIGNED, IS(CHECKSUM)},
	{"TTL before unsigned", {.ttl = 64}, UNSIGNED, IS(TTL)},
	{"form before the key", {}, {.type = 2, .key_id = 3}, HMAC(MALFORMED)},
	{"reserved before the window", {}, {.reserved = 1, .seconds = -60}, HMAC(MALFORMED)},
	{"the key before the window", {}, {.key_id = 3, .seconds = -60}, HMAC(KEY)},
	{"too far ahead, before the digest", {}, {.seconds = 601, .digest_error = 1}, HMAC(STALE)},
	{"the window before the digest", {}, {.seconds = -60, .digest_error = 1}, HMAC(STALE)},
};

#undef MODE
#undef UNSIGNED
#undef IS
#undef HMAC

#define HMAC_ROWS (sizeof(hmac_rows) / sizeof(hmac_rows[0]))

/* The row's frame as it arrives at HMAC_NOW. */
static inline size_t hmac_row_build(const struct hmac_row *row, uint8_t *buf)
{
	return row->is_unsigned ? frame_build(&row->frame, buf)
				: signed_build(&row->frame, &row->sign, HMAC_NOW, buf);
}

static inline void hmac_row_rules(const struct hmac_row *row, struct vrrp_rules *ret_rules,
				  struct vrrp_peers *ret_peers, struct vrrp_addr *ret_own)
{
	struct frame_row plain = {.frame = row->frame,
				  .rules = {.unicast = row->unicast, .checksum = row->only}};

	row_rules(&plain, ret_rules, ret_peers, ret_own);
	ret_rules->hmac_mode = row->mode ? row->mode : VRRP_HMAC_ENFORCE;
	ret_rules->hmac_window_s = HMAC_WINDOW;
}

/*
 * Several adverts of one source after each other, with clocks that step. Time passes on
 * CLOCK_MONOTONIC; our realtime is that and HMAC_NOW, and what `ours` says; the sender's is that
 * and what `theirs` says, for the time stamp of this advert.
 */
struct hmac_step {
	int64_t at_ms;  /* since the beginning; may only grow */
	int64_t ours;   /* s by which our clock is off */
	int64_t theirs; /* s by which the sender's is */
	int64_t sent;   /* ms by which it was sent earlier than it arrives: a capture */
	int counter;
	int source;                /* 10.99.0.1 + so many */
	enum vrrp_verdict verdict; /* NOT_VRRP: no more steps */
};

#define HMAC_STEPS 16

struct hmac_sequence {
	const char *desc;
	struct hmac_step steps[HMAC_STEPS];
};

#define OK     VRRP_VERDICT_VALID
#define STALE  VRRP_VERDICT_HMAC_STALE
#define REPLAY VRRP_VERDICT_HMAC_REPLAY

static const struct hmac_sequence hmac_sequences[] = {
	{"one after the other",
	 {{0, .verdict = OK}, {100, .verdict = OK}, {1000, .verdict = OK}, {60000, .verdict = OK}}},
	{"the same again, later, and once it is stale",
	 {{0, .verdict = OK},
	  {0, .verdict = REPLAY},
	  {4000, .sent = 4000, .verdict = REPLAY},
	  {5900, .sent = 5900, .verdict = REPLAY},
	  {6000, .sent = 6000, .verdict = STALE}}},
	{"an older one", {{1000, .verdict = OK}, {1500, .sent = 1000, .verdict = REPLAY}}},
	{"the counter orders what has one time stamp",
	 {{0, .counter = 1, .verdict = OK},
	  {0, .counter = 1, .verdict = REPLAY},
	  {0, .counter = 0, .verdict = REPLAY},
	  {0, .counter = 2, .verdict = OK},
	  {0, .counter = 0xffff, .verdict = OK}}},
	{"each source has a mark of its own",
	 {{1000, .verdict = OK},
	  {1000, .sent = 500, .source = 1, .verdict = OK},
	  {1100, .sent = 600, .verdict = REPLAY},
	  {1100, .sent = 600, .source = 1, .verdict = REPLAY},
	  {1100, .sent = 200, .source = 1, .verdict = OK}}},
	{"a restarted receiver: a capture is good once, and within the window",
	 {{0, .sent = 5000, .verdict = OK},
	  {0, .sent = 5000, .verdict = REPLAY},
	  {10, .sent = 4000, .verdict = OK},
	  {10, .sent = 6100, .verdict = STALE}}},
	{"a silent source comes back",
	 {{0, .verdict = OK},
	  {3600000, .verdict = OK},
	  {3600000, .sent = 3600000, .verdict = STALE},
	  {3600001, .sent = 1, .verdict = REPLAY}}},
	{"a sender's clock goes ahead within the window, and back",
	 {{0, .theirs = 4, .verdict = OK},
	  {1000, .theirs = 4, .verdict = OK},
	  {2000, .verdict = REPLAY}, /* a sender of ours would go on from its last one */
	  {5001, .verdict = OK}}},
	{"a sender's clock is far ahead, then corrected: never accepted before, at once after",
	 {{0, .theirs = 3600, .verdict = STALE},
	  {1000, .theirs = 3600, .verdict = STALE},
	  {2000, .verdict = OK}}},
	{"a sender's clock goes far ahead: stale until it is corrected, then at once",
	 {{0, .verdict = OK},
	  {1000, .theirs = 3600, .verdict = STALE},
	  {2000, .theirs = 3600, .verdict = STALE},
	  {3000, .verdict = OK}}},
	{"our clock is set ahead: who is heard all along stays heard",
	 {{0, .verdict = OK},
	  {1000, .ours = 3600, .verdict = OK},
	  {5000, .ours = 3600, .verdict = OK},
	  {9000, .ours = 3600, .verdict = OK},
	  {9500, .ours = 3600, .sent = 8500, .verdict = STALE},
	  {9500, .ours = 3600, .sent = 4500, .verdict = REPLAY},
	  {10000, .verdict = OK}, /* and put right again */
	  {11000, .verdict = OK}}},
	{"our clock is set back: the same, and captures of that time stay refused",
	 {{0, .verdict = OK},
	  {3600000, .verdict = OK},
	  {3601000, .ours = -3600, .verdict = OK},
	  {3602000, .ours = -3600, .sent = 3600000, .verdict = REPLAY},
	  {3605000, .ours = -3600, .verdict = OK},
	  {3609000, .ours = -3600, .verdict = OK},
	  {3610000, .ours = -3600, .sent = 3600000, .verdict = REPLAY},
	  {3611000, .verdict = OK}}},
	{"our clock is set, and the source is silent for longer than the window: by our clock then",
	 {{0, .verdict = OK}, {5200, .ours = 3600, .verdict = STALE}}},
	{"both clocks were ahead, and both are put right: locked out for the window at most",
	 {{0, .ours = 3600, .theirs = 3600, .verdict = OK},
	  {1000, .ours = 3600, .theirs = 3600, .verdict = OK},
	  {2000, .verdict = REPLAY},
	  {4000, .verdict = REPLAY},
	  {5900, .verdict = REPLAY},
	  {6100, .verdict = OK},
	  {7000, .verdict = OK}}},
	{"our clock is behind: the first advert is believed, and nothing old is",
	 {{0, .ours = -20, .verdict = OK},
	  {1000, .ours = -20, .verdict = OK},
	  {1500, .ours = -20, .sent = 500, .verdict = REPLAY},
	  {1600, .ours = -20, .sent = 20000, .source = 1, .verdict = STALE},
	  {8000, .ours = -20, .sent = 7500, .verdict = STALE},
	  {8000, .ours = -20, .sent = 20000, .verdict = STALE},
	  {8100, .ours = -20, .verdict = OK}}},
	{"our clock is behind, and the source is dead: its captures last for no time",
	 {{0, .ours = -20, .verdict = OK},
	  {1000, .ours = -20, .verdict = OK},
	  {20000, .ours = -20, .sent = 19500, .verdict = STALE},
	  {24000, .ours = -20, .sent = 23100, .verdict = STALE},
	  {51000, .ours = -20, .sent = 50100, .verdict = STALE}}},
	{"our clock is behind by minutes",
	 {{0, .ours = -300, .verdict = OK},
	  {10000, .ours = -300, .verdict = OK},
	  {11000, .ours = -300, .theirs = -300, .source = 1, .verdict = STALE}}},
	{"our clock is behind by more than is allowed",
	 {{0, .ours = -601, .verdict = STALE}, {1000, .ours = -599, .verdict = OK}}},
	{"our clock is set back, and the source is silent for a while",
	 {{0, .verdict = OK},
	  {1000, .ours = -20, .verdict = OK},
	  {60000, .ours = -20, .verdict = OK},
	  {60100, .ours = -20, .sent = 20000, .verdict = STALE},
	  {90000, .ours = -20, .sent = 20000, .verdict = STALE}}},
	{"a sender's clock goes minutes ahead: believed at once, and captures are not",
	 {{0, .verdict = OK},
	  {1000, .theirs = 300, .verdict = OK},
	  {2000, .theirs = 300, .sent = 1000, .verdict = REPLAY},
	  {8000, .theirs = 300, .sent = 7000, .verdict = STALE},
	  {8000, .sent = 500, .verdict = STALE},
	  {8500, .theirs = 300, .verdict = OK}}},
	{"a sender's clock was ahead and is put right, and it does not follow signed time: refused "
	 "for as long as a capture could last, then believed",
	 {{0, .theirs = 20, .verdict = OK},
	  {1000, .theirs = 20, .verdict = OK},
	  {2000, .verdict = STALE},
	  {10000, .verdict = STALE},
	  {31000, .verdict = STALE},
	  {33000, .verdict = OK},
	  {33100, .sent = 100, .verdict = REPLAY},
	  {34000, .verdict = OK}}},
	{"the same, while somebody else signs ahead: signed time stays",
	 {{0, .theirs = 20, .verdict = OK},
	  {1000, .theirs = 20, .source = 1, .verdict = OK},
	  {2000, .verdict = STALE},
	  {20000, .theirs = 20, .source = 1, .verdict = OK},
	  {33000, .verdict = STALE},
	  {62000, .verdict = STALE},
	  {64000, .verdict = OK}}},
	{"both clocks are set ahead: not locked out at all",
	 {{0, .verdict = OK},
	  {1000, .ours = 3600, .theirs = 3600, .verdict = OK},
	  {1500, .ours = 3600, .sent = 1500, .verdict = STALE},
	  {2000, .ours = 3600, .theirs = 3600, .verdict = OK}}},
};

#undef OK
#undef STALE
#undef REPLAY

#define HMAC_SEQUENCES (sizeof(hmac_sequences) / sizeof(hmac_sequences[0]))

/* The step's frame: signed with the sender's time, to the millisecond. */
static inline size_t hmac_step_build(const struct hmac_step *step, uint8_t *buf)
{
	int64_t ms = HMAC_NOW * 1000 + step->theirs * 1000 + step->at_ms - step->sent;
	struct signature_spec sign = {.fraction = (int)(ms % 1000 * 65536 / 1000),
				      .counter = step->counter};
	char source[32];
	struct frame_spec spec = {.source = source};

	snprintf(source, sizeof(source), "10.99.0.%d", 101 + step->source);
	return signed_build(&spec, &sign, ms / 1000, buf);
}

#endif
