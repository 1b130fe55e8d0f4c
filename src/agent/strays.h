/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records whose router cannot put the NIC back itself, after a run that did not end properly had
 * changed that NIC for it. The router was renamed or removed from the file, its public interface is
 * another one now, or there is no agent at all.
 */
#ifndef AGENT_STRAYS_H
#define AGENT_STRAYS_H

#include <stdbool.h>

#include "agent/interfaces.h"
#include "core/config/config.h"

/* Put the NIC of each record in run_dir back whose router config does not have, and remove the
 * record. config may be NULL if no agent runs: then this is every record. Call it in this order:
 *   after fence_orphan(), so that the fence is shut for what is still on a NIC;
 *   after takeover_open() of every MASTER that goes on, so that nothing is taken from these;
 *   before takeover_open() of all others, for they record what a NIC carries as its original state.
 * Failures are logged. Returns true if no such record is left, or false if a record is damaged, its
 * interface is gone or belongs to another agent, or a change was refused. */
bool strays_undo(const struct config *config, struct interfaces *interfaces, const char *run_dir);

/* The same for the one record of a router for which takeover_open() returned -EXDEV. Returns 0,
 * -ENODEV if the public interface of that record is gone, or another negative errno, which is
 * logged. After an error the record stays. */
int strays_put_back(const struct config_router *router, struct interfaces *interfaces,
		    const char *run_dir);

#endif
