// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold in every state. Only watches: never changes what a host knows or does.
 *   - never two open leases, but where the wire has kept the news from one of the two, and then
 *     for no longer than the wire takes; the excuses are those of tests/sim/check.c
 *   - a lease is open only for a MASTER that has sent an advert, and shut from the moment at which
 *     the judge has seen a better one
 *   - never a promotion before the deadline, by arithmetic that shares nothing with vrrp_timers.h
 *   - no span without an owner beyond master-down and two intervals after the last fault
 * world.c has those of one agent: announcements, and what it may not sleep with.
 */
#include <string.h>

#include "search.h"

#define MANY 4 /* adverts; more are not counted */

static uint8_t priority_of(unsigned int host)
{
	return world.host[host].instance.rules.priority;
}

/* Would an advert with this priority make the host step down? */
static bool beats(unsigned int sender, uint8_t priority, unsigned int host)
{
	return priority != priority_of(host) ? priority > priority_of(host) : sender > host;
}

static bool is_open(unsigned int host)
{
	return world.host[host].on && (int64_t)world.host[host].lease.until_ns > world.now;
}

static int64_t *overlap(unsigned int a, unsigned int b)
{
	return a < b ? &world.overlap_since[a][b] : &world.overlap_since[b][a];
}

/* ---- who knew what ---- */

static void count_up(uint8_t *number)
{
	*number = (uint8_t)(*number + (*number < MANY));
}

static bool is_current(const struct search_advert *advert, unsigned int sender)
{
	return advert->from == sender && advert->current;
}

/* It has missed its rhythm: so it did for everybody who has heard no later advert. */
static void note_late(unsigned int host)
{
	const struct search_watch *watch = &world.host[host].watch;

	if (!watch->sent_at || world.now - watch->sent_at <= world_interval())
		return;
	for (unsigned int i = 0; i < row->hosts; i++)
		world.host[i].watch.of[host].late = true;
	for (unsigned int i = 0; i < world.flights; i++)
		world.flight[i].late |= is_current(&world.flight[i], host);
}

void check_sent(unsigned int host)
{
	note_late(host);
	for (unsigned int i = 0; i < row->hosts; i++)
		count_up(&world.host[i].watch.of[host].unheard);
	for (unsigned int i = 0; i < world.flights; i++) {
		if (is_current(&world.flight[i], host))
			count_up(&world.flight[i].later);
	}
	world.host[host].watch.silent = false;
	world.host[host].watch.sent_at = world.now;
}

static void heard(unsigned int host, const struct search_advert *advert)
{
	struct search_knows *knows = &world.host[host].watch.of[advert->from];

	if (!advert->current)
		return;
	knows->since_resume |= advert->resumed;
	if (knows->heard && advert->later >= knows->unheard)
		return;
	knows->heard = true;
	knows->unheard = advert->later;
	knows->late = advert->late;
	knows->gives = row->handover && advert->priority == 1;
}

static enum search_excuse find_excuse(unsigned int host, unsigned int other)
{
	const struct search_watch *watch = &world.host[host].watch, *master;
	const struct search_knows *knows = &watch->of[other];
	const struct vrrp_rules *rules = &world.host[host].instance.rules;

	master = &world.host[other].watch;
	if (!master->mastered)
		return master->claiming ? EXCUSE_AT_ONCE : EXCUSE_NONE_LEFT;
	note_late(other);
	if ((rules->flags & VRRP_RULE_PREEMPT) &&
	    (priority_of(other) < rules->priority || (knows->gives && knows->unheard)))
		return EXCUSE_PREEMPTED;
	if (master->silent)
		return EXCUSE_AT_ONCE;
	if (knows->unheard && !knows->heard)
		return EXCUSE_FRESH;
	if (knows->unheard >= 3 || (knows->unheard && knows->late))
		return EXCUSE_LOST;
	return EXCUSE_NONE_HEARD;
}

void check_claiming(unsigned int host)
{
	struct search_watch *watch = &world.host[host].watch;
	uint8_t last = 0;

	for (unsigned int i = 0; i < row->hosts; i++) {
		if (i == host)
			continue;
		watch->of[i].pending = (uint8_t)find_excuse(host, i);
		last = world.host[i].watch.order > last ? world.host[i].watch.order : last;
	}
	watch->order = (uint8_t)(last + 1);
	watch->claiming = true;
	watch->yielded = false;
}

void check_decided(unsigned int host)
{
	int64_t early = (int64_t)(world.host[host].watch.deadline_ns -
				  (uint64_t)world.host[host].agent.now.ns);

	if (early > 0)
		violated("host %u: promotes itself %.3f ticks before its deadline", host,
			 (double)early / (double)world_tick());
}

void check_mastered(unsigned int host)
{
	struct search_watch *watch = &world.host[host].watch;

	watch->claiming = false;
	watch->mastered = watch->silent = true;
	watch->opened = watch->resumed = false;
	watch->sent_at = 0;
	for (unsigned int i = 0; i < row->hosts; i++) {
		struct search_knows *theirs = &world.host[i].watch.of[host];

		watch->of[i].excuse = watch->of[i].pending;
		watch->of[i].opened_after = false;
		theirs->heard = theirs->late = theirs->gives = theirs->since_resume = false;
		theirs->unheard = 0;
	}
	for (unsigned int i = 0; i < world.flights; i++) {
		if (world.flight[i].from == host)
			world.flight[i].current = false;
	}
}

void check_left(unsigned int host)
{
	struct search_watch *watch = &world.host[host].watch;

	watch->mastered = watch->claiming = watch->yielded = false;
}

/* It is dead, and its lease over: a new agent begins anew, and is no master. */
static void forget_dead(unsigned int host)
{
	if (!world.host[host].agent.alive && !is_open(host) && !vrrp_broken.adopts_anything)
		check_left(host);
}

void check_resumes(unsigned int host)
{
	say((int)host, "resumes");
	world.host[host].watch.resumed = true;
	for (unsigned int i = 0; i < row->hosts; i++) {
		world.host[host].watch.of[i].opened_after = false;
		world.host[i].watch.of[host].since_resume = false;
	}
	for (unsigned int i = 0; i < world.flights; i++) {
		if (world.flight[i].from == host)
			world.flight[i].resumed = false;
	}
}

/* ---- the deadline, once more ---- */

static uint64_t skew(const struct vrrp_rules *rules)
{
	uint64_t unit = rules->version == 2 ? 1000000000U : (uint64_t)world_interval();

	return unit * (256U - rules->priority) / 256U;
}

void check_listening(unsigned int host, uint64_t deadline_ns)
{
	world.host[host].watch.deadline_ns = deadline_ns;
}

static bool moves_deadline(unsigned int host, const struct search_advert *advert)
{
	const struct vrrp_instance *instance = &world.host[host].instance;

	switch ((enum vrrp_role)instance->role) {
	case VRRP_ROLE_IDLE:
		return false;
	case VRRP_ROLE_BACKUP:
		return advert->priority >= instance->rules.priority || advert->priority == 0 ||
		       !(instance->rules.flags & VRRP_RULE_PREEMPT);
	case VRRP_ROLE_MASTER:
		return beats(advert->from, advert->priority, host);
	}
	return false;
}

/* Its priority has risen, and its advert with that is still to be sent. The judge yields by the
 * lower one meanwhile, but what it has heard is no better master: the agent claims again, as one
 * that preempts. Two owners, if there were any, end here, and may begin anew. */
static bool is_about_to_rise(const struct search_agent *agent, const struct search_advert *advert)
{
	return agent->alive && agent->router.fsm.state == VRRP_STATE_MASTER &&
	       advert->priority < agent->router.fsm.config.priority;
}

/* A master that has been preempted concedes: that is no heir. */
static void check_heir(unsigned int host, const struct search_advert *advert)
{
	const struct search_agent *agent = &world.host[host].agent;

	if (agent->alive && agent->router.handover.runs && !advert->current &&
	    !world.host[advert->from].watch.mastered)
		violated("host %u: hands over to host %u, which is no master", host, advert->from);
}

void check_advert(unsigned int host, const struct search_advert *advert)
{
	struct search_watch *watch = &world.host[host].watch;
	const struct vrrp_rules *rules = &world.host[host].instance.rules;

	heard(host, advert);
	if (!moves_deadline(host, advert))
		return;
	watch->deadline_ns = (uint64_t)world.now + skew(rules);
	if (advert->priority)
		watch->deadline_ns += 3 * (uint64_t)world_interval();
	if (world.host[host].instance.role == VRRP_ROLE_MASTER) {
		watch->yielded = !is_about_to_rise(&world.host[host].agent, advert);
		for (unsigned int i = 0; i < row->hosts && !watch->yielded; i++) {
			if (i != host && *overlap(host, i))
				*overlap(host, i) = world.now;
		}
		check_heir(host, advert);
	}
}

/* ---- two owners ---- */

/* One who resumed has been heard, and has listened: what was open before is shut or known, unless
 * both were lost. */
static bool may_open_again(unsigned int opener, unsigned int other)
{
	const struct search_knows *mine = &world.host[opener].watch.of[other];
	const struct search_knows *theirs = &world.host[other].watch.of[opener];

	if (!world.host[opener].watch.resumed)
		return false;
	if (mine->opened_after)
		return true;
	return world.lost && (beats(other, priority_of(other), opener) || !theirs->since_resume) &&
	       (!mine->heard || mine->unheard);
}

static void overlap_begins(unsigned int opener, unsigned int other)
{
	static const char *const wrong[] = {"the later one had heard the other one's adverts",
					    "one had left its role, and kept its lease"};
	const struct search_watch *a = &world.host[opener].watch, *b = &world.host[other].watch;
	enum search_excuse excuse =
		a->order > b->order ? a->of[other].excuse : b->of[opener].excuse;

	*overlap(opener, other) = world.now;
	if (a->opened) {
		if (!may_open_again(opener, other))
			violated("two owners, %u beside %u: a lease that had run out was opened "
				 "again",
				 opener, other);
	} else if (excuse < EXCUSE_PREEMPTED) {
		violated("two owners, %u beside %u: %s", opener, other, wrong[excuse]);
	}
	say((int)opener, "opens its lease beside host %u (excuse %u)", other, excuse);
}

static void check_pair(unsigned int a, unsigned int b, bool a_was_open, bool b_was_open)
{
	int64_t *since = overlap(a, b);

	if (!is_open(a) || !is_open(b)) {
		*since = 0;
		return;
	}
	if (!*since) {
		bool a_opens = !a_was_open && (b_was_open || world.host[a].watch.order >
								     world.host[b].watch.order);

		overlap_begins(a_opens ? a : b, a_opens ? b : a);
		return;
	}
	if (!world.lost && world.now - *since > world_delay())
		violated("two owners, %u and %u, for longer than the wire takes", a, b);
}

/* ---- nobody ---- */

void check_disturbed(void)
{
	if (world.ownerless_since)
		world.ownerless_since = world.now;
}

static bool is_fit(unsigned int host)
{
	const struct search_agent *agent = &world.host[host].agent;

	return agent->alive && !agent->frozen && !agent->stop_asked;
}

static void check_ownerless(bool owned)
{
	int64_t longest = row->version == VRRP_V2 ? NS_PER_S : world_interval();
	bool fit = false;

	if (owned) {
		world.ownerless_since = 0;
		return;
	}
	if (!world.ownerless_since)
		world.ownerless_since = world.now;
	for (unsigned int i = 0; i < row->hosts; i++)
		fit |= is_fit(i);
	if (!fit)
		world.ownerless_since = world.now;
	if (world.now - world.ownerless_since > 5 * world_interval() + longest)
		violated("nobody owns the address for %.3f intervals",
			 (double)(world.now - world.ownerless_since) / (double)world_interval());
}

/* ---- at each move, and at the end of an instant ---- */

void check_host(unsigned int host)
{
	const struct search_watch *watch = &world.host[host].watch;

	forget_dead(host);
	if (!is_open(host))
		return;
	if (watch->yielded)
		violated("host %u: has heard a better master, and its lease is open", host);
	else if (!watch->mastered)
		violated("host %u: is no MASTER, and its lease is open", host);
	else if (watch->silent)
		violated("host %u: its lease is open, and it has sent no advert", host);
}

/* Its lease stays open until it is replaced. One that may have been frozen has to open it again. */
static void check_handover(unsigned int host)
{
	const struct search_watch *watch = &world.host[host].watch;
	const struct search_agent *agent = &world.host[host].agent;

	if (row->handover && !(row->kinds & FAULT_FREEZE) && agent->alive &&
	    agent->router.handover.runs && watch->mastered && !watch->yielded)
		violated("host %u: hands over, and its lease is shut", host);
}

void check_instant(void)
{
	bool was_open[SEARCH_HOSTS], owned = false;

	for (unsigned int i = 0; i < row->hosts; i++) {
		struct search_watch *watch = &world.host[i].watch;

		was_open[i] = watch->open;
		watch->open = is_open(i);
		owned |= watch->open;
		if (!watch->open)
			check_handover(i);
		if (!watch->open || was_open[i])
			continue;
		for (unsigned int j = 0; j < row->hosts; j++)
			world.host[j].watch.of[i].opened_after |= world.host[j].watch.resumed;
	}
	for (unsigned int a = 0; a < row->hosts; a++) {
		for (unsigned int b = a + 1; b < row->hosts; b++)
			check_pair(a, b, was_open[a], was_open[b]);
	}
	for (unsigned int i = 0; i < row->hosts; i++)
		world.host[i].watch.opened |= world.host[i].watch.open;
	check_ownerless(owned);
}

void check_time(void)
{
	for (unsigned int i = 0; i < row->hosts; i++) {
		world.host[i].watch.open &= is_open(i);
		forget_dead(i);
	}
	for (unsigned int a = 0; a < row->hosts; a++) {
		for (unsigned int b = a + 1; b < row->hosts; b++) {
			if (is_open(a) && is_open(b))
				continue;
			world.overlap_since[a][b] = 0;
		}
	}
}
