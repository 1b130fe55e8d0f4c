/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the hook scripts of one router. core/vrrp/hooks.h says which state's turn it is,
 * sys/host/spawn.h starts and ends processes; here they meet the configuration and the loop. Never
 * waits for a script, and allocates nothing after notify_open().
 */
#include "agent/notify.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/loop.h"
#include "core/address.h"
#include "core/config/command.h"
#include "core/monotime.h"
#include "core/names.h"
#include "core/vrrp/hooks.h"
#include "sys/host/log.h"
#include "sys/host/spawn.h"

#define KILL_AFTER_NS (1000 * NS_PER_MS) /* from SIGTERM to SIGKILL */
#define LONG_S        30                 /* a program that still runs then is named in the log */
#define MAX_PROGRAMS  2                  /* `notify`, then the one of the state */
#define FIXED_VALUES  10
#define STEP_VALUES   3
#define STEP_LENGTH   80

/* A script that moves an address in four steps may have been stopped after the second. */
#define HALF_DONE ": what it changes may be half done: look at the NIC"

static const char *const before_names[] = {
	[CONFIG_BEFORE_MASTER] = "before-master",
	[CONFIG_BEFORE_BACKUP] = "before-backup",
};

struct change {
	enum vrrp_state from;
	enum vrrp_cause cause;
};

/* A hook that the router waits for. */
struct waited_hook {
	bool queued; /* it starts when no other program runs */
	bool due;    /* the router waits for it, or for `ended` to be fetched */
	bool ended, well;
	enum config_before before;
	struct change change;
	struct monotime began, limit; /* limit: never, if nobody waits */
};

/* Which of notify-master and notify-backup had the last word. */
enum side { SIDE_NONE, SIDE_UP, SIDE_DOWN };

struct notify {
	const struct config_router *router;
	const struct user *user; /* NULL: the agent's own */
	struct loop *loop;
	struct hooks hooks;
	struct change pending; /* belongs to hooks.pending */
	enum side side;
	struct waited_hook waited;
	char trouble[192]; /* of the last hook that was waited for; empty: none */

	/* The hook that runs: its programs, one after the other. */
	enum vrrp_state state;
	char *const *commands[MAX_PROGRAMS];
	unsigned int program_count, program_next;
	const char *program; /* the one that runs */
	struct spawn child;
	/* STALE: of a hook that the router does not wait for any more. */
	enum { CHILD_SCRIPT, CHILD_WAITED, CHILD_STALE } kind;
	struct monotime limit; /* when to end it, or never */
	struct monotime tell;  /* when to say that it still runs, or never */
	unsigned int tell_s;   /* so long it has run then */
	bool ended;            /* SIGTERM was sent */

	char *fixed[FIXED_VALUES]; /* NAME=VALUE, owned */
	char step[STEP_VALUES][STEP_LENGTH];
	char **environment;            /* environ, fixed, step */
	char *argv[COMMAND_WORDS + 3]; /* of the command that runs, state, name, NULL */
};

static void advance(struct notify *notify);

/* A router that enters INIT is told as STOP: it runs no more. */
static const char *state_text(enum vrrp_state state)
{
	return state == VRRP_STATE_INIT ? "STOP" : name_state_upper(state);
}

/* ---- the environment ---- */

/* All addresses, ADDR/LEN, by spaces; or only the first `max`. Owned by the caller; NULL: memory.
 */
static char *addresses_text(const struct config_router *router, unsigned int max)
{
	size_t size = router->address_count * (ADDRESS_TEXT + sizeof("/128 ")) + 1, used = 0;
	char *text = calloc(1, size);

	for (unsigned int i = 0; text && i < router->address_count && i < max; i++) {
		const struct config_prefix *prefix = &router->addresses[i];
		char address[ADDRESS_TEXT];
		int n = snprintf(text + used, size - used, "%s%s/%u", i ? " " : "",
				 address_format(prefix->family, &prefix->addr, address),
				 prefix->plen);

		used += (size_t)n;
	}
	return text;
}

/* The first next hop of a default route: `gateway`. */
static const char *gateway_text(const struct config_router *router, char buf[ADDRESS_TEXT])
{
	for (unsigned int i = 0; i < router->route_count; i++) {
		const struct config_route *route = &router->routes[i];

		if (route->plen == 0 && route->has_via)
			return address_format(route->family, &route->via, buf);
	}
	return "";
}

static bool is_ours(const char *variable)
{
	return !strncmp(variable, "VRRP_", strlen("VRRP_"));
}

static int fixed_environment(struct notify *notify)
{
	const struct config_router *router = notify->router;
	char *first = addresses_text(router, 1), *all = addresses_text(router, UINT32_MAX);
	char gateway[ADDRESS_TEXT];
	int n = 0, bad = 0;

#define ADD(...) (bad |= asprintf(&notify->fixed[n++], __VA_ARGS__) < 0)
	if (first && all) {
		ADD("VRRP_NAME=%s", router->name);
		ADD("VRRP_VRID=%u", router->vrid);
		ADD("VRRP_INTERFACE=%s", router->heartbeat[0]);
		ADD("VRRP_PUBLIC=%s", router->public);
		ADD("VRRP_ADDRESS=%s", first);
		ADD("VRRP_ADDRESSES=%s", all);
		ADD("VRRP_GATEWAY=%s", gateway_text(router, gateway));
		ADD("VRRP_PRIORITY=%u", router->priority);
		ADD("VRRP_FAMILY=%u", router->family);
		ADD("VRRP_VERSION=%u", router->version);
	} else {
		bad = 1;
	}
#undef ADD
	/* After a failure asprintf(3) says nothing of its pointer. */
	if (bad)
		memset(notify->fixed, 0, sizeof(notify->fixed));
	free(first);
	free(all);
	return bad ? -ENOMEM : 0;
}

static int build_environment(struct notify *notify)
{
	size_t inherited = 0, n = 0;
	int err = fixed_environment(notify);

	if (err)
		return err;
	while (environ && environ[inherited])
		inherited++;
	notify->environment =
		calloc(inherited + FIXED_VALUES + STEP_VALUES + 1, sizeof(*notify->environment));
	if (!notify->environment)
		return -ENOMEM;
	for (size_t i = 0; i < inherited; i++) {
		if (!is_ours(environ[i]))
			notify->environment[n++] = environ[i];
	}
	for (int i = 0; i < FIXED_VALUES; i++)
		notify->environment[n++] = notify->fixed[i];
	for (int i = 0; i < STEP_VALUES; i++)
		notify->environment[n++] = notify->step[i];
	return 0;
}

/* ---- one program ---- */

static void log_end(const struct notify *notify, int err, int status)
{
	const struct config_router *router = notify->router;
	char what[SPAWN_FAILURE];
	const char *failure = spawn_failure(err, status, what);

	if (!err && notify->ended)
		log_warn("%s (VRID %u): %s: killed, because its time limit of %u ms was "
			 "over" HALF_DONE,
			 router->name, router->vrid, notify->program, router->notify_timeout_ms);
	else if (failure)
		log_warn("%s (VRID %u): %s: %s%s", router->name, router->vrid, notify->program,
			 failure, !err && WIFSIGNALED(status) ? HALF_DONE : "");
	else
		log_debug("%s (VRID %u): %s: done", router->name, router->vrid, notify->program);
}

/* The router learns it at its next tick. */
static void finish_waited(struct notify *notify, const char *failure)
{
	const struct config_router *router = notify->router;
	struct waited_hook *waited = &notify->waited;
	const char *name = before_names[waited->before];
	double took_s = (double)monotime_diff(loop_now(), waited->began) / (double)NS_PER_S;

	if (!waited->due || waited->ended)
		return;
	waited->ended = true;
	waited->well = !failure;
	waited->limit = MONOTIME_NEVER;
	notify->trouble[0] = '\0';
	if (failure) {
		snprintf(notify->trouble, sizeof(notify->trouble), "%s %.100s: %s", name,
			 router->before[waited->before].command[0], failure);
		log_warn("%s: %s", router->name, notify->trouble);
	} else {
		log_info("%s: %s: ended after %.1f s", router->name, name, took_s);
	}
}

static void on_end(void *context)
{
	struct notify *notify = context;
	char what[SPAWN_FAILURE];
	int status = 0, err;

	/* Past its time limit, its children go with it. Before it is reaped: until then nobody else
	 * can have its number. */
	if (notify->ended)
		spawn_kill(&notify->child, SIGKILL);
	loop_remove(notify->loop, notify->child.pidfd);
	err = spawn_reap(&notify->child, &status);
	if (err == -EAGAIN && loop_add(notify->loop, notify->child.pidfd, on_end, notify) == 0)
		return;
	spawn_forget(&notify->child);
	if (notify->kind == CHILD_WAITED)
		finish_waited(notify, spawn_failure(err, status, what));
	else if (notify->kind == CHILD_SCRIPT)
		log_end(notify, err, status);
	notify->limit = notify->tell = MONOTIME_NEVER;
	advance(notify);
}

static int spawn(struct notify *notify, char *const *argv, bool waited)
{
	int err = spawn_start(argv, notify->environment, notify->user, &notify->child);

	if (!err) {
		err = loop_add(notify->loop, notify->child.pidfd, on_end, notify);
		if (err) {
			spawn_kill(&notify->child, SIGKILL);
			spawn_forget(&notify->child);
		}
	}
	notify->program = argv[0];
	notify->kind = waited ? CHILD_WAITED : CHILD_SCRIPT;
	notify->ended = false;
	return err;
}

static bool start(struct notify *notify, char *const *command)
{
	const struct config_router *router = notify->router;
	unsigned int count = 0;
	int err;

	for (; command[count]; count++)
		notify->argv[count] = command[count];
	notify->argv[count++] = (char *)(uintptr_t)state_text(notify->state);
	notify->argv[count++] = (char *)(uintptr_t)router->name;
	notify->argv[count] = NULL;
	err = spawn(notify, notify->argv, false);
	if (err) {
		log_err("%s (VRID %u): %s: cannot be started: %s", router->name, router->vrid,
			command[0], strerror(-err));
		return false;
	}
	/* vrrpd waits for its users' scripts as long as they take, and they move the address by
	 * themselves: one that is stopped in the middle leaves it on two hosts. */
	notify->limit = router->vrrpd
				? MONOTIME_NEVER
				: monotime_add(loop_now(), router->notify_timeout_ms * NS_PER_MS);
	notify->tell_s = LONG_S;
	notify->tell = monotime_add(loop_now(), LONG_S * NS_PER_S);
	return true;
}

/* ---- one hook ---- */

static void add_program(struct notify *notify, enum config_notify which)
{
	if (notify->router->notify[which])
		notify->commands[notify->program_count++] = notify->router->notify[which];
}

static void choose_programs(struct notify *notify)
{
	bool up = notify->side == SIDE_UP;

	notify->program_count = notify->program_next = 0;
	add_program(notify, CONFIG_NOTIFY_ANY);
	switch (notify->state) {
	case VRRP_STATE_MASTER:
		add_program(notify, CONFIG_NOTIFY_MASTER);
		notify->side = SIDE_UP;
		return;
	case VRRP_STATE_BACKUP:
		/* vrrpd's -D undoes -U: twice in a row it has nothing to undo. */
		if (!notify->router->vrrpd || notify->side != SIDE_DOWN)
			add_program(notify, CONFIG_NOTIFY_BACKUP);
		notify->side = SIDE_DOWN;
		return;
	case VRRP_STATE_FAULT:
		if (notify->router->notify[CONFIG_NOTIFY_FAULT])
			add_program(notify, CONFIG_NOTIFY_FAULT);
		else if (up)
			add_program(notify, CONFIG_NOTIFY_BACKUP);
		break;
	case VRRP_STATE_INIT:
		if (up)
			add_program(notify, CONFIG_NOTIFY_BACKUP);
		break;
	}
	if (up)
		notify->side = SIDE_DOWN;
}

static void set_step(struct notify *notify, const struct change *change, enum vrrp_state to)
{
	snprintf(notify->step[0], STEP_LENGTH, "VRRP_STATE=%s", state_text(to));
	snprintf(notify->step[1], STEP_LENGTH, "VRRP_OLD_STATE=%s", name_state_upper(change->from));
	snprintf(notify->step[2], STEP_LENGTH, "VRRP_CAUSE=%s", name_cause(change->cause));
}

static void begin_hook(struct notify *notify)
{
	set_step(notify, &notify->pending, notify->state);
	choose_programs(notify);
}

/* Returns whether its program runs now. */
static bool begin_waited(struct notify *notify)
{
	struct waited_hook *waited = &notify->waited;
	const struct config_hook *hook = &notify->router->before[waited->before];
	bool up = waited->before == CONFIG_BEFORE_MASTER;
	char what[SPAWN_FAILURE];
	int err;

	waited->queued = false;
	set_step(notify, &waited->change, up ? VRRP_STATE_MASTER : VRRP_STATE_BACKUP);
	err = spawn(notify, hook->command, true);
	if (err)
		finish_waited(notify, spawn_failure(err, 0, what));
	return !err;
}

/* Nothing runs: start the next program, of this hook or of the next. */
static void advance(struct notify *notify)
{
	for (;;) {
		while (notify->program_next < notify->program_count) {
			if (start(notify, notify->commands[notify->program_next++]))
				return;
		}
		hooks_done(&notify->hooks);
		if (notify->waited.queued && begin_waited(notify))
			return;
		if (!hooks_next(&notify->hooks, &notify->state))
			return;
		begin_hook(notify);
	}
}

/* ---- the room's door ---- */

static bool has_programs(const struct config_router *router)
{
	for (int i = 0; i < CONFIG_NOTIFY_COUNT; i++) {
		if (router->notify[i])
			return true;
	}
	return router->before[CONFIG_BEFORE_MASTER].command ||
	       router->before[CONFIG_BEFORE_BACKUP].command;
}

int notify_open(const struct config_router *router, const struct user *user, struct loop *loop,
		struct notify **ret_notify)
{
	struct notify *notify;
	int err;

	if (!has_programs(router)) {
		*ret_notify = NULL;
		return 0;
	}
	notify = calloc(1, sizeof(*notify));
	if (!notify)
		return -ENOMEM;
	notify->router = router;
	notify->user = user;
	notify->loop = loop;
	notify->child = SPAWN_NONE;
	notify->limit = notify->tell = notify->waited.limit = MONOTIME_NEVER;
	err = build_environment(notify);
	if (err) {
		notify_close(notify);
		return err;
	}
	*ret_notify = notify;
	return 0;
}

void notify_enter(struct notify *notify, enum vrrp_state from, enum vrrp_state to,
		  enum vrrp_cause cause)
{
	if (!notify)
		return;
	hooks_enter(&notify->hooks, to);
	notify->pending = (struct change){.from = from, .cause = cause};
	if (notify->child.pid < 0)
		advance(notify);
}

void notify_stay(struct notify *notify, enum vrrp_cause cause)
{
	if (!notify)
		return;
	hooks_forget(&notify->hooks);
	notify_enter(notify, VRRP_STATE_MASTER, VRRP_STATE_MASTER, cause);
}

void notify_before(struct notify *notify, enum config_before before, enum vrrp_state from,
		   enum vrrp_cause cause, struct monotime now)
{
	const struct config_hook *hook = &notify->router->before[before];

	notify->waited = (struct waited_hook){
		.queued = true,
		.due = true,
		.before = before,
		.change = {.from = from, .cause = cause},
		.began = now,
		.limit = monotime_add(now, hook->timeout_ms * NS_PER_MS),
	};
	/* It is the first one of the programs of a MASTER, which notify-backup undoes. */
	if (before == CONFIG_BEFORE_MASTER) {
		hooks_forget(&notify->hooks);
		notify->side = SIDE_UP;
	}
	log_info("%s: %s: waiting for %s, for %.1f s at most", notify->router->name,
		 before_names[before], hook->command[0], hook->timeout_ms / 1000.0);
	if (notify->child.pid < 0)
		advance(notify);
}

/* It gets SIGTERM now, and a second later SIGKILL if that is not enough. */
static void end_waited(struct notify *notify, struct monotime now)
{
	if (notify->child.pid >= 0 && notify->kind == CHILD_WAITED) {
		spawn_kill(&notify->child, SIGTERM);
		notify->kind = CHILD_STALE;
		notify->ended = true;
		notify->limit = monotime_add(now, KILL_AFTER_NS);
	}
	notify->waited.queued = false;
}

void notify_before_end(struct notify *notify, enum config_before before, struct monotime now)
{
	struct waited_hook *waited = &notify->waited;

	if (waited->before != before || !waited->due)
		return;
	if (!waited->ended)
		log_info("%s: %s %s: not waited for any more%s", notify->router->name,
			 before_names[before], notify->router->before[before].command[0],
			 waited->queued ? "" : ", ended");
	waited->due = false;
	waited->limit = MONOTIME_NEVER;
	end_waited(notify, now);
}

bool notify_result(struct notify *notify, enum config_before *ret_before, bool *ret_well)
{
	if (!notify || !notify->waited.due || !notify->waited.ended)
		return false;
	notify->waited.due = false;
	*ret_before = notify->waited.before;
	*ret_well = notify->waited.well;
	return true;
}

const char *notify_trouble(const struct notify *notify)
{
	return notify && notify->trouble[0] ? notify->trouble : NULL;
}

void notify_adopt(struct notify *notify)
{
	if (!notify)
		return;
	hooks_adopt(&notify->hooks, VRRP_STATE_MASTER);
	notify->side = SIDE_UP;
}

struct monotime notify_deadline(const struct notify *notify)
{
	if (!notify)
		return MONOTIME_NEVER;
	if (notify->waited.due && notify->waited.ended)
		return monotime_from_ns(0);
	return monotime_min(notify->waited.limit, monotime_min(notify->limit, notify->tell));
}

void notify_tick(struct notify *notify, struct monotime now)
{
	const struct config_router *router;

	if (!notify)
		return;
	router = notify->router;
	/* Again after twice the time: a stop may wait for it. In the moment in which it is ended,
	 * that says enough. */
	if (!monotime_before(now, notify->tell)) {
		if (monotime_before(now, notify->limit))
			log_warn("%s (VRID %u): %s: still runs after %u s", router->name,
				 router->vrid, notify->program, notify->tell_s);
		notify->tell = monotime_add(now, notify->tell_s * NS_PER_S);
		notify->tell_s *= 2;
	}
	if (!monotime_before(now, notify->waited.limit)) {
		finish_waited(notify, notify->waited.queued
					      ? "not begun within its time limit, since another "
						"script still runs"
					      : "not ended within its time limit");
		end_waited(notify, now);
	}
	if (monotime_before(now, notify->limit))
		return;
	/* The end of the process arrives by its descriptor, also that of a killed one. */
	spawn_kill(&notify->child, notify->ended ? SIGKILL : SIGTERM);
	notify->limit = notify->ended ? MONOTIME_NEVER : monotime_add(now, KILL_AFTER_NS);
	notify->ended = true;
}

bool notify_busy(const struct notify *notify)
{
	return notify && (notify->hooks.running || notify->hooks.has_pending ||
			  notify->child.pid >= 0 || notify->waited.due);
}

void notify_close(struct notify *notify)
{
	int status;

	if (!notify)
		return;
	if (notify->child.pid >= 0) {
		log_warn("%s (VRID %u): %s: killed, because the agent ends" HALF_DONE,
			 notify->router->name, notify->router->vrid, notify->program);
		loop_remove(notify->loop, notify->child.pidfd);
		spawn_kill(&notify->child, SIGKILL);
		(void)spawn_reap(&notify->child, &status);
		spawn_forget(&notify->child);
		if (notify->hooks.has_pending || notify->program_next < notify->program_count)
			log_warn("%s (VRID %u): the program that was to run next (%s) does not "
				 "run; check the interface",
				 notify->router->name, notify->router->vrid,
				 state_text(notify->hooks.has_pending ? notify->hooks.pending
								      : notify->state));
	}
	for (int i = 0; i < FIXED_VALUES; i++)
		free(notify->fixed[i]);
	free(notify->environment);
	free(notify);
}
