/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the writer and the reader of a record agree on. For agent/record*.c only.
 */
#ifndef AGENT_RECORD_INTERNAL_H
#define AGENT_RECORD_INTERNAL_H

#include "agent/record.h"

#define RECORD_FORMAT    "vrrp-xdp takeover"
#define RECORD_VERSION   2 /* changes with the format; 1 was not JSON */
#define RECORD_MAX_BYTES (8 * 1024 * 1024)

/* What record_write() writes, with its length; free() it. NULL: out of memory. */
char *record_format(const char *name, const struct record *record, size_t *ret_length);

/* text[length] is a NUL; text may be written over. As record_read(). */
int record_parse(const char *name, char *text, size_t length, struct record *ret_record,
		 char why[RECORD_ERROR]);

/* As record_parse(), for a text without a NUL that begins with RECORD_OLD_HEADER (record_old.c). */
#define RECORD_OLD_HEADER "vrrp-xdp takeover"
int record_parse_old(const char *name, char *text, struct record *ret_record,
		     char why[RECORD_ERROR]);

#endif
