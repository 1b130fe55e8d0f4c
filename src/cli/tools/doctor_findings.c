/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of findings: what is found is added here, each with its advice.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/tools/doctor_internal.h"

static char *text_of(struct doctor_writer *w, const char *format, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, format, args) < 0) {
		w->status = -ENOMEM;
		return NULL;
	}
	/* Names in it may be anybody's: a line stays a line, and a terminal what it is. */
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	return text;
}

void doctor_say(struct doctor_writer *w, enum doctor_level level, const char *format, ...)
{
	struct doctor_report *report = &w->report;
	struct doctor_finding *finding;
	va_list args;

	/* Doubled at powers of two. */
	if (!(report->count & (report->count - 1))) {
		unsigned int room = report->count ? 2 * report->count : 1;

		finding = realloc(report->findings, room * sizeof(*finding));
		if (!finding) {
			w->status = -ENOMEM;
			return;
		}
		report->findings = finding;
	}
	finding = &report->findings[report->count];
	*finding = (struct doctor_finding){.level = level, .check = w->check};
	snprintf(finding->about, sizeof(finding->about), "%s", w->about);
	va_start(args, format);
	finding->text = text_of(w, format, args);
	va_end(args);
	if (!finding->text)
		return;
	report->count++;
	report->levels[level]++;
}

void doctor_advise(struct doctor_writer *w, const char *format, ...)
{
	struct doctor_finding *last = &w->report.findings[w->report.count - 1];
	va_list args;

	if (w->status)
		return;
	va_start(args, format);
	last->advice = text_of(w, format, args);
	va_end(args);
}

void doctor_free(struct doctor_report *report)
{
	for (unsigned int i = 0; i < report->count; i++) {
		free(report->findings[i].text);
		free(report->findings[i].advice);
	}
	free(report->findings);
	*report = (struct doctor_report){0};
}

const char *doctor_level_name(enum doctor_level level)
{
	static const char *const names[DOCTOR_LEVELS] = {
		[DOCTOR_OK] = "ok", [DOCTOR_WARN] = "warn", [DOCTOR_FAIL] = "fail"};

	return level < DOCTOR_LEVELS ? names[level] : "?";
}
