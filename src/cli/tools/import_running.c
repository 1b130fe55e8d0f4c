/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads /proc. Waits for nothing and changes nothing.
 */
#include "cli/tools/import_running.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/processes.h"
#include "sys/host/slurp.h"
#include "sys/net/netns.h"

#define USUAL_PATH "/etc/keepalived/keepalived.conf"

/* Is it root's, named keepalived, and in our network namespace? */
static bool is_keepalived(pid_t pid)
{
	char path[64], name[PROCESS_NAME];
	struct stat st;

	if (!process_name(pid, name) || strcmp(name, "keepalived") != 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	return !stat(path, &st) && st.st_uid == 0 && netns_is_ours(pid);
}

static pid_t find(void)
{
	struct process_walk *walk = process_walk_begin();
	pid_t pid = walk ? process_walk_next(walk) : 0;

	/* Its children have the same name and command line, and later numbers. */
	while (pid && !is_keepalived(pid))
		pid = process_walk_next(walk);
	process_walk_end(walk);
	return pid;
}

/* Letters of keepalived's that may be before another one in a word. */
#define WITHOUT_VALUE "DdnlPCBVIXRGmxLae"

/* The value of "-fVALUE", "-f VALUE", "-nlf VALUE", "--use-file=VALUE" or "--use-file VALUE"; NULL:
 * another word. */
static const char *value_of(const char *word, const char *next, char letter, const char *name)
{
	size_t length = strlen(name);
	const char *at;

	if (word[0] == '-' && word[1] != '-') {
		at = word + 1 + strspn(word + 1, WITHOUT_VALUE);
		if (*at == letter)
			return at[1] ? at + 1 : next;
	}
	if (!strncmp(word, name, length) && (word[length] == '=' || !word[length]))
		return word[length] ? word + length + 1 : next;
	return NULL;
}

/* words: each ends with NUL. */
static void read_words(const char *words, size_t length, struct import_running *running)
{
	const char *end = words + length;

	for (const char *word = words; word < end; word += strlen(word) + 1) {
		const char *next = word + strlen(word) + 1, *value;

		if (next >= end)
			next = NULL;
		value = value_of(word, next, 'f', "--use-file");
		if (value)
			snprintf(running->path, sizeof(running->path), "%s", value);
		value = value_of(word, next, 'i', "--config-id");
		if (value)
			snprintf(running->config_id, sizeof(running->config_id), "%s", value);
	}
}

int import_running(struct import_running *ret_running)
{
	struct import_running running = {.pid = find(), .path = USUAL_PATH};
	char path[64], *words = NULL;
	size_t length = 0;

	if (!running.pid)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/%d/cmdline", running.pid);
	if (slurp_file(path, &words, &length))
		return -ENOENT;
	read_words(words, length, &running);
	free(words);
	*ret_running = running;
	return 0;
}
