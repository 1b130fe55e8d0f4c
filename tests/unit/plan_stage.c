// SPDX-License-Identifier: GPL-2.0-only
#include "plan_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_model.h"

#define CROWD                                                                              \
	"link eth9 02:00:00:00:00:99\n"                                                    \
	"addr eth9 42.51.67.201/24\naddr eth9 42.51.67.202/24 secondary\n"                 \
	"addr eth9 192.168.1.201/24\naddr eth9 2001:db8::201/64\naddr eth9 fd00::201/64\n" \
	"route eth9 10.200.0.0/16 via 42.51.67.9\n"                                        \
	"route eth9 default via 42.51.67.1 table 99\n"                                     \
	"route eth9 default via 2001:db8::1 table 99\n"                                    \
	"route - 10.201.0.0/16 blackhole\nrule 10.202.0.0/16 table 99 priority 7\n"

void stage_parse(const char *nic, enum crowd crowd, struct plan_actual *ret_actual)
{
	char text[4096];
	int length = snprintf(text, sizeof(text), "%s%s%s", crowd == CROWD_BEFORE ? CROWD : "", nic,
			      crowd == CROWD_BEHIND ? CROWD : "");

	assert_true(length < (int)sizeof(text));
	model_parse(text, ret_actual);
}

static void add_other(struct stage *stage, const struct config_router *router,
		      const struct plan_original *original, enum plan_role role)
{
	unsigned int count = stage->scene.other_count++;

	stage->others = realloc(stage->others, (count + 1) * sizeof(*stage->others));
	assert_non_null(stage->others);
	stage->others[count] = (struct plan_other){router, original, role};
	stage->scene.others = stage->others;
}

static void record_in(const char *config, const char *nic, enum crowd crowd,
		      struct plan_original *ret_original)
{
	struct config_router *router = model_router(config);
	struct plan_actual actual;

	stage_parse(nic, crowd, &actual);
	assert_int_equal(plan_record(&(struct plan_scene){.router = router, .actual = &actual},
				     ret_original),
			 0);
	plan_actual_free(&actual);
	model_router_free(router);
}

void stage_record(const char *config, const char *nic, struct plan_original *ret_original)
{
	record_in(config, nic, CROWD_NONE, ret_original);
}

void set_stage(const struct row *row, enum crowd crowd, struct stage *stage)
{
	const char *recorded = row->recorded ? row->recorded : row->nic;

	*stage = (struct stage){.router = model_router(row->config), .crowd = crowd};
	stage_parse(row->nic, crowd, &stage->actual);
	stage->scene = (struct plan_scene){
		.router = stage->router,
		.actual = &stage->actual,
		.original = &stage->original,
	};
	if (crowd != CROWD_BEFORE)
		add_other(stage, stage->router, &stage->original, row->role);
	for (unsigned int i = 0; i < 2 && row->others[i].config; i++) {
		const struct other_row *other = &row->others[i];
		struct plan_original *original = NULL;

		stage->other_routers[i] = model_router(other->config);
		if (other->recorded) {
			original = &stage->other_originals[i];
			record_in(other->config, other->recorded, crowd, original);
		}
		add_other(stage, stage->other_routers[i], original, other->role);
	}
	if (crowd == CROWD_BEFORE)
		add_other(stage, stage->router, &stage->original, row->role);
	if (recorded[0])
		record_in(row->recorded_by ? row->recorded_by : row->config, recorded, crowd,
			  &stage->original);
}

void clear_stage(struct stage *stage)
{
	for (unsigned int i = 0; i < 2; i++) {
		model_router_free(stage->other_routers[i]);
		plan_original_free(&stage->other_originals[i]);
	}
	free(stage->others);
	model_router_free(stage->router);
	plan_original_free(&stage->original);
	plan_actual_free(&stage->actual);
}

char *ops_text(const struct plan *plan, const struct plan_actual *actual)
{
	char *text = calloc(plan->count + 1, 256);

	for (unsigned int i = 0; i < plan->count; i++) {
		char line[256];

		plan_format(&plan->ops[i], actual, line, sizeof(line));
		strcat(text, line);
		strcat(text, "\n");
	}
	return text;
}

void stage_look(struct stage *stage)
{
	plan_index_free(&stage->actual);
	if (stage->indexed)
		assert_int_equal(plan_index(&stage->actual), 0);
}

void settle(struct stage *stage, enum plan_role role, bool promote)
{
	struct plan_actual before;
	unsigned int passes = 0, changes;

	for (unsigned int i = 0; i < stage->scene.other_count; i++)
		if (stage->others[i].router == stage->router)
			stage->others[i].role = role;
	assert_int_equal(plan_collect(&stage->scene, &before), 0);
	do {
		struct plan plan, lost;

		changes = 0;
		stage_look(stage);
		assert_int_equal(takeover_plan(&stage->scene, role, &plan), 0);
		if (role == PLAN_MASTER)
			assert_true(plan_record_more(&stage->scene, &plan, &stage->original) >= 0);
		else
			assert_true(plan_record_owned(&stage->scene, &plan, &stage->original) >= 0);
		assert_int_equal(plan_restore(&stage->scene, role, &before, &lost), 0);
		for (unsigned int i = 0; i < plan.count; i++) {
			changes += plan.ops[i].kind != PLAN_ANNOUNCE;
			model_apply(&stage->actual, &plan.ops[i], promote);
		}
		/* What the first plan takes away is known in the second pass only. */
		for (unsigned int i = 0; passes > 0 && i < lost.count; i++) {
			changes++;
			model_apply(&stage->actual, &lost.ops[i], promote);
		}
		plan_free(&plan);
		plan_free(&lost);
		assert_true(++passes <= 6);
	} while (changes);
	plan_actual_free(&before);
}

static void assert_among(const struct plan_actual *actual, const char *expected, enum crowd crowd)
{
	struct plan_actual wanted;
	char *is, *should;

	stage_parse(expected, crowd, &wanted);
	is = model_text(actual);
	should = model_text(&wanted);
	assert_string_equal(is, should);
	free(is);
	free(should);
	plan_actual_free(&wanted);
}

void assert_nic(const struct plan_actual *actual, const char *expected)
{
	assert_among(actual, expected, CROWD_NONE);
}

void assert_stage(const struct stage *stage, const char *expected)
{
	assert_among(&stage->actual, expected, stage->crowd);
}
