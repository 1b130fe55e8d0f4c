/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers in the tracked files of one router. A file that is not there, or is empty, says 0.
 */
#ifndef AGENT_TRACK_FILES_H
#define AGENT_TRACK_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/config/config.h"

struct track_files;
struct loop;

/* *changed is set whenever a number has changed. Returns 0 and *ret_files, which is NULL if the
 * router has no tracked file; or -ENOMEM. The other functions accept NULL. What the arguments point
 * to must outlive it. */
int track_files_open(const struct config_router *router, struct loop *loop, bool *changed,
		     struct track_files **ret_files);
void track_files_close(struct track_files *files);

/* Does a file without a weight say that something is wrong? If so, `why` says which one. */
bool track_files_failed(const struct track_files *files, char *why, size_t size);

/* The sum of the numbers in files with a weight, times their weights. */
int track_files_sum(const struct track_files *files);

#endif
