/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a service manager is told what. Depends on sys/host/supervisor; knows nothing of routers.
 */
#include "agent/service.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/monotime.h"
#include "sys/host/log.h"

#define RETRY_NS 100000000LL /* for room in its queue */

/* Asked for so much, so often: an agent that hangs in its stop is killed soon enough. */
#define EXTEND       "EXTEND_TIMEOUT_USEC=30000000"
#define STOPPING     "STOPPING=1\n" EXTEND /* in one: the limit of the stop begins with it */
#define EXTEND_EVERY 10000000000LL

void service_open(struct service *service)
{
	*service = (struct service){.due_at = MONOTIME_NEVER, .extend_at = MONOTIME_NEVER};
	supervisor_open(&service->supervisor);
}

void service_close(struct service *service)
{
	supervisor_close(&service->supervisor);
}

/* text is kept where it has no room: it must live as long as service does. */
static void say(struct service *service, const char *text, struct monotime now)
{
	int64_t limit = service->supervisor.watchdog_ns;
	int err = supervisor_say(&service->supervisor, text);

	service->unsaid = err == -EAGAIN ? text : NULL;
	if (service->unsaid)
		service->due_at = monotime_add(now, RETRY_NS);
	else
		service->due_at = limit ? monotime_add(service->fed_at, limit / 2) : MONOTIME_NEVER;
	if (err && !service->unsaid)
		log_debug("the service manager was not told %s: %s", text, strerror(-err));
}

void service_ready(struct service *service, struct monotime now)
{
	service->fed_at = now;
	say(service, "READY=1", now);
}

void service_reloading(struct service *service, struct monotime now)
{
	char text[64];

	/* Since systemd 253 the time tells this reload from an earlier one. */
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now.ns / NS_PER_US);
	supervisor_say(&service->supervisor, text);
}

static void extend(struct service *service, struct monotime now)
{
	int err = supervisor_say(&service->supervisor, EXTEND);

	service->extend_at = monotime_add(now, err == -EAGAIN ? RETRY_NS : EXTEND_EVERY);
}

void service_stopping(struct service *service, struct monotime now)
{
	say(service, STOPPING, now);
	if (service_listens(service))
		service->extend_at = monotime_add(now, EXTEND_EVERY);
}

bool service_listens(const struct service *service)
{
	return service->supervisor.fd >= 0;
}

bool service_status(struct service *service, const char *line)
{
	char text[sizeof("STATUS=") + SERVICE_LINE];

	snprintf(text, sizeof(text), "STATUS=%s", line);
	return supervisor_say(&service->supervisor, text) != -EAGAIN;
}

void service_tick(struct service *service, struct monotime now)
{
	int64_t limit = service->supervisor.watchdog_ns;
	/* In passing, when others woke us, twice as often as by a timer. */
	bool feed = limit && monotime_diff(now, service->fed_at) >= limit / 4;

	if (!monotime_before(now, service->extend_at))
		extend(service, now);
	if (service->unsaid && !monotime_before(now, service->due_at))
		say(service, service->unsaid, now);
	if (service->unsaid || !feed)
		return;
	if (supervisor_say(&service->supervisor, "WATCHDOG=1") == -EAGAIN) {
		service->due_at = monotime_add(now, RETRY_NS);
	} else {
		service->fed_at = now;
		service->due_at = monotime_add(now, limit / 2);
	}
}

struct monotime service_deadline(const struct service *service)
{
	return monotime_min(service->due_at, service->extend_at);
}
