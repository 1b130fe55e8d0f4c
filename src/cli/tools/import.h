/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keepalived.conf -> a configuration of ours, that config_parse() takes, with a comment for each
 * line that has no equivalent: its place, the line, and the reason. Pure but for the memory of its
 * result: whoever has read the files, and those that they include, hands the lines over.
 *
 * What is not understood is never guessed at, and what our own checks refuse becomes a comment,
 * with what they say as its reason: so the text always passes them.
 *
 * A file may include any other file, and whoever wrote it may read the comments. So of lines of an
 * included file, and of what its parameters lead to, comments have the place and the keyword, if it
 * is one of keepalived's, and nothing else.
 *
 * Memory and time are bounded by the length of the lines: what would need more is refused.
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

struct import_note {
	const char *file; /* of the line; borrowed */
	unsigned int first, last;
	char *text; /* the line, or the head of its block; no secret, see above; may be cut */
	char *reason;
};

struct import_result {
	char *text; /* the configuration with its comments */
	unsigned int router_count;
	struct import_note *notes;
	unsigned int note_count;
};

/* config_id: which of the lines that begin with "@ID" count. 0 and *ret_result, to be freed, also
 * where no virtual router was found; -E2BIG and *ret_fault: a line, a parameter, the depth of
 * blocks or the number of comments and keys is beyond its bound; -ENOMEM. */
int import_keepalived(const struct import_line *lines, unsigned int count, const char *config_id,
		      struct import_result *ret_result, struct import_fault *ret_fault);
void import_free(struct import_result *result);

#endif
