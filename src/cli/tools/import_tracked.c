/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a vrrp_instance or vrrp_sync_group watches: interfaces, and scripts, files and processes,
 * which have blocks of their own and are named where they are tracked.
 */
#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"
#include "core/config/command.h"

/* ---- the blocks ---- */

/* The keywords of these blocks, of which the second is that of older releases; and of the block
 * that names them. */
static const struct {
	const char *block, *old, *list;
} kinds[IMPORT_TRACKED] = {
	[IMPORT_SCRIPTS] = {"vrrp_script", "vrrp_script", "track_script"},
	[IMPORT_FILES] = {"track_file", "vrrp_track_file", "track_file"},
	[IMPORT_PROCESSES] = {"vrrp_track_process", "vrrp_track_process", "track_process"},
};

enum import_tracked import_kind(const struct import_node *node)
{
	enum import_tracked kind = 0;

	while (kind < IMPORT_TRACKED && !import_is(node, kinds[kind].block) &&
	       !import_is(node, kinds[kind].old))
		kind++;
	return kind;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(import_value(a), import_value(b));
}

static struct import_node *find_in(void *const *tree, const char *name)
{
	char *words[] = {NULL, (char *)(uintptr_t)name};
	struct import_node key = {.words = words, .word_count = 2};
	struct import_node **found = tfind(&key, tree, by_name);

	return found ? *found : NULL;
}

/* Of several with the same name the first one counts. */
static int collect(const struct import_node *root, struct import_defaults *defaults)
{
	for (struct import_node *node = root->first_child; node; node = node->next) {
		enum import_tracked kind = node->why ? IMPORT_TRACKED : import_kind(node);

		if (kind < IMPORT_TRACKED && !tsearch(node, &defaults->tracked[kind], by_name))
			return -ENOMEM;
	}
	return 0;
}

static void mark(const struct import_node *list, void *const *tree)
{
	for (const struct import_node *one = list->first_child; one; one = one->next) {
		struct import_node *block = one->why ? NULL : find_in(tree, import_word(one, 0));

		if (block)
			block->tracked = true;
	}
}

int import_blocks(const struct import_node *root, struct import_defaults *defaults)
{
	int err = collect(root, defaults);

	for (const struct import_node *one = root->first_child; one && !err; one = one->next) {
		if (!import_is(one, "vrrp_instance") && !import_is(one, "vrrp_sync_group"))
			continue;
		for (const struct import_node *list = one->first_child; list; list = list->next) {
			for (int kind = 0; kind < IMPORT_TRACKED; kind++) {
				if (import_is(list, kinds[kind].list))
					mark(list, &defaults->tracked[kind]);
			}
		}
	}
	return err;
}

static void keep(void *node)
{
	(void)node;
}

void import_blocks_free(struct import_defaults *defaults)
{
	for (int kind = 0; kind < IMPORT_TRACKED; kind++)
		tdestroy(defaults->tracked[kind], keep);
}

/* ---- what is lost of them ---- */

#define ONE  "one process of that name is enough", IMPORT_DROPPED
#define ONCE "start and end of the process count at once", IMPORT_DROPPED, NULL
#define NAME "the name of the program counts", IMPORT_DROPPED, NULL

/* Without a reason: it is read below. */
static const struct {
	enum import_tracked kind;
	struct import_reason word;
} words[] = {
	{IMPORT_SCRIPTS, {"script", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_SCRIPTS, {"interval", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_SCRIPTS, {"timeout", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_SCRIPTS, {"weight", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_SCRIPTS, {"rise", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_SCRIPTS, {"fall", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_SCRIPTS,
	 {"init_fail", "until the first result the router only listens", IMPORT_NOTHING, NULL}},
	{IMPORT_FILES, {"file", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_FILES, {"weight", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_FILES,
	 {"init_file", "the file is only read; a missing file counts as 0", IMPORT_DROPPED, "0"}},
	{IMPORT_PROCESSES, {"process", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_PROCESSES, {"weight", NULL, IMPORT_NOTHING, NULL}},
	{IMPORT_PROCESSES, {"quorum", ONE, "1"}},
	{IMPORT_PROCESSES, {"quorum_max", ONE, NULL}},
	{IMPORT_PROCESSES, {"delay", ONCE}},
	{IMPORT_PROCESSES, {"fork_delay", ONCE}},
	{IMPORT_PROCESSES, {"terminate_delay", ONCE}},
	{IMPORT_PROCESSES, {"full_command", NAME}},
	{IMPORT_PROCESSES, {"param_match", NAME}},
};

static const struct import_reason *find_word(enum import_tracked kind, const char *keyword)
{
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		if (words[w].kind == kind && !strcmp(words[w].word.keyword, keyword))
			return &words[w].word;
	}
	return NULL;
}

static void said_user(struct import_out *out, const struct import_defaults *defaults,
		      const struct import_node *node)
{
	if (import_is_other_user(defaults, node, 1))
		import_without(out, IMPORT_GLOBAL, node,
			       "this user: script-user is for all programs of a router");
}

void import_block(struct import_out *out, const struct import_defaults *defaults,
		  const struct import_node *node)
{
	enum import_tracked kind = import_kind(node);

	if (!node->tracked) {
		import_fine(out, IMPORT_GLOBAL, node, "no virtual router tracks it");
		return;
	}
	for (const struct import_node *child = node->first_child; child; child = child->next) {
		const struct import_reason *word = find_word(kind, import_word(child, 0));

		if (child->why)
			import_unusable(out, IMPORT_GLOBAL, child);
		else if (kind == IMPORT_SCRIPTS && import_is(child, "user"))
			said_user(out, defaults, child);
		else if (!word || word->reason)
			import_by_reason(out, IMPORT_GLOBAL, child, word);
	}
}

/* ---- what becomes of the lists ---- */

/* WORD [weight N] [reverse], or of a script's own weight N [reverse]. Returns false if it has no
 * equivalent, and says so. */
static bool weight_of(struct import_instance *i, const struct import_node *node,
		      const char **ret_weight)
{
	struct import_words lost = {.length = 0};

	for (unsigned int w = 1; w < node->word_count; w++) {
		const char *word = import_word(node, w);

		if (w == 1 && import_is(node, "weight")) {
			*ret_weight = word;
		} else if (!strcmp(word, "weight") && w + 1 < node->word_count) {
			*ret_weight = import_word(node, ++w);
		} else if (!strcmp(word, "reverse")) {
			import_why(i, node,
				   "a result cannot be reversed; a failure lowers the priority or "
				   "causes FAULT");
			return false;
		} else if (strcmp(word, "noreverse") != 0 && strcmp(word, "no_reverse") != 0) {
			import_add_words(&lost, node, w, 1);
		}
	}
	if (lost.length)
		import_without(i->out, i->router, node, "%s", lost.text);
	return true;
}

/* keepalived ignores what its routers in a vrrp_sync_group track by a weight. Says so, if it is
 * that. */
static bool is_ignored(struct import_instance *i, const struct import_node *node,
		       const char *weight)
{
	if (!i->group || !weight || !strtol(weight, NULL, 10) ||
	    !import_is(node->parent->parent, "vrrp_instance") ||
	    import_child(i->group, "sync_group_tracking_weight") ||
	    import_child(i->group, "global_tracking"))
		return false;
	import_other(i, node, "in a sync group keepalived ignores what has a weight");
	return true;
}

static void one_interface(struct import_instance *i, const struct import_node *node)
{
	const char *weight = NULL;

	if (weight_of(i, node, &weight) && !is_ignored(i, node, weight))
		import_key(i->out, i->router, node, "track-interface = %s%s%s",
			   import_word(node, 0), weight ? " weight " : "", weight ? weight : "");
}

void import_track_interface(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_interface);
}

static const struct import_node *find(const struct import_instance *i, enum import_tracked kind,
				      const char *name)
{
	return find_in(&i->defaults->tracked[kind], name);
}

static const char *setting(const struct import_node *script, const char *name, const char *fallback)
{
	const struct import_node *node = import_child(script, name);

	return node && *import_value(node) ? import_value(node) : fallback;
}

/* The weight of a script, a file or a process, whose own is the fallback. Returns false if there is
 * none that we could have, and says so. */
static bool own_weight(struct import_instance *i, const struct import_node *block,
		       const struct import_node *node, const char **ret_weight)
{
	const struct import_node *usual = import_child(block, "weight");

	return (!usual || weight_of(i, usual, ret_weight)) && weight_of(i, node, ret_weight) &&
	       !is_ignored(i, node, *ret_weight);
}

static void one_script(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *script = find(i, IMPORT_SCRIPTS, import_word(node, 0));
	const struct import_node *command = script ? import_child(script, "script") : NULL;
	const char *weight = NULL, *interval;
	char options[512], text[COMMAND_BYTES];

	if (!command) {
		import_why(i, node,
			   script ? "the vrrp_script has no `script`"
				  : "there is no vrrp_script of that name");
		return;
	}
	if (!own_weight(i, script, node, &weight))
		return;
	interval = setting(script, "interval", "1");
	snprintf(options, sizeof(options), " every %ss timeout %ss%s%s rise %s fall %s", interval,
		 setting(script, "timeout", interval), weight ? " weight " : "",
		 weight ? weight : "", setting(script, "rise", "1"), setting(script, "fall", "1"));
	if (command->word_count > 2)
		import_other(i, command,
			     "keepalived passes no words that are outside of the quotes");
	/* What is wrong with it is said at the script, if that is what must not be shown. */
	if (import_command(i, node, import_value(command), text))
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
	const struct import_node *file = find(i, IMPORT_FILES, import_word(node, 0));
	const struct import_node *path = file ? import_child(file, "file") : NULL;
	const char *weight = "1";

	if (!path)
		import_why(i, node,
			   file ? "the track_file has no `file`"
				: "there is no track_file of that name");
	else if (own_weight(i, file, node, &weight))
		import_key(i->out, i->router, file->hidden ? file : node,
			   "track-file = %s weight %s", import_value(path), weight);
}

void import_track_file(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_file);
}

static void one_process(struct import_instance *i, const struct import_node *node)
{
	const struct import_node *process = find(i, IMPORT_PROCESSES, import_word(node, 0));
	const struct import_node *command = process ? import_child(process, "process") : NULL;
	const char *weight = "0", *slash;
	int length;

	if (!command) {
		import_why(i, node,
			   process ? "the vrrp_track_process has no `process`"
				   : "there is no vrrp_track_process of that name");
		return;
	}
	if (!own_weight(i, process, node, &weight))
		return;
	length = (int)strcspn(import_value(command), " \t");
	slash = memrchr(import_value(command), '/', (size_t)length);
	if (slash)
		length -= (int)(slash + 1 - import_value(command));
	import_key(i->out, i->router, process->hidden ? process : node,
		   "track-process = %.*s weight %s", length,
		   slash ? slash + 1 : import_value(command), weight);
	if (command->word_count > 2 || strpbrk(import_value(command), " \t"))
		import_without(i->out, i->router, process->hidden ? process : command,
			       "the arguments of its process, which are not compared");
}

void import_track_process(struct import_instance *i, const struct import_node *node)
{
	import_each(i, node, one_process);
}
