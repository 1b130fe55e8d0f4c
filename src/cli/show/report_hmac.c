/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `status` says of the authentication trailer: IDs of keys, never a key, and how far the
 * peers' clocks are from ours.
 */
#include <inttypes.h>

#include "cli/show/format.h"
#include "cli/show/report.h"
#include "core/address.h"
#include "core/monotime.h"
#include "core/names.h"

static void add_skew(struct json_object *object, int64_t ns)
{
	json_object_object_add(object, "skew_us", json_object_new_int64(ns / NS_PER_US));
}

static struct json_object *peers_json(const struct snapshot *snapshot,
				      const struct snapshot_router *router)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int i = 0; i < router->hmac.peer_count; i++) {
		const struct snapshot_signer *at = &router->hmac.peers[i];
		struct json_object *peer = json_object_new_object();

		report_add_address(peer, "source", router->instance.rules.family, &at->source);
		add_skew(peer, at->mark.skew_ns);
		report_add_number(peer, "last_advert_ms",
				  snapshot_age_ms(snapshot, at->mark.stamp_ns));
		json_object_array_add(array, peer);
	}
	return array;
}

struct json_object *report_hmac_json(const struct snapshot *snapshot,
				     const struct snapshot_router *router)
{
	const struct vrrp_instance *instance = &router->instance;
	struct json_object *object, *keys, *stale = NULL;

	if (instance->rules.hmac_mode == VRRP_HMAC_OFF)
		return NULL;
	object = json_object_new_object();
	keys = json_object_new_array();
	for (unsigned int i = 0; i < router->hmac.key_count; i++)
		json_object_array_add(keys, json_object_new_int(router->hmac.keys[i]));
	report_add_text(object, "mode", name_hmac_mode(instance->rules.hmac_mode));
	report_add_number(object, "active", instance->rules.hmac_active);
	json_object_object_add(object, "keys", keys);
	report_add_number(object, "window_ms", instance->rules.hmac_window_s * 1000U);
	json_object_object_add(object, "peers", peers_json(snapshot, router));
	if (instance->hmac_stale_at_ns) {
		stale = json_object_new_object();
		add_skew(stale, instance->hmac_stale_ns);
		report_add_number(stale, "last_advert_ms",
				  snapshot_age_ms(snapshot, instance->hmac_stale_at_ns));
	}
	json_object_object_add(object, "stale", stale);
	return object;
}

/* "+0.312ms", "-3600.000s": which way it is off matters. */
static const char *skew_text(int64_t ns, char buf[FORMAT_TEXT])
{
	bool far = ns >= 1000000000 || ns <= -1000000000;

	snprintf(buf, FORMAT_TEXT, "%+.3f%s", (double)ns / (far ? 1e9 : 1e6), far ? "s" : "ms");
	return buf;
}

static void title(const char *text, FILE *out)
{
	fprintf(out, "  %-*s", REPORT_TITLE - 2, text);
}

void report_hmac(const struct snapshot *snapshot, const struct snapshot_router *router, FILE *out)
{
	const struct vrrp_instance *instance = &router->instance;
	const struct vrrp_rules *rules = &instance->rules;
	char address[ADDRESS_TEXT], skew[FORMAT_TEXT], age[FORMAT_TEXT];

	if (rules->hmac_mode == VRRP_HMAC_OFF)
		return;
	title("hmac", out);
	fprintf(out, "%s, window %us, ", name_hmac_mode(rules->hmac_mode), rules->hmac_window_s);
	if (rules->hmac_mode >= VRRP_HMAC_PERMISSIVE)
		fprintf(out, "signs with key %u, ", rules->hmac_active);
	fprintf(out, "knows");
	for (unsigned int i = 0; i < router->hmac.key_count; i++)
		fprintf(out, " %u", router->hmac.keys[i]);
	fprintf(out, "\n");
	for (unsigned int i = 0; i < router->hmac.peer_count; i++) {
		const struct snapshot_signer *at = &router->hmac.peers[i];

		title("", out);
		fprintf(out, "clock of %s %s from ours, %s ago\n",
			address_format(rules->family, &at->source, address),
			skew_text(at->mark.skew_ns, skew),
			format_duration(snapshot_age_ms(snapshot, at->mark.stamp_ns), age));
	}
	if (!instance->hmac_stale_at_ns)
		return;
	title("", out);
	fprintf(out, "refused as stale: %s from our clock, %s ago\n",
		skew_text(instance->hmac_stale_ns, skew),
		format_duration(snapshot_age_ms(snapshot, instance->hmac_stale_at_ns), age));
}
