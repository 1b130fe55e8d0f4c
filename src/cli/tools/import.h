/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keepalived.conf -> a configuration of ours, that config_parse() takes, with a comment for each
 * line that has no equivalent: its place, the line, and the reason. Pure but for the memory of its
 * result: whoever has read the files, and those that they include, hands the lines over.
 *
 * What is not understood is never guessed at, and what our own checks refuse becomes a comment,
 * with what they say as its reason: so the text always passes them.
 */
#ifndef CLI_TOOLS_IMPORT_H
#define CLI_TOOLS_IMPORT_H

struct import_line {
	const char *file; /* as it is to be shown; NULL: there is only one */
	unsigned int number;
	const char *text; /* without its end */
};

struct import_note {
	const char *file; /* of the line; borrowed */
	unsigned int first, last;
	char *text; /* the line, or the head of its block; no secret */
	char *reason;
};

struct import_result {
	char *text; /* the configuration with its comments */
	unsigned int router_count;
	struct import_note *notes;
	unsigned int note_count;
};

/* config_id: which of the lines that begin with "@ID" count. 0 and *ret_result, to be freed, also
 * where no virtual router was found; -ENOMEM. */
int import_keepalived(const struct import_line *lines, unsigned int count, const char *config_id,
		      struct import_result *ret_result);
void import_free(struct import_result *result);

#endif
