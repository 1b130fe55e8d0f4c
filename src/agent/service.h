/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent as a service: what it tells the service manager, and when. The watchdog is fed from the
 * loop, after all of a wake-up was done: a loop that hangs starves it, and is started anew.
 */
#ifndef AGENT_SERVICE_H
#define AGENT_SERVICE_H

#include <stdbool.h>

#include "core/monotime.h"
#include "sys/host/supervisor.h"

#define SERVICE_LINE 256

struct service {
	struct supervisor supervisor;
	const char *unsaid; /* had no room: tried again */
	struct monotime fed_at, due_at;
	struct monotime extend_at; /* the stop needs more time; never before it began */
};

void service_open(struct service *service);
void service_close(struct service *service);

/* All routers run. */
void service_ready(struct service *service, struct monotime now);

/* A restart in place follows, and then the next process's service_ready(). */
void service_reloading(struct service *service, struct monotime now);

/* The end has begun. From here on service_tick() asks for more time again and again, for as long as
 * the agent is there to ask: its hooks may take longer than the service manager's limit. */
void service_stopping(struct service *service, struct monotime now);

/* Does anybody want to know? */
bool service_listens(const struct service *service);

/* A line for `systemctl status`, in place of the one before. False: there is no room for it now. */
bool service_status(struct service *service, const char *line);

/* After every wake-up; and when it must be called at the latest. */
void service_tick(struct service *service, struct monotime now);
struct monotime service_deadline(const struct service *service);

#endif
