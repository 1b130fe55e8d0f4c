/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the agent was started, and when links came up, over a reload. A process that reloads begins
 * anew, but neither start-delay nor link-delay begins anew with it.
 */
#ifndef AGENT_SINCE_H
#define AGENT_SINCE_H

#include "agent/ports.h"

/* Set the times of the ports: to those that an earlier program of this process has passed on, if
 * this is a reload; otherwise the agent is started now. Call it after ports_init() and before the
 * first ports_refresh(). */
void since_take(struct ports *ports, bool reloads, struct monotime now);

/* Before a reload: pass them on, by the environment. */
void since_pass_on(const struct ports *ports);

#endif
