/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Edit distance with transpositions of neighbours, in three rows.
 */
#include "core/nearest.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

unsigned int nearest_distance(const char *a, const char *b)
{
	enum { MAX = 32 }; /* longer than every key and name: such words have nothing near */
	unsigned int row[3][MAX + 1];
	size_t n = strlen(a), m = strlen(b);
	unsigned int *before = row[0], *last = row[1], *next = row[2];

	if (n > MAX || m > MAX)
		return NEAREST_FAR;
	for (size_t j = 0; j <= m; j++)
		last[j] = before[j] = (unsigned int)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned int *spare = before;

		next[0] = (unsigned int)i;
		for (size_t j = 1; j <= m; j++) {
			char x = lower(a[i - 1]), y = lower(b[j - 1]);
			unsigned int best = last[j - 1] + (x != y);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (next[j - 1] + 1 < best)
				best = next[j - 1] + 1;
			if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a[i - 2]) &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			next[j] = best;
		}
		before = last;
		last = next;
		next = spare;
	}
	return last[m];
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	unsigned int distance = nearest_distance(nearest->word, candidate);

	if (distance == NEAREST_FAR || (nearest->best && nearest->distance <= distance))
		return;
	nearest->best = candidate;
	nearest->distance = distance;
}

const char *nearest_found(const struct nearest *nearest)
{
	/* Half of the letters wrong is another word, not a misspelt one. */
	if (!nearest->best || nearest->distance > 1 + strlen(nearest->word) / 3)
		return NULL;
	return nearest->best;
}
