/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One vrrp_instance -> one [vrrp NAME]. Values are handed on as they are where both mean the same:
 * whether they are good is for our own checks to say.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"

#define SAID_AGAIN  "given again below, and the last one counts"
#define SAID_BEFORE "given before, and the first one counts"
#define HMAC_KEYS   "keys are in files of their own (mode 0600): hmac-key = ID:FILE"

/* A keyword of keepalived, and what becomes of it: a key of ours, with this value or with that of
 * the statement, or what a function makes of it. */
struct keyword {
	const char *name;
	const char *key, *value, *unit;
	void (*convert)(struct import_instance *i, const struct import_node *node);
	bool first;       /* of several the first one counts for keepalived, otherwise the last */
	const char *pair; /* another keyword for the same key: of both the last one counts */
};

/* keepalived counts seconds, with a fraction or without. */
static void seconds(struct import_instance *i, const struct import_node *node, const char *name)
{
	import_key(i->out, i->router, node, "%s = %ss", name, import_value(node));
}

/* ---- election ---- */

static void state(struct import_instance *i, const struct import_node *node)
{
	if (!strcmp(import_value(node), "MASTER") && !i->owner)
		import_other(i, node, "each start listens first; the priority decides");
}

static void nopreempt(struct import_instance *i, const struct import_node *node)
{
	if (i->starts_master)
		import_other(i, node, "keepalived ignores it beside state MASTER");
	else if (i->owner)
		import_other(i, node, "the owner (priority 255) always preempts");
	else
		import_key(i->out, i->router, node, "preempt = no");
}

static void preempt_delay(struct import_instance *i, const struct import_node *node)
{
	if (i->starts_master)
		import_other(i, node, "keepalived ignores it beside state MASTER");
	else
		seconds(i, node, "preempt-delay");
}

/* Of two keywords for one key the last one counts. Returns false, and says so, if this one does
 * not. */
static bool counts(struct import_instance *i, const struct import_node *node, const char *other)
{
	for (const struct import_node *next = node->next; next; next = next->next) {
		if (!next->why && import_is(next, other)) {
			import_other(i, node, SAID_AGAIN);
			return false;
		}
	}
	return true;
}

static void strict_mode(struct import_instance *i, const struct import_node *node)
{
	if (import_truth(node) && !i->said_accept && !i->owner)
		import_key(i->out, i->router, node, "accept = no");
}

/* ---- transport ---- */

/* keepalived looks at the TTL of a peer's adverts only where a min_ttl says so. */
static void unicast_peer(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *limited = NULL;
	const char *lowest = "1";

	for (const struct import_node *peer = node->first_child; peer; peer = peer->next) {
		struct import_words lost = {.length = 0};

		if (peer->why) {
			import_unusable(i->out, i->router, peer);
			continue;
		}
		import_key(i->out, i->router, peer, "peers = %s", import_word(peer, 0));
		for (unsigned int w = 1; w < peer->word_count; w += 2) {
			const char *limit = import_word(peer, w + 1);

			if (strcmp(import_word(peer, w), "min_ttl") != 0) {
				import_add_words(&lost, peer, w, 2);
				continue;
			}
			/* One for all of them here: the lowest. */
			if (!limited || strtoul(limit, NULL, 10) < strtoul(lowest, NULL, 10))
				lowest = limit;
			limited = peer;
		}
		if (lost.length)
			import_without(i->out, i->router, peer, "%s", lost.text);
	}
	if (node->first_child)
		import_key(i->out, i->router, limited ? limited : node, "min-ttl = %s", lowest);
	if (node->first_child && !limited)
		import_other(i, node,
			     "min-ttl = 1 is what keepalived does; leave it out (255) where peers "
			     "are on one network");
}

static void authentication(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *type = import_child(node, "auth_type");
	const struct import_node *pass = import_child(node, "auth_pass");

	for (const struct import_node *child = node->first_child; child; child = child->next) {
		const char *word = import_word(child, 0);

		if (child == type || child == pass)
			continue;
		if (child->why)
			import_unusable(i->out, i->router, child);
		else if (!strcmp(word, "auth_type") || !strcmp(word, "auth_pass"))
			import_other(i, child, SAID_AGAIN);
		else if (!strncmp(word, "auth_hmac", strlen("auth_hmac")))
			import_why(i, child, HMAC_KEYS);
		else
			import_by_reason(i->out, i->router, child, NULL);
	}
	if (type && !strcmp(import_value(type), "AH"))
		import_why(i, type, "RFC 3768 removed it; signed adverts: hmac-key = ID:FILE");
	else if (type && strcmp(import_value(type), "PASS") != 0)
		import_other(i, type, "keepalived does not know this type, and sends no password");
	if (pass && (!type || strcmp(import_value(type), "PASS") != 0)) {
		import_other(i, pass,
			     type ? "it belongs to auth_type"
				  : "without auth_type, keepalived sends no password");
	} else if (pass && !i->v2) {
		import_other(
			i, pass,
			"version 3 has no passwords, and keepalived ignores it as well; signed "
			"adverts: hmac-key = ID:FILE");
	} else if (pass) {
		import_key(i->out, i->router, pass, "auth = pass:%.8s", import_value(pass));
		if (strlen(import_value(pass)) > 8)
			import_other(i, pass,
				     "its first 8 characters count, for keepalived as well");
	}
}

/* keepalived's files of keys are ours. A key that is in the configuration itself is a secret, which
 * must not be in one that anybody may read. */
static void hmac_part(struct import_instance *i, const struct import_node *node)
{
	const char *keyword = import_word(node, 0), *file = import_word(node, 2);
	const size_t head = strlen("file:");

	if (!strcmp(keyword, "key") && !strncmp(file, "file:", head))
		import_key(i->out, i->router, node, "hmac-key = %s:%s", import_value(node),
			   file + head);
	else if (!strcmp(keyword, "key"))
		import_why(i, node, HMAC_KEYS);
	else if (!strcmp(keyword, "active_key"))
		import_same(i, node, "hmac-active");
	else if (!strcmp(keyword, "mode"))
		import_same(i, node, "hmac-mode");
	else if (!strcmp(keyword, "time_window"))
		seconds(i, node, "hmac-window");
	else if (strcmp(keyword, "anti_replay") != 0)
		import_by_reason(i->out, i->router, node, NULL);
	else if (strcmp(import_value(node), "time") != 0)
		import_why(i, node, "an advert older than hmac-window is always refused");
}

static void auth_hmac(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, hmac_part);
}

/* ---- announcements ---- */

/* keepalived sends them without a pause if none is given, which is no loss to wait for. */
static void garp_interval(struct import_instance *i, const struct import_node *node)
{
	if (strtod(import_value(node), NULL) < 0.001)
		import_other(i, node, "the shortest pause is 1ms: garp-interval");
	else
		seconds(i, node, "garp-interval");
}

/* ---- all of it ---- */

/* "dev IF" of an address; NULL: it has none. */
static const char *device_of(const struct import_node *address)
{
	for (unsigned int w = 1; w + 1 < address->word_count; w++) {
		if (!strcmp(import_word(address, w), "dev"))
			return import_word(address, w + 1);
	}
	return NULL;
}

/* Where all addresses are on one interface beside the heartbeat, that is the public one. */
static const char *public_of(const struct import_node *instance)
{
	const char *found = NULL;

	for (const struct import_node *block = instance->first_child; block; block = block->next) {
		if (!import_is(block, "virtual_ipaddress") &&
		    !import_is(block, "virtual_ipaddress_excluded"))
			continue;
		for (const struct import_node *one = block->first_child; one; one = one->next) {
			const char *device = device_of(one);

			if (one->why)
				continue;
			if (!device || (found && strcmp(found, device) != 0))
				return NULL;
			found = device;
		}
	}
	return found;
}

static const struct keyword keywords[] = {
	{"state", .convert = state, .first = true},
	{"interface", .key = "heartbeat"},
	{"virtual_router_id", .key = "vrid"},
	{"priority", .key = "priority"},
	{"advert_int", .key = "interval", .unit = "s"},
	{"nopreempt", .convert = nopreempt, .pair = "preempt"},
	{"preempt_delay", .convert = preempt_delay},
	{"accept", .key = "accept", .value = "yes", .pair = "no_accept"},
	{"no_accept", .key = "accept", .value = "no", .pair = "accept"},
	{"strict_mode", .convert = strict_mode},
	{"mcast_src_ip", .key = "source", .pair = "unicast_src_ip"},
	{"unicast_src_ip", .key = "source", .pair = "mcast_src_ip"},
	{"unicast_peer", .convert = unicast_peer},
	{"authentication", .convert = authentication},
	{"auth_hmac", .convert = auth_hmac},
	{"virtual_ipaddress", .convert = import_virtual_ipaddress},
	{"virtual_ipaddress_excluded", .convert = import_virtual_ipaddress_excluded},
	{"virtual_routes", .convert = import_virtual_routes},
	{"virtual_rules", .convert = import_virtual_rules},
	{"use_vmac", .convert = import_use_vmac},
	{"use_vmac_addr", .convert = import_use_vmac_addr},
	{"track_interface", .convert = import_track_interface},
	{"track_script", .convert = import_track_script},
	{"track_file", .convert = import_track_file},
	{"track_process", .convert = import_track_process},
	{"notify_master", .convert = import_notify_master, .first = true},
	{"notify_backup", .convert = import_notify_backup, .first = true},
	{"notify_fault", .convert = import_notify_fault, .first = true},
	{"notify", .convert = import_notify, .first = true},
	{"notify_stop", .convert = import_notify_stop, .first = true},
	{"garp_master_delay", .key = "garp-delay", .unit = "s"},
	{"garp_master_repeat", .key = "garp-count"},
	{"garp_master_refresh", .key = "garp-refresh", .unit = "s"},
	{"garp_interval", .convert = garp_interval},
};

#define KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

/* Its number, or KEYWORDS. */
static size_t find_keyword(const char *word)
{
	size_t k = 0;

	while (k < KEYWORDS && strcmp(keywords[k].name, word) != 0)
		k++;
	return k;
}

const char *import_known(const char *keyword)
{
	size_t k = find_keyword(keyword);

	return k < KEYWORDS ? keywords[k].name : import_spelling(keyword);
}

static void convert(struct import_instance *i, const struct import_node *node)
{
	const char *word = import_word(node, 0);
	size_t k = find_keyword(word);

	if (node->why) {
		import_unusable(i->out, i->router, node);
		return;
	}
	if (import_is_implied(word) || !strcmp(word, "version"))
		return;
	if (k == KEYWORDS)
		import_by_reason(i->out, i->router, node, import_reason_instance(word));
	else if (!node->block && i->counts[k] != node)
		import_other(i, node, keywords[k].first ? SAID_BEFORE : SAID_AGAIN);
	else if (keywords[k].pair && !counts(i, node, keywords[k].pair))
		return;
	else if (keywords[k].convert)
		keywords[k].convert(i, node);
	else
		import_key(i->out, i->router, node, "%s = %s%s", keywords[k].key,
			   keywords[k].value ? keywords[k].value : import_value(node),
			   keywords[k].unit ? keywords[k].unit : "");
}

/* The one whose family is the instance's; NULL: there is none. */
static const struct import_node *first_address(const struct import_node *instance)
{
	for (const struct import_node *block = instance->first_child; block; block = block->next) {
		if (block->why || !import_is(block, "virtual_ipaddress"))
			continue;
		for (const struct import_node *one = block->first_child; one; one = one->next) {
			if (!one->why)
				return one;
		}
	}
	return NULL;
}

/* keepalived: version 2 unless something else is said, and IPv6 has version 3 alone. */
static void version(struct import_instance *i)
{
	const struct import_node *said = import_first(i->node, "version");
	const struct import_node *first = first_address(i->node);

	if (!said)
		said = i->defaults->version;
	i->ipv6 = first && strchr(import_word(first, 0), ':');
	i->v2 = !i->ipv6 && (!said || strcmp(import_value(said), "3") != 0);
	if (said && !i->ipv6)
		import_same(i, said, "version");
	else
		import_key(i->out, i->router, i->node, "version = %d", i->v2 ? 2 : 3);
}

/* Of global_defs, where the instance says nothing of its own. */
static void inherit(struct import_instance *i)
{
	const struct import_defaults *d = i->defaults;
	bool min_garp = d->min_garp && import_truth(d->min_garp);

	if (d->interface && !import_child(i->node, "interface"))
		import_same(i, d->interface, "heartbeat");
	if (!import_child(i->node, "garp_master_repeat")) {
		if (d->garp_repeat)
			import_same(i, d->garp_repeat, "garp-count");
		else if (min_garp)
			import_key(i->out, i->router, d->min_garp, "garp-count = 1");
	}
	if (!import_child(i->node, "garp_master_delay")) {
		if (d->garp_delay)
			seconds(i, d->garp_delay, "garp-delay");
		else if (min_garp)
			import_key(i->out, i->router, d->min_garp, "garp-delay = 0s");
	}
	if (d->garp_refresh && !import_child(i->node, "garp_master_refresh"))
		seconds(i, d->garp_refresh, "garp-refresh");
	if (!import_child(i->node, "garp_interval")) {
		const struct import_node *said = import_child(i->node, "interface");
		const struct import_node *pause =
			import_garp_interval(d, i->public ? i->public
						: said    ? import_value(said)
							  : "");

		if (pause)
			garp_interval(i, pause);
		else if (d->garp_interval)
			garp_interval(i, d->garp_interval);
	}
	import_script_user(i);
	if (d->startup_delay)
		seconds(i, d->startup_delay, "start-delay");
	if (d->strict && import_truth(d->strict) && !i->said_accept && !i->owner &&
	    !import_child(i->node, "strict_mode"))
		import_key(i->out, i->router, d->strict, "accept = no");
}

void import_instance(struct import_out *out, const struct import_defaults *defaults,
		     const struct import_node *node)
{
	const struct import_node *said = import_first(node, "state"),
				 *level = import_child(node, "priority");
	const struct import_node *found[KEYWORDS + 1] = {NULL}; /* one more for what is not known */
	struct import_instance i = {.out = out,
				    .defaults = defaults,
				    .node = node,
				    .counts = found};

	i.starts_master = said && !strcmp(import_value(said), "MASTER");
	i.owner = level ? !strcmp(import_value(level), "255") : i.starts_master;
	i.excluded = import_child(node, "virtual_ipaddress_excluded") != NULL;
	i.said_accept = import_child(node, "accept") || import_child(node, "no_accept");
	i.group = import_group_of(defaults, import_word(node, 1));
	i.router = import_router(out, node);
	i.public = public_of(node);
	version(&i);
	if (i.owner && !level) {
		import_key(out, i.router, said, "priority = 255");
		import_other(&i, said,
			     "without a priority, keepalived treats a router that starts as MASTER "
			     "as the owner of the address");
	}
	if (i.public)
		import_key(out, i.router, node, "public = %s", i.public);
	for (const struct import_node *child = node->first_child; child; child = child->next) {
		size_t k = find_keyword(import_word(child, 0));

		if (!child->why && (!found[k] || k == KEYWORDS || !keywords[k].first))
			found[k] = child;
	}
	for (const struct import_node *child = node->first_child; child; child = child->next)
		convert(&i, child);
	import_of_group(&i);
	inherit(&i);
}
