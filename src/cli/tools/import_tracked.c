/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of their own that a vrrp_instance tracks by their names: scripts, files and processes.
 */
#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"

/* The keywords of these blocks, of which the second is that of older releases; and of the block of
 * an instance that names them. */
static const struct {
	const char *block, *old, *in_instance;
} tracked[IMPORT_TRACKED] = {
	[IMPORT_SCRIPTS] = {"vrrp_script", "vrrp_script", "track_script"},
	[IMPORT_FILES] = {"track_file", "vrrp_track_file", "track_file"},
	[IMPORT_PROCESSES] = {"vrrp_track_process", "vrrp_track_process", "track_process"},
};

enum import_tracked import_tracked_kind(const struct import_node *node)
{
	enum import_tracked kind = 0;

	while (kind < IMPORT_TRACKED && !import_is(node, tracked[kind].block) &&
	       !import_is(node, tracked[kind].old))
		kind++;
	return kind;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(import_value(a), import_value(b));
}

struct import_node *import_tracked(void *const *tree, const char *name)
{
	char *words[] = {NULL, (char *)(uintptr_t)name};
	struct import_node key = {.words = words, .word_count = 2};
	struct import_node **found = tfind(&key, tree, by_name);

	return found ? *found : NULL;
}

static int index_blocks(const struct import_node *root, void *trees[IMPORT_TRACKED])
{
	for (struct import_node *node = root->first_child; node; node = node->next) {
		enum import_tracked kind = node->why ? IMPORT_TRACKED : import_tracked_kind(node);

		if (kind < IMPORT_TRACKED && !tsearch(node, &trees[kind], by_name))
			return -ENOMEM;
	}
	return 0;
}

static void mark_tracked(const struct import_node *block, void *const *tree)
{
	for (const struct import_node *one = block->first_child; one; one = one->next) {
		struct import_node *script =
			one->why ? NULL : import_tracked(tree, import_word(one, 0));

		if (script)
			script->tracked = true;
	}
}

static void find_tracked(const struct import_node *root, void *const trees[IMPORT_TRACKED])
{
	for (const struct import_node *one = root->first_child; one; one = one->next) {
		for (const struct import_node *block = one->first_child; block;
		     block = block->next) {
			for (int kind = 0; kind < IMPORT_TRACKED; kind++) {
				if (import_is(one, "vrrp_instance") &&
				    import_is(block, tracked[kind].in_instance))
					mark_tracked(block, &trees[kind]);
			}
		}
	}
}

int import_tracked_index(const struct import_node *root, void *trees[IMPORT_TRACKED])
{
	int err = index_blocks(root, trees);

	if (!err)
		find_tracked(root, trees);
	return err;
}

static void keep(void *node)
{
	(void)node;
}

void import_tracked_free(void *trees[IMPORT_TRACKED])
{
	for (int kind = 0; kind < IMPORT_TRACKED; kind++)
		tdestroy(trees[kind], keep);
}

const char *import_tracked_reason(enum import_tracked kind, const struct import_node *child)
{
	static const struct {
		enum import_tracked kind;
		const char *keyword, *reason;
	} reasons[] = {
		{IMPORT_SCRIPTS, "user", "script-user is for all programs of a router"},
		{IMPORT_SCRIPTS, "init_fail",
		 "until its first result a router with it only listens"},
		{IMPORT_FILES, "init_file", "the file is only read; one that is not there says 0"},
		{IMPORT_PROCESSES, "quorum", "one process of that name is enough"},
		{IMPORT_PROCESSES, "quorum_max", "one process of that name is enough"},
		{IMPORT_PROCESSES, "delay", "its end and its beginning count at once"},
		{IMPORT_PROCESSES, "fork_delay", "its end and its beginning count at once"},
		{IMPORT_PROCESSES, "terminate_delay", "its end and its beginning count at once"},
		{IMPORT_PROCESSES, "full_command", "the name of the program counts"},
		{IMPORT_PROCESSES, "param_match", "the name of the program counts"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (kind == reasons[i].kind && import_is(child, reasons[i].keyword))
			return reasons[i].reason;
	}
	return NULL;
}
