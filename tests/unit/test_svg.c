/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The picture of a transition: goldens in report/, and at whatever scale no text meets another one
 * or leaves the paper. Links the renderer and what it draws with.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/show/report.h"
#include "cli/tools/comb.h"
#include "table.h"
#include "unit/golden.h"
#include "unit/snapshots.h"

#define US INT64_C(1000)
#define S  (1000000 * US)

struct row {
	const char *what;
	uint8_t from, to, cause;
	int64_t wire_ns, deadline_ns,
		announced_ns; /* from the transition; INT64_MIN: there is none */
	const char *peer;
	const char *golden; /* NULL: none is kept */
};

#define NONE INT64_MIN
#define B    VRRP_STATE_BACKUP
#define M    VRRP_STATE_MASTER
#define F    VRRP_STATE_FAULT
#define I    VRRP_STATE_INIT
#define DOWN VRRP_CAUSE_MASTER_DOWN

static const struct row rows[] = {
	{"100 ms", B, M, DOWN, -361083 * US, -83 * US, 512 * US, "10.51.67.13", "failover.svg"},
	{"10 ms, IPv6", B, M, DOWN, -36102 * US, -9 * US, 4000 * US, "fe80::216:3eff:fe5a:c03",
	 NULL},
	{"version 2, 1 s", B, M, DOWN, -3610 * 1000 * US, -1234 * US, 3765 * US, "10.51.67.13",
	 NULL},
	{"held back for 5 s", B, M, DOWN, -5361 * 1000 * US, -5000 * 1000 * US, 2000 * US,
	 "10.51.67.13", "held.svg"},
	{"all within a microsecond", B, M, DOWN, -361000 * US, -400, 500, "10.51.67.13", NULL},
	{"all at one moment", B, M, DOWN, 0, 0, 0, "10.51.67.13", NULL},
	{"nobody was heard", B, M, DOWN, NONE, -1 * US, 200 * US, NULL, NULL},
	{"not announced", B, M, DOWN, -361000 * US, -83 * US, NONE, "10.51.67.13", NULL},
	{"the master left", B, M, VRRP_CAUSE_MASTER_LEFT, -69050 * US, -50 * US, 250 * US,
	 "10.51.67.13", NULL},
	{"the owner", I, M, VRRP_CAUSE_OWNER, NONE, NONE, 150 * US, NULL, NULL},
	{"stepped down", M, B, VRRP_CAUSE_HIGHER_ADDRESS, -90 * US, NONE, NONE, "192.168.100.200",
	 NULL},
	{"failed, heard somebody long ago", M, F, VRRP_CAUSE_FAILED, -86400 * S, NONE, NONE,
	 "10.51.67.13", "fault.svg"},
	{"40 hours of silence", B, M, DOWN, -144000 * S, -1000 * US, 1000 * US,
	 "2001:db8:1111:2222:3333:4444:5555:6666", NULL},
	{"announced an hour late", B, M, DOWN, -361000 * US, -83 * US, 3600 * S, "10.51.67.13",
	 NULL},
	{"the clock jumped", B, M, DOWN, 500 * US, -83 * US, 3600 * US, "10.51.67.13", NULL},
};

/* The row's transition, with others of its router and of another one around it. */
static char *draw(const struct row *row, const char *name)
{
	struct snapshot snapshot = snapshots_host();
	const struct history_record *records[8];
	struct history_record *record;
	unsigned int count;
	char *text = NULL;
	size_t size;
	FILE *out;

	snapshots_record(&snapshot, name, I, B, VRRP_CAUSE_STARTED, 9000 * SECOND);
	snapshots_record(&snapshot, "other", I, B, VRRP_CAUSE_STARTED, 8000 * SECOND);
	record = snapshots_record(&snapshot, name, row->from, row->to, row->cause, 3600 * SECOND);
	record->wire_ns = row->wire_ns == NONE ? 0 : record->at_ns + row->wire_ns;
	record->deadline_ns = row->deadline_ns == NONE ? 0 : record->at_ns + row->deadline_ns;
	record->announced_ns = row->announced_ns == NONE ? 0 : record->at_ns + row->announced_ns;
	if (row->peer) {
		record->peer = snapshots_address(row->peer);
		record->peer_family = strchr(row->peer, ':') ? 6 : 4;
		record->peer_priority = 150;
	}
	snapshots_record(&snapshot, name, M, B, VRRP_CAUSE_HIGHER_ADDRESS, 60 * SECOND);
	count = snapshot.history_count;
	for (unsigned int i = 0; i < count; i++)
		records[i] = &snapshot.history[count - 1 - i];
	out = open_memstream(&text, &size);
	assert_non_null(out);
	report_svg(records, count, 1, "s2", out);
	fclose(out);
	free(snapshot.history);
	return text;
}

/* ---- what is on the paper ---- */

struct box {
	double left, top, right, bottom;
	char text[128];
};

static double number(const char *element, const char *attribute)
{
	const char *at = strstr(element, attribute);

	assert_non_null(at);
	return atof(at + strlen(attribute));
}

/* Every text element, as large as DejaVu Sans makes it at least. */
static unsigned int boxes_of(const char *svg, struct box *boxes, unsigned int room)
{
	unsigned int count = 0;

	for (const char *at = strstr(svg, "<text "); at; at = strstr(at + 1, "<text ")) {
		const char *from = strchr(at, '>') + 1, *to = strstr(from, "</text>");
		double size = strstr(at, "class=\"title\"") == at + 6    ? 22
			      : strstr(at, "class=\"number\"") == at + 6 ? 19
			      : strstr(at, "class=\"muted\"") == at + 6  ? 12
									 : 13;
		double x = number(at, " x=\""), y = number(at, " y=\""), width;
		struct box *box = &boxes[count++];

		assert_true(count <= room);
		assert_true((size_t)(to - from) < sizeof(box->text));
		snprintf(box->text, sizeof(box->text), "%.*s", (int)(to - from), from);
		width = (double)strlen(box->text) * size * 0.58;
		box->left = strstr(at, "\"middle\"") == at + strcspn(at, "-") + 8 ? x - width / 2
			    : strstr(at, "\"end\"") == at + strcspn(at, "-") + 8  ? x - width
										  : x;
		box->right = box->left + width;
		box->top = y - size * 0.8;
		box->bottom = y + size * 0.2;
	}
	return count;
}

static bool meet(const struct box *a, const struct box *b)
{
	return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static void check_paper(const char *svg, const char *story)
{
	static struct box boxes[128];
	unsigned int count = boxes_of(svg, boxes, COUNT(boxes));
	double width = number(svg, " width=\""), height = number(svg, " height=\"");

	assert_true(count > 5);
	for (unsigned int i = 0; i < count; i++) {
		if (boxes[i].left < 0 || boxes[i].right > width || boxes[i].bottom > height)
			fail_msg("%s: '%s' leaves the paper", story, boxes[i].text);
		for (unsigned int j = 0; j < i; j++) {
			if (meet(&boxes[i], &boxes[j]))
				fail_msg("%s: '%s' meets '%s'", story, boxes[i].text,
					 boxes[j].text);
		}
	}
}

static void test_row(void **state)
{
	const struct row *row = *state;
	char *svg = draw(row, "web"), name[64];

	check_paper(svg, row->what);
	assert_non_null(strstr(svg, "</svg>\n"));
	if (row->golden) {
		snprintf(name, sizeof(name), "report/%s", row->golden);
		golden_check(name, svg);
	}
	free(svg);
	svg = draw(row, "a-name-of-31-letters-is-longest");
	check_paper(svg, row->what);
	free(svg);
}

/* From nanoseconds to days, in any mixture. */
static void test_any_scale(void **state)
{
	uint32_t seed = 64;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct row row = rows[0];
		int64_t spans[3];
		char story[128], *svg;

		for (int i = 0; i < 3; i++) {
			unsigned int digits;

			seed = seed * 1664525 + 1013904223;
			digits = (seed >> 8) % 15;
			spans[i] = (seed >> 12) % 1000;
			while (digits--)
				spans[i] *= 10;
			spans[i] /= 1000;
		}
		row.deadline_ns = -spans[0];
		row.wire_ns = -spans[0] - spans[1];
		row.announced_ns = spans[2];
		snprintf(story, sizeof(story), "wire %lld, deadline %lld, announced %lld",
			 (long long)row.wire_ns, (long long)row.deadline_ns,
			 (long long)row.announced_ns);
		svg = draw(&row, "web");
		check_paper(svg, story);
		free(svg);
	}
}

/* What comes from outside stays text. */
static void test_escaped(void **state)
{
	struct row row = rows[0];
	char *svg = draw(&row, "a<b>&\"c\1");

	(void)state;
	assert_null(strstr(svg, "a<b>"));
	assert_non_null(strstr(svg, "a&lt;b&gt;&amp;&quot;c?: "));
	free(svg);
}

/* ---- the comb ---- */

static void test_comb(void **state)
{
	uint32_t seed = 7;
	unsigned int placed = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct comb_label labels[COMB_MAX];
		unsigned int count = 1 + (unsigned int)round % COMB_MAX, seen = 0;
		double x = 40;

		for (unsigned int i = 0; i < count; i++) {
			seed = seed * 1664525 + 1013904223;
			x += (seed >> 8) % (880 / count);
			labels[i].x = x;
			labels[i].width = 40 + (seed >> 20) % 260;
		}
		if (!comb_place(labels, count, 40, 920))
			continue;
		placed++;
		for (unsigned int i = 0; i < count; i++) {
			seen |= 1U << labels[i].row;
			assert_true(comb_from(&labels[i]) >= 40 && comb_to(&labels[i]) <= 920);
			for (unsigned int j = 0; j < count; j++) {
				if (labels[j].row > labels[i].row)
					assert_false(labels[j].x > comb_from(&labels[i]) &&
						     labels[j].x < comb_to(&labels[i]));
			}
		}
		assert_int_equal(seen, (1U << count) - 1); /* a row each */
	}
	assert_true(placed > 19900);
}

int main(void)
{
	setenv("TZ", "CET-1", 1);
	tzset();
	table_rows("picture", rows, what, test_row);
	table_add("picture", "3000 scales, fixed seed", test_any_scale, NULL);
	table_add("picture", "reserved characters", test_escaped, NULL);
	table_add("comb", "20000 combs, fixed seed", test_comb, NULL);
	return table_run("svg");
}
