// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fence: tc programs for both directions. On a public NIC, unless its router has a valid lease,
 * no frame claims a guarded address or MAC, and none is delivered to it. On every other interface
 * of the host, no frame claims what is guarded on a public NIC. The programs have a clock and a map
 * and need no process, so they hold while the agent is frozen, starved or dead.
 *
 * Depends on include/ and on the byte order helpers of advert_locate.h. The programs never change,
 * copy or originate a packet, never end the classification of what they let through
 * (TC_ACT_UNSPEC: other filters go on), and fail open: what cannot be read or looked up passes.
 *
 * On a public NIC, without a lease:
 *   out  IPv4, IPv6 from a guarded address; ARP whose sender has one; a neighbour advertisement of
 *        one, and a solicitation for duplicate address detection; any frame from a guarded MAC
 *   in   IPv4, IPv6 to a guarded address; an ARP request or a neighbour solicitation that asks for
 *        one; any frame *to* a guarded MAC. A dead master could no longer answer what its NIC
 *        still takes in, but a socket would act upon it.
 * Everything else passes. So a backup is a client like any other: it asks for the address by ARP or
 * ND, sends to it, and hears what the owner sends. With a lease and `accept = no`, IPv4 and IPv6 to
 * a guarded address is refused, except for neighbour discovery (RFC 9568, 6.1: it MUST NOT be
 * dropped). Packets that are only forwarded pass, because they name another address.
 *
 * On other interfaces only the guards for any interface count (ifindex 0), and MACs do not:
 *   out  ARP and ND that claim a guarded address, with and without a lease; IPv4, IPv6 from a
 *        guarded address without a lease (the owner may route its answers there). On an interface
 *        that the configuration names, or that frames of a public one pass, ARP and ND pass if
 *        there is a lease, unless they are from the MAC that the interface has itself below a
 *        macvlan. A frame that came in by an interface of this host is only forwarded or bridged,
 *        and passes.
 *   in   with a lease, what `accept = no` refuses
 *
 * The programs do not see
 *   - what a packet socket sends past the queues: our own adverts and probes, and an announcement
 *     that a queue would hold back;
 *   - what XDP sends or takes away;
 *   - a frame that has passed them, and still waits in a queue when the lease ends.
 * They do not look through more than two VLAN tags in the frame, SNAP, MPLS, PPPoE, or more than
 * VRRP_IP6_MAX_EXTENSIONS extension headers before neighbour discovery.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "advert_locate.h"
#include "vrrp_abi.h"
#include "vrrp_guard.h"

char LICENSE[] SEC("license") = "GPL";

#define TC_ACT_UNSPEC (-1) /* also TCX_NEXT */
#define TC_ACT_SHOT   2    /* also TCX_DROP */

/* The answers for an address: the slot whose lease is missing, or one of these. FENCE_REFUSE plus
 * the slot means that the fence is open, but what comes in for the address is dropped all the
 * same. */
#define FENCE_OPEN   (-1)
#define FENCE_NOT_ND (-2) /* from fence_nd() only */
#define FENCE_RIVAL  (-3) /* likewise: open, and counted as a rival's */
#define FENCE_REFUSE 0x10000

#define FENCE_ETHERTYPE_ARP  0x0806
#define FENCE_ETHERTYPE_VLAN 0x8100
#define FENCE_ETHERTYPE_QINQ 0x88a8
#define FENCE_TAGS           2 /* VLAN tags in the frame that are looked through */

#define FENCE_ARP_ASKS 1

#define FENCE_PACKET_OTHERHOST 3 /* skb->pkt_type: it is for another MAC */

/* Flags for what a program looks for. The low byte is free for enum vrrp_guard_kind. */
#define FENCE_IN          0x100 /* frames that come in; otherwise those that go out */
#define FENCE_ANY         0x200 /* not a public NIC: the guards of any interface count */
#define FENCE_ALWAYS      0x400 /* a lease does not open */
#define FENCE_UNSPECIFIED 0x800 /* for fence_nd() only: the source is :: */
#define FENCE_KIND        0xff

#define FENCE_TCP      6
#define FENCE_UDP      17
#define FENCE_ICMP6    58
#define FENCE_ND_ASKS  135 /* neighbour solicitation */
#define FENCE_ND_TELLS 136 /* neighbour advertisement */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, VRRP_MAX_GUARDED);
	__type(key, struct vrrp_guarded_key);
	__type(value, struct vrrp_guarded);
} guarded SEC(".maps");

/* This is also a map of the heartbeat program. The pin is the same, so the definition must be,
 * too. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VRRP_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct vrrp_lease);
} leases SEC(".maps");

/* One value for all CPUs. The kernel allocates values for each CPU one by one, which made a start
 * longer by 3 ms. Only frames that are dropped are counted, so it does not matter that the CPUs
 * wait for each other. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VRRP_MAX_SLOTS + 1);
	__type(key, __u32);
	__type(value, struct vrrp_fenced);
} fenced SEC(".maps");

#define FENCE_COUNT(counter) ((void)__sync_fetch_and_add(&(counter), 1))

/*
 * Returns the slot whose fence is shut for this address, FENCE_OPEN, or FENCE_REFUSE + slot. `how`
 * has the enum vrrp_guard_kind, FENCE_IN and FENCE_ALWAYS. ifindex is 0 for an interface other than
 * a public NIC. The function is global, like fence_nd(), so that the verifier checks it once for
 * all callers. That is why an address comes as two words.
 *
 * For what is guarded on any interface, a public NIC counts as another interface, too. What comes
 * in for such an address there may have to be forwarded, so only a refusal counts.
 */
__attribute__((noinline)) int fence_shut(__u32 ifindex, __u64 first, __u64 second, __u32 how)
{
	struct vrrp_guarded_key key = {.ifindex = ifindex, .kind = (__u8)how};
	__u64 *words = (__u64 *)&key.addr, until_ns;
	struct vrrp_guarded *guard;
	struct vrrp_lease *lease;
	int shut = 1;
	__u32 slot;

	words[0] = first;
	words[1] = second;
	guard = bpf_map_lookup_elem(&guarded, &key);
	if (!guard && ifindex) {
		key.ifindex = 0;
		guard = bpf_map_lookup_elem(&guarded, &key);
	}
	if (!guard)
		return FENCE_OPEN;
	if (!key.ifindex && how & FENCE_IN)
		shut = 0;
	slot = guard->slot;
	if (slot == VRRP_GUARD_NOBODY)
		return shut ? (int)slot : FENCE_OPEN;
	lease = bpf_map_lookup_elem(&leases, &slot);
	if (!lease)
		return FENCE_OPEN;
	if (how & FENCE_ALWAYS)
		return slot;
	/* Read the clock after the lease. If the lease is renewed in between, its old end
	 * counts. */
	until_ns = *(const volatile __u64 *)&lease->until_ns;
	/* A router of a group needs the gate as well: whichever ends first counts. */
	if (guard->count) {
		__u32 gate = VRRP_GATE_SLOT(guard->count);

		lease = bpf_map_lookup_elem(&leases, &gate);
		if (lease && *(const volatile __u64 *)&lease->until_ns < until_ns)
			until_ns = *(const volatile __u64 *)&lease->until_ns;
	}
	if (bpf_ktime_get_ns() >= until_ns)
		return shut ? (int)slot : FENCE_OPEN;
	return guard->flags & VRRP_GUARD_REFUSE ? FENCE_REFUSE + slot : FENCE_OPEN;
}

static __always_inline int is_shut(int slot)
{
	return slot >= 0 && slot < FENCE_REFUSE;
}

/* What a frame that comes in claims as its source address. If that address is ours while our lease
 * runs, its sender is a rival. */
struct fence_claim {
	__u64 first, second;
	__u32 kind; /* enum vrrp_guard_kind; VRRP_GUARD_PORT: no address was read */
	__u32 counted;
};

__attribute__((noinline)) int fence_rival(struct __sk_buff *skb, __u64 first, __u64 second,
					  __u32 kind)
{
	struct vrrp_guarded_key key = {.ifindex = skb->ifindex, .kind = kind};
	__u64 *words = (__u64 *)&key.addr;
	struct vrrp_fenced *counters;
	struct vrrp_guarded *guard;
	__u32 slot;

	words[0] = first;
	words[1] = second;
	guard = bpf_map_lookup_elem(&guarded, &key);
	if (!guard || guard->slot == VRRP_GUARD_NOBODY)
		return 0;
	/* Without a lease the address is not ours, and its sender is no rival. */
	if (is_shut(fence_shut(skb->ifindex, first, second, kind)))
		return 0;
	slot = guard->slot;
	counters = bpf_map_lookup_elem(&fenced, &slot);
	if (counters)
		FENCE_COUNT(counters->rivals);
	return 1;
}

static __always_inline __u32 ifindex_of(struct __sk_buff *skb, __u32 how)
{
	return how & FENCE_ANY ? 0 : skb->ifindex;
}

/* The words of an address are made in registers. To write an address as bytes and read it as words
 * would cost more than everything else here. */
static __always_inline int look(struct __sk_buff *skb, __u64 sieve, __u64 first, __u64 second,
				__u32 how)
{
	if (!(sieve & vrrp_guard_bit(first, second)))
		return FENCE_OPEN;
	return fence_shut(ifindex_of(skb, how), first, second,
			  how & (FENCE_KIND | FENCE_IN | FENCE_ALWAYS));
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define WORD_OF_4(a)    ((__u64)(a))
#define WORD_OF_6(a, b) ((__u64)(a) | (__u64)(b) << 32)
#else
#define WORD_OF_4(a)    ((__u64)(a) << 32)
#define WORD_OF_6(a, b) ((__u64)(a) << 32 | (__u64)(b) << 16)
#endif

/* If the IP header is in one piece with the Ethernet header, as it nearly always is, it is read
 * where it lies: a helper call costs as much as all the rest. */
static __always_inline int fence_ip4(struct __sk_buff *skb, __u64 sieve, __u32 offset, __u32 how,
				     struct fence_claim *claim)
{
	const __u8 *ip = (const __u8 *)(long)skb->data + offset;
	__u32 pair[2]; /* source, destination */

	if (ip + VRRP_IP4_MIN <= (const __u8 *)(long)skb->data_end) {
		pair[0] = vrrp_load32(ip + 12);
		pair[1] = vrrp_load32(ip + 16);
	} else if (bpf_skb_load_bytes(skb, offset + 12, pair, sizeof(pair))) {
		return FENCE_OPEN;
	}
	*claim = (struct fence_claim){WORD_OF_4(pair[0]), 0, VRRP_GUARD_IP4, 0};
	return look(skb, sieve, WORD_OF_4(how & FENCE_IN ? pair[1] : pair[0]), 0,
		    (how & ~FENCE_ALWAYS) | VRRP_GUARD_IP4);
}

/* A request for the sender's own address is no question but an announcement. */
static __always_inline int fence_arp(struct __sk_buff *skb, __u64 sieve, __u32 offset, __u32 how,
				     struct fence_claim *claim)
{
	struct {
		__u8 start[2]; /* brings the addresses to even places */
		__u8 hardware_protocol[4];
		__u8 hardware_length, protocol_length;
		__u16 operation;
		__u8 sender_mac[6];
		__u16 sender[2];
		__u8 target_mac[6];
		__u16 target[2];
	} arp = {};
	__u32 sender, target;
	int slot;

	if (bpf_skb_load_bytes(skb, offset, arp.hardware_protocol, 28))
		return FENCE_OPEN;
	/* With other lengths the addresses are elsewhere, and no host takes it for ARP of
	 * Ethernet. */
	if (arp.hardware_length != 6 || arp.protocol_length != 4)
		return FENCE_OPEN;
	__builtin_memcpy(&sender, arp.sender, sizeof(sender));
	__builtin_memcpy(&target, arp.target, sizeof(target));
	*claim = (struct fence_claim){WORD_OF_4(sender), 0, VRRP_GUARD_IP4, 0};
	if (!(how & FENCE_IN))
		slot = look(skb, sieve, WORD_OF_4(sender), 0, how | VRRP_GUARD_IP4);
	else if (arp.operation == vrrp_be16(FENCE_ARP_ASKS) && sender != target)
		slot = look(skb, sieve, WORD_OF_4(target), 0, how | VRRP_GUARD_IP4);
	else
		return FENCE_OPEN;
	return is_shut(slot) ? slot : FENCE_OPEN;
}

/* Neighbour discovery names its target inside the message. A host accepts it behind extension
 * headers, too, but not in fragments (RFC 6980). `next` is the type of the header at `offset`.
 * Returns FENCE_NOT_ND if this is not neighbour discovery. A host that advertises our address is a
 * rival, whatever its source address is. A solicitation without a source is for duplicate address
 * detection: it asks in order to claim. */
__attribute__((noinline)) int fence_nd(struct __sk_buff *skb, __u64 sieve, __u32 offset, __u32 next,
				       __u32 how)
{
	struct {
		__u8 type, code;
		__u8 checksum_reserved[6];
		__u64 target[2];
	} nd;
	int slot;

	for (int i = 0; i < VRRP_IP6_MAX_EXTENSIONS && next != FENCE_ICMP6; i++) {
		__u8 head[4];

		if (next != VRRP_IP6_HOP_BY_HOP && next != VRRP_IP6_ROUTING &&
		    next != VRRP_IP6_FRAGMENT && next != VRRP_IP6_DESTINATION)
			return FENCE_NOT_ND;
		if (bpf_skb_load_bytes(skb, offset, head, sizeof(head)))
			return FENCE_NOT_ND;
		if (next == VRRP_IP6_FRAGMENT) {
			if (head[2] || head[3] >> 3) /* not the first one */
				return FENCE_NOT_ND;
			offset += 8;
		} else {
			offset += 8 + head[1] * 8;
		}
		next = head[0];
	}
	if (next != FENCE_ICMP6 || bpf_skb_load_bytes(skb, offset, &nd, sizeof(nd)))
		return FENCE_NOT_ND;
	if (nd.type != FENCE_ND_ASKS && nd.type != FENCE_ND_TELLS)
		return FENCE_NOT_ND;
	if (how & FENCE_IN ? nd.type == FENCE_ND_ASKS
			   : nd.type == FENCE_ND_TELLS || how & FENCE_UNSPECIFIED) {
		slot = look(skb, sieve, nd.target[0], nd.target[1], how | VRRP_GUARD_IP6);
		return is_shut(slot) ? slot : FENCE_OPEN;
	}
	if ((how & (FENCE_IN | FENCE_ANY)) == FENCE_IN && nd.type == FENCE_ND_TELLS &&
	    sieve & vrrp_guard_bit(nd.target[0], nd.target[1]) &&
	    fence_rival(skb, nd.target[0], nd.target[1], VRRP_GUARD_IP6))
		return FENCE_RIVAL;
	return FENCE_OPEN;
}

static __always_inline int fence_ip6(struct __sk_buff *skb, __u64 sieve, __u32 offset, __u32 how,
				     enum vrrp_fenced_kind *kind, struct fence_claim *claim)
{
	const __u8 *header = (const __u8 *)(long)skb->data + offset;
	struct {
		__u8 start[6];
		__u8 next, hop_limit;
		__u64 source[2], destination[2];
	} ip;
	int slot, nd;

	if (header + VRRP_IP6_LEN <= (const __u8 *)(long)skb->data_end) {
		const __u64 *words = (const __u64 *)(header + 8);

		ip.next = header[6];
		ip.source[0] = words[0];
		ip.source[1] = words[1];
		ip.destination[0] = words[2];
		ip.destination[1] = words[3];
	} else if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip))) {
		return FENCE_OPEN;
	}
	*claim = (struct fence_claim){ip.source[0], ip.source[1], VRRP_GUARD_IP6, 0};
	slot = how & FENCE_IN ? look(skb, sieve, ip.destination[0], ip.destination[1],
				     (how & ~FENCE_ALWAYS) | VRRP_GUARD_IP6)
			      : look(skb, sieve, ip.source[0], ip.source[1],
				     (how & ~FENCE_ALWAYS) | VRRP_GUARD_IP6);
	if (is_shut(slot))
		return slot;
	if (ip.next != FENCE_ICMP6 && ip.next != VRRP_IP6_HOP_BY_HOP &&
	    ip.next != VRRP_IP6_ROUTING && ip.next != VRRP_IP6_FRAGMENT &&
	    ip.next != VRRP_IP6_DESTINATION)
		return slot;
	if (!(ip.source[0] | ip.source[1]))
		how |= FENCE_UNSPECIFIED;
	nd = fence_nd(skb, sieve, offset + VRRP_IP6_LEN, ip.next, how);
	if (nd == FENCE_RIVAL) {
		claim->counted = 1;
		return FENCE_OPEN;
	}
	if (is_shut(nd))
		*kind = VRRP_FENCED_ND;
	return nd == FENCE_NOT_ND ? slot : nd;
}

/* For a frame that may come in: drop it if it is for an address that accepts nothing. */
static __always_inline int refuse(int slot)
{
	struct vrrp_fenced *counters;
	__u32 index;

	if (slot < FENCE_REFUSE)
		return TC_ACT_UNSPEC;
	index = slot - FENCE_REFUSE;
	counters = bpf_map_lookup_elem(&fenced, &index);
	if (counters)
		FENCE_COUNT(counters->refused);
	return TC_ACT_SHOT;
}

/* The same on a public NIC, where the frame is also counted if it is a rival's. */
static __always_inline int let_in(struct __sk_buff *skb, __u64 sieve, __u64 source,
				  const struct fence_claim *claim, int slot)
{
	if (!claim->counted &&
	    !(sieve & vrrp_guard_bit(source, 0) && fence_rival(skb, source, 0, VRRP_GUARD_MAC)) &&
	    claim->kind != VRRP_GUARD_PORT && sieve & vrrp_guard_bit(claim->first, claim->second))
		fence_rival(skb, claim->first, claim->second, claim->kind);
	return refuse(slot);
}

static __always_inline int fence(struct __sk_buff *skb, __u32 how)
{
	struct vrrp_guarded_key key = {.ifindex = ifindex_of(skb, how), .kind = VRRP_GUARD_PORT};
	enum vrrp_fence_side side = how & FENCE_IN ? VRRP_FENCE_IN : VRRP_FENCE_OUT;
	const __u8 *data, *end, *address;
	enum vrrp_fenced_kind kind = VRRP_FENCED_IP;
	__u32 offset = VRRP_ETH_LEN, index;
	struct vrrp_fenced *counters;
	struct vrrp_guarded *port;
	struct fence_claim claim = {0};
	int slot = FENCE_OPEN, shut;
	__u64 mac, source;
	__u16 type;

	port = bpf_map_lookup_elem(&guarded, &key);
	if (!port)
		return TC_ACT_UNSPEC;
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	if (data + VRRP_ETH_LEN > end)
		return TC_ACT_UNSPEC;
	address = side == VRRP_FENCE_OUT ? data + 6 : data;
	mac = WORD_OF_6(vrrp_load32(address), vrrp_load16(address + 4));
	source = WORD_OF_6(vrrp_load32(data + 6), vrrp_load16(data + 10));
	type = vrrp_load16(data + VRRP_ETH_TYPE);

	/* A tag that the NIC took out is not in the frame. We look through the tags that it left,
	 * because the owner of an address owns it on every VLAN of the interface. */
	for (int i = 0; i < FENCE_TAGS; i++) {
		if (type != vrrp_be16(FENCE_ETHERTYPE_VLAN) &&
		    type != vrrp_be16(FENCE_ETHERTYPE_QINQ))
			break;
		offset += 4;
		if (bpf_skb_load_bytes(skb, offset - 2, &type, sizeof(type)))
			type = 0;
	}
	if (type == vrrp_be16(VRRP_ETHERTYPE_IP4)) {
		slot = fence_ip4(skb, port->sieve, offset, how, &claim);
	} else if (type == vrrp_be16(VRRP_ETHERTYPE_IP6)) {
		slot = fence_ip6(skb, port->sieve, offset, how, &kind, &claim);
	} else if (type == vrrp_be16(FENCE_ETHERTYPE_ARP)) {
		kind = VRRP_FENCED_ARP;
		slot = fence_arp(skb, port->sieve, offset, how, &claim);
	}
	shut = slot;
	if (!is_shut(shut) && !(how & FENCE_ANY)) {
		kind = VRRP_FENCED_MAC;
		shut = look(skb, port->sieve, mac, 0, how | VRRP_GUARD_MAC);
	}
	if (!is_shut(shut)) {
		if (side == VRRP_FENCE_OUT)
			return TC_ACT_UNSPEC;
		return how & FENCE_ANY ? refuse(slot)
				       : let_in(skb, port->sieve, source, &claim, slot);
	}

	index = shut;
	counters = bpf_map_lookup_elem(&fenced, &index);
	if (counters)
		FENCE_COUNT(counters->frames[side][kind]);
	return TC_ACT_SHOT;
}

SEC("tc")
int vrrp_fence_in(struct __sk_buff *skb)
{
	return fence(skb, FENCE_IN);
}

SEC("tc")
int vrrp_fence_out(struct __sk_buff *skb)
{
	return fence(skb, 0);
}

/* Frames on the ports of a bridge are for the MACs of other hosts, and only pass through. */
SEC("tc")
int vrrp_other_in(struct __sk_buff *skb)
{
	if (skb->pkt_type == FENCE_PACKET_OTHERHOST)
		return TC_ACT_UNSPEC;
	return fence(skb, FENCE_IN | FENCE_ANY);
}

SEC("tc")
int vrrp_other_out(struct __sk_buff *skb)
{
	if (skb->ingress_ifindex)
		return TC_ACT_UNSPEC;
	return fence(skb, FENCE_ANY | FENCE_ALWAYS);
}

/* Is this perhaps a claim, from the MAC of an interface below a public one (VRRP_GUARD_OWN)? Frames
 * of the public one have another MAC. IPv4, and TCP and UDP over IPv6, claim nothing: they are not
 * looked up. */
static __always_inline int is_own(struct __sk_buff *skb)
{
	struct vrrp_guarded_key key = {.ifindex = skb->ifindex, .kind = VRRP_GUARD_OWN};
	const __u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	__u16 type;

	if (data + VRRP_ETH_LEN > end)
		return 0;
	type = vrrp_load16(data + VRRP_ETH_TYPE);
	if (type == vrrp_be16(VRRP_ETHERTYPE_IP4))
		return 0;
	if (type == vrrp_be16(VRRP_ETHERTYPE_IP6) && data + VRRP_ETH_LEN + VRRP_IP6_LEN <= end &&
	    (data[VRRP_ETH_LEN + 6] == FENCE_TCP || data[VRRP_ETH_LEN + 6] == FENCE_UDP))
		return 0;
	__builtin_memcpy(key.addr.b, data + 6, 6);
	return bpf_map_lookup_elem(&guarded, &key) != NULL;
}

SEC("tc")
int vrrp_leased_out(struct __sk_buff *skb)
{
	if (skb->ingress_ifindex)
		return TC_ACT_UNSPEC;
	return fence(skb, is_own(skb) ? FENCE_ANY | FENCE_ALWAYS : FENCE_ANY);
}
