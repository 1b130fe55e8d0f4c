/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the writer and the reader of a record agree on. For agent/record*.c only.
 */
#ifndef AGENT_RECORD_INTERNAL_H
#define AGENT_RECORD_INTERNAL_H

#include "agent/record.h"

#define RECORD_HEADER    "vrrp-xdp takeover 1" /* the number changes with the format */
#define RECORD_NO_DEVICE "-"
#define RECORD_MAX_BYTES (4 * 1024 * 1024)

/* What record_write() writes, with its length; free() it. NULL: out of memory. */
char *record_format(const char *name, const struct record *record, size_t *ret_length);

/* text[length] is a NUL; text is written over. As record_read(). */
int record_parse(const char *name, char *text, size_t length, struct record *ret_record,
		 char why[RECORD_ERROR]);

#endif
