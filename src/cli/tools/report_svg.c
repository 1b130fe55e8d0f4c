/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One transition as a picture for a report: what it took, a time line (and, where most of it is
 * waiting, its end magnified), the exact times, and what was before and after.
 */
#include <stdarg.h>
#include <string.h>

#include "cli/show/format.h"
#include "cli/show/report.h"
#include "cli/tools/comb.h"
#include "cli/tools/svg.h"
#include "core/address.h"
#include "core/monotime.h"
#include "core/names.h"

#define WIDTH  960.0
#define LEFT   40.0
#define RIGHT  (WIDTH - LEFT)
#define ROW    22.0
#define LANE   26.0
#define AROUND 3 /* transitions before and after it */
#define TEXT   160

struct moment {
	int64_t at_ns;
	const char *what; /* in the table */
	char label[TEXT]; /* below the lane */
};

struct picture {
	const struct history_record *record;
	struct moment moments[COMB_MAX]; /* by time */
	unsigned int count;
	int64_t zero_ns; /* that the table counts from: the deadline, or the first moment */
	bool magnified;
	FILE *out;
	double y; /* how far it is drawn */
};

/* A part of the time line. */
struct panel {
	int64_t from_ns, to_ns; /* at its ends */
	int64_t zero_ns;        /* of its axis */
	const struct moment *moments;
	unsigned int count;
};

__attribute__((format(printf, 2, 3))) static void print(char buf[TEXT], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(buf, TEXT, format, args);
	va_end(args);
}

/* ---- what there is to see ---- */

static struct moment *add(struct picture *picture, int64_t at_ns, const char *what)
{
	struct moment *moment = &picture->moments[picture->count++];

	moment->at_ns = at_ns;
	moment->what = what;
	print(moment->label, "%s", what);
	return moment;
}

/* By time, whatever the clock or a late signal made of it. */
static void sort_moments(struct picture *picture)
{
	for (unsigned int i = 1; i < picture->count; i++) {
		struct moment moment = picture->moments[i];
		unsigned int at = i;

		for (; at && picture->moments[at - 1].at_ns > moment.at_ns; at--)
			picture->moments[at] = picture->moments[at - 1];
		picture->moments[at] = moment;
	}
}

static bool by_peer(const struct history_record *record)
{
	return record->cause == VRRP_CAUSE_HIGHER_PRIORITY ||
	       record->cause == VRRP_CAUSE_HIGHER_ADDRESS ||
	       record->cause == VRRP_CAUSE_HANDED_OVER || record->cause == VRRP_CAUSE_MASTER_LEFT;
}

static void find_moments(struct picture *picture)
{
	const struct history_record *record = picture->record;
	bool master = record->to == VRRP_STATE_MASTER;
	char peer[ADDRESS_TEXT], span[FORMAT_TEXT];
	int64_t zero = record->deadline_ns ? record->deadline_ns : record->at_ns;

	/* Otherwise it only says when somebody was heard, perhaps long ago. */
	if (record->wire_ns && record->peer_family && (record->deadline_ns || by_peer(record)))
		print(add(picture, record->wire_ns, "last advert heard")->label,
		      "last advert, of %s (priority %u)",
		      address_format(record->peer_family, &record->peer, peer),
		      record->peer_priority);
	if (record->deadline_ns)
		add(picture, record->deadline_ns, "deadline: nobody may act before");
	if (record->deadline_ns)
		print(picture->moments[picture->count - 1].label, "deadline");
	print(add(picture, record->at_ns, master ? "promoted" : "state changed")->label,
	      record->deadline_ns ? "%s +%s" : "%s", master ? "promoted" : "state changed",
	      format_span(record->at_ns - zero, span));
	if (record->announced_ns)
		print(add(picture, record->announced_ns, "address announced")->label,
		      "announced +%s", format_span(record->announced_ns - zero, span));
	sort_moments(picture);
	picture->zero_ns = record->deadline_ns ? record->deadline_ns : picture->moments[0].at_ns;
}

static int64_t first_ns(const struct picture *picture)
{
	return picture->moments[0].at_ns;
}

static int64_t last_ns(const struct picture *picture)
{
	return picture->moments[picture->count - 1].at_ns;
}

/* ---- the time line ---- */

static double place(const struct panel *panel, int64_t at_ns)
{
	return LEFT + (double)(at_ns - panel->from_ns) / (double)(panel->to_ns - panel->from_ns) *
			      (RIGHT - LEFT);
}

/* With room at both ends. */
static struct panel make_panel(const struct moment *moments, unsigned int count, int64_t zero_ns)
{
	int64_t from = moments[0].at_ns, to = moments[count - 1].at_ns;
	int64_t margin = (to - from) / 16 + 500;

	return (struct panel){from - margin, to + margin, zero_ns, moments, count};
}

/* 1, 2 or 5 times a power of ten, so that at most nine fit. */
static int64_t tick_of(int64_t span_ns)
{
	static const int steps[] = {1, 2, 5};
	int64_t power = 1;

	for (;; power *= 10) {
		for (int i = 0; i < 3; i++) {
			if (span_ns / (power * steps[i]) < 9)
				return power * steps[i];
		}
	}
}

static void tick_text(int64_t at_ns, int64_t tick_ns, char buf[TEXT])
{
	const char *sign = at_ns > 0 ? "+" : "";

	if (!at_ns)
		print(buf, "0");
	else if (tick_ns < 1000)
		print(buf, "%s%.1f µs", sign, (double)at_ns / 1000);
	else if (tick_ns < 100000)
		print(buf, "%s%.0f µs", sign, (double)at_ns / 1000);
	else if (tick_ns < 1000000)
		print(buf, "%s%.1f ms", sign, (double)at_ns / NS_PER_MS);
	else if (tick_ns < 500000000)
		print(buf, "%s%.0f ms", sign, (double)at_ns / NS_PER_MS);
	else if (tick_ns < 1000000000)
		print(buf, "%s%.1f s", sign, (double)at_ns / 1e9);
	else
		print(buf, "%s%.0f s", sign, (double)at_ns / 1e9);
}

static void draw_axis(const struct picture *picture, const struct panel *panel, double y)
{
	int64_t tick = tick_of(panel->to_ns - panel->from_ns);
	int64_t at = (panel->from_ns - panel->zero_ns) / tick * tick;
	char text[TEXT];

	for (; at <= panel->to_ns - panel->zero_ns; at += tick) {
		double x = place(panel, panel->zero_ns + at);

		if (x < LEFT || x > RIGHT)
			continue;
		svg_line(picture->out, "grid", x, y + 6, x, y + 12);
		tick_text(at, tick, text);
		/* At the ends of the strip there is less room than half of a text. */
		svg_text(picture->out, "muted", SVG_MIDDLE, x, y, text);
	}
}

/* The state's name in the widest part of [from, to] that no moment's line crosses, if there is
 * room. */
static void name_lane(const struct picture *picture, const struct panel *panel, unsigned int state,
		      double from, double to, double y)
{
	const char *name = name_state(state);
	double begin = from, wide_from = from, wide_to = from;

	for (unsigned int i = 0; i <= panel->count; i++) {
		double x = i < panel->count ? place(panel, panel->moments[i].at_ns) : to;

		if (x <= from || x > to)
			continue;
		if (x - begin > wide_to - wide_from) {
			wide_from = begin;
			wide_to = x;
		}
		begin = x;
	}
	if (wide_to - wide_from > svg_text_width(name, 12) + 2 * COMB_GAP)
		svg_text(picture->out, "lane", SVG_MIDDLE, (wide_from + wide_to) / 2, y + 17, name);
}

static void draw_state(const struct picture *picture, const struct panel *panel, unsigned int state,
		       double from, double to, double y)
{
	svg_rect(picture->out, name_state(state), from, y, to - from, LANE);
	name_lane(picture, panel, state, from, to, y);
}

static void draw_moments(const struct picture *picture, const struct panel *panel, double y)
{
	struct comb_label labels[COMB_MAX];

	for (unsigned int i = 0; i < panel->count; i++) {
		labels[i].x = place(panel, panel->moments[i].at_ns);
		labels[i].width = svg_text_width(panel->moments[i].label, 13);
	}
	comb_place(labels, panel->count, LEFT, RIGHT);
	for (unsigned int i = 0; i < panel->count; i++) {
		const struct comb_label *label = &labels[i];
		double base = y + LANE + (label->row + 1) * ROW;

		svg_line(picture->out, "mark", label->x, y - 4, label->x, base);
		svg_text(picture->out, "", label->before ? SVG_END : SVG_START,
			 label->before ? label->x - COMB_GAP : label->x + COMB_GAP, base,
			 panel->moments[i].label);
	}
}

static void draw_panel(struct picture *picture, const struct panel *panel, const char *title)
{
	const struct history_record *record = picture->record;
	double change = place(panel, record->at_ns), lane = picture->y + 46;

	change = change > RIGHT ? RIGHT : change;
	svg_text(picture->out, "head", SVG_START, LEFT, picture->y, title);
	draw_axis(picture, panel, picture->y + 28);
	draw_state(picture, panel, record->from, LEFT, change, lane);
	if (change < RIGHT)
		draw_state(picture, panel, record->to, change, RIGHT, lane);
	draw_moments(picture, panel, lane);
	picture->y = lane + LANE + panel->count * ROW + 40;
}

/* A bar above what the other panel magnifies, and above all of that one. */
static void mark_part(const struct picture *picture, double from, double to, double lane)
{
	to = to > RIGHT ? RIGHT : to;
	from = from > to - 6 ? to - 6 : from;
	svg_rect(picture->out, "zoom", from, lane - 5, to - from, 5);
}

static void draw_line(struct picture *picture)
{
	struct panel all, end;
	double lane = picture->y + 46;
	char title[TEXT];

	if (picture->count < 2)
		return;
	if (!picture->magnified) {
		all = make_panel(picture->moments, picture->count, picture->zero_ns);
		draw_panel(picture, &all, "Time line");
		return;
	}
	all = make_panel(picture->moments, picture->count, first_ns(picture));
	end = make_panel(picture->moments + 1, picture->count - 1, picture->zero_ns);
	all.count = 2;
	draw_panel(picture, &all, "From the last advert");
	mark_part(picture, place(&all, end.from_ns), place(&all, end.to_ns), lane);
	print(title, "From the deadline, magnified %.0f times",
	      (double)(all.to_ns - all.from_ns) / (double)(end.to_ns - end.from_ns));
	mark_part(picture, LEFT, RIGHT, picture->y + 46);
	draw_panel(picture, &end, title);
}

/* ---- numbers ---- */

static void draw_tile(struct picture *picture, unsigned int index, int64_t span_ns,
		      const char *what)
{
	double width = (RIGHT - LEFT - 3 * 12) / 4, x = LEFT + index * (width + 12);
	char text[FORMAT_TEXT];

	svg_rect(picture->out, "tile", x, picture->y, width, 60);
	svg_text(picture->out, "number", SVG_START, x + 12, picture->y + 26,
		 format_span(span_ns, text));
	svg_text(picture->out, "muted", SVG_START, x + 12, picture->y + 47, what);
}

static void draw_tiles(struct picture *picture)
{
	const struct history_record *record = picture->record;
	unsigned int count = 0;

	if (picture->count < 2)
		return;
	draw_tile(picture, count++, last_ns(picture) - first_ns(picture),
		  !record->wire_ns       ? "all of it"
		  : record->announced_ns ? "last advert to announcement"
					 : "last advert to change");
	if (record->deadline_ns && first_ns(picture) < record->deadline_ns)
		draw_tile(picture, count++, record->deadline_ns - first_ns(picture),
			  "last advert to deadline");
	if (record->deadline_ns)
		draw_tile(picture, count++, record->at_ns - record->deadline_ns,
			  "deadline to promotion");
	if (record->announced_ns)
		draw_tile(picture, count++, record->announced_ns - record->at_ns,
			  "promotion to announcement");
	picture->y += 60 + 36;
}

static void draw_times(struct picture *picture)
{
	static const double columns[] = {LEFT, LEFT + 330, LEFT + 700, RIGHT};
	char text[FORMAT_TEXT];

	svg_text(picture->out, "head", SVG_START, columns[0], picture->y, "What happened");
	svg_text(picture->out, "muted", SVG_START, columns[1], picture->y, "by this host's clock");
	svg_text(picture->out, "muted", SVG_END, columns[2], picture->y,
		 picture->record->deadline_ns ? "from the deadline" : "from the first");
	svg_text(picture->out, "muted", SVG_END, columns[3], picture->y, "from the line above");
	svg_line(picture->out, "grid", LEFT, picture->y + 7, RIGHT, picture->y + 7);
	for (unsigned int i = 0; i < picture->count; i++) {
		const struct moment *moment = &picture->moments[i];

		picture->y += ROW + 2;
		svg_text(picture->out, "", SVG_START, columns[0], picture->y, moment->what);
		svg_text(picture->out, "", SVG_START, columns[1], picture->y,
			 format_date(moment->at_ns, 6, text));
		svg_text(picture->out, "", SVG_END, columns[2], picture->y,
			 format_span(moment->at_ns - picture->zero_ns, text));
		if (i)
			svg_text(picture->out, "", SVG_END, columns[3], picture->y,
				 format_span(moment->at_ns - moment[-1].at_ns, text));
	}
	picture->y += 44;
}

/* Transitions of one router around one of them, the oldest first. */
struct around {
	const struct history_record *records[2 * AROUND + 1];
	unsigned int count;
};

static struct around look_around(const struct history_record *const *records, unsigned int count,
				 unsigned int index)
{
	const struct history_record *nearby[2 * AROUND + 1];
	unsigned int newer = 0, older = 0, at = 0;
	struct around around = {.count = 0};

	for (unsigned int i = index; i-- > 0 && newer < AROUND;) {
		if (!strcmp(records[i]->name, records[index]->name))
			nearby[newer++] = records[i];
	}
	for (unsigned int i = index + 1; i < count && older < AROUND; i++) {
		if (!strcmp(records[i]->name, records[index]->name))
			nearby[newer + older++] = records[i];
	}
	while (older)
		around.records[around.count++] = nearby[newer + --older];
	around.records[around.count++] = records[index];
	while (at < newer)
		around.records[around.count++] = nearby[at++];
	return around;
}

static void draw_around(struct picture *picture, const struct around *around)
{
	static const double columns[] = {LEFT + 8, LEFT + 230, LEFT + 400};
	char text[TEXT], when[FORMAT_TEXT];

	svg_text(picture->out, "head", SVG_START, LEFT, picture->y, "Before and after");
	svg_line(picture->out, "grid", LEFT, picture->y + 7, RIGHT, picture->y + 7);
	picture->y += 2;
	for (unsigned int i = 0; i < around->count; i++) {
		const struct history_record *record = around->records[i];

		picture->y += ROW;
		if (record == picture->record)
			svg_rect(picture->out, "chosen", LEFT, picture->y - 15, RIGHT - LEFT, ROW);
		svg_text(picture->out, "", SVG_START, columns[0], picture->y,
			 format_date(record->at_ns, 3, when));
		print(text, "%s → %s", name_state(record->from), name_state(record->to));
		svg_text(picture->out, "", SVG_START, columns[1], picture->y, text);
		svg_text(picture->out, "", SVG_START, columns[2], picture->y,
			 name_cause(record->cause));
	}
	picture->y += 40;
}

/* ---- all of it ---- */

static double height_of(const struct picture *picture, unsigned int around)
{
	double height = 100 + 44 + picture->count * (ROW + 2) + 42 + around * ROW + 22;

	if (picture->count < 2)
		return height;
	height += 60 + 36;
	height += 46 + LANE + 40 + (picture->magnified ? 2 : picture->count) * ROW;
	if (picture->magnified)
		height += 46 + LANE + 40 + (picture->count - 1) * ROW;
	return height;
}

static void draw_head(struct picture *picture, const char *host)
{
	const struct history_record *record = picture->record;
	char title[TEXT], text[TEXT], when[FORMAT_TEXT], zone[FORMAT_TEXT];

	print(title, "%s: %s → %s", record->name, name_state(record->from), name_state(record->to));
	svg_text(picture->out, "title", SVG_START, LEFT, 44, title);
	print(text, "%s; on %s, %s %s", name_cause(record->cause), host,
	      format_date(record->at_ns, 3, when), format_zone(record->at_ns, zone));
	svg_text(picture->out, "", SVG_START, LEFT, 70, text);
	picture->y = 100;
}

void report_svg(const struct history_record *const *records, unsigned int count, unsigned int index,
		const char *host, FILE *out)
{
	struct picture picture = {.record = records[index], .out = out};
	struct around around = look_around(records, count, index);
	char title[TEXT];

	find_moments(&picture);
	/* Waiting is most of it, and what was done then would be a line's width. */
	picture.magnified =
		picture.count >= 3 && first_ns(&picture) < picture.zero_ns &&
		last_ns(&picture) - picture.zero_ns < (last_ns(&picture) - first_ns(&picture)) / 5;
	print(title, "%s on %s: %s to %s, %s", records[index]->name, host,
	      name_state(records[index]->from), name_state(records[index]->to),
	      name_cause(records[index]->cause));
	svg_begin(out, WIDTH, height_of(&picture, around.count), title);
	draw_head(&picture, host);
	draw_tiles(&picture);
	draw_line(&picture);
	draw_times(&picture);
	draw_around(&picture, &around);
	svg_text(out, "muted", SVG_START, LEFT, picture.y,
		 "Drawn by vrrp-xdp. The last advert is stamped by the kernel as it arrives, the "
		 "rest "
		 "by the agent.");
	svg_end(out);
}
