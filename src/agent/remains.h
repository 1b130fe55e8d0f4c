/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guards of the fence that belong to no running router: those of a run that died, of a start
 * that failed, or of a NIC that could not be put back. Such a guard is removed only if its NIC does
 * not carry what it guards. So no failure opens the fence for an address that another host may have
 * by now.
 */
#ifndef AGENT_REMAINS_H
#define AGENT_REMAINS_H

#include <stdbool.h>

#include "agent/interfaces.h"
#include "core/config/config.h"
#include "sys/bpf/fence.h"

/* A guard whose NIC still carries the address or the MAC stays, and so do the others of that NIC.
 * If the interfaces cannot be read, all of them stay. An address that the host had before our first
 * start, by a record that was read since, is the host's own, and holds no guard. */

/* For an agent that runs: the orphans of its fence. A standby address or standby MAC of config is
 * not what a dead agent left, even if it was a shared one before. Set `tell` if every NIC that can
 * be put back has been put back; then what stays is logged, with what to do. */
void remains_forget_orphans(struct fence *fence, const struct config *config,
			    struct interfaces *interfaces, bool tell);

/* For a caller that knows that no agent runs: all guards. What stays is logged. Returns 0 if none
 * is left, -EBUSY if some stay, or -EPROTO if they are of another version, and were not touched. */
int remains_forget_all(const char *bpffs, struct interfaces *interfaces);

#endif
