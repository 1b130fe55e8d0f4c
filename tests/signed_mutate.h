/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutated frames with an authentication trailer: signed after the mutation, by keys that a receiver
 * knows and by others, in time and out of it, and with a trailer that was changed behind that.
 */
#ifndef TESTS_SIGNED_MUTATE_H
#define TESTS_SIGNED_MUTATE_H

#include "frame_mutate.h"
#include "hmac_rows.h"

/* Seconds that are mostly `now`, and the trailer that mostly stays as it is signed. */
static inline void signed_stamp(struct mutator *m, uint8_t *trailer, int64_t now, unsigned int n)
{
	const struct hmac_key_row *key = &hmac_key_rows[mutate_random(m, 3)];

	memset(trailer, 0, SIGNED_TRAILER);
	trailer[0] = mutate_random(m, 64) ? 1 : mutate_byte(m);
	trailer[1] = mutate_random(m, 32) ? key->id : mutate_byte(m);
	trailer[2 + mutate_random(m, 2)] = mutate_random(m, 64) ? 0 : mutate_byte(m);
	/* Ahead of time is rare: what follows would be replays. */
	if (!mutate_random(m, 64))
		now += mutate_random(m, 10);
	else if (!mutate_random(m, 8))
		now -= mutate_random(m, 10);
	signed_put32(trailer + 4, now);
	frame_put16(trailer + 8, n);
	frame_put16(trailer + 10, mutate_random(m, 8) ? 0 : mutate_random(m, 65536));
}

/* The n-th of a source's adverts: makes room for a trailer right behind the message, signs it, and
 * puts the checksum right. Returns the new length; without room, the frame as it was. */
static inline size_t signed_mutate(struct mutator *m, uint8_t *frame, size_t length, size_t room,
				   int64_t now, unsigned int n)
{
	uint8_t copy[FRAME_MAX], key[SIGNED_KEY_LEN], pseudo[20] = {0}, *message, *trailer;
	struct mutate_layout at;
	size_t need, total;

	if (!mutate_layout(frame, length, &at))
		return length;
	need = mutate_need(frame, &at);
	total = at.message + need + SIGNED_TRAILER;
	if (at.message + need > at.end || total > room)
		return length;
	message = frame + at.message;
	trailer = message + need;
	frame_put16(frame + at.ip + (at.family == 4 ? 2 : 4),
		    total - at.ip - (at.family == 4 ? 0 : 40));

	signed_stamp(m, trailer, now, n);
	pseudo[0] = at.family;
	pseudo[1] = message[0] >> 4;
	pseudo[2] = message[1];
	memcpy(pseudo + 4, frame + at.ip + (at.family == 4 ? 12 : 8), at.family == 4 ? 4 : 16);
	memcpy(copy, message, need + 12);
	frame_put16(copy + 6, 0);
	signed_key(trailer[1] == 2 ? 1 : trailer[1] == 200 ? 2 : 0, key);
	signed_digest(key, sizeof(key), pseudo, copy, need + 12, trailer + 12);
	if (!mutate_random(m, 8))
		trailer[mutate_random(m, SIGNED_TRAILER)] ^= 1u << mutate_random(m, 8);
	if (total > length)
		length = total;
	mutate_repair(frame, length, mutate_random(m, 2),
		      at.family == 6 && mutate_random(m, 2) ? SIGNED_TRAILER : 0);
	return length;
}

#endif
