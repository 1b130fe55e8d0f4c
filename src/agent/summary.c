/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Depends on runners as agent/runner.h shows them; knows no service manager.
 */
#include "agent/summary.h"

#include <stdio.h>

#include "agent/runner.h"
#include "core/fnv.h"
#include "core/names.h"

#define BY_NAME_MAX 4
#define STATES      (VRRP_STATE_FAULT + 1)

static enum vrrp_state state_of(const struct runner *runner)
{
	return runner_router(runner)->fsm.state;
}

static const char *lease_of(const struct runner *runner, struct monotime now)
{
	const struct router *router = runner_router(runner);

	if (state_of(runner) != VRRP_STATE_MASTER)
		return "";
	if (!router_may_own(router, now))
		return " without a lease";
	if (router->handover.runs)
		return " with the lease, handing over";
	return router_awaits_order(router) ? " with the lease, before-backup runs"
					   : " with the lease";
}

static void by_name(const struct config *config, struct runner *const *runners, unsigned int count,
		    struct monotime now, char *line, size_t size)
{
	size_t at = 0;

	for (unsigned int i = 0; i < count && at < size; i++) {
		at += (size_t)snprintf(line + at, size - at, "%s%s: %s%s", i ? ", " : "",
				       config->routers[i].name, name_state(state_of(runners[i])),
				       lease_of(runners[i], now));
	}
}

static void by_number(struct runner *const *runners, unsigned int count, struct monotime now,
		      char *line, size_t size)
{
	unsigned int of[STATES] = {0}, leases = 0, leaving = 0;
	size_t at = 0;

	for (unsigned int i = 0; i < count; i++) {
		of[state_of(runners[i])]++;
		leases += router_may_own(runner_router(runners[i]), now);
		leaving += router_is_leaving(runner_router(runners[i]));
	}
	for (unsigned int state = 0; state < STATES && at < size; state++) {
		if (of[state])
			at += (size_t)snprintf(line + at, size - at, "%u %s, ", of[state],
					       name_state(state));
	}
	if (at < size)
		at += (size_t)snprintf(line + at, size - at, "%u with a lease", leases);
	if (leaving && at < size)
		snprintf(line + at, size - at, ", %u leaving", leaving);
}

bool summary_changed(struct summary *summary, const struct config *config,
		     struct runner *const *runners, unsigned int count, struct monotime now,
		     char ret_line[SUMMARY_LINE])
{
	uint64_t seen = FNV64_BASIS;

	for (unsigned int i = 0; i < count; i++) {
		const struct router *router = runner_router(runners[i]);
		const uint8_t one[] = {(uint8_t)state_of(runners[i]), router_may_own(router, now),
				       router->handover.runs, router_awaits_order(router)};

		seen = fnv64(seen, one, sizeof(one));
	}
	if (seen == summary->seen)
		return false;
	summary->seen = seen;
	ret_line[0] = '\0';
	if (count <= BY_NAME_MAX)
		by_name(config, runners, count, now, ret_line, SUMMARY_LINE);
	else
		by_number(runners, count, now, ret_line, SUMMARY_LINE);
	return true;
}

void summary_again(struct summary *summary)
{
	summary->seen = 0;
}
