/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of router_world.h, and how a row is compared with what is. It links core/vrrp/router
 * and what that needs, and plays neither clock nor wire: whatever happens is a word of the row.
 */
#include "router_world.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/vrrp/publish.h"
#include "judge.h"

/* ---- text ---- */

__attribute__((format(printf, 2, 3))) static void world_say(struct world *world, const char *format,
							    ...)
{
	size_t used = strlen(world->out);
	va_list args;

	if (used && used < sizeof(world->out) - 1)
		world->out[used++] = ' ';
	va_start(args, format);
	vsnprintf(world->out + used, sizeof(world->out) - used, format, args);
	va_end(args);
}

static int64_t world_ns(const char *text)
{
	double ms = strtod(text, NULL) * 1e6;

	return (int64_t)(ms < 0 ? ms - 0.5 : ms + 0.5);
}

/* A time in milliseconds after T0, to the nanosecond. */
static const char *world_ms(char buf[32], int64_t ns)
{
	size_t end;

	if (ns == INT64_MAX)
		return "never";
	if (ns == 0)
		return "now";
	end = (size_t)snprintf(buf, 32, "%.6f", (double)(ns - T0) / 1e6);
	while (buf[end - 1] == '0')
		buf[--end] = '\0';
	if (buf[end - 1] == '.')
		buf[--end] = '\0';
	return buf;
}

/* Is this one of the words between commas? */
static bool world_has(const char *arg, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = arg; *at; at += strcspn(at, ","), at += *at == ',') {
		if (strcspn(at, ",") == length && !strncmp(at, word, length))
			return true;
	}
	return false;
}

static int world_number(const char *arg, const char *name)
{
	const char *at = strstr(arg, name);

	return at ? atoi(at + strlen(name)) : 0;
}

static const char *world_second(const char *arg)
{
	const char *at = strchr(arg, ',');

	return at ? at + 1 : "0";
}

static const char world_states[] = "IBMF", world_roles[] = "IBM";

static const char *const world_hooks[] = {
	[CONFIG_BEFORE_MASTER] = "master", [CONFIG_BEFORE_BACKUP] = "backup"};

static void world_say_saying(struct world *world, const struct router_effect *effect)
{
	static const char *const holds[] = {
#define X(sym, text) [VRRP_HOLD_##sym] = #sym,
		VRRP_HOLDS(X)
#undef X
	};
	static const char *const names[] = {
		[ROUTER_SAYS_PREPARED] = "PREPARED", [ROUTER_SAYS_PUT_BACK] = "PUT_BACK",
		[ROUTER_SAYS_GATEWAY] = "GATEWAY",   [ROUTER_SAYS_REFUSED] = "REFUSED",
		[ROUTER_SAYS_ALONE] = "ALONE",
	};
	long long number = effect->number;
	char buf[32];

	switch (effect->saying) {
	case ROUTER_SAYS_PREPARED:
	case ROUTER_SAYS_PUT_BACK:
	case ROUTER_SAYS_GATEWAY:
	case ROUTER_SAYS_REFUSED:
	case ROUTER_SAYS_ALONE:
		assert_int_equal(number, 0);
		world_say(world, "say:%s", names[effect->saying]);
		break;
	case ROUTER_SAYS_NO_PREEMPT:
		world_say(world, number == 2 ? "say:NO_PREEMPT:hook"
				 : number    ? "say:NO_PREEMPT:mute"
					     : "say:NO_PREEMPT");
		break;
	case ROUTER_SAYS_HELD:
		world_say(world, "say:HELD:%s", holds[number]);
		break;
	case ROUTER_SAYS_DEAF:
		world_say(world, "say:DEAF:%s", world_ms(buf, T0 + number));
		break;
	case ROUTER_SAYS_RESUMED:
		world_say(world, "say:RESUMED:%s", world_ms(buf, T0 + number));
		break;
	case ROUTER_SAYS_PRIORITY:
		world_say(world, "say:PRIORITY:%lld", number);
		break;
	case ROUTER_SAYS_RIVALS:
		world_say(world, "say:RIVALS:%lld", number);
		break;
	case ROUTER_SAYS_PATH_SILENT:
		world_say(world, "say:PATH_SILENT:%lld", number);
		break;
	case ROUTER_SAYS_PATH_SPEAKS:
		world_say(world, "say:PATH_SPEAKS:%lld", number);
		break;
	case ROUTER_SAYS_HANDS_OVER:
		world_say(world, "say:HANDS_OVER:%s", world_ms(buf, T0 + number));
		break;
	case ROUTER_SAYS_NO_HEIR:
		world_say(world, "say:NO_HEIR:%s", world_ms(buf, T0 + number));
		break;
	}
}

static void world_say_effects(struct world *world)
{
	static const char *const causes[] = {
#define X(sym, text) [VRRP_CAUSE_##sym] = #sym,
		VRRP_CAUSES(X)
#undef X
	};

	assert_true(world->fx.count <= ROUTER_EFFECTS);
	for (unsigned int i = 0; i < world->fx.count; i++) {
		const struct router_effect *effect = &world->fx.list[i];
		const struct vrrp_history *transition = &effect->transition;

		switch (effect->kind) {
		case ROUTER_SEND:
			world_say(world, "S%d", effect->priority);
			break;
		case ROUTER_CONCEDE:
			world_say(world, "C%d", effect->priority);
			break;
		case ROUTER_ACQUIRE:
			world_say(world, "acquire");
			break;
		case ROUTER_RELEASE:
			world_say(world, "release");
			break;
		case ROUTER_PREPARE:
			world_say(world, "prepare");
			break;
		case ROUTER_TRY:
			world_say(world, "try");
			break;
		case ROUTER_ANNOUNCE:
			world_say(world, "announce");
			break;
		case ROUTER_RUN_HOOK:
			world_say(world, "run:%s", world_hooks[effect->before]);
			break;
		case ROUTER_END_HOOK:
			world_say(world, "end:%s", world_hooks[effect->before]);
			break;
		case ROUTER_STAYS:
			world_say(world, "stays");
			break;
		case ROUTER_TRANSITION:
			world_say(world, "%c>%c(%s)", world_states[transition->from],
				  world_states[transition->to], causes[transition->cause]);
			break;
		case ROUTER_SAY:
			world_say_saying(world, effect);
			break;
		}
	}
}

/* ---- the wire and the judge ---- */

/* PRIO[+][/PATH][xCS] */
static struct vrrp_event world_advert(const struct world *world, const char *arg)
{
	const char *path = strchr(arg, '/'), *cs = strchr(arg, 'x');
	struct vrrp_event event = {
		.path = (uint8_t)(path ? atoi(path + 1) : 0),
		.verdict = VRRP_VERDICT_VALID,
		.advert = {.stamp_ns = (uint64_t)world->now.ns,
			   .interval_cs = (uint16_t)(cs ? atoi(cs + 1) : world->config.interval_cs),
			   .family = 4,
			   .version = world->config.version,
			   .vrid = world->config.vrid,
			   .priority = (uint8_t)atoi(arg)},
	};

	event.advert.source = (struct vrrp_addr){{10, 0, event.path, strchr(arg, '+') ? 200 : 1}};
	return event;
}

static void world_record(struct world *world, const struct vrrp_event *event)
{
	assert_true(world->end < RING);
	world->ring[world->end++] = *event;
}

/* The XDP program, behind its checks. */
static void world_hear(struct world *world, const char *arg, bool has_room)
{
	struct vrrp_event event = world_advert(world, arg);
	struct vrrp_path *path = &world->paths[event.path];

	event.judgement = (uint8_t)vrrp_judge(&world->instance, path, event.path, &world->lease,
					      &event.advert, &event.notes);
	path->source = event.advert.source;
	path->last_ns = event.advert.stamp_ns;
	if (!(event.notes & VRRP_NOTE_BIT(NEWS)))
		return;
	if (has_room)
		world_record(world, &event);
	else
		vrrp_judge_ring_full(&world->instance, event.notes);
}

static void world_poke(struct world *world, const char *arg)
{
	const char *value = strchr(arg, '=') + 1;

	if (!strncmp(arg, "role=", 5))
		world->instance.role = (uint32_t)atoi(value);
	else if (!strncmp(arg, "until=", 6))
		world->lease.until_ns = (uint64_t)atoi(value);
	else if (!strncmp(arg, "state=", 6))
		world->instance.report.state = (uint8_t)atoi(value);
	else if (!strncmp(arg, "deadline=", 9))
		world->instance.deadline_ns = (uint64_t)(T0 + world_ns(value));
	else if (!strncmp(arg, "drift=", 6))
		world->instance.judged.drift = (uint8_t)atoi(value);
	else if (!strncmp(arg, "source=", 7))
		world->paths[0].own_source.b[3] = (uint8_t)atoi(value);
	else if (!strncmp(arg, "path=", 5))
		world->instance.judged.path = (uint8_t)atoi(value);
	else
		fail_msg("no such shared word: %s", arg);
}

/* ---- the agent ---- */

static void world_begin(struct world *world, bool adopt)
{
	world->begun = true;
	for (unsigned int i = world->config.heartbeat_count; i < VRRP_MAX_PATHS; i++)
		world->words.paths[i] = NULL;
	router_init(&world->router, &world->config, &world->words, adopt, world->prepare_ns,
		    world->least_ns);
	publish_rules(&world->instance, NULL, &world->config, router_interval_cs(&world->router));
	publish_identity(&world->instance, &world->config);
}

static void world_read(struct world *world)
{
	assert_true(world->first < world->end);
	router_advert(&world->router, &world->ring[world->first++], world->now, &world->fx);
}

/* NAME=MS, if it is there: a time after T0. Otherwise long ago. */
static struct monotime world_time(const char *arg, const char *name)
{
	int ms = world_number(arg, name);

	return ms ? (struct monotime){T0 + ms * NS_PER_MS} : (struct monotime){0};
}

/* All is well but for what is named: deaf gone nocarrier down open (no fence). When that came to
 * be: started=MS link=MS (of the first path) other=MS (of the second one) public-up=MS. */
static void world_ports(struct world *world, const char *arg)
{
	const struct router_ports ports = {
		.heard = !world_has(arg, "deaf"),
		.present = !world_has(arg, "gone"),
		.up = !world_has(arg, "down"),
		.carrier = !world_has(arg, "nocarrier") && !world_has(arg, "down"),
		.fenced = !world_has(arg, "open"),
		.started = world_time(arg, "started="),
		.links_up = {world_has(arg, "deaf") ? MONOTIME_NEVER : world_time(arg, "link="),
			     world_time(arg, "other=")},
		.public_up = world_time(arg, "public-up="),
	};

	router_ports(&world->router, &ports, world->now, &world->fx);
}

/* Nothing weighs anything but what is named: sum=N pending failed gives-up denied answers deaf
 * peered. */
static void world_weigh(struct world *world, const char *arg)
{
	const struct router_weights weights = {
		.sum = world_number(arg, "sum="),
		.pending = world_has(arg, "pending"),
		.failed = world_has(arg, "failed"),
		.gives_up = world_has(arg, "gives-up"),
		.allows = !world_has(arg, "denied"),
		.answers = world_has(arg, "answers"),
		.deaf = world_has(arg, "deaf"),
		.peered = world_has(arg, "peered"),
	};

	router_weigh(&world->router, &weights, world->now, &world->fx);
}

/* standby prepared master complete bare flapped mac carries refused unknown */
static void world_public(struct world *world, const char *arg)
{
	const struct router_public public = {
		.nic = world_has(arg, "master")     ? ROUTER_NIC_MASTER
		       : world_has(arg, "prepared") ? ROUTER_NIC_PREPARED
						    : ROUTER_NIC_STANDBY,
		.complete = world_has(arg, "complete"),
		.bare = world_has(arg, "bare"),
		.flapped = world_has(arg, "flapped"),
		.news = world_has(arg, "mac"),
		.trial = world_has(arg, "carries")   ? BARE_CARRIES
			 : world_has(arg, "refused") ? BARE_REFUSED
			 : world_has(arg, "unknown") ? BARE_UNKNOWN
						     : BARE_NOT_TRIED,
	};

	router_public(&world->router, &public, world->now, &world->fx);
}

/* Neither the router nor any shared word may be another one afterwards. */
static void world_rehearse(struct world *world)
{
	const struct world before = *world;

	router_rehearse(&world->router, world->now, &world->fx);
	assert_memory_equal(&world->router, &before.router, sizeof(world->router));
	assert_memory_equal(&world->instance, &before.instance, sizeof(world->instance));
	assert_memory_equal(&world->lease, &before.lease, sizeof(world->lease));
	assert_memory_equal(&world->paths, &before.paths, sizeof(world->paths));
}

static const char *world_row(const struct world *world)
{
	struct soonest soonest = soonest_begin(world->now);

	router_offer(&world->router, &soonest);
	assert_int_equal(soonest.at.ns, router_expiry(&world->router).ns);
	return soonest.row ? soonest.row->name : "none";
}

/* ---- words ---- */

static void world_hook(struct world *world, const char *arg)
{
	enum config_before before =
		world_has(arg, "master") ? CONFIG_BEFORE_MASTER : CONFIG_BEFORE_BACKUP;

	router_hook_ended(&world->router, before, !world_has(arg, "failed"), world->now,
			  &world->fx);
}

static bool world_configure(struct world *world, const char *word, const char *arg)
{
	static char path[] = "/bin/true", *command[] = {path, NULL};
	struct config_router *config = &world->config;

	if (!strcmp(word, "before-master"))
		config->before[CONFIG_BEFORE_MASTER] = (struct config_hook){.command = command,
									    .timeout_ms = 5000,
									    .strict = *arg};
	else if (!strcmp(word, "before-backup"))
		config->before[CONFIG_BEFORE_BACKUP] = (struct config_hook){.command = command,
									    .timeout_ms = 5000,
									    .strict = *arg};
	else if (!strcmp(word, "p"))
		config->priority = (uint8_t)atoi(arg);
	else if (!strcmp(word, "insist"))
		config->fence = CONFIG_FENCE_YES;
	else if (!strcmp(word, "v"))
		config->version = (uint8_t)atoi(arg);
	else if (!strcmp(word, "interval"))
		config->interval_cs = (uint16_t)atoi(arg);
	else if (!strcmp(word, "vrid"))
		config->vrid = (uint8_t)atoi(arg);
	else if (!strcmp(word, "family"))
		config->family = (uint8_t)atoi(arg);
	else if (!strcmp(word, "name"))
		snprintf(config->name, sizeof(config->name), "%s", arg);
	else if (!strcmp(word, "nic"))
		snprintf(config->public, sizeof(config->public), "%s", arg);
	else if (!strcmp(word, "nopreempt"))
		config->preempt = false;
	else if (!strcmp(word, "delay"))
		config->preempt_delay_ms = (uint32_t)atoi(arg);
	else if (!strcmp(word, "handover")) {
		config->handover = true;
		config->handover_timeout_ms = (uint32_t)atoi(arg);
	} else if (!strcmp(word, "start-hold"))
		config->start_hold_ms = (uint32_t)atoi(arg);
	else if (!strcmp(word, "start-delay"))
		config->start_delay_ms = (uint32_t)atoi(arg);
	else if (!strcmp(word, "link-delay"))
		config->link_delay_ms = (uint32_t)atoi(arg);
	else if (!strcmp(word, "paths"))
		config->heartbeat_count = (unsigned int)atoi(arg);
	else if (!strcmp(word, "witness"))
		config->witness = *arg == 'g' ? CONFIG_WITNESS_GATEWAY : CONFIG_WITNESS_OWNER;
	else if (!strcmp(word, "refresh"))
		config->garp_refresh_ms = (uint32_t)atoi(arg);
	else if (!strcmp(word, "garp")) {
		config->garp_count = (uint32_t)atoi(arg);
		config->garp_interval_ms = (uint32_t)atoi(world_second(arg));
		config->garp_tail_ms = (uint32_t)atoi(world_second(world_second(arg)));
	} else if (!strcmp(word, "early")) {
		world->prepare_ns = world_ns(arg);
		world->least_ns = world_ns(world_second(arg));
	} else {
		return false;
	}
	return true;
}

/* Functions that a bool, a name or nothing tells all of. */
static bool world_ask(struct world *world, const char *word)
{
	const struct router *router = &world->router;
	char buf[32];
	bool is;

	if (!strcmp(word, "down")) {
		world_say(world, "%s", world_ms(buf, router_master_down(router).ns));
		return true;
	}
	if (!strcmp(word, "rivals-at")) {
		world_say(world, "%s", world_ms(buf, router_rivals_at(router).ns));
		return true;
	}
	if (!strcmp(word, "stand-in-at")) {
		world_say(world, "%s", world_ms(buf, router_stand_in_at(router, world->now).ns));
		return true;
	}
	if (!strcmp(word, "row")) {
		world_say(world, "%s", world_row(world));
		return true;
	}
	if (!strcmp(word, "recalls")) {
		struct vrrp_judged judged;

		if (router_recalls(&world->config, world->words.instance, world->now, &judged))
			world_say(world, "%u by %u of %u since %s", judged.priority,
				  judged.interval_cs, judged.learned_cs,
				  world_ms(buf, (int64_t)judged.stamp_ns));
		else
			world_say(world, "no");
		return true;
	}
	if (!strcmp(word, "adoptable"))
		is = router_adoptable(&world->config, &world->words, world->now);
	else if (!strcmp(word, "again"))
		is = router_drain_again(router);
	else if (!strcmp(word, "asks"))
		is = router_asks_rivals(router, world->now);
	else if (!strcmp(word, "may-own"))
		is = router_may_own(router, world->now);
	else if (!strcmp(word, "may-use-mac"))
		is = router_may_use_mac(router, world->now);
	else if (!strcmp(word, "awaits-hook"))
		is = router_awaits_hook(router);
	else if (!strcmp(word, "leaving"))
		is = router_is_leaving(router);
	else if (!strcmp(word, "yields"))
		is = router_yields(router);
	else if (!strcmp(word, "prepared"))
		is = router_is_prepared(router);
	else
		return false;
	world_say(world, is ? "yes" : "no");
	return true;
}

/* What happens beside the agent. */
static bool world_happens(struct world *world, const char *word, const char *arg)
{
	struct vrrp_event event;

	if (!strcmp(word, "wire")) {
		world_hear(world, arg, true);
	} else if (!strcmp(word, "lost")) {
		world_hear(world, arg, false);
	} else if (!strcmp(word, "flood")) {
		for (int i = 0; i < atoi(arg); i++)
			world_hear(world, world_second(arg), true);
	} else if (!strcmp(word, "beats")) {
		for (int i = 0; i < atoi(arg); i++) {
			world->now.ns += world_ns(world_second(arg));
			world_hear(world, "200", true);
			while (world->first < world->end)
				world_read(world);
			router_wake(&world->router, world->now, &world->fx);
		}
	} else if (!strcmp(word, "record")) {
		event = world_advert(world, arg);
		world_record(world, &event);
	} else if (!strcmp(word, "poke")) {
		world_poke(world, arg);
	} else {
		return false;
	}
	return true;
}

/* Functions that give no effects. */
static bool world_prepares(struct world *world, const char *word)
{
	if (!strcmp(word, "begin"))
		world_begin(world, false);
	else if (!strcmp(word, "adopt"))
		world_begin(world, true);
	else if (!strcmp(word, "before"))
		router_before_drain(&world->router);
	else
		return false;
	return true;
}

/* Functions that give effects. */
static bool world_calls(struct world *world, const char *word, const char *arg)
{
	struct router *router = &world->router;
	struct router_effects *fx = &world->fx;
	struct monotime now = world->now;

	if (!strcmp(word, "read"))
		world_read(world);
	else if (!strcmp(word, "wake"))
		router_wake(router, now, fx);
	else if (!strcmp(word, "tick"))
		world_say(world, router_tick(router, now, fx) ? "yes" : "no");
	else if (!strcmp(word, "sent"))
		router_sent(router, now, fx);
	else if (!strcmp(word, "unsent"))
		router_unsent(router);
	else if (!strcmp(word, "stand-in"))
		world_say(world, router_stand_in(router, now, fx) ? "yes" : "no");
	else if (!strcmp(word, "hasten"))
		router_hasten(router, now, monotime_from_ns(T0 + world_ns(arg)));
	else if (!strcmp(word, "announce-prepared"))
		router_announce_prepared(router, now, fx);
	else if (!strcmp(word, "settle"))
		router_settle(router, now, fx);
	else if (!strcmp(word, "announce"))
		router_announce(router, now, fx);
	else if (!strcmp(word, "prepare"))
		world_say(world, router_prepare(router, now, fx) ? "yes" : "no");
	else if (!strcmp(word, "public"))
		world_public(world, arg);
	else if (!strcmp(word, "ports"))
		world_ports(world, arg);
	else if (!strcmp(word, "weigh"))
		world_weigh(world, arg);
	else if (!strcmp(word, "stop"))
		router_order(router, ROUTER_STOP, now, fx);
	else if (!strcmp(word, "stop-now"))
		router_order(router, ROUTER_STOP_NOW, now, fx);
	else if (!strcmp(word, "resign"))
		router_order(router, ROUTER_RESIGN, now, fx);
	else if (!strcmp(word, "resign-now"))
		router_order(router, ROUTER_RESIGN_NOW, now, fx);
	else if (!strcmp(word, "resume"))
		router_order(router, ROUTER_RESUME, now, fx);
	else if (!strcmp(word, "rivals"))
		router_rivals(router, atoi(arg), now, fx);
	else if (!strcmp(word, "hook"))
		world_hook(world, arg);
	else if (!strcmp(word, "rehearse"))
		world_rehearse(world);
	else if (!strcmp(word, "group"))
		router_group(router,
			     &(struct router_group){.grouped = true,
						    .granted = world_has(arg, "granted")},
			     now, fx);
	else
		return false;
	world_say_effects(world);
	return true;
}

static void world_do(struct world *world, const char *word)
{
	char name[32];
	const char *arg = strchr(word, ':');

	if (*word == '@') {
		world->now.ns = T0 + world_ns(word + 1);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, ":"), word);
	arg = arg ? arg + 1 : "";
	if (world_configure(world, name, arg))
		return;
	if (!world->begun)
		world_begin(world, false);
	if (!strcmp(name, "drain")) {
		while (world->first < world->end)
			world_do(world, "read");
	} else if (!world_happens(world, name, arg) && !world_prepares(world, name) &&
		   !world_ask(world, name) && !world_calls(world, name, arg)) {
		fail_msg("no such word: %s", word);
	}
}

void world_run(struct world *world, const char *script)
{
	char copy[1024], *save = NULL;

	assert_true(strlen(script) < sizeof(copy));
	strcpy(copy, script);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		struct router_effects fx;

		world_do(world, word);
		/* Who begins to listen is woken at once. */
		if (world->begun && world->router.listens_anew)
			router_wake(&world->router, world->now, &fx);
	}
}

void world_open(struct world *world)
{
	*world = (struct world){
		.config = {.name = "r1",
			   .public = "eth1",
			   .heartbeat = {"eth0", "eth2"},
			   .heartbeat_count = 1,
			   .vrid = 55,
			   .family = 4,
			   .version = 3,
			   .priority = 100,
			   .interval_cs = 100,
			   .preempt = true,
			   .garp_count = 1,
			   .garp_interval_ms = 500},
		.words = {.instance = &world->instance, .lease = &world->lease},
		.now = {T0},
	};
	for (unsigned int i = 0; i < VRRP_MAX_PATHS; i++) {
		world->words.paths[i] = &world->paths[i];
		world->paths[i].own_source = (struct vrrp_addr){{10, 0, (uint8_t)i, 100}};
	}
}

/* ---- what is looked at ---- */

static void world_after(const struct world *world, char *buf, size_t size)
{
	static const char *const leases[] = {[LEASE_CLAIMED] = "claimed:",
					     [LEASE_OPEN] = "open:",
					     [LEASE_RESUMED] = "resumed:",
					     [LEASE_LISTENS] = "listens:",
					     [LEASE_WAITS] = "waits:"};
	const struct vrrp_instance *instance = &world->instance;
	enum lease_state lease = world->router.lease.state;
	uint64_t until_ns = world->lease.until_ns;
	bool none = !until_ns && lease == LEASE_CLAIMED;
	struct monotime next = router_expiry(&world->router);
	char until[32], deadline[32], at[32];

	snprintf(buf, size, "%c %s%s %c %s%s%s", world_states[world->router.fsm.state],
		 none ? "" : leases[lease], until_ns ? world_ms(until, (int64_t)until_ns) : "-",
		 world_roles[instance->role],
		 instance->role == VRRP_ROLE_BACKUP
			 ? world_ms(deadline, (int64_t)instance->deadline_ns)
			 : "",
		 instance->role == VRRP_ROLE_BACKUP ? " " : "", world_ms(at, next.ns));
}

/* What may stand behind the semicolon. */
static int64_t world_fact(const struct world *world, const char *name, size_t length)
{
	const struct vrrp_report *report = &world->instance.report;
	const struct {
		const char *name;
		int64_t value;
	} facts[] = {
		{"preempt", (world->instance.rules.flags & VRRP_RULE_PREEMPT) != 0},
		{"judged-by", world->instance.rules.priority},
		{"priority", report->priority},
		{"interval", world->instance.rules.interval_cs},
		{"state", report->state},
		{"since", ((int64_t)report->since_ns - T0) / NS_PER_MS},
		{"master", report->master_priority},
		{"master-host", report->master.b[3]},
		{"hold", report->hold},
		{"silent", world->paths[0].silent + 2 * world->paths[1].silent},
		{"fault", world->router.fault},
		{"end", world->router.handover.end},
		{"heir", world->router.handover.heir_priority},
		{"took", world->router.handover.took_ns / NS_PER_MS},
		{"drift", world->instance.judged.drift},
		{"asks", router_asks(&world->router)},
	};

	for (size_t i = 0; i < COUNT(facts); i++) {
		if (strlen(facts[i].name) == length && !strncmp(facts[i].name, name, length))
			return facts[i].value;
	}
	fail_msg("no such fact: %s", name);
	return 0;
}

static void world_check_facts(const struct world *world, const char *facts)
{
	for (const char *at = facts; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
		size_t length = strcspn(at, "=");
		int64_t is = world_fact(world, at, length);

		if (is != atoll(at + length + 1))
			fail_msg("%s: but it is %lld", at, (long long)is);
	}
}

static void world_test(void **state)
{
	const struct row *row = *state;
	const char *facts = strchr(row->after, ';');
	struct world world;
	char is[128], wanted[128];

	world_open(&world);
	world_run(&world, row->situation);
	world.out[0] = '\0';
	world_run(&world, row->call);
	assert_string_equal(world.out, row->effects);
	world_after(&world, is, sizeof(is));
	snprintf(wanted, sizeof(wanted), "%.*s", (int)strcspn(row->after, ";"), row->after);
	assert_string_equal(is, wanted);
	if (facts)
		world_check_facts(&world, facts + 2);
}

int world_table(const char *function, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		table_add(NULL, rows[i].what, world_test, &rows[i]);
	return table_run(function);
}
