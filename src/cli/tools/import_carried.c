/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of one vrrp_instance, what it carries (addresses, routes, a MAC), and whom it tells.
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

/* ---- addresses and routes ---- */

/* The word of ours for "preferred_lft 0" and "preferred_lft forever" of an IPv6 address; NULL:
 * there is none. Both have the same default. */
static const char *use_of(const struct import_node *node, unsigned int w)
{
	if (!strchr(import_word(node, 0), ':') || strcmp(import_word(node, w), "preferred_lft") ||
	    w + 1 >= node->word_count)
		return NULL;
	if (!strcmp(import_word(node, w + 1), "0"))
		return " deprecated";
	return !strcmp(import_word(node, w + 1), "forever") ? " preferred" : NULL;
}

/* How many words an option of an address has. */
static unsigned int option_length(const char *word)
{
	static const char *const with_value[] = {"brd",       "broadcast",  "scope",
						 "label",     "peer",       "preferred_lft",
						 "valid_lft", "track_group"};

	for (size_t n = 0; n < sizeof(with_value) / sizeof(with_value[0]); n++) {
		if (!strcmp(with_value[n], word))
			return 2;
	}
	return 1;
}

/* Does an option say what is so here anyway? */
static bool is_usual(const char *word, const char *next)
{
	return !strcmp(word, "no_track") || (!strcmp(word, "scope") && !strcmp(next, "global"));
}

static void address(struct import_instance *i, const struct import_node *node, bool advertised)
{
	const char *text = import_word(node, 0);
	const char *length = strchr(text, '/') ? "" : strchr(text, ':') ? "/128" : "/32";
	const char *device = NULL, *use = "";
	struct import_words lost = {.length = 0};

	for (unsigned int w = 1, step; w < node->word_count; w += step) {
		const char *word = import_word(node, w), *next = import_word(node, w + 1);

		step = option_length(word);
		if (!strcmp(word, "dev") && *next)
			device = next, step = 2;
		else if (use_of(node, w))
			use = use_of(node, w);
		else if (!is_usual(word, next))
			import_add_words(&lost, node, w, step);
	}
	if (device && i->public && !strcmp(device, i->public))
		device = NULL;
	import_key(i->out, i->router, node, "address = %s%s%s%s%s", text, length,
		   device ? " dev " : "", device ? device : "", use);
	if (advertised && i->excluded)
		import_key(i->out, i->router, node, "advertise = %.*s", (int)strcspn(text, "/"),
			   text);
	if (lost.length)
		import_without(i->out, i->router, node, "%s", lost.text);
}

/* keepalived takes the family of an instance from its first address. */
static void one_address(struct import_instance *i, const struct import_node *node)
{
	if ((strchr(import_word(node, 0), ':') != NULL) != i->ipv6)
		import_other(i, node,
			     "keepalived ignores an address of another family than the first one; "
			     "here `address` can have it");
	else
		address(i, node, true);
}

static void one_excluded(struct import_instance *i, const struct import_node *node)
{
	address(i, node, false);
}

void import_virtual_ipaddress(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_address);
}

void import_virtual_ipaddress_excluded(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_excluded);
}

/* What a route of ours can say, in the order that it is said in. */
struct route {
	const char *destination, *via, *dev, *src, *metric, *scope;
	unsigned int scope_at;    /* the word */
	struct import_words lost; /* what makes it another route */
	struct import_words left; /* what leaves it the same route */
};

/* The member for a keyword with a value; NULL: there is none. */
static const char **member_of(struct route *route, const char *word)
{
	if (!strcmp(word, "via") || !strcmp(word, "gw"))
		return &route->via;
	if (!strcmp(word, "dev") || !strcmp(word, "oif"))
		return &route->dev;
	if (!strcmp(word, "src"))
		return &route->src;
	if (!strcmp(word, "metric") || !strcmp(word, "preference") || !strcmp(word, "priority"))
		return &route->metric;
	return !strcmp(word, "scope") ? &route->scope : NULL;
}

static void read_route(const struct import_node *node, struct route *ret_route)
{
	struct route route = {0};

	for (unsigned int w = 0; w < node->word_count; w++) {
		const char *word = import_word(node, w);
		const char **member = member_of(&route, word);

		if (!strcmp(word, "to") || !strcmp(word, "no_track"))
			continue;
		if (member && !*member) {
			if (member == &route.scope)
				route.scope_at = w;
			*member = import_word(node, ++w);
		} else if (member) {
			import_add_words(&route.lost, node, w++, 2);
		} else if (!strcmp(word, "proto") || !strcmp(word, "protocol")) {
			import_add_words(&route.left, node, w++, 2);
		} else if (!route.destination &&
			   (strpbrk(word, ".:") || !strcmp(word, "default"))) {
			route.destination = word;
		} else {
			import_add_words(&route.lost, node, w, 1);
		}
	}
	/* What the kernel chooses by itself, for a network that is reached directly and by others.
	 */
	if (route.scope && strcmp(route.scope, route.via ? "global" : "link") != 0)
		import_add_words(&route.left, node, route.scope_at, 2);
	*ret_route = route;
}

static bool is_default(const char *destination)
{
	return !strcmp(destination, "default") || !strcmp(destination, "0.0.0.0/0") ||
	       !strcmp(destination, "::/0");
}

static void one_route(struct import_instance *i, const struct import_node *node)
{
	struct route route;

	read_route(node, &route);
	if (route.lost.length || !route.destination) {
		import_note(i->out, i->router, node,
			    "a route has a destination, via, dev, src and metric, in the main "
			    "table: %s",
			    route.lost.length ? route.lost.text : "no destination");
		return;
	}
	if (is_default(route.destination) && route.via && !route.dev && !route.src && !route.metric)
		import_key(i->out, i->router, node, "gateway = %s", route.via);
	else
		import_key(i->out, i->router, node, "route = %s%s%s%s%s%s%s%s%s",
			   is_default(route.destination) ? "default" : route.destination,
			   route.via ? " via " : "", route.via ? route.via : "",
			   route.dev ? " dev " : "", route.dev ? route.dev : "",
			   route.src ? " src " : "", route.src ? route.src : "",
			   route.metric ? " metric " : "", route.metric ? route.metric : "");
	if (route.left.length)
		import_without(i->out, i->router, node, "%s", route.left.text);
}

void import_virtual_routes(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_route);
}

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
