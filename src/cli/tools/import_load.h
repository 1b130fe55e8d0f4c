/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lines of a keepalived.conf, with those of the files that it includes in their place.
 */
#ifndef CLI_TOOLS_IMPORT_LOAD_H
#define CLI_TOOLS_IMPORT_LOAD_H

#include "cli/tools/import.h"

struct import_text {
	struct import_line *lines;
	unsigned int count;
	char **owned; /* what the lines point to: names and texts of files */
	unsigned int owned_count;
};

/* An include that matches nothing, or cannot be read, stays a line. 0 and *ret_text; negative
 * errno: the file itself could not be read; -E2BIG: files that include each other. */
int import_load(const char *path, struct import_text *ret_text);
void import_unload(struct import_text *text);

#endif
