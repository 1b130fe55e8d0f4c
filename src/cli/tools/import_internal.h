/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of cli/tools/import share. No other file includes it.
 */
#ifndef CLI_TOOLS_IMPORT_INTERNAL_H
#define CLI_TOOLS_IMPORT_INTERNAL_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/tools/import.h"
#include "vrrp_abi.h"

/* ---- import_words.c: a line -> words ---- */

/* Cut off what keepalived does not read of a line, in place: a comment, blanks at both ends, and
 * those before a "\" at the end. */
void import_decomment(char *line);
/* Is it the keyword of a line that names a program, which has escapes and two kinds of quotes? */
bool import_is_command(const char *keyword);
/* Get the next word at *cursor, and move *cursor behind it: without its quotes, and for a command
 * (a line that names a program, and what is in its quotes) with what escapes stand for. Comments
 * are not looked for. Word has room for all that is at *cursor. Returns false if there is no word
 * left. *ret_why becomes the reason if the word cannot be used, and is untouched if it can. */
bool import_next_word(const char **cursor, bool command, char *word, bool *ret_quoted,
		      const char **ret_why);

/* ---- import_tree.c: lines -> statements ---- */

struct import_node {
	char **words; /* at least one */
	unsigned int word_count;
	const struct import_line *line, *last; /* of the statement; of the end of its block */
	bool block;                            /* it has braces, even with nothing between */
	bool hidden;     /* some of it comes from an included file: no comment shows its words */
	bool tracked;    /* of a block of import_tracked.c: a virtual router tracks it */
	const char *why; /* it cannot be used, for that reason; NULL: it can */
	bool elsewhere; /* of one with a reason: it is for another host, and nothing is lost here */
	struct import_node *first_child, *last_child, *next, *parent;
};

/* Build the tree of statements. *ret_root has no words itself; its children are the statements.
 * Returns 0, -ENOMEM, or -E2BIG and *ret_fault. */
int import_tree(const struct import_line *lines, unsigned int count, const char *config_id,
		const char *directory, struct import_node **ret_root,
		struct import_fault *ret_fault);
void import_tree_free(struct import_node *node);

/* Returns the n-th word, or "" if there is none. Word 0 is the keyword. */
const char *import_word(const struct import_node *node, unsigned int n);
/* The same for use in a comment: returns "..." if the word must not be shown. */
const char *import_shown(const struct import_node *node, unsigned int n);
bool import_is(const struct import_node *node, const char *keyword);
/* Returns the first value of a statement, which is word 1. */
const char *import_value(const struct import_node *node);
/* Is the value "on", "yes" or "true", or is there none at all? */
bool import_truth(const struct import_node *node);
/* Returns the last child with that keyword, which is the one that counts for keepalived, or NULL if
 * there is none. */
const struct import_node *import_child(const struct import_node *node, const char *keyword);
/* Returns the first one, which counts for keepalived if the keyword is state, version or one of a
 * program, or NULL. */
const struct import_node *import_first(const struct import_node *node, const char *keyword);

/* ---- what is being converted ---- */

/* Blocks that an instance tracks by their names. */
enum import_tracked { IMPORT_SCRIPTS, IMPORT_FILES, IMPORT_PROCESSES, IMPORT_TRACKED };

/* What instances take from other blocks. */
struct import_defaults {
	void *tracked[IMPORT_TRACKED]; /* see import_blocks() */
	void *groups, *pauses;         /* see import_groups() */
	const struct import_node *version, *interface, *garp_delay, *garp_repeat, *garp_refresh,
		*garp_interval, *min_garp, *strict, *startup_delay,
		*script_user;  /* of global_defs; NULL: not there */
	const char *host_user; /* who runs programs otherwise; NULL: root */
};

/* An instance that is being converted. */
struct import_instance {
	struct import_out *out;
	const struct import_defaults *defaults;
	const struct import_node *node;
	const struct import_node *group;   /* its vrrp_sync_group; NULL: it is in none */
	const struct import_node **counts; /* the one of each keyword of import_instance.c */
	int router;
	bool ipv6, v2, owner, starts_master;
	const char *public; /* the interface of all its addresses, where they name one; or NULL */
	bool excluded;      /* it has addresses that are not advertised */
	unsigned int advertised; /* so many of `advertise` were made of it */
	bool said_accept;        /* accept or no_accept */
};

/* ---- import_out.c: keys and comments ---- */

#define IMPORT_GLOBAL (-2) /* comments before everything */
#define IMPORT_AGENT  (-1)
#define IMPORT_GROUPS (1 << 20) /* the first group; all sections before it are routers */

struct import_item {
	int section;        /* IMPORT_*, or the number of a router, or of a group */
	unsigned int order; /* in which it was added */
	bool header, is_note;
	bool dropped;                   /* it is not printed */
	char *text;                     /* "KEY = VALUE", or what a header names; a note: NULL */
	const struct import_node *node; /* where it comes from */
	char *reason;                   /* why it is a note */
	enum import_loss loss;          /* of a note */
};

struct import_out {
	struct import_item *items;
	unsigned int count;
	int routers, groups; /* numbers given so far */
	void *names;         /* of their sections, a tree of tsearch(3) */
	void *joined;        /* another one: the vrrp_sync_group that routers are in */
	int status;          /* 0, -ENOMEM, or -E2BIG, and then: */
	struct import_fault fault;
};

int import_router(struct import_out *out, const struct import_node *node);
/* The same for a group, whose name as ours is import_group_name(). */
int import_group(struct import_out *out, const struct import_node *node);
void import_group_name(const struct import_node *group, char name[VRRP_NAME_LEN]);
void import_key(struct import_out *out, int section, const struct import_node *node,
		const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Note that a statement is dropped, and why. */
void import_note(struct import_out *out, int section, const struct import_node *node,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Note what its key lacks: "kept without" and the text. */
void import_without(struct import_out *out, int section, const struct import_node *node,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Note what is done otherwise here, without a loss. */
void import_fine(struct import_out *out, int section, const struct import_node *node,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Note that a statement with a reason of its own (`why`) was passed over. */
void import_unusable(struct import_out *out, int section, const struct import_node *node);
/* Note what import_reasons.c says of a statement; NULL: it knows nothing. */
struct import_reason;
void import_by_reason(struct import_out *out, int section, const struct import_node *node,
		      const struct import_reason *reason);

/* For an instance: import_same() adds our key with the value of the statement; import_why() notes
 * that it is dropped, import_other() that nothing is lost. */
void import_same(struct import_instance *i, const struct import_node *node, const char *name);
void import_why(struct import_instance *i, const struct import_node *node, const char *reason);
void import_other(struct import_instance *i, const struct import_node *node, const char *reason);
/* Call fn for every statement of a block that can be used. The others become notes. */
void import_each(struct import_instance *i, const struct import_node *block,
		 void (*fn)(struct import_instance *i, const struct import_node *node));

/* Words of a statement that have no equivalent, as a list for a note: "label eth0:1, scope site".
 */
struct import_words {
	char text[400];
	size_t length; /* 0: there are none */
};

/* Add count words of a statement, from word w on. What must not be shown becomes "...". */
void import_add_words(struct import_words *words, const struct import_node *node, unsigned int w,
		      unsigned int count);

/* Give up at that statement, unless something else has failed before: status becomes -E2BIG. */
void import_fail(struct import_out *out, const struct import_node *node, const char *why);
void import_out_free(struct import_out *out);

/* ---- import_finish.c: what passes our checks ---- */

/* Turn what our checks refuse into notes, and then write everything as text. Returns 0 and
 * *ret_result, or a status like that of struct import_out. */
int import_finish(struct import_out *out, struct import_result *ret_result);

/* ---- import_routes.c and import_carried.c: one keyword each; import_instance.c: all of them ----
 */

typedef void import_fn(struct import_instance *i, const struct import_node *node);
import_fn import_virtual_ipaddress, import_virtual_ipaddress_excluded, import_virtual_routes,
	import_virtual_rules, import_use_vmac, import_use_vmac_addr, import_notify_master,
	import_notify_backup, import_notify_fault, import_notify, import_notify_stop;

/* ---- import_command.c: programs and their arguments ---- */

#define IMPORT_WORDS 64 /* of a command, and one more */

/* The words of a command. */
struct import_command {
	const char *words[IMPORT_WORDS];
	unsigned int count; /* at least one, and less than IMPORT_WORDS */
	char bytes[4097];
};

/* Split the value of a line that names a program, as keepalived does. Returns NULL and
 * *ret_command, or the reason why it cannot be a command of ours. */
const char *import_split(const char *value, struct import_command *ret_command);
/* Write words as a command of ours. Returns false if buf, which has so much room, is too small. */
bool import_format(const char *const *words, unsigned int count, size_t room, char *buf);
/* The same for a whole value, where buf has COMMAND_BYTES. keepalived looks for a program without
 * a path in PATH, as env(1) does. Returns false, and says so, if it cannot be a command. */
bool import_command(struct import_instance *i, const struct import_node *node, const char *value,
		    char *buf);
/* Add script-user to a section whose programs have all been added. */
void import_script_user(struct import_instance *i);
/* Is it root who runs all programs? */
bool import_runs_as_root(const struct import_defaults *defaults);
/* Does a statement say, in word n and n + 1, another user or group than the one who runs all
 * programs? */
bool import_is_other_user(const struct import_defaults *defaults, const struct import_node *node,
			  unsigned int n);
/* Print the words of a command so that a shell reads the same ones. */
void import_print_for_shell(FILE *to, const struct import_command *command);

/* ---- import_tracked.c ---- */

import_fn import_track_interface, import_track_script, import_track_file, import_track_process;

/* Returns which of the blocks with a name it is, or IMPORT_TRACKED. */
enum import_tracked import_kind(const struct import_node *node);
/* Find each of them that can be used, by its name, and mark those that are tracked. Of several with
 * the same name the first one counts. Returns 0 or -ENOMEM; import_blocks_free() in either case. */
int import_blocks(const struct import_node *root, struct import_defaults *defaults);
void import_blocks_free(struct import_defaults *defaults);
/* Note what is lost of one. */
void import_block(struct import_out *out, const struct import_defaults *defaults,
		  const struct import_node *node);

/* ---- import_group.c: vrrp_sync_group and garp_group ---- */

/* Find the group of each instance and interface. Returns 0 or -ENOMEM; import_groups_free() in
 * either case. */
int import_groups(const struct import_node *root, struct import_defaults *defaults);
void import_groups_free(struct import_defaults *defaults);
/* Returns the garp_interval of the garp_group that an interface is in, or NULL. */
const struct import_node *import_garp_interval(const struct import_defaults *defaults,
					       const char *interface);
/* Returns the vrrp_sync_group of an instance, or NULL. */
const struct import_node *import_group_of(const struct import_defaults *defaults, const char *name);
/* Add the key that brings an instance into its vrrp_sync_group. What the group of one router alone
 * has becomes keys of that router. */
void import_of_group(struct import_instance *i);
/* Add the section of a vrrp_sync_group, and note what is lost of it; when all instances have been
 * converted. */
void import_sync_group(struct import_out *out, const struct import_defaults *defaults,
		       const struct import_node *group);

/* ---- import_instance.c ---- */

void import_instance(struct import_out *out, const struct import_defaults *defaults,
		     const struct import_node *node);
/* Returns how our tables spell a keyword of keepalived, of any block, perhaps with a '*' at its
 * end, or NULL if it is not known. The result is never a part of `keyword` itself. */
const char *import_known(const char *keyword);

/* ---- import_reasons.c ---- */

/* A keyword that has no equivalent. If it ends with '*', it stands for all that begin like that. */
struct import_reason {
	const char *keyword, *reason;
	enum import_loss loss;
	const char *same; /* nothing needs to be said if this is its value; NULL: there is none */
};

/* Returns what there is to say about a keyword at the top, in global_defs, or in a vrrp_instance or
 * vrrp_sync_group. NULL if the keyword is not known at all. */
const struct import_reason *import_reason_top(const char *keyword);
const struct import_reason *import_reason_global(const char *keyword);
const struct import_reason *import_reason_instance(const char *keyword);
/* The same as import_known() for keywords that import_instance.c does not convert. */
const char *import_spelling(const char *keyword);
/* Does the keyword ask for what we do anyway? Then it needs no comment. */
bool import_is_implied(const char *keyword);

#endif
