// SPDX-License-Identifier: GPL-2.0-only
/*
 * judge.h under any sequence of valid adverts, at any times, forwards and backwards, by several
 * paths, with an agent that changes the role in between. What is demanded after each step is the
 * contract of the deadline, the role and the lease: never two owners hangs on it.
 */
#include "fuzz.h"

#include "judge.h"

#define PATHS     3
#define MAX_STEPS 64
#define MS        1000000ULL

struct state {
	struct vrrp_instance instance;
	struct vrrp_path paths[PATHS];
	struct vrrp_lease lease;
};

static struct vrrp_addr addr_of(uint8_t last)
{
	return (struct vrrp_addr){{10, 99, 0, last}};
}

static uint8_t priority_of(struct fuzz_input *in)
{
	static const uint8_t usual[] = {0, 1, 99, 100, 101, 200, 254, 255};
	uint8_t byte = fuzz_take(in, 1);

	return byte < 128 ? usual[byte % sizeof(usual)] : byte;
}

static uint16_t interval_of(struct fuzz_input *in, uint8_t version)
{
	static const uint16_t usual[] = {1, 10, 100, 100, 100, 300, 4000, 4095};
	uint8_t byte = fuzz_take(in, 1);

	if (version == VRRP_V2)
		return (byte ? byte : 1) * 100;
	return byte < 128 ? usual[byte % 8] : 1 + fuzz_take(in, 2) % VRRP_V3_INTERVAL_MAX_CS;
}

static void begin(struct fuzz_input *in, struct state *s)
{
	struct vrrp_rules *rules = &s->instance.rules;
	uint8_t flags = fuzz_take(in, 1);

	memset(s, 0, sizeof(*s));
	rules->family = 4;
	rules->version = flags & 1 ? VRRP_V2 : VRRP_V3;
	rules->vrid = 55;
	rules->flags = flags & 2 ? VRRP_RULE_PREEMPT : 0;
	rules->priority = priority_of(in);
	rules->interval_cs = interval_of(in, rules->version);
	rules->address_count = flags & 4 ? 1 : 0;
	rules->address_digest = 1;
	s->instance.role = (flags >> 3) % 3;
	s->instance.deadline_ns = fuzz_take(in, 4) * MS;
	s->lease.until_ns = s->instance.role == VRRP_ROLE_MASTER ? UINT64_MAX : 0;
	for (int i = 0; i < PATHS; i++)
		s->paths[i].own_source = addr_of(5);
}

/* The agent between two adverts: promotion, step-down, a transition that begins a new life, or
 * another priority. */
static void agent(struct fuzz_input *in, struct state *s, uint64_t now)
{
	switch (fuzz_take(in, 1) % 16) {
	case 0:
		s->instance.role = VRRP_ROLE_MASTER;
		s->lease.until_ns = UINT64_MAX;
		break;
	case 1:
		s->instance.role = VRRP_ROLE_BACKUP;
		s->lease.until_ns = 0;
		s->instance.report.since_ns = now;
		break;
	case 2:
		s->instance.role = VRRP_ROLE_IDLE;
		s->lease.until_ns = 0;
		break;
	case 3:
		s->instance.rules.priority = priority_of(in);
		break;
	case 4:
		s->instance.rules.flags ^= VRRP_RULE_PREEMPT;
		break;
	}
}

static void check_master(const struct state *was, const struct state *is, uint8_t path,
			 const struct vrrp_advert *advert, enum vrrp_judgement judgement)
{
	const struct vrrp_rules *rules = &was->instance.rules;
	bool superior = vrrp_superior(rules->priority, &was->paths[path].own_source,
				      advert->priority, &advert->source) != VRRP_CAUSE_NONE;

	/* A tie on another path than the first may be open. */
	if (advert->priority == rules->priority && path && judgement == VRRP_JUDGED_NEWS)
		superior = false;
	REQUIRE(judgement == (superior ? VRRP_JUDGED_YIELD : VRRP_JUDGED_NEWS));
	REQUIRE(is->instance.role == (superior ? VRRP_ROLE_BACKUP : VRRP_ROLE_MASTER));
	REQUIRE(is->lease.until_ns == (superior ? 0 : was->lease.until_ns));
	/* Who yields waits as every backup does, for the winner's interval. */
	if (superior)
		REQUIRE(is->instance.deadline_ns - advert->stamp_ns ==
			vrrp_master_down_ns(rules->version, rules->priority, advert->interval_cs));
	else
		REQUIRE(is->instance.deadline_ns == was->instance.deadline_ns);
	REQUIRE(is->instance.judged.stamp_ns == advert->stamp_ns);
}

static void check_backup(const struct state *was, const struct state *is,
			 const struct vrrp_advert *advert, enum vrrp_judgement judgement)
{
	const struct vrrp_rules *rules = &was->instance.rules;
	const struct vrrp_judged *old = &was->instance.judged;
	uint64_t wait = is->instance.deadline_ns - advert->stamp_ns, least;
	bool discard = advert->priority && advert->priority < rules->priority &&
		       (rules->flags & VRRP_RULE_PREEMPT || rules->priority == VRRP_PRIO_OWNER);
	bool late = !discard && old->stamp_ns && vrrp_before(advert->stamp_ns, old->stamp_ns);

	REQUIRE(judgement == VRRP_JUDGED_NEWS || judgement == VRRP_JUDGED_ABSORB ||
		judgement == VRRP_JUDGED_IGNORE);
	/* A goodbye is also ignored if it is not the known master's. */
	if (!advert->priority && judgement == VRRP_JUDGED_IGNORE)
		discard = true;
	REQUIRE((judgement == VRRP_JUDGED_IGNORE) == discard);
	REQUIRE(is->instance.role == VRRP_ROLE_BACKUP);
	REQUIRE(is->lease.until_ns == was->lease.until_ns);
	if (discard || late) {
		/* What is discarded, or comes after its successor, moves nothing. */
		REQUIRE(is->instance.deadline_ns == was->instance.deadline_ns);
		REQUIRE(memcmp(&is->instance.judged, old, sizeof(*old)) == 0);
		return;
	}
	if (advert->priority == VRRP_PRIO_STOP) {
		/* Only the skew, and never none: the lower priority must hear the higher one. On
		 * another path than the last advert's, an interval more at most. */
		uint16_t most_cs = rules->version == VRRP_V2 ? 25500 : VRRP_V3_INTERVAL_MAX_CS;

		REQUIRE(wait > 0);
		REQUIRE(wait <= most_cs * VRRP_NS_PER_CS +
					vrrp_skew_ns(rules->version, rules->priority, most_cs));
		REQUIRE(is->instance.judged.interval_cs == old->interval_cs);
		REQUIRE(is->instance.judged.learned_cs == old->learned_cs);
	} else {
		REQUIRE(is->instance.judged.stamp_ns == advert->stamp_ns);
		REQUIRE(is->instance.judged.learned_cs == advert->interval_cs);
		/* Later than the lease of whoever sent it can last. */
		least = 3ULL * advert->interval_cs * VRRP_NS_PER_CS;
		REQUIRE(wait > least);
		REQUIRE(wait - least ==
			vrrp_skew_ns(rules->version, rules->priority, advert->interval_cs));
		REQUIRE(is->instance.judged.interval_cs == advert->interval_cs);
	}
	/* Nobody sleeps through a deadline that became sooner, nor through a first advert. */
	if (judgement == VRRP_JUDGED_ABSORB)
		REQUIRE(old->stamp_ns && old->priority == advert->priority &&
			!vrrp_before(is->instance.deadline_ns, was->instance.deadline_ns));
}

static void check_news(const struct state *was, const struct state *is,
		       enum vrrp_judgement judgement, uint8_t notes)
{
	const struct vrrp_judged *old = &was->instance.judged, *now = &is->instance.judged;
	bool news = judgement == VRRP_JUDGED_NEWS || judgement == VRRP_JUDGED_YIELD;
	bool told = notes & VRRP_NOTE_BIT(NEWS), lost = notes & VRRP_NOTE_BIT(RATE_LIMITED);

	/* Each news is told, or counted as lost. */
	REQUIRE(news == (told || lost) && !(told && lost));
	REQUIRE(now->news - old->news == news);
	REQUIRE(now->lost - old->lost == lost);
	REQUIRE(now->window_news <= VRRP_NEWS_BURST);
	REQUIRE(judgement != VRRP_JUDGED_YIELD || (told && notes & VRRP_NOTE_BIT(YIELDED)));
	REQUIRE(!(notes & VRRP_NOTE_BIT(ABSORBED)) == (judgement != VRRP_JUDGED_ABSORB));
	REQUIRE(!(notes & VRRP_NOTE_BIT(IGNORED)) == (judgement != VRRP_JUDGED_IGNORE));
	REQUIRE(!(notes & VRRP_NOTE_BIT(RING_FULL)));
}

/* Forwards by little or by much, and sometimes back a little: another CPU stamped it. */
static uint64_t later(struct fuzz_input *in, uint64_t now)
{
	uint8_t how = fuzz_take(in, 1);
	uint64_t by = fuzz_take(in, 2);

	switch (how % 4) {
	case 0:
		return now + by * 1000;
	case 1:
		return now + by * MS;
	case 2:
		return now + how * MS;
	default:
		return now > by * 1000 ? now - by * 1000 : now;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, data + size};
	uint64_t now = 1 + (fuzz_take(&in, 8) >> 2);
	struct state s;

	begin(&in, &s);
	for (int step = 0; step < MAX_STEPS && in.at < in.end; step++) {
		struct vrrp_advert advert = {.family = 4, .vrid = 55, .address_count = 1};
		uint8_t path = fuzz_take(&in, 1) % PATHS, notes = 0xff;
		enum vrrp_judgement judgement;
		struct state was;

		now = later(&in, now);
		agent(&in, &s, now);
		advert.version = s.instance.rules.version;
		advert.stamp_ns = now;
		advert.source = addr_of(1 + fuzz_take(&in, 1) % 9);
		advert.priority = priority_of(&in);
		advert.interval_cs = interval_of(&in, advert.version);
		advert.address_digest = fuzz_take(&in, 1) % 8 ? 1 : 2;

		was = s;
		judgement =
			vrrp_judge(&s.instance, &s.paths[path], path, &s.lease, &advert, &notes);
		REQUIRE(memcmp(&s.instance.rules, &was.instance.rules, sizeof(s.instance.rules)) ==
			0);
		REQUIRE(memcmp(s.paths, was.paths, sizeof(s.paths)) == 0);
		if (was.instance.role == VRRP_ROLE_IDLE) {
			REQUIRE(judgement == VRRP_JUDGED_NOT);
			REQUIRE(memcmp(&s, &was, sizeof(s)) == 0);
		} else if (was.instance.role == VRRP_ROLE_MASTER) {
			check_master(&was, &s, path, &advert, judgement);
		} else {
			check_backup(&was, &s, &advert, judgement);
		}
		check_news(&was, &s, judgement, notes);
		s.paths[path].source = advert.source;
	}
	return 0;
}
