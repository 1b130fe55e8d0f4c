/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A configuration as canonical text: every key that has a value, defaults too, one value a line, in
 * the order of the manual. Depends on nothing but the configuration, so that two hosts' texts can
 * be compared.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/address.h"
#include "core/config.h"
#include "core/config_text.h"
#include "core/names.h"

static const char *yes_no(bool value)
{
	return value ? "yes" : "no";
}

static void duration(FILE *out, const char *key, uint64_t ns)
{
	char text[TEXT_DURATION];

	fprintf(out, "%s = %s\n", key, text_duration_format(ns, text));
}

static void mac(FILE *out, const char *key, const uint8_t value[6])
{
	char text[MAC_TEXT];

	fprintf(out, "%s = %s\n", key, mac_format(value, text));
}

static void addresses(FILE *out, const char *key, uint8_t family, const struct vrrp_addr *list,
		      unsigned int count)
{
	char text[ADDRESS_TEXT];

	for (unsigned int i = 0; i < count; i++)
		fprintf(out, "%s = %s\n", key, address_format(family, &list[i], text));
}

static void prefixes(FILE *out, const char *key, const struct config_prefix *list,
		     unsigned int count)
{
	char text[ADDRESS_TEXT];

	for (unsigned int i = 0; i < count; i++)
		fprintf(out, "%s = %s/%u%s%s\n", key,
			address_format(list[i].family, &list[i].addr, text), list[i].plen,
			list[i].dev[0] ? " dev " : "", list[i].dev);
}

/* A default route with nothing but a next hop is what `gateway` says, in a router that has an
 * address of its family. */
static bool is_gateway(const struct config_route *route, const struct config_prefix *carried,
		       unsigned int carried_count)
{
	if (route->plen != 0 || !route->has_via || route->has_src || route->metric || route->dev[0])
		return false;
	for (unsigned int i = 0; i < carried_count; i++) {
		if (carried[i].family == route->family)
			return true;
	}
	return false;
}

static void one_route(FILE *out, const struct config_route *route)
{
	char text[ADDRESS_TEXT];

	fprintf(out, "route = %s/%u", address_format(route->family, &route->addr, text),
		route->plen);
	if (route->has_via)
		fprintf(out, " via %s", address_format(route->family, &route->via, text));
	if (route->dev[0])
		fprintf(out, " dev %s", route->dev);
	if (route->has_src)
		fprintf(out, " src %s", address_format(route->family, &route->src, text));
	if (route->metric)
		fprintf(out, " metric %u", route->metric);
	fprintf(out, "\n");
}

static void routes(FILE *out, const struct config_router *r)
{
	for (unsigned int i = 0; i < r->route_count; i++) {
		if (is_gateway(&r->routes[i], r->addresses, r->address_count))
			addresses(out, "gateway", r->routes[i].family, &r->routes[i].via, 1);
	}
	for (unsigned int i = 0; i < r->route_count; i++) {
		if (!is_gateway(&r->routes[i], r->addresses, r->address_count))
			one_route(out, &r->routes[i]);
	}
}

static void agent(FILE *out, const struct config *config)
{
	fprintf(out, "[agent]\n");
	switch (config->mode) {
	case CONFIG_MODE_AUTO:
		fprintf(out, "mode = auto\n");
		break;
	case CONFIG_MODE_NATIVE:
		fprintf(out, "mode = native\n");
		break;
	case CONFIG_MODE_GENERIC:
		fprintf(out, "mode = generic\n");
		break;
	case CONFIG_MODE_SOCKET:
		fprintf(out, "mode = socket\n");
		break;
	}
	fprintf(out, "realtime = %d\n", config->realtime);
	duration(out, "early", config->early_ns);
	fprintf(out, "log-level = %s\n",
		config->log_level <= 3   ? "error"
		: config->log_level <= 4 ? "warning"
		: config->log_level <= 6 ? "info"
					 : "debug");
}

static void weight(FILE *out, int value)
{
	if (value)
		fprintf(out, " weight %d", value);
}

static void tracks(FILE *out, const struct config_router *r)
{
	char every[TEXT_DURATION], timeout[TEXT_DURATION];

	for (unsigned int i = 0; i < r->track_count; i++) {
		fprintf(out, "track-interface = %s", r->track[i].name);
		weight(out, r->track[i].weight);
		fprintf(out, "\n");
	}
	for (unsigned int i = 0; i < r->script_count; i++) {
		const struct config_track_script *script = &r->scripts[i];

		fprintf(out, "track-script = %s every %s timeout %s", script->path,
			text_duration_format(script->every_ms * TEXT_NS_PER_MS, every),
			text_duration_format(script->timeout_ms * TEXT_NS_PER_MS, timeout));
		weight(out, script->weight);
		fprintf(out, " rise %u fall %u\n", script->rise, script->fall);
	}
}

/* The names of the files, never what is in them. */
static void hmac(FILE *out, const struct config_router *r)
{
	for (unsigned int i = 0; i < r->hmac_key_count; i++)
		fprintf(out, "hmac-key = %u:%s\n", r->hmac_keys[i].id, r->hmac_keys[i].file);
	if (!r->hmac_key_count)
		return;
	fprintf(out, "hmac-active = %u\nhmac-mode = %s\n", r->hmac_active,
		name_hmac_mode(r->hmac_mode));
	duration(out, "hmac-window", r->hmac_window_s * TEXT_NS_PER_S);
}

static void router(FILE *out, const struct config_router *r)
{
	static const char *const hooks[CONFIG_NOTIFY_COUNT] = {
		[CONFIG_NOTIFY_ANY] = "notify",
		[CONFIG_NOTIFY_MASTER] = "notify-master",
		[CONFIG_NOTIFY_BACKUP] = "notify-backup",
		[CONFIG_NOTIFY_FAULT] = "notify-fault",
	};
	static const char *const fences[] = {
		[CONFIG_FENCE_AUTO] = "auto",
		[CONFIG_FENCE_YES] = "yes",
		[CONFIG_FENCE_NO] = "no",
	};
	static const char *const witnesses[] = {
		[CONFIG_WITNESS_NONE] = "none",
		[CONFIG_WITNESS_GATEWAY] = "gateway",
		[CONFIG_WITNESS_OWNER] = "owner",
	};

	fprintf(out, "\n[vrrp %s]\nvrid = %u\n", r->name, r->vrid);
	for (unsigned int i = 0; i < r->heartbeat_count; i++)
		fprintf(out, "heartbeat = %s\n", r->heartbeat[i]);
	fprintf(out, "priority = %u\nversion = %u\n", r->priority, r->version);
	duration(out, "interval", r->interval_cs * 10 * TEXT_NS_PER_MS);
	fprintf(out, "preempt = %s\n", yes_no(r->preempt));
	duration(out, "preempt-delay", r->preempt_delay_ms * TEXT_NS_PER_MS);
	fprintf(out, "accept = %s\npublic = %s\n", yes_no(r->accept), r->public);
	prefixes(out, "address", r->addresses, r->address_count);
	routes(out, r);
	switch (r->mac.kind) {
	case CONFIG_MAC_KEEP:
		fprintf(out, "mac = keep\n");
		break;
	case CONFIG_MAC_VIRTUAL:
		fprintf(out, "mac = virtual\n");
		break;
	case CONFIG_MAC_FIXED:
		mac(out, "mac", r->mac.mac);
		break;
	}
	addresses(out, "advertise", r->family, r->advertise, r->advertise_count);
	prefixes(out, "standby-address", r->standby_addresses, r->standby_address_count);
	for (unsigned int i = 0; i < r->standby_route_count; i++)
		addresses(out, "standby-gateway", r->standby_routes[i].family,
			  &r->standby_routes[i].via, 1);
	if (r->has_standby_mac)
		mac(out, "standby-mac", r->standby_mac);
	addresses(out, "peers", r->family, r->peers, r->peer_count);
	if (r->has_source)
		addresses(out, "source", r->family, &r->source, 1);
	if (r->peer_count > 0)
		fprintf(out, "min-ttl = %u\n", r->min_ttl);
	fprintf(out, "checksum = %s\n",
		r->checksum == VRRP_CHECKSUM_RFC9568   ? "rfc9568"
		: r->checksum == VRRP_CHECKSUM_RFC5798 ? "rfc5798"
						       : "auto");
	if (r->auth_type == VRRP_AUTH_PASS)
		fprintf(out, "auth = pass:%.*s\n", VRRP_AUTH_LEN, (const char *)r->auth_data);
	else
		fprintf(out, "auth = none\n");
	hmac(out, r);
	fprintf(out, "fence = %s\n", fences[r->fence]);
	fprintf(out, "witness = %s\n", witnesses[r->witness]);
	fprintf(out, "garp-count = %u\n", r->garp_count);
	duration(out, "garp-interval", r->garp_interval_ms * TEXT_NS_PER_MS);
	duration(out, "garp-refresh", r->garp_refresh_ms * TEXT_NS_PER_MS);
	tracks(out, r);
	for (int i = 0; i < CONFIG_NOTIFY_COUNT; i++) {
		if (r->notify[i])
			fprintf(out, "%s = %s\n", hooks[i], r->notify[i]);
	}
	duration(out, "notify-timeout", r->notify_timeout_ms * TEXT_NS_PER_MS);
}

char *config_format(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool failed;

	if (!out)
		return NULL;
	agent(out, config);
	for (unsigned int i = 0; i < config->router_count; i++)
		router(out, &config->routers[i]);
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
