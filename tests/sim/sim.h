/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A deterministic world of two to five hosts that share one virtual router: the very objects of
 * core/vrrp/ that the agent links, the real judge, and the shared words in plain memory; clocks,
 * network, public NICs, agents' scheduling and faults from a seed. No I/O but --trace; the same row
 * and seed give the same run, to the nanosecond.
 *
 * Time of the world ("true") is int64_t nanoseconds from 0. A host's own clock is struct monotime
 * or what the ABI calls *_ns; sim_clock() and sim_true() are the only ways between the two.
 *
 * Not simulated: two CPUs within one judge() or one call of the router (each is atomic here).
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/monotime.h"
#include "core/vrrp/broken.h"
#include "core/vrrp/router.h"
#include "provers.h"
#include "vrrp_abi.h"

#define SIM_HOSTS   5
#define SIM_PATHS   3
#define SIM_RING    24 /* small, so that it does run full */
#define SIM_BATCH   (SIM_RING + 8)
#define SIM_QUEUE   4096
#define SIM_MESSAGE 240

/* One configuration of the test: what may happen in its runs. */
struct sim_row {
	const char *name;
	unsigned int runs;
	uint8_t version;      /* 0: 2 or 3 */
	uint16_t interval_cs; /* 0: any */
	int64_t ppm;          /* a clock may be wrong by so much; 0: 500 */
	/* So many quiet intervals come before each episode, in which a backup can measure its
	 * master's clock, and all adverts take about equally long. */
	uint16_t measured;
	uint8_t min_hosts, max_hosts, min_paths, max_paths;
	uint8_t lag_us; /* of a wake-up */
	bool freezes, deaths, stops, crashes, losses, partitions, carriers;
	bool orders;    /* resign and resume */
	bool handovers; /* most hosts hand over before they leave */
	bool reloads;   /* with another priority, preemption or interval */
	bool refusals;  /* public NICs that take no address */
	bool weights;   /* tracked things and witnesses */
	bool pauses;    /* guests that are paused: their clocks stop */
	bool stalls;    /* of reception, before the stamp */
	bool late_goodbyes;
	bool hooks;      /* that are waited for, and fail now and then */
	bool delays;     /* every host preempts, after a delay */
	bool crossed;    /* who has the higher address on one path has the lower one on the next */
	bool intervals;  /* every host has its own */
	bool whole_path; /* path 0 is spared by losses, partitions and carriers */
	struct vrrp_broken broken;
	bool yield_keeps_lease;   /* the judge is broken, too */
	unsigned int extra_holds; /* freezes in 1024 phases, besides the usual three */
	bool must_fail;           /* the test expects a violation */
};

enum sim_phase {
	SIM_IDLE,
	SIM_WAKE,
	SIM_DRAIN,
	SIM_LOOK, /* router_wake() */
	SIM_OBEY, /* orders and facts */
	SIM_TICK, /* twice where it claims */
	SIM_FLUSH,
	SIM_SENT,
	SIM_SETTLE,
	SIM_SETTLED, /* what became of the NIC */
	SIM_PREPARE,
	SIM_PREPARED,
	SIM_ARM,
};

struct sim_agent {
	bool alive, stopping, stop_asked; /* stopping: it was told to, and may be handing over */
	bool resigned;                    /* as it was told by its operator */
	bool hands_over;                  /* when it went to sleep last */
	bool poked;                       /* something happened since the wake-up began */
	bool weigh, ports;                /* new weights, changed ports */
	enum sim_phase phase;
	struct router router;
	struct vrrp_event record; /* that was read last */
	struct router_public public;
	bool nic_told;
	struct monotime now;
	unsigned int turns;
	int64_t hook_until; /* a hook runs until then; 0: none does */
	enum config_before hook;
	bool hook_again;          /* the host has owned in this mastership before it began */
	uint8_t batch[SIM_BATCH]; /* priorities of the adverts to send */
	unsigned int batched;

	int64_t frozen_until, wake_at;
	int64_t held_until;  /* the end of the last freeze, of whatever kind */
	uint32_t wake_token; /* of the event that counts; older ones are stale */
};

/* What a host knew of another one's mastership when it claimed its own. */
struct sim_knew {
	bool mastered;        /* the other one was a master at all */
	bool preempts;        /* its adverts are ignored on purpose */
	bool hasty;           /* so, but before the preempt delay was over */
	bool silent;          /* it had not sent any advert yet */
	bool fresh;           /* none of them had been heard */
	bool late;            /* it was late since its last advert that was heard */
	bool paused;          /* it was paused since then */
	bool released;        /* the claim is due to the goodbye of another master beside it */
	unsigned int unheard; /* its adverts after the last one that was heard */
};

/* What the checks note about one host. */
struct sim_watch {
	bool claiming, mastered;
	unsigned int mastership; /* number, 0: none yet */
	uint64_t claim_tick, pending_tick;
	unsigned int rounds; /* adverts sent in it; all paths together count once */
	int64_t sent_at, late_at;
	struct sim_knew knew[SIM_HOSTS], pending[SIM_HOSTS];
	int64_t fit_since; /* able to own; -1: it is not */
	struct {
		unsigned int mastership, round;
		uint8_t priority; /* of the last advert */
		bool overtaken;   /* an advert of a newer mastership came before it */
		bool stale;       /* as the event says, of the last advert */
		int64_t sent_at;
		uint64_t superior_tick; /* when an advert of it was superior to us */
	} heard[SIM_HOSTS];

	uint64_t until_ns;
	int64_t until_true;
	bool open, opened; /* opened: in this mastership */
	int64_t mastered_at, left_at, opened_at, resumed_at;
	uint64_t resumed_tick;
	uint64_t deadline_ns; /* as RFC 9568 has it, by arithmetic of the checks */
	uint16_t learned_cs;
	unsigned int follows; /* whose advert was accepted last: host + 1; 0: no master is known */
	unsigned int accepted_path;
	/* Who said goodbye when it followed nobody else, and in which mastership: host + 1; 0: it
	 * has accepted an advert since then. ended: the mastership of the last goodbye. */
	unsigned int released_by, released_from, ended;
	bool elsewhere;                /* that goodbye came by another path than the last advert */
	int64_t released_at, ended_at; /* when these goodbyes were sent */
	bool aside;                    /* the deadline is by a goodbye on another path */
	/* The last masterships of this host and of another one in which both leases were open. */
	struct {
		unsigned int own, other;
	} beside[SIM_HOSTS];
	uint64_t accepted_ns;
	uint64_t tie_ns;
	uint64_t worse_ns; /* since then it has heard worse masters alone; 0: it does not */
	int64_t gave_way_at;
	bool decides; /* the advert that it hears now makes it yield, if it is MASTER */
};

struct sim_host {
	bool on; /* the kernel */
	int64_t base_ns, ppm;
	int64_t stopped_ns; /* how long its clock has stood still */
	int64_t paused_until, stalled_until;
	int64_t goodbye_until; /* its last goodbye is on its way to somebody */
	struct config_router config;
	bool carrier[SIM_PATHS];

	struct vrrp_instance instance;
	struct vrrp_path path[SIM_PATHS];
	struct vrrp_lease lease;
	struct vrrp_event ring[SIM_RING];
	unsigned int ring_first, ring_count;

	enum router_nic nic;
	bool refuses;                /* its NIC takes no address */
	bool resigned, resigned_now; /* by its operator; _now: without a handover */
	struct router_weights weights;
	struct sim_agent agent;
	struct sim_watch watch;
};

enum sim_event_kind {
	SIM_EV_DELIVER,
	SIM_EV_WAKE,     /* the agent sleeps: wake it */
	SIM_EV_CONTINUE, /* the agent was held up between two phases */
	SIM_EV_STAND_IN, /* it is held up by a change of its NIC, and its adverts go on */
	SIM_EV_FAULT,
};

enum sim_fault {
	SIM_FREEZE,
	SIM_KILL,
	SIM_STOP,
	SIM_CRASH,
	SIM_START,
	SIM_LOSS,
	SIM_BLOCK,   /* from, to, path: one direction */
	SIM_CARRIER, /* host, path */
	SIM_RESIGN,
	SIM_RELOAD,
	SIM_REFUSE, /* the NIC takes no address */
	SIM_WEIGH,
	SIM_PAUSE,
	SIM_STALL,
	SIM_WAKEN, /* the end of a pause, or of a wait */
	SIM_FAULTS
};

struct sim_event {
	int64_t at;
	uint64_t order; /* among the events of one time */
	uint8_t kind, host, from, path, priority, fault;
	uint16_t interval_cs;
	uint32_t token;
	unsigned int mastership, round;
	bool stale;      /* deliver: its sender was held up after it had decided on it */
	int64_t sent_at; /* deliver; fault: its parameter */
};

/* Why two open leases are excused; index of sim_count.overlaps. */
enum sim_excuse {
	SIM_PREEMPTED, /* by design, until an advert has told the other one */
	SIM_AT_ONCE,   /* neither advert could have arrived in time */
	SIM_FRESH,     /* the first adverts of a mastership did not arrive in time */
	SIM_LOST,      /* three adverts were lost, or the last ones of a late master */
	SIM_PAUSED,    /* one was paused with an open lease, and goes on */
	SIM_EXCUSES
};

struct sim_count {
	uint64_t failovers, resumed, stood_in, overlaps[SIM_EXCUSES], longest_overlap_ns, events;
	unsigned int violations;
};

struct sim {
	const struct sim_row *row;
	uint64_t random;
	int64_t now;
	uint64_t tick, order;
	FILE *trace;

	uint8_t version;
	uint16_t interval_cs;
	int64_t interval_ns, delay_min_ns, delay_max_ns, pause_ns;
	unsigned int hosts, path_count;
	unsigned int duplicate_permille, loss_permille;
	struct sim_host host[SIM_HOSTS];
	bool blocked[SIM_HOSTS][SIM_HOSTS][SIM_PATHS];

	struct sim_event queue[SIM_QUEUE];
	unsigned int queued;

	/* checks */
	bool strict; /* no advert is ever lost on path 0 */
	bool faults_on, stable;
	int64_t last_fault; /* not the thaws: sim_agent.held_until */
	int64_t bound_ns, slack_ns, ownerless_since;
	int64_t overlap_since[SIM_HOSTS][SIM_HOSTS], overlap_bound_ns[SIM_HOSTS][SIM_HOSTS];
	int owner;         /* the last one, or -1 */
	int64_t handed_at; /* when the last handover ended a lease; -1: none did */
	unsigned int heir; /* the host whose advert did that */
	struct sim_count count;
	char violation[SIM_MESSAGE];
};

/* ---- world.c ---- */

/* A random number below `bound` (> 0), from the seed. */
uint64_t sim_below(struct sim *sim, uint64_t bound);
bool sim_chance(struct sim *sim, unsigned int permille);
int64_t sim_between(struct sim *sim, int64_t from, int64_t to); /* to included */

struct monotime sim_clock(const struct sim *sim, const struct sim_host *host);
/* The first instant at which the host's clock shows `local` or later. */
int64_t sim_true(const struct sim_host *host, uint64_t local_ns);

struct vrrp_addr sim_address(const struct sim *sim, unsigned int host, unsigned int path);
/* The host that has this address. */
unsigned int sim_host_of(const struct sim *sim, const struct vrrp_addr *address, unsigned int path);
unsigned int sim_index(const struct sim *sim, const struct sim_host *host);

/* event.at must not be in the past; sim_push() fills in event.order. */
void sim_push(struct sim *sim, struct sim_event event);
/* Plays all events until `until`, or until the first violation. sim->now is `until` then. */
void sim_run(struct sim *sim, int64_t until);

/* Sends an advert of `host` on all its paths. True: at least one left. */
bool sim_send(struct sim *sim, struct sim_host *host, uint8_t priority);

/* Sends one to the host that has this address on this path. */
void sim_concede(struct sim *sim, struct sim_host *host, const struct vrrp_addr *winner,
		 unsigned int path, uint8_t priority);

/*
 * Is this the owner of the addresses (priority 255), and is its last goodbye still on its way?
 * Whoever hears its next first advert before that goodbye takes it for one of the new mastership,
 * because an advert has no number unless it is signed. Every other router listens before it is
 * MASTER again. An owner is at once, so in the simulation it takes that long to come back.
 */
bool sim_leaves(const struct sim *sim, const struct sim_host *host);

void sim_say(struct sim *sim, const struct sim_host *host, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void sim_violated(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- agent.c ---- */

void agent_start(struct sim *sim, struct sim_host *host);
/* The last act of an agent that reloads; agent_start() is to follow. */
void agent_restarts(struct sim *sim, struct sim_host *host);
void agent_kill(struct sim *sim, struct sim_host *host);
void agent_stop(struct sim *sim, struct sim_host *host);
/* Wakes the agent in `delay_ns` at the latest: something is to be read, or a time has come. */
void agent_wake(struct sim *sim, struct sim_host *host, int64_t delay_ns);
void agent_event(struct sim *sim, struct sim_host *host, const struct sim_event *event);

/* ---- check.c ---- */

/* To be called around every call of the router: it tells the checks below what that call
 * changed. */
void check_call(struct sim *sim, struct sim_host *host, struct router_before was);

void check_claiming(struct sim *sim, struct sim_host *host);
/* The host has claimed, and has looked at its deadline again. */
void check_decided(struct sim *sim, const struct sim_host *host);
void check_mastered(struct sim *sim, struct sim_host *host);
void check_reclaims(struct sim *sim, struct sim_host *host);
void check_left(const struct sim *sim, struct sim_host *host);
/* The lease of the host ran out, and the host stays MASTER. */
void check_resumes(struct sim *sim, struct sim_host *host);
void check_sent(struct sim *sim, struct sim_host *host);
void check_heard(struct sim *sim, struct sim_host *host, const struct sim_event *event);
/* The host is BACKUP from now on with this deadline, which is not from an advert. */
void check_listening(struct sim_host *host, struct monotime deadline);
/* The judge is about to judge this advert. */
void check_advert(struct sim *sim, struct sim_host *host, unsigned int path,
		  const struct vrrp_advert *advert);
/* To be called after every event and every phase, with the leases as they are now. */
void check_leases(struct sim *sim);
/* Time has moved to sim->now. */
void check_time(struct sim *sim);
unsigned int check_owners(const struct sim *sim);
/* Can the host own the address? It runs, is not frozen, and has a path with a carrier. */
bool check_fit(const struct sim *sim, const struct sim_host *host);

/* ---- faults.c ---- */

/* Plays one run from a seed, and adds to *count. Returns false on a violation (sim->violation). */
bool sim_play(struct sim *sim, const struct sim_row *row, uint64_t seed, FILE *trace,
	      struct sim_count *count);
void sim_fault(struct sim *sim, const struct sim_event *event);

/* ---- rows.c ---- */

extern const struct sim_row sim_rows[];
extern const unsigned int sim_row_count;

#endif
