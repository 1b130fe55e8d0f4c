/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another program prints, for who has the time to wait: never the agent.
 */
#ifndef CLI_TOOLS_CAPTURE_H
#define CLI_TOOLS_CAPTURE_H

#include <stddef.h>

/* Run argv[0], found in the system's own directories (not in PATH), with the C locale, nothing on
 * its input and its errors unseen. 0 and *ret_text, NUL-terminated, to be freed: it ended with 0
 * within the time. -ENOENT: no such program; -ETIMEDOUT; -EFBIG: more than limit bytes; -EIO:
 * another exit status; other negative errno. */
int capture_run(const char *const argv[], int timeout_ms, size_t limit, char **ret_text);

#endif
