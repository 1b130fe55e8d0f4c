/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys: names, accepted values, and what each one sets (those with lists are in
 * config_lists.c). A key is judged here by itself alone; what it means beside others is
 * config_check.c's.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/config_internal.h"
#include "core/config_text.h"
#include "core/nearest.h"

#define CS (10 * TEXT_NS_PER_MS)

/* Index of word in a NULL-terminated list; -1: refused and reported. */
static int choose(struct config_parse *p, struct config_draft *draft, const char *word,
		  const char *const names[])
{
	for (int i = 0; names[i]; i++) {
		if (strcmp(word, names[i]) == 0)
			return i;
	}
	config_error_value(p, draft, word, "is not known");
	return -1;
}

static uint32_t read_uint(struct config_parse *p, struct config_draft *draft, const char *value,
			  uint32_t min, uint32_t max, uint32_t fallback)
{
	const char *why = text_uint(value, min, max, &fallback);

	if (why)
		config_error_value(p, draft, value, why);
	return fallback;
}

static uint64_t read_duration(struct config_parse *p, struct config_draft *draft, const char *value,
			      uint64_t min_ns, uint64_t max_ns, uint64_t step_ns,
			      uint64_t fallback_ns)
{
	const char *why = text_duration(value, min_ns, max_ns, step_ns, &fallback_ns);

	if (why)
		config_error_value(p, draft, value, why);
	return fallback_ns;
}

static void read_bool(struct config_parse *p, struct config_draft *draft, const char *value,
		      bool *ret_value)
{
	const char *why = text_bool(value, ret_value);

	if (why)
		config_error_value(p, draft, value, why);
}

static void set_vrid(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.vrid = (uint8_t)read_uint(p, d, value, 1, 255, 0);
}

static void set_priority(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.priority = (uint8_t)read_uint(p, d, value, 1, 255, d->router.priority);
}

static void set_version(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.version = (uint8_t)read_uint(p, d, value, VRRP_V2, VRRP_V3, d->router.version);
}

static void set_interval(struct config_parse *p, struct config_draft *d, const char *value)
{
	/* vrrpd's -d counts seconds and has no unit. */
	if (!p->file)
		d->router.interval_cs =
			(uint16_t)(100 * read_uint(p, d, value, 1, VRRP_V2_INTERVAL_MAX_S, 1));
	else
		d->router.interval_cs =
			(uint16_t)(read_duration(p, d, value, CS,
						 VRRP_V2_INTERVAL_MAX_S * TEXT_NS_PER_S, CS,
						 d->router.interval_cs * CS) /
				   CS);
}

static void set_preempt(struct config_parse *p, struct config_draft *d, const char *value)
{
	read_bool(p, d, value, &d->router.preempt);
}

static void set_preempt_delay(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.preempt_delay_ms =
		(uint32_t)(read_duration(p, d, value, 0, 3600 * TEXT_NS_PER_S, TEXT_NS_PER_MS, 0) /
			   TEXT_NS_PER_MS);
}

static void set_accept(struct config_parse *p, struct config_draft *d, const char *value)
{
	read_bool(p, d, value, &d->router.accept);
}

static void set_public(struct config_parse *p, struct config_draft *d, const char *value)
{
	const char *why = text_ifname(value, d->router.public);

	if (why)
		config_error_value(p, d, value, why);
}

static void set_mac(struct config_parse *p, struct config_draft *d, const char *value)
{
	const char *why;

	if (strcmp(value, "keep") == 0) {
		d->router.mac.kind = CONFIG_MAC_KEEP;
	} else if (strcmp(value, "virtual") == 0) {
		/* The MAC itself follows from VRID and family, both of which may come later. */
		d->router.mac.kind = CONFIG_MAC_VIRTUAL;
	} else {
		why = text_mac(value, d->router.mac.mac);
		if (why)
			config_error_value(p, d, value, why);
		else
			d->router.mac.kind = CONFIG_MAC_FIXED;
	}
}

static void set_standby_mac(struct config_parse *p, struct config_draft *d, const char *value)
{
	const char *why;

	if (strcmp(value, "permanent") == 0)
		return;
	why = text_mac(value, d->router.standby_mac);
	if (why)
		config_error_value(p, d, value, why);
	else
		d->router.has_standby_mac = true;
}

static void set_source(struct config_parse *p, struct config_draft *d, const char *value)
{
	const char *why = text_address(value, &d->router.source, &d->source_family);

	if (why)
		config_error_value(p, d, value, why);
	else
		d->router.has_source = true;
}

static void set_min_ttl(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.min_ttl = (uint8_t)read_uint(p, d, value, 1, VRRP_TTL, d->router.min_ttl);
}

static void set_checksum(struct config_parse *p, struct config_draft *d, const char *value)
{
	static const char *const names[] = {"auto", "rfc9568", "rfc5798", NULL};
	static const uint8_t values[] = {VRRP_CHECKSUM_AUTO, VRRP_CHECKSUM_RFC9568,
					 VRRP_CHECKSUM_RFC5798};
	int i = choose(p, d, value, names);

	if (i >= 0)
		d->router.checksum = values[i];
}

/* pass:TEXT as in the file, pw/TEXT as vrrpd has it. */
static void set_auth(struct config_parse *p, struct config_draft *d, const char *value)
{
	const char *prefix = p->file ? "pass:" : "pw/";
	const char *why;

	if (strcmp(value, "none") == 0)
		return;
	if (strncmp(value, prefix, strlen(prefix)) == 0) {
		/* The password itself stays out of the message: it may end in a journal. */
		why = text_password(value + strlen(prefix), d->router.auth_data);
		if (why)
			config_error_value(p, d, p->file ? "pass:..." : "pw/...", why);
		else
			d->router.auth_type = VRRP_AUTH_PASS;
	} else if (strncmp(value, "ah", 2) == 0) {
		config_error_value(p, d, "ah", "is not supported: RFC 3768 removed it");
	} else {
		config_error_value(p, d, value, "is not known");
	}
}

static void set_hmac_active(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.hmac_active = (uint8_t)read_uint(p, d, value, 0, UINT8_MAX, 0);
}

static void set_hmac_mode(struct config_parse *p, struct config_draft *d, const char *value)
{
	static const char *const names[] = {"receive-only", "permissive", "enforce", NULL};
	static const uint8_t values[] = {VRRP_HMAC_RECEIVE_ONLY, VRRP_HMAC_PERMISSIVE,
					 VRRP_HMAC_ENFORCE};
	int i = choose(p, d, value, names);

	if (i >= 0)
		d->router.hmac_mode = values[i];
}

static void set_hmac_window(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.hmac_window_s = (uint16_t)(read_duration(p, d, value, TEXT_NS_PER_S,
							   3600 * TEXT_NS_PER_S, TEXT_NS_PER_S, 0) /
					     TEXT_NS_PER_S);
}

static void set_fence(struct config_parse *p, struct config_draft *d, const char *value)
{
	static const char *const names[] = {"auto", "yes", "no", NULL};
	static const enum config_fence values[] = {CONFIG_FENCE_AUTO, CONFIG_FENCE_YES,
						   CONFIG_FENCE_NO};
	int i = choose(p, d, value, names);

	if (i >= 0)
		d->router.fence = values[i];
}

static void set_witness(struct config_parse *p, struct config_draft *d, const char *value)
{
	static const char *const names[] = {"none", "gateway", "owner", NULL};
	static const enum config_witness values[] = {CONFIG_WITNESS_NONE, CONFIG_WITNESS_GATEWAY,
						     CONFIG_WITNESS_OWNER};
	int i = choose(p, d, value, names);

	if (i >= 0)
		d->router.witness = values[i];
}

static void set_garp_count(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.garp_count = read_uint(p, d, value, 1, 100, d->router.garp_count);
}

static void set_garp_interval(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.garp_interval_ms =
		(uint32_t)(read_duration(p, d, value, TEXT_NS_PER_MS, 60 * TEXT_NS_PER_S,
					 TEXT_NS_PER_MS, 0) /
			   TEXT_NS_PER_MS);
}

static void set_garp_refresh(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.garp_refresh_ms =
		(uint32_t)(read_duration(p, d, value, 0, 86400 * TEXT_NS_PER_S, TEXT_NS_PER_S, 0) /
			   TEXT_NS_PER_MS);
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

/* It is shown by logs and by `check`, a line of which must not become two. */
static void set_script(struct config_parse *p, struct config_draft *d, const char *value,
		       enum config_notify which)
{
	const char *why = NULL;

	if (strlen(value) >= PATH_MAX)
		why = "is longer than a path can be";
	else if (has_control(value))
		why = "has a control character";
	else if (p->file && value[0] != '/')
		why = "is not an absolute path";
	else if (p->file && strpbrk(value, " \t"))
		why = "has a blank: a program takes no arguments here";
	if (why) {
		config_error_value(p, d, value, why);
		return;
	}
	d->router.notify[which] = strdup(value);
	if (!d->router.notify[which])
		p->status = -ENOMEM;
}

static void set_notify(struct config_parse *p, struct config_draft *d, const char *value)
{
	set_script(p, d, value, CONFIG_NOTIFY_ANY);
}

static void set_notify_master(struct config_parse *p, struct config_draft *d, const char *value)
{
	set_script(p, d, value, CONFIG_NOTIFY_MASTER);
}

static void set_notify_backup(struct config_parse *p, struct config_draft *d, const char *value)
{
	set_script(p, d, value, CONFIG_NOTIFY_BACKUP);
}

static void set_notify_fault(struct config_parse *p, struct config_draft *d, const char *value)
{
	set_script(p, d, value, CONFIG_NOTIFY_FAULT);
}

static void set_notify_timeout(struct config_parse *p, struct config_draft *d, const char *value)
{
	d->router.notify_timeout_ms =
		(uint32_t)(read_duration(p, d, value, 100 * TEXT_NS_PER_MS, 3600 * TEXT_NS_PER_S,
					 TEXT_NS_PER_MS, 0) /
			   TEXT_NS_PER_MS);
}

static void set_mode(struct config_parse *p, struct config_draft *d, const char *value)
{
	static const char *const names[] = {"auto", "native", "generic", "socket", NULL};
	static const enum config_mode values[] = {CONFIG_MODE_AUTO, CONFIG_MODE_NATIVE,
						  CONFIG_MODE_GENERIC, CONFIG_MODE_SOCKET};
	int i = choose(p, d, value, names);

	if (i >= 0)
		p->settings.mode = values[i];
}

static void set_realtime(struct config_parse *p, struct config_draft *d, const char *value)
{
	p->settings.realtime = (int)read_uint(p, d, value, 0, 99, (uint32_t)p->settings.realtime);
}

static void set_early(struct config_parse *p, struct config_draft *d, const char *value)
{
	p->settings.early_ns = (uint32_t)read_duration(p, d, value, 0, 10 * TEXT_NS_PER_MS,
						       TEXT_NS_PER_US, p->settings.early_ns);
}

static void set_log_level(struct config_parse *p, struct config_draft *d, const char *value)
{
	static const char *const names[] = {"error", "err", "warning", "info", "debug", NULL};
	static const int values[] = {3, 3, 4, 6, 7};
	int i = choose(p, d, value, names);

	if (i >= 0)
		p->settings.log_level = values[i];
}

#define ROUTER    SECTION_ROUTER
#define AGENT     SECTION_AGENT
#define A_PROGRAM "an absolute path, without arguments"

/* clang-format off */
const struct config_key_info config_keys[KEY_COUNT] = {
	[KEY_VRID] = {"vrid", "-v", ROUTER, false, "1 to 255", set_vrid, NULL},
	[KEY_HEARTBEAT] = {"heartbeat", "-i", ROUTER, true, "1 to 4 interfaces",
		config_set_heartbeat, "an interface"},
	[KEY_PRIORITY] = {"priority", "-p", ROUTER, false, "1 to 255", set_priority, NULL},
	[KEY_VERSION] = {"version", NULL, ROUTER, false, "2 or 3", set_version, NULL},
	[KEY_INTERVAL] = {"interval", "-d", ROUTER, false,
		"10ms to 40.95s in steps of 10ms, and with version 2 whole seconds, 1s to 255s",
		set_interval, "whole seconds, 1 to 255"},
	[KEY_PREEMPT] = {"preempt", "-s", ROUTER, false, "yes or no", set_preempt, NULL},
	[KEY_PREEMPT_DELAY] = {"preempt-delay", NULL, ROUTER, false,
		"0s to 3600s in steps of 1ms", set_preempt_delay, NULL},
	[KEY_ACCEPT] = {"accept", NULL, ROUTER, false, "yes or no", set_accept, NULL},
	[KEY_PUBLIC] = {"public", NULL, ROUTER, false, "an interface", set_public, NULL},
	[KEY_ADDRESS] = {"address", "ADDR/LEN", ROUTER, true,
		"ADDR/LEN [dev INTERFACE], at most 255 of them", config_set_address,
		"an IPv4 address, with or without /LEN"},
	[KEY_GATEWAY] = {"gateway", NULL, ROUTER, true, "one address of each family",
		config_set_gateway, NULL},
	[KEY_ROUTE] = {"route", NULL, ROUTER, true,
		"default or PREFIX, then any of: via ADDR, dev INTERFACE, src ADDR, "
		"metric 1 to 4294967295", config_set_route, NULL},
	[KEY_MAC] = {"mac", "-n", ROUTER, false,
		"keep, virtual, or a unicast MAC such as 00:9f:a4:4c:3b:37", set_mac, NULL},
	[KEY_ADVERTISE] = {"advertise", NULL, ROUTER, true,
		"addresses of one family without prefix length, at most 255",
		config_set_advertise, NULL},
	[KEY_STANDBY_ADDRESS] = {"standby-address", NULL, ROUTER, true,
		"ADDR/LEN, at most 255 of them", config_set_standby_address, NULL},
	[KEY_STANDBY_GATEWAY] = {"standby-gateway", NULL, ROUTER, true,
		"one address of each family", config_set_standby_gateway, NULL},
	[KEY_STANDBY_MAC] = {"standby-mac", NULL, ROUTER, false,
		"permanent, or a unicast MAC such as 00:0c:82:ad:b3:29", set_standby_mac, NULL},
	[KEY_PEERS] = {"peers", NULL, ROUTER, true, "1 to 16 addresses of one family",
		config_set_peers, NULL},
	[KEY_SOURCE] = {"source", NULL, ROUTER, false, "an address", set_source, NULL},
	[KEY_MIN_TTL] = {"min-ttl", NULL, ROUTER, false, "1 to 255", set_min_ttl, NULL},
	[KEY_CHECKSUM] = {"checksum", NULL, ROUTER, false, "auto, rfc9568 or rfc5798",
		set_checksum, NULL},
	[KEY_AUTH] = {"auth", "-a", ROUTER, false,
		"none, or with version 2 a password of 1 to 8 characters: pass:TEXT", set_auth,
		"none, or a password of 1 to 8 characters: pw/TEXT"},
	[KEY_FENCE] = {"fence", NULL, ROUTER, false, "auto, yes or no", set_fence, NULL},
	[KEY_WITNESS] = {"witness", NULL, ROUTER, false, "none, gateway or owner", set_witness,
		NULL},
	[KEY_GARP_COUNT] = {"garp-count", NULL, ROUTER, false, "1 to 100", set_garp_count, NULL},
	[KEY_GARP_INTERVAL] = {"garp-interval", NULL, ROUTER, false,
		"1ms to 60s in steps of 1ms", set_garp_interval, NULL},
	[KEY_GARP_REFRESH] = {"garp-refresh", NULL, ROUTER, false,
		"0 (never), or whole seconds, 1s to 86400s", set_garp_refresh, NULL},
	[KEY_TRACK_INTERFACE] = {"track-interface", NULL, ROUTER, true,
		"INTERFACE [weight -253 to 253], at most 16 of them", config_set_track_interface,
		NULL},
	[KEY_NOTIFY] = {"notify", NULL, ROUTER, false, A_PROGRAM, set_notify, NULL},
	[KEY_NOTIFY_MASTER] = {"notify-master", "-U", ROUTER, false, A_PROGRAM,
		set_notify_master, "a program"},
	[KEY_NOTIFY_BACKUP] = {"notify-backup", "-D", ROUTER, false, A_PROGRAM,
		set_notify_backup, "a program"},
	[KEY_NOTIFY_FAULT] = {"notify-fault", NULL, ROUTER, false, A_PROGRAM,
		set_notify_fault, NULL},
	[KEY_NOTIFY_TIMEOUT] = {"notify-timeout", NULL, ROUTER, false,
		"100ms to 3600s in steps of 1ms", set_notify_timeout, NULL},
	[KEY_HMAC_KEY] = {"hmac-key", NULL, ROUTER, true,
		"ID:FILE, ID 0 to 255, FILE an absolute path or the name of a systemd credential; "
		"at most 16 of them", config_set_hmac_key, NULL},
	[KEY_HMAC_ACTIVE] = {"hmac-active", NULL, ROUTER, false, "the ID of an hmac-key",
		set_hmac_active, NULL},
	[KEY_HMAC_MODE] = {"hmac-mode", NULL, ROUTER, false,
		"receive-only, permissive or enforce", set_hmac_mode, NULL},
	[KEY_HMAC_WINDOW] = {"hmac-window", NULL, ROUTER, false, "whole seconds, 1s to 3600s",
		set_hmac_window, NULL},
	[KEY_TRACK_SCRIPT] = {"track-script", NULL, ROUTER, true,
		"PATH every 100ms to 3600s timeout 10ms to 3600s, then any of: weight -253 to 253, "
		"rise 1 to 100, fall 1 to 100; at most 16 of them", config_set_track_script, NULL},
	[KEY_MODE] = {"mode", NULL, AGENT, false, "auto, native, generic or socket", set_mode, NULL},
	[KEY_REALTIME] = {"realtime", NULL, AGENT, false, "0 (off) to 99", set_realtime, NULL},
	[KEY_EARLY] = {"early", NULL, AGENT, false, "0s to 10ms in steps of 1us", set_early, NULL},
	[KEY_LOG_LEVEL] = {"log-level", NULL, AGENT, false, "error, warning, info or debug",
		set_log_level, NULL},
};
/* clang-format on */

enum config_key config_key_find(enum config_section section, const char *name)
{
	enum config_key key;

	for (key = 0; key < KEY_COUNT; key++) {
		if (config_keys[key].section == section && strcmp(config_keys[key].name, name) == 0)
			break;
	}
	return key;
}

static void unknown_key(struct config_parse *p, const char *name)
{
	enum config_section other = p->section == ROUTER ? AGENT : ROUTER;
	struct nearest nearest = {.word = name};

	for (enum config_key key = 0; key < KEY_COUNT; key++) {
		if (config_keys[key].section == p->section)
			nearest_offer(&nearest, config_keys[key].name);
	}
	if (config_key_find(other, name) != KEY_COUNT)
		config_error(p, p->line, "%s: belongs in a section %s", name,
			     other == AGENT ? "[agent]" : "[vrrp NAME]");
	else if (nearest_found(&nearest))
		config_error(p, p->line, "%.40s: unknown key; the nearest is %s", name,
			     nearest_found(&nearest));
	else
		config_error(p, p->line, "%.40s: unknown key; vrrp-xdp.conf(5) lists them", name);
}

void config_set_key(struct config_parse *p, struct config_draft *draft, enum config_key key,
		    const char *value)
{
	const struct config_key_info *info = &config_keys[key];
	struct config_given *given = draft ? &draft->given : &p->agent;

	if (given->given[key] && !info->repeatable) {
		if (p->file)
			config_error_key(p, p->line, key, "given twice, first at line %u",
					 given->line[key]);
		else
			config_error_key(p, p->line, key, "given twice");
		return;
	}
	if (!given->given[key]) {
		given->given[key] = true;
		given->line[key] = p->line;
	}
	p->key = key;
	if (!*value)
		config_error_value(p, draft, NULL, "no value");
	else
		info->set(p, draft, value);
}

void config_set(struct config_parse *p, const char *name, const char *value)
{
	struct config_draft *draft = NULL;
	enum config_key key;

	switch (p->section) {
	case SECTION_NONE:
		config_error(
			p, p->line,
			"%.40s: key outside of a section; it goes below [vrrp NAME] or [agent]",
			name);
		return;
	case SECTION_UNKNOWN:
		return;
	case SECTION_ROUTER:
		draft = p->drafts[p->draft_count - 1];
		break;
	case SECTION_AGENT:
		break;
	}
	key = config_key_find(p->section, name);
	if (key == KEY_COUNT) {
		unknown_key(p, name);
		return;
	}
	for (const char *hash = strchr(value, '#'); hash; hash = strchr(hash + 1, '#')) {
		if (hash == value || hash[-1] == ' ' || hash[-1] == '\t') {
			p->key = key;
			config_error_value(p, draft, hash,
					   "is no comment: behind a value one starts with ' ;'");
			return;
		}
	}
	config_set_key(p, draft, key, value);
}
