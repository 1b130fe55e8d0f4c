/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process beside the agent that writes transitions to a file. The agent hands them on without
 * waiting, and never touches a disk. If the disk hangs, only the keeper hangs.
 */
#ifndef AGENT_KEEPER_H
#define AGENT_KEEPER_H

#include <stdbool.h>

#include "vrrp_abi.h"

struct keeper;

/* Call it before anything else is read or opened, so that the keeper holds nothing of the agent's.
 * dir is an absolute path; it is made if it is missing. Returns NULL if no process can be made,
 * which is logged. The other functions accept NULL. */
struct keeper *keeper_open(const char *dir);

/* Hand on what is new in the map `history`, as far as there is room. The rest follows next time. */
void keeper_follow(struct keeper *keeper, const struct vrrp_history *ring);

/* The keeper writes what it has, and ends. If `wait` is true, wait for its end, but no longer than
 * a second. If it is false, this process is about to execute itself anew; the next keeper_open()
 * takes note of the old keeper, so that it is reaped when it has ended. */
void keeper_close(struct keeper *keeper, bool wait);

#endif
