/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads /proc. Depends on nothing of the project but files. Waits for nothing and changes nothing.
 */
#include "cli/tools/import_running.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/slurp.h"

#define USUAL_PATH "/etc/keepalived/keepalived.conf"

/* Is it root's, named keepalived, and in our network namespace? */
static bool is_keepalived(pid_t pid)
{
	struct stat theirs = {0}, ours;
	char path[64], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file) || fstat(fileno(file), &theirs))
		name[0] = '\0';
	fclose(file);
	if (strcmp(name, "keepalived\n") != 0 || theirs.st_uid != 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return !stat(path, &theirs) && !stat("/proc/self/ns/net", &ours) &&
	       theirs.st_ino == ours.st_ino && theirs.st_dev == ours.st_dev;
}

static pid_t find(void)
{
	DIR *proc = opendir("/proc");
	pid_t found = 0;

	for (struct dirent *entry; proc && (entry = readdir(proc)) != NULL;) {
		pid_t pid = isdigit((unsigned char)*entry->d_name) ? atoi(entry->d_name) : 0;

		/* Its children have the same name and command line, and later numbers. */
		if (pid && (!found || pid < found) && is_keepalived(pid))
			found = pid;
	}
	if (proc)
		closedir(proc);
	return found;
}

/* The value of "-fVALUE", "-f VALUE", "--use-file=VALUE" or "--use-file VALUE"; NULL: another word.
 */
static const char *value_of(const char *word, const char *next, const char *letter,
			    const char *name)
{
	size_t length = strlen(name);

	if (!strncmp(word, letter, 2) && word[1] != '-')
		return word[2] ? word + 2 : next;
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
		value = value_of(word, next, "-f", "--use-file");
		if (value)
			snprintf(running->path, sizeof(running->path), "%s", value);
		value = value_of(word, next, "-i", "--config-id");
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
