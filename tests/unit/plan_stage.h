/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the tests of the plan: a row says what a router wants, what the NIC carries and what was
 * recorded, as text (plan_model.h); a stage is what the planner gets of it. Fails the test where
 * something does not fit.
 */
#ifndef TESTS_PLAN_STAGE_H
#define TESTS_PLAN_STAGE_H

#include <stdbool.h>

#include "core/nic/plan.h"

#define SHARED_MAC "00:9f:a4:4c:3b:37"
#define OWN_MAC    "00:0c:82:ad:b3:29"

/* The users' set-up: a private address as backup, the public one with its MAC as master. */
#define USER                                                                            \
	"public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\nmac " SHARED_MAC "\n" \
	"standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n"
#define LINK    "link eth0 " OWN_MAC " perm " OWN_MAC "\n"
#define STANDBY LINK "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.1\n"
#define USER_ROUTES                                                                     \
	"public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\nmac " SHARED_MAC "\n" \
	"standby-address 192.168.1.93/24\n"
#define MASTER_LINK "link eth0 " SHARED_MAC " perm " OWN_MAC "\n"
#define MASTER      MASTER_LINK "addr eth0 42.51.67.93/24\nroute eth0 default via 42.51.67.1 proto 112\n"

/* No standby configured: the NIC has an address of its own, and keeps it. */
#define PLAIN "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\n"
#define OWN   LINK "addr eth0 42.51.67.94/24\n"
#define OWNER "public eth0\npriority 255\naddress 192.168.1.93/24\n"

struct other_row {
	const char *config;
	const char *recorded; /* NULL: nothing */
	enum plan_role role;
};

struct row {
	const char *name;
	const char *config;
	const char *recorded;    /* the NIC when it was recorded; NULL: as in `nic`; "": never */
	const char *recorded_by; /* the configuration then; NULL: as in `config` */
	const char *nic;
	enum plan_role role;
	const char *ops;
	const char *after; /* the NIC behind it; NULL: not looked at */
	bool undo;         /* from MASTER back to BACKUP gives `nic` again */
	const char *end;   /* what the end of the router makes of it; NULL: not looked at */
	struct other_row others[2];
};

/* What else the host has: an interface with much that is like what a router has on its own, and is
 * none of a router's affair. Its lines come before or behind those of a row. */
enum crowd { CROWD_NONE, CROWD_BEHIND, CROWD_BEFORE, CROWD_COUNT };

struct stage {
	struct config_router *router;
	struct config_router *other_routers[2];
	struct plan_original other_originals[2];
	struct plan_other
		*others; /* exactly as many as there are: the sanitizer sees a read behind them */
	struct plan_original original;
	struct plan_actual actual;
	struct plan_scene scene;
	bool indexed;
	enum crowd crowd;
};

/* What a run with this configuration records where the NIC carries that. */
void stage_record(const char *config, const char *nic, struct plan_original *ret_original);

/* The lines of a NIC, among this crowd. */
void stage_parse(const char *nic, enum crowd crowd, struct plan_actual *ret_actual);

/* The router itself is one of the others, as it is for the agent: with CROWD_BEFORE the last one,
 * else the first. */
void set_stage(const struct row *row, enum crowd crowd, struct stage *stage);
void clear_stage(struct stage *stage);

/* As the agent does it: plan and give back what the kernel took, until nothing is left. */
void settle(struct stage *stage, enum plan_role role, bool promote);

/* Plans find the same things with and without an index. Call it after each change of the NIC. */
void stage_look(struct stage *stage);

/* A line for each op. free() it. */
char *ops_text(const struct plan *plan, const struct plan_actual *actual);

void assert_nic(const struct plan_actual *actual, const char *expected);

/* Likewise, of a stage: the crowd is there, as it was. */
void assert_stage(const struct stage *stage, const char *expected);

#endif
