/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Levelled log lines to standard error: on a terminal or a file they start with "vrrp-xdp: ". One
 * write(2) a line, to a non-blocking duplicate of stderr where that is a pipe or socket, so that a
 * stuck reader cannot stop the loop: lines that do not fit are counted and said later. Under
 * systemd (JOURNAL_STREAM names our stderr) they go to the journal, with fields; what it has no
 * room for goes to stderr all the same, behind the journal's "<N>" level.
 */
#ifndef SYS_HOST_LOG_H
#define SYS_HOST_LOG_H

#include "sys/host/journal.h"

/* level: syslog's 3 err, 4 warning, 6 info, 7 debug. Lines above it are not written. journal: where
 * the journal's socket would be, JOURNAL_SOCKET. */
void log_open(int level, const char *journal);

void log_err(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line with fields for the journal, which it can be searched by; elsewhere the line alone. */
void log_fields(int level, const struct journal_field *fields, unsigned int count,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
