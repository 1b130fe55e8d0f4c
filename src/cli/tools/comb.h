/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Labels below a time line, each at the end of a line that comes down from its moment, like the
 * teeth of a comb: however close the moments are, no text meets another text or another label's
 * line. Pure.
 */
#ifndef CLI_TOOLS_COMB_H
#define CLI_TOOLS_COMB_H

#include <stdbool.h>

#define COMB_MAX 4
#define COMB_GAP 6.0 /* between a line and a text */

struct comb_label {
	double x;         /* of the line */
	double width;     /* of the text */
	bool before;      /* result: the text ends left of its line; else it begins right of it */
	unsigned int row; /* result: 0 is the uppermost; each label has its own */
};

/* Place `count` labels, at most COMB_MAX, in the order of rising x, within the strip from left to
 * right. Returns false if something has to meet; then the labels are placed as well as can be. */
bool comb_place(struct comb_label *labels, unsigned int count, double left, double right);

/* Where the text begins and ends. */
double comb_from(const struct comb_label *label);
double comb_to(const struct comb_label *label);

#endif
