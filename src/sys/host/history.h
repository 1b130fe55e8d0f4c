/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of past transitions, DIR/history: a header, then one line for each transition
 * (core/history.h), the oldest first. The file is replaced as a whole, so a reader sees the old one
 * or the new one.
 */
#ifndef SYS_HOST_HISTORY_H
#define SYS_HOST_HISTORY_H

#include "core/history.h"

/* Make DIR and its missing parents. DIR must be ours (sys/host/own_dir.h). Returns 0, or a negative
 * errno, which is logged. */
int history_prepare(const char *dir);

/* Load the records of the file; lines that are no records are passed over. Returns 0, -ENOENT if
 * there is no file, or another negative errno. Not logged. */
int history_load(const char *dir, struct history_record records[HISTORY_MAX],
		 unsigned int *ret_count);

/* Add the records that the file does not have yet. Blocks on the disk, and on another process that
 * saves. Returns 0 or a negative errno. Not logged. */
int history_save(const char *dir, const struct history_record *more, unsigned int count);

#endif
