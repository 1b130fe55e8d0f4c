/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 (FIPS 180-4) as far as HMAC-SHA-256 (RFC 2104) over whole words needs it: the compression
 * of one block, and the two states to which a key is reduced.
 *
 * Pure. The same code runs in the XDP program, in the agent and in the tests. Words are in host
 * order. No branch and no index depends on a secret.
 */
#ifndef HMAC_SHA256_H
#define HMAC_SHA256_H

#include "vrrp_abi.h"
#include "vrrp_timers.h"

#define SHA256_BLOCK 64 /* bytes */

/*
 * The rounds are unrolled, because a loop would cost the verifier a walk through each round, and
 * the CPU an index for each word. BPF has ten registers, and 512 bytes of stack for all functions
 * that are active. Its compiler would load every word at once. Therefore the words stay in memory
 * (volatile), and no round begins before the one before it is done.
 */
#ifdef __bpf__
#define SHA256_IN_ORDER(d, h) __asm__ volatile("" : "+w"(d), "+w"(h))
#else
#define SHA256_IN_ORDER(d, h) ((void)0)
#endif

/* BPF has no rotation; two copies of a word side by side rotate by a shift. */
VRRP_INLINE __u64 sha256_twice(__u32 x)
{
	return (__u64)x << 32 | x;
}

/* The functions Sigma0 and Sigma1: three rotations. */
VRRP_INLINE __u32 sha256_turn(__u32 x, int a, int b, int c)
{
	__u64 xx = sha256_twice(x);

	return (__u32)(xx >> a) ^ (__u32)(xx >> b) ^ (__u32)(xx >> c);
}

/* The functions sigma0 and sigma1: two rotations and a shift. */
VRRP_INLINE __u32 sha256_mix(__u32 x, int a, int b, int shift)
{
	__u64 xx = sha256_twice(x);

	return (__u32)(xx >> a) ^ (__u32)(xx >> b) ^ (x >> shift);
}

/* Step 1 of FIPS 180-4, 6.2.2, in a window of sixteen words. The first sixteen are taken as they
 * are. */
#define SHA256_GIVEN(word, i) (word)[i]
/* Each later word is computed from those before it. */
#define SHA256_NEXT(word, i)                                                    \
	((word)[i] = (word)[i] + sha256_mix((word)[((i) + 1) % 16], 7, 18, 3) + \
		     (word)[((i) + 9) % 16] + sha256_mix((word)[((i) + 14) % 16], 17, 19, 10))

/* Step 3. The eight variables are not moved on; the next round names them shifted by one. */
#define SHA256_ROUND(a, b, c, d, e, f, g, h, k, w)                                         \
	do {                                                                               \
		__u32 one = h + sha256_turn(e, 6, 11, 25) + (g ^ (e & (f ^ g))) + k + (w); \
		d += one;                                                                  \
		h = one + sha256_turn(a, 2, 13, 22) + ((a & b) | (c & (a | b)));           \
		SHA256_IN_ORDER(d, h);                                                     \
	} while (0)

#define SHA256_ROUNDS(take, i, k0, k1, k2, k3, k4, k5, k6, k7)                    \
	do {                                                                      \
		SHA256_ROUND(a, b, c, d, e, f, g, h, k0##U, take(word, (i)));     \
		SHA256_ROUND(h, a, b, c, d, e, f, g, k1##U, take(word, (i) + 1)); \
		SHA256_ROUND(g, h, a, b, c, d, e, f, k2##U, take(word, (i) + 2)); \
		SHA256_ROUND(f, g, h, a, b, c, d, e, k3##U, take(word, (i) + 3)); \
		SHA256_ROUND(e, f, g, h, a, b, c, d, k4##U, take(word, (i) + 4)); \
		SHA256_ROUND(d, e, f, g, h, a, b, c, k5##U, take(word, (i) + 5)); \
		SHA256_ROUND(c, d, e, f, g, h, a, b, k6##U, take(word, (i) + 6)); \
		SHA256_ROUND(b, c, d, e, f, g, h, a, k7##U, take(word, (i) + 7)); \
	} while (0)

/* Compress one block into the state. The words are overwritten. */
VRRP_INLINE void sha256_compress(__u32 state[8], volatile __u32 word[16])
{
	__u32 a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5],
	      g = state[6], h = state[7];

	SHA256_ROUNDS(SHA256_GIVEN, 0, 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
		      0x59f111f1, 0x923f82a4, 0xab1c5ed5);
	SHA256_ROUNDS(SHA256_GIVEN, 8, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
		      0x80deb1fe, 0x9bdc06a7, 0xc19bf174);
	SHA256_ROUNDS(SHA256_NEXT, 0, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
		      0x4a7484aa, 0x5cb0a9dc, 0x76f988da);
	SHA256_ROUNDS(SHA256_NEXT, 8, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3,
		      0xd5a79147, 0x06ca6351, 0x14292967);
	SHA256_ROUNDS(SHA256_NEXT, 0, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354,
		      0x766a0abb, 0x81c2c92e, 0x92722c85);
	SHA256_ROUNDS(SHA256_NEXT, 8, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
		      0xd6990624, 0xf40e3585, 0x106aa070);
	SHA256_ROUNDS(SHA256_NEXT, 0, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3,
		      0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3);
	SHA256_ROUNDS(SHA256_NEXT, 8, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
		      0xa4506ceb, 0xbef9a3f7, 0xc67178f2);

	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

/* The initial state (FIPS 180-4, 5.3.3). */
VRRP_INLINE void sha256_begin(__u32 state[8])
{
	state[0] = 0x6a09e667;
	state[1] = 0xbb67ae85;
	state[2] = 0x3c6ef372;
	state[3] = 0xa54ff53a;
	state[4] = 0x510e527f;
	state[5] = 0x9b05688c;
	state[6] = 0x1f83d9ab;
	state[7] = 0x5be0cd19;
}

#ifndef __bpf__
/* Compute the two states of a key that has at most one block (RFC 2104, 2 and 4). The caller wipes
 * the key. */
static inline void hmac_sha256_key(const __u8 *key, __u32 length, struct vrrp_hmac_key *ret_key)
{
	volatile __u32 word[16];

	for (int pass = 0; pass < 2; pass++) {
		__u8 pad = pass ? 0x5c : 0x36;
		__u32 *state = pass ? ret_key->outer : ret_key->inner;

		for (__u32 i = 0; i < 16; i++) {
			word[i] = 0;
			for (__u32 at = 4 * i; at < 4 * i + 4; at++)
				word[i] = word[i] << 8 | (pad ^ (at < length ? key[at] : 0));
		}
		sha256_begin(state);
		sha256_compress(state, word);
	}
	for (int i = 0; i < 16; i++)
		word[i] = 0; /* volatile, so the compiler keeps it */
}
#endif

#endif
