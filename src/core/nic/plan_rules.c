// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of the policy database that a MASTER has, and their end. Depends on core/. A rule is
 * never displaced, so nothing of it is recorded but that it was made.
 */
#include "core/nic/plan_internal.h"

static bool has_rule(const struct plan_actual *actual, const struct config_rule *rule)
{
	for (unsigned int i = 0; i < actual->rule_count; i++)
		if (!actual->rules[i].other && rule_same(&actual->rules[i].rule, rule))
			return true;
	return false;
}

void put_rules(struct builder *builder, const struct plan_scene *scene)
{
	const struct config_router *router = scene->router;

	for (unsigned int i = 0; i < router->rule_count; i++)
		if (!has_rule(scene->actual, &router->rules[i]))
			add_rule(builder, PLAN_RULE_ADD, &router->rules[i]);
}

void drop_rules(struct builder *builder, const struct plan_scene *scene, enum plan_role role)
{
	for (unsigned int i = 0; i < scene->actual->rule_count; i++) {
		const struct plan_rule *have = &scene->actual->rules[i];
		bool configured = router_has_rule(scene->router, &have->rule);

		if (have->other || have->protocol != PLAN_ROUTE_PROTOCOL ||
		    (configured ? role == PLAN_MASTER : !is_placed_rule(scene, &have->rule)) ||
		    other_master_wants_rule(scene, &have->rule))
			continue;
		add_rule(builder, PLAN_RULE_DEL, &have->rule);
	}
}
