/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/programs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/config/command.h"

#include "sys/host/log.h"
#include "sys/host/own_path.h"
#include "sys/host/permission.h"
#include "sys/host/user.h"

#define OTHERS (S_IWGRP | S_IWOTH)

/* Who has programs: the routers, and then the groups. */
static unsigned int owner_count(const struct config *config)
{
	return config->router_count + config->group_count;
}

static const struct config_router *owner_at(const struct config *config, unsigned int i)
{
	return i < config->router_count ? &config->routers[i]
					: &config->groups[i - config->router_count].as;
}

typedef void program_fn(const struct config_router *router, const char *path);

/* ---- what a command starts ---- */

static bool is_named(const char *path, const char *const *names)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

/* Find a program by its name, as env(1) does. Returns false if it is not there. */
static bool find_in_path(const char *name, char ret_path[PATH_MAX])
{
	const char *at = getenv("PATH");

	while (at && *at) {
		size_t length = strcspn(at, ":");

		snprintf(ret_path, PATH_MAX, "%.*s/%s", (int)length, at, name);
		if (!access(ret_path, X_OK))
			return true;
		at += length + (at[length] == ':');
	}
	return false;
}

/* Does a shell read a command behind this word? */
static bool is_before_command(const char *word)
{
	static const char *const words[] = {"exec",  "then", "else", "do", "if",
					    "while", "!",    "{",    NULL};

	return is_named(word, words) || strchr(";|&", word[strlen(word) - 1]);
}

/* Call fn for the programs in a line for a shell: those that are plain paths. Whatever else a shell
 * starts is not found, which costs a warning. */
static void each_of_shell(const struct config_router *router, const char *line, program_fn *fn)
{
	char copy[COMMAND_BYTES], *rest = NULL;
	bool before = true;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok_r(copy, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		bool next = is_before_command(word);

		word[strcspn(word, ";|&")] = '\0';
		if (before && *word == '/' && !strpbrk(word, "'\"`$<>(){}*?[]\\"))
			fn(router, word);
		before = next;
	}
}

/* Call fn for what a command starts by env(1) or by a shell. */
static void each_behind(const struct config_router *router, char *const *command, program_fn *fn)
{
	static const char *const env[] = {"env", NULL};
	static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", NULL};
	char path[PATH_MAX];

	if (is_named(command[0], shells) && command[1] && !strcmp(command[1], "-c") && command[2])
		each_of_shell(router, command[2], fn);
	if (!is_named(command[0], env))
		return;
	do {
		command++;
	} while (*command && (**command == '-' || strchr(*command, '=')));
	if (*command)
		fn(router,
		   !strchr(*command, '/') && find_in_path(*command, path) ? path : *command);
}

static void each_command(const struct config_router *router,
			 void (*fn)(const struct config_router *router, char *const *command))
{
	for (int i = 0; i < CONFIG_NOTIFY_COUNT; i++) {
		if (router->notify[i])
			fn(router, router->notify[i]);
	}
	for (int i = 0; i < CONFIG_BEFORE_COUNT; i++) {
		if (router->before[i].command)
			fn(router, router->before[i].command);
	}
	for (unsigned int i = 0; i < router->script_count; i++)
		fn(router, router->scripts[i].command);
}

/* ---- whether it can be started ---- */

/* Returns whether this process sees that a program cannot be started, with errno. What it may not
 * look at, the router's own user may still execute. */
static bool is_unfit(const struct config_router *router, const char *path)
{
	return access(path, X_OK) && (errno != EACCES || !router->script_user);
}

/* Returns whether this command cannot be started. */
static bool is_missing(const struct config_router *router, char *const *command)
{
	if (!command || !is_unfit(router, command[0]))
		return false;
	log_err("%s: %s: %s%s", router->name, command[0], strerror(errno),
		errno == EACCES ? ": make it executable (chmod +x)" : "");
	return true;
}

bool programs_unfit(const struct config *config)
{
	struct user user;
	bool unfit = false;

	for (unsigned int r = 0; r < owner_count(config); r++) {
		const struct config_router *router = owner_at(config, r);

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
	/* The last one for the time limit of a program that is another user's. */
	uint64_t needed = PERMISSION_SETUID | PERMISSION_SETGID | PERMISSION_KILL;
	struct permission_facts facts;
	char why[PERMISSION_TEXT];

	permission_look(&facts);
	for (unsigned int r = 0; r < owner_count(config); r++) {
		const struct config_router *router = owner_at(config, r);

		if (!router->script_user || (facts.caps & needed) == needed)
			continue;
		log_err("%s: script-user: %s; `systemctl edit vrrp-xdp`, below [Service]: "
			"CapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL",
			router->name, permission_explain(&facts, needed, why));
		return true;
	}
	return false;
}

static void warn_missing(const struct config_router *router, const char *path)
{
	if (!strchr(path, '/'))
		log_err("%s: %s: no such program in PATH", router->name, path);
	else if (is_unfit(router, path))
		log_err("%s: %s: %s", router->name, path, strerror(errno));
}

/* What the router's own user may not do. */
static void warn_forbidden(const struct config_router *router, const char *path)
{
	struct user user;
	int status = 0;
	pid_t child;

	if (is_unfit(router, path) ||
	    user_find(router->script_user->name, router->script_user->group, &user))
		return;
	child = fork();
	if (!child)
		_exit(user_become(&user) || !access(path, X_OK) ? 0 : errno);
	if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	    WEXITSTATUS(status))
		log_err("%s: %s: user %s may not execute it: %s", router->name, path,
			router->script_user->name, strerror(WEXITSTATUS(status)));
}

static void warn_command(const struct config_router *router, char *const *command)
{
	each_behind(router, command, warn_missing);
	if (!router->script_user)
		return;
	warn_forbidden(router, command[0]);
	each_behind(router, command, warn_forbidden);
}

void programs_warn_missing(const struct config *config)
{
	for (unsigned int r = 0; r < owner_count(config); r++) {
		const struct config_router *router = owner_at(config, r);

		for (unsigned int i = 0; i < router->script_count; i++)
			is_missing(router, router->scripts[i].command);
		each_command(router, warn_command);
	}
}

/* ---- who could change it ---- */

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

static void warn_open(const struct config_router *router, const char *path)
{
	char *why = NULL;
	size_t size;
	FILE *out = open_memstream(&why, &size);

	if (!out)
		return;
	explain(path, out);
	fclose(out);
	if (why && *why)
		log_warn("%s: %s runs as root, but other users can change it: %s; or let it run as "
			 "another user (script-user)",
			 router->name, path, why);
	free(why);
}

static void warn_open_command(const struct config_router *router, char *const *command)
{
	warn_open(router, command[0]);
	each_behind(router, command, warn_open);
}

void programs_warn_open(const struct config *config)
{
	for (unsigned int r = 0; r < owner_count(config) && geteuid() == 0; r++) {
		const struct config_router *router = owner_at(config, r);

		if (!router->script_user)
			each_command(router, warn_open_command);
	}
}
