/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * So few labels that every arrangement can be tried.
 */
#include "cli/tools/comb.h"

double comb_from(const struct comb_label *label)
{
	return label->before ? label->x - COMB_GAP - label->width : label->x + COMB_GAP;
}

double comb_to(const struct comb_label *label)
{
	return comb_from(label) + label->width;
}

static bool fits(const struct comb_label *labels, unsigned int count, double left, double right)
{
	for (unsigned int i = 0; i < count; i++) {
		if (comb_from(&labels[i]) < left || comb_to(&labels[i]) > right)
			return false;
		for (unsigned int j = 0; j < count; j++) {
			/* The line of j comes down through the row of i. */
			if (labels[j].row > labels[i].row &&
			    labels[j].x > comb_from(&labels[i]) - COMB_GAP / 2 &&
			    labels[j].x < comb_to(&labels[i]) + COMB_GAP / 2)
				return false;
		}
	}
	return true;
}

static bool any_sides(struct comb_label *labels, unsigned int count, double left, double right)
{
	for (unsigned int sides = 0; sides < 1U << count; sides++) {
		for (unsigned int i = 0; i < count; i++)
			labels[i].before = sides >> i & 1;
		if (fits(labels, count, left, right))
			return true;
	}
	return false;
}

static void swap_rows(struct comb_label *a, struct comb_label *b)
{
	unsigned int row = a->row;

	a->row = b->row;
	b->row = row;
}

/* The order of labels[at..] in every way, that of time first. */
static bool any_order(struct comb_label *labels, unsigned int at, unsigned int count, double left,
		      double right)
{
	if (at == count)
		return any_sides(labels, count, left, right);
	for (unsigned int i = at; i < count; i++) {
		swap_rows(&labels[at], &labels[i]);
		if (any_order(labels, at + 1, count, left, right))
			return true;
		swap_rows(&labels[at], &labels[i]);
	}
	return false;
}

bool comb_place(struct comb_label *labels, unsigned int count, double left, double right)
{
	for (unsigned int i = 0; i < count; i++)
		labels[i].row = i;
	if (any_order(labels, 0, count, left, right))
		return true;
	for (unsigned int i = 0; i < count; i++) {
		labels[i].row = i;
		labels[i].before = labels[i].x > (left + right) / 2;
	}
	return false;
}
