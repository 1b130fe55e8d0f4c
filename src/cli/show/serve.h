/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answering HTTP on the socket that systemd hands over. Up to 64 connections at a time, each for a
 * few seconds at most; a further one takes the place of the one that has been silent for longest.
 * So nobody who is silent, or slow, keeps another one waiting.
 */
#ifndef CLI_SHOW_SERVE_H
#define CLI_SHOW_SERVE_H

#include "cli/show/http.h"

/* The body of an answer to a good request, into out; *ret_type: its media type. HTTP_OK or
 * HTTP_FAILED. */
typedef enum http_status (*serve_fn)(void *context, const struct http_request *request,
				     const char **ret_type, FILE *out);

/* As of sd_listen_fds(3): the first descriptor that was passed. -ENOENT: none was passed to us. */
int serve_passed_fd(void);

/* fd listens: until nobody has come for idle_ms, or it is closed. fd is a connection: just that
 * one. Negative errno. */
int serve(int fd, int idle_ms, serve_fn fn, void *context);

#endif
