/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key files: what a key looks like, whom its file may be open to, what is said of one that is not
 * fit, and that no part of a key stays behind. Files in a directory of our own. Needs no root, but
 * for the rows with files of another user. Links core/config/hmac_key, sys/host/keyring and
 * sys/host/own_path alone.
 */
#include <stdint.h>
#include <stdlib.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config/hmac_key.h"
#include "hmac_sha256.h"
#include "sys/host/keyring.h"
#include "table.h"

#define ANOTHER 65534 /* a user */

#define A32      "0123456789abcdef0123456789abcdeF"
#define H32      "30313233343536373839616263646566303132333435363738396162636465"
#define NOT_HEX  "has something behind hex: that is no hexadecimal digit"
#define NOT_LONG "does not have 64 to 128 hexadecimal digits, two for each byte"
#define NO_KEY   "holds no key of 32 to 64 bytes"

/* ---- what is in a file ---- */

struct text_row {
	const char *desc, *text;
	size_t length; /* 0: of the text */
	const char *key, *why;
	size_t key_length; /* 0: of the key */
};

static const struct text_row text_rows[] = {
	{"32 bytes", A32, 0, A32, NULL, 0},
	{"64 bytes", A32 A32, 0, A32 A32, NULL, 0},
	{"a line of text", A32 "\n", 0, A32, NULL, 0},
	{"a line from elsewhere", A32 "\r\n", 0, A32, NULL, 0},
	{"64 printable bytes and a newline", A32 A32 "\n", 0, A32 A32, NULL, 0},
	{"bytes that end as a line does are taken whole", "\x80" A32 "\n", 0, "\x80" A32 "\n", NULL,
	 0},
	{"zeros count", "0123456789abcdef0123456789abcde\0", 32,
	 "0123456789abcdef0123456789abcde\0", NULL, 32},
	{"digits", "hex:" H32 "46", 0, A32, NULL, 0},
	{"digits and a newline", "hex:" H32 "46\n", 0, A32, NULL, 0},
	{"digits and a newline from elsewhere", "hex:" H32 "46\r\n", 0, A32, NULL, 0},
	{"capital digits", "hex:4A4B4C4D4E4F" H32 "46", 0, "JKLMNO" A32, NULL, 0},
	{"128 digits", "hex:" H32 "46" H32 "46", 0, A32 A32, NULL, 0},

	{"nothing", "", 0, NULL, NO_KEY, 0},
	{"31 bytes", "0123456789abcdef0123456789abcde", 0, NULL, NO_KEY, 0},
	{"31 bytes and a newline", "0123456789abcdef0123456789abcde\n", 0, NULL, NO_KEY, 0},
	{"65 bytes", A32 A32 "x", 0, NULL, NO_KEY, 0},
	{"two lines", A32 A32 "\n\n", 0, NULL, NO_KEY, 0},
	{"62 digits", "hex:" H32, 0, NULL, NOT_LONG, 0},
	{"63 digits", "hex:" H32 "4", 0, NULL, NOT_LONG, 0},
	{"65 digits", "hex:" H32 "464", 0, NULL, NOT_LONG, 0},
	{"130 digits", "hex:" H32 "46" H32 "4646", 0, NULL, NOT_LONG, 0},
	{"no digits", "hex:", 0, NULL, NOT_LONG, 0},
	{"a blank behind hex:", "hex: " H32 "46", 0, NULL, NOT_HEX, 0},
	{"a letter among the digits", "hex:" H32 "4g", 0, NULL, NOT_HEX, 0},
	{"a second line", "hex:" H32 "46\n46\n", 0, NULL, NOT_HEX, 0},
	{"a zero byte among the digits", "hex:" H32 "4\0", 68, NULL, NOT_HEX, 0},
};

static void test_text(void **state)
{
	const struct text_row *row = *state;
	size_t length = row->length ? row->length : strlen(row->text), key_length = 4711;
	uint8_t *exact = malloc(length + !length), key[VRRP_HMAC_KEY_MAX];
	const char *why;

	assert_non_null(exact);
	memcpy(exact, row->text, length);
	memset(key, 0xa5, sizeof(key));
	why = hmac_key_parse(exact, length, key, &key_length);
	if (row->why) {
		assert_string_equal(why, row->why);
		assert_int_equal(key_length, 4711);
		assert_int_equal(key[0], 0xa5);
	} else {
		assert_null(why);
		assert_int_equal(key_length, row->key_length ? row->key_length : strlen(row->key));
		assert_memory_equal(key, row->key, key_length);
	}
	free(exact);
}

/* ---- files ---- */

static char dir[] = "/tmp/vrrp-xdp-keyring-XXXXXX";

static const char *at(const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const void *data, size_t length, mode_t mode)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, length), length);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void make_dir(const char *name, mode_t mode)
{
	assert_int_equal(mkdir(at(name), 0700), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

static const char *const inner[] = {"shown", "open", "sticky"};

/* What belongs to another user, or lies in what does. */
static void set_up_anothers(void)
{
	make_dir("another", 0755);
	put("another/key", A32, 32, 0600);
	make_dir("another/inner", 0700);
	put("another/inner/key", A32, 32, 0600);
	make_dir("sticky/another", 0755);
	put("sticky/another/key", A32, 32, 0600);
	assert_int_equal(symlink("../good", at("sticky/anothers-link")), 0);
	assert_int_equal(symlink("../good", at("shown/anothers-link")), 0);
	put("anothers", A32, 32, 0600);
	assert_int_equal(chown(at("another"), ANOTHER, ANOTHER), 0);
	assert_int_equal(chown(at("sticky/another"), ANOTHER, ANOTHER), 0);
	assert_int_equal(lchown(at("sticky/anothers-link"), ANOTHER, ANOTHER), 0);
	assert_int_equal(lchown(at("shown/anothers-link"), ANOTHER, ANOTHER), 0);
	assert_int_equal(chown(at("anothers"), ANOTHER, ANOTHER), 0);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	put("good", A32 "\n", 33, 0600);
	put("read-only", "hex:" H32 "46\n", 69, 0400);
	put("short", "secret\n", 7, 0600);
	put("long", A32 A32 A32, 96, 0600);
	put("0644", A32, 32, 0644);
	put("0640", A32, 32, 0640);
	put("0604", A32, 32, 0604);
	put("0620", A32, 32, 0620);
	put("0610", A32, 32, 0610);
	make_dir("directory", 0700);
	make_dir("open", 0777);
	make_dir("group", 0770);
	make_dir("sticky", 01777);
	make_dir("shown", 0755);
	for (int i = 0; i < 4; i++) {
		static const char *const names[] = {"open/key", "group/key", "sticky/key",
						    "shown/key"};
		put(names[i], A32, 32, 0600);
	}
	for (size_t i = 0; i < COUNT(inner); i++) {
		char name[64];

		snprintf(name, sizeof(name), "%s/inner", inner[i]);
		make_dir(name, 0700);
		snprintf(name, sizeof(name), "%s/inner/key", inner[i]);
		put(name, A32, 32, 0600);
	}
	assert_int_equal(symlink("good", at("link")), 0);
	assert_int_equal(symlink("../good", at("open/link")), 0);
	assert_int_equal(symlink("../good", at("sticky/link")), 0);
	assert_int_equal(symlink("open/link", at("link-by-open")), 0);
	assert_int_equal(symlink(at("shown"), at("link-to-shown")), 0);
	assert_int_equal(symlink(at("open/inner"), at("link-to-inner")), 0);
	assert_int_equal(symlink("0644", at("link-to-0644")), 0);
	assert_int_equal(symlink("open/key", at("link-to-open")), 0);
	assert_int_equal(symlink("nowhere", at("dangling")), 0);
	assert_int_equal(symlink("loop", at("loop")), 0);
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	if (geteuid() == 0)
		set_up_anothers();
	return 0;
}

static int tear_down(void **state)
{
	char command[PATH_MAX];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

struct file_row {
	const char *desc, *name;
	const char *why; /* NULL: good. %1$s: the path, %2$s: the directory of all */
};

#define OPEN "%2$s/open can be written to by others (mode 0777): chmod go-w %2$s/open"
#define ANOTHERS(name)                                                                     \
	"%2$s/" name " belongs to user 65534, who can put another file there: chown root " \
	"%2$s/" name
#define REPLACED ", who can put another there: remove it, and name a file in a directory of root's"

static const struct file_row file_rows[] = {
	{"a good one", "good", NULL},
	{"read-only", "read-only", NULL},
	{"a link to a good one", "link", NULL},
	{"in a directory that others may read", "shown/key", NULL},
	{"in a directory with a sticky bit", "sticky/key", NULL},
	{"no such file", "none", "%1$s: No such file or directory"},
	{"a link to nowhere", "dangling", "%1$s: No such file or directory"},
	{"a link to itself", "loop", "%1$s: Too many levels of symbolic links"},
	{"a directory", "directory", "%1$s is no regular file"},
	{"a FIFO", "fifo", "%1$s is no regular file"},
	{"too short", "short", "%1$s holds no key of 32 to 64 bytes"},
	{"too long", "long", "%1$s holds no key of 32 to 64 bytes"},
	{"open to all", "0644", "%1$s is open to group or others (mode 0644): chmod 600 %1$s"},
	{"open to the group", "0640",
	 "%1$s is open to group or others (mode 0640): chmod 600 %1$s"},
	{"open to others", "0604", "%1$s is open to group or others (mode 0604): chmod 600 %1$s"},
	{"the group may write", "0620",
	 "%1$s is open to group or others (mode 0620): chmod 600 %1$s"},
	{"the group may run it", "0610",
	 "%1$s is open to group or others (mode 0610): chmod 600 %1$s"},
	{"a link to one that is open", "link-to-0644",
	 "%1$s is open to group or others (mode 0644): chmod 600 %1$s"},
	{"in a directory that all may write to", "open/key",
	 "%2$s/open can be written to by others (mode 0777): chmod go-w %2$s/open"},
	{"in a directory that the group may write to", "group/key",
	 "%2$s/group can be written to by others (mode 0770): chmod go-w %2$s/group"},
	{"a link into such a directory", "link-to-open", OPEN},
	{"a link out of such a directory", "open/link", OPEN},
	{"a link to a link in such a directory", "link-by-open", OPEN},
	{"below such a directory", "open/inner/key", OPEN},
	{"a link to a directory below such a one", "link-to-inner/key", OPEN},
	{"by way of such a directory", "open/inner/../../good", OPEN},
	{"below a directory with a sticky bit", "sticky/inner/key", NULL},
	{"a link in a directory with a sticky bit", "sticky/link", NULL},
	{"below a directory that others may read", "shown/inner/key", NULL},
	{"by way of a link to a directory", "link-to-shown/key", NULL},
	{"dots and slashes", ".//shown/.././shown/inner//key", NULL},
	{"a file where a directory should be", "good/key", "%1$s: Not a directory"},
};

/* Only root can make these. */
static const struct file_row anothers_rows[] = {
	{"another user's file", "anothers", "%1$s belongs to user 65534: chown root %1$s"},
	{"in another user's directory", "another/key", ANOTHERS("another")},
	{"below another user's directory", "another/inner/key", ANOTHERS("another")},
	{"in another user's, in one with a sticky bit", "sticky/another/key",
	 "%2$s/sticky/another belongs to user 65534" REPLACED},
	{"another user's link in a directory with a sticky bit", "sticky/anothers-link",
	 "%2$s/sticky/anothers-link belongs to user 65534" REPLACED},
	{"another user's link where nobody else can write", "shown/anothers-link", NULL},
};

/* One router with one key, at line 7 of t.conf. */
static int open_one(const char *file, struct keyring **ret_ring, struct config_errors *errors)
{
	struct config_hmac_key key = {.id = 9, .line = 7, .file = (char *)(uintptr_t)file};
	struct config_router router = {.hmac_key_count = 1, .hmac_keys = &key};
	struct config config = {.routers = &router, .router_count = 1};

	return keyring_open(&config, "t.conf", ret_ring, errors);
}

/* GCC wants a literal format: two texts may be put in, in any order, any number of times. */
static void fill_in(char *out, size_t size, const char *format, const char *one, const char *two)
{
	size_t n = 0;

	for (const char *p = format; *p && n + 1 < size;) {
		bool first = !strncmp(p, "%1$s", 4), second = !strncmp(p, "%2$s", 4);

		if (first || second) {
			n += (size_t)snprintf(out + n, size - n, "%s", first ? one : two);
			p += 4;
		} else {
			out[n++] = *p++;
		}
	}
	out[n < size ? n : size - 1] = '\0';
}

static void test_file(void **state)
{
	const struct file_row *row = *state;
	struct keyring *ring = NULL;
	struct config_errors errors;
	struct vrrp_hmac_key want;
	char text[3 * PATH_MAX], line[3 * PATH_MAX + 32];
	int err = open_one(at(row->name), &ring, &errors);

	if (row->why) {
		fill_in(text, sizeof(text), row->why, at(row->name), dir);
		snprintf(line, sizeof(line), "t.conf:7: hmac-key: %s\n", text);
		assert_int_equal(err, -EINVAL);
		assert_null(ring);
		assert_int_equal(errors.count, 1);
		assert_string_equal(errors.text, line);
		assert_null(strstr(errors.text, "secret"));
		assert_null(strstr(errors.text, "0123456789"));
		free(errors.text);
		return;
	}
	assert_int_equal(err, 0);
	assert_null(errors.text);
	hmac_sha256_key((const uint8_t *)A32, 32, &want);
	assert_non_null(keyring_find(ring, 0, 9));
	assert_memory_equal(keyring_find(ring, 0, 9), &want, sizeof(want));
	assert_null(keyring_find(ring, 0, 8));
	assert_null(keyring_find(ring, 1, 9));
	keyring_close(ring);
}

static void test_anothers_file(void **state)
{
	if (geteuid() != 0)
		skip();
	test_file(state);
}

static void test_credential(void **state)
{
	static const char none[] = "t.conf:7: hmac-key: good is a credential's name, and systemd "
				   "has passed none: LoadCredential= in the unit, or an absolute "
				   "path here\n";
	struct keyring *ring = NULL;
	struct config_errors errors;

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(open_one("good", &ring, &errors), -EINVAL);
	assert_string_equal(errors.text, none);
	free(errors.text);
	setenv("CREDENTIALS_DIRECTORY", "tmp", 1);
	assert_int_equal(open_one("good", &ring, &errors), -EINVAL);
	assert_string_equal(errors.text, none);
	free(errors.text);
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	assert_int_equal(open_one("good", &ring, &errors), 0);
	keyring_close(ring);
	unsetenv("CREDENTIALS_DIRECTORY");
}

/* Every key of every router, and every error of theirs at once. */
static void test_many(void **state)
{
	struct config_hmac_key first[2], third[2];
	struct config_router routers[3] = {{.hmac_key_count = 2, .hmac_keys = first},
					   {.hmac_key_count = 0},
					   {.hmac_key_count = 2, .hmac_keys = third}};
	struct config config = {.routers = routers, .router_count = 3};
	char bad[PATH_MAX], worse[PATH_MAX], text[3 * PATH_MAX];
	struct keyring *ring = NULL;
	struct config_errors errors;

	(void)state;
	for (int r = 0; r < 3; r += 2) {
		for (int i = 0; i < 2; i++)
			routers[r].hmac_keys[i] =
				(struct config_hmac_key){.id = (uint8_t)(i + r),
							 .line = (unsigned int)(10 * r + i),
							 .file = (char *)(uintptr_t)at(
								 i ? "read-only" : "good")};
	}
	assert_int_equal(keyring_open(&config, "t.conf", &ring, &errors), 0);
	assert_non_null(keyring_find(ring, 0, 0));
	assert_non_null(keyring_find(ring, 0, 1));
	assert_null(keyring_find(ring, 1, 0));
	assert_non_null(keyring_find(ring, 2, 3));
	assert_null(keyring_find(ring, 2, 1));
	keyring_close(ring);

	ring = NULL;
	snprintf(bad, sizeof(bad), "%s/none", dir);
	snprintf(worse, sizeof(worse), "%s/fifo", dir);
	routers[0].hmac_keys[1].file = bad;
	routers[2].hmac_keys[0].file = worse;
	assert_int_equal(keyring_open(&config, "t.conf", &ring, &errors), -EINVAL);
	snprintf(text, sizeof(text),
		 "t.conf:1: hmac-key: %s/none: No such file or directory\n"
		 "t.conf:20: hmac-key: %s/fifo is no regular file\n",
		 dir, dir);
	assert_string_equal(errors.text, text);
	assert_int_equal(errors.count, 2);
	assert_null(ring);
	free(errors.text);
}

static void test_no_keys(void **state)
{
	struct config_router router = {.hmac_key_count = 0};
	struct config config = {.routers = &router, .router_count = 1};
	struct keyring *ring = NULL;
	struct config_errors errors;

	(void)state;
	assert_int_equal(keyring_open(&config, "t.conf", &ring, &errors), 0);
	assert_null(keyring_find(ring, 0, 0));
	keyring_close(ring);
	keyring_close(NULL);
}

/* ---- what stays behind ---- */

/* A sanitizer's shadow is terabytes of nothing. */
#define REGION_MAX (256UL << 20)

/* How often a text is in our own writable memory. Given turned over, so as not to find itself. */
static unsigned int count_in_memory(const uint8_t *inverse, size_t length)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	static uint8_t page[4096 + VRRP_HMAC_KEY_MAX];
	unsigned int count = 0;
	char line[512];

	assert_non_null(maps);
	assert_true(mem >= 0);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		char rights[8];

		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w' ||
		    to - from > REGION_MAX ||
		    (from <= (unsigned long)page && (unsigned long)page < to))
			continue;
		for (unsigned long p = from; p < to; p += 4096) {
			ssize_t got = pread(mem, page, sizeof(page), (off_t)p);

			for (ssize_t i = 0; i < 4096 && i + (ssize_t)length <= got; i++) {
				size_t n = 0;

				while (n < length && (page[i + (ssize_t)n] ^ inverse[n]) == 0xff)
					n++;
				count += n == length;
			}
		}
	}
	fclose(maps);
	close(mem);
	return count;
}

/* Which flags the kernel shows for the mapping that holds an address. */
static bool has_flag(const void *address, const char *flag)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	bool inside = false, found = false;
	char line[512];

	assert_non_null(smaps);
	while (fgets(line, sizeof(line), smaps)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= (unsigned long)address && (unsigned long)address < to;
		else if (inside && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, flag) != NULL;
	}
	fclose(smaps);
	return found;
}

/* A key of random bytes goes from the file to its states, and is nowhere any more; and what holds
 * the states is neither dumped nor inherited. */
static void test_traces(void **state)
{
	volatile uint8_t *found = malloc(VRRP_HMAC_KEY_MIN);
	uint8_t inverse[VRRP_HMAC_KEY_MIN];
	struct keyring *ring = NULL;
	struct config_errors errors;
	int random = open("/dev/urandom", O_RDONLY | O_CLOEXEC), fd;
	uint8_t byte;

	(void)state;
	fd = open(at("random"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(random >= 0 && fd >= 0 && found);
	for (size_t i = 0; i < sizeof(inverse); i++) {
		assert_int_equal(read(random, &byte, 1), 1);
		byte |= 0x80;
		assert_int_equal(write(fd, &byte, 1), 1);
		inverse[i] = (uint8_t)~byte;
	}
	close(random);
	close(fd);
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	assert_int_equal(open_one(at("random"), &ring, &errors), 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
	assert_true(has_flag(ring, " dd"));
	assert_true(has_flag(ring, " dc"));
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1), 0);
	assert_int_equal(count_in_memory(inverse, sizeof(inverse)), 0);
	/* It is found where it is. */
	for (size_t i = 0; i < sizeof(inverse); i++)
		found[i] = (uint8_t)~inverse[i];
	assert_true(count_in_memory(inverse, sizeof(inverse)) > 0);
	free((void *)(uintptr_t)found);
	keyring_close(ring);
}

/* ---- running them ---- */

int main(void)
{
	table_rows("key", text_rows, desc, test_text);
	table_rows("file", file_rows, desc, test_file);
	table_rows("file", anothers_rows, desc, test_anothers_file);
	table_add(NULL, "systemd credentials", test_credential, NULL);
	table_add(NULL, "every key of every router", test_many, NULL);
	table_add(NULL, "no key at all", test_no_keys, NULL);
	table_add(NULL, "no trace of a key", test_traces, NULL);
	return table_run_in("keyring", set_up, tear_down);
}
