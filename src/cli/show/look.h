/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a subcommand gets what it shows. Errors are logged, with what to do about them.
 */
#ifndef CLI_SHOW_LOOK_H
#define CLI_SHOW_LOOK_H

#include "cli/cli.h"
#include "cli/show/snapshot.h"

struct view;

/* Open the maps. Returns 0 and *ret_view, which is NULL if nothing is attached, or a negative
 * errno. */
int look_open(const struct cli *cli, struct view **ret_view);

struct snapshot_request look_request(const struct cli *cli);

/* Open the maps, take a snapshot, and close them. Returns 0 and *ret_snapshot, which the caller
 * frees by snapshot_free(), or a negative errno. */
int look_take(const struct cli *cli, struct snapshot *ret_snapshot);

/* Say that no router of that name runs here, and which one may have been meant. */
void look_no_router(const struct snapshot *snapshot, const char *name);

#endif
