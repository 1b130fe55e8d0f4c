/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prints a snapshot as text and as JSON. Pure: the output depends only on the arguments and on the
 * time zone.
 */
#ifndef CLI_SHOW_REPORT_H
#define CLI_SHOW_REPORT_H

#include <json-c/json.h>
#include <stdio.h>

#include "cli/show/snapshot.h"

/* ---- status: report_json.c, report_text.c ---- */

/* Returns the whole snapshot as `status --json` prints it (vrrp-xdp(8), STATUS). `only` is the name
 * of one router, or NULL for all. The caller frees the object. */
struct json_object *report_json(const struct snapshot *snapshot, const char *only);

/* Print one line for each router, no wider than `columns` if that is possible. */
void report_table(const struct snapshot *snapshot, unsigned int columns, FILE *out);
/* Print everything about one router. */
void report_full(const struct snapshot *snapshot, const struct snapshot_router *router, FILE *out);

/* ---- history: report_history.c, report_svg.c ---- */

/* Print `count` records, the newest first, numbered from 1. */
void report_history(const struct history_record *const *records, unsigned int count, FILE *out);
struct json_object *report_history_json(const struct history_record *const *records,
					unsigned int count);

/* Write a time line of records[index], with the other records of its router around it, as a whole
 * SVG document. */
void report_svg(const struct history_record *const *records, unsigned int count, unsigned int index,
		const char *host, FILE *out);

/* ---- doctor: report_doctor.c ---- */

struct doctor_report;

/* Print one line for each finding, what to do about it on a line of its own, and how many findings
 * there are of each level. */
void report_doctor(const struct doctor_report *report, FILE *out);
struct json_object *report_doctor_json(const struct doctor_report *report);

/* ---- what json users share ---- */

void report_add_text(struct json_object *object, const char *key, const char *value); /* or null */
void report_add_number(struct json_object *object, const char *key, uint64_t value);
void report_add_bool(struct json_object *object, const char *key, bool value);
void report_add_address(struct json_object *object, const char *key, uint8_t family,
			const struct vrrp_addr *addr);
/* Add the time as seconds since 1970, or null if there is no such time. */
void report_add_time(struct json_object *object, const char *key, int64_t ns);
/* Print the object on one line, and free it. */
void report_print_json(struct json_object *object, FILE *out);

#endif
