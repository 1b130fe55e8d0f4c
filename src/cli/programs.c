/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/programs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/host/log.h"
#include "sys/host/own_path.h"
#include "sys/host/permission.h"
#include "sys/host/user.h"

#define OTHERS (S_IWGRP | S_IWOTH)

/* Returns whether this command cannot be started. */
static bool is_missing(const struct config_router *router, char *const *command)
{
	if (!command || !access(command[0], X_OK))
		return false;
	log_err("%s: %s: %s%s", router->name, command[0], strerror(errno),
		errno == EACCES ? ": make it executable (chmod +x)" : "");
	return true;
}

bool programs_unfit(const struct config *config)
{
	struct user user;
	bool unfit = false;

	for (unsigned int r = 0; r < config->router_count; r++) {
		const struct config_router *router = &config->routers[r];

		for (int i = 0; i < CONFIG_NOTIFY_COUNT; i++)
			unfit |= is_missing(router, router->notify[i]);
		for (int i = 0; i < CONFIG_BEFORE_COUNT; i++)
			unfit |= is_missing(router, router->before[i].command);
		unfit |= user_of_router(router, &user) < 0;
	}
	return unfit;
}

bool programs_forbidden(const struct config *config)
{
	uint64_t needed = PERMISSION_SETUID | PERMISSION_SETGID;
	struct permission_facts facts;
	char why[PERMISSION_TEXT];

	permission_look(&facts);
	for (unsigned int r = 0; r < config->router_count; r++) {
		const struct config_router *router = &config->routers[r];

		if (!router->script_user.name[0] || (facts.caps & needed) == needed)
			continue;
		log_err("%s: script-user: %s; `systemctl edit vrrp-xdp`, below [Service]: "
			"CapabilityBoundingSet=CAP_SETUID CAP_SETGID",
			router->name, permission_explain(&facts, needed, why));
		return true;
	}
	return false;
}

void programs_warn_missing(const struct config *config)
{
	for (unsigned int r = 0; r < config->router_count; r++) {
		for (unsigned int i = 0; i < config->routers[r].script_count; i++)
			is_missing(&config->routers[r], config->routers[r].scripts[i].command);
	}
}

static void explain(const char *path, FILE *out)
{
	struct own_path_fault fault = {.place = ""};
	int fd = own_path_open(path, &fault);
	struct stat st;

	if (fd == -EPERM && fault.place[0])
		own_path_explain(&fault, out);
	if (fd < 0)
		return; /* what cannot be read is said elsewhere, or is nobody's business */
	if (!fstat(fd, &st) && st.st_uid != 0 && st.st_uid != geteuid())
		fprintf(out, "it belongs to user %u: chown root %s", st.st_uid, path);
	else if (st.st_mode & OTHERS)
		fprintf(out, "it can be written to by others (mode %04o): chmod go-w %s",
			st.st_mode & 07777, path);
	close(fd);
}

static void warn_open(const struct config_router *router, char *const *command)
{
	char *why = NULL;
	size_t size;
	FILE *out;

	if (!command)
		return;
	out = open_memstream(&why, &size);
	if (!out)
		return;
	explain(command[0], out);
	fclose(out);
	if (why && *why)
		log_warn("%s: %s runs as root, and others could change it: %s; or let it run as "
			 "another user (script-user)",
			 router->name, command[0], why);
	free(why);
}

void programs_warn_open(const struct config *config)
{
	for (unsigned int r = 0; r < config->router_count && geteuid() == 0; r++) {
		const struct config_router *router = &config->routers[r];

		if (router->script_user.name[0])
			continue;
		for (int i = 0; i < CONFIG_NOTIFY_COUNT; i++)
			warn_open(router, router->notify[i]);
		for (int i = 0; i < CONFIG_BEFORE_COUNT; i++)
			warn_open(router, router->before[i].command);
		for (unsigned int i = 0; i < router->script_count; i++)
			warn_open(router, router->scripts[i].command);
	}
}
