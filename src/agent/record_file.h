/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record of a takeover in the run directory: RUN_DIR/takeover-NAME. It is replaced as a whole
 * (sys/host/new_file.h): whatever instant a crash picks, there is the old one or the new one. Never
 * changes a NIC, never logs.
 */
#ifndef AGENT_RECORD_FILE_H
#define AGENT_RECORD_FILE_H

#include "core/nic/record.h"

#define RECORD_ASIDE "unreadable-" /* of a file; the router's name follows */

/* The agent that calls this has its memory locked. -ENOMEM, -ENAMETOOLONG, and what open(2),
 * write(2), fsync(2), rename(2) say; the old record stands then. */
int record_write(const char *run_dir, const char *name, const struct record *record);

/* -ENOENT: there is none. -EBADMSG: as record_parse(). Other errno of open(2) and read(2).
 * record_free() it. */
int record_read(const char *run_dir, const char *name, struct record *ret_record,
		char why[RECORD_ERROR]);

/* Give the file another name, RECORD_ASIDE NAME, under which nobody reads it as a record. What
 * had that name is gone. -ENOENT: there is none; other errno of rename(2). */
int record_set_aside(const char *run_dir, const char *name);

/* None there is success. */
int record_remove(const char *run_dir, const char *name);

#endif
