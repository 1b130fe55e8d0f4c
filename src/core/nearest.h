/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was meant by a misspelt word: a key, a subcommand, a router's name. Pure.
 *
 *   struct nearest nearest = {.word = "intrval"};
 *   nearest_offer(&nearest, "interval"); ...    each of the words that there are
 *   nearest_found(&nearest)                     "interval"; NULL: none is near enough
 */
#ifndef CORE_NEAREST_H
#define CORE_NEAREST_H

#include <limits.h>

#define NEAREST_FAR UINT_MAX

struct nearest {
	const char *word;
	const char *best; /* NULL: nothing was offered yet; as offered, not a copy */
	unsigned int distance;
};

/* Of equally near ones the first counts. */
void nearest_offer(struct nearest *nearest, const char *candidate);

const char *nearest_found(const struct nearest *nearest);

/* Edits (insert, delete, replace, swap of neighbours) between two words; case counts for nothing.
 * NEAREST_FAR where one has more than 32 letters. */
unsigned int nearest_distance(const char *a, const char *b);

#endif
