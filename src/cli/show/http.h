/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of HTTP/1.1 as a reader of metrics needs: one request, one answer, and the connection is
 * closed. Pure.
 */
#ifndef CLI_SHOW_HTTP_H
#define CLI_SHOW_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define HTTP_REQUEST_MAX 8192

enum http_status {
	HTTP_MORE = 0, /* the request is not complete yet */
	HTTP_OK = 200,
	HTTP_BAD_REQUEST = 400,
	HTTP_NOT_FOUND = 404,
	HTTP_NOT_ALLOWED = 405,
	HTTP_TOO_LONG = 431,
	HTTP_FAILED = 500,
};

struct http_request {
	bool head;         /* HEAD: no body */
	bool open_metrics; /* asked for application/openmetrics-text */
};

/* Parse the first `length` bytes of a request. Returns HTTP_OK and *ret_request for GET or HEAD of
 * /metrics. Every result except HTTP_MORE is the status of the answer. */
enum http_status http_parse(const char *text, size_t length, struct http_request *ret_request);

/* Write the status line and the header of an answer whose body has this type and length. */
void http_head(enum http_status status, const char *type, size_t length, FILE *out);

/* Returns what a status means, for a body of text. */
const char *http_reason(enum http_status status);

#endif
