/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process beside the agent that writes transitions to a file: the agent hands them on without a
 * wait, and never touches a disk. A disk that hangs hangs the keeper alone.
 */
#ifndef AGENT_KEEPER_H
#define AGENT_KEEPER_H

#include <stdbool.h>

#include "vrrp_abi.h"

struct keeper;

/* Before anything else is read or opened: it has no part in what the agent holds. dir is an
 * absolute path; it is made where it is missing. NULL: no process can be made, which is logged; the
 * rest takes a NULL keeper. */
struct keeper *keeper_open(const char *dir);

/* Hand on what is new in the map `history`, as far as there is room; the rest next time. */
void keeper_follow(struct keeper *keeper, const struct vrrp_history *ring);

/* The keeper writes what it has, and ends. wait: for that, but no longer than a second; else this
 * process is to execute itself anew, and the next keeper_open() will see to its end. */
void keeper_close(struct keeper *keeper, bool wait);

#endif
