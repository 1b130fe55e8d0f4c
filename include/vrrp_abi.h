/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boundary between the BPF programs and userspace: map keys and values, ring records, verdicts.
 * There is one copy of it. All widths are fixed, and padding is explicit and always zero.
 *
 * Who writes what is part of the contract:
 *   rules, role (to BACKUP at start, to MASTER), report   the agent
 *   peers                                                 the agent
 *   timings                                               the judge; at a start the agent
 *   judged, role (MASTER -> BACKUP on a superior advert)  the XDP program ("the judge"); in socket
 *                                                         mode the agent's receiver
 *   deadline_ns                                           the judge while role is BACKUP,
 *                                                         else the agent
 *   refused_peers                         the XDP program; the agent deletes from it
 *   guarded, hmac_keys, hmac_clock                        the agent; the programs only read them
 *   hmac_marks                                            the XDP program; the agent clears them
 *   fenced                                                the fence
 *   leases                                                the agent; the judge ends them
 */
#ifndef VRRP_ABI_H
#define VRRP_ABI_H

#include "vrrp_wire.h"

#define VRRP_ABI_VERSION 3

#define VRRP_MAX_SLOTS     4096 /* virtual routers on a host; 16 NICs x 255 VRIDs fit */
#define VRRP_MAX_PATHS     4    /* heartbeat interfaces of one virtual router */
#define VRRP_MAX_PORTS     64   /* interfaces with the program attached */
#define VRRP_MAX_PEERS     16   /* unicast peers of one virtual router */
#define VRRP_MAX_NEIGHBORS 4096
#define VRRP_MAX_REFUSED   256 /* peers of this host's routers whose adverts are refused */
#define VRRP_MAX_MONITORS  4   /* `vrrp-xdp monitor` at one time */
#define VRRP_MAX_HISTORY   256
#define VRRP_MAX_GUARDED   32768                /* addresses and MACs behind fences */
#define VRRP_MAX_HMAC_KEYS 16                   /* of one virtual router */
#define VRRP_MAX_MARKS     (4 * VRRP_MAX_SLOTS) /* signing sources that are remembered */
#define VRRP_NAME_LEN      32
#define VRRP_GAP_BUCKETS   24 /* log2 of microseconds: bucket n counts gaps in [2^n, 2^(n+1)) us */
#define VRRP_LATE_BUCKETS  73 /* four an octave: vrrp_late_from_ns() of bpf/tally.h */
#define VRRP_RING_BYTES    (64 * 1024) /* resident, and twice: some 500 events */
#define VRRP_MONITOR_BYTES (256 * 1024)

/* If one instance has more news than this in one window, the rest is counted and not delivered. */
#define VRRP_NEWS_BURST     32
#define VRRP_NEWS_WINDOW_NS 100000000ULL

/* So many refused adverts of one instance are recorded in one window on each CPU, so that a flood
 * of them costs little more than to count them. */
#define VRRP_REFUSED_BURST     4
#define VRRP_REFUSED_WINDOW_NS 100000000ULL

/* An address of either family, in network order. IPv4 is the first four bytes; the rest is zero. */
struct vrrp_addr {
	__u8 b[16];
} __attribute__((aligned(8)));

/*
 * What the checks say of one frame, in the order of the checks, cheapest first (docs/protocol.md,
 * Checks on receipt). NOT_VRRP and FOREIGN pass untouched; VALID passes; so do AH and CARP, which
 * are other protocols, and are counted. Everything else is dropped and counted.
 *   X(symbol, name): the name is an interface, because status, metrics and docs use it.
 */
#define VRRP_VERDICTS(X)                                                                        \
	X(NOT_VRRP, "not_vrrp") /* another protocol; never counted */                           \
	X(FOREIGN, "foreign")   /* sound, but a VRID that this host does not run here */        \
	X(VALID, "valid")                                                                       \
	X(AH, "ah")                       /* VRRP inside of AH, IP protocol 51 */               \
	X(FRAGMENT, "fragment")           /* adverts fit into one packet */                     \
	X(TRUNCATED, "truncated")         /* shorter than its own fields say */                 \
	X(IP_FLAGS, "ip_flags")           /* IPv4: the reserved flag is set */                  \
	X(IP_SUM, "ip_checksum")          /* IPv4: the header is damaged */                     \
	X(CARP, "carp")                   /* CARP, which has the same IP protocol */            \
	X(SOURCE, "source")               /* an address that no host can have */                \
	X(TTL, "ttl")                     /* not 255, or below min-ttl */                       \
	X(DESTINATION, "destination")     /* neither the group nor (unicast) our own address */ \
	X(PEER, "peer")                   /* unicast from a source that is not in `peers` */    \
	X(VERSION, "version")             /* neither 2 nor 3, or not the configured one */      \
	X(TYPE, "type")                   /* not an advert */                                   \
	X(OWN_SOURCE, "own_source")       /* our own address as source: a loop or a forgery */  \
	X(ADDRESS_COUNT, "address_count") /* v3 without an address */                           \
	X(LINK_LOCAL, "link_local")       /* IPv6: the first address is not link-local */       \
	X(AUTH_TYPE, "auth_type")         /* v2: not the configured type */                     \
	X(PASSWORD, "password")           /* v2: wrong */                                       \
	X(INTERVAL_ZERO, "interval_zero")                                                       \
	X(INTERVAL_MISMATCH, "interval_mismatch") /* v2: not the configured one */              \
	X(CHECKSUM, "checksum")                                                                 \
	X(HMAC_MISSING, "hmac_missing")     /* unsigned, where that is not accepted */          \
	X(HMAC_MALFORMED, "hmac_malformed") /* a trailer of no form that is known */            \
	X(HMAC_KEY, "hmac_key")             /* signed with a key id that is not configured */   \
	X(HMAC_STALE, "hmac_stale")         /* its time stamp is out of the window */           \
	X(HMAC_DIGEST, "hmac_digest")       /* forged, altered, or another key */               \
	X(HMAC_REPLAY, "hmac_replay")       /* not after the last one of its source */

enum vrrp_verdict {
#define X(sym, name) VRRP_VERDICT_##sym,
	VRRP_VERDICTS(X)
#undef X
		VRRP_VERDICT_COUNT
};

/* Verdicts that say that a host speaks for our VRID and cannot be understood, as bits 1 << verdict.
 * The other verdicts are of damaged or forged frames, and say nothing of their source. */
#define VRRP_VERDICT_BIT(name) (1U << VRRP_VERDICT_##name)
#define VRRP_VERDICTS_OF_PEERS                                                                \
	(VRRP_VERDICT_BIT(AH) | VRRP_VERDICT_BIT(CARP) | VRRP_VERDICT_BIT(TTL) |              \
	 VRRP_VERDICT_BIT(DESTINATION) | VRRP_VERDICT_BIT(PEER) | VRRP_VERDICT_BIT(VERSION) | \
	 VRRP_VERDICT_BIT(ADDRESS_COUNT) | VRRP_VERDICT_BIT(LINK_LOCAL) |                     \
	 VRRP_VERDICT_BIT(AUTH_TYPE) | VRRP_VERDICT_BIT(PASSWORD) |                           \
	 VRRP_VERDICT_BIT(INTERVAL_ZERO) | VRRP_VERDICT_BIT(INTERVAL_MISMATCH) |              \
	 VRRP_VERDICT_BIT(CHECKSUM) | VRRP_VERDICT_BIT(HMAC_MISSING) |                        \
	 VRRP_VERDICT_BIT(HMAC_MALFORMED) | VRRP_VERDICT_BIT(HMAC_KEY) |                      \
	 VRRP_VERDICT_BIT(HMAC_STALE) | VRRP_VERDICT_BIT(HMAC_DIGEST))

/* What happened to valid adverts, and what was lost on the way. Counted beside the verdicts. */
#define VRRP_NOTES(X)                                                                       \
	X(ABSORBED, "absorbed")                 /* moved a deadline, woke nobody */         \
	X(IGNORED, "ignored")                   /* RFC 9568: discard, the timer runs on */  \
	X(NEWS, "news")                         /* handed to the agent */                   \
	X(YIELDED, "yielded")                   /* cleared the lease of a MASTER */         \
	X(RATE_LIMITED, "rate_limited")         /* news beyond the burst */                 \
	X(RING_FULL, "ring_full")               /* news without room in the ring */         \
	X(ADDRESS_LIST, "address_list")         /* valid, with other addresses than ours */ \
	X(INTERVAL_LEARNED, "interval_learned") /* valid v3, with another interval than ours */

enum vrrp_note {
#define X(sym, name) VRRP_NOTE_##sym,
	VRRP_NOTES(X)
#undef X
		VRRP_NOTE_COUNT
};

/* `verdicts`, per CPU: entries 0..VRRP_MAX_SLOTS-1 count for instances; entry VRRP_MAX_SLOTS + port
 * counts for an interface what could not be attributed to an instance. */
struct vrrp_counters {
	__u64 verdict[VRRP_VERDICT_COUNT];
	__u64 note[VRRP_NOTE_COUNT];
	__u64 window_ns;    /* when the current window of VRRP_REFUSED_WINDOW_NS began */
	__u64 window_count; /* how many refused adverts were recorded in it */
};

/* `listeners`: which instance listens on which interface. The key with family 0 and vrid 0 is the
 * interface itself; its slot is VRRP_MAX_SLOTS + port. */
struct vrrp_listener_key {
	__u32 ifindex;
	__u8 family; /* 4 or 6 */
	__u8 vrid;
	__u16 zero;
};

struct vrrp_listener {
	__u16 slot;
	__u16 path; /* VRRP_GATED() of the path and of the gate of the instance's group */
};

/* A gate is a lease that a group of instances shares, in a slot of `leases` that no instance has.
 * The fence is open for an instance of the group only while its own lease and the gate run, and the
 * judge shuts the gate when any of them yields. It is written as 1 + its slot; 0: no group. */
#define VRRP_GATE(slot)        ((__u16)((slot) + 1))
#define VRRP_GATE_SLOT(gate)   ((gate)-1)
#define VRRP_GATED(path, gate) ((__u16)((path) | (gate) << 2))
#define VRRP_GATED_PATH(gated) ((gated) & (VRRP_MAX_PATHS - 1))
#define VRRP_GATED_GATE(gated) ((gated) >> 2)

enum vrrp_role {
	VRRP_ROLE_IDLE = 0, /* no router runs: adverts are checked and counted, but not judged */
	VRRP_ROLE_BACKUP = 1,
	VRRP_ROLE_MASTER = 2,
};

enum vrrp_checksum {
	VRRP_CHECKSUM_AUTO = 0,    /* in rules: either form; learned: none yet */
	VRRP_CHECKSUM_RFC9568 = 1, /* the message alone (IPv4 v3) */
	VRRP_CHECKSUM_RFC5798 = 2, /* with a pseudo-header (IPv4 v3) */
	VRRP_CHECKSUM_BOTH = 3,    /* learned: both are in use. The values are bits */
};

enum vrrp_hmac_mode {
	VRRP_HMAC_OFF = 0,          /* no key: what is behind a message is ignored */
	VRRP_HMAC_RECEIVE_ONLY = 1, /* verifies signatures, but needs and sends none */
	VRRP_HMAC_PERMISSIVE = 2,   /* signs, and also accepts adverts without a signature */
	VRRP_HMAC_ENFORCE = 3,      /* signs, and refuses adverts without a signature */
};

#define VRRP_RULE_PREEMPT 0x01 /* cleared while a preempt delay runs */
#define VRRP_RULE_UNICAST 0x02 /* only from a source in `peers`, and only to our own address */
#define VRRP_RULE_LENIENT 0x04 /* IPv6: the first address need not be link-local */

/* The rules by which the judge judges. The agent writes them; single fields may change while the
 * router runs. */
struct vrrp_rules {
	__u8 family; /* 4 or 6 */
	__u8 version;
	__u8 vrid;
	__u8 priority; /* the effective one */
	__u8 flags;    /* VRRP_RULE_* */
	__u8 min_ttl;  /* for unicast; multicast is always 255 */
	__u8 auth_type;
	__u8 checksum; /* enum vrrp_checksum */
	__u8 auth_data[VRRP_AUTH_LEN];
	__u16 interval_cs; /* our own; in centiseconds for version 2, too */
	__u8 peer_count;
	__u8 address_count;
	__u8 hmac_mode;   /* enum vrrp_hmac_mode */
	__u8 hmac_active; /* ID of the key that we sign with */
	__u16 hmac_window_s;
	__u64 address_digest; /* sum of vrrp_address_mix() over the advertised addresses */
};

/* `peers`: whose adverts a slot with VRRP_RULE_UNICAST takes; as many as its rules say. */
struct vrrp_peers {
	struct vrrp_addr addr[VRRP_MAX_PEERS];
};

/* A snapshot of the last advert that was accepted (as MASTER: of the last one that was heard). The
 * judge writes it. If two CPUs stamp in the same moment, two snapshots may be mixed; the next
 * advert puts this right. */
struct vrrp_judged {
	__u64 stamp_ns; /* CLOCK_MONOTONIC, arrival */
	struct vrrp_addr source;
	__u16 interval_cs; /* as in the advert; priority 0 leaves it as it was */
	__u8 priority;
	__u8 path;
	__u8 notes;        /* bit 0: other addresses than ours */
	__u8 drift;        /* how fast our clock runs by that of a master: a code, see
			    * core/vrrp/drift.h; 0: not measured. Written by the agent */
	__u16 learned_cs;  /* the interval of the last master that was accepted; 0: none was */
	__u32 news;        /* how many records were meant for the ring, with those that were lost */
	__u32 lost;        /* how many were lost. If it changes, resynchronise from this snapshot */
	__u64 window_ns;   /* when the current window of news began */
	__u32 window_news; /* how much news it had so far */
	__u32 since;       /* as MASTER: when the last tie on another path than the first began; as
			    * BACKUP: when another master was accepted. In units of 2^20 ns, cut to
			    * 32 bits; 0: never */
};

enum vrrp_state {
	VRRP_STATE_INIT = 0,
	VRRP_STATE_BACKUP = 1,
	VRRP_STATE_MASTER = 2,
	VRRP_STATE_FAULT = 3,
};

/* Why a BACKUP does not take over although its master is down; HANDOVER, HOOK and LEAVING are of a
 * MASTER. */
#define VRRP_HOLDS(X)                                                         \
	X(NONE, "none")                                                       \
	X(GATEWAY, "the gateway does not answer")                             \
	X(OWNER, "the shared address still answers, or may do so")            \
	X(SCRIPT, "a tracked script has no result yet")                       \
	X(START, "the shared address answers, and no master was heard yet")   \
	X(RECEPTION, "adverts may wait unheard: reception stands still")      \
	X(DELAY, "the agent was started less than start-delay ago")           \
	X(LINK, "a link came up less than link-delay ago")                    \
	X(HANDOVER, "handing over: priority 1 until another router takes it") \
	X(HOOK, "before-master runs: the address answers when it ends")       \
	X(LEAVING, "before-backup runs: the router leaves when it ends")      \
	X(GROUP, "another router of its group is not ready, or has a master")

enum vrrp_hold {
#define X(sym, text) VRRP_HOLD_##sym,
	VRRP_HOLDS(X)
#undef X
		VRRP_HOLD_COUNT
};

/* For `status`, which reads the maps and never disturbs the agent. The agent writes it. */
struct vrrp_report {
	char name[VRRP_NAME_LEN]; /* empty: the slot is free */
	char public_ifname[16];
	__u64 since_ns; /* CLOCK_MONOTONIC of the last transition. The first advert that the judge
			 * accepts after it is news, whatever was heard before */
	__u32 transitions;
	__u8 state; /* enum vrrp_state */
	__u8 priority;
	__u8 master_priority; /* 0: no master is known */
	__u8 path_count;
	struct vrrp_addr master; /* address of the current master; as MASTER, our own source */
	__u8 hold;               /* enum vrrp_hold */
	__u8 base_priority;      /* the configured one */
	__u8 clone_mac[6];       /* of a host that sends from our own source; all zero: nobody */
};

/* Where an advert with our own source came from: its MAC and the path, in one word, so that a
 * reader never sees half of it. */
#define VRRP_ECHO(mac, path)                                                   \
	((__u64)(path) << 48 | (__u64)(mac)[0] << 40 | (__u64)(mac)[1] << 32 | \
	 (__u64)(mac)[2] << 24 | (__u64)(mac)[3] << 16 | (__u64)(mac)[4] << 8 | (__u64)(mac)[5])
#define VRRP_ECHO_PATH(echo) ((__u8)((echo) >> 48))

/* `instances`: one virtual router. The members are in three groups by their writer, and each group
 * has cache lines of its own. */
struct vrrp_instance {
	struct vrrp_rules rules;
	__u32 role; /* enum vrrp_role; the judge changes MASTER to BACKUP, the agent all else */
	__u16 hmac_ahead_s; /* how far before our wall clock signed time may be */
	__u16 cpu;          /* 1 + the CPU that heard the last advert; 0: not known. By the judge */
	__s64 hmac_own_ns;  /* by which we sign, as a time stamp - CLOCK_MONOTONIC. The agent writes
			     * it; the judge sets it to 0 if a peer signs by an earlier clock */
	__u64 echo_ns; /* when an advert came from our own source address; 0: never. By the judge */
	__u64 echo;    /* of that advert: VRRP_ECHO() */

	__u64 deadline_ns; /* CLOCK_MONOTONIC: master-down while BACKUP. One aligned word, so a
			    * reader never sees half of it */
	struct vrrp_judged judged;

	struct vrrp_report report;
	__u64 hmac_sequence;    /* of the last advert that we signed. Written by the agent */
	__s64 hmac_stale_ns;    /* how far the last HMAC_STALE was from our clock. By the judge */
	__u64 hmac_stale_at_ns; /* when that one came; 0: never. By the judge */
	__s64 hmac_heard_ns;    /* the latest time stamp that was accepted, less its arrival on
				 * CLOCK_MONOTONIC; 0: none. By the judge */
	__u64 hmac_behind_ns;   /* when somebody was heard first whose signatures are right by our
				 * wall clock and behind signed time; 0: nobody. By the judge */
};

/* How adverts are heard on a NIC, and why it is a packet socket where XDP could be attached. The
 * names are an interface, as above. */
#define VRRP_MODES(X)                                                \
	X(NATIVE, "native")      /* XDP in the driver */             \
	X(GENERIC, "generic")    /* XDP above it */                  \
	X(SOCKET, "socket")      /* a packet socket of the agent */  \
	X(SOCKET_DEAF, "socket") /* XDP did not hear what came by */ \
	X(SOCKET_TAGS, "socket") /* XDP took other VLANs' for ours */

enum vrrp_mode {
#define X(sym, name) VRRP_MODE_##sym,
	VRRP_MODES(X)
#undef X
		VRRP_MODE_COUNT
};

/* `paths`: the first paths of all slots, then all second ones, and so on. Most routers have one
 * path, so the pages of the other paths are never touched. */
#define VRRP_PATH_INDEX(slot, path) ((path)*VRRP_MAX_SLOTS + (slot))

struct vrrp_path {
	/* Written by the agent, but for checksum, which the judge writes, too: */
	__u32 ifindex;               /* 0: unused */
	__u8 mode;                   /* enum vrrp_mode; VRRP_MODE_SOCKET and above are sockets */
	__u8 checksum;               /* the forms that are in use, enum vrrp_checksum */
	__u8 up;                     /* usable */
	__u8 silent;                 /* was heard before; now only another path is heard */
	struct vrrp_addr own_source; /* our source address; all zero: not known yet */
	/* Written by the judge: */
	struct vrrp_addr source; /* of the last valid advert */
	__u64 last_ns;           /* arrival of the last valid advert */
	__u64 adverts;           /* how many valid ones there were */
	__u16 interval_cs;       /* what the last advert promised for the next one; 0: nothing */
	__u16 zero[3];
};

/* `timings`: how regularly adverts come by a path, which has the same index in `paths`. The agent
 * does not read it, so it need not have this memory mapped. */
struct vrrp_timing {
	__u64 gaps[VRRP_GAP_BUCKETS];
	__u64 counted;    /* of how many gaps the lateness is counted, */
	__u64 counted_ns; /* and the sum of these gaps */
	/* How much longer than the interval these gaps were; bucket 0: not at all. A bucket wraps
	 * after a year of 10 ms at the soonest; nothing depends on those that get so full. */
	__u32 late[VRRP_LATE_BUCKETS];
	__u32 zero[3]; /* so that the timings of all slots fill whole pages */
};

/* `neighbors` has every speaker of VRRP, CARP or AH that was heard on a wire. Which of them count
 * as VRRP does not depend on the configuration. `refused_peers` has the same types. It has the
 * peers that speak for the VRID of one of our routers, but cannot be understood
 * (VRRP_VERDICTS_OF_PEERS). The agent removes them when they have fallen silent, or are understood.
 */
struct vrrp_neighbor_key {
	__u32 ifindex;
	__u8 family;
	__u8 vrid;
	__u16 slot; /* in refused_peers; in neighbors 0 */
	struct vrrp_addr source;
};

struct vrrp_neighbor {
	__u64 first_ns;
	__u64 last_ns;
	__u64 gap_ns; /* between the last two adverts */
	__u64 adverts;
	__u16 interval_cs;
	__u8 version;
	__u8 priority;
	__u8 address_count;
	__u8 auth_type;
	__u8 checksum; /* enum vrrp_checksum */
	__u8 ttl;
	__u8 mac[6];
	__u8 refused;                   /* enum vrrp_verdict of its last advert; 0: it was sound */
	__u8 unicast;                   /* its last advert was not sent to a multicast group */
	struct vrrp_addr first_address; /* of its address list */
};

/* What the judge did with a valid advert. */
enum vrrp_judgement {
	VRRP_JUDGED_NOT = 0, /* not judged: the role is IDLE, or the advert is not valid */
	VRRP_JUDGED_ABSORB = 1,
	VRRP_JUDGED_IGNORE = 2,
	VRRP_JUDGED_NEWS = 3,
	VRRP_JUDGED_YIELD = 4, /* news; the lease was cleared, and the role set to BACKUP */
};

/* One parsed advert. A field that could not be read is zero. All is in host byte order, except the
 * addresses. */
struct vrrp_advert {
	__u64 stamp_ns;
	struct vrrp_addr source;
	struct vrrp_addr destination;
	__u64 address_digest;
	struct vrrp_addr first_address;
	__u16 interval_cs; /* v2: seconds x 100 */
	__u8 family;
	__u8 version;
	__u8 vrid;
	__u8 priority;
	__u8 address_count;
	__u8 auth_type;
	__u8 checksum; /* the form that held, enum vrrp_checksum */
	__u8 ttl;
	__u8 mac[6];
};

/* A record of the ring `events` (news for the agent), or of a ring of `monitors` (all adverts). */
struct vrrp_event {
	__u32 ifindex;
	__u16 slot; /* >= VRRP_MAX_SLOTS: no instance */
	__u8 path;
	__u8 verdict;   /* enum vrrp_verdict */
	__u8 judgement; /* enum vrrp_judgement */
	__u8 notes;     /* bit n: enum vrrp_note n */
	__u16 zero;
	__u32 zero2;
	__u64 gap_ns; /* since the last valid advert of that source; 0: this is the first one */
	struct vrrp_advert advert;
};

/* `leases`: this host may speak for the shared address while now < until_ns. 0: it may not. */
struct vrrp_lease {
	__u64 until_ns;
};

/* `hmac_keys`: the map keeps only the two SHA-256 states of a key (RFC 2104, 4). */
struct vrrp_hmac_key_id {
	__u32 slot;
	__u8 id;
	__u8 zero[3];
};

struct vrrp_hmac_key {
	__u32 inner[8];
	__u32 outer[8];
};

/* `hmac_marks`: the last signed advert that was accepted from a source. An advert that was signed
 * before it is not accepted any more. */
struct vrrp_hmac_source {
	__u32 slot;
	__u32 zero;
	struct vrrp_addr source;
};

struct vrrp_hmac_mark {
	__u64 sequence;  /* its time stamp and counter, as one number */
	__u64 stamp_ns;  /* CLOCK_MONOTONIC, arrival */
	__s64 offset_ns; /* the clock by which it was fresh, less CLOCK_MONOTONIC */
	__s64 skew_ns;   /* its time stamp - our CLOCK_REALTIME */
};

/* `hmac_clock` has one entry. A BPF program has no clock of its own that tells UTC. */
struct vrrp_hmac_clock {
	__s64 offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	__u64 read_ns;   /* CLOCK_MONOTONIC, when it was read; 0: never, and nothing is fresh */
};

/* `guarded`: what must not be claimed on an interface without a lease. */
enum vrrp_guard_kind {
	VRRP_GUARD_PORT = 0, /* the interface itself; addr is zero. Something is guarded on it */
	VRRP_GUARD_MAC = 1,  /* addr is six bytes of MAC; the rest is zero */
	/* No guard: addr is the MAC that an interface below a public one has itself (macvlan). What
	 * it sends from that is not the public one's. */
	VRRP_GUARD_OWN = 2,
	VRRP_GUARD_IP4 = 4,
	VRRP_GUARD_IP6 = 6,
};

struct vrrp_guarded_key {
	__u32 ifindex; /* 0: every interface that has no guard of its own for it */
	__u8 kind;     /* enum vrrp_guard_kind */
	__u8 zero[3];
	struct vrrp_addr addr;
};

/* The slot of a guard that belongs to no running router. The fence is shut for it, because this
 * slot has no lease. */
#define VRRP_GUARD_NOBODY VRRP_MAX_SLOTS

struct vrrp_guarded {
	__u64 sieve; /* of a port: vrrp_guard_bit() of everything that is guarded on it, or more */
	__u32 count; /* of a port: how many guards it has; of a guard: the gate of the slot's group
		      */
	__u16 slot;  /* of a guard: the slot whose lease opens it, or VRRP_GUARD_NOBODY */
	__u16 flags; /* of a guard: VRRP_GUARD_* below */
};

/* Flag of an address: frames that come in for it are dropped even with a lease (`accept = no`). */
#define VRRP_GUARD_REFUSE 0x0001

/* Why a frame was fenced off. If several reasons hold, it is the first of them. */
#define VRRP_FENCED(X)                                                                    \
	X(IP, "ip")   /* IPv4 or IPv6: out from, in to a guarded address */               \
	X(ARP, "arp") /* a guarded address: out as sender, in as target */                \
	X(ND, "nd")   /* out an advertisement of one, in a solicitation; DAD both ways */ \
	X(MAC, "mac") /* any frame: out from, in to a guarded MAC */

enum vrrp_fenced_kind {
#define X(sym, name) VRRP_FENCED_##sym,
	VRRP_FENCED(X)
#undef X
		VRRP_FENCED_COUNT
};

enum vrrp_fence_side { VRRP_FENCE_IN = 0, VRRP_FENCE_OUT = 1, VRRP_FENCE_SIDES };

/* `fenced`, by slot: frames that were met by its guards. VRRP_GUARD_NOBODY is a slot here, too. */
struct vrrp_fenced {
	__u64 frames[VRRP_FENCE_SIDES][VRRP_FENCED_COUNT];
	__u64 rivals;  /* passed while our lease ran: came with our MAC or address as source */
	__u64 refused; /* dropped while our lease ran: came for an address with VRRP_GUARD_REFUSE */
	__u64 zero[6];
};

/* Why a state was left. fsm.c gives the cause, `history` keeps it, monitor prints it. */
#define VRRP_CAUSES(X)                                               \
	X(NONE, "none")                                              \
	X(STARTED, "started")                                        \
	X(OWNER, "started with priority 255")                        \
	X(MASTER_DOWN, "master down")                                \
	X(MASTER_LEFT, "master left")                                \
	X(HIGHER_PRIORITY, "higher priority heard")                  \
	X(HIGHER_ADDRESS, "equal priority and higher address heard") \
	X(FAILED, "in fault")                                        \
	X(RECOVERED, "no longer in fault")                           \
	X(STOPPED, "stopped")                                        \
	X(LAPSED, "lease ran out")                                   \
	X(ADOPTED, "restarted, still the master")                    \
	X(HANDED_OVER, "handed over")                                \
	X(RESIGNED, "resigned")                                      \
	X(GROUP, "another router of its group is not master")

enum vrrp_cause {
#define X(sym, text) VRRP_CAUSE_##sym,
	VRRP_CAUSES(X)
#undef X
		VRRP_CAUSE_COUNT
};

/* `history`: a ring of transitions. A transition is in the entry seq % VRRP_MAX_HISTORY. The agent
 * writes it, seq last. */
struct vrrp_history {
	__u64 seq; /* counts from 1; 0: this entry was never used */
	__u64 at_ns;
	__u64 wire_ns;      /* arrival of the last accepted advert */
	__u64 deadline_ns;  /* the deadline that passed, if it made the router MASTER */
	__u64 announced_ns; /* when the new MASTER sent its first GARP or NA */
	__u16 slot;
	__u8 from; /* enum vrrp_state */
	__u8 to;
	__u8 cause;         /* enum vrrp_cause */
	__u8 peer_priority; /* of the last accepted advert */
	__u8 peer_family;   /* of the last accepted advert; 0: none was heard */
	__u8 zero;
	char name[VRRP_NAME_LEN];
	struct vrrp_addr peer; /* the source of the last accepted advert */
	__s64 wall_offset_ns;  /* CLOCK_REALTIME - CLOCK_MONOTONIC, when it was recorded */
};

_Static_assert(VRRP_VERDICT_COUNT <= 32, "VRRP_VERDICTS_OF_PEERS is a word of bits");
_Static_assert(sizeof(struct vrrp_listener_key) == 8, "ABI");
_Static_assert(VRRP_MAX_PATHS == 4, "VRRP_GATED has two bits for it");
_Static_assert(VRRP_MAX_SLOTS < 1 << 14, "VRRP_GATED has 14 bits for a gate");
_Static_assert(sizeof(struct vrrp_rules) == 32, "ABI");
_Static_assert(sizeof(struct vrrp_judged) == 56, "ABI");
_Static_assert(sizeof(struct vrrp_report) == 88, "ABI");
_Static_assert(sizeof(struct vrrp_instance) == 256, "ABI: cache lines");
_Static_assert(__builtin_offsetof(struct vrrp_instance, deadline_ns) % 64 == 0, "ABI: cache lines");
_Static_assert(__builtin_offsetof(struct vrrp_instance, report) % 64 == 0, "ABI: cache lines");
_Static_assert(sizeof(struct vrrp_path) == 64, "ABI: cache lines");
_Static_assert(sizeof(struct vrrp_timing) == 512, "ABI: pages");
_Static_assert(sizeof(struct vrrp_neighbor_key) == 24, "ABI");
_Static_assert(sizeof(struct vrrp_neighbor) == 64, "ABI");
_Static_assert(sizeof(struct vrrp_advert) == 80, "ABI");
_Static_assert(sizeof(struct vrrp_event) == 24 + 80, "ABI");
_Static_assert(sizeof(struct vrrp_hmac_key_id) == 8, "ABI");
_Static_assert(sizeof(struct vrrp_hmac_key) == 64, "ABI");
_Static_assert(sizeof(struct vrrp_hmac_source) == 24, "ABI");
_Static_assert(sizeof(struct vrrp_hmac_mark) == 32, "ABI");
_Static_assert(sizeof(struct vrrp_hmac_clock) == 16, "ABI");
_Static_assert(sizeof(struct vrrp_guarded_key) == 24, "ABI");
_Static_assert(__builtin_offsetof(struct vrrp_guarded_key, addr) == 8, "ABI");
_Static_assert(sizeof(struct vrrp_guarded) == 16, "ABI");
_Static_assert(sizeof(struct vrrp_fenced) == 128, "ABI");
_Static_assert(sizeof(struct vrrp_history) == 104, "ABI");

#endif
