// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP program on a heartbeat NIC: check -> stamp -> judge -> ring.
 *
 * Depends on include/ and on the pure headers beside it (advert_locate.h, advert_check.h,
 * hmac_check.h, judge.h, tally.h); this file has only maps and the order of calls. It never
 * originates or changes a packet, and fails open: if something cannot be looked up, the frame
 * passes. A frame is dropped only if it is VRRP, is of a virtual router that this host runs on this
 * interface, and is invalid.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#define VRRP_APART __attribute__((noinline))
#include "advert_check.h"
#include "hmac_check.h"
#include "judge.h"
#include "tally.h"
#include "vrrp_abi.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VRRP_MAX_SLOTS *VRRP_MAX_PATHS + VRRP_MAX_PORTS);
	__type(key, struct vrrp_listener_key);
	__type(value, struct vrrp_listener);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VRRP_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct vrrp_instance);
} instances SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VRRP_MAX_SLOTS *VRRP_MAX_PATHS);
	__type(key, __u32);
	__type(value, struct vrrp_path);
} paths SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VRRP_MAX_SLOTS *VRRP_MAX_PATHS);
	__type(key, __u32);
	__type(value, struct vrrp_timing);
} timings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VRRP_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct vrrp_peers);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VRRP_MAX_SLOTS + VRRP_MAX_PORTS);
	__type(key, __u32);
	__type(value, struct vrrp_counters);
} verdicts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VRRP_MAX_NEIGHBORS);
	__type(key, struct vrrp_neighbor_key);
	__type(value, struct vrrp_neighbor);
} neighbors SEC(".maps");

/* Not an LRU map: a new source is not worth more than one that is known. The agent makes room. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VRRP_MAX_REFUSED);
	__type(key, struct vrrp_neighbor_key);
	__type(value, struct vrrp_neighbor);
} refused_peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, VRRP_RING_BYTES);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VRRP_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct vrrp_lease);
} leases SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VRRP_MAX_SLOTS *VRRP_MAX_HMAC_KEYS);
	__type(key, struct vrrp_hmac_key_id);
	__type(value, struct vrrp_hmac_key);
} hmac_keys SEC(".maps");

/* Not an LRU map: such a map evicts marks long before it is full, and without its mark a replay
 * gets through. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VRRP_MAX_MARKS);
	__type(key, struct vrrp_hmac_source);
	__type(value, struct vrrp_hmac_mark);
} hmac_marks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct vrrp_hmac_clock);
} hmac_clock SEC(".maps");

/* Data for which the stack has no room. One for each CPU is enough, because a CPU finishes a packet
 * before it takes another. */
struct hmac_work {
	struct vrrp_signature signature;
	struct vrrp_hmac_run run;
	struct vrrp_hmac_key key;
	struct vrrp_hmac_source source;
	struct vrrp_hmac_mark next;
	__u16 window_s;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hmac_work);
} hmac_work SEC(".maps");

/* No program reads this map. It is here to be pinned and adopted with the others. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VRRP_MAX_HISTORY);
	__type(key, __u32);
	__type(value, struct vrrp_history);
} history SEC(".maps");

/* A monitor puts its own ring here while it runs. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, VRRP_MAX_MONITORS);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, VRRP_MONITOR_BYTES);
		});
} monitors SEC(".maps");

/* Up to so many addresses are summed without a function call. */
#define SHORT_LIST 4

/*
 * The verifier checks each global function once, by itself, for any argument; the paths within do
 * not count for its callers. These functions take the context, because packet pointers cannot be
 * passed on. Where the processor must not predict a return, it costs as much as a dozen checks. So
 * there are only these, for the loops over the packet.
 */
__attribute__((noinline)) int heartbeat_locate_ip4(struct xdp_md *ctx, struct vrrp_advert *advert,
						   struct vrrp_place *place)
{
	if (!advert || !place)
		return VRRP_VERDICT_NOT_VRRP;
	return vrrp_locate_ip4((void *)(long)ctx->data, (void *)(long)ctx->data_end,
			       VRRP_IP4_MAX_OPTIONS, advert, place);
}

__attribute__((noinline)) int heartbeat_locate_ip6(struct xdp_md *ctx, struct vrrp_advert *advert,
						   struct vrrp_place *place)
{
	if (!advert || !place)
		return VRRP_VERDICT_NOT_VRRP;
	return vrrp_locate_ip6((void *)(long)ctx->data, (void *)(long)ctx->data_end, advert, place);
}

/* A long list is summed in parts, so that the verifier walks one part, and not 255 addresses. */
#define PART 16

__attribute__((noinline)) int heartbeat_sum_part(struct xdp_md *ctx, const struct vrrp_place *place,
						 const struct vrrp_advert *advert, __u32 from,
						 struct vrrp_sums *sums)
{
	__u32 left;

	if (!place || !advert || !sums || advert->address_count < from)
		return -1;
	left = advert->address_count - from;
	return vrrp_sum_addresses((void *)(long)ctx->data, (void *)(long)ctx->data_end, place,
				  advert->family, from, left < PART ? left : PART, PART, sums);
}

__attribute__((noinline)) int heartbeat_check_sum(struct xdp_md *ctx,
						  const struct vrrp_place *place, __u8 form,
						  struct vrrp_advert *advert)
{
	struct vrrp_sums sums;

	if (!place || !advert ||
	    vrrp_sum_around((void *)(long)ctx->data, (void *)(long)ctx->data_end, place, advert,
			    &sums) != VRRP_VERDICT_VALID)
		return VRRP_VERDICT_TRUNCATED;
	for (__u32 from = 0; from < VRRP_MAX_ADDRESSES; from += PART) {
		if (from >= advert->address_count)
			break;
		if (heartbeat_sum_part(ctx, place, advert, from, &sums))
			return VRRP_VERDICT_TRUNCATED;
	}
	return vrrp_judge_sums(place, form, &sums, advert);
}

/* The trailer is checked by functions that are called one after the other, because the stack has no
 * room for more below their caller. They pass on their results in hmac_work. */
#define HMAC_DIGEST_IT (-1) /* no verdict yet */

__attribute__((noinline)) int heartbeat_hmac_open(struct xdp_md *ctx,
						  const struct vrrp_place *place,
						  struct vrrp_instance *instance,
						  const struct vrrp_advert *advert, __u32 slot)
{
	struct vrrp_hmac_key_id id = {.slot = slot};
	struct vrrp_hmac_clock *clock;
	struct vrrp_hmac_mark *mark;
	struct vrrp_hmac_key *key;
	struct hmac_work *work;
	__s64 offset_ns = 0;
	__u32 zero = 0;
	int verdict;

	if (!place || !instance || !advert)
		return VRRP_VERDICT_HMAC_MISSING;
	work = bpf_map_lookup_elem(&hmac_work, &zero);
	clock = bpf_map_lookup_elem(&hmac_clock, &zero);
	if (!work || !clock)
		return VRRP_VERDICT_HMAC_MISSING;
	verdict = vrrp_hmac_read((void *)(long)ctx->data, (void *)(long)ctx->data_end, place,
				 instance->rules.hmac_mode, advert, &work->signature);
	if (verdict != VRRP_VERDICT_VALID || !work->signature.present)
		return verdict;
	id.id = work->signature.key_id;
	work->source.slot = slot;
	work->source.source = advert->source;
	work->window_s = instance->rules.hmac_window_s;
	key = bpf_map_lookup_elem(&hmac_keys, &id);
	mark = bpf_map_lookup_elem(&hmac_marks, &work->source);
	verdict = vrrp_hmac_fresh(instance, &work->signature, key, mark, clock, advert->stamp_ns,
				  &offset_ns);
	work->next = vrrp_hmac_next(&work->signature, clock, advert->stamp_ns, offset_ns);
	if (verdict == VRRP_VERDICT_HMAC_STALE)
		vrrp_hmac_note_stale(instance, &work->next);
	if (verdict != VRRP_VERDICT_VALID || !key)
		return verdict;
	work->key = *key;
	vrrp_hmac_begin(&work->run, advert->family, advert->version, advert->vrid, &advert->source,
			work->signature.offset, work->signature.words);
	return HMAC_DIGEST_IT;
}

/* A function of its own, so that the verifier walks it once, and not for each way to fill the
 * block. */
__attribute__((noinline)) int heartbeat_hmac_compress(struct vrrp_hmac_run *run)
{
	if (!run)
		return -1;
	sha256_compress(run->state, run->word);
	return 0;
}

__attribute__((noinline)) int heartbeat_hmac_block(struct xdp_md *ctx, struct vrrp_hmac_run *run,
						   const struct vrrp_hmac_key *key)
{
	if (!run || !key ||
	    vrrp_hmac_fill((void *)(long)ctx->data, (void *)(long)ctx->data_end, run, key))
		return -1;
	return heartbeat_hmac_compress(run);
}

__attribute__((noinline)) int heartbeat_hmac_digest(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct hmac_work *work = bpf_map_lookup_elem(&hmac_work, &zero);

	if (!work)
		return VRRP_VERDICT_HMAC_DIGEST;
	for (int i = 0; i < VRRP_HMAC_MAX_ROUNDS && !vrrp_hmac_done(&work->run); i++) {
		if (heartbeat_hmac_block(ctx, &work->run, &work->key))
			return VRRP_VERDICT_HMAC_DIGEST;
	}
	return vrrp_hmac_compare(&work->run, &work->signature);
}

/* Call it when the digest is right. The first advert of a source makes its mark; if another CPU has
 * just made one, that one counts. Without room for a mark the advert is refused as a replay,
 * because nothing would stop a replay later. */
__attribute__((noinline)) int heartbeat_hmac_close(struct vrrp_instance *instance)
{
	__u32 zero = 0;
	struct hmac_work *work = bpf_map_lookup_elem(&hmac_work, &zero);
	struct vrrp_hmac_clock *clock = bpf_map_lookup_elem(&hmac_clock, &zero);
	struct vrrp_hmac_mark *mark;
	int verdict;

	if (!work || !clock || !instance)
		return VRRP_VERDICT_HMAC_REPLAY;
	verdict = vrrp_hmac_behind(instance, &work->signature, clock, &work->next);
	if (verdict != VRRP_VERDICT_VALID)
		return verdict;
	mark = bpf_map_lookup_elem(&hmac_marks, &work->source);
	if (mark || bpf_map_update_elem(&hmac_marks, &work->source, &work->next, BPF_NOEXIST)) {
		mark = bpf_map_lookup_elem(&hmac_marks, &work->source);
		if (!mark)
			return VRRP_VERDICT_HMAC_REPLAY;
		verdict = vrrp_hmac_move(mark, &work->next, work->window_s);
	}
	if (verdict == VRRP_VERDICT_VALID)
		vrrp_hmac_follow(instance, clock, &work->next);
	return verdict;
}

/* Does a VALID advert count, by its trailer? */
static __always_inline int hmac(struct xdp_md *ctx, const struct vrrp_place *place,
				struct vrrp_instance *instance, const struct vrrp_event *event)
{
	int verdict = heartbeat_hmac_open(ctx, place, instance, &event->advert, event->slot);

	if (verdict != HMAC_DIGEST_IT)
		return verdict;
	verdict = heartbeat_hmac_digest(ctx);
	return verdict == VRRP_VERDICT_VALID ? heartbeat_hmac_close(instance) : verdict;
}

/* Returns the counters of the slot, or NULL. */
static __always_inline struct vrrp_counters *count(const __u32 *slot,
						   const struct vrrp_event *event)
{
	struct vrrp_counters *counters = bpf_map_lookup_elem(&verdicts, slot);

	if (counters)
		vrrp_tally_count(counters, event->verdict, event->notes);
	return counters;
}

/* A function of its own to save stack: meet() and all other functions share 512 bytes. */
static __attribute__((noinline)) int meet_first(void *map, const struct vrrp_neighbor_key *key,
						const struct vrrp_advert *advert, __u8 refused)
{
	struct vrrp_neighbor neighbor = {};

	vrrp_tally_neighbor(&neighbor, advert, refused);
	return bpf_map_update_elem(map, key, &neighbor, BPF_ANY);
}

/* Record a speaker in `neighbors` or in `refused_peers`, also one that is known to no
 * configuration. Returns the gap since its last advert in ns, or 0 if this is the first one. */
static __always_inline __u64 meet(void *map, const struct vrrp_event *event, __u16 slot,
				  __u8 refused)
{
	struct vrrp_neighbor_key key = {
		.ifindex = event->ifindex,
		.family = event->advert.family,
		.vrid = event->advert.vrid,
		.slot = slot,
		.source = event->advert.source,
	};
	struct vrrp_neighbor *known = bpf_map_lookup_elem(map, &key);

	if (known)
		return vrrp_tally_neighbor(known, &event->advert, refused);
	meet_first(map, &key, &event->advert, refused);
	return 0;
}

/* An advert was refused. Record who sent it, so that the agent can name this peer. In a flood only
 * a few are recorded. The coarse clock is good enough to recognise a flood, and it is cheap. */
static __attribute__((noinline)) int meet_refused(struct vrrp_event *event,
						  struct vrrp_counters *counters)
{
	if (!vrrp_tally_may_record(counters, bpf_ktime_get_coarse_ns()))
		return 0;
	if (!event->advert.stamp_ns)
		event->advert.stamp_ns = bpf_ktime_get_ns();
	meet(&refused_peers, event, event->slot, event->verdict);
	return 0;
}

/* A rejected frame is stamped only if a monitor runs, because to read the clock costs more than to
 * check the frame. */
static __always_inline void tell_monitors(struct vrrp_event *event)
{
	for (__u32 i = 0; i < VRRP_MAX_MONITORS; i++) {
		__u32 key = i;
		void *ring = bpf_map_lookup_elem(&monitors, &key);

		if (!ring)
			continue;
		if (!event->advert.stamp_ns)
			event->advert.stamp_ns = bpf_ktime_get_ns();
		bpf_ringbuf_output(ring, event, sizeof(*event), 0);
	}
}

/* Check a frame that was located. If it is valid, it is stamped. */
static __always_inline void check(struct xdp_md *ctx, struct vrrp_place *place,
				  const struct vrrp_rules *rules, const struct vrrp_peers *of_rules,
				  const struct vrrp_addr *own_source, struct vrrp_event *event)
{
	const __u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u8 form = rules ? rules->checksum : VRRP_CHECKSUM_AUTO, verdict;

	verdict = vrrp_check_fields(data, end, place, rules, of_rules, own_source, &event->advert);
	if (verdict == VRRP_VERDICT_VALID) {
		if (rules && event->advert.address_count <= SHORT_LIST)
			verdict =
				vrrp_check_sum(data, end, place, form, SHORT_LIST, &event->advert);
		else
			verdict = heartbeat_check_sum(ctx, place, form, &event->advert);
	}
	if (verdict == VRRP_VERDICT_VALID)
		event->advert.stamp_ns = bpf_ktime_get_ns();
	event->verdict = verdict;
}

/* A frame of no router of this host. If it is valid, it becomes FOREIGN; otherwise it keeps its
 * verdict. It is only counted, and passes. */
static __attribute__((noinline)) int foreign(struct xdp_md *ctx, struct vrrp_event *event,
					     struct vrrp_place *place)
{
	struct vrrp_listener_key key = {.ifindex = event->ifindex};
	struct vrrp_listener *port = bpf_map_lookup_elem(&listeners, &key);

	if (event->verdict == VRRP_VERDICT_VALID)
		check(ctx, place, 0, 0, 0, event);
	if (event->verdict == VRRP_VERDICT_VALID) {
		event->gap_ns = meet(&neighbors, event, 0, 0);
		event->verdict = VRRP_VERDICT_FOREIGN;
	} else if (vrrp_tally_is_other(event->verdict)) {
		event->advert.stamp_ns = bpf_ktime_get_ns();
		event->gap_ns = meet(&neighbors, event, 0, event->verdict);
	}
	event->slot = 0xffff;
	if (port) {
		__u32 slot = port->slot;

		event->slot = slot;
		count(&slot, event);
	}
	tell_monitors(event);
	return XDP_PASS;
}

/* In its own function, because most routers have no group. */
static __attribute__((noinline)) int shut_gate(__u32 slot)
{
	struct vrrp_lease *gate = bpf_map_lookup_elem(&leases, &slot);

	if (gate)
		vrrp_judge_gate(gate);
	return 0;
}

static __always_inline void judge(struct vrrp_event *event, const __u32 *slot, __u16 gate,
				  struct vrrp_instance *instance, struct vrrp_path *path)
{
	struct vrrp_lease *lease = bpf_map_lookup_elem(&leases, slot);
	__u32 index = VRRP_PATH_INDEX(*slot, event->path);

	if (!lease) /* cannot be: there is one for each instance */
		return;
	event->judgement =
		vrrp_judge(instance, path, event->path, lease, &event->advert, &event->notes);
	if (gate && event->judgement == VRRP_JUDGED_YIELD)
		shut_gate(VRRP_GATE_SLOT(gate));
	VRRP_WRITE_ONCE(instance->cpu, (__u16)(bpf_get_smp_processor_id() + 1));
	vrrp_tally_path(path, bpf_map_lookup_elem(&timings, &index), &event->advert);
	if ((event->notes & VRRP_NOTE_BIT(NEWS)) &&
	    bpf_ringbuf_output(&events, event, sizeof(*event), 0))
		event->notes = vrrp_judge_ring_full(instance, event->notes);
}

/* Handle a frame that may be VRRP of this family. */
static __always_inline int heartbeat(struct xdp_md *ctx, __u8 family, __u8 tagged)
{
	const __u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct vrrp_event event = {.ifindex = ctx->ingress_ifindex};
	struct vrrp_listener_key key = {};
	struct vrrp_listener *listener = 0;
	struct vrrp_instance *instance = 0;
	struct vrrp_peers *unicast = 0;
	struct vrrp_path *path = 0;
	struct vrrp_place place = {.tagged = tagged};
	struct vrrp_counters *counters;
	__u32 slot, index;
	__u16 gated = 0;

	if (family == 4 && !tagged && vrrp_is_plain_ip4(data, end))
		event.verdict = vrrp_locate_ip4(data, end, 0, &event.advert, &place);
	else if (family == 4)
		event.verdict = heartbeat_locate_ip4(ctx, &event.advert, &place);
	else
		event.verdict = heartbeat_locate_ip6(ctx, &event.advert, &place);
	if (event.verdict == VRRP_VERDICT_NOT_VRRP)
		return XDP_PASS;

	if (place.attributed) {
		key.ifindex = event.ifindex;
		key.family = event.advert.family;
		key.vrid = event.advert.vrid;
		listener = bpf_map_lookup_elem(&listeners, &key);
	}
	if (listener) {
		slot = listener->slot;
		gated = listener->path;
		index = VRRP_PATH_INDEX(slot, VRRP_GATED_PATH(gated));
		instance = bpf_map_lookup_elem(&instances, &slot);
		path = bpf_map_lookup_elem(&paths, &index);
	}
	/* A listener may outlive its instance by a moment. Then no router of this host runs
	 * there. */
	if (!instance || !path || instance->rules.family != event.advert.family ||
	    instance->rules.vrid != event.advert.vrid)
		return foreign(ctx, &event, &place);

	event.slot = listener->slot;
	event.path = VRRP_GATED_PATH(gated);
	if (instance->rules.flags & VRRP_RULE_UNICAST)
		unicast = bpf_map_lookup_elem(&peers, &slot);
	if (event.verdict == VRRP_VERDICT_VALID)
		check(ctx, &place, &instance->rules, unicast, &path->own_source, &event);
	if (event.verdict == VRRP_VERDICT_VALID && instance->rules.hmac_mode)
		event.verdict = hmac(ctx, &place, instance, &event);
	if (event.verdict == VRRP_VERDICT_VALID) {
		event.gap_ns = meet(&neighbors, &event, 0, 0);
		judge(&event, &slot, VRRP_GATED_GATE(gated), instance, path);
	}
	if (event.verdict == VRRP_VERDICT_OWN_SOURCE) {
		event.advert.stamp_ns = bpf_ktime_get_ns();
		vrrp_tally_echo(instance, &event.advert, event.path);
	}
	counters = count(&slot, &event);
	if (counters && vrrp_tally_is_of_peer(event.verdict))
		meet_refused(&event, counters);
	tell_monitors(&event);
	return event.verdict == VRRP_VERDICT_VALID || vrrp_tally_is_other(event.verdict) ? XDP_PASS
											 : XDP_DROP;
}

SEC("xdp")
int vrrp_heartbeat(struct xdp_md *ctx)
{
	__u8 tagged = 0;
	__u8 family = vrrp_maybe((void *)(long)ctx->data, (void *)(long)ctx->data_end, &tagged);

	return family ? heartbeat(ctx, family, tagged) : XDP_PASS;
}
