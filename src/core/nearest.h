/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the word that was probably meant by a misspelt one: a key, a subcommand, a router's name.
 * Pure.
 *
 *   struct nearest nearest = {.word = "intrval"};
 *   nearest_offer(&nearest, "interval"); ...    for each of the known words
 *   nearest_found(&nearest)                     "interval", or NULL if none is near enough
 */
#ifndef CORE_NEAREST_H
#define CORE_NEAREST_H

#include <limits.h>

#define NEAREST_FAR UINT_MAX

struct nearest {
	const char *word;
	const char *best; /* the caller's pointer, not a copy; NULL: there is none yet */
	unsigned int distance;
};

/* Offer a known word. If two are equally near, the first one counts. */
void nearest_offer(struct nearest *nearest, const char *candidate);

const char *nearest_found(const struct nearest *nearest);

/* Returns how many edits (insert, delete, replace, swap of neighbours) lie between two words.
 * Upper and lower case count as equal. Returns NEAREST_FAR if a word has more than 32 letters. */
unsigned int nearest_distance(const char *a, const char *b);

#endif
