/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stray record is undone as its router would have undone it: by a takeover that enters BACKUP.
 * Depends on core/nic/plan, agent/takeover, the record's file, sys/host/rundir and
 * sys/net/nic_lock. Never takes anything over.
 */
#include "agent/strays.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/macvlans.h"
#include "agent/record_file.h"
#include "agent/takeover.h"
#include "sys/host/log.h"
#include "sys/host/rundir.h"
#include "sys/net/nic_lock.h"

/* An interface that went to another agent is that one's. */
static bool is_anothers(const struct config_router *router, const struct plan_actual *actual)
{
	for (unsigned int i = 0; i < actual->link_count; i++) {
		const struct plan_link *link = &actual->links[i];
		pid_t holder;

		if (!plan_concerns(router, actual, link->ifindex) ||
		    !nic_locked(link->ifindex, &holder))
			continue;
		log_warn("%s: another agent uses %s: vrrp-xdp, pid %d", router->name, link->name,
			 (int)holder);
		return true;
	}
	return false;
}

/* takeover.c says what could not be put back, and keeps the record then. */
static int put_back(const struct config_router *router, struct interfaces *interfaces,
		    const char *run_dir)
{
	struct takeover *takeover;
	int err = takeover_open(router, interfaces, run_dir, &takeover);

	if (err)
		return err;
	takeover_close(takeover, false);
	return record_is_there(run_dir, router->name) ? -EIO : 0;
}

/* reason: why its router does not do that itself. */
static int undo(const char *name, const char *reason, struct interfaces *interfaces,
		const char *run_dir)
{
	const struct plan_actual *actual = &interfaces->actual;
	char why[RECORD_ERROR] = "";
	struct config_router router;
	struct record record;
	char ifname[CONFIG_IFNAME] = "";
	bool gone = false;
	int err = record_read(run_dir, name, &record, why);

	if (!err) {
		err = interfaces_look(interfaces, NULL, false);
		if (!err)
			record_follow(&record, actual);
		if (!err)
			err = plan_router(&record.original, name, record.ifname, actual, &router);
		gone = !plan_link_by_name(actual, record.ifname);
		memcpy(ifname, record.ifname, sizeof(ifname));
		record_free(&record);
	} else {
		log_warn("%s/takeover-%s cannot be read: %s", run_dir, name,
			 why[0] ? why : strerror(-err));
	}
	if (!err) {
		err = is_anothers(&router, actual) ? -EBUSY
						   : put_back(&router, interfaces, run_dir);
		if (!err)
			macvlans_remove(interfaces, ifname);
		plan_router_free(&router);
		/* What could be put back on other interfaces is. */
		if (err && gone)
			err = -ENODEV;
	}
	if (err == -ENODEV)
		log_warn("%s/takeover-%s: %s %s, and there is no interface %s; its changes of "
			 "other interfaces were undone",
			 run_dir, name, name, reason, ifname);
	else if (err)
		log_warn("%s/takeover-%s: %s %s, and its changes of the interface could not be "
			 "undone; the fence, if there is one, stays closed for them. Undo them by "
			 "hand (ip address, ip route), and remove the file",
			 run_dir, name, name, reason);
	else
		log_info("%s: %s; its changes were undone", name, reason);
	return err;
}

int strays_put_back(const struct config_router *router, struct interfaces *interfaces,
		    const char *run_dir)
{
	return undo(router->name, "has another public interface now", interfaces, run_dir);
}

bool strays_undo(const struct config *config, struct interfaces *interfaces, const char *run_dir)
{
	const unsigned int configured = config ? config->router_count : 0;
	const char *reason = config ? "is not configured any more" : "has no agent any more";
	const char **names = calloc(configured + 1, sizeof(*names)), **longer;
	unsigned int count = configured;
	char stray[RUNDIR_RECORD_NAME], *copy;
	bool all = true;

	if (!names)
		return false;
	for (unsigned int i = 0; i < count; i++)
		names[i] = config->routers[i].name;
	while (rundir_stray_record(run_dir, names, count, stray)) {
		all &= !undo(stray, reason, interfaces, run_dir);
		copy = strdup(stray);
		longer = copy ? realloc(names, (count + 1) * sizeof(*names)) : NULL;
		if (!longer) {
			free(copy);
			all = false;
			break;
		}
		names = longer;
		names[count++] = copy;
	}
	for (unsigned int i = configured; i < count; i++)
		free((char *)names[i]);
	free(names);
	return all;
}
