/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program of keepalived with its arguments, as a command of ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/import_internal.h"
#include "core/config/command.h"

static bool has_control(const char *word)
{
	for (; *word; word++) {
		if ((unsigned char)*word < ' ' || *word == 0x7f)
			return true;
	}
	return false;
}

const char *import_split(const char *value, struct import_command *ret_command)
{
	char *at = ret_command->bytes;
	const char *why = NULL;
	bool quoted;

	ret_command->count = 0;
	if (strlen(value) >= sizeof(ret_command->bytes))
		return "the command is too long";
	/* keepalived hands such a text to a shell as it is. */
	if (*value == '<') {
		strcpy(at, value);
		ret_command->words[0] = "/bin/sh";
		ret_command->words[1] = "-c";
		ret_command->words[2] = at;
		ret_command->count = 3;
		return has_control(value) ? "a control character is in it" : NULL;
	}
	while (!why && ret_command->count < IMPORT_WORDS &&
	       import_next_word(&value, true, at, &quoted, &why)) {
		if (!why && has_control(at))
			why = "a control character is in it";
		ret_command->words[ret_command->count++] = at;
		at += strlen(at) + 1;
	}
	if (!why && ret_command->count == IMPORT_WORDS)
		why = "the command has too many words";
	return why ? why : ret_command->count ? NULL : "there is no program";
}

bool import_format(const char *const *words, unsigned int count, size_t room, char *buf)
{
	char **command = command_of(words, count), *text = NULL;
	size_t size = 0;
	FILE *to = command ? open_memstream(&text, &size) : NULL;
	bool fits;

	if (to) {
		command_print(to, command);
		fclose(to);
	}
	fits = text && size < room;
	if (fits)
		strcpy(buf, text);
	free(text);
	free(command);
	return fits;
}

/* Does a command ask by a signal whether a process is there? */
static bool asks_by_signal(const struct import_command *command)
{
	static const char *const programs[] = {"killall", "pkill", "kill"};
	const char *slash = strrchr(command->words[0], '/');
	const char *name = slash ? slash + 1 : command->words[0];

	for (size_t p = 0; p < sizeof(programs) / sizeof(programs[0]); p++) {
		if (command->count > 1 && !strcmp(name, programs[p]) &&
		    !strcmp(command->words[1], "-0"))
			return true;
	}
	/* In a line for a shell. */
	return command->count > 2 &&
	       (strstr(command->words[2], "kill -0 ") || strstr(command->words[2], "killall -0 "));
}

bool import_command(struct import_instance *i, const struct import_node *node, const char *value,
		    char *buf)
{
	struct import_command command = {.count = 0};
	const char *words[IMPORT_WORDS + 1] = {"/usr/bin/env"};
	const char *why = import_split(value, &command);
	bool path = !why && command.words[0][0] == '/';

	if (why) {
		import_why(i, node, why);
		return false;
	}
	memcpy(words + 1, command.words, command.count * sizeof(*words));
	if (!import_format(words + path, command.count + !path, COMMAND_BYTES, buf)) {
		import_why(i, node, "the command is too long");
		return false;
	}
	/* Another user has no capabilities to be without. */
	if (asks_by_signal(&command) && import_runs_as_root(i->defaults))
		import_other(i, node,
			     "of a process that is not root's it needs a capability that the unit "
			     "lacks: CapabilityBoundingSet=CAP_KILL, by systemctl edit vrrp-xdp");
	return true;
}

/* A word as a shell reads it. */
static void print_for_shell(FILE *to, const char *word)
{
	bool plain = *word && !strpbrk(word, " \t$`!*?[]<>|&;(){}~=%^\\\"'#");

	if (!plain)
		fputc('"', to);
	for (; *word; word++) {
		if (strchr("$`\\\"", *word))
			fputc('\\', to);
		fputc(*word, to);
	}
	if (!plain)
		fputc('"', to);
}

void import_print_for_shell(FILE *to, const struct import_command *command)
{
	for (unsigned int w = 0; w < command->count; w++) {
		fputs(w ? " " : "", to);
		print_for_shell(to, command->words[w]);
	}
}

static bool is_program(const char *key)
{
	return !strncmp(key, "notify", strlen("notify")) ||
	       !strncmp(key, "track-script", strlen("track-script"));
}

/* The group that is given behind a user, or "". A ':' before it asks for the user's supplementary
 * groups, which programs have here anyway. */
static const char *group_word(const struct import_node *node, unsigned int n)
{
	const char *group = import_word(node, n);

	return group + (*group == ':');
}

static bool has_program(const struct import_out *out)
{
	const struct import_item *item = out->items + out->count;

	/* The header is the first item of a section. */
	do {
		item--;
	} while (!item->header && (item->is_note || !is_program(item->text)));
	return !item->header;
}

void import_script_user(struct import_instance *i)
{
	const struct import_node *node = i->defaults->script_user;
	const char *host_user = i->defaults->host_user;

	if (node) {
		const char *user = import_value(node), *group = group_word(node, 2);

		/* root is who runs programs here, too: the key would ask for what the unit does not
		 * have. */
		if (strcmp(user, "root") != 0 || (*group && strcmp(group, "root") != 0))
			import_key(i->out, i->router, node, "script-user = %s%s%s", user,
				   *group ? ":" : "", group);
	} else if (host_user && i->out->count && has_program(i->out)) {
		import_key(i->out, i->router, i->node, "script-user = %s", host_user);
		import_other(i, i->node,
			     "keepalived runs programs as this user, where the host has one: "
			     "script-user");
	}
}

bool import_runs_as_root(const struct import_defaults *defaults)
{
	const struct import_node *all = defaults->script_user;

	return all ? !strcmp(import_value(all), "root") : !defaults->host_user;
}

bool import_is_other_user(const struct import_defaults *defaults, const struct import_node *node,
			  unsigned int n)
{
	const struct import_node *all = defaults->script_user;
	const char *user =
		all ? import_value(all) : (defaults->host_user ? defaults->host_user : "root");
	const char *group = group_word(node, n + 1);
	const char *usual = all ? group_word(all, 2) : "";

	/* A user's own group has the user's name, as a rule. */
	if (!*group)
		group = user;
	if (!*usual)
		usual = user;
	return strcmp(import_word(node, n), user) != 0 || strcmp(group, usual) != 0;
}
