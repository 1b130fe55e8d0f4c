/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two text formats of Prometheus: families, labels and samples. Pure, except that it writes to
 * a stream.
 */
#ifndef CLI_SHOW_METRICS_TEXT_H
#define CLI_SHOW_METRICS_TEXT_H

#include "cli/show/report_metrics.h"

enum metrics_kind {
	METRICS_GAUGE,
	METRICS_COUNTER,
	METRICS_STATESET,
	METRICS_INFO,
	METRICS_HISTOGRAM
};

struct metrics {
	const struct snapshot *snapshot;
	enum metrics_form form;
	FILE *out;
	/* the family that is being written */
	const char *name, *suffix;
};

/* Begin a family. unit is NULL if it has none. */
void metrics_family(struct metrics *m, enum metrics_kind kind, const char *name, const char *unit,
		    const char *help);

struct metrics_labels {
	char text[320];
	size_t length;
};

/* Add a label. A value may be any text, since interfaces may be called what they like. */
void metrics_label(struct metrics_labels *labels, const char *key, const char *value);
void metrics_label_number(struct metrics_labels *labels, const char *key, unsigned int value);

/* Write the name and the labels of a sample of this family, without its value. A suffix that is not
 * NULL replaces the one of the family. */
void metrics_begin(const struct metrics *m, const char *suffix,
		   const struct metrics_labels *labels);
/* The same, and the value. */
void metrics_sample(const struct metrics *m, const struct metrics_labels *labels, uint64_t value);
void metrics_sample_seconds(const struct metrics *m, const struct metrics_labels *labels,
			    uint64_t ns);

#endif
