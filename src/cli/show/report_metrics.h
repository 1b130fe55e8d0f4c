/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints a snapshot as metrics. Pure. Every series has few label values: things that a flood of
 * forged adverts could multiply (sources, neighbours) are counted, never named.
 */
#ifndef CLI_SHOW_REPORT_METRICS_H
#define CLI_SHOW_REPORT_METRICS_H

#include <stdio.h>

#include "cli/show/snapshot.h"

enum metrics_form {
	METRICS_OPEN,       /* OpenMetrics 1.0 */
	METRICS_PROMETHEUS, /* the text format 0.0.4 that came before it */
};

void report_metrics(const struct snapshot *snapshot, enum metrics_form form, FILE *out);

#endif
