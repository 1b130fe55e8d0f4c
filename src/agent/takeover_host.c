// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the takeovers of one process share, because the kernel has one set of NICs for all of them:
 * the list of who wants what, and the last dump. Depends on sys/net/rtnl and sys/host/log. Never
 * changes a NIC.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/takeover_internal.h"
#include "sys/host/log.h"

/* The one state that does not belong to a single takeover. With 255 routers on a NIC one dump
 * serves all of them, and a promotion need not wait for any. */
static struct {
	struct takeover *first;
	struct rtnl *rtnl; /* whose dump it is; NULL: none */
	struct rtnl_mark mark;
	struct plan_actual actual;
	bool held, held_good;      /* the dump is good for whoever asks while held */
	struct plan_other *others; /* of those with this rtnl, or NULL: to be listed */
	const struct rtnl *others_of;
	unsigned int other_count;
} host;

struct takeover *takeover_list(void)
{
	return host.first;
}

static void forget(void)
{
	plan_actual_free(&host.actual);
	host.rtnl = NULL;
}

/* One list for all of them: with thousands of routers it is as long as the work itself. */
static int list_others(const struct rtnl *rtnl)
{
	unsigned int count = 0;

	if (host.others && host.others_of == rtnl)
		return 0;
	for (struct takeover *each = host.first; each; each = each->next)
		count++;
	free(host.others);
	host.others = calloc(count + 1, sizeof(*host.others));
	if (!host.others)
		return -ENOMEM;
	host.others_of = rtnl;
	host.other_count = 0;
	for (struct takeover *each = host.first; each; each = each->next) {
		if (each->rtnl != rtnl)
			continue;
		each->place = host.other_count++;
		host.others[each->place] = (struct plan_other){
			.router = each->router,
			.original = &each->record.original,
			.role = each->role,
		};
	}
	return 0;
}

static void forget_others(void)
{
	free(host.others);
	host.others = NULL;
}

void takeover_list_add(struct takeover *t)
{
	struct takeover **at = &host.first;

	while (*at)
		at = &(*at)->next;
	*at = t;
	forget_others();
}

void takeover_list_remove(struct takeover *t)
{
	struct takeover **at = &host.first;

	while (*at && *at != t)
		at = &(*at)->next;
	if (*at)
		*at = t->next;
	forget_others();
	if (host.rtnl == t->rtnl)
		forget();
}

void takeover_hold(void)
{
	host.held = true;
	host.held_good = false;
}

void takeover_release(void)
{
	host.held = false;
}

bool takeover_held(void)
{
	return host.held;
}

static bool still_good(const struct takeover *t)
{
	if (host.rtnl != t->rtnl || !plan_link_by_name(&host.actual, t->router->public))
		return false;
	/* What changed since are our own changes, to other routers' things. */
	if (host.held && host.held_good)
		return true;
	for (unsigned int i = 0; i < host.actual.link_count; i++) {
		int ifindex = host.actual.links[i].ifindex;

		if (plan_concerns(t->router, &host.actual, ifindex) &&
		    !rtnl_unchanged(t->rtnl, &host.mark, ifindex))
			return false;
	}
	return rtnl_is_read(t->rtnl);
}

static void note_devices(struct takeover *t)
{
	const struct plan_link *public = plan_link_by_name(&host.actual, t->router->public);

	t->ifindex = public ? public->ifindex : 0;
	if (public)
		memcpy(t->mac, public->mac, 6);
	t->device_count = 0;
	for (unsigned int i = 0; i < host.actual.link_count; i++) {
		int ifindex = host.actual.links[i].ifindex;

		if (!plan_concerns(t->router, &host.actual, ifindex))
			continue;
		if (t->device_count < TAKEOVER_DEVICES)
			t->devices[t->device_count] = ifindex;
		t->device_count++;
	}
}

void takeover_note_mac(const struct takeover *t, int ifindex, const uint8_t mac[6])
{
	for (unsigned int i = 0; host.rtnl == t->rtnl && i < host.actual.link_count; i++)
		if (host.actual.links[i].ifindex == ifindex)
			memcpy(host.actual.links[i].mac, mac, 6);
	for (struct takeover *each = host.first; each; each = each->next)
		if (each->rtnl == t->rtnl && each->ifindex == ifindex)
			memcpy(each->mac, mac, 6);
}

int takeover_look(struct takeover *t, bool again, const struct plan_actual **ret_actual)
{
	/* A dump that lacks an interface cannot be asked whether that one changed. */
	if (again || t->missing || !still_good(t)) {
		int err;

		forget();
		rtnl_mark(t->rtnl, &host.mark);
		err = rtnl_dump(t->rtnl, &host.actual);
		if (err) {
			log_err("%s: cannot read links, addresses and routes: %s%s%s",
				t->router->name, strerror(-err), rtnl_error(t->rtnl)[0] ? ": " : "",
				rtnl_error(t->rtnl));
			return err;
		}
		host.rtnl = t->rtnl;
	}
	host.held_good = true;
	note_devices(t);
	*ret_actual = &host.actual;
	return 0;
}

void takeover_set_role(struct takeover *t, enum plan_role role)
{
	t->role = role;
	if (host.others && host.others_of == t->rtnl)
		host.others[t->place].role = role;
}

int takeover_scene(struct takeover *t, const struct plan_actual *actual,
		   struct plan_scene *ret_scene)
{
	int err = list_others(t->rtnl);

	if (err)
		return err;
	*ret_scene = (struct plan_scene){
		.router = t->router,
		.actual = actual,
		.original = &t->record.original,
		.others = host.others,
		.other_count = host.other_count,
	};
	return 0;
}

int takeover_write_record(struct takeover *t)
{
	const struct config_router *router = t->router;
	int err = record_write(t->run_dir, router->name, &t->record);

	if (err && !t->unwritten)
		log_err("%s: cannot write %s/takeover-%s: %s. All goes on, but what %s carried "
			"before could not be put back after a crash",
			router->name, t->run_dir, router->name, strerror(-err), router->public);
	else if (!err && t->unwritten)
		log_info("%s: %s/takeover-%s is written again", router->name, t->run_dir,
			 router->name);
	t->unwritten = err;
	return err;
}

static bool log_if_missing(const struct takeover *t, const struct plan_actual *actual,
			   const char *dev)
{
	if (!dev[0] || plan_link_by_name(actual, dev))
		return false;
	log_err("%s: there is no interface %s: nothing is changed until it is there",
		t->router->name, dev);
	return true;
}

void takeover_log_missing(const struct takeover *t, const struct plan_actual *actual)
{
	const struct config_router *router = t->router;

	if (log_if_missing(t, actual, router->public))
		return;
	for (unsigned int i = 0; i < router->address_count; i++)
		if (log_if_missing(t, actual, router->addresses[i].dev))
			return;
	for (unsigned int i = 0; i < router->route_count; i++)
		if (log_if_missing(t, actual, router->routes[i].dev))
			return;
	for (unsigned int i = 0; i < router->standby_address_count; i++)
		if (log_if_missing(t, actual, router->standby_addresses[i].dev))
			return;
	for (unsigned int i = 0; i < router->standby_route_count; i++)
		if (log_if_missing(t, actual, router->standby_routes[i].dev))
			return;
}
