/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Levelled log lines to standard error. Under systemd (JOURNAL_STREAM names our stderr) a line
 * starts with the journal's "<N>" level; on a terminal or a file with "vrrp-xdp: ". One write(2) a
 * line, to a non-blocking duplicate of stderr where that is a pipe or socket, so that a stuck
 * reader cannot stop the loop: lines that do not fit are counted and said later. */
#ifndef SYS_LOG_H
#define SYS_LOG_H

/* level: syslog's 3 err, 4 warning, 6 info, 7 debug. Lines above it are not written. */
void log_open(int level);

void log_err(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
