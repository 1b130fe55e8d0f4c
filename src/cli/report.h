/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshot of the maps -> JSON and text. Knows sys/view.h; never the agent.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <json-c/json.h>
#include <stdio.h>
#include <sys/types.h>

#include "sys/view.h"

struct report {
	struct view *view; /* NULL: nothing is attached */
	const char *bpffs;
	pid_t agent; /* 0: none runs; then there are no instances */
	const char *agent_version;
	uint64_t now_ns;  /* CLOCK_MONOTONIC */
	const char *only; /* one router by name, or NULL: all */
};

/* The whole snapshot as of DESIGN's `status --json`. The caller frees it. */
struct json_object *report_json(const struct report *report);

/* One line a router (all), or one router in full (only). false: there is no router of that name. */
bool report_text(const struct report *report, FILE *out);

/* {"name": count, …} of all verdicts, and the notes beside them. */
struct json_object *report_verdicts(const struct vrrp_counters *counters);
struct json_object *report_notes(const struct vrrp_counters *counters);

const char *report_state(unsigned int state);     /* "init", "backup", … */
const char *report_cause(unsigned int cause);     /* "master down", … */
const char *report_verdict(unsigned int verdict); /* "valid", "checksum", … */

#endif
