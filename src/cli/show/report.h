/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshot -> text and JSON. Pure: what is printed depends on the arguments alone (and on the time
 * zone).
 */
#ifndef CLI_SHOW_REPORT_H
#define CLI_SHOW_REPORT_H

#include <json-c/json.h>
#include <stdio.h>

#include "cli/show/snapshot.h"

/* ---- status: report_json.c, report_text.c ---- */

/* The whole snapshot as `status --json` prints it (vrrp-xdp(8), STATUS). only: one router by name,
 * or NULL: all. The caller frees it. */
struct json_object *report_json(const struct snapshot *snapshot, const char *only);

/* One line a router, no wider than `columns` where that can be had. */
void report_table(const struct snapshot *snapshot, unsigned int columns, FILE *out);
/* One of them in full. */
void report_full(const struct snapshot *snapshot, const struct snapshot_router *router, FILE *out);

/* ---- history: report_history.c, report_svg.c ---- */

/* count records, the newest first: numbered from 1. */
void report_history(const struct history_record *const *records, unsigned int count, FILE *out);
struct json_object *report_history_json(const struct history_record *const *records,
					unsigned int count);

/* A time line of records[index], with the others of its router around it: a whole SVG document. */
void report_svg(const struct history_record *const *records, unsigned int count, unsigned int index,
		const char *host, FILE *out);

/* ---- doctor: report_doctor.c ---- */

struct doctor_report;

/* A line each, with what to do about it on a line of its own, and how many there are of each. */
void report_doctor(const struct doctor_report *report, FILE *out);
struct json_object *report_doctor_json(const struct doctor_report *report);

/* ---- what json users share ---- */

void report_add_text(struct json_object *object, const char *key, const char *value); /* or null */
void report_add_number(struct json_object *object, const char *key, uint64_t value);
void report_add_bool(struct json_object *object, const char *key, bool value);
void report_add_address(struct json_object *object, const char *key, uint8_t family,
			const struct vrrp_addr *addr);
/* Seconds since 1970; null where there is no such time. */
void report_add_time(struct json_object *object, const char *key, int64_t ns);
/* On one line. Frees the object. */
void report_print_json(struct json_object *object, FILE *out);

#endif
