/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signed frames for tests: the authentication trailer on top of frames.h, by nettle's HMAC and
 * written against the protocol, sharing no line with the code under test.
 *
 * As there, a field of 0 means "as usual"; FRAME_ZERO means the value zero.
 */
#ifndef TESTS_SIGNED_H
#define TESTS_SIGNED_H

#include <nettle/hmac.h>
/* Since nettle 3.10 a macro. Here it is the function of bpf/hmac_sha256.h. */
#undef sha256_compress

#include "frames.h"

#define SIGNED_TRAILER 28
#define SIGNED_KEY_LEN 32

/* The usual key: bytes 0, 1, 2 ...; another one for each number. */
static inline void signed_key(int number, uint8_t key[SIGNED_KEY_LEN])
{
	for (int i = 0; i < SIGNED_KEY_LEN; i++)
		key[i] = (uint8_t)(i + 64 * number);
}

struct signature_spec {
	int key;             /* signed_key(0) */
	int key_id;          /* 1 */
	int type;            /* 1 */
	int reserved;        /* 0 */
	int64_t seconds;     /* added to the time that is given to signed_build() */
	int fraction;        /* 0, in 1/65536 s */
	int counter;         /* 0 */
	int digest_error;    /* xor to the last byte of the digest */
	int digest_bit;      /* this bit of it is turned over: 1..128 */
	const char *source;  /* signed as from there, not from the frame's source */
	int vrid, version;   /* signed for these, not for the frame's */
	bool whole_checksum; /* the checksum is signed as it is, not as zero */
	int more;            /* bytes behind the trailer, within the IP length */
};

/* The n-th 32-bit word, whatever its byte order: of a frame nothing is aligned. */
static inline void signed_put32(uint8_t *p, uint32_t v)
{
	frame_put16(p, v >> 16);
	frame_put16(p + 2, v);
}

/* HMAC-SHA-256 of the pseudo-header, the message and the trailer's stamp, first 16 bytes. */
static inline void signed_digest(const uint8_t *key, size_t key_length, const uint8_t pseudo[20],
				 const uint8_t *message, size_t length, uint8_t digest[16])
{
	static const uint8_t zero[16];
	struct hmac_sha256_ctx hmac;

	hmac_sha256_set_key(&hmac, key_length, key);
	hmac_sha256_update(&hmac, 20, pseudo);
	hmac_sha256_update(&hmac, length, message);
	hmac_sha256_update(&hmac, sizeof(zero), zero);
	hmac_sha256_digest(&hmac, 16, digest);
}

/* The frame of `spec`, signed at `now` (seconds since 1970), to buf. Returns its length. Without
 * extension headers and options. */
static inline size_t signed_build(const struct frame_spec *spec, const struct signature_spec *sign,
				  int64_t now, uint8_t *buf)
{
	int family = frame_value(spec->family, 4), version = frame_value(spec->version, 3);
	const char *usual = family == 4 ? "10.99.0.1" : "fe80::1";
	struct vrrp_addr source = frame_addr(family, spec->source ? spec->source : usual);
	struct vrrp_addr signed_source = sign->source ? frame_addr(family, sign->source) : source;
	struct frame_spec plain = *spec;
	uint8_t pseudo[20] = {(uint8_t)family, (uint8_t)frame_value(sign->version, version),
			      (uint8_t)frame_value(sign->vrid, frame_value(spec->vrid, 55))};
	uint8_t key[SIGNED_KEY_LEN], copy[FRAME_MAX], *message, *trailer;
	size_t total, length, head = family == 4 ? 20 : 40;
	struct vrrp_addr destination;

	plain.trailer = SIGNED_TRAILER + sign->more;
	plain.pad_to = plain.cut_to = 0;
	total = frame_build(&plain, buf);
	message = buf + FRAME_ETH + head;
	length = total - FRAME_ETH - head - plain.trailer;
	trailer = message + length;

	memset(trailer, 0, SIGNED_TRAILER);
	trailer[0] = frame_value(sign->type, 1);
	trailer[1] = frame_value(sign->key_id, 1);
	frame_put16(trailer + 2, sign->reserved);
	signed_put32(trailer + 4, (uint32_t)(now + sign->seconds));
	frame_put16(trailer + 8, sign->fraction);
	frame_put16(trailer + 10, sign->counter);
	memcpy(pseudo + 4, signed_source.b, family == 4 ? 4 : 16);
	memcpy(copy, message, length + 12);
	if (!sign->whole_checksum)
		frame_put16(copy + 6, 0);
	signed_key(sign->key, key);
	signed_digest(key, sizeof(key), pseudo, copy, length + 12, trailer + 12);
	trailer[27] ^= sign->digest_error;
	if (sign->digest_bit)
		trailer[12 + (sign->digest_bit - 1) / 8] ^= 1 << (sign->digest_bit - 1) % 8;

	/* Last, where the trailer is summed: the digest does not know the checksum. */
	if (spec->trailer_summed) {
		destination = frame_addr(family, spec->destination ? spec->destination
						 : family == 4     ? "224.0.0.18"
								   : "ff02::12");
		frame_put16(message + 6, 0);
		frame_put16(message + 6, frame_checksum(spec, message, length + plain.trailer,
							&source, &destination));
	}
	if (spec->cut_to)
		total = FRAME_ETH + head + spec->cut_to;
	while (total < (size_t)spec->pad_to)
		buf[total++] = 0x5a;
	return total;
}

#endif
