/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FNV-1a: a short digest of a few bytes, where nobody profits from a collision. Pure.
 */
#ifndef CORE_FNV_H
#define CORE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV32_BASIS UINT32_C(2166136261)
#define FNV64_BASIS UINT64_C(14695981039346656037)

/* The digest of these bytes, behind those that `hash` is the digest of; the basis: behind none. */
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
