/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole configurations of keepalived, each written from a use, in import/. NAME.conf must become
 * NAME.txt, and, for the host ID, NAME.ID.txt: what comes out, and what is said about the rest. The
 * first line counts what is lost. Our own checks take every result.
 *
 * keywords.list has the keywords of keepalived up to 2.4, each with the block that it stands in:
 * about each of them there is something to say.
 *
 * VRRP_XDP_GOLDEN=write writes anew the .txt files that there are. A new one starts empty.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "unit/golden.h"
#include "unit/imported.h"

#define HERE "here" /* the host, where a file is for any */

static char *with_count(const struct import_result *result)
{
	char *text;

	assert_true(asprintf(&text, "# %u dropped, %u kept without a part\n\n%s",
			     result->dropped_count, result->part_count, result->text) >= 0);
	return text;
}

/* state: "NAME.txt" or "NAME.ID.txt" */
static void test_file(void **state)
{
	const char *wanted = *state, *dot = strchr(wanted, '.'), *last = strrchr(wanted, '.');
	char name[256], id[64] = HERE, path[PATH_MAX], *text;
	struct import_result result;

	if (last != dot)
		snprintf(id, sizeof(id), "%.*s", (int)(last - dot - 1), dot + 1);
	snprintf(name, sizeof(name), "import/%.*s.conf", (int)(dot - wanted), wanted);
	golden_path(name, path);
	text = golden_read(path);
	result = convert(text, id);
	free(text);
	text = with_count(&result);
	snprintf(name, sizeof(name), "import/%s", wanted);
	golden_check(name, text);
	free(text);
	import_free(&result);
}

/* Every file has something that is wanted of it. */
static void test_all_are_wanted(void **state)
{
	char path[PATH_MAX], wanted[PATH_MAX];
	glob_t files, found;

	(void)state;
	golden_path("import/*.conf", path);
	assert_int_equal(glob(path, 0, NULL, &files), 0);
	assert_true(files.gl_pathc >= 60);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		snprintf(wanted, sizeof(wanted), "%.*s.*txt",
			 (int)(strlen(files.gl_pathv[i]) - strlen(".conf")), files.gl_pathv[i]);
		if (glob(wanted, 0, NULL, &found))
			fail_msg("nothing is wanted of %s", files.gl_pathv[i]);
		globfree(&found);
	}
	globfree(&files);
}

/* ---- keywords ---- */

static const struct import_note *note_of(const struct import_result *result, const char *keyword)
{
	for (unsigned int i = 0; i < result->note_count; i++) {
		size_t length = strcspn(result->notes[i].text, " ");

		if (length == strlen(keyword) && !strncmp(result->notes[i].text, keyword, length))
			return &result->notes[i];
	}
	return NULL;
}

/* A keyword without a value, in the block that it is for. */
static void check_keyword(const char *block, const char *keyword)
{
	static const char *const blocks[] = {"script", "global", "group", "instance"};
	const char *in[COUNT(blocks)];
	struct import_result result;
	const struct import_note *note;
	char text[512];

	for (size_t b = 0; b < COUNT(blocks); b++)
		in[b] = strcmp(block, blocks[b]) ? "" : keyword;
	if (!strcmp(block, "top"))
		snprintf(text, sizeof(text), "%s x {\n}\n", keyword);
	else
		snprintf(text, sizeof(text),
			 "vrrp_script s {\nscript /bin/true\n%s\n}\nglobal_defs {\n%s\n}\n"
			 "vrrp_sync_group g {\ngroup {\na\n}\n%s\n}\n"
			 "vrrp_instance a {\ninterface eth0\nvirtual_router_id 1\n"
			 "virtual_ipaddress {\n10.0.0.1\n}\ntrack_script {\ns\n}\n%s\n}\n",
			 in[0], in[1], in[2], in[3]);
	result = convert(text, HERE);
	note = note_of(&result, keyword);
	if (note && strstr(note->reason, "not known"))
		fail_msg("%s: %s: %s", block, keyword, note->reason);
	import_free(&result);
}

static void test_keywords(void **state)
{
	char path[PATH_MAX], *text, *rest = NULL;
	unsigned int count = 0;

	(void)state;
	golden_path("import/keywords.list", path);
	text = golden_read(path);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char block[32], keyword[64];

		if (*line == '#')
			continue;
		assert_int_equal(sscanf(line, "%31s %63s", block, keyword), 2);
		check_keyword(block, keyword);
		count++;
	}
	assert_true(count > 200);
	free(text);
}

static void test_not_known(void **state)
{
	struct import_result result = convert("global_defs {\nfrobnicate\n}\n", HERE);

	(void)state;
	assert_non_null(note_of(&result, "frobnicate"));
	assert_non_null(strstr(note_of(&result, "frobnicate")->reason, "not known"));
	import_free(&result);
}

int main(void)
{
	char path[PATH_MAX];
	glob_t found;
	int failed;

	golden_path("import/*.txt", path);
	if (glob(path, 0, NULL, &found))
		return EXIT_FAILURE;
	table_test(test_all_are_wanted);
	table_test(test_keywords);
	table_test(test_not_known);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *name = strrchr(found.gl_pathv[i], '/') + 1;

		table_add(NULL, name, test_file, name);
	}
	failed = table_run("corpus");
	globfree(&found);
	return failed;
}
