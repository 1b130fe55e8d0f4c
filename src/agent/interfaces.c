/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cached dump of the interfaces, and when it is too old.
 */
#include "agent/interfaces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/stand_in.h"
#include "sys/host/log.h"

static bool is_current(const struct interfaces *interfaces, const struct config_router *router)
{
	const struct plan_actual *actual = &interfaces->actual;

	if (!interfaces->valid)
		return false;
	if (!router || !plan_link_by_name(actual, router->public)) {
		if (!rtnl_unchanged(interfaces->rtnl, &interfaces->mark, 0))
			return false;
	} else {
		for (unsigned int i = 0; i < actual->link_count; i++)
			if (plan_concerns(router, actual, actual->links[i].ifindex) &&
			    !rtnl_unchanged(interfaces->rtnl, &interfaces->mark,
					    actual->links[i].ifindex))
				return false;
	}
	return interfaces->looked || rtnl_is_read(interfaces->rtnl);
}

/* Another name: no interface can have one with a slash. */
static void hidden_name(const char *name, char ret_name[CONFIG_IFNAME])
{
	snprintf(ret_name, CONFIG_IFNAME, "/%.14s", name);
}

static struct plan_link *find_foreign(struct plan_actual *actual, const char *name)
{
	for (unsigned int i = 0; i < actual->link_count; i++) {
		if (!actual->links[i].own && !strcmp(actual->links[i].name, name))
			return &actual->links[i];
	}
	return NULL;
}

static void hide_foreign(const struct config *config, struct plan_actual *actual)
{
	for (unsigned int i = 0; config && i < config->router_count; i++) {
		const char *name = config->routers[i].macvlan;
		struct plan_link *link = name[0] ? find_foreign(actual, name) : NULL;

		if (link)
			hidden_name(name, link->name);
	}
}

bool interfaces_is_foreign(const struct interfaces *interfaces, const char *name)
{
	struct plan_actual actual = interfaces->actual;
	char hidden[CONFIG_IFNAME];

	hidden_name(name, hidden);
	return find_foreign(&actual, name) || find_foreign(&actual, hidden);
}

static int dump(struct interfaces *interfaces)
{
	struct plan_actual actual;
	struct rtnl_mark mark;
	int err;

	/* Set the mark before the dump, so that a change during the dump counts as a change since
	 * the dump. */
	rtnl_mark(interfaces->rtnl, &mark);
	stand_in_begin();
	err = rtnl_dump(interfaces->rtnl, &actual);
	stand_in_end();
	interfaces->valid = !err;
	if (err) {
		log_err("cannot read links, addresses and routes: %s%s%s", strerror(-err),
			rtnl_error(interfaces->rtnl)[0] ? ": " : "", rtnl_error(interfaces->rtnl));
		return err;
	}
	hide_foreign(interfaces->config, &actual);
	(void)plan_index(&actual);
	plan_actual_free(&interfaces->actual);
	interfaces->actual = actual;
	interfaces->mark = mark;
	return 0;
}

/* What is new is not in the dump yet. */
static int note_watched(struct interfaces *interfaces, int err)
{
	if (err > 0)
		interfaces->valid = false;
	return err < 0 ? err : 0;
}

int interfaces_watch(struct interfaces *interfaces, const struct config_router *router,
		     const struct plan_original *original)
{
	bool rules = router->rule_count || (original && original->placed_rule_count);
	int err = 0;

	for (unsigned int i = 0; !err && i < router->route_count; i++)
		err = note_watched(interfaces,
				   rtnl_watch_table(interfaces->rtnl, router->routes[i].table));
	for (unsigned int i = 0; !err && original && i < original->placed_route_count; i++)
		err = note_watched(interfaces, rtnl_watch_table(interfaces->rtnl,
								original->placed_routes[i].table));
	for (unsigned int i = 0; !err && original && i < original->route_count; i++)
		err = note_watched(interfaces,
				   rtnl_watch_table(interfaces->rtnl, original->routes[i].table));
	if (!err && rules)
		err = note_watched(interfaces, rtnl_watch_rules(interfaces->rtnl));
	return err;
}

int interfaces_look(struct interfaces *interfaces, const struct config_router *router, bool again)
{
	int err = again || !is_current(interfaces, router) ? dump(interfaces) : 0;

	interfaces->looked = !err && interfaces->held;
	return err;
}

void interfaces_hold(struct interfaces *interfaces)
{
	interfaces->held = true;
	interfaces->looked = false;
}

void interfaces_release(struct interfaces *interfaces)
{
	interfaces->held = interfaces->looked = false;
}

static bool loses_neighbors(const struct plan_op *op)
{
	return op->kind == PLAN_SET_MAC || op->kind == PLAN_LINK_DOWN;
}

/* The interface whose neighbour table the kernel will empty, or 0. Only a public interface gets
 * another MAC, so it is one at most. */
static int loser(const struct plan_op *ops, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (loses_neighbors(&ops[i]))
			return ops[i].ifindex;
	return 0;
}

static void put_back(struct interfaces *interfaces, const struct rtnl_neighbors *neighbors,
		     int read_err)
{
	const struct plan_link *link = plan_link_by_index(&interfaces->actual, neighbors->ifindex);
	unsigned int refused;

	stand_in_begin();
	refused = rtnl_put_neighbors(interfaces->rtnl, neighbors);
	stand_in_end();
	if (read_err)
		log_warn("%s: cannot read the neighbour table: %s; its permanent entries may be "
			 "lost when the MAC changes",
			 link ? link->name : "the NIC", strerror(-read_err));
	if (refused)
		log_warn("%s: could not restore %u permanent entries of the neighbour table",
			 link ? link->name : "the NIC", refused);
}

int interfaces_apply(struct interfaces *interfaces, const struct plan_op *ops, unsigned int count,
		     int *errors)
{
	struct rtnl_neighbors neighbors = {.ifindex = loser(ops, count)};
	struct plan_actual *actual = &interfaces->actual;
	bool lost = false;
	int err = 0, failed;

	stand_in_begin();
	if (neighbors.ifindex)
		err = rtnl_permanent_neighbors(interfaces->rtnl, &neighbors);
	failed = rtnl_apply(interfaces->rtnl, ops, count, errors);
	stand_in_end();
	/* If the answers are missing, it may all have been done. */
	for (unsigned int i = 0; i < count; i++)
		lost |= loses_neighbors(&ops[i]) && (failed < 0 || !errors[i]);
	if (lost)
		put_back(interfaces, &neighbors, err);
	free(neighbors.entries);

	for (unsigned int i = 0; failed >= 0 && i < count; i++) {
		if (ops[i].kind != PLAN_SET_MAC || errors[i])
			continue;
		for (unsigned int l = 0; l < actual->link_count; l++)
			if (actual->links[l].ifindex == ops[i].ifindex)
				memcpy(actual->links[l].mac, ops[i].mac, 6);
	}
	return failed;
}

void interfaces_mac(const struct interfaces *interfaces, int ifindex, uint8_t ret_mac[6])
{
	const struct plan_link *link = plan_link_by_index(&interfaces->actual, ifindex);

	if (link)
		memcpy(ret_mac, link->mac, 6);
	else
		memset(ret_mac, 0, 6);
}

void interfaces_note_recorded(struct interfaces *interfaces, const struct plan_address *list,
			      unsigned int count)
{
	size_t all = (size_t)interfaces->recorded_count + count;
	struct plan_address *longer =
		count ? realloc(interfaces->recorded, all * sizeof(*longer)) : NULL;

	if (!longer)
		return;
	memcpy(longer + interfaces->recorded_count, list, count * sizeof(*list));
	interfaces->recorded = longer;
	interfaces->recorded_count += count;
}

bool interfaces_is_recorded(const struct interfaces *interfaces, const struct plan_address *address)
{
	const struct plan_link *link = plan_link_by_index(&interfaces->actual, address->ifindex);

	for (unsigned int i = 0; link && i < interfaces->recorded_count; i++) {
		const struct plan_address *recorded = &interfaces->recorded[i];

		if (recorded->family == address->family && !strcmp(recorded->dev, link->name) &&
		    !memcmp(&recorded->addr, &address->addr, sizeof(recorded->addr)))
			return true;
	}
	return false;
}

void interfaces_forget(struct interfaces *interfaces)
{
	free(interfaces->recorded);
	interfaces->recorded = NULL;
	interfaces->recorded_count = 0;
	plan_actual_free(&interfaces->actual);
	interfaces->valid = false;
}
