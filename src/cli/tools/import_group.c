/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vrrp_sync_group, which becomes a group of ours and its section, and garp_group: what routers get
 * of them, and what is lost. The only router of a group gets what the group has.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"

struct keyword {
	const char *name;
	import_fn *convert;
};

static const struct keyword keywords[] = {
	{"track_interface", import_track_interface}, {"track_script", import_track_script},
	{"track_file", import_track_file},           {"track_process", import_track_process},
	{"notify_master", import_notify_master},     {"notify_backup", import_notify_backup},
	{"notify_fault", import_notify_fault},       {"notify", import_notify},
	{"notify_stop", import_notify_stop},
};

static const struct keyword *find(const char *word)
{
	for (size_t k = 0; k < sizeof(keywords) / sizeof(keywords[0]); k++) {
		if (!strcmp(keywords[k].name, word))
			return &keywords[k];
	}
	return NULL;
}

/* ---- who is in which ---- */

/* A router and its vrrp_sync_group, or an interface and the garp_interval of its garp_group. */
struct member {
	const char *name;
	const struct import_node *node;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

/* The first group that has it counts. */
static int add_member(void **members, const char *name, const struct import_node *node)
{
	struct member *member = malloc(sizeof(*member)), **found;

	if (!member)
		return -ENOMEM;
	*member = (struct member){name, node};
	found = tsearch(member, members, by_name);
	if (!found || *found != member)
		free(member);
	return found ? 0 : -ENOMEM;
}

/* Each word of a block is one, however many are on a line. */
static int add_members(void **members, const struct import_node *block,
		       const struct import_node *node)
{
	int err = 0;

	for (const struct import_node *line = block ? block->first_child : NULL; line && !err;
	     line = line->next) {
		for (unsigned int w = 0; w < line->word_count && !line->why && !err; w++)
			err = add_member(members, import_word(line, w), node);
	}
	return err;
}

static const struct import_node *find_member(void *const *members, const char *name)
{
	struct member key = {.name = name};
	struct member **found = tfind(&key, members, by_name);

	return found ? (*found)->node : NULL;
}

int import_groups(const struct import_node *root, struct import_defaults *defaults)
{
	int err = 0;

	for (const struct import_node *node = root->first_child; node && !err; node = node->next) {
		const struct import_node *pause, *one;

		if (node->why)
			continue;
		if (import_is(node, "vrrp_sync_group"))
			err = add_members(&defaults->groups, import_child(node, "group"), node);
		pause = import_is(node, "garp_group") ? import_child(node, "garp_interval") : NULL;
		if (!pause)
			continue;
		one = import_child(node, "interface");
		if (one)
			err = add_member(&defaults->pauses, import_value(one), pause);
		if (!err)
			err = add_members(&defaults->pauses, import_child(node, "interfaces"),
					  pause);
	}
	return err;
}

void import_groups_free(struct import_defaults *defaults)
{
	tdestroy(defaults->groups, free);
	tdestroy(defaults->pauses, free);
}

const struct import_node *import_garp_interval(const struct import_defaults *defaults,
					       const char *interface)
{
	return find_member(&defaults->pauses, interface);
}

/* Is it the group of one router alone? */
static bool is_of_one(const struct import_node *group)
{
	const struct import_node *block = import_child(group, "group");
	unsigned int count = 0;

	for (const struct import_node *line = block ? block->first_child : NULL; line;
	     line = line->next)
		count += line->why ? 0 : line->word_count;
	return count == 1;
}

/* ---- what becomes of it ---- */

const struct import_node *import_group_of(const struct import_defaults *defaults, const char *name)
{
	return find_member(&defaults->groups, name);
}

/* Those keywords that become keys. */
static void convert(struct import_instance *i, const struct import_node *group)
{
	for (const struct import_node *child = group->first_child; child; child = child->next) {
		const struct keyword *keyword = find(import_word(child, 0));

		if (!child->why && keyword)
			keyword->convert(i, child);
	}
}

/* Of each group there is one node. */
static int by_place(const void *a, const void *b)
{
	return a < b ? -1 : a > b;
}

void import_of_group(struct import_instance *i)
{
	char name[VRRP_NAME_LEN];

	if (!i->group)
		return;
	if (is_of_one(i->group)) {
		convert(i, i->group);
		return;
	}
	if (!tsearch(i->group, &i->out->joined, by_place))
		i->out->status = -ENOMEM;
	import_group_name(i->group, name);
	import_key(i->out, i->router, i->group, "group = %s", name);
}

static bool has_keys(const struct import_node *group)
{
	for (const struct import_node *child = group->first_child; child; child = child->next) {
		if (!child->why && find(import_word(child, 0)))
			return true;
	}
	return false;
}

/* A group without anything to say needs no section. */
static void add_section(struct import_out *out, const struct import_defaults *defaults,
			const struct import_node *group)
{
	struct import_instance of_group = {.out = out, .defaults = defaults, .node = group};

	if (is_of_one(group) || !has_keys(group))
		return;
	if (!tfind(group, &out->joined, by_place)) {
		import_fine(out, IMPORT_GLOBAL, group, "it has no virtual router");
		return;
	}
	of_group.router = import_group(out, group);
	convert(&of_group, group);
	import_script_user(&of_group);
}

void import_sync_group(struct import_out *out, const struct import_defaults *defaults,
		       const struct import_node *group)
{
	add_section(out, defaults, group);
	for (const struct import_node *child = group->first_child; child; child = child->next) {
		const char *word = import_word(child, 0);

		if (child->why)
			import_unusable(out, IMPORT_GLOBAL, child);
		else if (import_is(child, "group") || find(word))
			continue;
		else if (!strcmp(word, "global_tracking") ||
			 !strcmp(word, "sync_group_tracking_weight"))
			import_fine(
				out, IMPORT_GLOBAL, child,
				"tracked things of one router of a group count for all of them");
		else
			import_by_reason(out, IMPORT_GLOBAL, child, import_reason_instance(word));
	}
}
