/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record of a takeover in the run directory: RUN_DIR/takeover-NAME. It is replaced as a whole
 * (sys/host/new_file.h), so that after a crash there is the old one or the new one. Never changes a
 * NIC, never logs.
 */
#ifndef AGENT_RECORD_FILE_H
#define AGENT_RECORD_FILE_H

#include "core/nic/record.h"

#define RECORD_ASIDE "unreadable-" /* prefix of a file's name; the router's name follows */

/* The agent that calls this has its memory locked. Returns 0, -ENOMEM, -ENAMETOOLONG, or the
 * negative errno of open(2), write(2), fsync(2) or rename(2). After an error the old record
 * stands. */
int record_write(const char *run_dir, const char *name, const struct record *record);

/* Returns 0, -ENOENT if there is none, -EBADMSG as record_parse() does, or another negative errno
 * of open(2) or read(2). The caller frees the record by record_free(). */
int record_read(const char *run_dir, const char *name, struct record *ret_record,
		char why[RECORD_ERROR]);

/* Give the file another name, RECORD_ASIDE NAME, under which nobody reads it as a record. What had
 * that name is gone. Returns 0, -ENOENT if there is no record, or another negative errno of
 * rename(2). */
int record_set_aside(const char *run_dir, const char *name);

/* Is there a record, or something that cannot be read in its place? */
bool record_is_there(const char *run_dir, const char *name);

/* Returns 0, also if there is no record, or a negative errno. */
int record_remove(const char *run_dir, const char *name);

#endif
