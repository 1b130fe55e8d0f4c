/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Levelled log lines to standard error. On a terminal or in a file they start with "vrrp-xdp: ".
 * Each line is one write(2). If stderr is a pipe or a socket, the lines go to a non-blocking
 * duplicate of it, so that a stuck reader cannot stop the loop; lines that do not fit are counted
 * and reported later. Under systemd (JOURNAL_STREAM names our stderr) lines go to the journal, with
 * fields. Lines for which the journal has no room go to stderr all the same, behind the journal's
 * "<N>" level.
 */
#ifndef SYS_HOST_LOG_H
#define SYS_HOST_LOG_H

#include "sys/host/journal.h"

/* level is one of syslog's: 3 err, 4 warning, 6 info, 7 debug. Lines above it are not written.
 * journal is where the journal's socket would be: JOURNAL_SOCKET. */
void log_open(int level, const char *journal);

void log_err(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Log a line with fields, by which the journal can be searched; elsewhere the line appears
 * alone. */
void log_fields(int level, const struct journal_field *fields, unsigned int count,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
