/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Snapshots of hosts that do not exist, for what renders them. Times: the host booted on
 * 2026-11-24 12:00:00 UTC, and a day later somebody looks.
 */
#ifndef TESTS_UNIT_SNAPSHOTS_H
#define TESTS_UNIT_SNAPSHOTS_H

#include <stdlib.h>
#include <string.h>

#include "cli/show/snapshot.h"
#include "core/address.h"

#define SNAPSHOTS_ROUTERS 300

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)
#define NOW    (86400 * SECOND)
#define BOOT   (INT64_C(1795521600) * (int64_t)SECOND)

struct snapshots_router {
	const char *name;
	uint8_t vrid, family, version, state, priority, base_priority, hold;
	uint16_t interval_cs;
	uint64_t since_ms; /* ago */
	const char *master;
	uint8_t master_priority;
	uint64_t lease_ms; /* left; 0: none */
};

static inline struct vrrp_addr snapshots_address(const char *text)
{
	struct vrrp_addr addr;
	uint8_t family;

	if (!address_parse(text, &addr, &family))
		abort();
	return addr;
}

static inline struct snapshot_router *snapshots_add(struct snapshot *snapshot,
						    const struct snapshots_router *from)
{
	struct snapshot_router *router;
	struct vrrp_report *report;

	/* In one place for all: callers keep what this returns. */
	if (!snapshot->routers)
		snapshot->routers = calloc(SNAPSHOTS_ROUTERS, sizeof(*snapshot->routers));
	if (!snapshot->routers || snapshot->router_count == SNAPSHOTS_ROUTERS)
		abort();
	router = &snapshot->routers[snapshot->router_count];
	memset(router, 0, sizeof(*router));
	router->slot = snapshot->router_count++;
	report = &router->instance.report;
	snprintf(report->name, sizeof(report->name), "%s", from->name);
	snprintf(report->public_ifname, sizeof(report->public_ifname), "eth0");
	report->state = from->state;
	report->priority = from->priority;
	report->base_priority = from->base_priority ? from->base_priority : from->priority;
	report->hold = from->hold;
	report->since_ns = NOW - from->since_ms * MS;
	report->transitions = 3;
	if (from->master) {
		report->master = snapshots_address(from->master);
		report->master_priority = from->master_priority;
	}
	router->instance.rules.vrid = from->vrid;
	router->instance.rules.family = from->family;
	router->instance.rules.version = from->version;
	router->instance.rules.interval_cs = from->interval_cs;
	router->lease_ns = from->lease_ms ? from->lease_ms * MS - 1 : 0;
	router->hook = "tcx";
	router->standing = "first";
	return router;
}

static inline struct snapshot_path *snapshots_path(struct snapshot_router *router,
						   const char *ifname, const char *own,
						   const char *speaker, uint64_t last_ms)
{
	struct snapshot_path *at = &router->paths[router->instance.report.path_count++];

	memset(at, 0, sizeof(*at));
	snprintf(at->ifname, sizeof(at->ifname), "%s", ifname);
	at->path.ifindex = 2 + router->instance.report.path_count;
	at->path.up = 1;
	at->path.own_source = snapshots_address(own);
	if (speaker) {
		at->path.source = snapshots_address(speaker);
		at->path.last_ns = NOW - last_ms * MS;
		at->path.adverts = 1234;
		at->timing.gaps[15] = 3;
		at->timing.gaps[16] = 1229;
		at->timing.gaps[17] = 1;
		at->path.interval_cs = 10;
		at->timing.counted = 1233;
		at->timing.counted_ns = 1233 * 100 * MS;
		at->timing.late[0] = 1233;
	}
	return at;
}

static inline void snapshots_signer(struct snapshot_router *router, const char *source,
				    int64_t skew_ns, uint64_t last_ms)
{
	router->hmac.peers[router->hmac.peer_count++] = (struct snapshot_signer){
		.source = snapshots_address(source),
		.mark = {.skew_ns = skew_ns, .stamp_ns = NOW - last_ms * MS},
	};
}

static inline void snapshots_neighbor(struct snapshot *snapshot, const char *ifname, uint8_t vrid,
				      uint8_t family, const char *source, uint8_t priority,
				      uint64_t last_ms)
{
	struct snapshot_neighbor *at;

	snapshot->neighbors = realloc(snapshot->neighbors, (snapshot->neighbor_count + 1) *
								   sizeof(*snapshot->neighbors));
	if (!snapshot->neighbors)
		abort();
	at = &snapshot->neighbors[snapshot->neighbor_count++];
	memset(at, 0, sizeof(*at));
	snprintf(at->ifname, sizeof(at->ifname), "%s", ifname);
	at->key = (struct vrrp_neighbor_key){.ifindex = 3, .family = family, .vrid = vrid};
	at->key.source = snapshots_address(source);
	at->neighbor.last_ns = NOW - last_ms * MS;
	at->neighbor.first_ns = 5 * SECOND;
	at->neighbor.adverts = 1234;
	at->neighbor.interval_cs = 10;
	at->neighbor.version = 3;
	at->neighbor.priority = priority;
}

/* A peer of the router that cannot be understood. */
static inline struct vrrp_neighbor *snapshots_refused(struct snapshot *snapshot,
						      const struct snapshot_router *router,
						      const char *source, uint8_t refused)
{
	struct snapshot_neighbor *at;

	snapshot->refused = realloc(snapshot->refused,
				    (snapshot->refused_count + 1) * sizeof(*snapshot->refused));
	if (!snapshot->refused)
		abort();
	at = &snapshot->refused[snapshot->refused_count++];
	memset(at, 0, sizeof(*at));
	snprintf(at->ifname, sizeof(at->ifname), "eth1");
	at->key = (struct vrrp_neighbor_key){.ifindex = 3,
					     .family = router->instance.rules.family,
					     .vrid = router->instance.rules.vrid,
					     .slot = (uint16_t)router->slot,
					     .source = snapshots_address(source)};
	at->neighbor = (struct vrrp_neighbor){.refused = refused,
					      .version = router->instance.rules.version,
					      .priority = 120,
					      .interval_cs = 100,
					      .ttl = 255,
					      .last_ns = NOW - 900 * MS};
	return &at->neighbor;
}

static inline void snapshots_interface(struct snapshot *snapshot, const char *ifname,
				       const char *mode)
{
	struct snapshot_interface *at;

	snapshot->interfaces = realloc(snapshot->interfaces, (snapshot->interface_count + 1) *
								     sizeof(*snapshot->interfaces));
	if (!snapshot->interfaces)
		abort();
	at = &snapshot->interfaces[snapshot->interface_count++];
	memset(at, 0, sizeof(*at));
	snprintf(at->ifname, sizeof(at->ifname), "%s", ifname);
	at->mode = mode;
}

/* Nanoseconds since 1970 of a time so long before somebody looks. */
static inline int64_t snapshots_before(uint64_t ns)
{
	return BOOT + (int64_t)(NOW - ns);
}

static inline struct history_record *snapshots_record(struct snapshot *snapshot, const char *name,
						      uint8_t from, uint8_t to, uint8_t cause,
						      uint64_t before_ns)
{
	struct history_record *record;

	if (!snapshot->history)
		snapshot->history = calloc(HISTORY_MAX, sizeof(*snapshot->history));
	if (!snapshot->history || snapshot->history_count == HISTORY_MAX)
		abort();
	record = &snapshot->history[snapshot->history_count++];
	snprintf(record->name, sizeof(record->name), "%s", name);
	record->from = from;
	record->to = to;
	record->cause = cause;
	record->at_ns = snapshots_before(before_ns);
	return record;
}

/* A takeover: last advert, deadline and announcement as spans from the promotion. */
static inline void snapshots_takeover(struct snapshot *snapshot, const char *name,
				      uint64_t before_ns, uint64_t silence_ns, uint64_t late_ns,
				      uint64_t announce_ns)
{
	struct history_record *record =
		snapshots_record(snapshot, name, VRRP_STATE_BACKUP, VRRP_STATE_MASTER,
				 VRRP_CAUSE_MASTER_DOWN, before_ns);

	record->deadline_ns = record->at_ns - (int64_t)late_ns;
	record->wire_ns = record->deadline_ns - (int64_t)silence_ns;
	record->announced_ns = record->at_ns + (int64_t)announce_ns;
	record->peer_family = 4;
	record->peer = snapshots_address("10.51.67.13");
	record->peer_priority = 150;
}

static inline struct snapshot snapshots_host(void)
{
	return (struct snapshot){
		.now_ns = NOW,
		.wall_offset_ns = BOOT,
		.agent = 4321,
		.agent_version = "0.9.0",
		.vitals = {.version = 1, .realtime = 60},
		.attached = true,
	};
}

/* ---- hosts ---- */

static inline struct snapshot snapshots_pair(void)
{
	struct snapshot snapshot = snapshots_host();
	struct snapshot_router *web =
		snapshots_add(&snapshot, &(struct snapshots_router){.name = "web",
								    .vrid = 55,
								    .family = 4,
								    .version = 3,
								    .state = VRRP_STATE_MASTER,
								    .priority = 150,
								    .interval_cs = 10,
								    .since_ms = 79272000,
								    .master = "10.51.67.13",
								    .master_priority = 150,
								    .lease_ms = 241});
	struct snapshot_router *mail =
		snapshots_add(&snapshot, &(struct snapshots_router){.name = "mail",
								    .vrid = 56,
								    .family = 4,
								    .version = 3,
								    .state = VRRP_STATE_BACKUP,
								    .priority = 100,
								    .interval_cs = 10,
								    .since_ms = 12345,
								    .master = "10.51.67.14",
								    .master_priority = 150});
	struct snapshot_path *at;

	snapshots_path(web, "eth1", "10.51.67.13", NULL, 0);
	web->counters.verdict[VRRP_VERDICT_TTL] = 3;
	web->fenced.frames[VRRP_FENCE_OUT][VRRP_FENCED_ARP] = 2;
	at = snapshots_path(mail, "eth1", "10.51.67.13", "10.51.67.14", 42);
	at->path.adverts = 72000; /* of two hours, of which some were 20 ms to 100 ms late */
	at->timing.counted = 72000;
	at->timing.counted_ns = 72000 * 100 * MS;
	at->timing.late[0] = 71000;
	for (unsigned int i = 0; i < 10; i++)
		at->timing.late[36 + i] = 512 >> i;
	mail->counters.verdict[VRRP_VERDICT_VALID] = 1234;
	mail->counters.note[VRRP_NOTE_ABSORBED] = 1230;
	mail->counters.note[VRRP_NOTE_NEWS] = 4;
	mail->instance.rules.hmac_mode = VRRP_HMAC_ENFORCE;
	mail->instance.rules.hmac_active = 2;
	mail->instance.rules.hmac_window_s = 5;
	mail->instance.hmac_ahead_s = 600;
	mail->hmac.keys[0] = 1;
	mail->hmac.keys[1] = 2;
	mail->hmac.key_count = 2;
	snapshots_signer(mail, "10.51.67.14", 312345, 42);
	snapshots_interface(&snapshot, "eth1", "native");
	snapshot.interfaces[0].counters.verdict[VRRP_VERDICT_FOREIGN] = 17;
	snapshots_neighbor(&snapshot, "eth1", 56, 4, "10.51.67.14", 150, 42);
	snapshots_record(&snapshot, "web", VRRP_STATE_INIT, VRRP_STATE_BACKUP, VRRP_CAUSE_STARTED,
			 79280 * SECOND);
	snapshots_takeover(&snapshot, "web", 79272 * SECOND, 361 * MS, 83000, 512000);
	snapshots_record(&snapshot, "mail", VRRP_STATE_INIT, VRRP_STATE_BACKUP, VRRP_CAUSE_STARTED,
			 12345 * MS);
	return snapshot;
}

static inline struct snapshot snapshots_trouble(void)
{
	struct snapshot snapshot = snapshots_host();
	struct snapshot_router *web =
		snapshots_add(&snapshot,
			      &(struct snapshots_router){.name = "customer-web-frontend-number-1",
							 .vrid = 1,
							 .family = 4,
							 .version = 2,
							 .state = VRRP_STATE_BACKUP,
							 .priority = 40,
							 .base_priority = 100,
							 .interval_cs = 100,
							 .since_ms = 5400000,
							 .hold = VRRP_HOLD_GATEWAY});
	struct snapshot_router *six =
		snapshots_add(&snapshot,
			      &(struct snapshots_router){.name = "customer-web-frontend-number-2",
							 .vrid = 255,
							 .family = 6,
							 .version = 3,
							 .state = VRRP_STATE_BACKUP,
							 .priority = 100,
							 .interval_cs = 1,
							 .since_ms = 999,
							 .master = "fe80::216:3eff:fe5a:c03",
							 .master_priority = 200});
	struct snapshot_router *down =
		snapshots_add(&snapshot, &(struct snapshots_router){.name = "down",
								    .vrid = 9,
								    .family = 4,
								    .version = 3,
								    .state = VRRP_STATE_FAULT,
								    .priority = 100,
								    .interval_cs = 100,
								    .since_ms = 172800000});

	snapshots_path(web, "eth1", "10.51.67.13", "10.51.67.14", 7200000);
	snapshots_path(six, "eth1", "fe80::1", "fe80::216:3eff:fe5a:c03", 7);
	snapshots_path(six, "eth2", "fe80::2", "fe80::216:3eff:fe5a:c03", 3210)->path.silent = 1;
	six->paths[1].path.mode = VRRP_MODE_GENERIC;
	six->fenced.rivals = 4;
	web->instance.judged.drift = 118; /* -2,000 ppm */
	memcpy(six->instance.report.clone_mac, "\x02\x16\x3e\x5a\x0c\x05", 6);
	six->instance.rules.hmac_mode = VRRP_HMAC_RECEIVE_ONLY;
	six->instance.rules.hmac_active = 255;
	six->instance.rules.hmac_window_s = 3600;
	six->instance.hmac_ahead_s = 600;
	six->instance.hmac_heard_ns = snapshot.wall_offset_ns + (int64_t)20500 * MS;
	six->hmac.keys[six->hmac.key_count++] = 255;
	snapshots_signer(six, "fe80::216:3eff:fe5a:c03", -1234567890, 7);
	snapshots_signer(six, "fe80::216:3eff:fe5a:c04", 0, 3600000);
	six->instance.hmac_stale_ns = -86400 * (int64_t)SECOND;
	six->instance.hmac_stale_at_ns = NOW - 3 * SECOND;
	for (unsigned int i = VRRP_VERDICT_FRAGMENT; i < VRRP_VERDICT_COUNT; i++)
		six->counters.verdict[i] = 1000000 + i;
	snapshots_path(down, "eth3", "10.0.0.1", NULL, 0)->path.up = 0;
	down->paths[0].path.mode = VRRP_MODE_SOCKET_TAGS;
	down->hook = "none";
	down->standing = "gone";
	six->standing = "behind";
	snapshot.vitals = (struct vitals){.version = 1,
					  .realtime_lost = 1,
					  .idle_wakeups = 123456,
					  .fence_repairs = 17,
					  .fence_flaws = 2};
	snapshots_interface(&snapshot, "eth1", "native");
	snapshots_interface(&snapshot, "eth2", "generic");
	snapshot.interfaces[1].dispatcher = true;
	snapshots_interface(&snapshot, "eth3", NULL);
	snapshots_interface(&snapshot, "eth4", "socket");
	snapshot.interfaces[snapshot.interface_count - 1].lost = 1234;
	snapshots_neighbor(&snapshot, "eth1", 255, 6, "fe80::216:3eff:fe5a:c03", 200, 7);
	snapshots_neighbor(&snapshot, "eth1", 77, 4, "10.51.67.99", 0, 60000);
	/* CARP is no master of a VRID, whatever its VHID. */
	snapshots_neighbor(&snapshot, "eth1", 78, 4, "10.51.67.98", 0, 20);
	snapshot.neighbors[2].neighbor.refused = VRRP_VERDICT_CARP;
	snapshots_refused(&snapshot, web, "10.51.67.21", VRRP_VERDICT_VERSION)->version = 3;
	snapshots_refused(&snapshot, web, "10.51.67.22", VRRP_VERDICT_PASSWORD);
	snapshots_refused(&snapshot, web, "10.51.67.23", VRRP_VERDICT_INTERVAL_MISMATCH)
		->interval_cs = 300;
	snapshots_refused(&snapshot, web, "10.51.67.24", VRRP_VERDICT_TTL)->ttl = 64;
	snapshots_refused(&snapshot, web, "10.51.67.25", VRRP_VERDICT_AH);
	snapshots_refused(&snapshot, web, "10.51.67.26", VRRP_VERDICT_CARP);
	snapshots_refused(&snapshot, six, "fe80::216:3eff:fe5a:c06", VRRP_VERDICT_LINK_LOCAL);
	return snapshot;
}

/* The agent was stopped, nothing is attached: the file alone speaks. */
static inline struct snapshot snapshots_gone(void)
{
	struct snapshot snapshot = snapshots_host();

	snapshot.agent = 0;
	snapshot.agent_version[0] = '\0';
	snapshot.attached = false;
	snapshots_record(&snapshot, "web", VRRP_STATE_INIT, VRRP_STATE_BACKUP, VRRP_CAUSE_STARTED,
			 7201 * SECOND);
	snapshots_takeover(&snapshot, "web", 7200 * SECOND, 3610 * MS, 1234567, 2345678);
	snapshots_record(&snapshot, "web", VRRP_STATE_MASTER, VRRP_STATE_BACKUP,
			 VRRP_CAUSE_HIGHER_PRIORITY, 3600 * SECOND)
		->peer_family = 4;
	snapshot.history[2].peer = snapshots_address("10.51.67.13");
	snapshot.history[2].peer_priority = 200;
	snapshots_record(&snapshot, "web", VRRP_STATE_BACKUP, VRRP_STATE_INIT, VRRP_CAUSE_STOPPED,
			 60 * SECOND);
	return snapshot;
}

static inline struct snapshot snapshots_empty(void)
{
	struct snapshot snapshot = snapshots_host();

	snapshot.agent = 0;
	snapshot.attached = false;
	return snapshot;
}

/* `attach` alone. */
static inline struct snapshot snapshots_observer(void)
{
	struct snapshot snapshot = snapshots_host();

	snapshot.agent = 0;
	snapshots_interface(&snapshot, "eth1", "native");
	snapshot.interfaces[0].counters.verdict[VRRP_VERDICT_FOREIGN] = 99;
	snapshot.interfaces[0].counters.verdict[VRRP_VERDICT_CHECKSUM] = 1;
	snapshots_neighbor(&snapshot, "eth1", 55, 4, "10.51.67.13", 150, 90);
	return snapshot;
}

#endif
