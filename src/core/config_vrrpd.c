/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vrrpd's command line as a configuration. Not getopt(3): that one keeps state between calls and
 * writes to standard error. Values go through the same keys as those of a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/config_internal.h"

/* What a flag of vrrpd 1.15 is here. key == KEY_COUNT: nothing, and `instead` says what to use. */
struct flag {
	char letter;
	bool takes_value;
	enum config_key key;
	const char *value; /* of a flag without one */
	const char *instead;
};

#define IN_FILE    "in a configuration file (run -c FILE) the key "
#define NEIGHBOURS "neighbours learn by gratuitous ARP; " IN_FILE "garp-count (and garp-refresh)"
#define PRIORITY   "no signal changes the priority; set it once, with -p or " IN_FILE "priority"

/* clang-format off */
static const struct flag flags[] = {
	{'i', true, KEY_HEARTBEAT, NULL, NULL},
	{'v', true, KEY_VRID, NULL, NULL},
	{'p', true, KEY_PRIORITY, NULL, NULL},
	{'d', true, KEY_INTERVAL, NULL, NULL},
	{'a', true, KEY_AUTH, NULL, NULL},
	{'U', true, KEY_NOTIFY_MASTER, NULL, NULL},
	{'D', true, KEY_NOTIFY_BACKUP, NULL, NULL},
	{'s', false, KEY_PREEMPT, "no", NULL},
	{'n', false, KEY_MAC, "virtual", NULL},
	{'f', true, KEY_COUNT, NULL, "there is no pid file; the run directory is --run-dir DIR"},
	{'M', true, KEY_COUNT, NULL, "links are watched always; more of them: " IN_FILE
		"track-interface"},
	{'I', true, KEY_COUNT, NULL, NEIGHBOURS},
	{'O', true, KEY_COUNT, NULL, NEIGHBOURS},
	{'z', true, KEY_COUNT, NULL, PRIORITY},
	{'x', true, KEY_COUNT, NULL, PRIORITY},
	{'b', false, KEY_COUNT, NULL, "the agent always stays in the foreground; leave it out"},
	{'h', false, KEY_COUNT, NULL, "use --help"},
	{'V', false, KEY_COUNT, NULL, "use --version"},
};
/* clang-format on */

static const struct flag *find_flag(char letter)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].letter == letter)
			return &flags[i];
	}
	return NULL;
}

static void set(struct config_parse *p, enum config_key key, const char *value)
{
	bool is_path = key == KEY_NOTIFY_MASTER || key == KEY_NOTIFY_BACKUP;

	/* In a file a blank starts the next element of a list; an argument is one element. */
	if (!is_path && strpbrk(value, " \t")) {
		p->key = key;
		config_error_value(p, p->drafts[0], value, "has a blank");
		return;
	}
	config_set_key(p, p->drafts[0], key, value);
}

/* argv[*at] is "-..." with at least one letter. Moves *at over a value in the next argument. What
 * has no meaning here is an error, or a line of `notes` where there is one. */
static void parse_flags(struct config_parse *p, int argc, char *const argv[], int *at, FILE *notes)
{
	for (const char *letter = argv[*at] + 1; *letter; letter++) {
		const struct flag *flag = find_flag(*letter);
		const char *value = flag ? flag->value : NULL;

		if (!flag) {
			config_error(p, 0, "-%c: unknown flag; see --help", *letter);
			return; /* whether the rest is its value is not known */
		}
		if (flag->takes_value) {
			value = letter[1] ? letter + 1 : NULL;
			/* No value of theirs starts with '-': that is the next flag. */
			if (!value && *at + 1 < argc && argv[*at + 1][0] != '-')
				value = argv[++*at];
		}
		if (flag->key == KEY_COUNT && notes)
			fprintf(notes, "-%c%s%s: %s\n", *letter, value ? " " : "",
				value ? value : "", flag->instead);
		else if (flag->key == KEY_COUNT)
			config_error(p, 0, "-%c: has no meaning here: %s", *letter, flag->instead);
		else if (!value)
			config_error(p, 0, "-%c: needs a value", *letter);
		else if (p->drafts[0]->given.given[flag->key])
			config_error(p, 0, "-%c: given twice", *letter);
		else
			set(p, flag->key, value);
		if (flag->key != KEY_COUNT)
			p->drafts[0]->given.given[flag->key] = true;
		if (flag->takes_value)
			return;
	}
}

static int parse(int argc, char *const argv[], FILE *notes, struct config **ret_config,
		 struct config_errors *errors)
{
	struct config_draft *draft;
	struct config_parse p;
	bool operands_only = false;

	config_parse_init(&p, NULL);
	draft = config_draft_new(&p, "", 0);
	for (int i = 1; i < argc && draft; i++) {
		const char *arg = argv[i];

		if (operands_only || arg[0] != '-')
			set(&p, KEY_ADDRESS, arg);
		else if (strcmp(arg, "--") == 0)
			operands_only = true;
		else if (arg[1] == '-' || arg[1] == '\0')
			config_error(&p, 0, "%.60s: unknown option; see --help", arg);
		else
			parse_flags(&p, argc, argv, &i, notes);
	}
	if (draft) {
		draft->router.version = VRRP_V2;
		draft->router.vrrpd = true;
		snprintf(draft->router.name, sizeof(draft->router.name), "vrrp-%u",
			 draft->router.vrid);
	}
	return config_finish(&p, ret_config, errors);
}

int config_vrrpd(int argc, char *const argv[], struct config **ret_config,
		 struct config_errors *errors)
{
	return parse(argc, argv, NULL, ret_config, errors);
}

int config_vrrpd_import(int argc, char *const argv[], struct config **ret_config,
			struct config_errors *errors, char **ret_notes)
{
	char *text = NULL;
	size_t size;
	FILE *notes = open_memstream(&text, &size);
	int err;

	*errors = (struct config_errors){NULL, 0};
	if (!notes)
		return -ENOMEM;
	err = parse(argc, argv, notes, ret_config, errors);
	if (fclose(notes) != 0 && !err) {
		config_free(*ret_config);
		err = -ENOMEM;
	}
	if (err)
		free(text);
	else
		*ret_notes = text;
	return err;
}
