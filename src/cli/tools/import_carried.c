/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of one vrrp_instance, what it carries (addresses, routes, a MAC), what it watches and whom it
 * tells.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"
#include "core/config/command.h"

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

static void address(struct import_instance *i, const struct import_node *node, bool advertised)
{
	const char *text = import_word(node, 0);
	const char *length = strchr(text, '/') ? "" : strchr(text, ':') ? "/128" : "/32";
	const char *device = NULL, *use = "", *after;
	unsigned int lost = 0; /* the first option without an equivalent */

	for (unsigned int w = 1; w < node->word_count; w++) {
		if (!strcmp(import_word(node, w), "dev") && w + 1 < node->word_count)
			device = import_word(node, ++w);
		else if (use_of(node, w))
			use = use_of(node, w++);
		else if (!lost)
			lost = w;
	}
	if (device && i->public && !strcmp(device, i->public))
		device = NULL;
	import_key(i->out, i->router, node, "address = %s%s%s%s%s", text, length,
		   device ? " dev " : "", device ? device : "", use);
	if (advertised && i->excluded)
		import_key(i->out, i->router, node, "advertise = %.*s", (int)strcspn(text, "/"),
			   text);
	after = import_shown(node, lost + 1);
	if (lost)
		import_note(i->out, i->router, node, "the address alone, without: %.60s%s%.60s",
			    import_shown(node, lost), *after ? " " : "", after);
}

static void one_address(struct import_instance *i, const struct import_node *node)
{
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
	const char *destination, *via, *dev, *src, *metric;
	const char *lost; /* the first word without an equivalent, where it makes another route */
	const char *left; /* ... where the route is the same without it */
};

static void read_route(const struct import_node *node, struct route *ret_route)
{
	struct route route = {0};

	for (unsigned int w = 0; w < node->word_count; w++) {
		const char *word = import_word(node, w), *next = import_word(node, w + 1);

		if (!strcmp(word, "to"))
			continue;
		if (!strcmp(word, "via") || !strcmp(word, "gw"))
			route.via = next, w++;
		else if (!strcmp(word, "dev") || !strcmp(word, "oif"))
			route.dev = next, w++;
		else if (!strcmp(word, "src"))
			route.src = next, w++;
		else if (!strcmp(word, "metric") || !strcmp(word, "preference"))
			route.metric = next, w++;
		else if (!strcmp(word, "scope") || !strcmp(word, "proto"))
			route.left = word, w++;
		else if (!strcmp(word, "no_track"))
			route.left = word;
		else if (!route.destination && (strpbrk(word, ".:") || !strcmp(word, "default")))
			route.destination = word;
		else if (!route.lost)
			route.lost = word;
	}
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
	if (route.lost || !route.destination) {
		import_note(i->out, i->router, node,
			    "routes are destination, via, dev, src and metric in the main table, "
			    "without: %.60s",
			    !route.lost    ? "(no destination)"
			    : node->hidden ? "..."
					   : route.lost);
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
	if (route.left)
		import_note(i->out, i->router, node, "the route alone, without: %.60s", route.left);
}

void import_virtual_routes(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_route);
}

/* use_vmac [NAME] [MAC] */
void import_use_vmac(struct import_instance *i, const struct import_node *node)
{
	const char *mac = NULL;

	for (unsigned int w = 1; w < node->word_count; w++) {
		if (strchr(import_word(node, w), ':'))
			mac = import_word(node, w);
	}
	/* Five octets: the VRID is the sixth. Whoever wrote that means a virtual one. */
	if (mac && strlen(mac) == strlen("00:00:5e:00:01:37"))
		import_key(i->out, i->router, node, "mac = %s", mac);
	else
		import_key(i->out, i->router, node, "mac = virtual");
	import_why(i, node,
		   "no macvlan is made: the public NIC itself carries the MAC while master");
}

/* ---- tracking ---- */

/* WORD [weight N] [reverse]: false: said that it has no equivalent. */
static bool weight_of(struct import_instance *i, const struct import_node *node,
		      const char **ret_weight)
{
	unsigned int lost = 0; /* the first word without an equivalent */

	for (unsigned int w = 1; w < node->word_count; w++) {
		const char *word = import_word(node, w);

		if (!strcmp(word, "weight") && w + 1 < node->word_count) {
			*ret_weight = import_word(node, ++w);
		} else if (!strcmp(word, "reverse")) {
			import_why(i, node, "nothing can be reversed: what fails lowers, or FAULT");
			return false;
		} else if (!lost && strcmp(word, "noreverse") != 0 &&
			   strcmp(word, "no_reverse") != 0) {
			lost = w;
		}
	}
	if (lost)
		import_note(i->out, i->router, node, "without: %.60s", import_shown(node, lost));
	return true;
}

static void one_interface(struct import_instance *i, const struct import_node *node)
{
	const char *weight = NULL;

	if (weight_of(i, node, &weight))
		import_key(i->out, i->router, node, "track-interface = %s%s%s",
			   import_word(node, 0), weight ? " weight " : "", weight ? weight : "");
}

void import_track_interface(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_interface);
}

static const char *setting(const struct import_node *script, const char *name, const char *fallback)
{
	const struct import_node *node = import_child(script, name);

	return node && *import_value(node) ? import_value(node) : fallback;
}

/* What keepalived splits into words by itself, quotes and all, as a command of ours. It looks for a
 * program without a path in PATH, as env(1) does. Returns false if it is too long, and says so. */
static bool as_command(struct import_instance *i, const struct import_node *node, const char *value,
		       char buf[COMMAND_BYTES])
{
	bool plain = value[0] == '/' && !strpbrk(value, " \t'\"\\");
	char *out = buf, *end = buf + COMMAND_BYTES - 4; /* an escape, a quote, NUL */

	out += sprintf(out, "%s%s", plain ? "" : "\"", value[0] == '/' ? "" : "/usr/bin/env ");
	for (const char *c = value; *c && out < end; c++) {
		if (*c == '"' || *c == '\\')
			*out++ = '\\';
		*out++ = *c;
	}
	if (out >= end) {
		import_why(i, node, "the command is too long");
		return false;
	}
	strcpy(out, plain ? "" : "\"");
	return true;
}

static void one_script(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *script =
		import_tracked(&i->defaults->tracked[IMPORT_SCRIPTS], import_word(node, 0));
	const struct import_node *command = script ? import_child(script, "script") : NULL;
	const char *weight, *interval;
	char options[512], text[COMMAND_BYTES];

	if (!command) {
		import_why(i, node,
			   script ? "the vrrp_script has no `script`"
				  : "there is no vrrp_script of that name");
		return;
	}
	weight = setting(script, "weight", NULL);
	if (!weight_of(i, node, &weight))
		return;
	interval = setting(script, "interval", "1");
	snprintf(options, sizeof(options), " every %ss timeout %ss%s%s rise %s fall %s", interval,
		 setting(script, "timeout", interval), weight ? " weight " : "",
		 weight ? weight : "", setting(script, "rise", "1"), setting(script, "fall", "1"));
	if (command->word_count > 2)
		import_why(i, node, "arguments of its script belong into the quotes of the script");
	/* What is wrong with it is said at the script, if that is what must not be shown. */
	if (as_command(i, node, import_value(command), text))
		import_key(i->out, i->router, script->hidden ? script : node, "track-script = %s%s",
			   text, options);
}

void import_track_script(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_script);
}

/* keepalived multiplies with 1 where nothing is said, and 0 makes any number but 0 a failure. */
static void one_file(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *file =
		import_tracked(&i->defaults->tracked[IMPORT_FILES], import_word(node, 0));
	const struct import_node *path = file ? import_child(file, "file") : NULL;
	const char *weight;

	if (!path) {
		import_why(i, node,
			   file ? "the track_file has no `file`"
				: "there is no track_file of that name");
		return;
	}
	weight = setting(file, "weight", "1");
	if (weight_of(i, node, &weight))
		import_key(i->out, i->router, file->hidden ? file : node,
			   "track-file = %s weight %s", import_value(path), weight);
}

void import_track_file(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_file);
}

static void one_process(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *process =
		import_tracked(&i->defaults->tracked[IMPORT_PROCESSES], import_word(node, 0));
	const struct import_node *command = process ? import_child(process, "process") : NULL;
	const char *weight, *slash;
	int length;

	if (!command) {
		import_why(i, node,
			   process ? "the vrrp_track_process has no `process`"
				   : "there is no vrrp_track_process of that name");
		return;
	}
	weight = setting(process, "weight", "0");
	if (!weight_of(i, node, &weight))
		return;
	length = (int)strcspn(import_value(command), " \t");
	slash = memrchr(import_value(command), '/', (size_t)length);
	if (command->word_count > 2 || import_value(command)[length])
		import_why(i, node, "arguments of its process are not compared");
	if (slash)
		length -= (int)(slash + 1 - import_value(command));
	import_key(i->out, i->router, process->hidden ? process : node,
		   "track-process = %.*s weight %s", length,
		   slash ? slash + 1 : import_value(command), weight);
}

void import_track_process(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_process);
}

/* ---- programs ---- */

static void program(struct import_instance *i, const struct import_node *node, const char *name)
{
	char text[COMMAND_BYTES];

	if (!as_command(i, node, import_value(node), text))
		return;
	import_key(i->out, i->router, node, "%s = %s", name, text);
	if (node->word_count > 2)
		import_why(i, node, "script-user is for all programs of a router");
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

void import_notify(struct import_instance *i, const struct import_node *node)
{
	program(i, node, "notify");
	import_why(i, node,
		   "its arguments are STATE NAME here, not TYPE NAME STATE PRIORITY; more is in "
		   "its environment");
}
