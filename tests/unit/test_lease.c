/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lease: when it lives, what may become of it, and that no write undoes what the judge wrote.
 * Links core/vrrp/lease alone. An interval is a second; times are milliseconds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/vrrp/lease.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MS           1000000LL
/* The lease was written at this time, or runs until then: 146 years after boot, so that a word that
 * is cut to 32 bits, or becomes a float, is noticed. */
#define W     (INT64_MAX / 2)
#define NEVER INT64_MIN /* nobody was heard */

static struct lease lease_of(enum lease_state state, struct vrrp_lease *shared)
{
	shared->until_ns = W;
	return (struct lease){.shared = shared,
			      .written_ns = W,
			      .held_ns = W + 5000 * MS,
			      .state = state,
			      .interval_ns = 1000 * MS};
}

static struct monotime at(int64_t after_ns)
{
	return (struct monotime){W + after_ns};
}

static uint64_t heard(int64_t after_ns)
{
	return after_ns == NEVER ? 0 : (uint64_t)(W + after_ns);
}

static void test_lives(void **state)
{
	static const struct {
		const char *what;
		enum lease_state state;
		int64_t end_ns; /* after W */
	} table[] = {
		{"claimed: an interval", LEASE_CLAIMED, 1000 * MS},
		{"open: until its end", LEASE_OPEN, 0},
		{"resumed: an interval", LEASE_RESUMED, 1000 * MS},
		{"listens: four intervals", LEASE_LISTENS, 4000 * MS},
		{"waits: as long as the last advert holds the backups down", LEASE_WAITS,
		 5000 * MS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct vrrp_lease shared;
		struct lease lease = lease_of(table[i].state, &shared);

		if (!lease_lives(&lease, at(table[i].end_ns - 1)))
			fail_msg("%s: ended too early", table[i].what);
		if (lease_lives(&lease, at(table[i].end_ns)))
			fail_msg("%s: lives too long", table[i].what);
	}
}

static void test_may_resume(void **state)
{
	static const struct {
		const char *what;
		enum lease_state state;
		int64_t heard_ns, now_ns; /* after W */
		bool may;
	} table[] = {
		{"nobody was heard", LEASE_OPEN, NEVER, 0, true},
		{"an interval after its end, less a nanosecond", LEASE_OPEN, NEVER, 1000 * MS - 1,
		 true},
		{"an interval after its end", LEASE_OPEN, NEVER, 1000 * MS, false},
		{"heard before the last advert", LEASE_OPEN, -2976 * MS - 1, 0, true},
		{"heard with the last advert", LEASE_OPEN, -2976 * MS, 0, false},
		{"heard since", LEASE_OPEN, -1, 0, false},
		{"a claim", LEASE_CLAIMED, NEVER, 0, false},
		{"resumed already", LEASE_RESUMED, NEVER, 0, false},
		{"listens", LEASE_LISTENS, NEVER, 0, false},
		{"waits", LEASE_WAITS, NEVER, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct vrrp_lease shared;
		struct lease lease = lease_of(table[i].state, &shared);

		if (lease_may_resume(&lease, heard(table[i].heard_ns), at(table[i].now_ns)) !=
		    table[i].may)
			fail_msg("%s", table[i].what);
	}
}

static void test_may_listen(void **state)
{
	static const struct {
		const char *what;
		int64_t heard_ns; /* after W */
		bool may;
	} table[] = {
		{"nobody was heard", NEVER, true},
		{"heard before it was resumed", -1, true},
		{"heard when it was resumed", 0, false},
		{"heard since", 5 * MS, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct vrrp_lease shared;
		struct lease lease = lease_of(LEASE_RESUMED, &shared);

		if (lease_may_listen(&lease, heard(table[i].heard_ns)) != table[i].may)
			fail_msg("%s", table[i].what);
	}
}

static void test_may_open(void **state)
{
	static const struct {
		const char *what;
		enum lease_state state;
		int64_t heard_ns, stamp_ns; /* after W */
		bool may;
	} table[] = {
		{"a claim", LEASE_CLAIMED, 5 * MS, 0, true},
		{"open", LEASE_OPEN, 5 * MS, 0, true},
		{"resumed: it listens first", LEASE_RESUMED, NEVER, 2000 * MS, false},
		{"listens: seven eighths of an interval", LEASE_LISTENS, NEVER, 875 * MS, true},
		{"listens: less", LEASE_LISTENS, NEVER, 875 * MS - 1, false},
		{"listens: heard before", LEASE_LISTENS, -5 * MS, 875 * MS, true},
		{"listens: heard at that moment", LEASE_LISTENS, 0, 875 * MS, true},
		{"listens: heard since", LEASE_LISTENS, 100 * MS, 1600 * MS - 1, false},
		{"listens: and not again for an interval and a half", LEASE_LISTENS, 100 * MS,
		 1600 * MS, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct vrrp_lease shared;
		struct lease lease = lease_of(table[i].state, &shared);

		if (lease_may_open(&lease, heard(table[i].heard_ns), at(table[i].stamp_ns)) !=
		    table[i].may)
			fail_msg("%s", table[i].what);
	}
}

static void test_adoptable(void **state)
{
	static const struct {
		const char *what;
		enum vrrp_role role;
		int64_t until_ns; /* after W; NEVER: 0 */
		bool is;
	} table[] = {
		{"MASTER, and it runs", VRRP_ROLE_MASTER, 1, true},
		{"MASTER, and it has just ended", VRRP_ROLE_MASTER, 0, false},
		{"MASTER without one", VRRP_ROLE_MASTER, NEVER, false},
		{"BACKUP", VRRP_ROLE_BACKUP, 1, false},
		{"nobody", VRRP_ROLE_IDLE, 1, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		if (lease_adoptable(table[i].role, heard(table[i].until_ns), at(0)) != table[i].is)
			fail_msg("%s", table[i].what);
	}
}

/* 'g'rant, 'r'enew, re's'ume and 'l'isten, 'w'ait, 'o'pen, 'c'lear, 'a'dopt, all at W + 100 ms;
 * 'J': the judge has cleared it, 'j': the word is W + 7 ns by another one. */
static bool write_it(struct lease *lease, char action)
{
	switch (action) {
	case 'g':
		lease_grant(lease, at(100 * MS), false);
		return true;
	case 'r':
		return lease_renew(lease, at(100 * MS));
	case 's':
		return lease_resume(lease, at(100 * MS));
	case 'l':
		return lease_listen(lease, at(100 * MS));
	case 'w':
		lease_wait(lease, at(100 * MS));
		return true;
	case 'o':
		return lease_open(lease);
	case 'c':
		lease_clear(lease);
		return true;
	case 'a':
		lease_adopt(lease);
		return true;
	case 'J':
		lease->shared->until_ns = 0;
		return true;
	case 'j':
		lease->shared->until_ns = W + 7;
		return true;
	default:
		fail_msg("no such action: %c", action);
		return false;
	}
}

static void test_writes(void **state)
{
	static const struct {
		const char *what;
		enum lease_state from;
		const char *actions;
		bool done; /* what the last of them returns */
		enum lease_state to;
		int64_t shared_ns, written_ns; /* after W; NEVER: 0 */
	} table[] = {
		{"grant: shut, from now on", LEASE_OPEN, "g", true, LEASE_CLAIMED, 100 * MS,
		 100 * MS},
		{"grant: over whatever is there", LEASE_OPEN, "jg", true, LEASE_CLAIMED, 100 * MS,
		 100 * MS},
		{"renew: open for three intervals, less the drift", LEASE_CLAIMED, "r", true,
		 LEASE_OPEN, 3076 * MS, 3076 * MS},
		{"renew: not what the judge has cleared", LEASE_OPEN, "Jr", false, LEASE_OPEN,
		 NEVER, 0},
		{"renew: not what is another's", LEASE_OPEN, "jr", false, LEASE_OPEN, 7, 0},
		{"resume", LEASE_OPEN, "s", true, LEASE_RESUMED, 100 * MS, 100 * MS},
		{"resume: not what the judge has cleared", LEASE_OPEN, "Js", false, LEASE_OPEN,
		 NEVER, 0},
		{"listen", LEASE_RESUMED, "l", true, LEASE_LISTENS, 100 * MS, 100 * MS},
		{"listen: not what the judge has cleared", LEASE_RESUMED, "Jl", false,
		 LEASE_RESUMED, NEVER, 0},
		{"wait: the word stays", LEASE_CLAIMED, "gw", true, LEASE_WAITS, 100 * MS,
		 100 * MS},
		{"open: by the advert that was sent", LEASE_CLAIMED, "gwo", true, LEASE_OPEN,
		 3076 * MS, 3076 * MS},
		{"open: not what the judge has cleared", LEASE_CLAIMED, "gwJo", false, LEASE_WAITS,
		 NEVER, 100 * MS},
		{"clear", LEASE_OPEN, "c", true, LEASE_CLAIMED, NEVER, NEVER},
		{"clear: also what is another's", LEASE_OPEN, "jc", true, LEASE_CLAIMED, NEVER,
		 NEVER},
		{"adopt: open, until the time that is there", LEASE_CLAIMED, "ja", true, LEASE_OPEN,
		 7, 7},
		{"adopt, and renew", LEASE_CLAIMED, "jar", true, LEASE_OPEN, 3076 * MS, 3076 * MS},
		{"grant, clear by the judge, renew", LEASE_OPEN, "gJr", false, LEASE_CLAIMED, NEVER,
		 100 * MS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct vrrp_lease shared;
		struct lease lease = lease_of(table[i].from, &shared);
		bool done = false;

		for (const char *action = table[i].actions; *action; action++)
			done = write_it(&lease, *action);
		if (done != table[i].done)
			fail_msg("%s: returns %d", table[i].what, done);
		if (lease.state != table[i].to)
			fail_msg("%s: state %d", table[i].what, lease.state);
		if (shared.until_ns != heard(table[i].shared_ns))
			fail_msg("%s: the shared word", table[i].what);
		if (lease.written_ns != heard(table[i].written_ns))
			fail_msg("%s: the word that was written last", table[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives),      cmocka_unit_test(test_may_resume),
		cmocka_unit_test(test_may_listen), cmocka_unit_test(test_may_open),
		cmocka_unit_test(test_adoptable),  cmocka_unit_test(test_writes),
	};

	return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
