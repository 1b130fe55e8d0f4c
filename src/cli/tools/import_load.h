/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the lines of a keepalived.conf. The lines of each file that it includes stand in the place
 * of the include.
 *
 * The writer of the file decides which files are included, and may be another user than the one who
 * imports it. So if the file is another user's, root's rights are given up before the first
 * included file is looked for. What that user could not read is not included.
 */
#ifndef CLI_TOOLS_IMPORT_LOAD_H
#define CLI_TOOLS_IMPORT_LOAD_H

#include <stdbool.h>

#include "cli/tools/import.h"

struct import_rules {
	const char *path; /* of the file; "-" is standard input */
	bool anywhere;    /* files outside of the file's own directory are included, too */
};

struct import_text {
	struct import_line *lines;
	unsigned int count;
	const char *directory; /* of the file itself */
	char **owned;          /* what is pointed to: names, texts of files, reasons */
	unsigned int owned_count;
};

/* Read a file and what it includes. Apart from standard input, only regular files are read, and
 * nothing is waited for. Only what is below the directory of the file (for standard input: the
 * working directory) is included, symbolic links resolved, unless rules->anywhere. An include that
 * names no file that can be read stays a line, with the reason. Returns 0 and *ret_text, or a
 * negative errno. If the file itself cannot be opened or read, *ret_why is NULL. Otherwise *ret_why
 * is "FILE:LINE: MESSAGE", which the caller frees: -E2BIG if files include each other, or are too
 * many or too long; -EINVAL if the file is no regular file; -EPERM if it is a link that another
 * user could have put there, or if root's rights cannot be given up. */
int import_load(const struct import_rules *rules, struct import_text *ret_text, char **ret_why);
void import_unload(struct import_text *text);

#endif
