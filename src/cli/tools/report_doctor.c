/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Findings as text and as JSON. Pure.
 */
#include <string.h>

#include "cli/show/report.h"
#include "cli/tools/doctor.h"

void report_doctor(const struct doctor_report *report, FILE *out)
{
	int width = 0;

	for (unsigned int i = 0; i < report->count; i++) {
		int length = (int)strlen(report->findings[i].about);

		width = length > width ? length : width;
	}
	for (unsigned int i = 0; i < report->count; i++) {
		const struct doctor_finding *finding = &report->findings[i];

		fprintf(out, "%-5s %-*s  %s\n", doctor_level_name(finding->level), width,
			finding->about, finding->text);
		if (finding->advice)
			fprintf(out, "%-5s %-*s  -> %s\n", "", width, "", finding->advice);
	}
	fprintf(out, "\n%u ok, %u warn, %u fail\n", report->levels[DOCTOR_OK],
		report->levels[DOCTOR_WARN], report->levels[DOCTOR_FAIL]);
}

struct json_object *report_doctor_json(const struct doctor_report *report)
{
	struct json_object *object = json_object_new_object();
	struct json_object *findings = json_object_new_array();

	report_add_number(object, "schema", 1);
	for (unsigned int level = 0; level < DOCTOR_LEVELS; level++)
		report_add_number(object, doctor_level_name((enum doctor_level)level),
				  report->levels[level]);
	for (unsigned int i = 0; i < report->count; i++) {
		const struct doctor_finding *from = &report->findings[i];
		struct json_object *finding = json_object_new_object();

		report_add_text(finding, "level", doctor_level_name(from->level));
		report_add_text(finding, "check", from->check);
		report_add_text(finding, "about", from->about);
		report_add_text(finding, "text", from->text);
		report_add_text(finding, "advice", from->advice);
		json_object_array_add(findings, finding);
	}
	json_object_object_add(object, "findings", findings);
	return object;
}
