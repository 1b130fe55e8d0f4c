/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of routers that no configuration has any more: renamed, or dropped from the file, while a
 * run that did not end had changed a NIC for them.
 */
#ifndef AGENT_STRAYS_H
#define AGENT_STRAYS_H

#include <stdbool.h>

#include "agent/interfaces.h"
#include "core/config/config.h"

/* Put back what each such record in run_dir tells of, and remove it. After fence_orphan(), so that
 * what is on a NIC until then is shut off; behind takeover_open() of every MASTER that goes on, so
 * that nothing is taken from those; before that of all others, which would take a NIC for what it
 * should be. Logged. true: nothing is left; else a record is damaged, its interface gone or another
 * agent's, or a change was refused. */
bool strays_undo(const struct config *config, struct interfaces *interfaces, const char *run_dir);

#endif
