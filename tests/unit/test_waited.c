/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hook is waited for. Links core/vrrp/waited alone. A script of events, each with its answer:
 *   M m L   MASTER with before-master, MASTER without it, no MASTER any more: '!' the hook ends now
 *   w       the lease has to wait: '!' the hook starts now
 *   r R     resign; the router has no before-backup, or has it
 *   s S     stop, likewise: 'o' obey, 'a' obey alone, 'r' run, 'k' keep
 *   n N     resign or stop at once, with before-backup: likewise
 *   e E     before-master, before-backup ended: '!' it was waited for
 *   l       is an order due because the mastership was lost? '!'
 *   ?       is it ready: '!'
 * '.' is the answer "no".
 */
#include "core/vrrp/waited.h"
#include "table.h"

struct row {
	const char *what;
	const char *events;
	const char *answers;
};

static const struct row rows[] = {
	{"nothing is waited for", "m?el", ".!.."},
	{"before-master: runs once, and ends", "M?wwe?w", "..!.!!!"},
	{"an end that nobody waits for", "MeE?", "...."},
	{"the mastership ends before the hook", "MwLe", ".!!."},
	{"the next mastership waits again", "MweLM?w", ".!!...!"},
	{"before-backup: the end of it is waited for", "mRE", ".r!"},
	{"without it, an order is obeyed", "mrs", ".oo"},
	{"a stop, while it waits to resign", "mRSE", ".rk!"},
	{"a second stop waits, too", "mSSE", ".rk!"},
	{"a stop at once does not wait", "mSNE", ".ra."},
	{"nor does it where resigning waits", "mRNE", ".ra."},
	{"resigning at once does not wait", "mRnE", ".ra."},
	{"but it leaves a stop as it is", "mSnE", ".rk!"},
	{"at once, there is nothing to wait for", "mNn", ".oo"},
	{"resign, while it waits to stop", "mSRE", ".rk!"},
	{"the mastership is lost meanwhile", "mSLl", ".r.!"},
	{"then its end is not waited for", "mSLlE", ".r.!."},
	{"as long as it is MASTER, nothing is due", "mSl", ".r."},
	{"before-master runs: its end is no end of before-backup", "MwE", ".!."},
};

static char on(struct waited *waited, char event, bool *master)
{
	static const char orders[] = {[WAITED_OBEY] = 'o',
				      [WAITED_OBEY_ALONE] = 'a',
				      [WAITED_RUN] = 'r',
				      [WAITED_KEEP] = 'k'};
	bool yes;

	switch (event) {
	case 'M':
	case 'm':
	case 'L':
		*master = event != 'L';
		yes = waited_enter(waited, *master, event == 'M');
		break;
	case 'w':
		yes = waited_start(waited);
		break;
	case 'r':
	case 'R':
	case 's':
	case 'S':
		return orders[waited_order(waited, event == 's' || event == 'S', false,
					   event == 'R' || event == 'S')];
	case 'n':
	case 'N':
		return orders[waited_order(waited, event == 'N', true, true)];
	case 'e':
	case 'E':
		yes = waited_ended(waited, event == 'e');
		break;
	case 'l':
		yes = waited_lost(waited, *master);
		break;
	default:
		yes = waited->ready;
		break;
	}
	return yes ? '!' : '.';
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct waited waited = {0};
	bool master = false;
	char answers[16] = "";

	for (size_t i = 0; row->events[i]; i++)
		answers[i] = on(&waited, row->events[i], &master);
	assert_string_equal(answers, row->answers);
}

int main(void)
{
	table_rows(NULL, rows, what, test_row);
	return table_run("waited");
}
