/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests that change NICs: a network namespace of the test's own, which goes with the process,
 * and ip(8) as the other side: it makes the NICs, changes them behind the agent's back, and is the
 * one that is asked what they carry. Needs root.
 */
#ifndef TESTS_NETNS_H
#define TESTS_NETNS_H

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline void netns_enter(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		perror("a network namespace of the test's own (is this root?)");
		exit(1);
	}
}

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A shell command that must succeed. */
static void run(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

/* What a shell command prints. free() it. */
static inline char *output(const char *command)
{
	size_t length = 0, room = 65536;
	char *text = malloc(room);
	FILE *pipe = popen(command, "r");

	assert_non_null(pipe);
	length = fread(text, 1, room - 1, pipe);
	text[length] = '\0';
	pclose(pipe);
	return text;
}

/* Everything that eth0 carries, and the routes of the namespace, as ip(8) tells it, sorted. What
 * the kernel makes by itself (link-local addresses) and what depends on the moment is left out. */
static inline char *nic_text(void)
{
	return output(
		"{ ip -o link show eth0; ip -o addr show dev eth0 scope global; ip route show;"
		"ip -6 route show; } 2>/dev/null |"
		"sed -E 's/^[0-9]+: [^<]*<([^>]*)>.*link.ether ([0-9a-f:]*).*/\\2 <\\1>/;"
		"s/<.*\\bUP\\b.*>/up/; s/<.*>/down/; s/^[0-9]+: //; /^fe80/d;"
		"s/ (linkdown|dead)//g; s/ *$//' | LC_ALL=C sort");
}

static inline void assert_nic_text(const char *expected)
{
	char *text = nic_text();

	assert_string_equal(text, expected);
	free(text);
}

#endif
