/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a subcommand comes to what it shows. Errors are logged with what to do.
 */
#ifndef CLI_SHOW_LOOK_H
#define CLI_SHOW_LOOK_H

#include "cli/cli.h"
#include "cli/show/snapshot.h"

struct view;

/* *ret_view NULL, and no error: nothing is attached. */
int look_open(const struct cli *cli, struct view **ret_view);

struct snapshot_request look_request(const struct cli *cli);

/* Open, take, close. snapshot_free() it. */
int look_take(const struct cli *cli, struct snapshot *ret_snapshot);

/* Say that no router of that name runs here, and which one may have been meant. */
void look_no_router(const struct snapshot *snapshot, const char *name);

#endif
