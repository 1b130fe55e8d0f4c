/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Orders of hooks. Links core/vrrp/hooks alone. A script of events: I B M F enter a state, '.' ends
 * the running hook, '-' forgets; after each the next hook starts if one may. What ran is written
 * down in order.
 */
#include <string.h>

#include "core/vrrp/hooks.h"
#include "table.h"

static const char letters[] = {[VRRP_STATE_INIT] = 'I',
			       [VRRP_STATE_BACKUP] = 'B',
			       [VRRP_STATE_MASTER] = 'M',
			       [VRRP_STATE_FAULT] = 'F'};

struct row {
	const char *what;
	const char *events;
	const char *ran;
	char waits; /* in the end; 0: nothing */
	bool runs;  /* in the end */
};

static const struct row rows[] = {
	{"nothing entered, nothing runs", "", "", 0, false},
	{"an end without a hook is no hook", ".", "", 0, false},
	{"the first state runs", "B", "B", 0, true},
	{"each ends before the next", "B.M.B.", "BMB", 0, false},
	{"one at a time: the second waits", "BM", "B", 'M', true},
	{"the one that waited runs next", "BM.", "BM", 0, true},
	{"latest state wins", "BMF.", "BF", 0, true},
	{"latest state wins, over and over", "BMFMFMF.", "BF", 0, true},
	{"flapping while a hook runs, back at its state: nothing more", "MBM.", "M", 0, false},
	{"flapping many times, back at its state", "MBMBMBM..", "M", 0, false},
	{"flapping many times, ending elsewhere", "MBMBMB..", "MB", 0, false},
	{"three states, back at the running one", "MBFM.", "M", 0, false},
	{"back at the running one, then on", "MBMF..", "MF", 0, false},
	{"the state that ran last, entered again", "M.M", "M", 0, false},
	{"the state that ran last, seen left: it runs again", "M.B.M.", "MBM", 0, false},
	{"entered twice while waiting: once", "BMM..", "BM", 0, false},
	{"entered again while running", "MM.", "M", 0, false},
	{"stop while a hook runs: waits its turn", "MI", "M", 'I', true},
	{"stop replaces what waited", "MBI.", "MI", 0, true},
	{"stop, then start again: all run", "M.I.B.", "MIB", 0, false},
	{"stop and start while a hook runs", "BIB.", "B", 0, false},
	{"fault and back, each seen", "B.F.B.M.", "BFBM", 0, false},
	{"forgotten: the state that ran last runs again", "B.-B.", "BB", 0, false},
	{"forgotten: the state that runs now runs again", "B-B.", "BB", 0, true},
	{"forgotten: what waits does not run", "BM-.", "B", 0, false},
	{"fault and back before the hook of the fault began", "BFB.M.", "BM", 0, false},
};

static void test_row(void **state)
{
	const struct row *r = *state;
	struct hooks hooks = {0};
	enum vrrp_state next;
	char ran[32] = "";
	size_t n = 0;

	for (const char *e = r->events; *e; e++) {
		if (*e == '.') {
			hooks_done(&hooks);
		} else if (*e == '-') {
			hooks_forget(&hooks);
		} else {
			const char *at = memchr(letters, *e, sizeof(letters));

			assert_non_null(at);
			hooks_enter(&hooks, (enum vrrp_state)(at - letters));
		}
		if (hooks_next(&hooks, &next)) {
			assert_true(n < sizeof(ran) - 1);
			ran[n++] = letters[next];
		}
		/* Never two. */
		next = VRRP_STATE_FAULT;
		assert_false(hooks_next(&hooks, &next));
		assert_int_equal(next, VRRP_STATE_FAULT);
	}
	assert_string_equal(ran, r->ran);
	assert_int_equal(hooks.has_pending ? letters[hooks.pending] : 0, r->waits);
	assert_int_equal(hooks.running, r->runs);
}

int main(void)
{
	table_rows(NULL, rows, what, test_row);
	return table_run("hooks");
}
