/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of routers that the configuration does not have any more. Such a router was renamed, or
 * removed from the file, after a run that did not end properly had changed a NIC for it.
 */
#ifndef AGENT_STRAYS_H
#define AGENT_STRAYS_H

#include <stdbool.h>

#include "agent/interfaces.h"
#include "core/config/config.h"

/* Put the NIC of each such record in run_dir back, and remove the record. Call it in this order:
 *   after fence_orphan(), so that the fence is shut for what is still on a NIC;
 *   after takeover_open() of every MASTER that goes on, so that nothing is taken from these;
 *   before takeover_open() of all others, for they record what a NIC carries as its original state.
 * Failures are logged. true: no such record is left. false: a record is damaged, its interface is
 * gone or belongs to another agent, or a change was refused. */
bool strays_undo(const struct config *config, struct interfaces *interfaces, const char *run_dir);

#endif
