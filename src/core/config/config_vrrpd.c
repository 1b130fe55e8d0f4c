/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vrrpd's command line as a configuration. Not getopt(3): that one keeps state between calls and
 * writes to standard error. Values go through the same keys as those of a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config/config.h"
#include "core/config/config_internal.h"

/* A flag of vrrpd 1.15 that sets no key: what to use instead. The others are in config_keys.def. */
struct flag {
	char letter;
	bool takes_value;
	const char *instead;
};

#define IN_FILE    "in a configuration file (run -c FILE) the key "
#define NEIGHBOURS "neighbours learn by gratuitous ARP; " IN_FILE "garp-count (and garp-refresh)"
#define PRIORITY   "no signal changes the priority; set it once, with -p or " IN_FILE "priority"

/* clang-format off */
static const struct flag flags[] = {
	{'f', true, "there is no pid file; the run directory is --run-dir DIR"},
	{'M', true, "links are watched always; more of them: " IN_FILE
		"track-interface"},
	{'I', true, NEIGHBOURS},
	{'O', true, NEIGHBOURS},
	{'z', true, PRIORITY},
	{'x', true, PRIORITY},
	{'b', false, "the agent always stays in the foreground; leave it out"},
	{'h', false, "use --help"},
	{'V', false, "use --version"},
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

/* The key that a flag sets, or KEY_COUNT. */
static enum config_key find_key(char letter)
{
	enum config_key key;

	for (key = 0; key < KEY_COUNT; key++) {
		const char *flag = config_rows[key].flag;

		if (flag && flag[0] == '-' && flag[1] == letter)
			break;
	}
	return key;
}

static void set(struct config_parse *p, enum config_key key, const char *value)
{
	p->row = &config_rows[key];
	/* In a file a blank starts the next element of a list; an argument is one element. */
	if (p->row->type != &config_program && strpbrk(value, " \t")) {
		config_error_value(p, value, "has a blank");
		return;
	}
	config_set_key(p, key, value);
}

/* argv[*at] is "-..." with at least one letter. Moves *at over a value in the next argument. What
 * has no meaning here is an error, or a line of `notes` where there is one. */
static void parse_flags(struct config_parse *p, int argc, char *const argv[], int *at, FILE *notes)
{
	for (const char *letter = argv[*at] + 1; *letter; letter++) {
		const struct flag *flag = find_flag(*letter);
		enum config_key key = find_key(*letter);
		const char *value = key != KEY_COUNT ? config_rows[key].flag_value : NULL;
		bool takes_value = flag ? flag->takes_value : !value;

		if (!flag && key == KEY_COUNT) {
			config_error(p, 0, "-%c: unknown flag; see --help", *letter);
			return; /* whether the rest is its value is not known */
		}
		if (takes_value) {
			value = letter[1] ? letter + 1 : NULL;
			/* No value of theirs starts with '-': that is the next flag. */
			if (!value && *at + 1 < argc && argv[*at + 1][0] != '-')
				value = argv[++*at];
		}
		if (flag && notes)
			fprintf(notes, "-%c%s%s: %s\n", *letter, value ? " " : "",
				value ? value : "", flag->instead);
		else if (flag)
			config_error(p, 0, "-%c: has no meaning here: %s", *letter, flag->instead);
		else if (!value)
			config_error(p, 0, "-%c: needs a value", *letter);
		else if (p->draft->given.given[key])
			config_error(p, 0, "-%c: given twice", *letter);
		else
			set(p, key, value);
		if (!flag)
			p->draft->given.given[key] = true;
		if (takes_value)
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
