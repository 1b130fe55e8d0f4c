/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole keepalived.conf: its blocks, and the global_defs that instances take their defaults from.
 */
#include <errno.h>
#include <search.h>
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
					   "vrrp_garp_master_repeat",
					   "vrrp_garp_master_refresh",
					   "vrrp_garp_interval",
					   "vrrp_min_garp",
					   "vrrp_startup_delay"};

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

/* ---- vrrp_script ---- */

static void keep(void *node)
{
	(void)node;
}

static void mark_tracked(const struct import_node *block, void *const *scripts)
{
	for (const struct import_node *one = block->first_child; one; one = one->next) {
		struct import_node *script =
			one->why ? NULL : import_script(scripts, import_word(one, 0));

		if (script)
			script->tracked = true;
	}
}

static void find_tracked(const struct import_node *root, void *const *scripts)
{
	for (const struct import_node *one = root->first_child; one; one = one->next) {
		for (const struct import_node *block = one->first_child; block;
		     block = block->next) {
			if ((import_is(one, "vrrp_instance") ||
			     import_is(one, "vrrp_sync_group")) &&
			    import_is(block, "track_script"))
				mark_tracked(block, scripts);
		}
	}
}

/* Those that import_carried.c reads. */
static bool is_of_script(const char *keyword)
{
	static const char *const used[] = {"script", "interval", "timeout",
					   "weight", "rise",     "fall"};

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
		if (!strcmp(used[i], keyword))
			return true;
	}
	return false;
}

/* Where it is tracked, it becomes a key. */
static void convert_script(struct import_out *out, const struct import_node *node)
{
	if (!node->tracked) {
		import_fine(out, IMPORT_GLOBAL, node, "no virtual router tracks it");
		return;
	}
	for (const struct import_node *child = node->first_child; child; child = child->next) {
		const char *word = import_word(child, 0);

		if (child->why)
			import_unusable(out, IMPORT_GLOBAL, child);
		else if (!strcmp(word, "user"))
			import_note(out, IMPORT_GLOBAL, child, "programs run as root");
		else if (!strcmp(word, "init_fail"))
			import_fine(out, IMPORT_GLOBAL, child,
				    "until its first result a router with it only listens");
		else if (!is_of_script(word))
			import_by_reason(out, IMPORT_GLOBAL, child, NULL);
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
	} else if (!strcmp(keyword, "vrrp_script")) {
		convert_script(out, node);
	} else if (!strcmp(keyword, "vrrp_sync_group")) {
		import_sync_group(out, node);
	} else if (!strcmp(keyword, "garp_group")) {
		convert_garp_group(out, node);
	} else {
		import_by_reason(out, IMPORT_GLOBAL, node, import_reason_top(keyword));
	}
}

int import_keepalived(const struct import_line *lines, unsigned int count, const char *config_id,
		      const char *directory, struct import_result *ret_result,
		      struct import_fault *ret_fault)
{
	struct import_defaults defaults = {0};
	struct import_out out = {0};
	struct import_node *root;
	int err = import_tree(lines, count, config_id, directory, &root, ret_fault);

	if (err)
		return err;
	out.status = import_scripts(root, &defaults.scripts);
	if (!out.status)
		out.status = import_groups(root, &defaults);
	find_tracked(root, &defaults.scripts);
	defaults.version = global(root, "vrrp_version");
	defaults.interface = global(root, "default_interface");
	defaults.garp_repeat = global(root, "vrrp_garp_master_repeat");
	defaults.garp_refresh = global(root, "vrrp_garp_master_refresh");
	defaults.garp_interval = global(root, "vrrp_garp_interval");
	defaults.min_garp = global(root, "vrrp_min_garp");
	defaults.strict = global(root, "vrrp_strict");
	defaults.startup_delay = global(root, "vrrp_startup_delay");
	for (const struct import_node *node = root->first_child; node; node = node->next)
		convert_top(&out, &defaults, node);
	err = import_finish(&out, ret_result);
	if (err == -E2BIG)
		*ret_fault = out.fault;
	tdestroy(defaults.scripts, keep);
	import_groups_free(&defaults);
	import_out_free(&out);
	import_tree_free(root);
	return err;
}
