/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers HTTP on the socket that systemd hands over. It serves up to 64 connections at a time,
 * each for a few seconds at most; a further connection takes the place of the one that has been
 * silent for longest. So no silent or slow client keeps another one waiting.
 */
#ifndef CLI_SHOW_SERVE_H
#define CLI_SHOW_SERVE_H

#include "cli/show/http.h"

/* Write the body of the answer to a good request into out; *ret_type is its media type. Returns
 * HTTP_OK or HTTP_FAILED. */
typedef enum http_status (*serve_fn)(void *context, const struct http_request *request,
				     const char **ret_type, FILE *out);

/* Returns the first descriptor that was passed as described in sd_listen_fds(3), or -ENOENT if none
 * was passed to us. */
int serve_passed_fd(void);

/* If fd listens, serve until nobody has connected for idle_ms, or until fd is closed. If fd is a
 * connection, serve only that one. Returns 0 or a negative errno. */
int serve(int fd, int idle_ms, serve_fn fn, void *context);

#endif
