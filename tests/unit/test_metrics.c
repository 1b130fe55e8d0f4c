/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics against goldens in metrics/, and the requests that are answered with them. Links the
 * renderer, cli/show/http and what they name things by.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/show/http.h"
#include "cli/show/report_metrics.h"
#include "table.h"
#include "unit/golden.h"
#include "unit/snapshots.h"

struct host {
	const char *what;
	struct snapshot (*make)(void);
};

static const struct host hosts[] = {
	{"pair", snapshots_pair},
	{"trouble", snapshots_trouble},
	{"gone", snapshots_gone},
	{"observer", snapshots_observer},
};

static char *metrics(struct snapshot *snapshot, enum metrics_form form)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	report_metrics(snapshot, form, out);
	fclose(out);
	return text;
}

static void test_host(void **state)
{
	const struct host *host = *state;
	struct snapshot snapshot = host->make();
	char *text = metrics(&snapshot, METRICS_OPEN), name[64];

	snprintf(name, sizeof(name), "metrics/%s.txt", host->what);
	golden_check(name, text);
	free(text);
	text = metrics(&snapshot, METRICS_PROMETHEUS);
	snprintf(name, sizeof(name), "metrics/%s.prom", host->what);
	golden_check(name, text);
	free(text);
	snapshot_free(&snapshot);
}

/* Who speaks for a VRID: heard within three intervals, or this host. */
struct masters_row {
	const char *what;
	uint8_t state;    /* of our own router 55 on eth1 */
	bool up;          /* eth1 */
	uint8_t priority; /* of what was heard */
	uint64_t ago_ms[2];
	unsigned int neighbors, masters;
};

static const struct masters_row masters[] = {
	{"a backup that hears its master", VRRP_STATE_BACKUP, true, 150, {90}, 1, 1},
	{"a backup that hears two", VRRP_STATE_BACKUP, true, 150, {90, 20}, 2, 2},
	{"a master that hears another one", VRRP_STATE_MASTER, true, 150, {90}, 1, 2},
	{"just within three intervals", VRRP_STATE_MASTER, true, 150, {300}, 1, 2},
	{"just beyond", VRRP_STATE_MASTER, true, 150, {301}, 1, 1},
	{"one that said goodbye", VRRP_STATE_MASTER, true, 0, {20}, 1, 1},
	{"our own cannot be heard there", VRRP_STATE_MASTER, false, 150, {20}, 1, 1},
};

static void test_masters(void **state)
{
	const struct masters_row *row = *state;
	struct snapshot snapshot = snapshots_host();
	struct snapshot_router *web =
		snapshots_add(&snapshot, &(struct snapshots_router){.name = "web",
								    .vrid = 55,
								    .family = 4,
								    .version = 3,
								    .state = row->state,
								    .priority = 100,
								    .interval_cs = 10});
	char *text, wanted[128];

	snapshots_path(web, "eth1", "10.51.67.13", NULL, 0)->path.up = row->up;
	for (unsigned int i = 0; i < row->neighbors; i++)
		snapshots_neighbor(&snapshot, "eth1", 55, 4, i ? "10.51.67.15" : "10.51.67.14",
				   row->priority, row->ago_ms[i]);
	snapshots_neighbor(&snapshot, "eth1", 56, 4, "10.51.67.14", 100, 1);
	text = metrics(&snapshot, METRICS_OPEN);
	snprintf(wanted, sizeof(wanted),
		 "vrrp_xdp_masters{interface=\"eth1\",vrid=\"55\",family=\"4\"} %u\n",
		 row->masters);
	if (!strstr(text, wanted))
		fail_msg("no %s", wanted);
	assert_non_null(strstr(text, "{interface=\"eth1\",vrid=\"56\",family=\"4\"} 1\n"));
	free(text);
	snapshot_free(&snapshot);
}

/* An interface's name is its owner's. */
static void test_escaped(void **state)
{
	struct snapshot snapshot = snapshots_host();
	char *text;

	(void)state;
	snapshots_interface(&snapshot, "e\"t\\h", "native");
	text = metrics(&snapshot, METRICS_OPEN);
	assert_non_null(strstr(text, "{interface=\"e\\\"t\\\\h\",verdict=\"valid\"} 0\n"));
	free(text);
	snapshot_free(&snapshot);
}

/* ---- requests ---- */

struct request_row {
	const char *what, *text;
	enum http_status status;
	bool head, open;
};

#define OPEN "Accept: application/openmetrics-text; version=1.0.0,text/plain;version=0.0.4;q=0.5"

static const struct request_row requests[] = {
	{"the least", "GET /metrics HTTP/1.1\r\n\r\n", HTTP_OK, false, false},
	{"of a version before", "GET /metrics HTTP/1.0\r\nHost: x\r\n\r\n", HTTP_OK, false, false},
	{"with a query", "GET /metrics?name=web HTTP/1.1\r\n\r\n", HTTP_OK, false, false},
	{"bare newlines", "GET /metrics HTTP/1.1\nHost: x\n\n", HTTP_OK, false, false},
	{"as Prometheus asks", "GET /metrics HTTP/1.1\r\nHost: x:1\r\n" OPEN "\r\n\r\n", HTTP_OK,
	 false, true},
	{"in small letters",
	 "GET /metrics HTTP/1.1\r\naccept: application/openmetrics-text\r\n\r\n", HTTP_OK, false,
	 true},
	{"another header names it",
	 "GET /metrics HTTP/1.1\r\nX: application/openmetrics-text\r\n\r\n", HTTP_OK, false, false},
	{"the header alone", "HEAD /metrics HTTP/1.1\r\n\r\n", HTTP_OK, true, false},
	{"a body behind it", "GET /metrics HTTP/1.1\r\n\r\n" OPEN, HTTP_OK, false, false},
	{"nothing yet", "", HTTP_MORE, false, false},
	{"half a line", "GET /met", HTTP_MORE, false, false},
	{"no empty line yet", "GET /metrics HTTP/1.1\r\nHost: x\r\n", HTTP_MORE, false, false},
	{"elsewhere", "GET / HTTP/1.1\r\n\r\n", HTTP_NOT_FOUND, false, false},
	{"nearly there", "GET /metrics2 HTTP/1.1\r\n\r\n", HTTP_NOT_FOUND, false, false},
	{"another method", "POST /metrics HTTP/1.1\r\n\r\n", HTTP_NOT_ALLOWED, false, false},
	{"a method in small letters", "get /metrics HTTP/1.1\r\n\r\n", HTTP_NOT_ALLOWED, false,
	 false},
	{"no version", "GET /metrics\r\n\r\n", HTTP_BAD_REQUEST, false, false},
	{"another version", "GET /metrics HTTP/2\r\n\r\n", HTTP_BAD_REQUEST, false, false},
	{"one word", "GET\r\n\r\n", HTTP_BAD_REQUEST, false, false},
	{"empty lines", "\r\n\r\n", HTTP_BAD_REQUEST, false, false},
};

static void test_request(void **state)
{
	const struct request_row *row = *state;
	size_t length = strlen(row->text);
	char *exact = malloc(length + 1); /* so that a read beyond it is seen */
	struct http_request request = {0};

	assert_non_null(exact);
	memcpy(exact, row->text, length);
	exact = realloc(exact, length ? length : 1);
	assert_int_equal(http_parse(exact, length, &request), row->status);
	assert_int_equal(request.head, row->head);
	assert_int_equal(request.open_metrics, row->open);
	free(exact);
}

static void test_long_request(void **state)
{
	static char text[HTTP_REQUEST_MAX];
	struct http_request request;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(http_parse(text, sizeof(text) - 1, &request), HTTP_MORE);
	assert_int_equal(http_parse(text, sizeof(text), &request), HTTP_TOO_LONG);
	text[5] = '\0';
	assert_int_equal(http_parse(text, 10, &request), HTTP_BAD_REQUEST);
}

static void test_answer(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	http_head(HTTP_NOT_ALLOWED, "text/plain", 23, out);
	fclose(out);
	assert_string_equal(text, "HTTP/1.1 405 Method Not Allowed\r\n"
				  "Content-Type: text/plain\r\nContent-Length: 23\r\n"
				  "Allow: GET, HEAD\r\nConnection: close\r\n\r\n");
	free(text);
}

int main(void)
{
	table_rows("host", hosts, what, test_host);
	table_rows("masters", masters, what, test_masters);
	table_add("labels", "reserved characters", test_escaped, NULL);
	table_rows("request", requests, what, test_request);
	table_add("request", "longer than any", test_long_request, NULL);
	table_add("answer", "header", test_answer, NULL);

	return table_run("metrics");
}
