/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Families of metrics and their samples as text.
 */
#include "cli/show/metrics_text.h"

#include <inttypes.h>
#include <string.h>

#include "core/monotime.h"

void metrics_family(struct metrics *m, enum metrics_kind kind, const char *name, const char *unit,
		    const char *help)
{
	static const char *const open[] = {"gauge", "counter", "stateset", "info", "histogram"};
	static const char *const older[] = {"gauge", "counter", "gauge", "gauge", "histogram"};
	const char *suffix = kind == METRICS_COUNTER ? "_total"
			     : kind == METRICS_INFO  ? "_info"
						     : "";

	m->name = name;
	m->suffix = suffix;
	if (m->form == METRICS_OPEN) {
		fprintf(m->out, "# TYPE %s %s\n", name, open[kind]);
		if (unit)
			fprintf(m->out, "# UNIT %s %s\n", name, unit);
		fprintf(m->out, "# HELP %s %s\n", name, help);
	} else {
		fprintf(m->out, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name,
			suffix, older[kind]);
	}
}

static void put(struct metrics_labels *labels, const char *text, size_t length)
{
	if (labels->length + length >= sizeof(labels->text))
		return;
	memcpy(labels->text + labels->length, text, length);
	labels->length += length;
	labels->text[labels->length] = '\0';
}

void metrics_label(struct metrics_labels *labels, const char *key, const char *value)
{
	if (labels->length)
		put(labels, ",", 1);
	put(labels, key, strlen(key));
	put(labels, "=\"", 2);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			put(labels, "\\", 1);
		if (*value == '\n')
			put(labels, "\\n", 2);
		else
			put(labels, value, 1);
	}
	put(labels, "\"", 1);
}

void metrics_label_number(struct metrics_labels *labels, const char *key, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	metrics_label(labels, key, text);
}

void metrics_begin(const struct metrics *m, const char *suffix, const struct metrics_labels *labels)
{
	fprintf(m->out, "%s%s", m->name, suffix ? suffix : m->suffix);
	if (labels->length)
		fprintf(m->out, "{%s}", labels->text);
}

void metrics_sample(const struct metrics *m, const struct metrics_labels *labels, uint64_t value)
{
	metrics_begin(m, NULL, labels);
	fprintf(m->out, " %" PRIu64 "\n", value);
}

void metrics_sample_seconds(const struct metrics *m, const struct metrics_labels *labels,
			    uint64_t ns)
{
	metrics_begin(m, NULL, labels);
	fprintf(m->out, " %" PRIu64 ".%06" PRIu64 "\n", ns / NS_PER_S, ns % NS_PER_S / 1000);
}
