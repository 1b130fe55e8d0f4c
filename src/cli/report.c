/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that turns map values into names and numbers for people and programs.
 */
#include "cli/report.h"

#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include "core/address.h"
#include "sys/fence.h"
#include "vrrp_timers.h"

#define NS_PER_MS 1000000ULL

static const char *name_of(const char *const *names, unsigned int count, unsigned int index)
{
	return index < count ? names[index] : "?";
}

#define X(sym, text) text,

const char *report_state(unsigned int state)
{
	static const char *const names[] = {"init", "backup", "master", "fault"};

	return name_of(names, 4, state);
}

const char *report_cause(unsigned int cause)
{
	static const char *const names[] = { VRRP_CAUSES(X) };

	return name_of(names, VRRP_CAUSE_COUNT, cause);
}

const char *report_verdict(unsigned int verdict)
{
	static const char *const names[] = { VRRP_VERDICTS(X) };

	return name_of(names, VRRP_VERDICT_COUNT, verdict);
}

static const char *hold_text(unsigned int hold)
{
	static const char *const texts[] = { VRRP_HOLDS(X) };

	return name_of(texts, VRRP_HOLD_COUNT, hold);
}

static const char *note_name(unsigned int note)
{
	static const char *const names[] = { VRRP_NOTES(X) };

	return name_of(names, VRRP_NOTE_COUNT, note);
}

#undef X

static void add_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static void add_number(struct json_object *object, const char *key, uint64_t value)
{
	json_object_object_add(object, key, json_object_new_int64((int64_t)value));
}

static void add_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

static void add_address(struct json_object *object, const char *key, uint8_t family,
			const struct vrrp_addr *addr)
{
	char text[ADDRESS_TEXT];

	add_string(object, key, address_format(family, addr, text));
}

/* Since then, in ms; NULL where it never was. */
static void add_age(struct json_object *object, const char *key, uint64_t now_ns, uint64_t then_ns)
{
	if (!then_ns)
		json_object_object_add(object, key, NULL);
	else
		add_number(object, key,
			   vrrp_before(now_ns, then_ns) ? 0 : (now_ns - then_ns) / NS_PER_MS);
}

struct json_object *report_verdicts(const struct vrrp_counters *counters)
{
	struct json_object *object = json_object_new_object();

	/* Other protocols are never counted. */
	for (unsigned int i = VRRP_VERDICT_NOT_VRRP + 1; i < VRRP_VERDICT_COUNT; i++)
		add_number(object, report_verdict(i), counters->verdict[i]);
	return object;
}

struct json_object *report_notes(const struct vrrp_counters *counters)
{
	struct json_object *object = json_object_new_object();

	for (unsigned int i = 0; i < VRRP_NOTE_COUNT; i++)
		add_number(object, note_name(i), counters->note[i]);
	return object;
}

static const char *interface_name(uint32_t ifindex, char name[IF_NAMESIZE])
{
	if (!if_indextoname(ifindex, name))
		snprintf(name, IF_NAMESIZE, "%s", "(gone)");
	return name;
}

static struct json_object *path_json(const struct report *report, const struct vrrp_path *path,
				     const struct vrrp_instance *instance)
{
	struct json_object *object = json_object_new_object(), *gaps = json_object_new_array();
	char name[IF_NAMESIZE];

	add_string(object, "interface", interface_name(path->ifindex, name));
	add_string(object, "mode", path->generic ? "generic" : "native");
	add_bool(object, "up", path->up);
	add_bool(object, "silent", path->silent);
	add_address(object, "source", instance->rules.family, &path->own_source);
	add_age(object, "last_advert_ms", report->now_ns, path->last_ns);
	add_number(object, "adverts", path->adverts);
	for (int i = 0; i < VRRP_GAP_BUCKETS; i++)
		json_object_array_add(gaps, json_object_new_int64((int64_t)path->gaps[i]));
	json_object_object_add(object, "gaps_us", gaps);
	return object;
}

static struct json_object *master_json(const struct vrrp_instance *instance)
{
	struct json_object *object;

	if (!instance->report.master_priority)
		return NULL;
	object = json_object_new_object();
	add_address(object, "address", instance->rules.family, &instance->report.master);
	add_number(object, "priority", instance->report.master_priority);
	return object;
}

static uint64_t lease_left_ms(const struct report *report, unsigned int slot)
{
	uint64_t until = view_lease_until_ns(report->view, slot);

	return until && vrrp_before(report->now_ns, until)
		       ? (until - report->now_ns) / NS_PER_MS + 1
		       : 0;
}

static enum fence_hook fence_hook_of(const struct report *report, unsigned int slot)
{
	const struct vrrp_instance *instance = view_instance(report->view, slot);
	unsigned int ifindex = if_nametoindex(instance->report.public_ifname);
	enum fence_hook hook;

	if (!ifindex || fence_guards(report->bpffs, (uint16_t)slot) <= 0 ||
	    fence_query(report->bpffs, (int)ifindex, &hook))
		return FENCE_NONE;
	return hook;
}

static uint64_t fenced_sum(const struct vrrp_fenced *fenced, unsigned int side)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < VRRP_FENCED_COUNT; i++)
		sum += fenced->frames[side][i];
	return sum;
}

static struct json_object *fence_json(const struct report *report, unsigned int slot)
{
	struct json_object *object = json_object_new_object();
	struct vrrp_fenced fenced = {0};

	fence_counters(report->bpffs, slot, 1, &fenced);
	add_string(object, "hook", fence_hook_name(fence_hook_of(report, slot)));
	add_number(object, "dropped_in", fenced_sum(&fenced, VRRP_FENCE_IN));
	add_number(object, "dropped_out", fenced_sum(&fenced, VRRP_FENCE_OUT));
	add_number(object, "rivals", fenced.rivals);
	add_number(object, "refused", fenced.refused);
	return object;
}

static struct json_object *instance_json(const struct report *report, unsigned int slot)
{
	const struct vrrp_instance *instance = view_instance(report->view, slot);
	struct json_object *object = json_object_new_object(), *paths = json_object_new_array(),
			   *lease = json_object_new_object();
	struct vrrp_counters counters;
	uint64_t left = lease_left_ms(report, slot);

	add_string(object, "name", instance->report.name);
	add_number(object, "vrid", instance->rules.vrid);
	add_number(object, "family", instance->rules.family);
	add_number(object, "version", instance->rules.version);
	add_string(object, "state", report_state(instance->report.state));
	add_age(object, "since_ms", report->now_ns, instance->report.since_ns);
	add_number(object, "priority", instance->report.priority);
	add_number(object, "base_priority", instance->report.base_priority);
	if (instance->report.hold)
		add_string(object, "held_back", hold_text(instance->report.hold));
	else
		json_object_object_add(object, "held_back", NULL);
	add_number(object, "interval_ms", instance->rules.interval_cs * 10U);
	add_string(object, "public", instance->report.public_ifname);
	json_object_object_add(object, "master", master_json(instance));
	for (unsigned int i = 0; i < instance->report.path_count; i++)
		json_object_array_add(paths, path_json(report, view_path(report->view, slot, i),
						       instance));
	json_object_object_add(object, "paths", paths);
	add_bool(lease, "held", left > 0);
	add_number(lease, "remaining_ms", left);
	json_object_object_add(object, "lease", lease);
	json_object_object_add(object, "fence", fence_json(report, slot));
	add_number(object, "transitions", instance->report.transitions);
	if (!view_counters(report->view, slot, &counters)) {
		json_object_object_add(object, "verdicts", report_verdicts(&counters));
		json_object_object_add(object, "notes", report_notes(&counters));
	}
	return object;
}

static bool selected(const struct report *report, const struct vrrp_instance *instance)
{
	return instance->report.name[0] &&
	       (!report->only || !strcmp(report->only, instance->report.name));
}

static struct json_object *interfaces_json(const struct report *report)
{
	struct json_object *array = json_object_new_array();
	struct view_port ports[VRRP_MAX_PORTS];
	int count = report->view ? view_ports(report->view, ports, VRRP_MAX_PORTS) : 0;

	for (int i = 0; i < count; i++) {
		struct json_object *object = json_object_new_object();
		struct vrrp_counters counters;
		struct xdp_state state;
		char name[IF_NAMESIZE];

		add_string(object, "interface", interface_name((uint32_t)ports[i].ifindex, name));
		if (!xdp_query(report->bpffs, ports[i].ifindex, &state) && state.ours)
			add_string(object, "mode", state.generic ? "generic" : "native");
		else
			json_object_object_add(object, "mode", NULL);
		if (!view_counters(report->view, ports[i].counters, &counters))
			json_object_object_add(object, "verdicts", report_verdicts(&counters));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *neighbors_json(const struct report *report)
{
	struct json_object *array = json_object_new_array();
	struct vrrp_neighbor_key key = {0};
	struct vrrp_neighbor neighbor;
	bool first = true;

	while (report->view && view_neighbor(report->view, &key, &first, &neighbor)) {
		struct json_object *object = json_object_new_object();
		char name[IF_NAMESIZE];

		add_string(object, "interface", interface_name(key.ifindex, name));
		add_number(object, "vrid", key.vrid);
		add_number(object, "family", key.family);
		add_address(object, "source", key.family, &key.source);
		add_number(object, "version", neighbor.version);
		add_number(object, "priority", neighbor.priority);
		add_number(object, "interval_ms", neighbor.interval_cs * 10U);
		add_age(object, "last_advert_ms", report->now_ns, neighbor.last_ns);
		add_number(object, "adverts", neighbor.adverts);
		json_object_array_add(array, object);
	}
	return array;
}

struct json_object *report_json(const struct report *report)
{
	struct json_object *object = json_object_new_object(), *agent = json_object_new_object(),
			   *instances = json_object_new_array();

	add_number(object, "schema", 1);
	add_bool(agent, "running", report->agent != 0);
	if (report->agent) {
		add_number(agent, "pid", (uint64_t)report->agent);
		add_string(agent, "version", report->agent_version);
	}
	json_object_object_add(object, "agent", agent);
	for (unsigned int slot = 0; report->agent && report->view && slot < VRRP_MAX_SLOTS;
	     slot++) {
		const struct vrrp_instance *instance = view_instance(report->view, slot);

		if (selected(report, instance))
			json_object_array_add(instances, instance_json(report, slot));
	}
	json_object_object_add(object, "instances", instances);
	json_object_object_add(object, "interfaces", interfaces_json(report));
	json_object_object_add(object, "neighbors", neighbors_json(report));
	return object;
}

/* ---- text ---- */

/* 1234 -> "1.2s": short enough for a column. */
static const char *duration(uint64_t ms, char buf[32])
{
	if (ms < 1000)
		snprintf(buf, 32, "%" PRIu64 "ms", ms);
	else if (ms < 60000)
		snprintf(buf, 32, "%.1fs", (double)ms / 1000);
	else if (ms < 3600000)
		snprintf(buf, 32, "%" PRIu64 "m%02" PRIu64 "s", ms / 60000, ms / 1000 % 60);
	else if (ms < 86400000)
		snprintf(buf, 32, "%" PRIu64 "h%02" PRIu64 "m", ms / 3600000, ms / 60000 % 60);
	else
		snprintf(buf, 32, "%" PRIu64 "d%02" PRIu64 "h", ms / 86400000, ms / 3600000 % 24);
	return buf;
}

static uint64_t age_ms(const struct report *report, uint64_t then_ns)
{
	return vrrp_before(report->now_ns, then_ns) ? 0 : (report->now_ns - then_ns) / NS_PER_MS;
}

static uint64_t rejected(const struct vrrp_counters *counters)
{
	uint64_t sum = 0;

	for (unsigned int i = VRRP_VERDICT_VALID + 1; i < VRRP_VERDICT_COUNT; i++)
		sum += counters->verdict[i];
	return sum;
}

static void print_line(const struct report *report, unsigned int slot, FILE *out)
{
	const struct vrrp_instance *instance = view_instance(report->view, slot);
	struct vrrp_counters counters = {0};
	char master[ADDRESS_TEXT] = "-", since[32], heard[32] = "-";
	uint64_t newest = 0;

	view_counters(report->view, slot, &counters);
	if (instance->report.master_priority)
		address_format(instance->rules.family, &instance->report.master, master);
	for (unsigned int i = 0; i < instance->report.path_count; i++) {
		uint64_t last = view_path(report->view, slot, i)->last_ns;

		newest = last > newest ? last : newest;
	}
	if (newest)
		duration(age_ms(report, newest), heard);
	fprintf(out, "%-12.12s %4u  %-6s %8s %4u  %-20s %7s %8" PRIu64 "\n", instance->report.name,
		instance->rules.vrid, report_state(instance->report.state),
		duration(age_ms(report, instance->report.since_ns), since),
		instance->report.priority, master, heard, rejected(&counters));
}

static void print_counters(const char *title, const struct vrrp_counters *counters, FILE *out)
{
	fprintf(out, "%s", title);
	for (unsigned int i = VRRP_VERDICT_FOREIGN; i < VRRP_VERDICT_COUNT; i++) {
		if (counters->verdict[i])
			fprintf(out, " %s %" PRIu64, report_verdict(i),
				(uint64_t)counters->verdict[i]);
	}
	fprintf(out, "\n");
}

static void print_full(const struct report *report, unsigned int slot, FILE *out)
{
	const struct vrrp_instance *instance = view_instance(report->view, slot);
	struct vrrp_counters counters = {0};
	struct vrrp_fenced fenced = {0};
	char text[ADDRESS_TEXT], since[32];

	fprintf(out, "%s: %s for %s, %u transitions\n", instance->report.name,
		report_state(instance->report.state),
		duration(age_ms(report, instance->report.since_ns), since),
		instance->report.transitions);
	fprintf(out, "  vrid %u, IPv%u, version %u, priority %u, every %u ms, public %s\n",
		instance->rules.vrid, instance->rules.family, instance->rules.version,
		instance->report.priority, instance->rules.interval_cs * 10U,
		instance->report.public_ifname);
	if (instance->report.master_priority)
		fprintf(out, "  master %s, priority %u\n",
			address_format(instance->rules.family, &instance->report.master, text),
			instance->report.master_priority);
	else
		fprintf(out, "  no master known\n");
	if (instance->report.hold)
		fprintf(out, "  does not take over: %s\n", hold_text(instance->report.hold));
	for (unsigned int i = 0; i < instance->report.path_count; i++) {
		const struct vrrp_path *path = view_path(report->view, slot, i);
		char name[IF_NAMESIZE], age[32] = "never";

		if (path->last_ns)
			duration(age_ms(report, path->last_ns), age);
		fprintf(out, "  heartbeat %s (%s, %s): last advert %s%s, %" PRIu64 " heard\n",
			interface_name(path->ifindex, name), path->generic ? "generic" : "native",
			path->silent ? "silent"
			: path->up   ? "usable"
				     : "not usable",
			age, path->last_ns ? " ago" : "", (uint64_t)path->adverts);
	}
	fence_counters(report->bpffs, slot, 1, &fenced);
	fprintf(out, "  fence %s, %" PRIu64 " dropped",
		fence_hook_name(fence_hook_of(report, slot)),
		fenced_sum(&fenced, VRRP_FENCE_IN) + fenced_sum(&fenced, VRRP_FENCE_OUT));
	if (fenced.refused)
		fprintf(out, ", %" PRIu64 " refused (accept = no)", (uint64_t)fenced.refused);
	fprintf(out, "\n");
	if (lease_left_ms(report, slot))
		fprintf(out, "  lease %" PRIu64 " ms left\n", lease_left_ms(report, slot));
	view_counters(report->view, slot, &counters);
	print_counters("  adverts:", &counters, out);
}

static void print_interfaces(const struct report *report, FILE *out)
{
	struct view_port ports[VRRP_MAX_PORTS];
	int count = view_ports(report->view, ports, VRRP_MAX_PORTS);

	for (int i = 0; i < count; i++) {
		struct vrrp_counters counters = {0};
		struct xdp_state state;
		char name[IF_NAMESIZE];
		const char *mode = "not attached";

		if (!xdp_query(report->bpffs, ports[i].ifindex, &state) && state.ours)
			mode = state.generic ? "generic XDP" : "native XDP";
		fprintf(out, "%s: %s;", interface_name((uint32_t)ports[i].ifindex, name), mode);
		view_counters(report->view, ports[i].counters, &counters);
		print_counters(" not for us:", &counters, out);
	}
}

bool report_text(const struct report *report, FILE *out)
{
	bool found = false;

	if (report->agent)
		fprintf(out, "agent: running, pid %d\n", (int)report->agent);
	else
		fprintf(out, "agent: not running\n");
	if (!report->view) {
		fprintf(out, "no interface is attached\n");
		return !report->only;
	}
	for (unsigned int slot = 0; report->agent && slot < VRRP_MAX_SLOTS; slot++) {
		const struct vrrp_instance *instance = view_instance(report->view, slot);

		if (!selected(report, instance))
			continue;
		if (report->only) {
			print_full(report, slot, out);
		} else {
			if (!found)
				fprintf(out, "%-12s %4s  %-6s %8s %4s  %-20s %7s %8s\n", "NAME",
					"VRID", "STATE", "SINCE", "PRIO", "MASTER", "HEARD",
					"REJECTED");
			print_line(report, slot, out);
		}
		found = true;
	}
	if (!report->only)
		print_interfaces(report, out);
	return found || !report->only;
}
