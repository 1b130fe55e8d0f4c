// SPDX-License-Identifier: GPL-2.0-only
/*
 * The functions that plan and record a NIC, with each of their allocations refused once. Then a
 * function must return -ENOMEM and leak nothing, which the sanitizer checks. With none refused it
 * must succeed. Needs no root.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/nic/cover.h"
#include "core/nic/plan.h"
#include "core/nic/record.h"
#include "core/nic/repairs.h"
#include "plan_model.h"
#include "table.h"

#define ENOUGH 1000 /* more than any function here allocates */

/* ---- memory ---- */

static int granted = -1; /* so many allocations until one is refused; below 0: none is */
static bool refused;

static bool grant(void)
{
	bool refuses = granted == 0;

	refused |= refuses;
	if (granted >= 0)
		granted--;
	return !refuses;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	return grant() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return grant() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	return grant() ? __real_realloc(old, size) : NULL;
}

/* ---- the world ---- */

struct scene {
	const char *name, *config, *recorded, *nic;
};

#define ETH0 "link eth0 00:0c:82:ad:b3:29 perm 00:0c:82:ad:b3:29\n"
#define ETH1 "link eth1 02:00:00:00:00:01\n"
#define USER                                                                               \
	"public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\nmac 00:9f:a4:4c:3b:37\n" \
	"standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n"                   \
	"address 10.0.0.93/24 dev eth1\nroute 10.9.0.0/16 via 10.0.0.1\n"                  \
	"rule 42.51.67.93/32 table 100\naddress 42.51.67.94/24\nstandby-address fd00::93/64\n"
#define STANDBY                                                                    \
	ETH0 ETH1 "addr eth0 192.168.1.93/24\naddr eth0 fd00::93/64\n"             \
		  "addr eth0 192.168.1.99/24 secondary\naddr eth0 172.16.0.1/16\n" \
		  "route eth0 default via 192.168.1.1\nroute eth0 10.8.0.0/16 via 192.168.1.7\n"
/* More changes than a plan has room for at first. */
#define SIX(what) \
	what "1/24\n" what "2/24\n" what "3/24\n" what "4/24\n" what "5/24\n" what "6/24\n"
#define MANY SIX("address 10.1.0.") SIX("address 10.2.0.") SIX("address 10.3.0.")

static const struct scene scenes[] = {
	{"the users' set-up", USER, STANDBY, STANDBY},
	{"on a NIC that looks like a master's", USER, STANDBY,
	 "link eth0 00:9f:a4:4c:3b:37 perm 00:0c:82:ad:b3:29\n" ETH1
	 "addr eth0 42.51.67.93/24\naddr eth0 42.51.67.94/24 secondary\n"
	 "addr eth0 42.51.67.95/24 secondary\naddr eth1 10.0.0.93/24\n"
	 "route eth0 default via 42.51.67.1 proto 112\nroute eth0 10.8.0.0/16 via 42.51.67.7\n"},
	{"many addresses", "public eth0\n" MANY, ETH0, ETH0},
	{"the owner", "public eth0\npriority 255\naddress 192.168.1.93/24\n", ETH0, STANDBY},
};

struct world {
	struct config_router *router;
	struct plan_original original;
	struct plan_actual actual, before;
	struct plan_scene scene;
	struct plan plan; /* of the first role */
	int left;         /* allocations that the function under test is granted */
};

static void open_world(const struct scene *from, struct world *world)
{
	*world = (struct world){.router = model_router(from->config)};
	world->scene = (struct plan_scene){.router = world->router,
					   .actual = &world->actual,
					   .original = &world->original};
	model_parse(from->recorded, &world->actual);
	assert_int_equal(plan_record(&world->scene, &world->original), 0);
	assert_int_equal(plan_collect(&world->scene, &world->before), 0);
	plan_actual_free(&world->actual);
	model_parse(from->nic, &world->actual);
	assert_int_equal(takeover_plan(&world->scene, PLAN_MASTER, &world->plan), 0);
}

static void close_world(struct world *world)
{
	plan_free(&world->plan);
	plan_actual_free(&world->before);
	plan_actual_free(&world->actual);
	plan_original_free(&world->original);
	model_router_free(world->router);
}

/* Grant `call` as many allocations as world->left says, refuse the next one, and return its result.
 */
#define SHORT(world, call)               \
	({                               \
		int result_;             \
		refused = false;         \
		granted = (world)->left; \
		result_ = (call);        \
		granted = -1;            \
		result_;                 \
	})

/* ---- the functions: 0 or more, or -ENOMEM ---- */

static int plans(struct world *world, enum plan_role role)
{
	struct plan plan;
	int err = SHORT(world, takeover_plan(&world->scene, role, &plan));

	if (!err)
		plan_free(&plan);
	return err;
}

static int plan_for_master(struct world *world)
{
	return plans(world, PLAN_MASTER);
}

static int plan_for_backup(struct world *world)
{
	return plans(world, PLAN_BACKUP);
}

static int leaves(struct world *world)
{
	struct plan plan;
	int err = SHORT(world, plan_leave(&world->scene, "eth0", &plan));

	if (!err)
		plan_free(&plan);
	return err;
}

/* Without memory for an index, it looks through the whole list, and finds the same. */
static int restores(struct world *world)
{
	struct plan plan, whole;
	int err;

	assert_int_equal(plan_restore(&world->scene, PLAN_BACKUP, &world->before, &whole), 0);
	err = SHORT(world, plan_restore(&world->scene, PLAN_BACKUP, &world->before, &plan));
	if (!err) {
		assert_int_equal(plan.count, whole.count);
		plan_free(&plan);
	}
	plan_free(&whole);
	return refused && !err ? -ENOMEM : err;
}

static int collects(struct world *world)
{
	struct plan_actual all;
	int err = SHORT(world, plan_collect(&world->scene, &all));

	if (!err)
		plan_actual_free(&all);
	return err;
}

static int records(struct world *world)
{
	struct plan_original original;
	int err = SHORT(world, plan_record(&world->scene, &original));

	if (!err)
		plan_original_free(&original);
	return err;
}

static int records_more(struct world *world)
{
	struct plan_original none = {.valid = true};
	int err = SHORT(world, plan_record_more(&world->scene, &world->plan, &none));

	plan_original_free(&none);
	return err;
}

static int records_owned(struct world *world)
{
	return SHORT(world, plan_record_owned(&world->scene, &world->plan, &world->original));
}

static int records_placed(struct world *world)
{
	struct plan_original none = {.valid = true};
	int err = SHORT(world, plan_record_placed(&world->scene, &none));

	plan_original_free(&none);
	return err;
}

static int merges(struct world *world)
{
	struct plan_original into = {.valid = true};
	int err = SHORT(world, plan_record_merge(&into, &world->original));

	plan_original_free(&into);
	return err;
}

static int makes_router(struct world *world)
{
	struct config_router router;
	int err =
		SHORT(world, plan_router(&world->original, "web", "eth0", &world->actual, &router));

	if (!err)
		plan_router_free(&router);
	return err;
}

static int indexes(struct world *world)
{
	int err = SHORT(world, plan_index(&world->actual));

	plan_index_free(&world->actual);
	return err;
}

/* Where nobody can tell, it disturbs. */
static int disturbs(struct world *world)
{
	bool does = SHORT(world, plan_disturbs(&world->scene, &world->plan));

	return refused && does ? -ENOMEM : 0;
}

static int covers(struct world *world)
{
	const struct config config = {.routers = world->router, .router_count = 1};
	enum cover *list;
	int err = SHORT(world, cover_links(&config, &world->actual, &list));

	if (!err)
		free(list);
	return err;
}

/* Without memory for it, a change that was made for the second time counts as the first. */
static int repairs(struct world *world)
{
	struct repairs list = {0};
	const struct monotime now = {1};
	int times = SHORT(world, (int)(repairs_made(&list, 1, now) + repairs_made(&list, 1, now)));

	repairs_free(&list);
	assert_int_equal(times, refused ? 2 : 3);
	return refused ? -ENOMEM : 0;
}

static const struct {
	const char *name;
	int (*call)(struct world *world);
} functions[] = {
	{"takeover_plan, MASTER", plan_for_master},
	{"takeover_plan, BACKUP", plan_for_backup},
	{"plan_leave", leaves},
	{"plan_restore", restores},
	{"plan_collect", collects},
	{"plan_record", records},
	{"plan_record_more", records_more},
	{"plan_record_owned", records_owned},
	{"plan_record_placed", records_placed},
	{"plan_record_merge", merges},
	{"plan_router", makes_router},
	{"plan_index", indexes},
	{"plan_disturbs", disturbs},
	{"cover_links", covers},
	{"repairs_made", repairs},
};

static unsigned int refusals[COUNT(functions)]; /* in all scenes */

static void test_scene(void **state)
{
	const struct scene *scene = *state;

	for (size_t i = 0; i < COUNT(functions); i++) {
		refused = true;
		for (int left = 0; refused; left++) {
			struct world world;
			int result;

			assert_true(left < ENOUGH);
			open_world(scene, &world);
			world.left = left;
			result = functions[i].call(&world);
			if (refused ? result != -ENOMEM : result < 0)
				fail_msg("%s: %d allocations granted, and it returns %d",
					 functions[i].name, left, result);
			refusals[i] += refused;
			close_world(&world);
		}
	}
}

/* No function was spared. */
static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(functions); i++)
		if (!refusals[i])
			fail_msg("%s never allocated", functions[i].name);
}

int main(void)
{
	table_rows(NULL, scenes, name, test_scene);
	table_test(test_refusals);
	return table_run("no memory");
}
