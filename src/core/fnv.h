/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FNV-1a, a short digest of a few bytes. Use it only if nobody profits from a collision. Pure.
 */
#ifndef CORE_FNV_H
#define CORE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV32_BASIS UINT32_C(2166136261)
#define FNV64_BASIS UINT64_C(14695981039346656037)

/* Extend the digest `hash` of the bytes so far by these bytes. Begin with the basis. Returns the
 * new digest. */
static inline uint32_t fnv32(uint32_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT32_C(16777619);
	return hash;
}

static inline uint64_t fnv64(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * UINT64_C(1099511628211);
	return hash;
}

#endif
