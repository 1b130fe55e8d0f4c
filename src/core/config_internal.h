/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of core/config share among themselves; nobody else includes it. A parse collects
 * drafts (what was written, and on which line); config_finish() turns them into a configuration, or
 * into errors, and nothing in between.
 */
#ifndef CORE_CONFIG_INTERNAL_H
#define CORE_CONFIG_INTERNAL_H

#include "core/config.h"

enum config_key {
	KEY_VRID,
	KEY_HEARTBEAT,
	KEY_PRIORITY,
	KEY_VERSION,
	KEY_INTERVAL,
	KEY_PREEMPT,
	KEY_PREEMPT_DELAY,
	KEY_ACCEPT,
	KEY_PUBLIC,
	KEY_ADDRESS,
	KEY_GATEWAY,
	KEY_ROUTE,
	KEY_MAC,
	KEY_ADVERTISE,
	KEY_STANDBY_ADDRESS,
	KEY_STANDBY_GATEWAY,
	KEY_STANDBY_MAC,
	KEY_PEERS,
	KEY_SOURCE,
	KEY_MIN_TTL,
	KEY_CHECKSUM,
	KEY_AUTH,
	KEY_FENCE,
	KEY_WITNESS,
	KEY_GARP_COUNT,
	KEY_GARP_INTERVAL,
	KEY_GARP_REFRESH,
	KEY_TRACK_INTERFACE,
	KEY_NOTIFY,
	KEY_NOTIFY_MASTER,
	KEY_NOTIFY_BACKUP,
	KEY_NOTIFY_FAULT,
	KEY_NOTIFY_TIMEOUT,
	KEY_HMAC_KEY,
	KEY_HMAC_ACTIVE,
	KEY_HMAC_MODE,
	KEY_HMAC_WINDOW,
	KEY_TRACK_SCRIPT,
	KEY_MODE, /* [agent] from here on */
	KEY_REALTIME,
	KEY_EARLY,
	KEY_LOG_LEVEL,
	KEY_COUNT
};

enum config_section {
	SECTION_NONE,    /* before the first header */
	SECTION_UNKNOWN, /* of a refused header: its keys are passed over */
	SECTION_ROUTER,
	SECTION_AGENT,
};

/* What was said about the keys of one section. */
struct config_given {
	unsigned int line[KEY_COUNT]; /* the first one's; 0: not given */
	bool given[KEY_COUNT];
	bool bad[KEY_COUNT]; /* refused: checks that would only repeat it are left out */
};

struct config_gateway {
	bool given;
	unsigned int line;
	struct vrrp_addr addr;
};

/* One [vrrp NAME]. The arrays of router are owned by the draft until config_finish() moves them. */
struct config_draft {
	struct config_router router;
	struct config_given given;
	unsigned int *address_lines, *standby_address_lines, *route_lines;
	struct config_gateway gateway[2], standby_gateway[2]; /* IPv4, IPv6 */
	uint8_t advertise_family, peer_family, source_family; /* 0: not given */
};

struct config_error {
	unsigned int line;
	unsigned int order;
	char *text;
};

struct config_parse {
	const char *file; /* NULL: a command line; then lines are 0 and keys are named as flags */
	struct config settings; /* [agent]; its routers stay empty until config_finish() */
	struct config_given agent;

	enum config_section section;
	unsigned int line;
	bool keys_seen;      /* a line that is to be a key was read */
	enum config_key key; /* being set */
	struct config_draft **drafts;
	unsigned int draft_count;

	struct config_error errors[CONFIG_MAX_ERRORS];
	unsigned int error_count; /* may exceed CONFIG_MAX_ERRORS */
	unsigned int more_line;   /* of the first error that was only counted */
	int status;               /* 0, or -ENOMEM: what was collected is incomplete */
};

struct config_key_info {
	const char *name;
	const char *flag; /* of vrrpd, or NULL */
	enum config_section section;
	bool repeatable;
	const char *accepts; /* what errors say */
	/* Reads a value into p->settings or *draft; reports what it refuses. */
	void (*set)(struct config_parse *p, struct config_draft *draft, const char *value);
	const char *flag_accepts; /* what errors about the flag say, where it differs */
};

extern const struct config_key_info config_keys[KEY_COUNT];

/* config.c */

/* A whole error line's message, at a line of the file. */
void config_error(struct config_parse *p, unsigned int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same about a key: "KEY: message". */
void config_error_key(struct config_parse *p, unsigned int line, enum config_key key,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What a key accepts, in the words of a file or of the command line. */
const char *config_accepts(const struct config_parse *p, enum config_key key);

/* p->key's value was refused: 'KEY: "WORD" REASON (accepted: ...)'. */
void config_error_value(struct config_parse *p, struct config_draft *draft, const char *word,
			const char *reason);

/* A new draft with every default, appended to p->drafts. NULL: p->status is set. */
struct config_draft *config_draft_new(struct config_parse *p, const char *name, size_t length);

void config_parse_init(struct config_parse *p, const char *file);

/* Check everything, hand out the result as config_parse() documents it, and free what p holds. */
int config_finish(struct config_parse *p, struct config **ret_config, struct config_errors *errors);

/* config_keys.c */

/* KEY by name within a section, or KEY_COUNT. */
enum config_key config_key_find(enum config_section section, const char *name);

/* Carry out NAME = VALUE of the current section (p->section, p->line). */
void config_set(struct config_parse *p, const char *name, const char *value);

/* The same by number, for the command line. draft is NULL for keys of [agent]. */
void config_set_key(struct config_parse *p, struct config_draft *draft, enum config_key key,
		    const char *value);

/* config_lists.c: setters for the table of config_keys.c */

void config_set_heartbeat(struct config_parse *p, struct config_draft *d, const char *value);
void config_set_address(struct config_parse *p, struct config_draft *d, const char *value);
void config_set_standby_address(struct config_parse *p, struct config_draft *d, const char *value);
void config_set_gateway(struct config_parse *p, struct config_draft *d, const char *value);
void config_set_standby_gateway(struct config_parse *p, struct config_draft *d, const char *value);
void config_set_route(struct config_parse *p, struct config_draft *d, const char *value);
void config_set_advertise(struct config_parse *p, struct config_draft *d, const char *value);
void config_set_peers(struct config_parse *p, struct config_draft *d, const char *value);

/* config_track.c: the same */

void config_set_track_interface(struct config_parse *p, struct config_draft *d, const char *value);
void config_set_track_script(struct config_parse *p, struct config_draft *d, const char *value);

/* config_hmac.c: a setter, and the check of one router's keys against each other */

void config_set_hmac_key(struct config_parse *p, struct config_draft *d, const char *value);
void config_check_hmac(struct config_parse *p, struct config_draft *draft);

/* config_lists.c */

/* realloc() to count + 1 elements, the last one zeroed. NULL: p->status is set, array as it was. */
void *config_grow(struct config_parse *p, void *array, unsigned int count, size_t size);

/* config_check.c */

/* Fill in what follows from other keys, and check the keys of one router against each other. */
void config_check_router(struct config_parse *p, struct config_draft *draft);

/* Check the routers against each other. */
void config_check_together(struct config_parse *p);

#endif
