/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the writer and the reader of a record agree on. For core/nic/record*.c only.
 */
#ifndef CORE_NIC_RECORD_INTERNAL_H
#define CORE_NIC_RECORD_INTERNAL_H

#include "core/nic/record.h"

#define RECORD_FORMAT "vrrp-xdp takeover"
/* Changes with the format; version 1 was not JSON. A record is written in the lowest version that
 * has a place for what is in it: an older agent, which must not restore half a NIC, refuses the
 * others. Version 3 has rules, and routes that refuse. */
#define RECORD_VERSION       2
#define RECORD_VERSION_RULES 3

/* Does the same as record_parse() for a text that begins with RECORD_OLD_HEADER, and has no NUL
 * before its end. It is in record_old.c. */
#define RECORD_OLD_HEADER "vrrp-xdp takeover"
int record_parse_old(const char *name, char *text, struct record *ret_record,
		     char why[RECORD_ERROR]);

#endif
