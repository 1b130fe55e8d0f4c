// SPDX-License-Identifier: GPL-2.0-only
/*
 * The plan of a router with as many addresses as one may have, in every step of a takeover, and on
 * the way back: its lists are found by their index then. What the plan says is in test_plan.c.
 * Needs no root and no network.
 */
#include <linux/if_addr.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/nic/plan.h"
#include "table.h"

#define MANY CONFIG_MAX_ADDRESSES

/* Of the shared addresses. */
struct shape {
	const char *name;
	uint8_t family, plen;
	uint8_t shift; /* networks are so many bits apart */
};

static const struct shape shapes[] = {
	{"IPv4, hosts", 4, 32, 0},
	{"IPv4, all in one network", 4, 16, 0},
	{"IPv4, a network each", 4, 30, 2},
	{"IPv6, hosts", 6, 128, 0},
	{"IPv6, all in one network", 6, 64, 0},
};

struct world {
	struct config_router router;
	struct plan_actual actual;
	struct plan_original original;
	struct plan_scene scene;
};

static struct config_prefix shared(const struct shape *shape, unsigned int n)
{
	struct config_prefix prefix = {.family = shape->family, .plen = shape->plen};
	unsigned int at = (n << shape->shift) + 1;
	uint8_t *b = prefix.addr.b + (shape->family == 4 ? 0 : 12);

	memcpy(prefix.addr.b, shape->family == 4 ? "\x0a\x09" : "\x20\x01\x0d\xb8", 2);
	b[2] = (uint8_t)(at >> 8);
	b[3] = (uint8_t)at;
	return prefix;
}

static void open_world(struct world *w, const struct shape *shape)
{
	*w = (struct world){.router = {.public = "eth0", .priority = 100, .address_count = MANY}};
	w->router.addresses = calloc(MANY, sizeof(*w->router.addresses));
	w->actual.links = calloc(1, sizeof(*w->actual.links));
	w->actual.addresses = calloc(MANY, sizeof(*w->actual.addresses));
	for (unsigned int i = 0; i < MANY; i++)
		w->router.addresses[i] = shared(shape, i);
	w->actual.links[0] = (struct plan_link){.ifindex = 2, .name = "eth0", .up = true};
	w->actual.link_count = 1;
	w->scene = (struct plan_scene){.router = &w->router,
				       .actual = &w->actual,
				       .original = &w->original};
	assert_int_equal(plan_index(&w->actual), 0);
	assert_int_equal(plan_record(&w->scene, &w->original), 0);
	assert_int_equal(w->original.placed_address_count, MANY);
}

static void close_world(struct world *w)
{
	plan_original_free(&w->original);
	plan_actual_free(&w->actual);
	free(w->router.addresses);
}

static unsigned int count_ops(const struct plan *plan, enum plan_kind kind)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < plan->count; i++)
		count += plan->ops[i].kind == kind;
	return count;
}

/* As the kernel has them then: in one network, all but the first are secondaries. */
static void take_all(struct world *w, const struct shape *shape, const struct plan *plan)
{
	bool one_network = shape->family == 4 && shape->plen == 16;

	for (unsigned int i = 0; i < plan->count; i++) {
		unsigned int n = w->actual.address_count;

		if (plan->ops[i].kind != PLAN_ADDRESS_ADD)
			continue;
		w->actual.addresses[n] = plan->ops[i].address;
		w->actual.addresses[n].secondary = one_network && n;
		w->actual.address_count++;
	}
	assert_int_equal(plan_index(&w->actual), 0);
}

/* Once from BACKUP to MASTER and back. */
static void take_over(void **state)
{
	const struct shape *shape = *state;
	struct plan plan, lost;
	struct plan_actual before;
	struct world w;

	open_world(&w, shape);
	assert_int_equal(takeover_plan(&w.scene, PLAN_MASTER, &plan), 0);
	assert_int_equal(count_ops(&plan, PLAN_ADDRESS_ADD), MANY);
	assert_int_equal(plan_record_placed(&w.scene, &w.original), 0);
	assert_false(plan_disturbs(&w.scene, &plan));
	take_all(&w, shape, &plan);
	plan_free(&plan);
	/* All is there. */
	assert_int_equal(takeover_plan(&w.scene, PLAN_MASTER, &plan), 0);
	assert_int_equal(plan.count, 1);
	plan_free(&plan);
	/* And off again. */
	assert_int_equal(takeover_plan(&w.scene, PLAN_BACKUP, &plan), 0);
	assert_int_equal(count_ops(&plan, PLAN_ADDRESS_DEL), MANY);
	assert_int_equal(plan_record_owned(&w.scene, &plan, &w.original), 0);
	plan_disturbs(&w.scene, &plan);
	assert_int_equal(plan_collect(&w.scene, &before), 0);
	w.actual.address_count = 0;
	assert_int_equal(plan_index(&w.actual), 0);
	assert_int_equal(plan_restore(&w.scene, PLAN_BACKUP, &before, &lost), 0);
	assert_int_equal(lost.count, 0);
	plan_free(&plan);
	plan_free(&lost);
	plan_actual_free(&before);
	close_world(&w);
}

int main(void)
{
	table_rows(NULL, shapes, name, take_over);
	return table_run("plan many");
}
