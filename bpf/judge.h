/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides what a valid advert means to one virtual router: absorb, ignore, news or yield. Carries
 * out the timer column of RFC 9568, 6.4.2 on the deadline, and the step down of 6.4.3 on role and
 * lease.
 *
 * Pure except for the shared words that it is given: the instance's judged part, deadline and role,
 * and the lease. Includes include/ only, so that the same code runs in the XDP program, socket
 * mode, the simulator and the tests. It never reads a clock (the advert carries its stamp), never
 * wakes a process, and leaves every change of role except MASTER -> BACKUP to the agent.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "vrrp_abi.h"
#include "vrrp_timers.h"

/* For words that the agent or another CPU reads and writes at the same time. */
#define VRRP_READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define VRRP_WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define VRRP_INCREMENT(x)     ((void)__sync_fetch_and_add(&(x), 1))
/* Compare and swap. A full barrier: others see what was written before it first. True if the swap
 * was made. */
#define VRRP_SWAP(x, from, to) (__sync_val_compare_and_swap(&(x), (from), (to)) == (from))

/* How often the judge tries to move the deadline while other CPUs move it, too. */
#define VRRP_JUDGE_TRIES 4

#define VRRP_NOTE_BIT(name) (1u << VRRP_NOTE_##name)

/* Bit 0 of vrrp_judged.notes. */
#define VRRP_JUDGED_OTHER_ADDRESSES 1

/* What is odd about a valid advert, as bits of enum vrrp_note. */
VRRP_INLINE __u8 vrrp_advert_notes(const struct vrrp_rules *rules, const struct vrrp_advert *advert)
{
	__u8 notes = 0;

	if (rules->address_count && (rules->address_count != advert->address_count ||
				     rules->address_digest != advert->address_digest))
		notes |= VRRP_NOTE_BIT(ADDRESS_LIST);
	if (advert->version != VRRP_V2 && rules->interval_cs != advert->interval_cs)
		notes |= VRRP_NOTE_BIT(INTERVAL_LEARNED);
	return notes;
}

/* Write the advert into the snapshot. The advert of a leaving master (priority 0) says only that it
 * leaves, so its interval is not recorded. */
VRRP_INLINE void vrrp_judge_record(struct vrrp_judged *judged, const struct vrrp_advert *advert,
				   __u8 path, __u8 judged_notes)
{
	judged->source = advert->source;
	if (advert->priority != VRRP_PRIO_STOP)
		VRRP_WRITE_ONCE(judged->interval_cs, advert->interval_cs);
	VRRP_WRITE_ONCE(judged->priority, advert->priority);
	VRRP_WRITE_ONCE(judged->path, path);
	VRRP_WRITE_ONCE(judged->notes, judged_notes);
	VRRP_WRITE_ONCE(judged->stamp_ns, advert->stamp_ns);
}

/* Is this news within the burst, or is it suppressed? Counts it either way. Returns the note bit:
 * NEWS or RATE_LIMITED. */
VRRP_INLINE __u8 vrrp_judge_news(struct vrrp_judged *judged, __u64 stamp_ns)
{
	VRRP_INCREMENT(judged->news);
	if ((__s64)(stamp_ns - judged->window_ns) >= (__s64)VRRP_NEWS_WINDOW_NS) {
		VRRP_WRITE_ONCE(judged->window_ns, stamp_ns);
		VRRP_WRITE_ONCE(judged->window_news, 0);
	}
	if (judged->window_news >= VRRP_NEWS_BURST) {
		VRRP_INCREMENT(judged->lost);
		return VRRP_NOTE_BIT(RATE_LIMITED);
	}
	VRRP_INCREMENT(judged->window_news);
	return VRRP_NOTE_BIT(NEWS);
}

/* Call it if the ring had no room for news. Takes back the NEWS bit, and makes the agent
 * resynchronise. Returns the notes as they are now. */
VRRP_INLINE __u8 vrrp_judge_ring_full(struct vrrp_instance *instance, __u8 notes)
{
	VRRP_INCREMENT(instance->judged.lost);
	return (notes & ~VRRP_NOTE_BIT(NEWS)) | VRRP_NOTE_BIT(RING_FULL);
}

/* Returns the interval after which a BACKUP expects the next advert. It is learned only from a
 * master that was accepted: an advert that a MASTER has discarded may come from anybody. */
VRRP_INLINE __u16 vrrp_judge_learned(const struct vrrp_instance *instance)
{
	return instance->judged.learned_cs ? instance->judged.learned_cs
					   : instance->rules.interval_cs;
}

/* Accept the sender of this advert as the master from now on. */
VRRP_INLINE void vrrp_judge_accept(struct vrrp_judged *judged, const struct vrrp_advert *advert,
				   __u8 path, __u8 judged_notes)
{
	vrrp_judge_record(judged, advert, path, judged_notes);
	if (advert->priority != VRRP_PRIO_STOP)
		VRRP_WRITE_ONCE(judged->learned_cs, advert->interval_cs);
}

/* Move the deadline to `until_ns` at least. If the judge on another CPU moves it at the same time,
 * the later deadline stays. Gives up if other CPUs move the deadline all the time, because they
 * know newer adverts. */
VRRP_INLINE void vrrp_judge_wait(struct vrrp_instance *instance, __u64 until_ns)
{
	for (int i = 0; i < VRRP_JUDGE_TRIES; i++) {
		__u64 before_ns = VRRP_READ_ONCE(instance->deadline_ns);

		if (!vrrp_before(before_ns, until_ns) ||
		    VRRP_SWAP(instance->deadline_ns, before_ns, until_ns))
			return;
	}
}

/* Move the deadline for the advert of stamp_ns, unless another CPU has judged a later advert since:
 * a CPU that was held up in between must not move the deadline back. A CPU that moves the deadline
 * has written the stamp of its advert before. A full barrier. */
VRRP_INLINE void vrrp_judge_move(struct vrrp_instance *instance, __u64 stamp_ns, __u64 deadline_ns)
{
	for (int i = 0; i < VRRP_JUDGE_TRIES; i++) {
		__u64 before_ns = VRRP_READ_ONCE(instance->deadline_ns);

		if (vrrp_before(stamp_ns, VRRP_READ_ONCE(instance->judged.stamp_ns)) ||
		    VRRP_SWAP(instance->deadline_ns, before_ns, deadline_ns))
			return;
	}
}

/* The time of judged.since: cut to 32 bits of 2^20 ns, and never 0. */
VRRP_INLINE __u32 vrrp_judge_since(__u64 stamp_ns)
{
	__u32 units = (__u32)(stamp_ns >> 20);

	return units ? units : 1;
}

/* How long before stamp_ns that was. since: not 0. */
VRRP_INLINE __u64 vrrp_judge_lasted_ns(__u32 since, __u64 stamp_ns)
{
	return (__u64)((__u32)(stamp_ns >> 20) - since) << 20;
}

/* The last speaker that is compared with an advert by this path. The snapshot has one source only,
 * but a master that is heard on several interfaces has one on each. So if the last advert came by
 * another path, it is the last speaker of this path. */
VRRP_INLINE const struct vrrp_addr *
vrrp_judge_speaker(const struct vrrp_judged *judged, const struct vrrp_path *path, __u8 path_index)
{
	return judged->path == path_index ? &judged->source : &path->source;
}

/* If this advert is accepted, does it tell the agent nothing new? What the agent was told before
 * its last transition does not count: in its present state it has heard nobody yet. */
VRRP_INLINE int vrrp_judge_same(const struct vrrp_instance *instance, const struct vrrp_path *path,
				__u8 path_index, const struct vrrp_advert *advert,
				__u8 judged_notes)
{
	const struct vrrp_judged *judged = &instance->judged;

	return judged->stamp_ns && !vrrp_before(judged->stamp_ns, instance->report.since_ns) &&
	       vrrp_addr_equal(vrrp_judge_speaker(judged, path, path_index), &advert->source) &&
	       judged->priority == advert->priority && judged->notes == judged_notes &&
	       (advert->priority == VRRP_PRIO_STOP || judged->interval_cs == advert->interval_cs);
}

/*
 * Equal priorities are decided by the higher address. With several paths, the addresses may be in
 * another order on each, and both hosts would yield. So the first path decides. Another path
 * decides only after the tie has lasted for half an interval: by then the peer has spoken on the
 * first path, if it can. We wait no longer, because two masters are no better than none. A MASTER
 * without a lease that runs yields at once: it may be listening for another owner.
 */
VRRP_INLINE int vrrp_judge_tie_is_open(struct vrrp_instance *instance, __u8 path_index,
				       const struct vrrp_lease *lease,
				       const struct vrrp_advert *advert)
{
	__u64 interval_ns = advert->interval_cs * VRRP_NS_PER_CS;
	__u32 began = VRRP_READ_ONCE(instance->judged.since);
	__u64 lasted_ns = vrrp_judge_lasted_ns(began, advert->stamp_ns);

	if (advert->priority != VRRP_READ_ONCE(instance->rules.priority) || path_index == 0 ||
	    !vrrp_before(advert->stamp_ns, VRRP_READ_ONCE(lease->until_ns)))
		return 0;
	if (!began || lasted_ns >= 3 * interval_ns) {
		VRRP_WRITE_ONCE(instance->judged.since, vrrp_judge_since(advert->stamp_ns));
		return 1;
	}
	return lasted_ns < interval_ns / 2;
}

VRRP_INLINE enum vrrp_judgement vrrp_judge_master(struct vrrp_instance *instance,
						  const struct vrrp_path *path, __u8 path_index,
						  struct vrrp_lease *lease,
						  const struct vrrp_advert *advert,
						  __u8 judged_notes, __u8 *notes)
{
	const struct vrrp_rules *rules = &instance->rules;
	struct vrrp_judged *judged = &instance->judged;
	__u8 priority = VRRP_READ_ONCE(rules->priority);

	/* An advert that a MASTER discards is recorded, too. If its news is suppressed, the agent
	 * answers by the snapshot, and must not find the master before us there. */
	vrrp_judge_record(judged, advert, path_index, judged_notes);
	if (vrrp_superior(priority, &path->own_source, advert->priority, &advert->source) !=
		    VRRP_CAUSE_NONE &&
	    !vrrp_judge_tie_is_open(instance, path_index, lease, advert)) {
		VRRP_WRITE_ONCE(judged->learned_cs, advert->interval_cs);
		vrrp_judge_move(instance, advert->stamp_ns,
				advert->stamp_ns + vrrp_master_down_ns(rules->version, priority,
								       advert->interval_cs));
		if (VRRP_SWAP(instance->role, VRRP_ROLE_MASTER, VRRP_ROLE_BACKUP)) {
			VRRP_WRITE_ONCE(lease->until_ns, 0);
			VRRP_INCREMENT(judged->news);
			*notes |= VRRP_NOTE_BIT(YIELDED) | VRRP_NOTE_BIT(NEWS);
			return VRRP_JUDGED_YIELD;
		}
		/* Another CPU or the agent has stepped down in between, and has done all of
		 * this. */
	}
	*notes |= vrrp_judge_news(judged, advert->stamp_ns);
	return VRRP_JUDGED_NEWS;
}

/* Is a master known when this advert arrives, by the last advert that was accepted? */
VRRP_INLINE int vrrp_judge_knows_master(const struct vrrp_instance *instance,
					const struct vrrp_advert *advert)
{
	const struct vrrp_rules *rules = &instance->rules;
	const struct vrrp_judged *judged = &instance->judged;

	return judged->stamp_ns && judged->priority != VRRP_PRIO_STOP &&
	       vrrp_before(advert->stamp_ns,
			   judged->stamp_ns + vrrp_master_down_ns(rules->version,
								  VRRP_READ_ONCE(rules->priority),
								  vrrp_judge_learned(instance)));
}

/* Does an accepted advert come from another master than the one that is known? Not if nobody was
 * heard by this path before. */
VRRP_INLINE int vrrp_judge_changes(const struct vrrp_instance *instance,
				   const struct vrrp_path *path, __u8 path_index,
				   const struct vrrp_advert *advert)
{
	const struct vrrp_addr *speaker = vrrp_judge_speaker(&instance->judged, path, path_index);

	return vrrp_judge_knows_master(instance, advert) && !vrrp_addr_is_zero(speaker) &&
	       !vrrp_addr_equal(speaker, &advert->source);
}

/* Has the master changed within an interval, and a third of one for adverts that are late? If the
 * master before it is still there, it has not had to speak since. */
VRRP_INLINE int vrrp_judge_has_changed(const struct vrrp_instance *instance,
				       const struct vrrp_advert *advert)
{
	__u64 interval_ns = vrrp_judge_learned(instance) * VRRP_NS_PER_CS;
	__u32 since = VRRP_READ_ONCE(instance->judged.since);

	return since &&
	       vrrp_judge_lasted_ns(since, advert->stamp_ns) < interval_ns + interval_ns / 3;
}

/*
 * Returns the deadline after a goodbye (priority 0), or 0 if the goodbye means nothing. While a
 * master is known, only its own goodbye counts: the goodbye of any other host is late, for that
 * host is not master any more. Nor does it count if the master has just changed: there may be two,
 * and the other one stays; or an old advert of the one that leaves came after the first one of its
 * successor. If the last advert came by another path, the sender is compared with the last speaker
 * of this path, whose advert must have been accepted: it came no later than the last accepted one.
 * Then the goodbye may also be a late copy of one that a new master has answered since, so it
 * counts only if the next advert does not come in time. If no master is known, every goodbye
 * counts, as in the RFC.
 */
VRRP_INLINE __u64 vrrp_judge_goodbye(const struct vrrp_instance *instance,
				     const struct vrrp_path *path, __u8 path_index,
				     const struct vrrp_advert *advert)
{
	const struct vrrp_rules *rules = &instance->rules;
	const struct vrrp_judged *judged = &instance->judged;
	__u8 priority = VRRP_READ_ONCE(rules->priority);
	__u16 learned_cs = vrrp_judge_learned(instance);
	__u64 skew_ns = vrrp_skew_ns(rules->version, priority, learned_cs);
	__u64 next_ns = judged->stamp_ns + learned_cs * VRRP_NS_PER_CS;

	if (!vrrp_judge_knows_master(instance, advert))
		return advert->stamp_ns + skew_ns;
	if (!vrrp_addr_equal(vrrp_judge_speaker(judged, path, path_index), &advert->source) ||
	    vrrp_judge_has_changed(instance, advert) ||
	    (judged->path != path_index && vrrp_before(judged->stamp_ns, path->last_ns)))
		return 0;
	return (judged->path != path_index && vrrp_before(advert->stamp_ns, next_ns)
			? next_ns
			: advert->stamp_ns) +
	       skew_ns;
}

VRRP_INLINE enum vrrp_judgement vrrp_judge_backup(struct vrrp_instance *instance,
						  const struct vrrp_path *path, __u8 path_index,
						  struct vrrp_lease *lease,
						  const struct vrrp_advert *advert,
						  __u8 judged_notes, __u8 *notes)
{
	const struct vrrp_rules *rules = &instance->rules;
	struct vrrp_judged *judged = &instance->judged;
	__u64 deadline_ns, before_ns = VRRP_READ_ONCE(instance->deadline_ns);
	__u8 priority = VRRP_READ_ONCE(rules->priority);
	int same, preempt = (VRRP_READ_ONCE(rules->flags) & VRRP_RULE_PREEMPT) ||
			    priority == VRRP_PRIO_OWNER;
	/* A goodbye on another path may be a late copy, so it does not change the snapshot. */
	int aside = advert->priority == VRRP_PRIO_STOP && judged->path != path_index &&
		    vrrp_judge_knows_master(instance, advert);

	deadline_ns = advert->priority == VRRP_PRIO_STOP
			      ? vrrp_judge_goodbye(instance, path, path_index, advert)
			      : vrrp_backup_deadline(rules->version, priority, preempt, 0,
						     advert->priority, advert->interval_cs,
						     advert->stamp_ns);
	if (!deadline_ns) {
		*notes |= VRRP_NOTE_BIT(IGNORED);
		return VRRP_JUDGED_IGNORE;
	}
	same = vrrp_judge_same(instance, path, path_index, advert, judged_notes);
	/* Another CPU has already judged a later advert: that one counts. */
	if (judged->stamp_ns && vrrp_before(advert->stamp_ns, judged->stamp_ns)) {
		*notes |= VRRP_NOTE_BIT(ABSORBED);
		return VRRP_JUDGED_ABSORB;
	}
	if (advert->priority != VRRP_PRIO_STOP &&
	    vrrp_judge_changes(instance, path, path_index, advert))
		VRRP_WRITE_ONCE(judged->since, vrrp_judge_since(advert->stamp_ns));
	if (!aside)
		vrrp_judge_accept(judged, advert, path_index, judged_notes);
	vrrp_judge_move(instance, advert->stamp_ns, deadline_ns);
	/* The agent may have promoted itself meanwhile. It sets the role and then reads the
	 * deadline; we move the deadline and then read the role. So at least one side sees the
	 * other's change. */
	if (VRRP_READ_ONCE(instance->role) == VRRP_ROLE_MASTER)
		return vrrp_judge_master(instance, path, path_index, lease, advert, judged_notes,
					 notes);
	if (same && !vrrp_before(deadline_ns, before_ns)) {
		*notes |= VRRP_NOTE_BIT(ABSORBED);
		return VRRP_JUDGED_ABSORB;
	}
	*notes |= vrrp_judge_news(judged, advert->stamp_ns);
	return VRRP_JUDGED_NEWS;
}

/*
 * Judge a valid advert that arrived at advert->stamp_ns by `path`, which has the number path_index
 * in the instance. `path` must still have the speaker and the arrival before this one. Returns the
 * judgement; *ret_notes are the notes that belong to it (bit n stands for note n of enum
 * vrrp_note). The caller puts NEWS and YIELD into the ring if the NEWS bit is set. NEWS without
 * this bit was rate-limited.
 */
VRRP_INLINE enum vrrp_judgement vrrp_judge(struct vrrp_instance *instance,
					   const struct vrrp_path *path, __u8 path_index,
					   struct vrrp_lease *lease,
					   const struct vrrp_advert *advert, __u8 *ret_notes)
{
	__u8 notes = vrrp_advert_notes(&instance->rules, advert);
	__u8 judged_notes = notes & VRRP_NOTE_BIT(ADDRESS_LIST) ? VRRP_JUDGED_OTHER_ADDRESSES : 0;
	enum vrrp_judgement judgement = VRRP_JUDGED_NOT;
	__u32 role = VRRP_READ_ONCE(instance->role);

	if (role == VRRP_ROLE_BACKUP)
		judgement = vrrp_judge_backup(instance, path, path_index, lease, advert,
					      judged_notes, &notes);
	else if (role == VRRP_ROLE_MASTER)
		judgement = vrrp_judge_master(instance, path, path_index, lease, advert,
					      judged_notes, &notes);
	*ret_notes = notes;
	return judgement;
}

/* Call it when a member of a group was judged to yield: it shuts all of them. */
VRRP_INLINE void vrrp_judge_gate(struct vrrp_lease *gate)
{
	VRRP_WRITE_ONCE(gate->until_ns, 0);
}

/*
 * Call it if frames were lost before they could be judged: of those that arrived in the blind_ns
 * before now_ns, perhaps none was seen. If a BACKUP was blind for an interval or longer, it does
 * not know whether its master was silent, so it waits for the next advert. Never shortens a wait.
 * Does nothing for a MASTER, or if blind_ns is less than an interval.
 */
VRRP_INLINE void vrrp_judge_blind(struct vrrp_instance *instance, __u64 blind_ns, __u64 now_ns)
{
	const struct vrrp_rules *rules = &instance->rules;
	__u16 interval_cs = vrrp_judge_learned(instance);
	__u64 interval_ns = interval_cs * VRRP_NS_PER_CS;
	__u64 wait_ns = now_ns + interval_ns +
			vrrp_skew_ns(rules->version, VRRP_READ_ONCE(rules->priority), interval_cs);

	if (VRRP_READ_ONCE(instance->role) == VRRP_ROLE_BACKUP && blind_ns >= interval_ns)
		vrrp_judge_wait(instance, wait_ns);
}

#endif
