/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `status --json`: names and shapes are an interface that others program against.
 */
#include <string.h>

#include "cli/show/report.h"
#include "core/address.h"
#include "core/monotime.h"
#include "core/names.h"
#include "core/vrrp/refusal.h"

/* ---- shared ---- */

void report_add_text(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value ? json_object_new_string(value) : NULL);
}

void report_add_number(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_int64((int64_t)value));
}

void report_add_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void report_add_address(struct json_object *object, const char *key, uint8_t family,
			const struct vrrp_addr *addr)
{
	char text[ADDRESS_TEXT];

	report_add_text(object, key, address_format(family, addr, text));
}

void report_add_time(struct json_object *object, const char *key, int64_t ns)
{
	char text[32];

	if (!ns) {
		json_object_object_add(object, key, NULL);
		return;
	}
	/* A double's own text would have digits that nobody measured. */
	snprintf(text, sizeof(text), "%lld.%06d", (long long)(ns / 1000000000),
		 (int)(ns % 1000000000 / 1000));
	json_object_object_add(object, key, json_object_new_double_s((double)ns / 1e9, text));
}

void report_print_json(struct json_object *object, FILE *out)
{
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/* ---- status ---- */

/* Since then, in ms; null where it never was. */
static void add_age(struct json_object *object, const char *key, const struct snapshot *snapshot,
		    uint64_t then_ns)
{
	if (then_ns)
		report_add_number(object, key, snapshot_age_ms(snapshot, then_ns));
	else
		report_add_text(object, key, NULL);
}

static struct json_object *verdicts_json(const struct vrrp_counters *counters)
{
	struct json_object *object = json_object_new_object();

	/* Other protocols are never counted. */
	for (unsigned int i = VRRP_VERDICT_NOT_VRRP + 1; i < VRRP_VERDICT_COUNT; i++)
		report_add_number(object, name_verdict(i), counters->verdict[i]);
	return object;
}

static struct json_object *notes_json(const struct vrrp_counters *counters)
{
	struct json_object *object = json_object_new_object();

	for (unsigned int i = 0; i < VRRP_NOTE_COUNT; i++)
		report_add_number(object, name_note(i), counters->note[i]);
	return object;
}

static struct json_object *path_json(const struct snapshot *snapshot,
				     const struct snapshot_router *router,
				     const struct snapshot_path *at)
{
	struct json_object *object = json_object_new_object(), *gaps = json_object_new_array(),
			   *late = json_object_new_array();
	const struct vrrp_path *path = &at->path;
	const struct vrrp_timing *timing = &at->timing;

	report_add_text(object, "interface", at->ifname);
	report_add_text(object, "mode", snapshot_mode(path));
	report_add_text(object, "xdp_unfit", snapshot_unfit(path));
	report_add_bool(object, "up", path->up);
	report_add_bool(object, "silent", path->silent);
	report_add_address(object, "source", router->instance.rules.family, &path->own_source);
	add_age(object, "last_advert_ms", snapshot, path->last_ns);
	report_add_number(object, "adverts", path->adverts);
	for (int i = 0; i < VRRP_GAP_BUCKETS; i++)
		json_object_array_add(gaps, json_object_new_int64((int64_t)timing->gaps[i]));
	json_object_object_add(object, "gaps_us", gaps);
	for (int i = 0; i < VRRP_LATE_BUCKETS; i++)
		json_object_array_add(late, json_object_new_int64(timing->late[i]));
	json_object_object_add(object, "late", late);
	report_add_number(object, "counted_ms", timing->counted_ns / NS_PER_MS);
	return object;
}

/* A number that was estimated has few digits that mean something. */
static void add_estimate(struct json_object *object, const char *key, double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3g", value);
	json_object_object_add(object, key, json_object_new_double_s(value, text));
}

static struct json_object *advice_json(const struct snapshot_router *router)
{
	static const char *const states[] = {[INTERVAL_ADVICE_UNHEARD] = "unheard",
					     [INTERVAL_ADVICE_WAIT] = "wait",
					     [INTERVAL_ADVICE_GIVEN] = "given"};
	struct json_object *object = json_object_new_object();
	struct interval_advice advice;

	snapshot_advise(router, &advice);
	report_add_text(object, "state", states[advice.state]);
	if (advice.state == INTERVAL_ADVICE_WAIT)
		report_add_number(object, "wait_s", advice.wait_s);
	if (advice.state != INTERVAL_ADVICE_GIVEN)
		return object;
	report_add_number(object, "interval_ms", advice.interval_cs * 10U);
	add_estimate(object, "false_failovers_a_year", advice.risk.per_year);
	add_estimate(object, "at_least", advice.risk.low);
	add_estimate(object, "at_most", advice.risk.high);
	if (advice.safe_cs)
		report_add_number(object, "safe_ms", advice.safe_cs * 10U);
	else
		report_add_text(object, "safe_ms", NULL);
	return object;
}

static struct json_object *master_json(const struct vrrp_instance *instance)
{
	struct json_object *object;

	if (!instance->report.master_priority)
		return NULL;
	object = json_object_new_object();
	report_add_address(object, "address", instance->rules.family, &instance->report.master);
	report_add_number(object, "priority", instance->report.master_priority);
	return object;
}

static struct json_object *troubles_json(const struct snapshot_router *router)
{
	struct json_object *list = json_object_new_array();
	const char *line;
	size_t cursor = 0;
	int length;

	while ((line = snapshot_trouble(router, &cursor, &length)))
		json_object_array_add(list, json_object_new_string_len(line, length));
	return list;
}

static struct json_object *lease_json(const struct snapshot_router *router)
{
	struct json_object *object = json_object_new_object();
	uint64_t left = snapshot_lease_ms(router);

	report_add_bool(object, "held", left > 0);
	report_add_number(object, "remaining_ms", left);
	return object;
}

static struct json_object *fence_json(const struct snapshot_router *router)
{
	struct json_object *object = json_object_new_object();

	report_add_text(object, "hook", router->hook);
	report_add_text(object, "standing", router->standing);
	report_add_number(object, "dropped_in", snapshot_fenced(&router->fenced, VRRP_FENCE_IN));
	report_add_number(object, "dropped_out", snapshot_fenced(&router->fenced, VRRP_FENCE_OUT));
	report_add_number(object, "rivals", router->fenced.rivals);
	report_add_number(object, "refused", router->fenced.refused);
	return object;
}

static void add_skew(struct json_object *object, int64_t ns)
{
	json_object_object_add(object, "skew_us", json_object_new_int64(ns / NS_PER_US));
}

static struct json_object *signers_json(const struct snapshot *snapshot,
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

/* IDs of keys, never a key, and how far the peers' clocks are from ours. */
static struct json_object *hmac_json(const struct snapshot *snapshot,
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
	report_add_number(object, "ahead_ms", instance->hmac_ahead_s * 1000U);
	json_object_object_add(object, "lead_us",
			       json_object_new_int64(snapshot_lead_ns(snapshot, router) /
						     NS_PER_US));
	json_object_object_add(object, "peers", signers_json(snapshot, router));
	if (instance->hmac_stale_at_ns) {
		stale = json_object_new_object();
		add_skew(stale, instance->hmac_stale_ns);
		report_add_number(stale, "last_advert_ms",
				  snapshot_age_ms(snapshot, instance->hmac_stale_at_ns));
	}
	json_object_object_add(object, "stale", stale);
	return object;
}

static struct json_object *refused_json(const struct snapshot *snapshot,
					const struct snapshot_router *router)
{
	struct json_object *array = json_object_new_array();
	const struct snapshot_neighbor *at;
	unsigned int cursor = 0;

	while ((at = snapshot_refused(snapshot, router, &cursor))) {
		struct json_object *peer = json_object_new_object();
		struct refusal refusal;

		refusal_describe(&router->instance.rules, &at->neighbor, &refusal);
		report_add_text(peer, "interface", at->ifname);
		report_add_address(peer, "source", at->key.family, &at->key.source);
		report_add_text(peer, "verdict", name_verdict(at->neighbor.refused));
		report_add_text(peer, "what", refusal.what);
		report_add_text(peer, "advice", refusal.advice);
		report_add_number(peer, "priority", at->neighbor.priority);
		report_add_number(peer, "last_advert_ms",
				  snapshot_age_ms(snapshot, at->neighbor.last_ns));
		json_object_array_add(array, peer);
	}
	return array;
}

static struct json_object *router_json(const struct snapshot *snapshot,
				       const struct snapshot_router *router)
{
	struct json_object *object = json_object_new_object(), *paths = json_object_new_array();
	const struct vrrp_instance *instance = &router->instance;
	char mac[MAC_TEXT];

	report_add_text(object, "name", instance->report.name);
	report_add_number(object, "vrid", instance->rules.vrid);
	report_add_number(object, "family", instance->rules.family);
	report_add_number(object, "version", instance->rules.version);
	report_add_text(object, "state", name_state(instance->report.state));
	add_age(object, "since_ms", snapshot, instance->report.since_ns);
	report_add_number(object, "priority", instance->report.priority);
	report_add_number(object, "base_priority", instance->report.base_priority);
	if (router->group[0])
		report_add_text(object, "group", router->group);
	report_add_text(object, "held_back",
			instance->report.hold && !snapshot_hands_over(instance)
				? name_hold(instance->report.hold)
				: NULL);
	report_add_bool(object, "handing_over", snapshot_hands_over(instance));
	if (router->troubles)
		json_object_object_add(object, "troubles", troubles_json(router));
	report_add_text(object, "clone_mac",
			snapshot_has_clone(instance) ? mac_format(instance->report.clone_mac, mac)
						     : NULL);
	report_add_number(object, "interval_ms", instance->rules.interval_cs * 10U);
	report_add_text(object, "public", instance->report.public_ifname);
	json_object_object_add(object, "master", master_json(instance));
	for (unsigned int i = 0; i < instance->report.path_count; i++)
		json_object_array_add(paths, path_json(snapshot, router, &router->paths[i]));
	json_object_object_add(object, "paths", paths);
	json_object_object_add(object, "lease", lease_json(router));
	json_object_object_add(object, "fence", fence_json(router));
	json_object_object_add(object, "hmac", hmac_json(snapshot, router));
	json_object_object_add(object, "refused_peers", refused_json(snapshot, router));
	report_add_number(object, "transitions", instance->report.transitions);
	json_object_object_add(object, "verdicts", verdicts_json(&router->counters));
	json_object_object_add(object, "notes", notes_json(&router->counters));
	return object;
}

static struct json_object *interfaces_json(const struct snapshot *snapshot)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int i = 0; i < snapshot->interface_count; i++) {
		const struct snapshot_interface *interface = &snapshot->interfaces[i];
		struct json_object *object = json_object_new_object();

		report_add_text(object, "interface", interface->ifname);
		report_add_text(object, "mode", interface->mode);
		report_add_number(object, "lost", interface->lost);
		json_object_object_add(object, "verdicts", verdicts_json(&interface->counters));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *neighbors_json(const struct snapshot *snapshot)
{
	struct json_object *array = json_object_new_array();

	for (unsigned int i = 0; i < snapshot->neighbor_count; i++) {
		const struct snapshot_neighbor *at = &snapshot->neighbors[i];
		struct json_object *object = json_object_new_object();

		report_add_text(object, "interface", at->ifname);
		report_add_number(object, "vrid", at->key.vrid);
		report_add_number(object, "family", at->key.family);
		report_add_address(object, "source", at->key.family, &at->key.source);
		report_add_text(object, "protocol", name_protocol(at->neighbor.refused));
		report_add_number(object, "version", at->neighbor.version);
		report_add_number(object, "priority", at->neighbor.priority);
		report_add_number(object, "interval_ms", at->neighbor.interval_cs * 10U);
		add_age(object, "last_advert_ms", snapshot, at->neighbor.last_ns);
		report_add_number(object, "adverts", at->neighbor.adverts);
		json_object_array_add(array, object);
	}
	return array;
}

struct json_object *report_json(const struct snapshot *snapshot, const char *only)
{
	struct json_object *object = json_object_new_object(), *agent = json_object_new_object(),
			   *instances = json_object_new_array();

	report_add_number(object, "schema", 1);
	report_add_bool(agent, "running", snapshot->agent != 0);
	if (snapshot->agent) {
		report_add_number(agent, "pid", (uint64_t)snapshot->agent);
		report_add_text(agent, "version", snapshot->agent_version);
		if (snapshot->vitals.version) {
			report_add_number(agent, "realtime", snapshot->vitals.realtime);
			report_add_bool(agent, "realtime_lost", snapshot->vitals.realtime_lost);
			report_add_number(agent, "idle_wakeups", snapshot->vitals.idle_wakeups);
			report_add_number(agent, "fence_repairs", snapshot->vitals.fence_repairs);
			report_add_number(agent, "fence_flaws", snapshot->vitals.fence_flaws);
		}
	}
	json_object_object_add(object, "agent", agent);
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		const struct snapshot_router *router = &snapshot->routers[i];
		struct json_object *instance;

		if (only && strcmp(only, router->instance.report.name))
			continue;
		instance = router_json(snapshot, router);
		/* It takes milliseconds, and a host may have thousands of routers. */
		if (only)
			json_object_object_add(instance, "interval_advice", advice_json(router));
		json_object_array_add(instances, instance);
	}
	json_object_object_add(object, "instances", instances);
	json_object_object_add(object, "interfaces", interfaces_json(snapshot));
	json_object_object_add(object, "neighbors", neighbors_json(snapshot));
	return object;
}
