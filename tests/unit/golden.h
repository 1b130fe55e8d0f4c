/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a renderer prints, against a file. VRRP_XDP_GOLDEN=write writes the files anew instead: look
 * at the difference before you believe it.
 */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* tests/unit/NAME; the binary is in build/tests/unit. */
static inline void golden_path(const char *name, char path[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

	for (int up = 0; up < 4 && length > 0; up++) {
		path[length] = '\0';
		length = strrchr(path, '/') - path;
	}
	assert_true(length > 0);
	snprintf(path + length, PATH_MAX - (size_t)length, "/tests/unit/%s", name);
}

static inline char *golden_read(const char *path)
{
	FILE *in = fopen(path, "rb");
	size_t room = 1 << 20, length;
	char *text = malloc(room + 1);

	if (!in)
		fail_msg("%s: missing", path);
	assert_non_null(text);
	length = fread(text, 1, room, in);
	fclose(in);
	text[length] = '\0';
	return text;
}

static inline void golden_check(const char *name, const char *text)
{
	const char *mode = getenv("VRRP_XDP_GOLDEN");
	char path[PATH_MAX], *wanted;

	golden_path(name, path);
	if (mode && !strcmp(mode, "write")) {
		FILE *out = fopen(path, "wb");

		assert_non_null(out);
		fputs(text, out);
		assert_int_equal(fclose(out), 0);
		return;
	}
	wanted = golden_read(path);
	assert_string_equal(text, wanted);
	free(wanted);
}

#endif
