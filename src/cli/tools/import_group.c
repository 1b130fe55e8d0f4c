/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vrrp_sync_group and garp_group: what routers get of them, and what is lost. Routers do not move
 * together here. But each gets the trackers of its vrrp_sync_group, so what is tracked fails all of
 * them; and the only router of a group gets its programs as well, so nothing is lost of such a
 * group.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"

struct keyword {
	const char *name;
	import_fn *convert;
	bool each; /* each router gets it; otherwise an only one */
};

static const struct keyword keywords[] = {
	{"track_interface", import_track_interface, true},
	{"track_script", import_track_script, true},
	{"track_file", import_track_file, true},
	{"track_process", import_track_process, true},
	{"notify_master", import_notify_master, false},
	{"notify_backup", import_notify_backup, false},
	{"notify_fault", import_notify_fault, false},
	{"notify", import_notify, false},
	{"notify_stop", import_notify_stop, false},
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

void import_of_group(struct import_instance *i)
{
	const struct import_node *group = i->group;

	for (const struct import_node *child = group ? group->first_child : NULL; child;
	     child = child->next) {
		const struct keyword *keyword = find(import_word(child, 0));

		if (!child->why && keyword && (keyword->each || is_of_one(group)))
			keyword->convert(i, child);
	}
}

void import_sync_group(struct import_out *out, const struct import_node *group)
{
	bool alone = is_of_one(group);

	if (!alone)
		import_note(out, IMPORT_GLOBAL, group,
			    "routers do not move together; one router can carry all addresses, of "
			    "several interfaces as well: address = ADDR/LEN dev INTERFACE");
	for (const struct import_node *child = group->first_child; child; child = child->next) {
		const char *word = import_word(child, 0);
		const struct keyword *keyword = find(word);

		if (child->why)
			import_unusable(out, IMPORT_GLOBAL, child);
		else if (import_is(child, "group") || (keyword && (keyword->each || alone)))
			continue;
		else if (keyword)
			import_note(
				out, IMPORT_GLOBAL, child,
				"no program is run for several routers: give it to one of them");
		else if (!strcmp(word, "global_tracking") ||
			 !strcmp(word, "sync_group_tracking_weight"))
			import_fine(out, IMPORT_GLOBAL, child,
				    "each router of the group has its trackers, with their weight");
		else
			import_by_reason(out, IMPORT_GLOBAL, child, import_reason_instance(word));
	}
}
