/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * systemd's journal by its native protocol: each line of the log is one datagram, which has a line
 * NAME=value for each field. It is our own implementation, because libsystemd would cost more
 * memory than the agent may have. Never blocks.
 */
#ifndef SYS_HOST_JOURNAL_H
#define SYS_HOST_JOURNAL_H

#include <stdbool.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct journal_field {
	const char *name; /* upper case, digits and '_': what journalctl searches by */
	const char *value;
};

/* Returns a socket that is connected to the journal at that path, which the caller owns, or a
 * negative errno. */
int journal_open(const char *path);

/* Send one line with a level of syslog's and `count` fields. Bytes of a value that are no text are
 * sent as '?'. Returns false if the line did not get there, because there is no room, nobody is
 * there, or it is too long. Changes errno. */
bool journal_send(int fd, int level, const struct journal_field *fields, unsigned int count,
		  const char *message);

#endif
