/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics. Names are an interface: vrrp-xdp(8), the dashboard and the alert rules use them.
 */
#include "cli/show/metrics_text.h"

#include <inttypes.h>
#include <string.h>

#include "core/address.h"
#include "core/monotime.h"
#include "core/names.h"
#include "core/vrrp/drift.h"
#include "vrrp_timers.h"

/* Gaps below a millisecond are a burst, not a heartbeat; the last bucket has no end. */
#define FIRST_BUCKET 9

/* ---- routers ---- */

static struct metrics_labels of_router(const struct snapshot_router *router)
{
	struct metrics_labels labels = {.length = 0};

	metrics_label(&labels, "name", router->instance.report.name);
	return labels;
}

typedef uint64_t (*router_fn)(const struct metrics *m, const struct snapshot_router *router);

static void each_router(const struct metrics *m, router_fn value)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		const struct snapshot_router *router = &m->snapshot->routers[i];
		struct metrics_labels labels = of_router(router);

		metrics_sample(m, &labels, value(m, router));
	}
}

static void each_router_seconds(const struct metrics *m, router_fn ns)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		const struct snapshot_router *router = &m->snapshot->routers[i];
		struct metrics_labels labels = of_router(router);

		metrics_sample_seconds(m, &labels, ns(m, router));
	}
}

static uint64_t since_ns(const struct snapshot *snapshot, uint64_t then_ns)
{
	return vrrp_before(snapshot->now_ns, then_ns) ? 0 : snapshot->now_ns - then_ns;
}

static uint64_t age_of(const struct metrics *m, const struct snapshot_router *router)
{
	return since_ns(m->snapshot, router->instance.report.since_ns);
}

static uint64_t priority_of(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return router->instance.report.priority;
}

static uint64_t base_priority_of(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return router->instance.report.base_priority;
}

static uint64_t master_priority_of(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return router->instance.report.master_priority;
}

static uint64_t held_back(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return router->instance.report.hold != VRRP_HOLD_NONE &&
	       !snapshot_leaves(&router->instance);
}

static uint64_t has_clone(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return snapshot_has_clone(&router->instance);
}

static uint64_t interval_of(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return router->instance.rules.interval_cs * VRRP_NS_PER_CS;
}

static uint64_t lease_of(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return router->lease_ns;
}

static uint64_t transitions_of(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return router->instance.report.transitions;
}

static uint64_t rivals_of(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return router->fenced.rivals;
}

static uint64_t refused_by(const struct metrics *m, const struct snapshot_router *router)
{
	(void)m;
	return router->fenced.refused;
}

static void router_info(const struct metrics *m)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		const struct snapshot_router *router = &m->snapshot->routers[i];
		struct metrics_labels labels = of_router(router);

		metrics_label_number(&labels, "vrid", router->instance.rules.vrid);
		metrics_label_number(&labels, "family", router->instance.rules.family);
		metrics_label_number(&labels, "version", router->instance.rules.version);
		metrics_label(&labels, "public", router->instance.report.public_ifname);
		metrics_sample(m, &labels, 1);
	}
}

static void router_states(const struct metrics *m)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		const struct snapshot_router *router = &m->snapshot->routers[i];

		for (unsigned int state = VRRP_STATE_INIT; state <= VRRP_STATE_FAULT; state++) {
			struct metrics_labels labels = of_router(router);

			metrics_label(&labels, m->name, name_state(state));
			metrics_sample(m, &labels, router->instance.report.state == state);
		}
	}
}

static void verdicts(const struct metrics *m, const struct metrics_labels *of,
		     const struct vrrp_counters *counters)
{
	for (unsigned int i = VRRP_VERDICT_NOT_VRRP + 1; i < VRRP_VERDICT_COUNT; i++) {
		struct metrics_labels labels = *of;

		metrics_label(&labels, "verdict", name_verdict(i));
		metrics_sample(m, &labels, counters->verdict[i]);
	}
}

static void router_verdicts(const struct metrics *m)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		struct metrics_labels labels = of_router(&m->snapshot->routers[i]);

		verdicts(m, &labels, &m->snapshot->routers[i].counters);
	}
}

static void router_notes(const struct metrics *m)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		for (unsigned int note = 0; note < VRRP_NOTE_COUNT; note++) {
			struct metrics_labels labels = of_router(&m->snapshot->routers[i]);

			metrics_label(&labels, "note", name_note(note));
			metrics_sample(m, &labels, m->snapshot->routers[i].counters.note[note]);
		}
	}
}

static void router_fenced(const struct metrics *m)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		for (unsigned int side = 0; side < VRRP_FENCE_SIDES; side++) {
			struct metrics_labels labels = of_router(&m->snapshot->routers[i]);

			metrics_label(&labels, "direction", side == VRRP_FENCE_IN ? "in" : "out");
			metrics_sample(m, &labels,
				       snapshot_fenced(&m->snapshot->routers[i].fenced, side));
		}
	}
}

static void router_skews(const struct metrics *m)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		const struct snapshot_router *router = &m->snapshot->routers[i];

		for (unsigned int p = 0; p < router->hmac.peer_count; p++) {
			const struct snapshot_signer *at = &router->hmac.peers[p];
			struct metrics_labels labels = of_router(router);
			char text[ADDRESS_TEXT];

			metrics_label(&labels, "source",
				      address_format(router->instance.rules.family, &at->source,
						     text));
			metrics_begin(m, NULL, &labels);
			fprintf(m->out, " %.6f\n", (double)at->mark.skew_ns / 1e9);
		}
	}
}

static uint64_t refused_of(const struct metrics *m, const struct snapshot_router *router)
{
	unsigned int cursor = 0;
	uint64_t count = 0;

	while (snapshot_refused(m->snapshot, router, &cursor))
		count++;
	return count;
}

#define REFUSED_NAMED 4 /* of each router: sources can be forged, and each makes a series */

static void router_refused(const struct metrics *m)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		const struct snapshot_router *router = &m->snapshot->routers[i];
		const struct snapshot_neighbor *at;
		unsigned int cursor = 0, named = 0;

		while (named++ < REFUSED_NAMED &&
		       (at = snapshot_refused(m->snapshot, router, &cursor))) {
			struct metrics_labels labels = of_router(router);
			char text[ADDRESS_TEXT];

			metrics_label(&labels, "interface", at->ifname);
			metrics_label(&labels, "peer",
				      address_format(at->key.family, &at->key.source, text));
			metrics_label(&labels, "verdict", name_verdict(at->neighbor.refused));
			metrics_sample(m, &labels, 1);
		}
	}
}

static void router_drifts(const struct metrics *m)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		const struct snapshot_router *router = &m->snapshot->routers[i];
		struct metrics_labels labels = of_router(router);

		if (!router->instance.judged.drift)
			continue;
		metrics_begin(m, NULL, &labels);
		fprintf(m->out, " %.4f\n", drift_ppm(router->instance.judged.drift) / 1e6);
	}
}

static void routers(struct metrics *m)
{
	metrics_family(m, METRICS_INFO, "vrrp_xdp_router", NULL, "A virtual router of this host.");
	router_info(m);
	metrics_family(m, METRICS_STATESET, "vrrp_xdp_router_state", NULL,
		       "Its state: 1 for the current one.");
	router_states(m);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_state_age_seconds", "seconds",
		       "How long it has been in that state.");
	each_router_seconds(m, age_of);
	metrics_family(m, METRICS_COUNTER, "vrrp_xdp_router_transitions", NULL,
		       "Changes of state.");
	each_router(m, transitions_of);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_priority", NULL,
		       "The priority that counts now.");
	each_router(m, priority_of);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_base_priority", NULL,
		       "The configured priority.");
	each_router(m, base_priority_of);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_interval_seconds", "seconds",
		       "The configured time between two adverts.");
	each_router_seconds(m, interval_of);
	metrics_family(
		m, METRICS_GAUGE, "vrrp_xdp_router_master_priority", NULL,
		"The priority of the current master, which may be this host; 0 if none is known.");
	each_router(m, master_priority_of);
	metrics_family(
		m, METRICS_GAUGE, "vrrp_xdp_router_held_back", NULL,
		"1 if its master is gone but it does not take over (witness, tracked script).");
	each_router(m, held_back);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_cloned", NULL,
		       "1 if another host sends adverts from our own address; both may own the "
		       "shared address.");
	each_router(m, has_clone);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_lease_seconds", "seconds",
		       "How long this host may still use the shared addresses; 0 if it may not.");
	each_router_seconds(m, lease_of);
	metrics_family(m, METRICS_COUNTER, "vrrp_xdp_router_adverts", NULL,
		       "Adverts with its VRID, by verdict.");
	router_verdicts(m);
	metrics_family(m, METRICS_COUNTER, "vrrp_xdp_router_notes", NULL,
		       "What became of valid adverts.");
	router_notes(m);
	metrics_family(m, METRICS_COUNTER, "vrrp_xdp_router_fenced_frames", NULL,
		       "Frames that the fence dropped while there was no lease.");
	router_fenced(m);
	metrics_family(m, METRICS_COUNTER, "vrrp_xdp_router_rival_frames", NULL,
		       "Frames of other hosts with our shared address or MAC while our lease was "
		       "running.");
	each_router(m, rivals_of);
	metrics_family(m, METRICS_COUNTER, "vrrp_xdp_router_refused_packets", NULL,
		       "Packets to a shared address that accept = no dropped while our lease was "
		       "running.");
	each_router(m, refused_by);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_refused_peers", NULL,
		       "How many hosts send adverts for the VRID that cannot be understood.");
	each_router(m, refused_of);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_refused_peer", NULL,
		       "1 for each of these hosts, with the reason; at most 4 for each router.");
	router_refused(m);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_skew_seconds", "seconds",
		       "How far the clock of a peer that signs its adverts is ahead of ours.");
	router_skews(m);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_router_drift_ratio", "ratio",
		       "By how much our clock runs faster than that of the last master that was "
		       "measured.");
	router_drifts(m);
}

/* ---- paths ---- */

typedef void (*path_fn)(const struct metrics *m, const struct metrics_labels *labels,
			const struct snapshot_path *at);

static void each_path(const struct metrics *m, path_fn fn)
{
	for (unsigned int i = 0; i < m->snapshot->router_count; i++) {
		const struct snapshot_router *router = &m->snapshot->routers[i];

		for (unsigned int p = 0; p < router->instance.report.path_count; p++) {
			struct metrics_labels labels = of_router(router);

			metrics_label(&labels, "interface", router->paths[p].ifname);
			fn(m, &labels, &router->paths[p]);
		}
	}
}

static void path_info(const struct metrics *m, const struct metrics_labels *of,
		      const struct snapshot_path *at)
{
	struct metrics_labels labels = *of;

	metrics_label(&labels, "mode", snapshot_mode(&at->path));
	metrics_sample(m, &labels, 1);
}

static void path_up(const struct metrics *m, const struct metrics_labels *labels,
		    const struct snapshot_path *at)
{
	metrics_sample(m, labels, at->path.up);
}

static void path_silent(const struct metrics *m, const struct metrics_labels *labels,
			const struct snapshot_path *at)
{
	metrics_sample(m, labels, at->path.silent);
}

static void path_age(const struct metrics *m, const struct metrics_labels *labels,
		     const struct snapshot_path *at)
{
	if (at->path.last_ns)
		metrics_sample_seconds(m, labels, since_ns(m->snapshot, at->path.last_ns));
}

static void path_adverts(const struct metrics *m, const struct metrics_labels *labels,
			 const struct snapshot_path *at)
{
	metrics_sample(m, labels, at->path.adverts);
}

static void path_gaps(const struct metrics *m, const struct metrics_labels *of,
		      const struct snapshot_path *at)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < VRRP_GAP_BUCKETS; i++) {
		uint64_t end_us = UINT64_C(2) << i;
		struct metrics_labels labels = *of;
		char text[32] = "+Inf";

		sum += at->timing.gaps[i];
		if (i < FIRST_BUCKET)
			continue;
		if (i < VRRP_GAP_BUCKETS - 1)
			snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, end_us / 1000000,
				 end_us % 1000000);
		metrics_label(&labels, "le", text);
		metrics_begin(m, "_bucket", &labels);
		fprintf(m->out, " %" PRIu64 "\n", sum);
	}
}

static void paths(struct metrics *m)
{
	metrics_family(m, METRICS_INFO, "vrrp_xdp_path", NULL,
		       "A heartbeat interface of a virtual router.");
	each_path(m, path_info);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_path_up", NULL, "1 if it can be used.");
	each_path(m, path_up);
	metrics_family(
		m, METRICS_GAUGE, "vrrp_xdp_path_silent", NULL,
		"1 if it once carried adverts and does so no longer, but another path does.");
	each_path(m, path_silent);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_path_last_advert_age_seconds", "seconds",
		       "The age of the last valid advert; absent if none was heard.");
	each_path(m, path_age);
	metrics_family(m, METRICS_COUNTER, "vrrp_xdp_path_adverts", NULL, "Valid adverts heard.");
	each_path(m, path_adverts);
	metrics_family(m, METRICS_HISTOGRAM, "vrrp_xdp_path_gap_seconds", "seconds",
		       "The time between two valid adverts.");
	each_path(m, path_gaps);
}

/* ---- the wire ---- */

/* Heard within three of its intervals, and not to say goodbye. CARP's VHIDs are no VRIDs. */
static bool speaks(const struct snapshot *snapshot, const struct snapshot_neighbor *at)
{
	uint64_t span_ns = 3 * at->neighbor.interval_cs * VRRP_NS_PER_CS;

	return at->neighbor.refused != VRRP_VERDICT_CARP &&
	       at->neighbor.priority != VRRP_PRIO_STOP &&
	       since_ns(snapshot, at->neighbor.last_ns) <= span_ns;
}

static bool same_place(const struct snapshot_neighbor *a, const struct snapshot_neighbor *b)
{
	return a->key.vrid == b->key.vrid && a->key.family == b->key.family &&
	       !strcmp(a->ifname, b->ifname);
}

/* Is this host master there, too? */
static bool own_master(const struct snapshot *snapshot, const char *ifname, uint8_t vrid,
		       uint8_t family_number)
{
	for (unsigned int i = 0; i < snapshot->router_count; i++) {
		const struct snapshot_router *router = &snapshot->routers[i];

		if (router->instance.report.state != VRRP_STATE_MASTER ||
		    router->instance.rules.vrid != vrid ||
		    router->instance.rules.family != family_number)
			continue;
		for (unsigned int p = 0; p < router->instance.report.path_count; p++) {
			if (router->paths[p].path.up && !strcmp(router->paths[p].ifname, ifname))
				return true;
		}
	}
	return false;
}

/* Lists are sorted: entries of one place stand together. Returns how many of those from *cursor on
 * speak, and moves *cursor behind them. */
static uint64_t speakers(const struct snapshot *snapshot, const struct snapshot_neighbor *list,
			 unsigned int count, unsigned int *cursor)
{
	const struct snapshot_neighbor *first = &list[*cursor];
	uint64_t speaking = 0;

	for (; *cursor < count && same_place(first, &list[*cursor]); (*cursor)++)
		speaking += speaks(snapshot, &list[*cursor]);
	return speaking;
}

/* Where the entries of this place begin in a list; `count` if there are none. */
static unsigned int place_in(const struct snapshot_neighbor *list, unsigned int count,
			     const struct snapshot_neighbor *place)
{
	unsigned int i = 0;

	while (i < count && !same_place(place, &list[i]))
		i++;
	return i;
}

static void masters_at(const struct metrics *m, const struct snapshot_neighbor *place,
		       uint64_t others)
{
	struct metrics_labels labels = {.length = 0};

	metrics_label(&labels, "interface", place->ifname);
	metrics_label_number(&labels, "vrid", place->key.vrid);
	metrics_label_number(&labels, "family", place->key.family);
	metrics_sample(m, &labels,
		       others + own_master(m->snapshot, place->ifname, place->key.vrid,
					   place->key.family));
}

/* Whoever is refused speaks as well. */
static void masters(const struct metrics *m)
{
	const struct snapshot *snapshot = m->snapshot;
	const struct snapshot_neighbor *heard = snapshot->neighbors, *refused = snapshot->refused;

	for (unsigned int i = 0; i < snapshot->neighbor_count;) {
		const struct snapshot_neighbor *place = &heard[i];
		unsigned int also = place_in(refused, snapshot->refused_count, place);
		uint64_t count = speakers(snapshot, heard, snapshot->neighbor_count, &i);

		if (also < snapshot->refused_count)
			count += speakers(snapshot, refused, snapshot->refused_count, &also);
		masters_at(m, place, count);
	}
	for (unsigned int i = 0; i < snapshot->refused_count;) {
		const struct snapshot_neighbor *place = &refused[i];
		uint64_t count = speakers(snapshot, refused, snapshot->refused_count, &i);

		if (place_in(heard, snapshot->neighbor_count, place) == snapshot->neighbor_count)
			masters_at(m, place, count);
	}
}

static void wire(struct metrics *m)
{
	metrics_family(m, METRICS_COUNTER, "vrrp_xdp_interface_adverts", NULL,
		       "Adverts for no virtual router of this host, by verdict.");
	for (unsigned int i = 0; i < m->snapshot->interface_count; i++) {
		struct metrics_labels labels = {.length = 0};

		metrics_label(&labels, "interface", m->snapshot->interfaces[i].ifname);
		verdicts(m, &labels, &m->snapshot->interfaces[i].counters);
	}
	metrics_family(
		m, METRICS_COUNTER, "vrrp_xdp_interface_lost_frames", NULL,
		"VRRP frames that a packet socket dropped because it was full (mode = socket).");
	for (unsigned int i = 0; i < m->snapshot->interface_count; i++) {
		struct metrics_labels labels = {.length = 0};

		metrics_label(&labels, "interface", m->snapshot->interfaces[i].ifname);
		metrics_sample(m, &labels, m->snapshot->interfaces[i].lost);
	}
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_masters", NULL,
		       "How many hosts send adverts for a VRID on a wire now, including this host "
		       "and peers that cannot be understood.");
	masters(m);
}

static void vitals(struct metrics *m)
{
	const struct vitals *vitals = &m->snapshot->vitals;
	struct metrics_labels none = {.length = 0};

	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_agent_realtime_priority", NULL,
		       "The agent's real-time priority; 0 is normal priority.");
	if (m->snapshot->agent && vitals->version)
		metrics_sample(m, &none, vitals->realtime);
	metrics_family(m, METRICS_COUNTER, "vrrp_xdp_agent_idle_wakeups", NULL,
		       "Wake-ups of the agent that found nothing to do although something was due: "
		       "a fault "
		       "of the agent.");
	if (m->snapshot->agent && vitals->version)
		metrics_sample(m, &none, vitals->idle_wakeups);
	metrics_family(
		m, METRICS_COUNTER, "vrrp_xdp_agent_fence_repairs", NULL,
		"How often the agent repaired a fence that somebody had removed or passed by.");
	if (m->snapshot->agent && vitals->version)
		metrics_sample(m, &none, vitals->fence_repairs);
	metrics_family(m, METRICS_GAUGE, "vrrp_xdp_agent_unfenced_interfaces", NULL,
		       "Interfaces whose fence was removed or passed by, and cannot be repaired.");
	if (m->snapshot->agent && vitals->version)
		metrics_sample(m, &none, vitals->fence_flaws);
}

void report_metrics(const struct snapshot *snapshot, enum metrics_form form, FILE *out)
{
	struct metrics m = {.snapshot = snapshot, .form = form, .out = out};
	struct metrics_labels none = {.length = 0}, agent = none;

	metrics_family(&m, METRICS_INFO, "vrrp_xdp_agent", NULL, "The running agent.");
	if (snapshot->agent) {
		metrics_label(&agent, "version", snapshot->agent_version);
		metrics_sample(&m, &agent, 1);
	}
	metrics_family(&m, METRICS_GAUGE, "vrrp_xdp_agent_running", NULL,
		       "1 if an agent is running.");
	metrics_sample(&m, &none, snapshot->agent != 0);
	vitals(&m);
	routers(&m);
	paths(&m);
	wire(&m);
	if (form == METRICS_OPEN)
		fprintf(out, "# EOF\n");
}
