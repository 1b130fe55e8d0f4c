/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests and answers of HTTP.
 */
#include "cli/show/http.h"

#include <string.h>
#include <strings.h>

/* What begins with prefix at *at, in any case: *at moves behind it. */
static bool take(const char **at, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncasecmp(*at, prefix, length))
		return false;
	*at += length;
	return true;
}

/* The end of the header: an empty line. NULL: not there yet. */
static const char *header_end(const char *text)
{
	const char *end = strstr(text, "\r\n\r\n"), *bare = strstr(text, "\n\n");

	return !end || (bare && bare < end) ? bare : end;
}

static enum http_status parse_line(const char *line, struct http_request *ret_request)
{
	size_t length = strcspn(line, "\r\n");
	const char *at = line, *path, *version;

	path = memchr(line, ' ', length);
	version = path ? memchr(path + 1, ' ', length - (size_t)(path + 1 - line)) : NULL;
	if (!version || strncmp(version + 1, "HTTP/1.", 7))
		return HTTP_BAD_REQUEST;
	if (!strncmp(at, "HEAD ", 5))
		ret_request->head = true;
	else if (strncmp(at, "GET ", 4))
		return HTTP_NOT_ALLOWED;
	path++;
	/* A query says nothing to us. */
	length = strcspn(path, " ?");
	if (length != 8 || strncmp(path, "/metrics", 8))
		return HTTP_NOT_FOUND;
	return HTTP_OK;
}

enum http_status http_parse(const char *text, size_t length, struct http_request *ret_request)
{
	struct http_request request = {0};
	char copy[HTTP_REQUEST_MAX + 1];
	const char *end;
	enum http_status status;

	if (memchr(text, '\0', length))
		return HTTP_BAD_REQUEST;
	if (length > HTTP_REQUEST_MAX)
		length = HTTP_REQUEST_MAX;
	memcpy(copy, text, length);
	copy[length] = '\0';
	end = header_end(copy);
	if (!end)
		return length < HTTP_REQUEST_MAX ? HTTP_MORE : HTTP_TOO_LONG;
	copy[end - copy] = '\0';
	status = parse_line(copy, &request);
	if (status != HTTP_OK)
		return status;
	for (const char *line = strchr(copy, '\n'); line; line = strchr(line, '\n')) {
		const char *value = ++line;
		size_t rest = strcspn(line, "\r\n");

		if (take(&value, "accept:") && memmem(value, rest - (size_t)(value - line),
						      "application/openmetrics-text", 28))
			request.open_metrics = true;
	}
	*ret_request = request;
	return HTTP_OK;
}

const char *http_reason(enum http_status status)
{
	switch (status) {
	case HTTP_MORE:
	case HTTP_BAD_REQUEST:
		return "Bad Request";
	case HTTP_OK:
		return "OK";
	case HTTP_NOT_FOUND:
		return "Not Found";
	case HTTP_NOT_ALLOWED:
		return "Method Not Allowed";
	case HTTP_TOO_LONG:
		return "Request Header Fields Too Large";
	case HTTP_FAILED:
		break;
	}
	return "Internal Server Error";
}

void http_head(enum http_status status, const char *type, size_t length, FILE *out)
{
	fprintf(out,
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		"%sConnection: close\r\n\r\n",
		status == HTTP_MORE ? HTTP_BAD_REQUEST : (int)status, http_reason(status), type,
		length, status == HTTP_NOT_ALLOWED ? "Allow: GET, HEAD\r\n" : "");
}
