/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * systemd's journal by its native protocol: one datagram a line, NAME=value by lines. Our own, for
 * libsystemd would cost more memory than the agent may have. Never blocks.
 */
#ifndef SYS_HOST_JOURNAL_H
#define SYS_HOST_JOURNAL_H

#include <stdbool.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct journal_field {
	const char *name; /* upper case, digits and '_': what journalctl searches by */
	const char *value;
};

/* A socket that is connected to the journal at that path, or negative errno. */
int journal_open(const char *path);

/* One line of syslog's level, with `count` fields. What is no text in a value is sent as '?'.
 * false: it did not get there (no room, nobody there, too long). Changes errno. */
bool journal_send(int fd, int level, const struct journal_field *fields, unsigned int count,
		  const char *message);

#endif
