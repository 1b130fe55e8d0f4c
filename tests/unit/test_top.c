/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `top` makes of two looks, and its pages, against goldens in top/. Links cli/show/top,
 * cli/show/top_render and what they draw with; knows no terminal.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cli/show/top.h"
#include "table.h"
#include "unit/golden.h"
#include "unit/snapshots.h"

/* ---- gaps ---- */

#define I_NS (100 * MS) /* the interval of the router below */

/* One path between two looks: how many adverts came, of which gaps, and how old the last one is. */
struct gap_row {
	const char *what;
	uint64_t before_ago_ms, now_ago_ms; /* of the last advert, from the second look; 0: none */
	uint64_t adverts;                   /* that came between */
	int buckets[3];                     /* that they fell into; -1: no more */
	uint64_t noted_ms;                  /* 0: nothing */
	uint8_t state;                      /* of the router; 0: backup */
	uint64_t since_ms;                  /* ago; 0: an hour */
};

static const struct gap_row gaps[] = {
	{"one advert: exactly", 150, 50, 1, {16, -1}, 100, 0, 0},
	{"one advert, late", 350, 50, 1, {18, -1}, 300, 0, 0},
	{"several of one bucket: their mean", 550, 50, 5, {16, -1}, 100, 0, 0},
	{"several, one of them late: its bucket's middle", 800, 50, 5, {16, 18, -1}, 393, 0, 0},
	{"the middle is more than the time that passed", 250, 50, 2, {10, 17, -1}, 196, 0, 0},
	{"none, and none is due", 140, 140, 0, {-1}, 0, 0, 0},
	{"none, overdue: as long as it is by now", 160, 160, 0, {-1}, 160, 0, 0},
	{"none, for long", 5000, 5000, 0, {-1}, 5000, 0, 0},
	{"the first that was ever heard", 0, 50, 1, {-1}, 0, 0, 0},
	{"never heard", 0, 0, 0, {-1}, 0, 0, 0},
	{"of new maps: less than before", 150, 50, UINT64_MAX, {-1}, 0, 0, 0},
	{"a master hears nobody", 5000, 5000, 0, {-1}, 0, VRRP_STATE_MASTER, 0},
	{"a gap that began as master", 5000, 50, 1, {22, -1}, 0, 0, 200},
	{"the first one after that", 150, 50, 1, {16, -1}, 100, 0, 200},
};

static struct snapshot one_path_of(uint64_t ago_ms, uint64_t adverts, uint8_t state,
				   uint64_t since_ms)
{
	struct snapshot snapshot = snapshots_host();
	struct snapshot_router *web =
		snapshots_add(&snapshot, &(struct snapshots_router){.name = "web",
								    .vrid = 55,
								    .family = 4,
								    .version = 3,
								    .state = state,
								    .priority = 100,
								    .since_ms = since_ms,
								    .interval_cs = 10});
	struct snapshot_path *path =
		snapshots_path(web, "eth1", "10.0.0.1", ago_ms ? "10.0.0.2" : NULL, ago_ms);

	path->path.adverts = adverts;
	return snapshot;
}

static struct snapshot one_path(uint64_t ago_ms, uint64_t adverts)
{
	return one_path_of(ago_ms, adverts, VRRP_STATE_BACKUP, 3600000);
}

static void test_gap(void **state)
{
	const struct gap_row *row = *state;
	uint8_t in = row->state ? row->state : VRRP_STATE_BACKUP;
	uint64_t since_ms = row->since_ms ? row->since_ms : 3600000;
	struct snapshot before = one_path_of(row->before_ago_ms, 100, in, since_ms),
			now = one_path_of(row->now_ago_ms, 100 + row->adverts, in, since_ms);
	struct top top = {.looked = false};
	const struct top_path *path;

	before.now_ns -= 500 * MS;
	for (unsigned int i = 0; i < COUNT(row->buckets) && row->buckets[i] >= 0; i++)
		now.routers[0].paths[0].timing.gaps[row->buckets[i]]++;
	assert_int_equal(top_update(&top, &before), 0);
	assert_int_equal(top_update(&top, &now), 0);
	path = &top.routers[0].paths[0];
	assert_int_equal(path->count, row->noted_ms ? 1 : 0);
	if (row->noted_ms)
		assert_int_equal(path->gap_ns[0] / MS, row->noted_ms);
	top_close(&top);
}

/* The ring of gaps, and their heights. */
static void test_levels(void **state)
{
	struct top_path path = {.count = 0};
	unsigned char levels[TOP_GAPS];

	(void)state;
	assert_int_equal(top_levels(&path, 300, 10, levels), 0);
	for (unsigned int i = 1; i <= 3; i++)
		path.gap_ns[path.count++] = i * 100;
	assert_int_equal(top_levels(&path, 300, 10, levels), 3);
	assert_int_equal(levels[0], 3); /* an interval of three */
	assert_int_equal(levels[1], 6);
	assert_int_equal(levels[2], 8);
	assert_int_equal(top_levels(&path, 300, 2, levels), 2);
	assert_int_equal(levels[0], 6); /* the newest ones */
	path.gap_ns[0] = 0;
	path.gap_ns[1] = UINT64_C(1) << 40;
	assert_int_equal(top_levels(&path, 300, 3, levels), 3);
	assert_int_equal(levels[0], 1);
	assert_int_equal(levels[1], 8);
	for (unsigned int i = 0; i < TOP_GAPS + 7; i++)
		path.gap_ns[path.count++ % TOP_GAPS] = i;
	assert_int_equal(top_levels(&path, TOP_GAPS + 6, TOP_GAPS, levels), TOP_GAPS);
	assert_int_equal(levels[TOP_GAPS - 1], 8);
	assert_int_equal(levels[0], 1);
}

/* A router keeps its gaps when others come before it; another interface begins anew. */
static void test_moved(void **state)
{
	struct snapshot first = one_path(150, 100), second = one_path(50, 101), third, other;
	struct top top = {.looked = false};

	(void)state;
	first.now_ns -= 500 * MS;
	assert_int_equal(top_update(&top, &first), 0);
	assert_int_equal(top_update(&top, &second), 0);
	assert_int_equal(top.routers[0].paths[0].count, 1);
	third = one_path(50, 101);
	snapshots_add(&third, &(struct snapshots_router){.name = "new", .interval_cs = 10});
	third.routers[2] = third.routers[0];
	third.routers[0] = third.routers[1];
	third.routers[1] = third.routers[2];
	assert_int_equal(top_update(&top, &third), 0);
	assert_string_equal(top.routers[1].name, "web");
	assert_int_equal(top.routers[1].paths[0].count, 1);
	assert_int_equal(top.routers[0].paths[0].count, 0);
	other = one_path(50, 101);
	strcpy(other.routers[0].paths[0].ifname, "eth9");
	assert_int_equal(top_update(&top, &other), 0);
	assert_int_equal(top.routers[0].paths[0].count, 0);
	top_close(&top);
}

/* ---- counters ---- */

static void look_at(struct top *top, uint64_t seconds, uint64_t ttl, uint64_t truncated)
{
	struct snapshot snapshot = snapshots_pair();

	snapshot.now_ns += seconds * SECOND;
	snapshot.routers[0].counters.verdict[VRRP_VERDICT_TTL] = ttl;
	snapshot.interfaces[0].counters.verdict[VRRP_VERDICT_TRUNCATED] = truncated;
	snapshot.routers[0].counters.verdict[VRRP_VERDICT_VALID] = seconds * 10;
	snapshot.interfaces[0].counters.verdict[VRRP_VERDICT_FOREIGN] = seconds * 10;
	assert_int_equal(top_update(top, &snapshot), 0);
}

static void test_moving(void **state)
{
	struct top top = {.looked = false};

	(void)state;
	look_at(&top, 0, 1000, 5);
	assert_int_equal(top.moving_count, 0); /* what was before says nothing */
	look_at(&top, 2, 1000, 5);
	assert_int_equal(top.moving_count, 0);
	look_at(&top, 4, 1010, 105);
	assert_int_equal(top.moving_count, 2);
	assert_string_equal(top.moving[0].owner, "eth1"); /* the fastest first */
	assert_string_equal(top.moving[0].what, "truncated");
	assert_true(top.moving[0].rate > 49.9 && top.moving[0].rate < 50.1);
	assert_int_equal(top.moving[0].value, 105);
	assert_string_equal(top.moving[1].owner, "web");
	assert_string_equal(top.moving[1].what, "ttl");
	look_at(&top, 6, 1011, 105);
	assert_int_equal(top.moving_count, 2);
	assert_string_equal(top.moving[0].what, "ttl");
	assert_true(top.moving[1].rate == 0);
	look_at(&top, 15, 1011, 105);
	assert_int_equal(top.moving_count, 1); /* the other one stood still for 11 s */
	look_at(&top, 17, 3, 0);
	assert_int_equal(top.moving_count, 0); /* new maps: it begins anew */
	top_close(&top);
}

/* More than there is room for. */
static void test_many_moving(void **state)
{
	struct top top = {.looked = false};

	(void)state;
	for (unsigned int look = 0; look < 2; look++) {
		struct snapshot snapshot = snapshots_host();

		snapshot.now_ns += look * SECOND;
		for (unsigned int i = 0; i < 100; i++) {
			char name[16];
			struct snapshot_router *router;

			snprintf(name, sizeof(name), "r%u", i);
			router = snapshots_add(&snapshot, &(struct snapshots_router){.name = name});
			router->counters.verdict[VRRP_VERDICT_TTL] = look * (i + 1);
		}
		assert_int_equal(top_update(&top, &snapshot), 0);
	}
	assert_int_equal(top.moving_count, TOP_MOVING);
	top_close(&top);
}

/* ---- pages ---- */

static char *page_text(const struct screen *screen)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (unsigned int row = 0; row < screen->rows; row++) {
		unsigned int end = screen->columns;

		while (end && !strcmp(screen_at(screen, row, end - 1)->text, " "))
			end--;
		for (unsigned int column = 0; column < end; column++)
			fputs(screen_at(screen, row, column)->text, out);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

struct page_row {
	const char *what; /* and the name of its golden */
	struct snapshot (*make)(void);
	unsigned int rows, columns, scroll;
	bool ascii;
	unsigned int furthest;
};

/* As `pair` after a while: gaps in its sparkline, a counter that moves. */
static void two_looks(struct top *top, struct snapshot (*make)(void))
{
	for (unsigned int look = 0; look < 40; look++) {
		struct snapshot snapshot = make();

		snapshot.now_ns -= (39 - look) * 500 * MS;
		for (unsigned int i = 0; i < snapshot.router_count; i++) {
			struct vrrp_timing *timing = &snapshot.routers[i].paths[0].timing;
			struct vrrp_path *path = &snapshot.routers[i].paths[0].path;

			if (path->last_ns) {
				path->last_ns = snapshot.now_ns - 42 * MS;
				path->adverts += look * 5;
				timing->gaps[16] += look * 5;
				timing->gaps[17] += look / 9;
				timing->gaps[18] += look / 31;
			}
			snapshot.routers[i].counters.verdict[VRRP_VERDICT_TTL] += look * 3;
		}
		assert_int_equal(top_update(top, &snapshot), 0);
	}
}

static struct snapshot many(void)
{
	struct snapshot snapshot = snapshots_pair();

	for (unsigned int i = 0; i < 40; i++) {
		char name[32];
		struct snapshot_router *router;

		snprintf(name, sizeof(name), "router-%u", i);
		router = snapshots_add(&snapshot,
				       &(struct snapshots_router){.name = name,
								  .vrid = (uint8_t)(60 + i),
								  .family = 4,
								  .version = 3,
								  .state = VRRP_STATE_BACKUP,
								  .priority = 100,
								  .interval_cs = 100,
								  .since_ms = i * 1000,
								  .master = "10.51.67.14",
								  .master_priority = 150});
		snapshots_path(router, "eth1", "10.51.67.13", "10.51.67.14", 42);
	}
	for (unsigned int i = 0; i < 30; i++)
		snapshots_takeover(&snapshot, "web", (1000 - i) * SECOND, 361 * MS, 83000, 512000);
	return snapshot;
}

static const struct page_row pages[] = {
	{"80x24", snapshots_pair, 24, 80, 0, false, 0},
	{"200x50", snapshots_pair, 50, 200, 0, false, 0},
	{"ascii", snapshots_pair, 24, 80, 0, true, 0},
	{"trouble", snapshots_trouble, 24, 80, 0, false, 0},
	{"trouble-wide", snapshots_trouble, 30, 120, 0, false, 0},
	{"many", many, 24, 80, 0, false, 76},
	{"many-scrolled", many, 24, 80, 11, false, 76},
	{"many-to-the-end", many, 50, 200, 999, false, 50},
	{"gone", snapshots_gone, 24, 80, 0, false, 0},
	{"empty", snapshots_empty, 24, 80, 0, false, 0},
	{"40x10", snapshots_pair, 10, 40, 0, false, 0},
	{"20x5", many, 5, 20, 0, false, 82},
};

static void test_page(void **state)
{
	const struct page_row *row = *state;
	struct top_view view = {.host = "s1", .utf8 = !row->ascii, .scroll = row->scroll};
	struct top top = {.looked = false};
	struct screen screen;
	char *text, name[64];

	two_looks(&top, row->make);
	assert_int_equal(screen_open(&screen, row->rows, row->columns), 0);
	assert_int_equal(top_render(&top, &view, &screen), row->furthest);
	text = page_text(&screen);
	snprintf(name, sizeof(name), "top/%s.txt", row->what);
	golden_check(name, text);
	if (row->ascii) {
		for (char *p = text; *p; p++)
			assert_true((unsigned char)*p < 0x80);
	}
	free(text);
	screen_close(&screen);
	top_close(&top);
}

/* Whatever the size: it is drawn within it, and the sanitizer sees what is not. */
static void test_sizes(void **state)
{
	struct top_view view = {.host = "s1", .utf8 = true};
	struct top top = {.looked = false};

	(void)state;
	two_looks(&top, many);
	for (unsigned int rows = 0; rows < 60; rows++) {
		for (unsigned int columns = 0; columns < 220; columns += 7) {
			struct screen screen;

			view.scroll = rows * 3;
			assert_int_equal(screen_open(&screen, rows, columns), 0);
			top_render(&top, &view, &screen);
			screen_close(&screen);
		}
	}
	top_close(&top);
}

/* The style of the first character of a text on the page. */
static int style_of(const struct screen *screen, const char *text)
{
	for (unsigned int row = 0; row < screen->rows; row++) {
		for (unsigned int column = 0; column + strlen(text) <= screen->columns; column++) {
			size_t n = 0;

			while (text[n] &&
			       screen_at(screen, row, column + (unsigned int)n)->text[0] == text[n])
				n++;
			if (!text[n])
				return screen_at(screen, row, column)->style;
		}
	}
	fail_msg("'%s' is not there", text);
	return -1;
}

static void test_styles(void **state)
{
	struct top_view view = {.host = "s1"};
	struct top top = {.looked = false};
	struct screen screen;

	(void)state;
	two_looks(&top, snapshots_pair);
	assert_int_equal(screen_open(&screen, 24, 80), 0);
	top_render(&top, &view, &screen);
	assert_int_equal(style_of(&screen, "master 22h01m"), SCREEN_GOOD);
	assert_int_equal(style_of(&screen, "backup"), SCREEN_PLAIN);
	assert_int_equal(style_of(&screen, "######"), SCREEN_GOOD); /* of the lease */
	assert_int_equal(style_of(&screen, "#-"), SCREEN_BAD);      /* a gap of three intervals */
	assert_int_equal(style_of(&screen, "=-"), SCREEN_WARN);
	assert_int_equal(style_of(&screen, "web ttl"), SCREEN_WARN);
	screen_close(&screen);
	top_close(&top);
	two_looks(&top, snapshots_trouble);
	assert_int_equal(screen_open(&screen, 30, 120), 0);
	top_render(&top, &view, &screen);
	assert_int_equal(style_of(&screen, "held: "), SCREEN_WARN);
	assert_int_equal(style_of(&screen, "silent"), SCREEN_BAD);
	assert_int_equal(style_of(&screen, "fault"), SCREEN_BAD);
	assert_int_equal(style_of(&screen, "10.51.67.99"), SCREEN_DIM);
	screen_close(&screen);
	top_close(&top);
}

static void test_put(void **state)
{
	struct screen screen;

	(void)state;
	assert_int_equal(screen_open(&screen, 2, 5), 0);
	assert_int_equal(screen_put(&screen, 0, 1, SCREEN_BAD, "µ→x\n█toolong"), 13);
	assert_string_equal(screen_at(&screen, 0, 0)->text, " ");
	assert_string_equal(screen_at(&screen, 0, 1)->text, "µ");
	assert_string_equal(screen_at(&screen, 0, 2)->text, "→");
	assert_string_equal(screen_at(&screen, 0, 4)->text, "?"); /* no line break within */
	assert_int_equal(screen_at(&screen, 0, 3)->style, SCREEN_BAD);
	assert_string_equal(screen_at(&screen, 1, 0)->text, " ");
	screen_put(&screen, 2, 0, SCREEN_BAD, "below");
	screen_put(&screen, 1, 3, SCREEN_BAD, "\xff\x80\x80\x80\x80\x80"); /* no UTF-8 */
	screen_close(&screen);
}

int main(void)
{
	setenv("TZ", "CET-1", 1);
	tzset();
	table_rows("gap", gaps, what, test_gap);
	table_add("gap", "levels", test_levels, NULL);
	table_add("gap", "routers that move", test_moved, NULL);
	table_add("counter", "that moves", test_moving, NULL);
	table_add("counter", "many that move", test_many_moving, NULL);
	table_rows("page", pages, what, test_page);
	table_add("page", "of every size", test_sizes, NULL);
	table_add("page", "styles", test_styles, NULL);
	table_add("screen", "cut and cleaned", test_put, NULL);

	return table_run("top");
}
