/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole keepalived.conf: its blocks, and the global_defs that instances take their defaults from.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"

/* The first block of that name; more of them are put together by keepalived. */
static const struct import_node *global(const struct import_node *root, const char *keyword)
{
	const struct import_node *found = NULL;

	for (const struct import_node *block = root->first_child; block; block = block->next) {
		if (!block->why && import_is(block, "global_defs") && import_child(block, keyword))
			found = import_child(block, keyword);
	}
	return found;
}

/* What instances take as a default, or what is taken here. */
static bool is_used(const char *keyword)
{
	static const char *const used[] = {"vrrp_version",
					   "default_interface",
					   "vrrp_garp_master_delay",
					   "vrrp_garp_master_repeat",
					   "vrrp_garp_master_refresh",
					   "vrrp_garp_interval",
					   "vrrp_min_garp",
					   "script_user"};

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		if (!strcmp(used[i], keyword))
			return true;
	}
	return false;
}

static void convert_global(struct import_out *out, const struct import_node *node)
{
	const char *keyword = import_word(node, 0), *value = import_word(node, 1);
	const char *reason = import_reason_global(keyword);

	if (node->why)
		import_note(out, IMPORT_GLOBAL, node, "%s", node->why);
	else if (is_used(keyword) || import_is_implied(keyword))
		return;
	else if (!strcmp(keyword, "vrrp_rt_priority"))
		import_key(out, IMPORT_AGENT, node, "realtime = %s", value);
	else if ((!strcmp(keyword, "vrrp_mcast_group4") && !strcmp(value, "224.0.0.18")) ||
		 (!strcmp(keyword, "vrrp_mcast_group6") && !strcmp(value, "ff02::12")))
		return;
	else if (!strcmp(keyword, "vrrp_strict"))
		return; /* of it accept = no is left, where an instance says nothing else */
	else
		import_note(out, IMPORT_GLOBAL, node, "%s",
			    reason ? reason : "a keyword that is not known here");
}

static void convert_sync_group(struct import_out *out, const struct import_node *node)
{
	import_note(out, IMPORT_GLOBAL, node,
		    "routers do not move together; one router can carry all addresses, of several "
		    "interfaces as well: address = ADDR/LEN dev INTERFACE");
}

/* Where it is tracked, it becomes a key. */
static void convert_tracked(struct import_out *out, enum import_tracked kind,
			    const struct import_node *node)
{
	if (!node->tracked) {
		import_note(out, IMPORT_GLOBAL, node, "no virtual router tracks it");
		return;
	}
	for (const struct import_node *child = node->first_child; child; child = child->next) {
		const char *reason = child->why ? child->why : import_tracked_reason(kind, child);

		if (reason)
			import_note(out, IMPORT_GLOBAL, child, "%s", reason);
	}
}

static void convert_top(struct import_out *out, const struct import_defaults *defaults,
			const struct import_node *node)
{
	const char *keyword = import_word(node, 0), *reason = import_reason_top(keyword);

	if (node->why) {
		import_note(out, IMPORT_GLOBAL, node, "%s", node->why);
	} else if (!strcmp(keyword, "vrrp_instance")) {
		import_instance(out, defaults, node);
	} else if (!strcmp(keyword, "global_defs")) {
		for (const struct import_node *child = node->first_child; child;
		     child = child->next)
			convert_global(out, child);
	} else if (import_tracked_kind(node) < IMPORT_TRACKED) {
		convert_tracked(out, import_tracked_kind(node), node);
	} else if (!strcmp(keyword, "vrrp_sync_group")) {
		convert_sync_group(out, node);
	} else {
		import_note(out, IMPORT_GLOBAL, node, "%s",
			    reason ? reason : "a keyword that is not known here");
	}
}

int import_keepalived(const struct import_line *lines, unsigned int count, const char *config_id,
		      struct import_result *ret_result, struct import_fault *ret_fault)
{
	struct import_defaults defaults = {0};
	struct import_out out = {0};
	struct import_node *root;
	int err = import_tree(lines, count, config_id, &root, ret_fault);

	if (err)
		return err;
	out.status = import_tracked_index(root, defaults.tracked);
	defaults.version = global(root, "vrrp_version");
	defaults.interface = global(root, "default_interface");
	defaults.garp_delay = global(root, "vrrp_garp_master_delay");
	defaults.garp_repeat = global(root, "vrrp_garp_master_repeat");
	defaults.garp_refresh = global(root, "vrrp_garp_master_refresh");
	defaults.garp_interval = global(root, "vrrp_garp_interval");
	defaults.min_garp = global(root, "vrrp_min_garp");
	defaults.script_user = global(root, "script_user");
	defaults.strict = global(root, "vrrp_strict");
	for (const struct import_node *node = root->first_child; node; node = node->next)
		convert_top(&out, &defaults, node);
	err = import_finish(&out, ret_result);
	if (err == -E2BIG)
		*ret_fault = out.fault;
	import_tracked_free(defaults.tracked);
	import_out_free(&out);
	import_tree_free(root);
	return err;
}
