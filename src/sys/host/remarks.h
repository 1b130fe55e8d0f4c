/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the agent says of its routers in words, for `status`: a file of the run directory. The maps
 * have no room for it. The agent is the only writer.
 */
#ifndef SYS_HOST_REMARKS_H
#define SYS_HOST_REMARKS_H

#include <sys/types.h>

/* A line for each remark, of three fields with tabs between them: the name of the router, the kind,
 * and the text. The kind is REMARK_TROUBLE; or REMARK_GROUP, then the text is the name of the
 * router's group; or REMARK_PATH and the number of a path, whose interface has no number now; then
 * the text is its name. */
#define REMARK_TROUBLE "trouble"
#define REMARK_GROUP   "group"
#define REMARK_PATH    "path"

/* Replace the file by these lines. If there are none, remove it. Does not wait for a disk. Returns
 * 0 or a negative errno. */
int remarks_write(const char *run_dir, const char *lines);

/* The lines of the agent `pid`, which the caller frees by free(). Returns 0, -ENOENT if that agent
 * has none, or another negative errno. */
int remarks_read(const char *run_dir, pid_t pid, char **ret_lines);

#endif
