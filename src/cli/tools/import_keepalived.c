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
					   "vrrp_startup_delay",
					   "script_user"};

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		if (!strcmp(used[i], keyword))
			return true;
	}
	return false;
}

/* Do both have the same value? Ours is for both families, as one of a pair of keywords. */
static bool is_same(const struct import_node *node, const struct import_node *other)
{
	return other && !strcmp(import_value(node), import_value(other));
}

static void convert_global(struct import_out *out, const struct import_defaults *defaults,
			   const struct import_node *node)
{
	const char *keyword = import_word(node, 0), *value = import_word(node, 1);

	if (node->why)
		import_unusable(out, IMPORT_GLOBAL, node);
	else if (is_used(keyword) || import_is_implied(keyword))
		return;
	else if (!strcmp(keyword, "vrrp_rt_priority"))
		import_key(out, IMPORT_AGENT, node, "realtime = %s", value);
	else if (!strcmp(keyword, "vrrp_strict"))
		return; /* of it accept = no is left, where an instance says nothing else */
	else if (!strcmp(keyword, "vrrp_gna_interval") && is_same(node, defaults->garp_interval))
		return;
	else
		import_by_reason(out, IMPORT_GLOBAL, node, import_reason_global(keyword));
}

/* Its interval becomes a key of the routers on its interfaces. */
static void convert_garp_group(struct import_out *out, const struct import_node *node)
{
	for (const struct import_node *child = node->first_child; child; child = child->next) {
		if (child->why)
			import_unusable(out, IMPORT_GLOBAL, child);
		else if (is_same(child, import_child(node, "garp_interval")))
			continue;
		else if (!import_is(child, "garp_interval") && !import_is(child, "interface") &&
			 !import_is(child, "interfaces"))
			import_by_reason(out, IMPORT_GLOBAL, child,
					 import_reason_instance(import_word(child, 0)));
	}
}

static void convert_top(struct import_out *out, const struct import_defaults *defaults,
			const struct import_node *node)
{
	const char *keyword = import_word(node, 0);

	if (node->why) {
		import_unusable(out, IMPORT_GLOBAL, node);
	} else if (!strcmp(keyword, "vrrp_instance")) {
		import_instance(out, defaults, node);
	} else if (!strcmp(keyword, "global_defs")) {
		for (const struct import_node *child = node->first_child; child;
		     child = child->next)
			convert_global(out, defaults, child);
	} else if (import_kind(node) < IMPORT_TRACKED) {
		import_block(out, defaults, node);
	} else if (!strcmp(keyword, "vrrp_sync_group")) {
		return; /* after all instances */
	} else if (!strcmp(keyword, "garp_group")) {
		convert_garp_group(out, node);
	} else {
		import_by_reason(out, IMPORT_GLOBAL, node, import_reason_top(keyword));
	}
}

int import_keepalived(const struct import_line *lines, unsigned int count,
		      const struct import_host *host, struct import_result *ret_result,
		      struct import_fault *ret_fault)
{
	struct import_defaults defaults = {.host_user = host->script_user};
	struct import_out out = {0};
	struct import_node *root;
	int err = import_tree(lines, count, host->config_id, host->directory, &root, ret_fault);

	if (err)
		return err;
	out.status = import_blocks(root, &defaults);
	if (!out.status)
		out.status = import_groups(root, &defaults);
	defaults.version = global(root, "vrrp_version");
	defaults.interface = global(root, "default_interface");
	defaults.garp_delay = global(root, "vrrp_garp_master_delay");
	defaults.garp_repeat = global(root, "vrrp_garp_master_repeat");
	defaults.garp_refresh = global(root, "vrrp_garp_master_refresh");
	defaults.garp_interval = global(root, "vrrp_garp_interval");
	defaults.min_garp = global(root, "vrrp_min_garp");
	defaults.script_user = global(root, "script_user");
	defaults.strict = global(root, "vrrp_strict");
	defaults.startup_delay = global(root, "vrrp_startup_delay");
	for (const struct import_node *node = root->first_child; node; node = node->next)
		convert_top(&out, &defaults, node);
	for (const struct import_node *node = root->first_child; node; node = node->next) {
		if (!node->why && import_is(node, "vrrp_sync_group"))
			import_sync_group(&out, &defaults, node);
	}
	err = import_finish(&out, ret_result);
	if (err == -E2BIG)
		*ret_fault = out.fault;
	import_blocks_free(&defaults);
	import_groups_free(&defaults);
	import_out_free(&out);
	import_tree_free(root);
	return err;
}
