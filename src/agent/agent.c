/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * On every wake-up the agent drains the ring first, then acts on deadlines, then changes NICs, and
 * then sets the timer for the soonest deadline.
 */
#include "agent/agent_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "agent/mend.h"
#include "agent/stand_in.h"
#include "sys/host/libc.h"
#include "sys/host/log.h"
#include "sys/host/pass.h"
#include "sys/host/realtime.h"

#define REFRESH_NS     20000000LL /* between dumps of all interfaces: at most fifty a second */
#define REFRESH_PAUSES 10         /* dumps take no more than a tenth of the time */
#define OTHERS_NS      50000000LL /* so near a promotion, nothing else is to keep rtnetlink busy */
#define RESERVE_BYTES  65536
#define RESERVE_STEP   4096 /* no page is smaller */

static enum phase phase_of(const struct agent *agent)
{
	return agent->stopping     ? PHASE_STOPPING
	       : agent->restarting ? PHASE_RESTARTING
				   : PHASE_RUNNING;
}

static void refresh_ports(struct agent *agent, struct monotime now)
{
	int64_t took_ns;

	agent->ports.refresh_at = monotime_add(now, REFRESH_NS);
	stand_in_now();
	macvlans_make(&agent->macvlans, false);
	if (ports_refresh(&agent->ports, &agent->ports_deps, false))
		return;
	for (unsigned int i = 0; i < agent->opened; i++) {
		runner_ports_changed(agent->runners[i]);
		stand_in_now(); /* a thousand guards take milliseconds */
	}
	fencing_sweep(&agent->fencing);
	took_ns = monotime_diff(loop_now(), now);
	if (REFRESH_PAUSES * took_ns > REFRESH_NS)
		agent->ports.refresh_at = monotime_add(now, REFRESH_PAUSES * took_ns);
}

/* Routers that are MASTER no longer: their addresses must not be spoken for out of a queue when
 * another host owns them, so the queues are empty before priority 0 is sent. All leases are shut by
 * now, and the adverts of other routers have been sent. */
static void leave(struct agent *agent)
{
	struct queues queues = {0};
	bool any = false;
	int64_t dropped;

	for (unsigned int i = 0; i < agent->opened; i++)
		any |= runner_leaves(agent->runners[i], &queues);
	if (!any)
		return;
	stand_in_begin();
	dropped = queues.count ? queues_clear(agent->rtnl, &queues) : 0;
	stand_in_end();
	for (unsigned int i = 0; i < agent->opened; i++)
		runner_say_goodbye(agent->runners[i], loop_now());
	batch_flush(&agent->batch);
	if (dropped > 0)
		log_info("dropped %" PRId64 " frames of given-up addresses from the queues",
			 dropped);
	else if (dropped < 0)
		log_warn("cannot empty the transmit queues: %s; frames for an address that this "
			 "host gave up may still be sent",
			 strerror((int)-dropped));
}

static void settle(struct agent *agent)
{
	bool halves = false;

	batch_flush(&agent->batch);
	groups_settle(agent->groups, loop_now());
	/* Announce for all prepared routers before any NIC is changed. If hundreds take over at
	 * once, the announcement of the last one waits for no NIC. */
	for (unsigned int i = 0; i < agent->opened; i++)
		halves |= runner_announce_prepared(agent->runners[i]);
	for (unsigned int i = 0; halves && i < agent->opened; i++)
		runner_announce_rest(agent->runners[i]);
	leave(agent);
	agent->unsettled =
		!agent_stroke(agent, runner_settle) || !agent_stroke(agent, runner_finish);
	agent->unsettled_at = loop_now();
	if (!agent->unsettled)
		groups_tell(agent->groups);
	keeper_follow(agent->keeper, datapath_history(agent->datapath));
}

static bool any_busy(const struct agent *agent)
{
	for (unsigned int i = 0; i < agent->opened; i++) {
		if (runner_busy(agent->runners[i]))
			return true;
	}
	return groups_busy(agent->groups);
}

static bool any_leaves(const struct agent *agent)
{
	for (unsigned int i = 0; i < agent->opened; i++) {
		if (router_is_leaving(runner_router(agent->runners[i])))
			return true;
	}
	return false;
}

/* All routers leave together. As long as one of them waits for before-backup or hands over, the
 * agent does all that it does otherwise: it still owns an address. */
static void begin_leaving(struct agent *agent, struct monotime now)
{
	log_info("stopping");
	agent->leaving = true;
	agent->restarting = false;
	groups_order(agent->groups, NULL, ROUTER_STOP);
	service_stopping(&agent->service, now);
	if (any_leaves(agent))
		log_info("waiting for another host to take over and for before-backup to end; a "
			 "second signal ends the wait");
}

/* No router is MASTER any more. Gives the hooks their time. */
static void begin_stop(struct agent *agent, struct monotime now)
{
	uint32_t patience_ms = 0;
	bool unlimited = false;

	if (!agent->leaving || agent->stopping || any_leaves(agent))
		return;
	agent->stopping = true;
	for (unsigned int i = 0; i < agent->opened; i++) {
		const struct config_router *router = &agent->config->routers[i];

		unlimited |= router->vrrpd;
		if (router->notify_timeout_ms > patience_ms)
			patience_ms = router->notify_timeout_ms;
	}
	for (unsigned int i = 0; i < agent->config->group_count; i++) {
		uint32_t timeout_ms = agent->config->groups[i].as.notify_timeout_ms;

		patience_ms = timeout_ms > patience_ms ? timeout_ms : patience_ms;
	}
	/* Each hook has its own limit: the one that is running, and the two that the stop adds.
	 * This limit is for a program that does not even end when it is killed. */
	agent->stop_by = unlimited
				 ? MONOTIME_NEVER
				 : monotime_add(now, 3 * ((int64_t)patience_ms + 2000) * NS_PER_MS);
}

/* ---- deadlines ---- */

/* The owner of these rows is the agent. */
static struct monotime promotion_at(const void *owner)
{
	struct monotime at;

	agent_next_master_down(owner, &at);
	return monotime_is_never(at) ? at : monotime_add(at, -agent_lead_ns(owner));
}

static void promotion_serve(void *owner, struct monotime now)
{
	const struct agent *agent = owner;

	reception_note(agent->reception, now);
	agent_await_master_down(owner);
}

static struct monotime interfaces_at(const void *owner)
{
	const struct agent *agent = owner;

	return agent->ports.dirty ? agent->ports.refresh_at : MONOTIME_NEVER;
}

static void interfaces_serve(void *owner, struct monotime now)
{
	refresh_ports(owner, now);
}

static struct monotime fences_at(const void *owner)
{
	const struct agent *agent = owner;

	return fencing_is_told(&agent->fencing) ? monotime_from_ns(0) : MONOTIME_NEVER;
}

static void fences_serve(void *owner, struct monotime now)
{
	struct agent *agent = owner;

	if (!fencing_look(&agent->fencing, now))
		return;
	for (unsigned int i = 0; i < agent->opened; i++)
		runner_ports_changed(agent->runners[i]);
}

static struct monotime strokes_at(const void *owner)
{
	const struct agent *agent = owner;

	return agent->unsettled ? agent->unsettled_at : MONOTIME_NEVER;
}

static void strokes_serve(void *owner, struct monotime now)
{
	(void)now;
	settle(owner);
}

/* Changes to NICs are completed whatever time they take; they have a row of their own. */
static struct monotime stop_at(const void *owner)
{
	const struct agent *agent = owner;

	return agent->unsettled ? MONOTIME_NEVER : agent->stop_by;
}

static void stop_serve(void *owner, struct monotime now)
{
	struct agent *agent = owner;

	(void)now;
	loop_stop(agent->loop);
}

static struct monotime service_at(const void *owner)
{
	const struct agent *agent = owner;

	return service_deadline(&agent->service);
}

static void service_serve(void *owner, struct monotime now)
{
	struct agent *agent = owner;

	service_tick(&agent->service, now);
}

static struct monotime others_at(const void *owner)
{
	const struct agent *agent = owner;

	return phase_of(agent) == PHASE_RUNNING || others_busy(agent->others)
		       ? others_due(agent->others)
		       : MONOTIME_NEVER;
}

static void others_serve(void *owner, struct monotime now)
{
	const struct agent *agent = owner;
	struct monotime at;

	if (others_take(agent->others, now))
		upkeep_soon(agent->upkeep); /* there are new pins to be looked after */
	if (phase_of(agent) != PHASE_RUNNING)
		return;
	agent_next_master_down(agent, &at);
	others_begin(agent->others,
		     !monotime_is_never(at) &&
			     monotime_diff(at, now) < agent_lead_ns(agent) + OTHERS_NS);
}

static struct monotime programs_at(const void *owner)
{
	return groups_deadline(((const struct agent *)owner)->groups);
}

static void programs_serve(void *owner, struct monotime now)
{
	groups_tick(((struct agent *)owner)->groups, now);
}

enum row {
	ROW_PROMOTION,
	ROW_INTERFACES,
	ROW_FENCES,
	ROW_STROKES,
	ROW_STOP,
	ROW_SERVICE,
	ROW_OTHERS,
	ROW_PROGRAMS,
	ROWS
};

static const struct deadline rows[ROWS] = {
	[ROW_PROMOTION] = {"a possible promotion", IN_RUNNING, promotion_at, promotion_serve},
	[ROW_INTERFACES] = {"a look at the interfaces", IN_RUNNING, interfaces_at,
			    interfaces_serve},
	[ROW_FENCES] = {"a look at the fences", IN_RUNNING, fences_at, fences_serve},
	[ROW_STROKES] = {"NICs that are left to be changed", IN_ALL, strokes_at, strokes_serve},
	[ROW_STOP] = {"the end of the stop", IN_STOPPING, stop_at, stop_serve},
	[ROW_SERVICE] = {"the service manager", IN_ALL, service_at, service_serve},
	[ROW_OTHERS] = {"the fence on another interface", IN_ALL, others_at, others_serve},
	[ROW_PROGRAMS] = {"programs of a group", IN_ALL, programs_at, programs_serve},
};

_Static_assert(ROWS + RUNNER_ROWS + ROUTER_ROWS <= PROGRESS_NAMES, "each row is told once");

static void serve(struct agent *agent, enum row row, struct monotime now)
{
	agent->worked |= deadline_serve(&rows[row], agent, phase_of(agent), now);
}

/* Set the timer for the soonest row of all tables. `now` is the time with which this wake-up served
 * the rows that were due. */
static void arm(struct agent *agent, struct monotime now)
{
	struct soonest soonest = soonest_begin(now);
	const struct deadline *stuck;
	struct monotime at;

	for (int i = 0; i < ROWS; i++)
		soonest_offer(&soonest, &rows[i], agent, phase_of(agent));
	for (unsigned int i = 0; i < agent->opened; i++)
		runner_offer(agent->runners[i], phase_of(agent), &soonest);
	at = progress_next(&agent->progress, &soonest, agent->worked, &stuck);
	/* The vitals are in a file: write to it only if there is something to write. */
	if (agent->vitals->idle_wakeups != agent->progress.idle)
		agent->vitals->idle_wakeups = agent->progress.idle;
	if (stuck)
		log_err("%s%s%s is due and nothing serves it: the agent goes on and looks every "
			"%lld ms; please report this",
			soonest.owner == agent
				? ""
				: ((const struct router *)soonest.owner)->config->name,
			soonest.owner == agent ? "" : ": ", stuck->name,
			PROGRESS_SLEEP_NS / 1000000);
	loop_arm(agent->loop, at);
}

/* Everything has been said, and no program is running. */
static bool is_done(const struct agent *agent)
{
	return (agent->stopping || agent->restarting) && !agent->unsettled && !any_busy(agent) &&
	       !others_busy(agent->others);
}

/* Notes the priority that this process has now, for `status` and for the loop. */
static void note_priority(struct agent *agent)
{
	agent->vitals->realtime = (uint32_t)realtime_priority();
	loop_be_fair(agent->loop, agent->vitals->realtime != 0);
}

/* An agent that ran for too long goes on at normal priority. The host comes first: it may have only
 * one CPU. */
static void look_at_priority(struct agent *agent)
{
	if (!realtime_take_excess())
		return;
	log_err("the agent used the CPU without a pause for longer than RLIMIT_RTTIME allows at "
		"real-time priority; it continues at normal priority until a reload or a restart");
	agent->vitals->realtime_lost = 1;
	note_priority(agent);
}

static void on_wake(void *context)
{
	struct agent *agent = context;
	struct monotime now;
	bool unfit;

	agent->worked = loop_served(agent->loop);
	unfit = taps_look(agent->taps, loop_now());
	serve(agent, ROW_PROMOTION, loop_now());
	now = agent_catch_up(agent);
	/* Before any deadline: on a deaf interface the master's adverts have moved none. */
	if (unfit)
		agent_leave_xdp(agent, now);
	/* This comes after the ring was read, because a router that was replaced while the agent
	 * slept must not say goodbye (priority 0). */
	if (agent->stop_asked && !agent->leaving)
		begin_leaving(agent, loop_now());
	if (agent->stop_now && !agent->stopping)
		groups_order(agent->groups, NULL, ROUTER_STOP_NOW);
	begin_stop(agent, loop_now());
	serve(agent, ROW_INTERFACES, now);
	serve(agent, ROW_FENCES, now);
	groups_follow(agent->groups, now);
	for (unsigned int i = 0; i < agent->opened; i++)
		agent->worked |= runner_tick(agent->runners[i], phase_of(agent), now);
	groups_decide(agent->groups, now);
	begin_stop(agent, loop_now());
	settle(agent);
	if (!agent->stopping)
		agent_prepare(agent);
	serve(agent, ROW_OTHERS, now);
	serve(agent, ROW_PROGRAMS, now);
	serve(agent, ROW_STOP, now);
	if (is_done(agent)) {
		agent_tell(agent, now);
		loop_stop(agent->loop);
		return;
	}
	if (agent->stopping && !agent->unsettled && !agent->said_waiting) {
		agent->said_waiting = true;
		log_info("waiting for running programs to end; a second signal kills them");
	}
	look_at_priority(agent);
	upkeep_tick(agent->upkeep, now);
	refusals_tick(&agent->refusals, now);
	/* Call this whether its row is due or not: a wake-up for another reason then feeds the
	 * watchdog before that is due. */
	service_tick(&agent->service, now);
	agent_tell(agent, now);
	arm(agent, now);
}

static void on_signal(void *context, int signal)
{
	struct agent *agent = context;

	if (signal == SIGHUP && agent->stop_asked)
		log_info("SIGHUP ignored: the agent is stopping");
	else if (signal == SIGHUP)
		agent_reload(agent);
	else if (agent->stopping)
		agent->stop_by = loop_now(); /* another signal: do not wait for hooks */
	else if (agent->stop_asked)
		agent->stop_now = true; /* nor for other routers */
	else
		agent->stop_asked = true;
}

/* Later allocations must not wait for a page when memory is short. So touch the pages now; they
 * stay with the process. */
static void keep_reserve(void)
{
	volatile char *reserve = malloc(RESERVE_BYTES);

	for (size_t at = 0; reserve && at < RESERVE_BYTES; at += RESERVE_STEP)
		reserve[at] = 0;
	free((void *)(uintptr_t)reserve);
}

/* What is not permitted is logged, and the agent runs without it. */
static void be_real_time(struct agent *agent)
{
	int priority = agent->config->realtime, err;

	prctl(PR_SET_TIMERSLACK, 1UL);
	/* mlockall() keeps all pages resident, also those of free memory. Reading the configuration
	 * and the state of the host has left free memory in the heap: return it to the kernel
	 * before that. */
	libc_heap_runs();
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		log_warn("memory is not locked: %s (LimitMEMLOCK=infinity, or CAP_IPC_LOCK)",
			 strerror(errno));
	keep_reserve();
	err = realtime_enter(priority);
	if (err) {
		char why[REALTIME_TEXT];

		log_warn("no real-time scheduling: %s (%s; realtime = 0 says it is not wanted)",
			 strerror(-err), realtime_why(err, priority, why));
	}
	note_priority(agent);
}

static void open_stand_in(struct agent *agent)
{
	int err = stand_in_open(agent_stand_in, agent, agent_stretch_ns(agent));

	if (err)
		log_warn("cannot start a thread: %s; adverts wait while the kernel changes "
			 "interfaces",
			 strerror(-err));
}

int agent_run(const struct config *config, const struct agent_options *options)
{
	struct agent *agent = calloc(1, sizeof(*agent));
	struct monotime now;
	bool restart, mends;
	int err;

	if (!agent)
		return -ENOMEM;
	agent->config = config;
	agent->options = options;
	agent->run_lock = agent->bpffs_lock = -1;
	agent->keeper = options->keeper;
	service_open(&agent->service);
	/* This comes before any memory is locked: a child process opens it, and may outlive the
	 * agent by moments. */
	if (config->early_ns)
		agent->rehearsal = rehearsal_open();
	err = agent_open_rooms(agent);
	if (!err)
		err = agent_open_routers(agent);
	if (!err) {
		be_real_time(agent);
		now = loop_now();
		for (unsigned int i = 0; i < agent->opened; i++)
			runner_ports_changed(agent->runners[i]);
		/* After a reload, the taps are those of the process before. The frames in them came
		 * before this process listened, so they do not count. */
		taps_look(agent->taps, now);
		pass_close_rest();
		service_ready(&agent->service, now);
		open_stand_in(agent);
		err = loop_run(agent->loop, on_wake, on_signal, agent);
		stand_in_close();
	}
	restart = !err && agent->restarting && !agent->stopping;
	if (restart) {
		agent_send_ahead(agent);
		realtime_lift();
	}
	/* A start that failed may have come to no NIC. What an earlier run left there is put back
	 * all the same, or the host would do without its own addresses until a start succeeds. */
	mends = err && agent->run_lock >= 0;
	agent_close_rooms(agent, restart ? ENDING_RESTART : ENDING_STOP);
	free(agent);
	if (mends && !mend_host(options->run_dir, options->bpffs) && err == -ESTALE)
		restart = datapath_make_way(options->bpffs);
	return restart ? AGENT_RESTART : err;
}
