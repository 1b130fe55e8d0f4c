/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is demanded of every result of core/config/config.h.
 */
#ifndef TESTS_FUZZ_CONFIG_H
#define TESTS_FUZZ_CONFIG_H

#include "fuzz.h"

#include <errno.h>

#include "core/config/config.h"

/* Lines that begin with their place, and that a terminal can show. */
static inline void fuzz_refused(const struct config_errors *errors, const char *place)
{
	const char *line = errors->text;

	REQUIRE(errors->count > 0 && line && *line);
	for (const char *next; *line; line = next + 1) {
		next = strchr(line, '\n');
		REQUIRE(next && strncmp(line, place, strlen(place)) == 0);
		for (const char *c = line; c < next; c++)
			REQUIRE((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

static inline void fuzz_accepted(const struct config *config)
{
	REQUIRE(config && config->router_count > 0 && config->router_count <= VRRP_MAX_SLOTS);
	REQUIRE(config->realtime >= 0 && config->realtime <= 99);
	for (unsigned int i = 0; i < config->router_count; i++) {
		const struct config_router *r = &config->routers[i];

		REQUIRE(r->name[0] && memchr(r->name, '\0', sizeof(r->name)));
		REQUIRE(r->vrid && r->priority && r->interval_cs);
		REQUIRE(r->version == 2 || r->version == 3);
		REQUIRE(r->family == 4 || (r->family == 6 && r->version == 3));
		REQUIRE(r->interval_cs <= (r->version == 2 ? 25500 : VRRP_V3_INTERVAL_MAX_CS));
		REQUIRE(r->version == 3 || r->interval_cs % 100 == 0);
		REQUIRE(r->heartbeat_count >= 1 && r->heartbeat_count <= VRRP_MAX_PATHS);
		REQUIRE(r->address_count >= 1 && r->address_count <= CONFIG_MAX_ADDRESSES);
		REQUIRE(r->advertise_count >= 1 && r->advertise_count <= VRRP_MAX_ADDRESSES);
		REQUIRE(r->route_count <= CONFIG_MAX_ROUTES + 2); /* two gateways */
		REQUIRE(r->peer_count <= VRRP_MAX_PEERS);
		REQUIRE(r->track_count <= CONFIG_MAX_TRACKS &&
			r->script_count <= CONFIG_MAX_TRACKS);
		REQUIRE(r->public[0] && memchr(r->public, '\0', sizeof(r->public)));
		REQUIRE(!(r->mac.mac[0] & 1) && !(r->standby_mac[0] & 1));
	}
}

/* A configuration's canonical text is accepted, and is its own canonical text. */
static inline void fuzz_again(const struct config *config)
{
	char *text = config_format(config), *again;
	struct config_errors errors;
	struct config *second = NULL;

	REQUIRE(text);
	if (config_parse("again", text, strlen(text), &second, &errors) != 0) {
		fprintf(stderr, "%s%s", text, errors.text);
		abort();
	}
	again = config_format(second);
	REQUIRE(again && strcmp(text, again) == 0);
	config_free(second);
	free(again);
	free(text);
}

/* Can a line of a file hold this command? vrrpd's command line can name more, and what a line held
 * may be printed with more quotes. */
static inline bool fuzz_command(char *const *command)
{
	size_t length = 0;

	if (!command)
		return true;
	for (unsigned int i = 0; command[i]; i++)
		length += 3 + 5 * strlen(command[i]);
	return command[0][0] == '/' && length < 120;
}

/* Takes what a parser returned, and frees it. */
static inline void fuzz_parsed(int result, struct config *config, struct config_errors *errors,
			       const char *place)
{
	if (result) {
		REQUIRE(result == -EINVAL && !config);
		fuzz_refused(errors, place);
	} else {
		bool in_file = true;

		REQUIRE(!errors->text && !errors->count);
		fuzz_accepted(config);
		for (unsigned int i = 0; i < config->router_count; i++)
			for (int n = 0; n < CONFIG_NOTIFY_COUNT; n++)
				in_file &= fuzz_command(config->routers[i].notify[n]);
		for (unsigned int i = 0; i < config->router_count; i++)
			for (unsigned int n = 0; n < config->routers[i].script_count; n++)
				in_file &= fuzz_command(config->routers[i].scripts[n].command);
		if (in_file)
			fuzz_again(config);
	}
	free(errors->text);
	config_free(config);
}

#endif
