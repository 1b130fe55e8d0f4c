// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is said of the changes of a NIC: each in the log, and those that fail also in `status`.
 * Depends on core/nic/plan, core/nic/repairs, sys/net/rtnl and sys/host/log. Changes no NIC.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/takeover_internal.h"
#include "core/fnv.h"
#include "sys/host/log.h"

void takeover_forget_complaints(struct takeover *t)
{
	free(t->complaints);
	t->complaints = NULL;
	t->complaint_count = 0;
}

bool takeover_said_before(struct takeover *t, uint32_t hash)
{
	unsigned int known =
		t->complaint_count < TAKEOVER_COMPLAINTS ? t->complaint_count : TAKEOVER_COMPLAINTS;

	for (unsigned int i = 0; i < known; i++)
		if (t->complaints[i] == hash)
			return true;
	if (!t->complaints)
		t->complaints = calloc(TAKEOVER_COMPLAINTS, sizeof(*t->complaints));
	if (t->complaints)
		t->complaints[t->complaint_count++ % TAKEOVER_COMPLAINTS] = hash;
	return false;
}

void takeover_add_trouble(struct takeover *t, const char *what, const char *text, const char *why)
{
	size_t used, room;

	if (!t->trouble)
		t->trouble = calloc(1, TAKEOVER_TROUBLE);
	if (!t->trouble)
		return;
	used = strlen(t->trouble);
	room = TAKEOVER_TROUBLE - used;
	if (snprintf(t->trouble + used, room, "%s: %s%s%s\n", what, text, why[0] ? ": " : "",
		     why) >= (int)room)
		t->trouble[used] = '\0';
}

void takeover_note_missing(struct takeover *t, const struct plan_actual *actual)
{
	const char *name;

	free(t->trouble);
	t->trouble = NULL;
	for (unsigned int at = 0; t->missing && (name = takeover_next_missing(t, actual, &at));)
		takeover_add_trouble(t, name, "no such interface", "");
}

uint32_t takeover_op_id(const struct plan_op *op, const struct plan_actual *actual,
			char text[TAKEOVER_OP_TEXT])
{
	plan_format(op, actual, text, TAKEOVER_OP_TEXT);
	return fnv32(FNV32_BASIS, text, strlen(text));
}

/* A change that was made. many: the log tells their number. */
static void report_made(struct takeover *t, uint32_t id, const char *text, bool many)
{
	unsigned int times = repairs_made(&t->repairs, id, t->now);

	if (times <= REPAIRS_FREE && !many)
		log_info("%s: %s", t->router->name, text);
	else
		log_debug("%s: %s", t->router->name, text);
	if (times == REPAIRS_FREE)
		log_warn("%s: %s: this change does not last, because somebody undoes it or the "
			 "driver ignores it; it is repeated at growing intervals",
			 t->router->name, text);
}

struct takeover_made takeover_count_made(const struct plan *plan, const int *errors)
{
	struct takeover_made made = {0};

	for (unsigned int i = 0; i < plan->count; i++) {
		made.count[plan->ops[i].kind] += !errors[i];
		made.failed[plan->ops[i].kind] += errors[i] && errors[i] != -ECANCELED;
	}
	return made;
}

static const char *name_many(enum plan_kind kind)
{
	switch (kind) {
	case PLAN_ADDRESS_ADD:
		return "addresses added";
	case PLAN_ADDRESS_DEL:
		return "addresses removed";
	case PLAN_ROUTE_REPLACE:
		return "routes set";
	case PLAN_ROUTE_DEL:
		return "routes removed";
	case PLAN_RULE_ADD:
		return "rules added";
	case PLAN_RULE_DEL:
		return "rules removed";
	case PLAN_LINK_UP:
	case PLAN_LINK_DOWN:
	case PLAN_SET_MAC:
	case PLAN_ANNOUNCE:
		break;
	}
	return NULL;
}

static bool is_many(unsigned int count, enum plan_kind kind)
{
	return count > TAKEOVER_LINES && name_many(kind);
}

void takeover_report_many(const struct takeover *t, const struct takeover_made *made)
{
	for (unsigned int kind = 0; kind < PLAN_KINDS; kind++)
		if (is_many(made->count[kind], kind))
			log_info("%s: %u %s", t->router->name, made->count[kind], name_many(kind));
}

void takeover_report(struct takeover *t, const struct plan_actual *actual, const struct plan_op *op,
		     int error, const struct takeover_made *made)
{
	char text[TAKEOVER_OP_TEXT], others[48] = "";
	uint32_t id = takeover_op_id(op, actual, text);
	bool many;

	if (!error) {
		report_made(t, id, text, is_many(made->count[op->kind], op->kind));
		return;
	}
	takeover_add_trouble(t, "failed", text, strerror(-error));
	many = is_many(made->failed[op->kind], op->kind);
	if (many)
		snprintf(others, sizeof(others), ", the first of %u such changes",
			 made->failed[op->kind]);
	id = many ? fnv32(FNV32_BASIS ^ (uint32_t)error, &op->kind, sizeof(op->kind))
		  : fnv32(FNV32_BASIS ^ (uint32_t)error, text, strlen(text));
	if (!takeover_said_before(t, id))
		log_err("%s: failed: %s%s: %s%s%s", t->router->name, text, others, strerror(-error),
			rtnl_error(t->interfaces->rtnl)[0] ? ": " : "",
			rtnl_error(t->interfaces->rtnl));
}
