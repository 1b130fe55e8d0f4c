/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of a keepalived.conf, with those of the files that it includes in their place.
 *
 * Whoever wrote the file may be somebody else than who imports it, and decides which files are
 * included. So root's rights are given up before the first of them is looked for, where the file is
 * another user's: what that user could not read is not included.
 */
#ifndef CLI_TOOLS_IMPORT_LOAD_H
#define CLI_TOOLS_IMPORT_LOAD_H

#include "cli/tools/import.h"

struct import_text {
	struct import_line *lines;
	unsigned int count;
	char **owned; /* what the lines point to: names, texts of files, reasons */
	unsigned int owned_count;
};

/* Read a file ("-": standard input) and what it includes. Only regular files are read, but for
 * standard input, and nothing is waited for. An include that names no file that can be read stays a
 * line, with the reason. 0 and *ret_text. Otherwise negative errno: of opening or reading the file
 * itself, *ret_why is NULL then; or -E2BIG, -EINVAL or -EPERM and *ret_why, "FILE:LINE: MESSAGE",
 * to be freed: files include each other, they are too many or too long; it is no regular file, or a
 * link that another user could have put there; root's rights cannot be given up. */
int import_load(const char *path, struct import_text *ret_text, char **ret_why);
void import_unload(struct import_text *text);

#endif
