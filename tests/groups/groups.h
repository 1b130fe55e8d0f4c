/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two hosts with a group of two virtual routers: the very objects of core/vrrp/ that the agent
 * links, the real judge, and the shared words in plain memory. tests/sim and tests/search play one
 * router on each host; what is played here is what a group adds. wake_up() makes the calls of the
 * agent's wake-up in their order, and between any two of them a fault may strike: see struct fault.
 *
 * A row is played once for every place at which one fault may come within a second of a settled
 * pair, of every kind and of several lengths, and then with two and three faults from seeds. What
 * must hold:
 *   - Of each host, the fence is open for both routers or for neither, at every instant.
 *   - No router is open on both hosts, but for the time that an advert of a better one takes.
 *   - A host whose agent sleeps is MASTER of both or of neither.
 *   - Some host owns both, soon after the last fault.
 */
#ifndef GROUPS_H
#define GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/vrrp/broken.h"
#include "core/vrrp/group.h"
#include "vrrp_abi.h"

#define HOSTS   2
#define MEMBERS 2
#define FLIGHTS 64
#define RING    8
#define BATCH   12
#define FAULTS  3

#define MS         NS_PER_MS
#define WIRE_NS    (50 * NS_PER_US) /* an advert takes so long */
#define BEGIN_NS   (1000 * NS_PER_S)
#define SETTLED_NS (BEGIN_NS + 3 * NS_PER_S) /* a pair that has just been started is settled */

enum fault_kind {
	FAULT_FREEZE,  /* the agent that is about to make a call, for a while */
	FAULT_KILL,    /* that agent; the kernel goes on; it is started again */
	FAULT_CRASH,   /* its host, which is started again */
	FAULT_CUT,     /* one router's path, in both directions, for a while */
	FAULT_DEAF,    /* one router's path, to that host */
	FAULT_CARRIER, /* one router's path has no carrier on that host, for a while */
	FAULT_STOP,    /* the host is asked to stop, and is started again */
	FAULT_RESIGN,  /* it is told to resign, and to resume */
	FAULT_KINDS
};

struct fault {
	unsigned int step; /* strikes before this call */
	enum fault_kind kind;
	unsigned int member;
	int64_t lasts_ns;
};

struct row {
	const char *name;
	uint8_t priority[HOSTS][MEMBERS];
	uint16_t interval_cs[MEMBERS];
	bool preempt, handover, crossed; /* crossed: the higher address of each is another host's */
	bool judge_forgets;              /* the judge does not shut the gate */
	unsigned int kinds;              /* 1 << enum fault_kind; 0: all */
	struct vrrp_broken broken;
	bool must_fail;
};

struct member {
	struct vrrp_instance instance;
	struct vrrp_path path;
	struct vrrp_lease lease;
	struct vrrp_event ring[RING];
	unsigned int ring_count;
	bool carrier, deaf;
	struct config_router config;
	struct router router;
	enum router_nic nic;
	uint8_t batch[BATCH];
	unsigned int batched;
	bool goodbye;
};

struct host {
	bool on, alive, running; /* running: a wake-up is under way */
	bool stops, stopping, resigns, resigned, ports;
	struct monotime now;
	int64_t wake_at, start_at;
	struct vrrp_lease gate;
	struct group group;
	const struct router *routers[MEMBERS];
	struct member member[MEMBERS];
};

struct flight {
	int64_t at;
	unsigned int from, to, member;
	uint8_t priority;
};

/* What is undone when a fault is over. */
struct mend {
	int64_t at;
	enum fault_kind kind;
	unsigned int host, member;
};

struct world {
	const struct row *row;
	int64_t now, last_fault;
	unsigned int step;
	struct host host[HOSTS];
	struct flight flight[FLIGHTS];
	unsigned int flights;
	struct mend mend[FAULTS];
	unsigned int mends;
	bool cut[MEMBERS];
	struct fault fault[FAULTS];
	unsigned int faults;
	int64_t overlap_since[MEMBERS], ownerless_since;
	uint64_t random;
	char violation[160];
};

extern struct world world;
extern bool trace;

#define EACH(m) for (unsigned int m = 0; m < MEMBERS; m++)

/* ---- world.c ---- */

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void violated(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t below(uint64_t bound); /* a random number from the seed */
int64_t longest_ns(void);       /* the longest interval of the row */
int64_t bound_ns(void);         /* nobody may own both for so long after a fault */
struct vrrp_addr address_of(unsigned int host, unsigned int member);
bool owns_all(unsigned int host);
/* The agent of this host goes to sleep. */
void check_sleep(unsigned int host);
/* Put an advert on the wire. */
void send_advert(unsigned int host, unsigned int member, uint8_t priority);
/* Before each call of an agent. Returns false if the agent has died. */
bool step(unsigned int host);
/* Plays what happens until then; `held`: a host whose agent is frozen, or HOSTS. */
void run_until(int64_t until, unsigned int held);

/* ---- agent.c ---- */

/* on_wake() of the agent. Returns false if it has died, or has stopped. */
bool wake_up(unsigned int host);
bool start(unsigned int host);

#endif
