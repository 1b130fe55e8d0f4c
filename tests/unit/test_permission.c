/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why the kernel said EPERM: the first cause that holds is the one that is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sys/host/permission.h"

#define BOTH (PERMISSION_BPF | PERMISSION_NET_ADMIN)

static const struct row {
	const char *desc;
	struct permission_facts facts;
	uint64_t needed;
	const char *says, *never; /* NULL: nothing that it must not say */
} rows[] = {
	{"no capability at all", {.caps = 0}, BOTH, "without CAP_NET_ADMIN, CAP_BPF (", NULL},
	{"one of two", {.caps = PERMISSION_NET_ADMIN}, BOTH, "without CAP_BPF (", "CAP_NET_ADMIN"},
	{"CAP_SYS_ADMIN stands for CAP_BPF",
	 {.caps = PERMISSION_NET_ADMIN | PERMISSION_SYS_ADMIN},
	 BOTH,
	 "seccomp",
	 "CAP_"},
	{"and not for CAP_NET_ADMIN",
	 {.caps = PERMISSION_SYS_ADMIN},
	 BOTH,
	 "without CAP_NET_ADMIN (",
	 "CAP_BPF"},
	{"a missing capability comes before all else",
	 {.caps = 0, .user_namespace = true, .lockdown = "integrity", .modules = "selinux"},
	 PERMISSION_NET_RAW,
	 "without CAP_NET_RAW (",
	 "locked"},
	{"another user's name",
	 {.caps = BOTH},
	 PERMISSION_SETUID | PERMISSION_SETGID | PERMISSION_KILL,
	 "without CAP_KILL, CAP_SETGID, CAP_SETUID (",
	 "BPF"},
	{"a user namespace",
	 {.caps = BOTH, .user_namespace = true, .lockdown = "integrity"},
	 BOTH,
	 "user namespace",
	 "locked"},
	{"a kernel that is locked down",
	 {.caps = BOTH, .lockdown = "confidentiality", .modules = "apparmor"},
	 BOTH,
	 "locked down (confidentiality",
	 "apparmor"},
	{"a security module",
	 {.caps = BOTH, .lockdown = "none", .modules = "selinux,bpf"},
	 BOTH,
	 "security module forbids it (selinux,bpf)",
	 "locked"},
	{"nothing that is known", {.caps = BOTH}, BOTH, "seccomp", NULL},
};

static void test_explain(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[PERMISSION_TEXT];

		permission_explain(&rows[i].facts, rows[i].needed, text);
		if (!strstr(text, rows[i].says) || (rows[i].never && strstr(text, rows[i].never)))
			fail_msg("%s: %s", rows[i].desc, text);
		assert_true(strlen(text) < PERMISSION_TEXT - 1);
	}
}

/* This process has some capabilities or none; either way, what is found can be told. */
static void test_look(void **state)
{
	struct permission_facts facts;
	char text[PERMISSION_TEXT];

	(void)state;
	permission_look(&facts);
	assert_int_not_equal(facts.caps, UINT64_MAX);
	assert_true(strlen(permission_explain(&facts, BOTH, text)) > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
