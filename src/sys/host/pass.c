/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of passed descriptors: "NAME=DESCRIPTOR/COOKIE " of each. Knows nothing of what they are
 * for.
 */
#include "sys/host/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/thread.h"

#define LIST "VRRP_XDP_SOCKETS"

struct entry {
	char name[PASS_NAME];
	int fd;
	uint64_t cookie;
};

/* *at moves behind it. false: there is no more. */
static bool next_entry(const char **at, struct entry *ret_entry)
{
	int length = 0;

	if (!*at ||
	    sscanf(*at, "%31[^= ]=%d/%" SCNx64 " %n", ret_entry->name, &ret_entry->fd,
		   &ret_entry->cookie, &length) != 3 ||
	    !length)
		return false;
	*at += length;
	return true;
}

static int domain_of(int fd)
{
	int domain = -1;
	socklen_t length = sizeof(domain);

	if (!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length))
		return domain;
	return errno == ENOTSOCK ? PASS_FILE : -errno;
}

static int cookie_of(int fd, uint64_t *ret_cookie)
{
	socklen_t length = sizeof(*ret_cookie);
	struct stat st;

	if (domain_of(fd) != PASS_FILE)
		return getsockopt(fd, SOL_SOCKET, SO_COOKIE, ret_cookie, &length) ? -errno : 0;
	if (fstat(fd, &st))
		return -errno;
	*ret_cookie = st.st_ino;
	return 0;
}

static bool is_as_passed(const struct entry *entry)
{
	uint64_t cookie = 0;

	return !cookie_of(entry->fd, &cookie) && cookie == entry->cookie;
}

static int append(const struct entry *entry)
{
	const char *list = getenv(LIST);
	char *text;
	int err;

	if (asprintf(&text, "%s%s=%d/%" PRIx64 " ", list ? list : "", entry->name, entry->fd,
		     entry->cookie) < 0)
		return -ENOMEM;
	err = setenv(LIST, text, 1) ? -errno : 0;
	free(text);
	return err;
}

void pass_on(const char *name, int fd)
{
	struct entry entry = {.fd = fd};

	snprintf(entry.name, sizeof(entry.name), "%s", name);
	if (cookie_of(fd, &entry.cookie) || fcntl(fd, F_SETFD, 0) || append(&entry))
		close(fd);
}

/* Entries of other names stay as they are: whoever takes them checks them. */
int pass_take(const char *name, int domain)
{
	const char *text = getenv(LIST), *at, *begin;
	char *list = text ? strdup(text) : NULL, *left = text ? strdup(text) : NULL;
	size_t length = 0;
	struct entry entry;
	int found = -ENOENT;

	at = begin = left ? list : NULL;
	for (; next_entry(&at, &entry); begin = at) {
		if (found < 0 && !strcmp(entry.name, name)) {
			if (!is_as_passed(&entry))
				continue;
			if (domain_of(entry.fd) == domain &&
			    !fcntl(entry.fd, F_SETFD, FD_CLOEXEC)) {
				found = entry.fd;
				continue;
			}
		}
		memcpy(left + length, begin, (size_t)(at - begin));
		length += (size_t)(at - begin);
	}
	if (left)
		left[length] = '\0';
	if (!length || setenv(LIST, left, 1))
		unsetenv(LIST);
	free(list);
	free(left);
	return found;
}

/* ---- the rest ---- */

struct rest {
	unsigned int count;
	int fds[];
};

/* The list ends here: what hooks inherit is not to name it. */
static struct rest *take_rest(void)
{
	const char *list = getenv(LIST), *at = list;
	struct entry entry;
	struct rest *rest;
	size_t count = 0;

	while (next_entry(&at, &entry))
		count++;
	rest = count ? calloc(1, sizeof(*rest) + count * sizeof(rest->fds[0])) : NULL;
	for (at = list; rest && next_entry(&at, &entry);) {
		if (is_as_passed(&entry))
			rest->fds[rest->count++] = entry.fd;
	}
	unsetenv(LIST);
	return rest;
}

static void *close_all(void *context)
{
	struct rest *rest = context;

	for (unsigned int i = 0; i < rest->count; i++)
		close(rest->fds[i]);
	free(rest);
	return NULL;
}

static void close_aside(struct rest *rest)
{
	pthread_t thread;

	if (thread_start(&thread, THREAD_STACK_BYTES, close_all, rest))
		close_all(rest);
	else
		pthread_detach(thread);
}

void pass_close_rest(void)
{
	struct rest *rest = take_rest();

	if (rest)
		close_aside(rest);
}

void pass_close_rest_now(void)
{
	struct rest *rest = take_rest();

	if (rest)
		close_all(rest);
}
