// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold at every step:
 *   - There are never two open leases, except if the wire has kept the news from one of the two
 *     hosts: see excuse().
 *   - There is no promotion before the deadline, by arithmetic that shares nothing with
 *     vrrp_timers.h.
 *   - No span without an owner goes beyond master-down + 2 intervals after the last fault.
 *   - There is no such span at all once that time has passed, until the next fault.
 * Only watches: never changes a host, never consumes a random number.
 */
#include <string.h>

#include "sim.h"
#include "vrrp_timers.h"

/* Its judge should know no other one, but that one that has risen counts from the advert that tells
 * it. */
static uint8_t priority_of(const struct sim *sim, unsigned int host)
{
	const struct sim_host *one = &sim->host[host];
	uint8_t own = one->agent.router.fsm.config.priority;
	uint8_t judges = one->instance.rules.priority;

	return one->agent.alive && own < judges ? own : judges;
}

/* Is an advert with this priority, on this path, better than `own` priority of the host? */
static bool exceeds(const struct sim *sim, unsigned int sender, uint8_t priority, unsigned int path,
		    unsigned int host, uint8_t own)
{
	if (priority != own)
		return priority > own;
	return sim_address(sim, sender, path).b[3] > sim_address(sim, host, path).b[3];
}

/* Would it make the host step down? */
static bool beats(const struct sim *sim, unsigned int sender, uint8_t priority, unsigned int path,
		  unsigned int host)
{
	return exceeds(sim, sender, priority, path, host, priority_of(sim, host));
}

/* Two hosts of one priority are in another order on each path. The first path decides; another one
 * when the tie has lasted for half an interval, in the judge's units of 2^20 ns. */
static bool decides(const struct sim *sim, struct sim_host *host, const struct sim_event *event)
{
	struct sim_watch *watch = &host->watch;
	uint64_t now = (uint64_t)sim_clock(sim, host).ns;
	uint64_t lasted = ((now >> 20) - (watch->tie_ns >> 20)) << 20;
	uint64_t interval = 10000000ULL * event->interval_cs;

	if (!beats(sim, event->from, event->priority, event->path, sim_index(sim, host)))
		return false;
	if (event->path == 0 || event->priority != priority_of(sim, sim_index(sim, host)) ||
	    host->instance.role != VRRP_ROLE_MASTER)
		return true;
	if (now >= host->lease.until_ns) {
		watch->gave_way_at = sim->now;
		return true;
	}
	if (!watch->tie_ns || lasted >= 3 * interval) {
		watch->tie_ns = now;
		return false;
	}
	return lasted >= interval / 2;
}

static bool superior(const struct sim *sim, unsigned int a, unsigned int b)
{
	return beats(sim, a, priority_of(sim, a), 0, b);
}

/* ---- who knew what ---- */

/* An advert that is late by less than this cannot have cost a backup its deadline. */
static int64_t tolerance(const struct sim *sim)
{
	return sim->slack_ns / 8 + sim->interval_ns / 2500;
}

static void note_late(const struct sim *sim, struct sim_watch *watch, int64_t interval_ns)
{
	if (watch->rounds && sim->now - watch->sent_at > interval_ns + tolerance(sim))
		watch->late_at = sim->now;
}

void check_sent(struct sim *sim, struct sim_host *host)
{
	struct sim_watch *watch = &host->watch;

	note_late(sim, watch, host->config.interval_cs * 10000000LL);
	watch->rounds++;
	watch->sent_at = sim->now;
}

void check_heard(struct sim *sim, struct sim_host *host, const struct sim_event *event)
{
	unsigned int mastership = host->watch.heard[event->from].mastership;
	unsigned int round = host->watch.heard[event->from].round;

	host->watch.decides = false;
	if (event->priority == VRRP_PRIO_STOP) {
		host->watch.ended = event->mastership;
		host->watch.ended_at = event->sent_at;
		return;
	}
	/* On the wire, an advert of a newer mastership has overtaken this one. If intervals differ,
	 * it may shorten the deadline. */
	host->watch.heard[event->from].overtaken = event->mastership < mastership;
	host->watch.heard[event->from].stale = event->stale;
	if (event->mastership < mastership)
		return;
	if (event->mastership > mastership || event->round > round) {
		host->watch.heard[event->from].mastership = event->mastership;
		host->watch.heard[event->from].round = event->round;
		host->watch.heard[event->from].sent_at = event->sent_at;
	}
	host->watch.heard[event->from].priority = event->priority;
	host->watch.decides = decides(sim, host, event);
	if (host->watch.decides)
		host->watch.heard[event->from].superior_tick = sim->tick;
}

/* A host that was held up since then could not say that it is the better one. Its lease ends by
 * itself. */
static bool was_held(const struct sim *sim, unsigned int host, int64_t since)
{
	const struct sim_host *one = &sim->host[host];

	return one->agent.held_until >= since || one->stalled_until >= since || !one->agent.alive;
}

/* Was the deadline of this host set by the goodbye of another host than `first`, which was MASTER
 * beside it, or before it and said so late? The host followed the one that left, or knew no master.
 * Or by a goodbye on another path, maybe of `first` itself, from its mastership before, and the
 * advert that had to come then was lost, or `first` could not send it? */
static bool was_released(const struct sim *sim, const struct sim_host *host, unsigned int first)
{
	const struct sim_watch *watch = &host->watch, *left, *stays = &sim->host[first].watch;

	if (watch->aside || (watch->released_by == first + 1 && watch->elsewhere &&
			     watch->released_from != stays->mastership))
		return watch->pending[first].unheard ||
		       was_held(sim, first, watch->heard[first].sent_at);
	if (!watch->released_by || watch->released_by == first + 1)
		return false;
	left = &sim->host[watch->released_by - 1].watch;
	return watch->released_at <= stays->mastered_at ||
	       (left->beside[first].own == watch->released_from &&
		left->beside[first].other == stays->mastership);
}

/* Does it preempt before its delay is over? The delay counts from the first advert of a worse
 * master that it hears after a better one. If the better one was down before the worse one became
 * master, this host was the heir, and was held up. */
static bool is_hasty(const struct sim *sim, const struct sim_host *host,
		     const struct sim_watch *worse)
{
	int64_t waited_ns = (int64_t)((uint64_t)host->agent.now.ns - host->watch.worse_ns);

	return sim->row->delays && host->config.priority != VRRP_PRIO_OWNER &&
	       (!host->watch.worse_ns || waited_ns < host->config.preempt_delay_ms * 1000000LL) &&
	       sim_true(host, host->watch.deadline_ns) > worse->mastered_at;
}

void check_claiming(struct sim *sim, struct sim_host *host)
{
	struct sim_watch *watch = &host->watch;
	uint8_t flags = host->instance.rules.flags;
	uint8_t priority = host->instance.rules.priority;
	bool preempts = (flags & VRRP_RULE_PREEMPT) || priority == VRRP_PRIO_OWNER;

	watch->pending_tick = sim->tick;
	watch->claiming = true;
	for (unsigned int i = 0; i < sim->hosts; i++) {
		struct sim_watch *other = &sim->host[i].watch;
		struct sim_knew *knew = &watch->pending[i];

		*knew = (struct sim_knew){.mastered = other->mastered || other->claiming,
					  .silent = !other->mastered};
		if (!other->mastered || &sim->host[i] == host)
			continue;
		note_late(sim, other, sim->host[i].config.interval_cs * 10000000LL);
		knew->fresh = watch->heard[i].mastership != other->mastership;
		knew->unheard = other->rounds - (knew->fresh ? 0 : watch->heard[i].round);
		knew->silent = other->rounds == 0;
		knew->fresh |= sim->row->intervals && watch->heard[i].overtaken;
		knew->late = !knew->fresh && other->late_at >= watch->heard[i].sent_at &&
			     other->late_at != 0;
		knew->paused = sim->host[i].paused_until > watch->heard[i].sent_at;
		knew->released = was_released(sim, host, i) || (watch->aside && knew->unheard);
		knew->preempts = preempts && watch->heard[i].priority < priority;
		knew->hasty = knew->preempts && !knew->unheard && !other->late_at &&
			      is_hasty(sim, host, other);
	}
}

void check_decided(struct sim *sim, const struct sim_host *host)
{
	int64_t early = (int64_t)(host->watch.deadline_ns - (uint64_t)host->agent.now.ns);

	if (early > 0)
		sim_violated(sim, "host %u: promotes itself %lld ns before its deadline",
			     sim_index(sim, host), (long long)early);
}

void check_mastered(struct sim *sim, struct sim_host *host)
{
	struct sim_watch *watch = &host->watch;

	memcpy(watch->knew, watch->pending, sizeof(watch->knew));
	watch->mastered = true;
	watch->claiming = false;
	watch->mastership++;
	watch->rounds = 0;
	watch->opened = false;
	watch->mastered_at = sim->now;
	watch->resumed_at = 0;
	watch->tie_ns = 0;
	watch->sent_at = watch->late_at = 0;
	watch->claim_tick = watch->pending_tick;
	sim_say(sim, host, "is MASTER, mastership %u", watch->mastership);
	for (unsigned int i = 0; i < sim->hosts; i++) {
		if (watch->knew[i].hasty)
			sim_violated(sim, "host %u: preempts %u before its delay is over",
				     sim_index(sim, host), i);
	}
	watch->worse_ns = 0;
}

/* The host's priority was raised at the moment in which its judge yielded, so the host preempts the
 * master that took over. */
void check_reclaims(struct sim *sim, struct sim_host *host)
{
	check_claiming(sim, host);
	for (unsigned int i = 0; i < sim->hosts; i++)
		host->watch.pending[i].preempts =
			!exceeds(sim, i, host->watch.heard[i].priority, 0, sim_index(sim, host),
				 host->agent.router.fsm.config.priority);
	check_mastered(sim, host);
}

void check_left(const struct sim *sim, struct sim_host *host)
{
	if (host->watch.mastered)
		host->watch.left_at = sim->now;
	host->watch.mastered = host->watch.claiming = false;
}

void check_resumes(struct sim *sim, struct sim_host *host)
{
	host->watch.resumed_at = sim->now;
	host->watch.resumed_tick = sim->tick;
	sim->count.resumed++;
	sim_say(sim, host, "resumes");
}

/* ---- the deadline, once more ---- */

static uint64_t skew(const struct vrrp_rules *rules, uint16_t interval_cs)
{
	uint64_t cs = rules->version == 2 ? 100 : interval_cs;

	return cs * (256U - rules->priority) * 10000000U / 256U;
}

void check_listening(struct sim_host *host, struct monotime deadline)
{
	host->watch.follows = host->watch.released_by = 0;
	host->watch.aside = false;
	host->watch.deadline_ns = (uint64_t)deadline.ns;
	host->watch.learned_cs = host->instance.judged.learned_cs
					 ? host->instance.judged.learned_cs
					 : host->instance.rules.interval_cs;
}

/* While a master is known, a goodbye of another host means nothing; on another path, where it
 * cannot be told from the master's own, no more than that the next advert has to come. */
static void goodbye(struct sim_watch *watch, const struct vrrp_rules *rules, unsigned int sender,
		    unsigned int path, uint64_t stamp_ns)
{
	uint64_t interval = 10000000ULL * watch->learned_cs, next = watch->accepted_ns + interval;
	bool known =
		watch->follows && (int64_t)(stamp_ns - watch->accepted_ns) <
					  (int64_t)(3 * interval + skew(rules, watch->learned_cs));

	if (known && watch->follows != sender + 1 && watch->accepted_path == path)
		return;
	if (!known || watch->follows == sender + 1 || (int64_t)(next - stamp_ns) < 0)
		next = stamp_ns;
	if (!known || watch->follows == sender + 1) {
		watch->follows = 0;
		watch->released_by = sender + 1;
		watch->released_from = watch->ended;
		watch->released_at = watch->ended_at;
		watch->elsewhere = watch->accepted_path != path;
	}
	next += skew(rules, watch->learned_cs);
	if ((int64_t)(next - watch->deadline_ns) >= 0)
		return; /* it may count, or may not */
	watch->aside = watch->follows != 0;
	watch->deadline_ns = next;
}

void check_advert(struct sim *sim, struct sim_host *host, unsigned int path,
		  const struct vrrp_advert *advert)
{
	const struct vrrp_rules *rules = &host->instance.rules;
	struct sim_watch *watch = &host->watch;
	unsigned int sender = sim_host_of(sim, &advert->source, path);

	if (advert->priority >= rules->priority)
		watch->worse_ns = 0;
	else if (advert->priority && !watch->worse_ns)
		watch->worse_ns = advert->stamp_ns;
	switch ((enum vrrp_role)host->instance.role) {
	case VRRP_ROLE_IDLE:
		return;
	case VRRP_ROLE_BACKUP:
		if (advert->priority == 0) {
			goodbye(watch, rules, sender, path, advert->stamp_ns);
			return;
		}
		if (advert->priority < rules->priority &&
		    ((rules->flags & VRRP_RULE_PREEMPT) || rules->priority == 255))
			return;
		break;
	case VRRP_ROLE_MASTER:
		if (!watch->decides)
			return;
		break;
	}
	watch->follows = sender + 1;
	watch->released_by = 0;
	watch->aside = false;
	watch->accepted_path = path;
	watch->accepted_ns = advert->stamp_ns;
	watch->learned_cs = advert->interval_cs;
	watch->deadline_ns = advert->stamp_ns + 30000000ULL * advert->interval_cs +
			     skew(rules, advert->interval_cs);
}

/* ---- two owners ---- */

/* May both leases be open? NULL: yes, and *ret_excuse says why. Else the text says what is
 * wrong. */
static const char *excuse(const struct sim *sim, unsigned int a, unsigned int b,
			  enum sim_excuse *ret_excuse)
{
	bool a_first = sim->host[a].watch.claim_tick < sim->host[b].watch.claim_tick;
	unsigned int first = a_first ? a : b, later = a_first ? b : a;
	const struct sim_knew *knew = &sim->host[later].watch.knew[first];

	if (!knew->mastered)
		return "one had left its role, and kept its lease";
	if (knew->preempts) {
		*ret_excuse = SIM_PREEMPTED;
		return NULL;
	}
	if (knew->silent) {
		*ret_excuse = SIM_AT_ONCE;
		return NULL;
	}
	if (knew->fresh && (knew->unheard || sim->row->intervals)) {
		*ret_excuse = SIM_FRESH;
		return NULL;
	}
	if (knew->paused ||
	    sim->host[first].paused_until > sim->host[later].watch.heard[first].sent_at) {
		*ret_excuse = SIM_PAUSED;
		return NULL;
	}
	/*
	 * A goodbye shortens the wait to the skew, in which the master that stays may not come to
	 * speak. It does so although that one speaks already:
	 *   - Two have owned the address at once, in these very masterships (adverts between them
	 *     were lost, or one was paused). One says goodbye to a host that followed that one, or
	 *     that knows no master because it has just started or recovered.
	 *   - The goodbye of the master before is so late that its successor speaks already, and
	 *     the host has accepted no advert of that one: it was not listening (it had resigned,
	 *     or was in FAULT), or it would preempt it.
	 *   - The same by another path than the last advert: the host waits for one more advert,
	 *     and that one was lost.
	 * No rule can tell such a goodbye from that of the only master. Nothing else is excused
	 * here: the goodbye must be what the later host was promoted by.
	 */
	if (knew->unheard >= 3 || (knew->unheard && knew->late) || knew->released) {
		*ret_excuse = SIM_LOST;
		return NULL;
	}
	return "the later one had heard the other one's adverts";
}

/* A host that resumed has sent an advert and has listened. So a lease that was open before is
 * closed or known to it, unless both its own advert and the other host's adverts were lost. */
static bool resumed_unheard(const struct sim *sim, unsigned int opener, unsigned int other,
			    enum sim_excuse *ret_excuse)
{
	const struct sim_watch *mine = &sim->host[opener].watch, *others = &sim->host[other].watch;

	if (!mine->resumed_at)
		return false;
	if (others->opened_at > mine->resumed_at) {
		*ret_excuse = SIM_AT_ONCE;
		return true;
	}
	*ret_excuse = SIM_LOST;
	/* A better host would not have stepped down, nor one that was not told since that we are
	 * better. Which host is better may have changed since then. */
	if (sim->strict || !(sim->row->weights || superior(sim, other, opener) ||
			     others->heard[opener].superior_tick < mine->resumed_tick))
		return false;
	/* A host that is deaf to us says so with its next advert, unless that one is lost, or the
	 * host is held up. */
	return mine->heard[other].mastership != others->mastership ||
	       mine->heard[other].round != others->rounds ||
	       was_held(sim, other, mine->heard[other].sent_at);
}

/* A worse host that was there first yields to the advert of the opener. A better one has to answer:
 * at once, except in a flood; by RFC 3768 with its next advert. One that was preempted and is
 * better because its priority has risen says so at once. */
static int64_t answer_ns(const struct sim *sim, enum sim_excuse why)
{
	const struct sim_row *row = sim->row;
	bool rises = row->weights || row->handovers || row->reloads;
	bool waits = sim->version == VRRP_V2 && !(rises && why == SIM_PREEMPTED);

	return sim->delay_max_ns + 8 * sim->pause_ns +
	       (waits ? sim->interval_ns : sim->interval_ns / 4);
}

static void note_beside(struct sim *sim, unsigned int host, unsigned int other)
{
	sim->host[host].watch.beside[other].own = sim->host[host].watch.mastership;
	sim->host[host].watch.beside[other].other = sim->host[other].watch.mastership;
}

static void overlap_begins(struct sim *sim, unsigned int opener, unsigned int other)
{
	enum sim_excuse why = SIM_LOST;
	const char *wrong = excuse(sim, opener, other, &why);
	unsigned int a = opener < other ? opener : other, b = opener < other ? other : opener;

	if (sim->host[opener].paused_until == sim->now && sim->now) {
		wrong = NULL;
		why = SIM_PAUSED;
	} else if (sim->host[opener].watch.opened)
		wrong = resumed_unheard(sim, opener, other, &why)
				? NULL
				: "a lease that had run out was opened again";
	if (wrong) {
		sim_violated(sim, "two owners, %u beside %u: %s", opener, other, wrong);
		return;
	}
	sim->count.overlaps[why]++;
	sim->overlap_since[a][b] = sim->now;
	note_beside(sim, a, b);
	note_beside(sim, b, a);
	sim->overlap_bound_ns[a][b] =
		sim->delay_max_ns +
		(superior(sim, other, opener) || sim->row->reloads || sim->row->weights ||
				 sim->row->handovers /* one that is called off */
			 ? answer_ns(sim, why)
			 : 0) +
		(why == SIM_PAUSED ? 2 * sim->interval_ns : 0);
	sim_say(sim, &sim->host[opener], "opens its lease beside %u (excuse %u)", other, why);
}

static void check_length(struct sim *sim, unsigned int a, unsigned int b, int64_t lasted)
{
	int64_t since = sim->now - lasted;

	if ((sim->strict || sim->stable) && lasted > sim->overlap_bound_ns[a][b] &&
	    !was_held(sim, a, since) && !was_held(sim, b, since))
		sim_violated(sim, "two owners, %u and %u, for %lld ns: longer than the wire takes",
			     a, b, (long long)lasted);
}

static void overlap_ends(struct sim *sim, unsigned int i, unsigned int j, int64_t at)
{
	unsigned int a = i < j ? i : j, b = i < j ? j : i;
	int64_t lasted = at - sim->overlap_since[a][b];

	if (sim->overlap_since[a][b] < 0)
		return;
	sim->overlap_since[a][b] = -1;
	if ((uint64_t)lasted > sim->count.longest_overlap_ns)
		sim->count.longest_overlap_ns = (uint64_t)lasted;
	check_length(sim, a, b, lasted);
}

static bool has_heard(const struct sim *sim, unsigned int weaker, unsigned int better)
{
	const struct sim_watch *w = &sim->host[weaker].watch, *s = &sim->host[better].watch;
	uint64_t since = w->claim_tick > s->claim_tick ? w->claim_tick : s->claim_tick;

	return w->heard[better].mastership == s->mastership &&
	       w->heard[better].superior_tick > since;
}

/* While both leases are open, neither host can have heard that the other one is better, because it
 * would have yielded. */
static void overlap_goes_on(struct sim *sim, unsigned int a, unsigned int b)
{
	bool a_heard = has_heard(sim, a, b);

	if (a_heard || has_heard(sim, b, a))
		sim_violated(sim, "two owners: %u has heard %u and keeps its lease",
			     a_heard ? a : b, a_heard ? b : a);
	else
		check_length(sim, a, b, sim->now - sim->overlap_since[a][b]);
}

/* ---- leases ---- */

static void closed(struct sim *sim, struct sim_host *host, int64_t at)
{
	unsigned int i = sim_index(sim, host);

	host->watch.open = false;
	for (unsigned int j = 0; j < sim->hosts; j++)
		overlap_ends(sim, i, j, at);
	if (!check_owners(sim))
		sim->ownerless_since = at;
	sim_say(sim, host, "lease closed at %.3f us", (double)at / 1000);
}

static void opened(struct sim *sim, struct sim_host *host)
{
	unsigned int i = sim_index(sim, host);

	host->watch.open = true;
	host->watch.opened_at = sim->now;
	for (unsigned int j = 0; j < sim->hosts; j++) {
		if (j != i && sim->host[j].watch.open)
			overlap_begins(sim, i, j);
	}
	host->watch.opened = true;
	sim->ownerless_since = -1;
	if (sim->owner != (int)i) {
		sim->owner = (int)i;
		sim->count.failovers++;
	}
	sim_say(sim, host, "lease open until %.3f us", (double)host->watch.until_true / 1000);
}

/* The lease of a host that hands over has ended before its time, and the host does not know yet. */
static void handed_over(struct sim *sim, struct sim_host *host)
{
	const struct vrrp_judged *judged = &host->instance.judged;
	int64_t gave_at = sim_true(host, (uint64_t)host->agent.router.handover.gives_at.ns);
	const struct sim_host *heir;

	if (host->instance.role == VRRP_ROLE_MASTER) {
		sim_violated(sim, "host %u: lets go before anybody has taken over",
			     sim_index(sim, host));
		return;
	}
	sim->handed_at = sim->now;
	sim->heir = sim_host_of(sim, &judged->source, judged->path);
	heir = &sim->host[sim->heir];
	/* Where reception stalls, adverts may be as late as can be, and so is one that its sender
	 * had decided on before it was held up. To a better router it would have yielded without a
	 * handover, too. */
	if (!heir->watch.mastered && judged->priority <= host->agent.router.config->priority &&
	    heir->watch.left_at < gave_at && !host->watch.heard[sim->heir].stale &&
	    !sim->row->stalls && !sim->row->pauses)
		sim_violated(sim, "host %u: hands over to %u, which is no master any more",
			     sim_index(sim, host), sim->heir);
}

/* The heir sends its advert, and its lease is open. A host that was held up in between is late, one
 * that asks its witness listens first, one with before-master owns when that has ended, and one
 * that yields to a better one has an heir of its own. */
static void check_handover(struct sim *sim)
{
	const struct sim_host *heir = &sim->host[sim->heir];
	int64_t at = sim->handed_at, patience = 4 * sim->pause_ns;

	if (at < 0 || sim->ownerless_since != at || sim->now - at <= patience)
		return;
	sim->handed_at = -1;
	if (!was_held(sim, sim->heir, at - 2 * sim->interval_ns) && heir->watch.mastered &&
	    heir->paused_until < at && heir->config.witness != CONFIG_WITNESS_OWNER &&
	    !heir->config.before[CONFIG_BEFORE_MASTER].command)
		sim_violated(sim, "nobody owns the address after a handover to %u", sim->heir);
}

static void look_at(struct sim *sim, struct sim_host *host)
{
	struct sim_watch *watch = &host->watch;
	/* A guest that is paused sends nothing, and its lease does not run. */
	bool runs = host->on && host->paused_until <= sim->now;
	uint64_t until_ns = runs ? host->lease.until_ns : 0;

	if (watch->open && watch->until_true <= sim->now)
		closed(sim, host, watch->until_true);
	if (until_ns == watch->until_ns)
		return;
	watch->until_ns = until_ns;
	watch->until_true = until_ns ? sim_true(host, until_ns) : 0;
	if (watch->until_true > sim->now) {
		if (!watch->open)
			opened(sim, host);
	} else if (watch->open) {
		closed(sim, host, sim->now);
		if (runs && host->agent.alive && !until_ns &&
		    host->agent.router.fsm.state == VRRP_STATE_MASTER &&
		    host->agent.router.handover.runs)
			handed_over(sim, host);
	}
}

void check_leases(struct sim *sim)
{
	for (unsigned int i = 0; i < sim->hosts; i++)
		look_at(sim, &sim->host[i]);
	for (unsigned int a = 0; a < sim->hosts; a++) {
		for (unsigned int b = a + 1; sim->host[a].watch.open && b < sim->hosts; b++) {
			if (sim->host[b].watch.open)
				overlap_goes_on(sim, a, b);
		}
	}
}

unsigned int check_owners(const struct sim *sim)
{
	unsigned int owners = 0;

	for (unsigned int i = 0; i < sim->hosts; i++)
		owners += sim->host[i].watch.open;
	return owners;
}

bool check_fit(const struct sim *sim, const struct sim_host *host)
{
	const struct router *router = &host->agent.router;
	bool heard = false;

	for (unsigned int path = 0; path < sim->path_count; path++)
		heard |= host->carrier[path];
	return heard && host->on && host->agent.alive && !host->agent.stop_asked &&
	       host->agent.held_until <= sim->now && host->paused_until <= sim->now &&
	       !host->resigned && !router->resigned && !host->refuses && !router->bare.given_up &&
	       !host->weights.failed && !host->weights.pending && host->weights.allows &&
	       router->fault == ROUTER_WELL && host->instance.report.hold == VRRP_HOLD_NONE;
}

/* Since when there has been a host that can own the address, without a break; -1: there is none. */
static int64_t fit_since(struct sim *sim)
{
	bool awaits = false;
	int64_t first = -1;

	/* A hook may take its time, and nobody takes over from a master that waits for one. */
	for (unsigned int i = 0; i < sim->hosts; i++)
		awaits |= router_awaits_hook(&sim->host[i].agent.router);

	for (unsigned int i = 0; i < sim->hosts; i++) {
		struct sim_watch *watch = &sim->host[i].watch;

		if (awaits || !check_fit(sim, &sim->host[i]))
			watch->fit_since = -1;
		else if (watch->fit_since < 0)
			watch->fit_since = sim->now;
		if (watch->fit_since >= 0 && (first < 0 || watch->fit_since < first))
			first = watch->fit_since;
	}
	return first;
}

void check_time(struct sim *sim)
{
	int64_t since, fit = fit_since(sim);

	for (unsigned int i = 0; i < sim->hosts; i++) {
		if (sim->host[i].watch.open && sim->host[i].watch.until_true <= sim->now)
			closed(sim, &sim->host[i], sim->host[i].watch.until_true);
	}
	check_handover(sim);
	if (sim->ownerless_since < 0)
		return;
	if (fit < 0)
		return;
	since = sim->last_fault > sim->ownerless_since ? sim->last_fault : sim->ownerless_since;
	for (unsigned int i = 0; i < sim->hosts; i++) {
		const struct sim_agent *agent = &sim->host[i].agent;

		/* The end of a freeze is the end of a fault, and so is that of a stall: what is
		 * heard then is old. */
		if (agent->held_until <= sim->now && agent->held_until > since)
			since = agent->held_until;
		if (sim->host[i].stalled_until <= sim->now && sim->host[i].stalled_until > since)
			since = sim->host[i].stalled_until;
	}
	/* Who owns nothing gives way in a tie on any path, maybe to one that gives way on the first
	 * path to an advert that was on its way. */
	for (unsigned int i = 0; i < sim->hosts; i++) {
		int64_t gave_way = sim->host[i].watch.gave_way_at;

		if (gave_way && gave_way + sim->bound_ns > since)
			since = gave_way + sim->bound_ns;
	}
	/* So is the time in which a witnessed router listens whether its master has yielded. */
	for (unsigned int i = 0; i < sim->hosts; i++) {
		const struct sim_watch *watch = &sim->host[i].watch;

		if (sim->host[i].config.witness == CONFIG_WITNESS_OWNER && !watch->opened &&
		    watch->mastership && watch->mastered_at + 8 * sim->interval_ns > since)
			since = watch->mastered_at + 8 * sim->interval_ns;
	}
	since = fit > since ? fit : since;
	/* A host that takes over opens its lease after its advert, and may be held up in
	 * between. */
	if (sim->stable && sim->now - since > 2 * sim->pause_ns && sim->now - fit > sim->bound_ns)
		sim_violated(sim, "nobody owns the address, without a fault");
	else if (sim->now - since > sim->bound_ns)
		sim_violated(sim, "nobody owns the address for %lld ns (bound: %lld)",
			     (long long)(sim->now - since), (long long)sim->bound_ns);
}

/* ---- what a call of the router has changed ---- */

void check_call(struct sim *sim, struct sim_host *host, struct router_before was)
{
	unsigned int changes = router_changes(&host->agent.router, was);

	if (changes & ROUTER_CLAIMED)
		check_claiming(sim, host);
	if (changes & ROUTER_DECIDED)
		check_decided(sim, host);
	if (changes & ROUTER_MASTERED)
		check_mastered(sim, host);
	if (changes & ROUTER_RECLAIMED)
		check_reclaims(sim, host);
	if (changes & ROUTER_LEFT)
		check_left(sim, host);
	if (changes & ROUTER_RESUMED)
		check_resumes(sim, host);
	if (changes & ROUTER_LISTENED)
		check_listening(host, monotime_from_ns(host->instance.deadline_ns));
	if (host->instance.role != was.role)
		sim_say(sim, host, "role %u -> %u", was.role, host->instance.role);
}
