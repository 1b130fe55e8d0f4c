/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files core/config/config*.c share; no other file includes it. A parse collects drafts:
 * what was written, and on which line. config_finish() turns them either into a whole configuration
 * or into errors.
 */
#ifndef CORE_CONFIG_CONFIG_INTERNAL_H
#define CORE_CONFIG_CONFIG_INTERNAL_H

#include <stdio.h>

#include "core/config/config.h"
#include "core/config/config_text.h"

#define CONFIG_ACCEPTS 256 /* room for a text that says what a key accepts */

#define ONE(key, ...)   KEY_##key,
#define LIST(key, ...)  KEY_##key,
#define AGENT(key, ...) KEY_##key,
enum config_key {
#include "core/config/config_keys.def"
	KEY_COUNT
};
#undef ONE
#undef LIST
#undef AGENT

enum config_section {
	SECTION_NONE,    /* before the first header */
	SECTION_UNKNOWN, /* its header was refused: its keys are passed over */
	SECTION_ROUTER,
	SECTION_AGENT,
	SECTION_GROUP, /* rows of SECTION_ROUTER that have of_group */
};

/* What was said about the keys of one section. */
struct config_given {
	unsigned int line[KEY_COUNT]; /* where the key was given first; 0: it was not */
	bool given[KEY_COUNT];
	bool bad[KEY_COUNT];            /* refused; checks that would only repeat it are left out */
	uint8_t family[KEY_COUNT];      /* of the addresses of a key; 0: it has none */
	unsigned int *lines[KEY_COUNT]; /* of a list: the line of each of its elements */
};

struct config_gateway {
	bool given;
	unsigned int line;
	struct vrrp_addr addr;
};

/* One section [vrrp NAME] or [group NAME]. The draft owns the arrays of router until
 * config_finish() moves them. */
struct config_draft {
	struct config_router router;
	struct config_given given;
	struct config_gateway gateway[2], standby_gateway[2]; /* IPv4, IPv6 */
	bool macvlan; /* of mac-device; its name may follow from VRID and family */
};

struct config_error {
	unsigned int line;
	char *text;
};

struct config_parse {
	const char *file; /* NULL: a command line; then lines are 0, and errors name keys by flag */
	struct config settings; /* of [agent]; its routers stay empty until config_finish() */
	struct config_given agent;

	enum config_section section;
	unsigned int line;
	bool keys_seen;               /* a line that should be a key was read */
	struct config_draft *draft;   /* of this section; NULL: of [agent] */
	const struct config_row *row; /* of the key that is being set */
	struct config_draft **drafts;
	unsigned int draft_count;
	struct config_draft **groups; /* with a section of their own, and then all others */
	unsigned int group_count;

	struct config_error errors[CONFIG_MAX_ERRORS]; /* in the order of their lines */
	unsigned int error_count;                      /* may exceed CONFIG_MAX_ERRORS */
	unsigned int more_line; /* the line of the first error that was only counted */
	struct claim *claims;   /* of config_check_claims() */
	unsigned int claim_count;
	int status; /* 0, or -ENOMEM if what was collected is incomplete */
};

struct config_row;

/* A value that is to be printed. */
struct config_item {
	const struct config_row *row;
	const struct config_router *router; /* whose value it is; NULL: a value of [agent] */
	const void *member;                 /* the member, or an element of a list */
};

/* How values of one type are read, printed and freed. A function that is NULL does not apply. */
struct config_type {
	/* Reads the value of p->row into its member. Returns NULL, or the reason why the whole
	 * value is refused, in the form of config_text.h; the member is untouched then. A value of
	 * several words is not refused as a whole: a bad word is reported, and NULL is returned. */
	const char *(*read)(struct config_parse *p, const char *value);
	/* For a list of words: adds one word to the list. Returns NULL, or
	 * the reason why the word is refused. */
	const char *(*read_word)(struct config_parse *p, const char *word);
	/* Prints a value without its key. */
	void (*print)(FILE *out, const struct config_item *item);
	/* Is there anything to print? If it is NULL, there always is. */
	bool (*is_set)(const struct config_item *item);
	/* Frees what a member, or an element of a list, owns. */
	void (*release)(void *member);
	/* Writes which values a row accepts, for errors. It is NULL if one text, `accepts`, fits
	 * all rows. */
	void (*describe)(const struct config_row *row, char buf[CONFIG_ACCEPTS]);
	const char *accepts;
};

/* Options follow the first word of a value as NAME WORD, in any order, each at most once. */
struct config_options {
	const char *names[20]; /* NULL ends them */
	unsigned int needed;   /* how many of the names, from the first on, must be there */
	unsigned int alone;    /* bit n: names[n] is followed by no word, and read() gets NULL */
	const char *bare;      /* the option that a number without a name is for; NULL: none */
	const char *unknown;   /* why another word is refused */
	/* Reads the word of an option. Returns NULL, or the reason why it is refused. */
	const char *(*read)(void *element, const char *option, const char *word);
};

/* One value of config_choice. If a value is in the list twice, the second name of it is accepted,
 * but never printed. */
struct config_word {
	const char *name;
	uint32_t value;
};

/* A row of config_keys.def. */
struct config_row {
	enum config_key key;
	const char *name;
	enum config_section section;
	const struct config_type *type;
	size_t offset; /* of the member in struct config_router or struct config */
	size_t size;   /* of the member, or of one element of a list */
	size_t count;  /* offset of the list's unsigned int count; 0: the member is one value */
	bool embedded; /* the list is an array in the struct; otherwise it is allocated */
	bool needed;   /* the section is refused without this key */
	/* It is also a key of [group NAME], which has it for itself, or gives it to its routers. */
	enum { OF_NO_GROUP, OF_GROUP, OF_ROUTERS } of_group;

	uint64_t min, max; /* of a number, or of a duration in ns; the most elements of a list */
	uint64_t step;     /* a duration is a multiple of this many ns */
	uint64_t unit;     /* a duration's member counts this many ns */
	uint32_t fallback; /* the default, as the member holds it */
	const struct config_word *words; /* of config_choice */
	const char *unknown;             /* why another word is refused; NULL: "is not known" */
	const char *zero;                /* what 0 stands for, if it is no ordinary number */
	bool takes_dev;                  /* prefixes: an interface may be named behind each */

	/* The value is printed only while this member of the router is not 0. If the size is 0, it
	 * is always printed. */
	size_t shown_if, shown_if_size;

	const char *accepts;      /* for errors, if the type cannot say it */
	const char *flag;         /* of vrrpd; NULL: the key has none */
	const char *flag_value;   /* of a flag that takes no value */
	const char *flag_accepts; /* for errors about the flag, if it accepts something else */
};

/* Returns what was said so far in the section that is being read. */
static inline struct config_given *config_given_of(struct config_parse *p)
{
	return p->draft ? &p->draft->given : &p->agent;
}

/* Returns the member of the key that is being set. */
static inline void *config_member(struct config_parse *p)
{
	char *base = p->draft ? (char *)&p->draft->router : (char *)&p->settings;

	return base + p->row->offset;
}

/* From here on, the order is that of the files: each file calls only files named before it. */

/* config_error.c */

/* Report an error in a line of the file. The message is that of a whole error line. */
void config_error(struct config_parse *p, unsigned int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Report an error about a key: "KEY: message". */
void config_error_key(struct config_parse *p, unsigned int line, const struct config_row *row,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A key does not fit: at the line where it is given first, or at another one of its lines. */
#define config_refuse(p, draft, key, ...) \
	config_refuse_at(p, (draft)->given.line[key], key, __VA_ARGS__)
#define config_refuse_at(p, line, key, ...) \
	config_error_key(p, line, &config_rows[key], __VA_ARGS__)

/* Report that the value of p->row was refused: 'KEY: "WORD" REASON (accepted: ...)'. word may be
 * NULL: then the line is 'KEY: REASON (accepted: ...)'. */
void config_error_value(struct config_parse *p, const char *word, const char *reason);

/* Returns what a key accepts, in the words of a file or of the command line. The result is buf or a
 * constant. */
const char *config_accepts(const struct config_parse *p, const struct config_row *row,
			   char buf[CONFIG_ACCEPTS]);

/* config_types.c, config_lists.c, config_routes.c and config_track.c */

extern const struct config_type config_number, config_duration, config_choice, config_interface,
	config_program, config_shared_mac, config_mac_device, config_standby_mac, config_source,
	config_password, config_script_user, config_name;
extern const struct config_type config_interfaces, config_addresses, config_prefixes,
	config_gateways, config_routes, config_rules, config_hmac_keys, config_track_interfaces,
	config_track_scripts, config_track_files, config_track_processes, config_waited;

/* Write a number into a member of `size` bytes. */
void config_store(void *member, size_t size, uint32_t value);

void config_print_text(FILE *out, const struct config_item *item);
void config_print_address(FILE *out, const struct config_item *item);

/* Reads each word of a value by itself, so that one bad word of a list hides no other. */
const char *config_read_words(struct config_parse *p, const char *value);

/* Returns how many values a row has: 1, or as many as its list has elements. */
unsigned int config_count(const struct config_row *row, const void *base);
/* Returns the i-th of these values. */
void *config_element(const struct config_row *row, const void *base, unsigned int i);

/* Read options into *element. Returns NULL, or the reason why an option is refused; then `word` is
 * what is refused. */
const char *config_read_options(const struct config_options *options, void *element,
				const char *value, char word[TEXT_WORD]);

/* Make room for one element more than `count`. `array` is the address of the pointer to the array.
 * If the array is full, its size doubles. Returns false if there is no memory: then p->status is
 * set, and the array is as it was. */
bool config_grow(struct config_parse *p, void *array, unsigned int count, size_t size);

/* Append a copy of *element to the list of p->row, and note its line. Returns the new element, or
 * NULL if there is no memory: then p->status is set, and the list is as it was. */
void *config_append(struct config_parse *p, const void *element);

/* config_table.c */

extern const struct config_row config_rows[KEY_COUNT];

/* Does this key belong to the section? */
bool config_is_of(enum config_section section, const struct config_row *row);

/* Find a key by its name within a section. Returns KEY_COUNT if there is none. */
enum config_key config_key_find(enum config_section section, const char *name);

/* Carry out NAME = VALUE in the current section, at p->line. */
void config_set(struct config_parse *p, const char *name, const char *value);

/* The same by the number of the key, for the command line. */
void config_set_key(struct config_parse *p, enum config_key key, const char *value);

/* Set every key of a section to its default. base is a zeroed struct config_router or config. */
void config_set_defaults(enum config_section section, void *base);

/* Free what the keys of a section own. */
void config_release(enum config_section section, void *base);

/* Append a new draft with all defaults to a list, p->drafts or p->groups. Returns NULL and sets
 * p->status if there is no memory. */
struct config_draft *config_draft_add(struct config_parse *p, struct config_draft ***list,
				      unsigned int *count, const char *name, size_t length);

/* config_claims.c */

/* Refuse what two routers have, and only one may have. */
void config_check_claims(struct config_parse *p);

/* config_macvlan.c */

/* fe80::200:5eff:fe00:2VV, which the virtual MAC gives by EUI-64. */
struct vrrp_addr config_virtual_link_local(uint8_t vrid);

/* Name the router's macvlan if it has one, set `public`, and refuse what does not go with it. `nic`
 * and the family must be known. */
void config_macvlan_check(struct config_parse *p, struct config_draft *draft);

/* Fill in what follows from having a macvlan. The MAC must be known. */
void config_macvlan_fill(struct config_parse *p, struct config_draft *draft);

/* config_group.c */

/* Bring the routers of each group together, and give them what its section says. */
void config_check_groups(struct config_parse *p);

/* The groups leave the parse, with the places of their routers in config->routers. */
int config_hand_groups(struct config_parse *p, struct config *config);

/* config_check.c */

/* Fill in what follows from other keys, and check the keys of one router against each other. */
void config_check_router(struct config_parse *p, struct config_draft *draft);

/* Check the routers against each other. */
void config_check_together(struct config_parse *p);

/* config.c */

/* config_draft_add() to p->drafts; it becomes the current one. Returns NULL likewise. */
struct config_draft *config_draft_new(struct config_parse *p, const char *name, size_t length);

void config_parse_init(struct config_parse *p, const char *file);

/* Check everything, return the result as config_parse() does, and free what p holds. */
int config_finish(struct config_parse *p, struct config **ret_config, struct config_errors *errors);

#endif
