// SPDX-License-Identifier: GPL-2.0-only
#include "plan_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_model.h"

void stage_record(const char *config, const char *nic, struct plan_original *ret_original)
{
	struct config_router *router = model_router(config);
	struct plan_actual actual;

	model_parse(nic, &actual);
	assert_int_equal(plan_record(&(struct plan_scene){.router = router, .actual = &actual},
				     ret_original),
			 0);
	plan_actual_free(&actual);
	model_router_free(router);
}

void set_stage(const struct row *row, struct stage *stage)
{
	const char *recorded = row->recorded ? row->recorded : row->nic;
	unsigned int count = 0;

	*stage = (struct stage){0};
	stage->router = model_router(row->config);
	model_parse(row->nic, &stage->actual);
	for (; count < 2 && row->others[count].config; count++) {
		const struct other_row *other = &row->others[count];

		stage->other_routers[count] = model_router(other->config);
		if (other->recorded)
			stage_record(other->config, other->recorded,
				     &stage->other_originals[count]);
		stage->others = realloc(stage->others, (count + 1) * sizeof(*stage->others));
		assert_non_null(stage->others);
		stage->others[count] =
			(struct plan_other){stage->other_routers[count],
					    other->recorded ? &stage->other_originals[count] : NULL,
					    other->role};
	}
	if (recorded[0])
		stage_record(row->recorded_by ? row->recorded_by : row->config, recorded,
			     &stage->original);
	stage->scene = (struct plan_scene){
		.router = stage->router,
		.actual = &stage->actual,
		.original = &stage->original,
		.others = stage->others,
		.other_count = count,
	};
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

void assert_nic(const struct plan_actual *actual, const char *expected)
{
	struct plan_actual wanted;
	char *is, *should;

	model_parse(expected, &wanted);
	is = model_text(actual);
	should = model_text(&wanted);
	assert_string_equal(is, should);
	free(is);
	free(should);
	plan_actual_free(&wanted);
}
