// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the takeovers of one process share. The kernel has one set of NICs for all of them, so there
 * is one list of what each takeover wants. Depends on agent/interfaces and sys/host/log. Never
 * changes a NIC.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/takeover_internal.h"
#include "core/fnv.h"
#include "sys/host/log.h"

/* The only state that does not belong to a single takeover. */
static struct {
	struct takeover *first;
	struct plan_other *others; /* takeovers with these interfaces; NULL: to be listed */
	const struct interfaces *others_of;
	unsigned int other_count;
} host;

struct takeover *takeover_list(void)
{
	return host.first;
}

/* One list serves all takeovers: with thousands of routers, making it takes as long as the work
 * itself. */
static int list_others(const struct interfaces *interfaces)
{
	unsigned int count = 0;

	if (host.others && host.others_of == interfaces)
		return 0;
	for (struct takeover *each = host.first; each; each = each->next)
		count++;
	free(host.others);
	host.others = calloc(count + 1, sizeof(*host.others));
	if (!host.others)
		return -ENOMEM;
	host.others_of = interfaces;
	host.other_count = 0;
	for (struct takeover *each = host.first; each; each = each->next) {
		if (each->interfaces != interfaces)
			continue;
		each->place = host.other_count++;
		host.others[each->place] = (struct plan_other){
			.router = each->router,
			.original = &each->record.original,
			.role = takeover_role(each),
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
}

static bool is_named_before(const struct takeover *t, unsigned int at, const char *name)
{
	for (unsigned int i = 0; i < at; i++)
		if (!strcmp(plan_device(t->router, i), name))
			return true;
	return false;
}

const char *takeover_next_missing(const struct takeover *t, const struct plan_actual *actual,
				  unsigned int *at)
{
	const char *name;

	while ((name = plan_device(t->router, *at))) {
		unsigned int i = (*at)++;

		if (!plan_link_by_name(actual, name) && !is_named_before(t, i, name))
			return name;
	}
	return NULL;
}

static void note_devices(struct takeover *t)
{
	const struct plan_actual *actual = &t->interfaces->actual;
	const struct plan_link *public = plan_link_by_name(actual, t->router->public);

	t->ifindex = public ? public->ifindex : 0;
	t->missing = takeover_next_missing(t, actual, &(unsigned int){0});
	t->device_count = 0;
	for (unsigned int i = 0; i < actual->link_count; i++) {
		int ifindex = actual->links[i].ifindex;

		if (!plan_concerns(t->router, actual, ifindex))
			continue;
		if (t->device_count < TAKEOVER_DEVICES)
			t->devices[t->device_count] = ifindex;
		if (t->device_count <= TAKEOVER_DEVICES)
			t->device_count++;
	}
}

int takeover_look(struct takeover *t, bool again, const struct plan_actual **ret_actual)
{
	/* If the dump lacks an interface of this router, it is valid only until anything
	 * changes. */
	int err = interfaces_look(t->interfaces, t->missing ? NULL : t->router, again);

	if (err)
		return err;
	note_devices(t);
	*ret_actual = &t->interfaces->actual;
	return 0;
}

enum plan_role takeover_role(const struct takeover *t)
{
	return t->nic == ROUTER_NIC_STANDBY ? PLAN_BACKUP : PLAN_MASTER;
}

void takeover_set_nic(struct takeover *t, enum router_nic nic)
{
	t->nic = nic;
	if (host.others && host.others_of == t->interfaces)
		host.others[t->place].role = takeover_role(t);
}

int takeover_scene(struct takeover *t, const struct plan_actual *actual,
		   struct plan_scene *ret_scene)
{
	int err = list_others(t->interfaces);

	if (err)
		return err;
	*ret_scene = (struct plan_scene){
		.router = t->router,
		.actual = actual,
		.original = &t->record.original,
		.others = host.others,
		.other_count = host.other_count,
		.ending = t->ending,
	};
	return 0;
}

void takeover_sender_mac(const struct interfaces *interfaces, int ifindex, bool owned,
			 uint8_t ret_mac[6])
{
	const struct plan_link *link = plan_link_by_index(&interfaces->actual, ifindex);

	interfaces_mac(interfaces, ifindex, ret_mac);
	for (struct takeover *t = host.first; link && t; t = t->next) {
		const struct plan_scene scene = {.router = t->router,
						 .actual = &interfaces->actual,
						 .original = &t->record.original};
		const uint8_t *mac;

		if (t->interfaces != interfaces || t->ifindex != ifindex ||
		    t->router->mac.kind == CONFIG_MAC_KEEP ||
		    (owned && t->nic != ROUTER_NIC_PREPARED))
			continue;
		mac = plan_standby_mac(&scene, link);
		if (mac) {
			memcpy(ret_mac, mac, 6);
			return;
		}
	}
}

int takeover_record_now(struct takeover *t, const struct plan_scene *scene)
{
	const struct config_router *router = t->router;
	const struct plan_link *public = plan_link_by_name(scene->actual, router->public);
	int err = plan_record(scene, &t->record.original);

	if (err)
		return err;
	memcpy(t->record.ifname, router->public, sizeof(t->record.ifname));
	t->record.ifindex = public->ifindex;
	if (!router->macvlan[0] && router->mac.kind != CONFIG_MAC_KEEP &&
	    memcmp(public->mac, router->mac.mac, 6) == 0) {
		static const uint8_t none[6];

		if (memcmp(t->record.original.mac, none, 6) == 0 && !router->has_standby_mac)
			log_warn("%s: %s has the shared MAC already, and has no permanent MAC; as "
				 "backup it keeps the shared MAC, unless you set standby-mac",
				 router->name, router->public);
		else
			log_warn("%s: %s has the shared MAC already; a crash or a script may have "
				 "left it there",
				 router->name, router->public);
	}
	return 0;
}

int takeover_write_record(struct takeover *t)
{
	const struct config_router *router = t->router;
	int err;

	/* There is nothing to be remembered yet: the NIC is missing since the start. */
	if (!t->record.original.valid)
		return 0;
	err = record_write(t->run_dir, router->name, &t->record);
	if (err && !t->unwritten)
		log_err("%s: cannot write %s/takeover-%s: %s. The router works, but after a crash "
			"the earlier state of %s could not be restored",
			router->name, t->run_dir, router->name, strerror(-err), router->public);
	else if (!err && t->unwritten)
		log_info("%s: %s/takeover-%s can be written again", router->name, t->run_dir,
			 router->name);
	t->unwritten = err;
	return err;
}

void takeover_log_missing(struct takeover *t, const struct plan_actual *actual)
{
	uint32_t hash = 0, known = t->missed_hash;
	const char *name;

	for (unsigned int at = 0; t->missing && (name = takeover_next_missing(t, actual, &at));)
		hash = fnv32(hash ? hash : FNV32_BASIS, name, strlen(name));
	t->missed_hash = hash;
	if (hash == known)
		return;
	for (unsigned int at = 0; (name = takeover_next_missing(t, actual, &at));)
		log_warn("%s: there is no interface %s; its addresses and routes are added when it "
			 "exists",
			 t->router->name, name);
}
