/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Converts a keepalived.conf into a configuration of ours that config_parse() takes. Each line that
 * has no equivalent becomes a comment with its place, the line, how much of it is lost, and the
 * reason or what to use instead. Pure except for the
 * memory of its result: the caller reads the files, and those that they include, and hands the
 * lines over.
 *
 * The import never guesses at what it does not understand. What our own checks refuse becomes a
 * comment, with their message as its reason, so the text always passes them.
 *
 * A file may include any other file, and the writer of the file may read the comments. So for a
 * line of an included file, and for what its parameters lead to, a comment has only the place, and
 * the keyword if it is one of keepalived's.
 *
 * Memory and time are bounded by the length of the lines. Input that would need more is refused.
 */
#ifndef CLI_TOOLS_IMPORT_H
#define CLI_TOOLS_IMPORT_H

struct import_line {
	const char *file; /* as it is to be shown; NULL: there is only one */
	unsigned int number;
	const char *text; /* without its end */
	const char *why;  /* it is of no use, for this reason; NULL: it is read */
};

struct import_fault {
	const struct import_line *line; /* one of those that were handed over */
	const char *why;
};

/* How much of a statement is lost. */
enum import_loss {
	IMPORT_DROPPED, /* all of it */
	IMPORT_PART,    /* it became a key, which lacks a part of it */
	IMPORT_NOTHING, /* nothing: the note says what is done otherwise here */
};

struct import_note {
	const char *file; /* of the line; borrowed */
	unsigned int first, last;
	char *text; /* the line, or the head of its block; no secret, see above; may be cut */
	char *reason;
	enum import_loss loss;
};

struct import_result {
	char *text; /* the configuration with its comments */
	unsigned int router_count;
	struct import_note *notes;
	unsigned int note_count, dropped_count, part_count; /* the latter two are among the notes */
};

/* What keepalived takes from the host that it runs on. */
struct import_host {
	const char *config_id;   /* which of the lines that begin with "@ID" count; ${_INSTANCE} */
	const char *directory;   /* ${_PWD} of the lines without a file */
	const char *script_user; /* who runs programs if the file does not say it; NULL: root */
};

/* Returns 0 and *ret_result, which
 * the caller frees by import_free(), also if no virtual router was found. Returns -E2BIG and
 * *ret_fault if a line, a parameter, the depth of blocks or the number of comments and keys is
 * beyond its bound, or -ENOMEM. */
int import_keepalived(const struct import_line *lines, unsigned int count,
		      const struct import_host *host, struct import_result *ret_result,
		      struct import_fault *ret_fault);
void import_free(struct import_result *result);

#endif
