/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of past transitions, DIR/history: a header, then a line each (core/history.h), the
 * oldest first. Replaced as a whole: a reader sees the old one or the new one.
 */
#ifndef SYS_HOST_HISTORY_H
#define SYS_HOST_HISTORY_H

#include "core/history.h"

/* Make DIR and its missing parents; it must be ours (sys/host/own_dir.h). Logged. Negative errno.
 */
int history_prepare(const char *dir);

/* What the file has; lines that are none are passed over. -ENOENT: there is no file. Not logged. */
int history_load(const char *dir, struct history_record records[HISTORY_MAX],
		 unsigned int *ret_count);

/* Add what the file does not have yet. Blocks on the disk, and on another one that saves. Not
 * logged. */
int history_save(const char *dir, const struct history_record *more, unsigned int count);

#endif
