/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent as a service: what it tells the service manager, and when. The loop feeds the watchdog
 * after all work of a wake-up is done. If the loop hangs, the watchdog gets nothing, and the
 * service manager starts the agent anew.
 */
#ifndef AGENT_SERVICE_H
#define AGENT_SERVICE_H

#include <stdbool.h>

#include "core/monotime.h"
#include "sys/host/supervisor.h"

#define SERVICE_LINE 256

struct service {
	struct supervisor supervisor;
	const char *unsaid; /* a message for which there was no room: it is tried again */
	struct monotime fed_at, due_at;
	struct monotime extend_at; /* when the stop asks for more time; never before it begins */
};

void service_open(struct service *service);
void service_close(struct service *service);

/* The agent is ready: all routers run. */
void service_ready(struct service *service, struct monotime now);

/* A restart in place follows. The next process calls service_ready(). */
void service_reloading(struct service *service, struct monotime now);

/* The agent stops. From here on service_tick() asks for more time again and again, for as long as
 * the agent runs, because its hooks may take longer than the service manager's limit. */
void service_stopping(struct service *service, struct monotime now);

/* Is there a service manager that listens? */
bool service_listens(const struct service *service);

/* Set the line of `systemctl status`. Returns false if there is no room for it now. */
bool service_status(struct service *service, const char *line);

/* Call it after every wake-up, and at service_deadline() at the latest. */
void service_tick(struct service *service, struct monotime now);
struct monotime service_deadline(const struct service *service);

#endif
