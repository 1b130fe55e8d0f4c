/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `init` asks, and what the answers become: two configurations for two servers that share an
 * address. Pure except for the memory of its results. config_parse() decides whether an answer is
 * good.
 */
#ifndef CLI_TOOLS_INIT_H
#define CLI_TOOLS_INIT_H

#include <stdbool.h>

enum init_host { INIT_OWN = 1, INIT_PEER = 2, INIT_BOTH = 3 };

enum init_item {
	INIT_NAME,
	INIT_VRID,
	INIT_HEARTBEAT,
	INIT_PUBLIC,
	INIT_ADDRESS,
	INIT_GATEWAY,
	INIT_MAC,
	INIT_INTERVAL,
	INIT_PRIORITY,
	INIT_PEER_PRIORITY,
	INIT_STANDBY_ADDRESS,
	INIT_PEER_STANDBY_ADDRESS,
	INIT_STANDBY_GATEWAY,
	INIT_WITNESS, /* from here on by flag alone */
	INIT_PREEMPT,
	INIT_VERSION,
	INIT_AUTH,
	INIT_HMAC_KEY,
	INIT_COUNT
};

struct init_question {
	const char *flag;     /* "--vrid" */
	const char *key;      /* of the configuration; NULL: the name of the section */
	const char *ask;      /* NULL: it is not asked */
	const char *fallback; /* what counts where nothing is said; NULL: the key is left out */
	bool needed, repeatable;
	enum init_host host; /* in whose file it goes */
};

extern const struct init_question init_questions[INIT_COUNT];

/* NULL or "": nothing was said. */
struct init_answers {
	const char *given[INIT_COUNT];
};

/* Returns the file for one of the hosts, INIT_OWN or INIT_PEER, which the caller frees, or NULL if
 * there is no memory. */
char *init_text(const struct init_answers *answers, enum init_host host);

/* Is the answer to this item good, together with those before it? INIT_COUNT asks it of all answers
 * together. Returns 0, -EINVAL and *ret_error, or -ENOMEM. *ret_error has lines of the form
 * "--FLAG: what is wrong\n", and the caller frees it. */
int init_check(const struct init_answers *answers, enum init_item item, char **ret_error);

/* Do the files contain anything that others must not read? */
bool init_is_secret(const struct init_answers *answers);

#endif
