/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The books of the XDP program and of the tap beside it, look by look. Links core/tap alone.
 */
#include <stdint.h>
#include <string.h>

#include "core/monotime.h"
#include "core/tap.h"
#include "table.h"

#define LOOKS 6

/* A look at the end of each second, or of each 50 ms. What happened in that time, a letter each:
 *   h  the program hears an advert, and counts it
 *   u  the tap has an untagged one
 *   t  the tap has one of another VLAN
 *   L  the tap has lost some
 *   n  what the program heard last, it heard at the end of that time
 *   b  from now on, adverts come in both forms of the checksum
 *   i  from now on, the interval is 10 ms
 *   s  an advert was heard so shortly before that time that it may have been on its way
 * A look at which the tap has nothing does not close the books. */
struct row {
	const char *what;
	const char *looks[LOOKS]; /* up to the finding; later ones are NULL */
	enum tap_finding finding;
};

static const struct row rows[] = {
	{"heard, and come by", {"hu", "hu", "hu", "hu"}, TAP_AGREES},
	{"several in one look", {"hhhuuu", "hhhuuu", "hhhuuu"}, TAP_AGREES},
	{"nothing comes by", {"", "", "", ""}, TAP_AGREES},
	{"heard, and refused: they never reach the tap", {"", "hu", "", ""}, TAP_AGREES},

	{"deaf: the second one is the proof", {"u", "u"}, TAP_DEAF},
	{"deaf: two in the first look", {"uu"}, TAP_DEAF},
	{"deaf after it has heard", {"hu", "hu", "u", "", "u"}, TAP_DEAF},
	{"deaf in the middle of a look", {"hu", "hu", "huu", "u"}, TAP_DEAF},
	{"deaf in the middle of a look, for long", {"hu", "hu", "huuu"}, TAP_DEAF},
	{"several heard, and on their way then", {"hu", "hu", "hhhnu", "suu", "hu"}, TAP_AGREES},
	{"on their way from look to look", {"hu", "hu", "hhhnu", "hhnuu", "suu", "hu"}, TAP_AGREES},
	{"on their way, but more come by", {"hu", "hu", "hhhnu", "suuuu"}, TAP_DEAF},
	{"on its way when the books are opened", {"hu", "huu", "hu", "huu"}, TAP_AGREES},
	{"deaf soon after the first closing", {"hu", "suuu"}, TAP_DEAF},
	{"frames are left at the opening", {"hhhhuL", "suuu", "hu", "huuu"}, TAP_DEAF},
	{"deaf within the second look", {"hu", "huuu"}, TAP_DEAF},
	{"deaf, and looks are full", {"hu", "huL", "huL", "huuuL"}, TAP_DEAF},
	{"one is missed in each of two looks", {"hu", "huu", "u"}, TAP_DEAF},
	{"lost on the way, and then deaf", {"hu", "hhhhhu", "hu", "huuu"}, TAP_DEAF},
	{"both forms of the checksum: one of two is counted",
	 {"bhu", "huu", "hhuuuu", "hhuuuu"},
	 TAP_AGREES},
	{"both forms of the checksum, and deaf", {"bhuu", "huu", "", "u", "u"}, TAP_DEAF},
	{"one unheard is none", {"u", "hu", "u", "hu"}, TAP_AGREES},
	{"heard just before, and on its way then", {"hu", "su", "hu", "su"}, TAP_AGREES},
	{"deaf, and the tap is full", {"uL", "uL"}, TAP_DEAF},
	{"deaf to what is tagged: as it must be", {"t", "ttt", "t"}, TAP_AGREES},

	{"tags beside the frame", {"hu", "ht", "ht"}, TAP_TAGS},
	{"tags beside the frame, among our own", {"hu", "hhut", "hhut"}, TAP_TAGS},
	{"tags beside the frame, from the start on", {"ht", "ht", "ht"}, TAP_TAGS},
	{"a surplus in one look is on its way", {"hu", "hhhnutt", "suu", "hu"}, TAP_AGREES},
	{"tags in the frame: only ours are counted",
	 {"hu", "hut", "hutt", "hut", "hut"},
	 TAP_AGREES},
	{"tags in the frame, and one of ours is on its way",
	 {"hu", "ht", "hutu", "ht", "hutu"},
	 TAP_AGREES},
	{"more heard than come by, without a tag: lost behind the program",
	 {"hu", "hhhu", "hhhu", "hu"},
	 TAP_AGREES},
	{"lost behind the program, and then one tag", {"hu", "hhhu", "hut"}, TAP_AGREES},
	{"the tap is full: nobody knows which were tagged",
	 {"hu", "hhtL", "hhtL", "hhtL"},
	 TAP_AGREES},
};

/* Looks within the slack. */
static const struct row quick_rows[] = {
	{"a burst", {"hhhhnu", "huuun", "huun", "hhhnu", "uu", "hu"}, TAP_AGREES},
	{"a burst, at an interval of 10 ms", {"ihhhhnu", "huuun", "huun", "hu"}, TAP_AGREES},
	{"deaf for two intervals", {"ihu", "hu", "uuu"}, TAP_DEAF},
	{"deaf for a slack", {"hu", "hu", "suuu"}, TAP_DEAF},
	{"deaf, not for a slack yet", {"hu", "hu", "uuu", "hu"}, TAP_AGREES},
	{"tags beside the frame, for a slack", {"hu", "ht", "ht", "ht"}, TAP_TAGS},
	{"tags beside the frame, not so long yet", {"hu", "ht", "htht"}, TAP_AGREES},
	{"tags in the frame, and a burst of ours is on its way",
	 {"hu", "hhhutt", "uu", "hhhutt", "uu"},
	 TAP_AGREES},
};

static enum tap_finding play(const char *happened, int look, bool quick, struct tap *tap,
			     struct vrrp_path *path)
{
	int64_t step_ns = (quick ? 50 : 1000) * NS_PER_MS;
	struct tap_look this = {.since = {(1000 + (int64_t)look) * step_ns},
				.now = {(1001 + (int64_t)look) * step_ns}};
	bool any = false;

	for (const char *at = happened; *at; at++) {
		if (*at == 'h') {
			path->adverts++;
			path->last_ns = (uint64_t)(this.now.ns - step_ns / 2);
		} else if (*at == 's') {
			path->last_ns = (uint64_t)this.since.ns - TAP_SLACK_NS + 1;
		} else if (*at == 'b') {
			path->checksum = VRRP_CHECKSUM_BOTH;
		} else if (*at == 'n') {
			path->last_ns = (uint64_t)this.now.ns;
		} else if (*at == 'i') {
			path->interval_cs = 1;
		} else if (*at == 'L') {
			this.lost = true;
		} else {
			tap_count(tap, *at == 't');
			any = true;
		}
	}
	return any ? tap_close(tap, path, &this) : TAP_AGREES;
}

static void play_row(const struct row *row, bool quick)
{
	struct vrrp_path path = {.adverts = 70000}; /* of the agent before this one */
	struct tap tap = {0};

	for (int i = 0; i < LOOKS && row->looks[i]; i++) {
		bool last = i + 1 == LOOKS || !row->looks[i + 1];
		enum tap_finding finding = play(row->looks[i], i, quick, &tap, &path);

		assert_int_equal(finding, last ? row->finding : TAP_AGREES);
	}
}

static void test_row(void **state)
{
	play_row(*state, false);
}

static void test_quick_row(void **state)
{
	play_row(*state, true);
}

/* What came before the first look is not compared: perhaps nobody listened yet. */
static void test_open(void **state)
{
	struct vrrp_path path = {.adverts = 5};
	struct tap tap = {0};

	(void)state;
	for (int i = 0; i < 10; i++)
		tap_count(&tap, i % 2);
	tap_open(&tap, &path, &(struct tap_look){.now = {1000000000000}});
	assert_int_equal(play("u", 0, false, &tap, &path), TAP_AGREES);
	assert_int_equal(play("ht", 1, false, &tap, &path), TAP_AGREES);
	assert_int_equal(play("ht", 2, false, &tap, &path), TAP_TAGS);
}

int main(void)
{
	table_rows(NULL, rows, what, test_row);
	table_rows(NULL, quick_rows, what, test_quick_row);
	table_add(NULL, "what came before the first look is not compared", test_open, NULL);
	return table_run("tap");
}
