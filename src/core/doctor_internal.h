/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of core/doctor share; nobody else includes it.
 */
#ifndef CORE_DOCTOR_INTERNAL_H
#define CORE_DOCTOR_INTERNAL_H

#include "core/doctor.h"

/* A report that is being written. */
struct doctor_writer {
	struct doctor_report report;
	int status;                /* 0, or -ENOMEM: what was written is incomplete */
	const char *check, *about; /* of the findings that come next */
};

/* A finding of the level with a text; advice is added behind it. */
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
