/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.c and the files beside it: goldens (config/good), refusals with their exact lines
 * (config/bad), the values at their edges, and mutated files that must neither crash nor be half
 * accepted.
 *
 * A row of config/ is a file: NAME.conf, whose first comment says what it is about. A good one has
 * a NAME.golden, the canonical text (golden.h writes it); a bad one holds its errors as comments
 * that start with ";; ".
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dirent.h>

#include "core/config/config.h"
#include "core/config/config_text.h"
#include "table.h"
#include "unit/golden.h"

#define MIN_GOOD  18 /* a directory that was not found must not pass */
#define MIN_BAD   150
#define MUTATIONS 20000

struct file {
	char *name; /* NAME.conf */
	char *text;
	size_t length;
};

struct files {
	struct file *list;
	unsigned int count;
};

static char root[PATH_MAX]; /* of the source tree: the binary is in build/tests/unit */
static struct files good, bad;

static void *check(void *memory)
{
	if (!memory) {
		perror("out of memory");
		exit(1);
	}
	return memory;
}

static char *read_text(const char *path, size_t *ret_length)
{
	FILE *in = fopen(path, "rb");
	size_t room = 65536;
	char *text = check(malloc(room + 1));

	if (!in) {
		perror(path);
		exit(1);
	}
	*ret_length = fread(text, 1, room, in);
	fclose(in);
	text[*ret_length] = '\0';
	/* Exactly as long as the file: the sanitizer then sees any read beyond it. */
	return check(realloc(text, *ret_length + 1));
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static void load(const char *directory, unsigned int min, struct files *ret_files)
{
	char path[PATH_MAX + 512];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/tests/unit/config/%s", root, directory);
	dir = opendir(path);
	if (!dir) {
		perror(path);
		exit(1);
	}
	while ((entry = readdir(dir))) {
		const char *suffix = strrchr(entry->d_name, '.');
		struct file *file;

		if (!suffix || strcmp(suffix, ".conf") != 0)
			continue;
		ret_files->list = check(
			realloc(ret_files->list, (ret_files->count + 1) * sizeof(struct file)));
		file = &ret_files->list[ret_files->count++];
		file->name = check(strdup(entry->d_name));
		snprintf(path, sizeof(path), "%s/tests/unit/config/%s/%s", root, directory,
			 entry->d_name);
		file->text = read_text(path, &file->length);
	}
	closedir(dir);
	if (ret_files->count < min) {
		fprintf(stderr, "%s: %u files, at least %u expected\n", directory, ret_files->count,
			min);
		exit(1);
	}
	qsort(ret_files->list, ret_files->count, sizeof(struct file), compare_files);
}

/* ---- goldens -----------------------------------------------------------------------------------
 */

static void test_good(void **state)
{
	const struct file *file = *state;
	struct config_errors errors, again;
	struct config *config = NULL, *second = NULL;
	char *text, *repeated, golden[NAME_MAX + 32];

	if (config_parse(file->name, file->text, file->length, &config, &errors) != 0)
		fail_msg("%s", errors.text);
	assert_null(errors.text);
	assert_int_equal(errors.count, 0);
	text = config_format(config);
	assert_non_null(text);
	snprintf(golden, sizeof(golden), "config/good/%.*s.golden",
		 (int)(strlen(file->name) - strlen(".conf")), file->name);
	golden_check(golden, text);

	/* Canonical: it parses, and to the same. */
	if (config_parse("again", text, strlen(text), &second, &again) != 0)
		fail_msg("%s", again.text);
	repeated = config_format(second);
	assert_non_null(repeated);
	assert_string_equal(repeated, text);

	free(repeated);
	free(text);
	config_free(second);
	config_free(config);
}

/* ---- refusals
 * ------------------------------------------------------------------------------------ */

/* The file's own ";; " lines, without that mark. */
static char *expected_errors(const struct file *file)
{
	char *text = check(calloc(1, file->length + 2));
	const char *p = file->text, *end = file->text + file->length;
	size_t length = 0;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t line = newline ? (size_t)(newline - p) : (size_t)(end - p);

		if (line > 3 && memcmp(p, ";; ", 3) == 0) {
			memcpy(text + length, p + 3, line - 3);
			length += line - 3;
			text[length++] = '\n';
		}
		p += line + 1;
	}
	return text;
}

static void test_bad(void **state)
{
	const struct file *file = *state;
	struct config_errors errors;
	struct config *config = (struct config *)&errors; /* to be left alone */
	char *expected = expected_errors(file);

	assert_int_not_equal(expected[0], '\0');
	assert_int_equal(config_parse(file->name, file->text, file->length, &config, &errors),
			 -EINVAL);
	assert_ptr_equal(config, &errors);
	assert_string_equal(errors.text, expected);
	free(errors.text);
	free(expected);
}

/* ---- values
 * --------------------------------------------------------------------------------------- */

struct duration_row {
	const char *description;
	const char *text;
	uint64_t min, max, step;
	uint64_t ns; /* UINT64_MAX: refused */
};

#define S       TEXT_NS_PER_S
#define MS      TEXT_NS_PER_MS
#define REFUSED UINT64_MAX

static const struct duration_row durations[] = {
	{"whole seconds", "1s", 0, 10 * S, 1, 1 * S},
	{"milliseconds", "10ms", 0, 10 * S, 1, 10 * MS},
	{"microseconds", "200us", 0, 10 * S, 1, 200000},
	{"a fraction of a second", "0.5s", 0, 10 * S, 1, 500 * MS},
	{"a fraction of a microsecond", "0.001us", 0, 10 * S, 1, 1},
	{"zero without a unit", "0", 0, 10 * S, 1, 0},
	{"zero with a fraction and no unit", "0.0", 0, 10 * S, 1, 0},
	{"trailing zeros of a long fraction", "1.2500000000000000000000s", 0, 10 * S, MS,
	 1250 * MS},
	{"the least", "10ms", 10 * MS, 10 * S, 1, 10 * MS},
	{"below the least", "9.999ms", 10 * MS, 10 * S, 1, REFUSED},
	{"the most", "40.95s", 0, 40950 * MS, 10 * MS, 40950 * MS},
	{"above the most", "40.96s", 0, 40950 * MS, 10 * MS, REFUSED},
	{"between two steps", "15ms", 0, 10 * S, 10 * MS, REFUSED},
	{"a digit far behind the point", "1.00000000000000000001s", 0, 10 * S, 1, REFUSED},
	{"finer than a nanosecond", "0.0001us", 0, 10 * S, 1, REFUSED},
	{"a number beyond 64 bits", "99999999999999999999999s", 0, UINT64_MAX - 1, 1, REFUSED},
	{"no digits", "s", 0, 10 * S, 1, REFUSED},
	{"nothing", "", 0, 10 * S, 1, REFUSED},
	{"a point alone", ".s", 0, 10 * S, 1, REFUSED},
	{"no digit before the point", ".5s", 0, 10 * S, 1, REFUSED},
	{"no digit behind the point", "1.s", 0, 10 * S, 1, REFUSED},
	{"two points", "1.2.3s", 0, 10 * S, 1, REFUSED},
	{"a number without a unit", "5", 0, 10 * S, 1, REFUSED},
	{"a unit that does not exist", "5sec", 0, 10 * S, 1, REFUSED},
	{"capital letters", "5S", 0, 10 * S, 1, REFUSED},
	{"a sign", "-1s", 0, 10 * S, 1, REFUSED},
	{"a blank before the unit", "1 s", 0, 10 * S, 1, REFUSED},
};

static void test_duration(void **state)
{
	const struct duration_row *row = *state;
	char again[TEXT_DURATION];
	uint64_t ns = 42, second;
	const char *why = text_duration(row->text, row->min, row->max, row->step, &ns);

	if (row->ns == REFUSED) {
		assert_non_null(why);
		assert_int_equal(ns, 42);
		return;
	}
	assert_null(why);
	assert_int_equal(ns, row->ns);
	if (ns % TEXT_NS_PER_US == 0) {
		assert_null(text_duration(text_duration_format(ns, again), 0, ns, 1, &second));
		assert_int_equal(second, ns);
	}
}

/* ---- size, and mutations
 * ------------------------------------------------------------------------- */

/* As many routers as a host has slots; one more is refused, at its line. */
static void test_slots(void **state)
{
	struct config_errors errors;
	struct config *config = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	for (unsigned int i = 0; i < VRRP_MAX_SLOTS; i++)
		fprintf(out, "[vrrp r%u]\nvrid = %u\nheartbeat = eth%u\naddress = 10.%u.%u.1/24\n",
			i, i % 255 + 1, i / 255, i / 256, i % 256);
	fflush(out);
	if (config_parse("slots", text, size, &config, &errors) != 0)
		fail_msg("%s", errors.text);
	assert_int_equal(config->router_count, VRRP_MAX_SLOTS);
	config_free(config);

	fprintf(out, "[vrrp more]\nvrid = 1\n");
	fclose(out);
	assert_int_equal(config_parse("slots", text, size, &config, &errors), -EINVAL);
	assert_string_equal(errors.text, "slots:16385: [vrrp more]: more than 4096 virtual "
					 "routers\n");
	free(errors.text);
	free(text);
}

/* As many lines of one key as a router may have; more are refused, each at its line. */
#define MACVLAN "mac = virtual\nmac-device = macvlan\n"
#define SIX     "address = 2001:db8::%u:%u/64\n"
#define LIMIT   "; at most 1024 of them)\n"

static const struct most_row {
	const char *description, *head, *line;
	unsigned int count;
	const char *error;      /* the end of the only one; NULL: it is accepted */
	unsigned int advertise; /* as many adverts list then */
} most_rows[] = {
	{"IPv4: adverts list the first ones that fit", "", "address = 10.0.%u.%u/32\n", 1024, NULL,
	 255},
	{"IPv4: as many as an advert can count", "", "address = 10.0.%u.%u/32\n", 255, NULL, 255},
	{"one address too many", "", "address = 10.0.%u.%u/32\n", 1025, LIMIT, 0},
	{"IPv6: a link-local address comes first", "", SIX, 1024, NULL, 89},
	{"IPv6: as many as fit", "", SIX, 88, NULL, 89},
	{"IPv6: the same list with a key", "hmac-key = 1:/k\npeers = fe80::2 fe80::3\n", SIX, 1024,
	 NULL, 89},
	{"a macvlan adds a link-local address", MACVLAN, SIX, 1023, NULL, 89},
	{"a macvlan has no room for it", MACVLAN, SIX, 1024,
	 "which a macvlan has, too (accepted: at most 1023 of them)\n", 0},
	{"standby addresses", "address = 10.9.0.1/24\n", "standby-address = 10.0.%u.%u/32\n", 1024,
	 NULL, 1},
	{"one standby address too many", "address = 10.9.0.1/24\n",
	 "standby-address = 10.0.%u.%u/32\n", 1025, LIMIT, 0},
	{"routes", "address = 10.9.0.1/24\n", "route = 10.0.%u.%u/32 via 10.9.0.2\n", 255, NULL, 1},
	{"one route too many", "address = 10.9.0.1/24\n", "route = 10.0.%u.%u/32 via 10.9.0.2\n",
	 256, "is one too many (accepted: [blackhole", 0},
	{"rules", "address = 10.9.0.1/24\n", "rule = from 10.0.%u.%u table 7\n", 255, NULL, 1},
	{"one rule too many", "address = 10.9.0.1/24\n", "rule = from 10.0.%u.%u table 7\n", 256,
	 "is one too many (accepted: any of: not", 0},
};

static void test_most(void **state)
{
	const struct most_row *row = *state;
	struct config_errors errors;
	struct config *config = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret;

	assert_non_null(out);
	fprintf(out, "[vrrp web]\nvrid = 55\nheartbeat = eth1\n%s", row->head);
	for (unsigned int i = 0; i < row->count; i++)
		fprintf(out, row->line, i / 256, i % 256);
	fclose(out);
	ret = config_parse("most", text, size, &config, &errors);
	if (row->error) {
		assert_int_equal(ret, -EINVAL);
		assert_int_equal(errors.count, 1);
		if (!strstr(errors.text, row->error))
			fail_msg("%s", errors.text);
	} else {
		if (ret != 0)
			fail_msg("%s", errors.text);
		assert_int_equal(config->routers[0].advertise_count, row->advertise);
	}
	config_free(config);
	free(errors.text);
	free(text);
}

static uint32_t random_next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static const struct file *random_file(uint32_t *seed)
{
	uint32_t n = random_next(seed) % (good.count + bad.count);

	return n < good.count ? &good.list[n] : &bad.list[n - good.count];
}

/* A file with some bytes changed, cut out, or taken from another one. Owned by the caller. */
static char *mutate(uint32_t *seed, size_t *ret_length)
{
	static const char alphabet[] = "=[];# \t\n\r\"./:-_0159afsmxZ\x00\x1b\xff";
	const struct file *file = random_file(seed), *other = random_file(seed);
	size_t length = file->length, head, tail;
	char *text = check(malloc(length + other->length + 1));

	memcpy(text, file->text, length);
	switch (random_next(seed) % 4) {
	case 0: /* the head of one, the tail of another */
		head = length ? random_next(seed) % length : 0;
		tail = other->length ? random_next(seed) % other->length : 0;
		memcpy(text + head, other->text + tail, other->length - tail);
		length = head + other->length - tail;
		break;
	case 1: /* a piece less */
		head = length ? random_next(seed) % length : 0;
		tail = head + (length > head ? random_next(seed) % (length - head) : 0);
		memmove(text + head, text + tail, length - tail);
		length -= tail - head;
		break;
	default:
		break;
	}
	for (uint32_t edits = random_next(seed) % 8; edits > 0 && length > 0; edits--)
		text[random_next(seed) % length] =
			alphabet[random_next(seed) % (sizeof(alphabet) - 1)];
	*ret_length = length;
	return check(realloc(text, length + 1));
}

/* Every line is "FILE:LINE: something", and there are as many as are said to be. */
static void check_errors(const struct config_errors *errors)
{
	unsigned int lines = 0, line;
	int length = 0;

	assert_non_null(errors->text);
	for (const char *p = errors->text; *p; lines++) {
		length = 0;
		assert_int_equal(sscanf(p, "mutant:%u: %n", &line, &length), 1);
		assert_true(length > 0 && p[length] != '\n');
		p = strchr(p, '\n');
		assert_non_null(p);
		p++;
	}
	assert_int_equal(lines, errors->count <= CONFIG_MAX_ERRORS ? errors->count
								   : CONFIG_MAX_ERRORS + 1);
}

static void test_mutations(void **state)
{
	uint32_t seed = 0x9568;
	unsigned int accepted = 0;

	(void)state;
	for (unsigned int i = 0; i < MUTATIONS; i++) {
		struct config_errors errors, again;
		struct config *config = NULL, *second = NULL;
		size_t length;
		char *text = mutate(&seed, &length), *canonical, *repeated;
		int ret = config_parse("mutant", text, length, &config, &errors);

		if (ret == 0) {
			accepted++;
			canonical = config_format(config);
			assert_non_null(canonical);
			if (config_parse("again", canonical, strlen(canonical), &second, &again))
				fail_msg("mutation %u: %s%s", i, again.text, canonical);
			repeated = config_format(second);
			assert_string_equal(repeated, canonical);
			free(repeated);
			free(canonical);
		} else {
			assert_int_equal(ret, -EINVAL);
			assert_null(config);
			check_errors(&errors);
		}
		config_free(second);
		config_free(config);
		free(errors.text);
		free(text);
	}
	/* Both branches were taken: the mutations are neither too wild nor too tame. */
	assert_in_range(accepted, MUTATIONS / 100, MUTATIONS / 2);
}

/* ---- what is shared ---- */

static const char two_routers[] = "[vrrp a]\nvrid = 1\nheartbeat = eth1\naddress = 10.0.0.9/24\n"
				  "address = 2001:db8::9/64\nstandby-address = 10.0.0.1/24\n"
				  "[vrrp b]\nvrid = 2\nheartbeat = eth1\naddress = 10.0.0.3/24\n"
				  "advertise = 10.0.0.77\n";

static const struct {
	const char *desc;
	uint8_t family;
	struct vrrp_addr addr;
	bool shared;
} shared_rows[] = {
	{"of the first router", 4, {{10, 0, 0, 9}}, true},
	{"of the second one", 4, {{10, 0, 0, 3}}, true},
	{"IPv6", 6, {{0x20, 0x01, 0x0d, 0xb8, [15] = 9}}, true},
	{"advertised only", 4, {{10, 0, 0, 77}}, true},
	{"a standby address", 4, {{10, 0, 0, 1}}, false},
	{"nobody's", 4, {{10, 0, 0, 4}}, false},
	{"the same bytes in the other family", 6, {{10, 0, 0, 9}}, false},
};

static void test_shared(void **state)
{
	struct config_errors errors;
	struct config *config;

	(void)state;
	assert_int_equal(config_parse("two", two_routers, strlen(two_routers), &config, &errors),
			 0);
	for (size_t i = 0; i < sizeof(shared_rows) / sizeof(shared_rows[0]); i++) {
		if (config_is_shared(config, shared_rows[i].family, &shared_rows[i].addr) !=
		    shared_rows[i].shared)
			fail_msg("%s", shared_rows[i].desc);
	}
	config_free(config);
}

int main(void)
{
	ssize_t length = readlink("/proc/self/exe", root, sizeof(root) - 1);
	int failed;

	for (int up = 0; up < 4 && length > 0; up++) {
		root[length] = '\0';
		length = strrchr(root, '/') - root;
	}
	if (length <= 0)
		return 1;
	root[length] = '\0';
	load("good", MIN_GOOD, &good);
	load("bad", MIN_BAD, &bad);

	for (unsigned int i = 0; i < good.count; i++)
		table_add("good", good.list[i].name, test_good, &good.list[i]);
	for (unsigned int i = 0; i < bad.count; i++)
		table_add("bad", bad.list[i].name, test_bad, &bad.list[i]);
	table_rows("duration", durations, description, test_duration);
	table_add("size", "as many routers as slots", test_slots, NULL);
	table_rows("size", most_rows, description, test_most);
	table_add("shared", "addresses of all routers", test_shared, NULL);
	table_add("mutation", "20000 mutated files, fixed seed", test_mutations, NULL);

	failed = table_run("config");
	for (unsigned int i = 0; i < good.count + bad.count; i++) {
		struct file *file = i < good.count ? &good.list[i] : &bad.list[i - good.count];

		free(file->name);
		free(file->text);
	}
	free(good.list);
	free(bad.list);
	return failed;
}
