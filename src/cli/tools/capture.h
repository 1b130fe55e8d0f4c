/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Captures what another program prints. The caller must have the time to wait, so this is not for
 * the agent.
 */
#ifndef CLI_TOOLS_CAPTURE_H
#define CLI_TOOLS_CAPTURE_H

#include <stddef.h>

/* Run argv[0], which is looked for in the system's own directories (not in PATH). It runs in the C
 * locale and with an empty input; its standard error is discarded. Returns 0 and *ret_text,
 * NUL-terminated, which the caller frees, if the program ended with status 0 within timeout_ms.
 * Otherwise returns -ENOENT if there is no such program, -ETIMEDOUT, -EFBIG if it printed more than
 * limit bytes, -EIO for another exit status, or another negative errno. */
int capture_run(const char *const argv[], int timeout_ms, size_t limit, char **ret_text);

#endif
