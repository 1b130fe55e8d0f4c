/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page of `top`: routers with their paths, then peers, what is refused, and what happened.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/show/format.h"
#include "cli/show/top.h"
#include "core/address.h"
#include "core/names.h"
#include "vrrp_timers.h"

#define LEAST_ROUTERS 4 /* lines of the list, whatever else there is to show */

/* What is drawn where. */
struct page {
	const struct top *top;
	const struct top_view *view;
	struct screen *screen;
	unsigned int row; /* the next one */
};

static const struct snapshot *now(const struct page *page)
{
	return &page->top->now;
}

/* ---- bars and lines ---- */

/* part of whole, in eighths of a column where they can be drawn. Returns the column behind it. */
static unsigned int put_bar(const struct page *page, unsigned int row, unsigned int column,
			    unsigned int width, enum screen_style style, double part)
{
	static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	unsigned int filled;

	part = part < 0 ? 0 : part > 1 ? 1 : part;
	filled = (unsigned int)(part * width * 8 + 0.5);
	for (unsigned int i = 0; i < width; i++) {
		if (page->view->utf8)
			screen_put(page->screen, row, column + i, style,
				   filled >= 8 ? "█" : eighths[filled]);
		else
			screen_put(page->screen, row, column + i, style, filled >= 4 ? "#" : ".");
		filled -= filled > 8 ? 8 : filled;
	}
	return column + width;
}

static void put_spark(const struct page *page, unsigned int row, unsigned int column,
		      unsigned int width, const struct top_path *path, uint64_t full_ns)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const letters[] = {".", ".", "-", "-", "=", "=", "#", "#"};
	unsigned char levels[TOP_GAPS];
	unsigned int count = top_levels(path, full_ns, width < TOP_GAPS ? width : TOP_GAPS, levels);

	for (unsigned int i = 0; i < count; i++) {
		unsigned int level = levels[i] - 1U;

		screen_put(page->screen, row, column + i,
			   level >= 7   ? SCREEN_BAD
			   : level >= 4 ? SCREEN_WARN
					: SCREEN_GOOD,
			   page->view->utf8 ? blocks[level] : letters[level]);
	}
}

/* ---- head ---- */

static void put_head(struct page *page)
{
	const struct snapshot *snapshot = now(page);
	unsigned int master = 0, column;
	char text[FORMAT_TEXT];

	for (unsigned int i = 0; i < snapshot->router_count; i++)
		master += snapshot->routers[i].instance.report.state == VRRP_STATE_MASTER;
	column = screen_print(page->screen, page->row, 0, SCREEN_TITLE, "vrrp-xdp");
	column = screen_print(page->screen, page->row, column, SCREEN_PLAIN,
			      " on %s: ", page->view->host);
	if (snapshot->agent)
		screen_print(page->screen, page->row, column, SCREEN_PLAIN,
			     "%u router%s, master of %u; agent %d, %s", snapshot->router_count,
			     snapshot->router_count == 1 ? "" : "s", master, (int)snapshot->agent,
			     snapshot->agent_version);
	else
		screen_print(page->screen, page->row, column, SCREEN_WARN, "no agent runs%s",
			     snapshot->attached ? "" : ", nothing is attached");
	format_clock((int64_t)snapshot->now_ns + snapshot->wall_offset_ns, 0, text);
	if (page->screen->columns > strlen(text))
		screen_put(page->screen, page->row,
			   page->screen->columns - (unsigned int)strlen(text), SCREEN_PLAIN, text);
	page->row++;
}

/* ---- routers ---- */

/* Columns of the list; those of a path's line stand below them. */
struct columns {
	unsigned int name, vrid, state, since, priority, lease, bar, master;
};

static struct columns columns_of(const struct page *page)
{
	unsigned int name = 8, wide = page->screen->columns, most = wide < 100 ? 14 : 31;
	struct columns at = {.name = 0};

	for (unsigned int i = 0; i < now(page)->router_count; i++) {
		unsigned int length =
			(unsigned int)strlen(now(page)->routers[i].instance.report.name);

		name = length > name ? length : name;
	}
	at.vrid = (name < most ? name : most) + 1;
	at.state = at.vrid + 6;
	at.since = at.state + 7;
	at.priority = at.since + 7;
	at.lease = at.priority + 5;
	at.bar = wide < 100 ? 8 : 30;
	at.master = at.lease + at.bar + 8;
	return at;
}

static enum screen_style state_style(unsigned int state)
{
	switch ((enum vrrp_state)state) {
	case VRRP_STATE_MASTER:
		return SCREEN_GOOD;
	case VRRP_STATE_FAULT:
		return SCREEN_BAD;
	case VRRP_STATE_INIT:
		return SCREEN_WARN;
	case VRRP_STATE_BACKUP:
		break;
	}
	return SCREEN_PLAIN;
}

static void put_lease(const struct page *page, const struct columns *at,
		      const struct snapshot_router *router)
{
	uint64_t left = snapshot_lease_ms(router);
	double whole = 3.0 * router->instance.rules.interval_cs * 10;
	double part = whole > 0 ? (double)left / whole : 0;
	char text[FORMAT_TEXT];

	if (!left) {
		screen_put(page->screen, page->row, at->lease, SCREEN_DIM, "none");
		return;
	}
	put_bar(page, page->row, at->lease, at->bar,
		part > 0.5    ? SCREEN_GOOD
		: part > 0.25 ? SCREEN_WARN
			      : SCREEN_BAD,
		part);
	screen_put(page->screen, page->row, at->lease + at->bar + 1, SCREEN_PLAIN,
		   format_duration(left, text));
}

static void put_master(const struct page *page, const struct columns *at,
		       const struct vrrp_instance *instance)
{
	char address[ADDRESS_TEXT];

	if (snapshot_hands_over(instance))
		screen_put(page->screen, page->row, at->master, SCREEN_WARN,
			   "this host, handing over");
	else if (instance->report.hold)
		screen_print(page->screen, page->row, at->master, SCREEN_WARN, "held: %s",
			     name_hold(instance->report.hold));
	else if (!instance->report.master_priority)
		screen_put(page->screen, page->row, at->master, SCREEN_DIM, "none is known");
	else if (instance->report.state == VRRP_STATE_MASTER)
		screen_put(page->screen, page->row, at->master, SCREEN_PLAIN, "this host");
	else
		screen_print(page->screen, page->row, at->master, SCREEN_PLAIN, "%s (%u)",
			     address_format(instance->rules.family, &instance->report.master,
					    address),
			     instance->report.master_priority);
}

static void put_router(const struct page *page, const struct columns *at,
		       const struct snapshot_router *router)
{
	const struct vrrp_instance *instance = &router->instance;
	char name[FORMAT_TEXT], since[FORMAT_TEXT];

	screen_put(page->screen, page->row, at->name, SCREEN_TITLE,
		   format_fit(instance->report.name, at->vrid - 1, name));
	screen_print(page->screen, page->row, at->vrid, SCREEN_PLAIN, "%4u", instance->rules.vrid);
	screen_put(page->screen, page->row, at->state, state_style(instance->report.state),
		   name_state(instance->report.state));
	screen_print(page->screen, page->row, at->since, SCREEN_PLAIN, "%6s",
		     format_duration(snapshot_age_ms(now(page), instance->report.since_ns), since));
	screen_print(page->screen, page->row, at->priority, SCREEN_PLAIN, "%4u",
		     instance->report.priority);
	put_lease(page, at, router);
	put_master(page, at, instance);
}

static void put_path(const struct page *page, const struct columns *at,
		     const struct snapshot_router *router, const struct top_router *known,
		     unsigned int index)
{
	const struct vrrp_path *path = &router->paths[index].path;
	uint16_t learned = router->instance.judged.interval_cs;
	uint64_t full_ns =
		3 * (learned ? learned : router->instance.rules.interval_cs) * VRRP_NS_PER_CS;
	unsigned int spark = at->lease;
	char age[FORMAT_TEXT] = "-";

	screen_print(page->screen, page->row, 2, SCREEN_DIM, "%s %s", router->paths[index].ifname,
		     snapshot_mode(path));
	if (path->last_ns)
		format_duration(snapshot_age_ms(now(page), path->last_ns), age);
	if (!path->up)
		screen_put(page->screen, page->row, at->state, SCREEN_BAD, "down");
	else if (path->silent)
		screen_put(page->screen, page->row, at->state, SCREEN_BAD, "silent");
	screen_print(page->screen, page->row, at->since, path->silent ? SCREEN_BAD : SCREEN_PLAIN,
		     "%6s", age);
	if (path->last_ns && page->screen->columns > spark)
		put_spark(page, page->row, spark, page->screen->columns - spark,
			  &known->paths[index], full_ns);
}

static unsigned int lines_of(const struct snapshot *snapshot)
{
	unsigned int lines = 0;

	for (unsigned int i = 0; i < snapshot->router_count; i++)
		lines += 1 + snapshot->routers[i].instance.report.path_count;
	return lines;
}

/* So many lines of the list, from the scrolled one on. */
static void put_routers(struct page *page, unsigned int room, unsigned int scroll)
{
	struct columns at = columns_of(page);
	unsigned int line = 0, end = page->row + 1 + room;

	screen_put(page->screen, page->row, at.name, SCREEN_DIM, "ROUTER");
	screen_put(page->screen, page->row, at.vrid, SCREEN_DIM, "VRID");
	screen_put(page->screen, page->row, at.state, SCREEN_DIM, "STATE");
	screen_put(page->screen, page->row, at.since, SCREEN_DIM, " SINCE");
	screen_put(page->screen, page->row, at.priority, SCREEN_DIM, "PRIO");
	screen_put(page->screen, page->row, at.lease, SCREEN_DIM, "LEASE; GAPS");
	screen_put(page->screen, page->row, at.master, SCREEN_DIM, "MASTER");
	page->row++;
	for (unsigned int i = 0; i < now(page)->router_count; i++) {
		const struct snapshot_router *router = &now(page)->routers[i];
		unsigned int paths = router->instance.report.path_count;

		for (unsigned int n = 0; n <= paths; n++, line++) {
			if (line < scroll || page->row >= end)
				continue;
			if (!n)
				put_router(page, &at, router);
			else
				put_path(page, &at, router, &page->top->routers[i], n - 1);
			page->row++;
		}
	}
	if (!now(page)->router_count && room)
		screen_put(page->screen, page->row++, 0, SCREEN_DIM,
			   "none (vrrp-xdp history tells what was)");
}

/* ---- peers ---- */

/* Heard within three of its intervals. */
static bool is_heard(const struct snapshot *snapshot, const struct snapshot_neighbor *at)
{
	return snapshot_age_ms(snapshot, at->neighbor.last_ns) <= at->neighbor.interval_cs * 30U;
}

static void put_peer(const struct page *page, const struct snapshot_neighbor *at)
{
	char source[ADDRESS_TEXT], age[FORMAT_TEXT], name[FORMAT_TEXT], priority[FORMAT_TEXT];
	enum screen_style style = is_heard(now(page), at) ? SCREEN_PLAIN : SCREEN_DIM;

	/* CARP has none, and that of an advert inside of AH counts nowhere here. */
	if (at->neighbor.refused)
		snprintf(priority, sizeof(priority), "%s", name_protocol(at->neighbor.refused));
	else
		snprintf(priority, sizeof(priority), "%u", at->neighbor.priority);
	screen_print(page->screen, page->row, 0, style, "%-10s %4u  %-25s %4s %6ums %7s %10" PRIu64,
		     format_fit(at->ifname, 10, name), at->key.vrid,
		     address_format(at->key.family, &at->key.source, source), priority,
		     at->neighbor.interval_cs * 10U,
		     format_duration(snapshot_age_ms(now(page), at->neighbor.last_ns), age),
		     (uint64_t)at->neighbor.adverts);
}

/* Those that are heard, then those that were. */
static void put_peers(struct page *page, unsigned int room)
{
	const struct snapshot *snapshot = now(page);
	unsigned int shown = 0;

	screen_print(page->screen, page->row++, 0, SCREEN_DIM, "%-10s %4s  %-25s %4s %8s %7s %10s",
		     "PEER", "VRID", "SOURCE", "PRIO", "EVERY", "HEARD", "ADVERTS");
	for (int heard = 1; heard >= 0; heard--) {
		for (unsigned int i = 0; i < snapshot->neighbor_count && shown < room; i++) {
			if (is_heard(snapshot, &snapshot->neighbors[i]) != heard)
				continue;
			put_peer(page, &snapshot->neighbors[i]);
			page->row++;
			shown++;
		}
	}
}

/* ---- what is refused, and what happened ---- */

static void put_moving(struct page *page, unsigned int room)
{
	screen_print(page->screen, page->row++, 0, SCREEN_DIM, "%-36s %10s %14s", "REFUSED",
		     "A SECOND", "ALL");
	for (unsigned int i = 0; i < page->top->moving_count && i < room; i++) {
		const struct top_counter *counter = &page->top->moving[i];
		char name[FORMAT_TEXT], what[64];

		snprintf(what, sizeof(what), "%s %s", format_fit(counter->owner, 17, name),
			 counter->what);
		screen_print(page->screen, page->row++, 0,
			     counter->rate > 0 ? SCREEN_WARN : SCREEN_DIM,
			     "%-36s %10.1f %14" PRIu64, what, counter->rate, counter->value);
	}
}

static void put_history(struct page *page, unsigned int room)
{
	const struct snapshot *snapshot = now(page);
	char when[FORMAT_TEXT], name[FORMAT_TEXT], late[FORMAT_TEXT];

	screen_put(page->screen, page->row++, 0, SCREEN_DIM, "HISTORY");
	for (unsigned int i = snapshot->history_count; i-- > 0 && room; room--) {
		const struct history_record *record = &snapshot->history[i];
		unsigned int column =
			screen_print(page->screen, page->row, 0, SCREEN_PLAIN, "%s  %-14s %6s -> ",
				     format_date(record->at_ns, 3, when),
				     format_fit(record->name, 14, name), name_state(record->from));

		column = screen_print(page->screen, page->row, column, state_style(record->to),
				      "%-6s", name_state(record->to));
		column = screen_print(page->screen, page->row, column, SCREEN_PLAIN, "  %s",
				      name_cause(record->cause));
		if (record->deadline_ns && record->announced_ns && page->screen->columns >= 100)
			screen_print(page->screen, page->row, column, SCREEN_DIM, ", announced +%s",
				     format_span(record->announced_ns - record->deadline_ns, late));
		page->row++;
	}
}

/* ---- who gets how many lines ---- */

struct section {
	unsigned int wanted; /* lines without the title; 0: it is left out */
	unsigned int least;  /* of them, before the list of routers gets more */
	unsigned int given;
};

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static unsigned int give(struct section *section, unsigned int lines, unsigned int left)
{
	unsigned int cost = section->given ? lines : lines + 2; /* an empty line and the title */

	if (!lines || cost > left)
		return left;
	section->given += lines;
	return left - cost;
}

static void share(struct section *sections, unsigned int count, unsigned int wanted,
		  unsigned int left, unsigned int *ret_routers)
{
	unsigned int routers = smaller(wanted, smaller(left, LEAST_ROUTERS));

	left -= routers;
	for (unsigned int i = 0; i < count; i++)
		left = give(&sections[i], smaller(sections[i].wanted, sections[i].least), left);
	routers += smaller(wanted - routers, left);
	left -= smaller(wanted > LEAST_ROUTERS ? wanted - LEAST_ROUTERS : 0, left);
	for (unsigned int i = 0; i < count; i++) {
		unsigned int more = smaller(sections[i].wanted - sections[i].given, left);

		if (!sections[i].given)
			more = smaller(sections[i].wanted, left > 2 ? left - 2 : 0);
		left = give(&sections[i], more, left);
	}
	*ret_routers = routers;
}

unsigned int top_render(const struct top *top, const struct top_view *view, struct screen *screen)
{
	struct page page = {.top = top, .view = view, .screen = screen};
	/* In the order of their importance: first the last transitions. */
	struct section sections[3] = {
		{.wanted = top->now.history_count, .least = 3},
		{.wanted = top->moving_count, .least = 3},
		{.wanted = top->now.neighbor_count, .least = 2},
	};
	unsigned int lines = lines_of(&top->now), routers, furthest;

	if (screen->rows < 3)
		return 0;
	/* The head, the list's own, and the keys. */
	share(sections, 3, lines ? lines : 1, screen->rows - 3, &routers);
	furthest = lines > routers ? lines - routers : 0;
	put_head(&page);
	put_routers(&page, routers, smaller(view->scroll, furthest));
	if (sections[2].given) {
		page.row++;
		put_peers(&page, sections[2].given);
	}
	if (sections[1].given) {
		page.row++;
		put_moving(&page, sections[1].given);
	}
	if (sections[0].given) {
		page.row++;
		put_history(&page, sections[0].given);
	}
	if (furthest)
		screen_print(screen, screen->rows - 1, 0, SCREEN_DIM,
			     "q quits; up, down, page up, page down: line %u of %u",
			     smaller(view->scroll, furthest) + 1, lines);
	else
		screen_put(screen, screen->rows - 1, 0, SCREEN_DIM, "q quits");
	return furthest;
}
