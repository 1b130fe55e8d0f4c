// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of one takeover: it is opened with its record, enters roles, is reconciled, and is
 * closed. Depends on core/, sys/net/rtnl, sys/host/log and the record's file; takeover_settle.c
 * carries plans out. Never reads a clock, never sends a frame, never decides a role.
 */
#include "agent/takeover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/takeover_internal.h"
#include "core/address.h"
#include "sys/host/log.h"

#define REPAIR_INTERVAL_NS 100000000   /* at most ten repairs a second */
#define RETRY_INTERVAL_NS  1000000000  /* after a failure that brings no event of its own, */
#define RETRY_MOST_NS      60000000000 /* twice as long each time, up to this */

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(struct takeover) <= 304, "resident for each router: see runner_open.c");
#endif

/* ---- opening ---- */

/* 1: the NIC was renamed since, so the record has to be written anew. */
static int read_record(struct takeover *t, const struct plan_actual *actual)
{
	const struct config_router *router = t->router;
	char why[RECORD_ERROR];
	int err = record_read(t->run_dir, router->name, &t->record, why);
	bool renamed;

	if (err == -ENOENT)
		return err;
	if (err) {
		log_err("%s: %s/takeover-%s cannot be read: %s", router->name, t->run_dir,
			router->name, why[0] ? why : strerror(-err));
		return err == -ENOMEM ? err : -EBADMSG;
	}
	/* If it is of the public interface, the settling looks whether that is another NIC by now,
	 * and leaves the old one. */
	renamed =
		strcmp(t->record.ifname, router->public) != 0 && record_follow(&t->record, actual);
	if (strcmp(t->record.ifname, router->public) != 0)
		return -EXDEV;
	t->found = true;
	return renamed;
}

static int load(struct takeover *t)
{
	const struct plan_actual *actual;
	struct plan_scene scene;
	int err = interfaces_watch(t->interfaces, t->router, NULL), changed;

	if (!err)
		err = takeover_look(t, false, &actual);
	if (err)
		return err;
	takeover_log_missing(t, actual);
	err = takeover_scene(t, actual, &scene);
	if (err)
		return err;
	changed = read_record(t, actual);
	if (changed == -ENOENT) {
		err = t->ifindex ? takeover_record_now(t, &scene) : 0;
		changed = 1;
	} else if (changed < 0) {
		err = changed;
	} else {
		err = plan_record_placed(&scene, &t->record.original);
		changed |= err > 0 || t->record.old_format;
		interfaces_note_recorded(t->interfaces, t->record.original.addresses,
					 t->record.original.address_count);
		if (err >= 0)
			err = interfaces_watch(t->interfaces, t->router, &t->record.original);
	}
	/* A failure to write is no error: a full disk must not keep a master from its restart, nor
	 * a backup from its place. */
	if (err >= 0 && changed)
		takeover_write_record(t);
	return err < 0 ? err : 0;
}

int takeover_open(const struct config_router *router, struct interfaces *interfaces,
		  const char *run_dir, struct takeover **ret_takeover)
{
	struct takeover *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->router = router;
	t->interfaces = interfaces;
	t->repaired_at = t->due_at = MONOTIME_NEVER;
	t->run_dir = run_dir;
	err = load(t);
	if (err) {
		record_free(&t->record);
		free(t);
		return err;
	}
	takeover_list_add(t);
	*ret_takeover = t;
	return 0;
}

int takeover_check_record(struct takeover *t)
{
	const struct config_router *router = t->router;
	char why[RECORD_ERROR];
	struct record record;
	int err = record_read(t->run_dir, router->name, &record, why), write_err;

	if (!err) {
		record_free(&record);
		return 0;
	}
	log_warn("%s: %s/takeover-%s: %s; the record is written again", router->name, t->run_dir,
		 router->name, why[0] ? why : strerror(-err));
	write_err = takeover_write_record(t);
	/* A start does without a record that is not there: the disk may be full. */
	return err == -ENOENT ? 0 : write_err;
}

/* ---- roles ---- */

enum router_nic takeover_nic(const struct takeover *t)
{
	return t->nic;
}

bool takeover_ready(const struct takeover *t)
{
	return t->nic == ROUTER_NIC_PREPARED && !t->lacking;
}

/* ready: MAC and addresses are there already, and were announced. */
static int enter(struct takeover *t, enum plan_role role, bool ready, takeover_announce_fn announce,
		 void *context)
{
	struct settling settling = {.announce = role == PLAN_MASTER ? announce : NULL,
				    .context = context,
				    .must_announce = role == PLAN_MASTER && !ready};
	struct settled settled;
	int err;

	takeover_set_nic(t, role == PLAN_MASTER ? ROUTER_NIC_MASTER : ROUTER_NIC_STANDBY);
	t->entered = true;
	t->bare = false;
	t->due_at = MONOTIME_NEVER;
	/* A new role is a new attempt, so its failures are logged again. */
	t->refused = false;
	takeover_forget_complaints(t);
	t->retry_ns = 0;
	repairs_forget(&t->repairs);
	err = takeover_settle(t, &settling, &settled);
	t->bare |= err && !ready;
	/* A reload finds a record, too, and nothing to change. */
	if (t->found && !err && role == PLAN_BACKUP && settled.changes)
		log_info("%s: undid the changes that an earlier run had left on %s",
			 t->router->name, t->router->public);
	t->found = false;
	/* If the NIC could not even be looked at, try again. A NIC that is gone brings an event
	 * when it comes back. */
	t->unverified |= err && err != -ENODEV;
	if (err)
		return err;
	t->due_at = settled.at;
	return (int)(settled.failed + settled.waiting);
}

int takeover_enter(struct takeover *t, enum plan_role role, takeover_announce_fn announce,
		   void *context)
{
	return enter(t, role, takeover_ready(t) && role == PLAN_MASTER, announce, context);
}

int takeover_adopt(struct takeover *t, takeover_announce_fn announce, void *context)
{
	return enter(t, PLAN_MASTER, true, announce, context);
}

/* Is another router MASTER on this NIC? It sends with the MAC that the NIC has now. */
static bool others_speak(const struct takeover *t)
{
	for (const struct takeover *other = takeover_list(); other; other = other->next)
		if (other != t && other->interfaces == t->interfaces &&
		    other->nic == ROUTER_NIC_MASTER &&
		    !strcmp(other->router->public, t->router->public))
			return true;
	return false;
}

bool takeover_prepare(struct takeover *t, takeover_in_time_fn in_time, void *context)
{
	struct settling settling = {.in_time = in_time, .context = context};
	struct settled settled;

	if (!t->entered || t->nic != ROUTER_NIC_STANDBY || !t->ifindex ||
	    (t->router->mac.kind != CONFIG_MAC_KEEP && others_speak(t)))
		return false;
	takeover_set_nic(t, ROUTER_NIC_PREPARED);
	t->lacking = false;
	if (!takeover_settle(t, &settling, &settled)) {
		t->lacking |= settled.failed != 0;
		return true;
	}
	takeover_set_nic(t, ROUTER_NIC_STANDBY);
	return false;
}

void takeover_rehearse(struct takeover *t)
{
	const struct plan_actual *actual;
	struct plan_scene scene;
	struct plan plan;

	if (takeover_look(t, false, &actual) || takeover_scene(t, actual, &scene))
		return;
	if (!takeover_plan(&scene, PLAN_MASTER, &plan))
		plan_free(&plan);
}

/* What fails may fail for long, and may even be what takes a link down and up. */
static int64_t next_retry_ns(struct takeover *t)
{
	t->retry_ns = t->retry_ns ? 2 * t->retry_ns : RETRY_INTERVAL_NS;
	if (t->retry_ns > RETRY_MOST_NS)
		t->retry_ns = RETRY_MOST_NS;
	return t->retry_ns;
}

int takeover_reconcile(struct takeover *t, struct monotime now, takeover_announce_fn announce,
		       void *context)
{
	struct settling settling = {.announce = takeover_role(t) == PLAN_MASTER ? announce : NULL,
				    .context = context};
	struct settled settled;
	struct monotime limit = monotime_add(t->repaired_at, REPAIR_INTERVAL_NS);
	int err;

	if (!t->entered || t->nic == ROUTER_NIC_PREPARED)
		return 0;
	if (!t->unverified && !monotime_is_never(t->repaired_at) && monotime_before(now, limit)) {
		t->due_at = limit;
		return 0;
	}
	t->due_at = MONOTIME_NEVER;
	t->now = now;
	err = takeover_settle(t, &settling, &settled);
	if (err) {
		t->unverified = false;
		if (err != -ENODEV)
			t->due_at = monotime_add(now, RETRY_INTERVAL_NS);
		return err;
	}
	if (settled.changes || settled.failed || settled.waiting)
		t->repaired_at = now;
	t->due_at = settled.at;
	if (settled.failed)
		t->due_at = monotime_min(t->due_at, monotime_add(now, next_retry_ns(t)));
	else
		t->retry_ns = 0;
	if (t->unwritten)
		t->due_at = monotime_min(t->due_at, monotime_add(now, RETRY_INTERVAL_NS));
	return (int)settled.changes;
}

bool takeover_carries(struct takeover *t)
{
	const struct plan_actual *actual;
	struct plan_scene scene;

	return !takeover_look(t, true, &actual) && !takeover_scene(t, actual, &scene) &&
	       plan_carries(&scene, &(struct plan){0}, NULL);
}

bool takeover_is_bare(const struct takeover *t)
{
	return t && t->bare && takeover_role(t) == PLAN_MASTER;
}

const char *takeover_trouble(const struct takeover *t)
{
	return t && t->trouble ? t->trouble : "";
}

bool takeover_flapped(const struct takeover *t)
{
	return t->flapped;
}

struct monotime takeover_deadline(const struct takeover *t)
{
	if (!t || t->nic == ROUTER_NIC_PREPARED)
		return MONOTIME_NEVER;
	return t->unverified ? monotime_from_ns(0) : t->due_at;
}

bool takeover_concerns(const struct takeover *t, int ifindex)
{
	if (ifindex <= 0 || !t || t->missing || t->device_count > TAKEOVER_DEVICES)
		return true;
	for (unsigned int i = 0; i < t->device_count; i++)
		if (t->devices[i] == ifindex)
			return true;
	if (ifindex == t->record.ifindex)
		return true;
	/* Before the first look no device is known, so any of them may concern us. */
	return t->device_count == 0;
}

void takeover_mac(const struct takeover *t, uint8_t ret_mac[6])
{
	if (t)
		interfaces_mac(t->interfaces, t->ifindex, ret_mac);
	else
		memset(ret_mac, 0, 6);
}

int takeover_ifindex(const struct takeover *t)
{
	return t && plan_link_by_index(&t->interfaces->actual, t->ifindex) ? t->ifindex : 0;
}

bool takeover_lacks_router(struct takeover *t)
{
	struct plan_scene scene;

	return !takeover_scene(t, &t->interfaces->actual, &scene) && plan_lacks_router(&scene);
}

/* ---- closing ---- */

/* What another master of this host still displaces cannot be put back now. The record of that
 * master takes it over. */
static int hand_over(struct takeover *t)
{
	for (struct takeover *other = takeover_list(); other; other = other->next) {
		int added, err;

		if (other == t || other->interfaces != t->interfaces || !other->entered ||
		    takeover_role(other) != PLAN_MASTER)
			continue;
		added = plan_record_merge(&other->record.original, &t->record.original);
		if (added == 0)
			continue;
		err = added < 0 ? added : takeover_write_record(other);
		if (err)
			return err;
	}
	return 0;
}

/* Returns true if the NIC is as it was before. */
static bool undo(struct takeover *t)
{
	const struct config_router *router = t->router;
	int err;

	t->ending = true;
	err = takeover_enter(t, PLAN_BACKUP, NULL, NULL);
	/* The NIC was never there, so nothing of it was changed. */
	if (!t->record.original.valid)
		return err >= 0 || err == -ENODEV;
	if (!err)
		err = hand_over(t);
	if (err) {
		log_err("%s: could not restore %s; %s/takeover-%s stays, and the next start tries "
			"again",
			router->name, router->public, t->run_dir, router->name);
		return false;
	}
	err = record_remove(t->run_dir, router->name);
	if (err)
		log_err("%s: restored %s, but cannot remove %s/takeover-%s: %s", router->name,
			router->public, t->run_dir, router->name, strerror(-err));
	return true;
}

bool takeover_close(struct takeover *t, enum ending ending)
{
	bool undone;

	if (!t)
		return false;
	undone = ending == ENDING_STOP && undo(t);
	takeover_list_remove(t);
	takeover_forget_complaints(t);
	free(t->trouble);
	repairs_free(&t->repairs);
	record_free(&t->record);
	free(t);
	return undone;
}
