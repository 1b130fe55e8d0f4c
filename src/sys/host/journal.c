/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line of the log as a datagram to the journal. Depends on nothing of this project.
 */
#include "sys/host/journal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RECORD_SIZE 2048 /* a line of the log and its fields, with room to spare */

struct record {
	char text[RECORD_SIZE];
	size_t length;
	bool full;
};

int journal_open(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* A value ends with its line, so there must be no other end of a line in it. */
static void add(struct record *record, const char *name, const char *value)
{
	char *at = record->text + record->length;
	size_t room = sizeof(record->text) - record->length;
	int n = snprintf(at, room, "%s=%s\n", name, value);

	if (n < 0 || (size_t)n >= room) {
		record->full = true;
		return;
	}
	for (char *c = at + strlen(name) + 1; c < at + n - 1; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	record->length += (size_t)n;
}

bool journal_send(int fd, int level, const struct journal_field *fields, unsigned int count,
		  const char *message)
{
	const char priority[] = {(char)('0' + level), '\0'};
	struct record record = {.length = 0};

	add(&record, "PRIORITY", priority);
	add(&record, "SYSLOG_IDENTIFIER", "vrrp-xdp");
	for (unsigned int i = 0; i < count; i++)
		add(&record, fields[i].name, fields[i].value);
	add(&record, "MESSAGE", message);
	return !record.full && send(fd, record.text, record.length, MSG_NOSIGNAL) >= 0;
}
