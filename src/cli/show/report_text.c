/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `status` for people: a table of all, and one router in full.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "cli/show/format.h"
#include "cli/show/report.h"
#include "cli/tools/doctor.h"
#include "core/address.h"
#include "core/names.h"
#include "core/vrrp/refusal.h"

/* ---- the table ---- */

#define NAME_LEAST 8

static void master_text(const struct snapshot_router *router, char buf[ADDRESS_TEXT + 8])
{
	const struct vrrp_instance *instance = &router->instance;
	char address[ADDRESS_TEXT];

	if (!instance->report.master_priority) {
		snprintf(buf, ADDRESS_TEXT + 8, "-");
		return;
	}
	address_format(instance->rules.family, &instance->report.master, address);
	/* Of this host's own the priority is a column already. */
	if (instance->report.state == VRRP_STATE_MASTER)
		snprintf(buf, ADDRESS_TEXT + 8, "%s", address);
	else
		snprintf(buf, ADDRESS_TEXT + 8, "%s (%u)", address,
			 instance->report.master_priority);
}

static const char *heard_text(const struct snapshot *snapshot, const struct snapshot_router *router,
			      char buf[FORMAT_TEXT])
{
	uint64_t heard = snapshot_heard_ns(router);

	return heard ? format_duration(snapshot_age_ms(snapshot, heard), buf) : "-";
}

#define FIXED_COLUMNS 43 /* of the row below, without name and master */

static void print_row(const struct snapshot *snapshot, const struct snapshot_router *router,
		      unsigned int width, FILE *out)
{
	const struct vrrp_instance *instance = &router->instance;
	char name[FORMAT_TEXT], since[FORMAT_TEXT], heard[FORMAT_TEXT], master[ADDRESS_TEXT + 8];

	master_text(router, master);
	fprintf(out, "%-*s %4u  %-6s %6s %4u %6s %8" PRIu64 "  %s\n", (int)width,
		format_fit(instance->report.name, width, name), instance->rules.vrid,
		name_state(instance->report.state),
		format_duration(snapshot_age_ms(snapshot, instance->report.since_ns), since),
		instance->report.priority, heard_text(snapshot, router, heard),
		snapshot_rejected(&router->counters), master);
}

static unsigned int name_width(const struct snapshot *snapshot, unsigned int columns)
{
	unsigned int name = NAME_LEAST, master = 0;

	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		const struct snapshot_router *router = &snapshot->routers[i];
		unsigned int length = (unsigned int)strlen(router->instance.report.name);
		char text[ADDRESS_TEXT + 8];

		name = length > name ? length : name;
		master_text(router, text);
		master = strlen(text) > master ? (unsigned int)strlen(text) : master;
	}
	if (name + master + FIXED_COLUMNS > columns)
		name = columns > master + FIXED_COLUMNS + NAME_LEAST
			       ? columns - master - FIXED_COLUMNS
			       : NAME_LEAST;
	return name;
}

/* What somebody should look at. */
#define REFUSED_SHOWN 4 /* of each router */

/* Peers of the router that cannot be understood. With `advice`, what to do is said, too. */
static void print_refused(const struct snapshot *snapshot, const struct snapshot_router *router,
			  bool advice, FILE *out)
{
	const char *name = router->instance.report.name;
	const struct snapshot_neighbor *at;
	unsigned int cursor = 0, count = 0;

	while ((at = snapshot_refused(snapshot, router, &cursor))) {
		char address[ADDRESS_TEXT];
		struct refusal refusal;

		if (count++ >= REFUSED_SHOWN)
			continue;
		refusal_describe(&router->instance.rules, &at->neighbor, &refusal);
		fprintf(out, "! %s: %s on %s cannot be understood: %s\n", name,
			address_format(at->key.family, &at->key.source, address), at->ifname,
			refusal.what);
		if (advice)
			fprintf(out, "  %s\n", refusal.advice);
	}
	if (count > REFUSED_SHOWN)
		fprintf(out, "! %s: %u more peers cannot be understood\n", name,
			count - REFUSED_SHOWN);
}

static void print_troubles(const struct snapshot *snapshot, FILE *out)
{
	if (snapshot->agent && snapshot->vitals.realtime_lost)
		fprintf(out, "! the agent used the CPU too long without a pause, and runs at "
			     "normal priority now\n");
	if (snapshot->agent && snapshot->vitals.fence_repairs)
		fprintf(out,
			"! the fence was repaired %" PRIu64
			" times: somebody removes it, or attaches "
			"programs before it\n",
			snapshot->vitals.fence_repairs);
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		const struct snapshot_router *router = &snapshot->routers[i];
		const struct vrrp_instance *instance = &router->instance;
		const char *trouble;
		size_t cursor = 0;
		int length;
		char age[FORMAT_TEXT], mac[MAC_TEXT];

		while ((trouble = snapshot_trouble(router, &cursor, &length)))
			fprintf(out, "! %s: %.*s\n", instance->report.name, length, trouble);
		if (snapshot_is_open(router))
			fprintf(out, "! %s: the fence of %s %s\n", instance->report.name,
				instance->report.public_ifname,
				!strcmp(router->standing, "gone") ? "is gone"
								  : "runs after other programs");
		if (instance->report.hold)
			fprintf(out, "! %s: %s%s\n", instance->report.name,
				snapshot_leaves(instance) ? "" : "held back: ",
				name_hold(instance->report.hold));
		if (snapshot_has_clone(instance))
			fprintf(out,
				"! %s: another host, %s, sends adverts from our own address: both "
				"may own the shared address\n",
				instance->report.name, mac_format(instance->report.clone_mac, mac));
		print_refused(snapshot, router, false, out);
		if (router->fenced.rivals)
			fprintf(out, "! %s: %" PRIu64 " frames of other hosts with our address\n",
				instance->report.name, (uint64_t)router->fenced.rivals);
		if (instance->hmac_stale_at_ns &&
		    snapshot_age_ms(snapshot, instance->hmac_stale_at_ns) < DOCTOR_STALE_MS)
			fprintf(out,
				"! %s: signed adverts are refused, because their time is %+.3f s "
				"from our clock\n",
				instance->report.name, (double)instance->hmac_stale_ns / 1e9);
		for (unsigned int p = 0; p < instance->report.path_count; p++) {
			const struct vrrp_path *path = &router->paths[p].path;

			if (!path->up)
				fprintf(out, "! %s: %s cannot be used\n", instance->report.name,
					router->paths[p].ifname);
			else if (path->silent)
				fprintf(out, "! %s: %s is silent for %s, another path is not\n",
					instance->report.name, router->paths[p].ifname,
					format_duration(snapshot_age_ms(snapshot, path->last_ns),
							age));
		}
	}
}

/* ---- counters ---- */

struct list {
	FILE *out;
	int indent, column;
	bool begun;
};

/* ", TEXT", on a new line where this one is full. */
static void list_add(struct list *list, const char *format, ...)
{
	char item[96];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(item, sizeof(item), format, args);
	va_end(args);
	if (list->begun && list->column + length + 3 > 80) {
		fprintf(list->out, ",\n%*s", list->indent, "");
		list->column = list->indent;
	} else if (list->begun) {
		list->column += fprintf(list->out, ", ");
	}
	list->column += fprintf(list->out, "%s", item);
	list->begun = true;
}

static void list_counters(struct list *list, const struct vrrp_counters *counters)
{
	for (unsigned int i = VRRP_VERDICT_FOREIGN; i < VRRP_VERDICT_COUNT; i++) {
		if (counters->verdict[i])
			list_add(list, "%s %" PRIu64, name_verdict(i),
				 (uint64_t)counters->verdict[i]);
	}
}

static void list_end(struct list *list)
{
	fprintf(list->out, "%s\n", list->begun ? "" : "none");
}

/* Why a packet socket hears although XDP can be attached; or NULL. */
static const char *unfit_text(unsigned int mode)
{
	return mode == VRRP_MODE_SOCKET_DEAF   ? "no XDP: it missed adverts"
	       : mode == VRRP_MODE_SOCKET_TAGS ? "no XDP: it mixes up VLANs (set rxvlan off)"
					       : NULL;
}

/* The same of an interface, by any path that is on it. */
static const char *interface_unfit(const struct snapshot *snapshot, const char *ifname)
{
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		const struct snapshot_router *router = &snapshot->routers[i];

		for (unsigned int p = 0; p < router->instance.report.path_count; p++) {
			if (!strcmp(router->paths[p].ifname, ifname) &&
			    unfit_text(router->paths[p].path.mode))
				return unfit_text(router->paths[p].path.mode);
		}
	}
	return NULL;
}

static const char *mode_text(const struct snapshot_interface *interface)
{
	if (!interface->mode)
		return "not attached";
	if (!strcmp(interface->mode, "socket"))
		return "packet socket, no flood immunity";
	return !strcmp(interface->mode, "generic") ? "generic XDP" : "native XDP";
}

static void print_interfaces(const struct snapshot *snapshot, FILE *out)
{
	for (unsigned int i = 0; i < snapshot->interface_count; i++) {
		const struct snapshot_interface *interface = &snapshot->interfaces[i];
		const char *unfit = interface_unfit(snapshot, interface->ifname);
		struct list list = {.out = out, .indent = 4};

		if (unfit)
			fprintf(out, "! %s: %s\n", interface->ifname, unfit);
		list.column = fprintf(out, "%s: %s%s; ", interface->ifname, mode_text(interface),
				      interface->dispatcher ? ", by libxdp's dispatcher" : "");
		if (interface->lost)
			list.column += fprintf(out, "%" PRIu64 " frames lost; ", interface->lost);
		list.column += fprintf(out, "not for us: ");
		list_counters(&list, &interface->counters);
		list_end(&list);
	}
}

void report_table(const struct snapshot *snapshot, unsigned int columns, FILE *out)
{
	unsigned int width = name_width(snapshot, columns);

	if (snapshot->agent)
		fprintf(out, "agent: running, pid %d, version %s\n", (int)snapshot->agent,
			snapshot->agent_version);
	else
		fprintf(out, "agent: not running%s\n",
			snapshot->history_count ? " (what happened before: vrrp-xdp history)" : "");
	if (snapshot->router_count)
		fprintf(out, "%-*s %4s  %-6s %6s %4s %6s %8s  %s\n", (int)width, "NAME", "VRID",
			"STATE", "SINCE", "PRIO", "HEARD", "REJECTED", "MASTER");
	for (unsigned int i = 0; i < snapshot->router_count; i++)
		print_row(snapshot, &snapshot->routers[i], width, out);
	print_troubles(snapshot, out);
	print_interfaces(snapshot, out);
	if (!snapshot->attached)
		fprintf(out, "no interface is attached\n");
}

/* ---- one router ---- */

#define TITLE 14 /* the column behind the titles */

static void title(const char *text, FILE *out)
{
	fprintf(out, "  %-*s", TITLE - 2, text);
}

static void print_path(const struct snapshot *snapshot, const struct snapshot_router *router,
		       const struct snapshot_path *at, FILE *out)
{
	const struct vrrp_path *path = &at->path;
	struct list list = {.out = out, .indent = TITLE, .column = TITLE};
	char text[ADDRESS_TEXT], age[FORMAT_TEXT];

	title("path", out);
	fprintf(out, "%s, %s%s, %s\n", at->ifname, snapshot_mode(path),
		path->mode >= VRRP_MODE_SOCKET ? " (no flood immunity)" : "",
		path->silent ? "SILENT while another path is heard"
		: path->up   ? "usable"
			     : "NOT USABLE");
	if (unfit_text(path->mode))
		fprintf(out, "%*s%s\n", TITLE, "", unfit_text(path->mode));
	if (!path->last_ns) {
		fprintf(out, "%*sno advert was heard\n", TITLE, "");
		return;
	}
	fprintf(out, "%*slast advert %s ago, from %s; %" PRIu64 " heard\n", TITLE, "",
		format_duration(snapshot_age_ms(snapshot, path->last_ns), age),
		address_format(router->instance.rules.family, &path->source, text),
		(uint64_t)path->adverts);
	list.column += fprintf(out, "%*sgaps from ", TITLE, "") - TITLE;
	for (unsigned int i = 0; i < VRRP_GAP_BUCKETS; i++) {
		uint64_t us = UINT64_C(1) << i;

		if (!at->timing.gaps[i])
			continue;
		if (us < 1000)
			list_add(&list, "%" PRIu64 "us: %" PRIu64, us,
				 (uint64_t)at->timing.gaps[i]);
		else
			list_add(&list, "%s: %" PRIu64, format_duration(us / 1000, age),
				 (uint64_t)at->timing.gaps[i]);
	}
	list_end(&list);
}

static void print_last(const struct snapshot *snapshot, const char *name, FILE *out)
{
	unsigned int shown = 0;
	char text[FORMAT_TEXT];

	for (unsigned int i = snapshot->history_count; i-- > 0 && shown < 5;) {
		const struct history_record *record = &snapshot->history[i];

		if (strcmp(record->name, name))
			continue;
		title(shown++ ? "" : "history", out);
		fprintf(out, "%s  %s -> %s: %s\n", format_date(record->at_ns, 3, text),
			name_state(record->from), name_state(record->to),
			name_cause(record->cause));
	}
}

/* "+0.312ms", "-3600.000s": which way it is off matters. */
static const char *skew_text(int64_t ns, char buf[FORMAT_TEXT])
{
	bool far = ns >= 1000000000 || ns <= -1000000000;

	snprintf(buf, FORMAT_TEXT, "%+.3f%s", (double)ns / (far ? 1e9 : 1e6), far ? "s" : "ms");
	return buf;
}

/* Clocks that NTP keeps are closer. */
#define LEAD_SHOWN_NS 500000000

static void print_hmac(const struct snapshot *snapshot, const struct snapshot_router *router,
		       FILE *out)
{
	const struct vrrp_instance *instance = &router->instance;
	const struct vrrp_rules *rules = &instance->rules;
	char address[ADDRESS_TEXT], skew[FORMAT_TEXT], age[FORMAT_TEXT];
	int64_t lead_ns = snapshot_lead_ns(snapshot, router);

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
	if (lead_ns >= LEAD_SHOWN_NS) {
		title("", out);
		fprintf(out, "signs %s from our clock, as a peer does or as it did before\n",
			skew_text(lead_ns, skew));
	}
	if (!instance->hmac_stale_at_ns)
		return;
	title("", out);
	fprintf(out, "refused as stale: %s from our clock, %s ago\n",
		skew_text(instance->hmac_stale_ns, skew),
		format_duration(snapshot_age_ms(snapshot, instance->hmac_stale_at_ns), age));
}

void report_full(const struct snapshot *snapshot, const struct snapshot_router *router, FILE *out)
{
	const struct vrrp_instance *instance = &router->instance;
	struct list list = {.out = out, .indent = TITLE, .column = TITLE};
	char text[ADDRESS_TEXT], since[FORMAT_TEXT];
	char line[INTERVAL_ADVICE_TEXT];
	uint64_t lease = snapshot_lease_ms(router);
	struct interval_advice advice;
	const char *trouble;
	size_t cursor = 0;
	int length;

	fprintf(out, "%s: %s for %s, %u transition%s\n", instance->report.name,
		name_state(instance->report.state),
		format_duration(snapshot_age_ms(snapshot, instance->report.since_ns), since),
		instance->report.transitions, instance->report.transitions == 1 ? "" : "s");
	title("router", out);
	fprintf(out, "vrid %u, IPv%u, version %u, every %u ms, public %s\n", instance->rules.vrid,
		instance->rules.family, instance->rules.version, instance->rules.interval_cs * 10U,
		instance->report.public_ifname);
	if (router->group[0]) {
		title("group", out);
		fprintf(out, "%s\n", router->group);
	}
	title("priority", out);
	fprintf(out, "%u", instance->report.priority);
	if (instance->report.priority != instance->report.base_priority)
		fprintf(out, " now, %u configured", instance->report.base_priority);
	fprintf(out, "\n");
	title("master", out);
	if (instance->report.master_priority)
		fprintf(out, "%s, priority %u%s\n",
			address_format(instance->rules.family, &instance->report.master, text),
			instance->report.master_priority,
			instance->report.state == VRRP_STATE_MASTER ? ", this host" : "");
	else
		fprintf(out, "none is known\n");
	if (instance->report.hold) {
		title(snapshot_leaves(instance) ? "leaves" : "held back", out);
		fprintf(out, "%s\n", name_hold(instance->report.hold));
	}
	while ((trouble = snapshot_trouble(router, &cursor, &length))) {
		title("trouble", out);
		fprintf(out, "%.*s\n", length, trouble);
	}
	title("lease", out);
	if (lease)
		fprintf(out, "%" PRIu64 " ms left\n", lease);
	else
		fprintf(out, "none: this host does not own the shared addresses now\n");
	title("fence", out);
	fprintf(out, "%s%s%s; %" PRIu64 " frames dropped in, %" PRIu64 " out; %" PRIu64 " rivals",
		router->hook, router->standing ? ", " : "",
		router->standing ? router->standing : "",
		snapshot_fenced(&router->fenced, VRRP_FENCE_IN),
		snapshot_fenced(&router->fenced, VRRP_FENCE_OUT), (uint64_t)router->fenced.rivals);
	if (router->fenced.refused)
		fprintf(out, "; %" PRIu64 " refused (accept = no)",
			(uint64_t)router->fenced.refused);
	fprintf(out, "\n");
	print_hmac(snapshot, router, out);
	for (unsigned int i = 0; i < instance->report.path_count; i++)
		print_path(snapshot, router, &router->paths[i], out);
	snapshot_advise(router, &advice);
	title("interval", out);
	fprintf(out, "%s\n", interval_advice_describe(&advice, line));
	title("adverts", out);
	list_counters(&list, &router->counters);
	list_end(&list);
	print_last(snapshot, instance->report.name, out);
	print_refused(snapshot, router, true, out);
}
