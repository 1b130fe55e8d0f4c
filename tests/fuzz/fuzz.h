/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzz targets share: an input that is used up byte by byte, blocks that end where their
 * bytes end, and a requirement that ends the process, so that libFuzzer keeps the input.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#define REQUIRE(condition)                                                                      \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

/* The sanitizer sees a read behind the last of `size` bytes, also where there is none. */
static inline void *fuzz_exact(const void *data, size_t size)
{
	uint8_t *block = malloc(size ? size : 1);

	REQUIRE(block);
	if (size)
		memcpy(block, data, size);
	return size ? block : block + 1;
}

static inline void fuzz_exact_free(void *block, size_t size)
{
	free(size ? block : (uint8_t *)block - 1);
}

struct fuzz_input {
	const uint8_t *at, *end;
};

/* `bytes` of the input as a number; zeros behind its end. */
static inline uint64_t fuzz_take(struct fuzz_input *in, unsigned int bytes)
{
	uint64_t value = 0;

	for (; bytes; bytes--)
		value = value << 8 | (in->at < in->end ? *in->at++ : 0);
	return value;
}

#endif
