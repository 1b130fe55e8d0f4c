/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exhaustive search: two or three hosts that share one virtual router, and every order of what may
 * happen to them within a number of faults. The agents are the very objects of core/vrrp/ that the
 * program links, and the judge is bpf/judge.h; docs/search.md says what is explored.
 *
 * There is one world in memory, `world`, so that the pointers within it never change. A state is a
 * copy of its bytes. A move is applied to it, world.c and agent.c; the rules are held against it,
 * check.c; it is looked up by what its future depends on, key.c; explore.c walks all of it, breadth
 * first.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/monotime.h"
#include "core/vrrp/broken.h"
#include "core/vrrp/router.h"
#include "provers.h"
#include "vrrp_abi.h"

#define SEARCH_HOSTS   3
#define SEARCH_PATHS   2
#define SEARCH_RING    2  /* small, so that it does run full */
#define SEARCH_BATCH   4  /* adverts of one wake-up */
#define SEARCH_FLIGHT  12 /* adverts on the wire */
#define SEARCH_MOVES   64 /* out of one state */
#define SEARCH_MESSAGE 160

#define SEARCH_TICKS 8                 /* an interval has so many */
#define SEARCH_BEGIN (1000 * NS_PER_S) /* the time of the first state */

/* What is counted against the number of faults. */
enum search_fault {
	FAULT_FREEZE = 1 << 0, /* an agent, between two calls of the router, for one tick or more */
	FAULT_KILL = 1 << 1,   /* an agent; the kernel goes on, and so does the lease */
	FAULT_CRASH = 1 << 2,  /* agent and kernel */
	FAULT_STOP = 1 << 3,   /* an agent, in order */
	FAULT_LOSE = 1 << 4,   /* one advert on the way to one host */
	FAULT_TWICE = 1 << 5,  /* it arrives twice */
	FAULT_ALL = (1 << 6) - 1,
};

enum search_root {
	ROOT_DEAD,     /* no host was ever started; each may be, at any time, without a fault */
	ROOT_SETTLED,  /* all run; the first one was started first */
	ROOT_ALONE,    /* the first one is MASTER; no other one was started yet */
	ROOT_ONE_OUT,  /* all but the last one are settled, which was not started yet */
	ROOT_TOGETHER, /* all were started at one moment, so that they claim at one, too */
};

/* One test. */
struct search_row {
	const char *name;
	uint8_t hosts, paths, version; /* 0: one path, version 3 */
	uint8_t priority[SEARCH_HOSTS];
	bool preempt;
	bool handover;         /* who is asked to stop hands over first */
	uint8_t preempt_ticks; /* preempt delay */
	uint8_t delay;         /* an advert arrives within so many ticks; 0: one */
	enum search_root root;
	uint8_t faults;
	uint8_t kinds; /* enum search_fault; 0: all */
	struct vrrp_broken broken;
	bool yield_keeps_lease; /* the judge is broken, too */
	bool must_fail;
};

enum search_move_kind {
	MOVE_STEP,    /* host: its agent makes its next call of the router */
	MOVE_DELIVER, /* advert */
	MOVE_THAW,
	MOVE_STAND_IN, /* host: its agent is held up by a change of its NIC, and its advert is due
			*/
	MOVE_START,
	MOVE_PASS,  /* nothing more of this host at this instant, for now */
	MOVE_TIME,  /* to the next instant */
	MOVE_ROUND, /* each host once more: an advert that was sent at this instant may arrive */
	/* faults */
	MOVE_FREEZE,
	MOVE_KILL,
	MOVE_CRASH,
	MOVE_STOP,
	MOVE_LOSE,  /* advert */
	MOVE_TWICE, /* advert */
};

struct search_move {
	uint8_t kind, argument; /* of the host whose turn it is; an index into world.flight */
};

/* ---- the world ---- */

enum search_phase {
	PHASE_IDLE,
	PHASE_DRAIN,
	PHASE_LOOK, /* router_wake() */
	PHASE_OBEY, /* orders and facts */
	PHASE_TICK, /* again while it claims */
	PHASE_FLUSH,
	PHASE_SENT,
	PHASE_SETTLE,
	PHASE_SETTLED, /* what became of the NIC */
	PHASE_PREPARE,
	PHASE_PREPARED,
	PHASE_ARM,
};

struct search_agent {
	bool alive, frozen, stopping, stop_asked;
	bool poked; /* it was started or asked to stop, and has not woken up since */
	bool nic_told;
	uint8_t phase;
	uint8_t turns;   /* of the drain */
	uint8_t wakeups; /* at this instant */
	uint8_t batched;
	uint8_t from, path;          /* of the record that it reads */
	uint8_t batch[SEARCH_BATCH]; /* priorities of the adverts to send */
	int64_t frozen_at;
	struct monotime now;      /* that it has read last */
	struct monotime armed_at; /* it sleeps until then */
	struct router router;
	struct router_public public;
};

struct search_record {
	uint64_t stamp_ns;
	uint8_t from, path, priority, judgement;
};

/* Why two open leases are excused. */
enum search_excuse {
	EXCUSE_NONE_HEARD, /* none: it had heard the other one's adverts */
	EXCUSE_NONE_LEFT,  /* none: the other one had left its role, and kept its lease */
	EXCUSE_PREEMPTED,  /* by design, until the wire has told the other one */
	EXCUSE_AT_ONCE,    /* the other one had not sent its first advert yet */
	EXCUSE_FRESH,      /* the first adverts of the other one had not arrived */
	EXCUSE_LOST,       /* three adverts, or the last one of a master that was late itself */
};

/* What one host knows of another one, book-keeping of the checks. */
struct search_knows {
	/* Of the other one's last mastership: */
	bool heard;        /* an advert of it */
	uint8_t unheard;   /* adverts sent after the last one that was heard; 4: or more */
	bool late;         /* the other one missed its rhythm since */
	bool gives;        /* that advert had priority 1: the other one was handing over */
	bool since_resume; /* heard one that was sent since the other one resumed */
	bool opened_after; /* its lease was opened since this host resumed */
	uint8_t excuse;    /* to open a lease beside it; enum search_excuse */
	uint8_t pending;   /* ... of a claim that is not decided yet */
};

struct search_watch {
	bool claiming, mastered;
	bool silent;       /* no advert was sent in this mastership yet */
	bool open, opened; /* the lease: at the end of the last instant; ever in this mastership */
	bool resumed;      /* the lease ran out, and it stayed MASTER */
	bool yielded;      /* the judge saw a superior advert in this mastership */
	uint8_t order;     /* of the claims: a greater one is later */
	int64_t sent_at;   /* its last advert, in this mastership; 0: none */
	uint64_t deadline_ns; /* as RFC 9568 has it, by arithmetic of the checks */
	struct search_knows of[SEARCH_HOSTS];
};

struct search_host {
	bool on; /* the kernel */
	uint8_t nic;
	uint8_t ring_count;
	struct search_record ring[SEARCH_RING];
	struct vrrp_lease lease;
	struct vrrp_instance instance;
	struct vrrp_path path[SEARCH_PATHS];
	struct search_agent agent;
	struct search_watch watch;
};

struct search_advert {
	int64_t sent_at;
	uint8_t to, from, path, priority;
	bool twice;
	/* Book-keeping of the checks: */
	bool current;  /* of its sender's last mastership */
	bool resumed;  /* sent since its sender resumed */
	bool late;     /* its sender missed its rhythm since */
	uint8_t later; /* adverts sent after it; 4: or more */
};

struct search_world {
	int64_t now, grid; /* grid: the last whole tick */
	uint8_t turn;      /* whose it is at this instant; row->hosts: nobody's any more */
	uint8_t round;
	bool lost; /* an advert was */
	uint8_t flights;
	int64_t ownerless_since; /* and without a fault; 0: somebody owns the address */
	int64_t overlap_since[SEARCH_HOSTS][SEARCH_HOSTS]; /* [lower][higher]; 0: none */
	struct search_advert flight[SEARCH_FLIGHT];
	struct search_host host[SEARCH_HOSTS]; /* last: only those of the row are copied */
};

extern struct search_world world;
extern const struct search_row *row;
extern FILE *trace; /* NULL: nothing is said */
extern char violation[SEARCH_MESSAGE];

static inline size_t world_size(void)
{
	return offsetof(struct search_world, host) + row->hosts * sizeof(struct search_host);
}

/* ---- world.c ---- */

/* The first state of the row. */
void world_begin(void);
/* What may happen now. Returns how many. */
unsigned int world_moves(unsigned int faults_left, struct search_move moves[SEARCH_MOVES]);
bool move_is_fault(struct search_move move);
/* And then as far as there is but one way to go on. Returns how many moves were made. A rule that
 * does not hold: `violation`. */
unsigned int world_apply(struct search_move move, unsigned int faults_left);

struct vrrp_addr world_address(unsigned int host, unsigned int path);
/* In centiseconds. With 128 of them, the skew of a priority is one of their multiples; that of v2
 * belongs to a second. */
uint16_t world_interval_cs(void);
int64_t world_interval(void);
int64_t world_tick(void);
int64_t world_delay(void);

unsigned int world_paths(void);
struct monotime world_clock(void);
const struct config_router *world_config(unsigned int host);
/* An advert of `from`, by all paths. */
void world_send(unsigned int from, uint8_t priority);
/* Of a master that has been preempted, to its successor alone. */
void world_concede(unsigned int from, unsigned int to, unsigned int path, uint8_t priority);

void say(int host, const char *format, ...) __attribute__((format(printf, 2, 3)));
void violated(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, of the search itself. */
#define SEARCH_CONFUSED "the search itself: "

/* ---- agent.c ---- */

/* Its next call of the router. */
void agent_step(unsigned int host);
/* It cannot make that, and a thread sends its adverts meanwhile: agent/stand_in.h. */
bool agent_may_stand_in(unsigned int host);
void agent_stand_in(unsigned int host);
void agent_start(unsigned int host);
/* crash: with its kernel. */
void agent_die(unsigned int host, bool crash);

/* ---- check.c ---- */

void check_claiming(unsigned int host);
void check_decided(unsigned int host);
void check_mastered(unsigned int host);
void check_left(unsigned int host);
void check_resumes(unsigned int host);
void check_sent(unsigned int host);
/* BACKUP from now on with this deadline, not from an advert. */
void check_listening(unsigned int host, uint64_t deadline_ns);
/* The judge is about to judge it. */
void check_advert(unsigned int host, const struct search_advert *advert);
/* A fault has happened, or one is over. */
void check_disturbed(void);
/* After each move of a host. */
void check_host(unsigned int host);
/* All that happens at this instant has happened. */
void check_instant(void);
/* Time has moved to world.now. */
void check_time(void);

/* ---- key.c ---- */

struct search_key {
	uint64_t low, high;
};

/* The state that stands for all with the same future as `world`. */
void key_normalise(struct search_world *ret_normal);
struct search_key key_of_world(void);

/* ---- explore.c ---- */

struct search_result {
	uint64_t states, moves, bytes;
	uint64_t before;     /* of the states: by fewer than the most faults */
	unsigned int faults; /* of the trace, or all that were walked */
	unsigned int steps;  /* of the trace */
	bool cut;            /* there was no memory for all of them */
	bool confused;       /* the violation is the search's own mistake */
	double seconds;
	char violation[SEARCH_MESSAGE];
};

/* All states of a row, up to `most`. */
void explore(const struct search_row *one, uint64_t most, bool print, struct search_result *result);

/* ---- rows.c ---- */

extern const struct search_row search_rows[];
extern const unsigned int search_row_count;

#endif
