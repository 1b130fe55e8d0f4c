/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of cli/tools/doctor share. No other file includes it.
 */
#ifndef CLI_TOOLS_DOCTOR_INTERNAL_H
#define CLI_TOOLS_DOCTOR_INTERNAL_H

#include "cli/tools/doctor.h"

/* A report that is being written. */
struct doctor_writer {
	struct doctor_report report;
	int status;                /* 0, or -ENOMEM: what was written is incomplete */
	const char *check, *about; /* of the findings that come next */
};

/* doctor_findings.c */

/* doctor_say() adds a finding with this level and text; doctor_advise() adds advice to it. */
void doctor_say(struct doctor_writer *w, enum doctor_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void doctor_advise(struct doctor_writer *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* doctor_nic.c */
void doctor_judge_nic(struct doctor_writer *w, const struct doctor_facts *facts,
		      const struct doctor_nic *nic);

/* doctor_wire.c: peers, clocks, firewall */
void doctor_judge_wire(struct doctor_writer *w, const struct doctor_facts *facts);

#endif
