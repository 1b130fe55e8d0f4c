/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of one vrrp_instance, the MAC that it carries, and whom it tells. Addresses and routes are in
 * import_routes.c.
 */
#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"
#include "core/config/command.h"
#include "core/config/config_text.h"

/* ---- a MAC ---- */

/* use_vmac [NAME] [MAC] */
static void macvlan(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *vrid = import_child(i->node, "virtual_router_id");
	const char *mac = NULL, *name = NULL;

	for (unsigned int w = 1; w < node->word_count; w++) {
		if (strchr(import_word(node, w), ':'))
			mac = import_word(node, w);
		else
			name = import_word(node, w);
	}
	if (!mac)
		import_key(i->out, i->router, node, "mac = virtual");
	else if (vrid && strlen(mac) == strlen("00:00:5e:00:01")) /* the VRID is the sixth octet */
		import_key(i->out, i->router, node, "mac = %s:%02lx", mac,
			   strtoul(import_value(vrid), NULL, 10) & 0xff);
	else
		import_key(i->out, i->router, node, "mac = %s", mac);
	import_key(i->out, i->router, node, "mac-device = macvlan%s%s", name ? " " : "",
		   name ? name : "");
}

/* keepalived puts an address that names an interface on that interface itself, unless use_vmac_addr
 * asks for another macvlan. */
void import_use_vmac(struct import_instance *i, const struct import_node *node)
{
	if (i->public && !import_child(i->node, "use_vmac_addr"))
		import_other(i, node,
			     "the addresses name their interface, which keeps its own MAC in "
			     "keepalived, too");
	else
		macvlan(i, node);
}

void import_use_vmac_addr(struct import_instance *i, const struct import_node *node)
{
	if (!i->public)
		import_why(i, node,
			   "a router has one macvlan, on its public interface: an address that "
			   "names another one is on that one itself");
	else if (!import_child(i->node, "use_vmac"))
		macvlan(i, node);
}

/* ---- programs ---- */

#define NOTIFY_ROOM (TEXT_LINE - strlen("notify = ") + 1)

static void said_user(struct import_instance *i, const struct import_node *node)
{
	if (node->word_count > 2 && import_is_other_user(i->defaults, node, 2))
		import_without(i->out, i->router, node,
			       "its user: script-user is for all programs of a router");
}

static bool program(struct import_instance *i, const struct import_node *node, const char *name)
{
	char text[COMMAND_BYTES];

	if (!import_command(i, node, import_value(node), text))
		return false;
	import_key(i->out, i->router, node, "%s = %s", name, text);
	said_user(i, node);
	return true;
}

void import_notify_master(struct import_instance *i, const struct import_node *node)
{
	program(i, node, "notify-master");
}

void import_notify_backup(struct import_instance *i, const struct import_node *node)
{
	program(i, node, "notify-backup");
}

void import_notify_fault(struct import_instance *i, const struct import_node *node)
{
	program(i, node, "notify-fault");
}

/* What a block (`of`) says in notify and notify_stop, as one command for our key notify, whose
 * arguments are STATE NAME. A shell has these as $0 and $1. It runs notify_stop in the state STOP
 * alone, and notify with keepalived's arguments TYPE NAME STATE PRIORITY behind those of its own.
 * Either one may be NULL. Returns false if one is no command of ours, or if both are too long for a
 * line. */
static bool by_shell(const struct import_node *of, const struct import_node *notify,
		     const struct import_node *stop, char buf[COMMAND_BYTES])
{
	struct import_command all = {.count = 0}, at_stop = {.count = 0},
			      name = {.words = {import_word(of, 1)}, .count = 1};
	const char *words[] = {"/bin/sh", "-c", NULL};
	char *script = NULL;
	size_t size;
	FILE *to;
	bool fits;

	if ((notify && import_split(import_value(notify), &all)) ||
	    (stop && import_split(import_value(stop), &at_stop)))
		return false;
	to = open_memstream(&script, &size);
	if (!to)
		return false;
	if (stop) {
		fprintf(to, "[ $0 != STOP ] || ");
		import_print_for_shell(to, &at_stop);
		fputs(notify ? "; " : "", to);
	}
	if (notify) {
		fprintf(to, "exec ");
		import_print_for_shell(to, &all);
		fprintf(to, " %s ", import_is(of, "vrrp_sync_group") ? "GROUP" : "INSTANCE");
		import_print_for_shell(to, &name);
		fprintf(to, " $0 $VRRP_PRIORITY");
	}
	fclose(to);
	words[2] = script;
	fits = script && import_format(words, 3, NOTIFY_ROOM, buf);
	free(script);
	return fits;
}

void import_notify(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *stop = import_first(node->parent, "notify_stop");
	char text[COMMAND_BYTES];

	if (by_shell(node->parent, node, stop, text) || by_shell(node->parent, node, NULL, text)) {
		import_key(i->out, i->router, node, "notify = %s", text);
		said_user(i, node);
		return;
	}
	if (program(i, node, "notify"))
		import_without(
			i->out, i->router, node,
			"its arguments TYPE NAME STATE PRIORITY: they are STATE NAME, and more is "
			"in the environment");
}

void import_notify_stop(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *notify = import_first(node->parent, "notify");
	char text[COMMAND_BYTES];

	if (!by_shell(node->parent, notify, node, text)) {
		import_why(i, node, "a program of notify is run with the state STOP, too");
		return;
	}
	if (!notify)
		import_key(i->out, i->router, node, "notify = %s", text);
	said_user(i, node);
}
