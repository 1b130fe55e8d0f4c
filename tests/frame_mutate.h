/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that somebody changed: what an attacker, a broken NIC or a strange router would make of a
 * good one. The same seed gives the same frames on every host. Uses frames.h; shares no line with
 * the checks that are tested with it.
 */
#ifndef TESTS_FRAME_MUTATE_H
#define TESTS_FRAME_MUTATE_H

#include "frames.h"

struct mutator {
	uint64_t state;
};

/* 0 <= answer < below. splitmix64 */
static inline uint32_t mutate_random(struct mutator *m, uint32_t below)
{
	uint64_t z = m->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ z >> 31) >> 32) % below;
}

/* Where the parts of a frame are, as far as a reader with good will can tell. */
struct mutate_layout {
	int family;
	size_t ip, message, end; /* end: of the IP payload, or of the frame */
};

static inline bool mutate_layout(const uint8_t *frame, size_t length, struct mutate_layout *ret)
{
	struct mutate_layout at = {.ip = FRAME_ETH};
	const uint8_t *ip = frame + FRAME_ETH;
	uint8_t next;

	if (length < FRAME_ETH + 20)
		return false;
	if (frame_get16(frame + 12) == 0x0800) {
		at.family = 4;
		at.message = at.ip + (ip[0] & 0xfu) * 4;
		at.end = at.ip + frame_get16(ip + 2);
	} else if (frame_get16(frame + 12) == 0x86dd && length >= FRAME_ETH + 40) {
		at.family = 6;
		at.message = at.ip + 40;
		at.end = at.message + frame_get16(ip + 4);
		for (next = ip[6]; next != 112 && at.message + 8 <= length;) {
			const uint8_t *header = frame + at.message;

			at.message += next == 44 ? 8 : 8 + header[1] * 8u;
			next = header[0];
		}
	} else {
		return false;
	}
	if (at.end > length)
		at.end = length;
	*ret = at;
	return at.message >= at.ip + 20 && at.message + 8 <= at.end;
}

/* Bytes of the message by its own fields. */
static inline size_t mutate_need(const uint8_t *frame, const struct mutate_layout *at)
{
	const uint8_t *message = frame + at->message;

	return 8 + message[3] * (at->family == 4 ? 4u : 16u) + (message[0] >> 4 == 2 ? 8 : 0);
}

/* Put the checksum right, over `trailer` bytes behind the message as well. false: it has no room.
 */
static inline bool mutate_repair(uint8_t *frame, size_t length, bool pseudo, size_t trailer)
{
	struct mutate_layout at;
	uint32_t sum = 0;
	size_t need;

	if (!mutate_layout(frame, length, &at))
		return false;
	need = mutate_need(frame, &at) + trailer;
	if (at.message + need > at.end)
		return false;
	if (at.family == 6 || (frame[at.message] >> 4 != 2 && pseudo))
		sum = frame_sum(112 + need, frame + at.ip + (at.family == 4 ? 12 : 8),
				at.family == 4 ? 8 : 32);
	frame_put16(frame + at.message + 6, 0);
	frame_put16(frame + at.message + 6, frame_fold(frame_sum(sum, frame + at.message, need)));
	return true;
}

/* Put the checksum of the IPv4 header right, so that what lies behind it is looked at. */
static inline void mutate_repair_header(uint8_t *frame, size_t length)
{
	struct mutate_layout at;

	if (!mutate_layout(frame, length, &at) || at.family != 4)
		return;
	frame_put16(frame + at.ip + 10, 0);
	frame_put16(frame + at.ip + 10,
		    frame_fold(frame_sum(0, frame + at.ip, at.message - at.ip)));
}

/* ---- single changes: the frame's new length ---- */

typedef size_t (*mutate_fn)(struct mutator *m, uint8_t *frame, size_t length, size_t room);

static inline uint8_t mutate_byte(struct mutator *m)
{
	static const uint8_t odd[] = {0,    1,    2,    4,    5,    7,    0x0f, 0x20, 0x21,
				      0x31, 0x45, 0x7f, 0x80, 0xc0, 0xfe, 0xff, 112};

	return mutate_random(m, 2) ? odd[mutate_random(m, sizeof(odd))] : mutate_random(m, 256);
}

/* Behind the MACs, where something depends on it, more often than among them. */
static inline size_t mutate_place(struct mutator *m, size_t length)
{
	size_t from = length > FRAME_ETH && mutate_random(m, 8) ? 12 : 0;

	return from + mutate_random(m, length - from);
}

static inline size_t mutate_flip(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	(void)room;
	if (length)
		frame[mutate_place(m, length)] ^= 1u << mutate_random(m, 8);
	return length;
}

static inline size_t mutate_set(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	(void)room;
	if (length)
		frame[mutate_place(m, length)] = mutate_byte(m);
	return length;
}

static inline size_t mutate_cut(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	(void)frame;
	(void)room;
	if (!length)
		return 0;
	return mutate_random(m, 2) ? length - 1 - mutate_random(m, length < 32 ? length : 32)
				   : mutate_random(m, length);
}

static inline size_t mutate_extend(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	size_t more = 1 + mutate_random(m, mutate_random(m, 4) ? 64 : 1024);

	for (; more && length < room; more--)
		frame[length++] = mutate_byte(m);
	return length;
}

/* Room for `count` bytes at `at`, filled with `fill`. */
static inline size_t mutate_insert(uint8_t *frame, size_t length, size_t room, size_t at,
				   size_t count, int fill)
{
	if (at > length || length + count > room)
		return length;
	memmove(frame + at + count, frame + at, length - at);
	memset(frame + at, fill, count);
	return length + count;
}

/* The length in the IP header, by so much. */
static inline void mutate_ip_length(uint8_t *frame, const struct mutate_layout *at, int by)
{
	uint8_t *field = frame + at->ip + (at->family == 4 ? 2 : 4);

	frame_put16(field, frame_get16(field) + by);
}

static inline size_t mutate_lengths(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	struct mutate_layout at;

	(void)room;
	if (!mutate_layout(frame, length, &at))
		return length;
	if (at.family == 4 && !mutate_random(m, 4))
		frame[at.ip] = 0x40 | mutate_random(m, 16);
	else if (mutate_random(m, 4))
		mutate_ip_length(frame, &at, (int)mutate_random(m, 65) - 32);
	else
		mutate_ip_length(frame, &at, mutate_random(m, 65536));
	return length;
}

static inline size_t mutate_tag(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	size_t tags = 1 + mutate_random(m, 2);

	if (length < FRAME_ETH || length + 4 * tags > room)
		return length;
	length = mutate_insert(frame, length, room, 12, 4 * tags, 0);
	frame_put16(frame + 12, tags == 2 || !mutate_random(m, 4) ? 0x88a8 : 0x8100);
	frame_put16(frame + 14, mutate_random(m, 65536));
	if (tags == 2) {
		frame_put16(frame + 16, 0x8100);
		frame_put16(frame + 18, mutate_random(m, 4096));
	}
	return length;
}

/* IPv4 options, or an IPv6 extension header, with the lengths put right. */
static inline size_t mutate_options(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	static const uint8_t kinds[] = {0, 43, 44, 60, 51, 59};
	struct mutate_layout at;
	uint8_t *ip = frame + FRAME_ETH, next;
	size_t count;

	if (!mutate_layout(frame, length, &at))
		return length;
	if (at.family == 4) {
		count = 4 * (1 + mutate_random(m, 10));
		if ((ip[0] & 0xfu) * 4 + count > 60 || length + count > room)
			return length;
		length = mutate_insert(frame, length, room, at.ip + 20, count, 1);
		ip[0] += count / 4;
		mutate_ip_length(frame, &at, count);
		return length;
	}
	count = 8 * (1 + mutate_random(m, mutate_random(m, 4) ? 2 : 40));
	if (length + count > room)
		return length;
	next = ip[6];
	ip[6] = kinds[mutate_random(m, sizeof(kinds))];
	if (ip[6] == 44)
		count = 8;
	length = mutate_insert(frame, length, room, at.ip + 40, count, 0);
	ip[40] = next;
	ip[41] = count / 8 - 1;
	mutate_ip_length(frame, &at, count);
	return length;
}

static inline size_t mutate_fragment(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	static const uint16_t fields[] = {0x2000, 0x4000, 0x6000, 0x8000, 0x0001, 0x2001, 0x1fff};
	struct mutate_layout at;

	if (!mutate_layout(frame, length, &at) || length + 8 > room)
		return length;
	if (at.family == 4) {
		frame_put16(frame + at.ip + 6,
			    fields[mutate_random(m, sizeof(fields) / sizeof(fields[0]))]);
		return length;
	}
	length = mutate_insert(frame, length, room, at.ip + 40, 8, 0);
	frame[at.ip + 40] = frame[at.ip + 6];
	frame[at.ip + 6] = 44;
	frame_put16(frame + at.ip + 42, mutate_random(m, 4) ? mutate_random(m, 2) ? 1 : 8 : 0);
	mutate_ip_length(frame, &at, 8);
	return length;
}

/* The number of addresses, as a lie or with the addresses. */
static inline size_t mutate_addresses(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	struct mutate_layout at;
	size_t size, more, old;

	if (!mutate_layout(frame, length, &at))
		return length;
	if (mutate_random(m, 2)) {
		frame[at.message + 3] = mutate_random(m, 2) ? mutate_random(m, 4) : mutate_byte(m);
		return length;
	}
	size = at.family == 4 ? 4 : 16;
	more = 1 + mutate_random(m, mutate_random(m, 4) ? 4 : 64);
	if (frame[at.message + 3] + more > 255 || length + more * size > room)
		return length;
	old = length;
	length = mutate_insert(frame, length, room, at.message + 8, more * size, 0);
	for (size_t i = 0; length > old && i < more * size; i++)
		frame[at.message + 8 + i] = mutate_random(m, 256);
	frame[at.message + 3] += more;
	mutate_ip_length(frame, &at, more * size);
	return length;
}

/* Bytes behind the message that the IP length counts: 28 of them are as many as a signature has. */
static inline size_t mutate_trailer(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	size_t count = mutate_random(m, 3) ? 28 : 1 + mutate_random(m, 40);
	struct mutate_layout at;

	if (!mutate_layout(frame, length, &at) || at.end + count > room)
		return length;
	for (size_t i = 0; i < count; i++)
		frame[at.end + i] = mutate_byte(m);
	mutate_ip_length(frame, &at, count);
	return at.end + count > length ? at.end + count : length;
}

/* A field that a check is about, to a value that is somewhere near a good one. */
static inline size_t mutate_field(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	static const char *const hosts[][5] = {
		{"224.0.0.18", "10.99.0.1", "10.99.0.2", "10.99.0.9", "224.0.0.5"},
		{"ff02::12", "fe80::1", "fe80::2", "fe80::9", "ff05::12"},
	};
	struct vrrp_addr addr;
	struct mutate_layout at;
	uint8_t *message, *ip;

	(void)room;
	if (!mutate_layout(frame, length, &at))
		return length;
	ip = frame + at.ip;
	message = frame + at.message;
	addr = frame_addr(at.family, hosts[at.family == 6][mutate_random(m, 5)]);
	switch (mutate_random(m, 9)) {
	case 0:
		ip[at.family == 4 ? 8 : 7] = mutate_random(m, 2) ? 254 : mutate_byte(m);
		break;
	case 1:
		if (at.family == 4)
			memcpy(ip + 16, addr.b, 4);
		else
			memcpy(ip + 24, addr.b, 16);
		break;
	case 2:
		if (at.family == 4)
			memcpy(ip + 12, addr.b, 4);
		else
			memcpy(ip + 8, addr.b, 16);
		break;
	case 3:
		message[0] = (1 + mutate_random(m, 4)) << 4 | mutate_random(m, 3);
		break;
	case 4:
		message[2] = mutate_random(m, 4) ? 99 + mutate_random(m, 3) : mutate_byte(m);
		break;
	case 5: /* interval; v2: authentication type and interval */
		message[4] = mutate_random(m, 3) ? mutate_random(m, 2) : mutate_byte(m);
		message[5] = mutate_random(m, 3) ? mutate_random(m, 2) : mutate_byte(m);
		break;
	case 6: /* VRID: rarely, or it is nobody's */
		if (!mutate_random(m, 8))
			message[1] = mutate_byte(m);
		break;
	case 7: /* the last bytes, where v2 has its password */
		frame[at.end - 1 - mutate_random(m, 8)] ^= 1u << mutate_random(m, 8);
		break;
	case 8:
		message[6 + mutate_random(m, 2)] ^= 1u << mutate_random(m, 8);
		break;
	}
	return length;
}

static const mutate_fn mutations[] = {
	mutate_flip,  mutate_set,     mutate_cut,      mutate_extend,  mutate_lengths,
	mutate_tag,   mutate_options, mutate_fragment, mutate_trailer, mutate_addresses,
	mutate_field, mutate_field,   mutate_field,    mutate_flip,
};

/* One to three changes of a frame in a buffer of `room` bytes; often its checksums are put right
 * again, that of the message in one form or the other. Returns the new length. */
static inline size_t mutate_frame(struct mutator *m, uint8_t *frame, size_t length, size_t room)
{
	for (int n = 1 + mutate_random(m, 3); n; n--)
		length = mutations[mutate_random(m, sizeof(mutations) / sizeof(mutations[0]))](
			m, frame, length, room);
	if (mutate_random(m, 3))
		mutate_repair(frame, length, mutate_random(m, 2), mutate_random(m, 8) ? 0 : 28);
	if (mutate_random(m, 8))
		mutate_repair_header(frame, length);
	return length;
}

#endif
