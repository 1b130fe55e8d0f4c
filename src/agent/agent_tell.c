/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the whole agent tells at the end of a wake-up: a line to the service manager, and a file
 * for `status`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent_internal.h"
#include "core/address.h"
#include "sys/host/remarks.h"

static void tell_status(struct agent *agent, struct monotime now)
{
	char line[SUMMARY_LINE];

	if (service_listens(&agent->service) &&
	    summary_changed(&agent->summary, agent->config, agent->runners, agent->opened, now,
			    line) &&
	    !service_status(&agent->service, line))
		summary_again(&agent->summary);
}

/* `status` shows these texts, for which the maps have no room. The file is written only when they
 * have changed. */
static void tell_remarks(struct agent *agent)
{
	bool any = false;
	char *lines = NULL;
	size_t length;
	FILE *out;

	for (unsigned int i = 0; i < agent->opened; i++)
		any |= runner_remarks(agent->runners[i]);
	out = any ? open_memstream(&lines, &length) : NULL;
	if (!out)
		return;
	for (unsigned int i = 0; i < agent->opened; i++)
		runner_remark(agent->runners[i], out);
	if (fclose(out) || (agent->remarks && !strcmp(lines, agent->remarks)) ||
	    remarks_write(agent->options->run_dir, lines)) {
		free(lines);
		return;
	}
	free(agent->remarks);
	agent->remarks = lines;
}

/* What became of a handover, for who waits at the control socket. */
static void format_end(const struct router *router, char line[CONTROL_LINE])
{
	const struct handover *handover = &router->handover;
	int64_t took_ms = handover->took_ns / NS_PER_MS;
	char heir[ADDRESS_TEXT];

	switch ((enum handover_end)handover->end) {
	case HANDOVER_TAKEN:
		snprintf(line, CONTROL_LINE, CONTROL_TAKEN "%s %u %" PRId64,
			 address_format(router->config->family, &handover->heir, heir),
			 handover->heir_priority, took_ms);
		return;
	case HANDOVER_NO_HEIR:
		snprintf(line, CONTROL_LINE, CONTROL_STAYS "%" PRId64, took_ms);
		return;
	case HANDOVER_RESUMED:
		snprintf(line, CONTROL_LINE, CONTROL_ENDED "it was told to resume");
		return;
	case HANDOVER_REFUSED:
		snprintf(line, CONTROL_LINE,
			 CONTROL_ENDED
			 "before-backup has failed and is strict; this host is still MASTER");
		return;
	case HANDOVER_NONE: /* it had to wait for before-backup alone */
		snprintf(line, CONTROL_LINE, "ok");
		return;
	case HANDOVER_CUT:
		break;
	}
	snprintf(line, CONTROL_LINE,
		 CONTROL_ENDED "it has let go, and no other router had taken over");
}

static void tell_handovers(struct agent *agent)
{
	const struct runner *runner;
	char line[CONTROL_LINE];
	unsigned int cursor = 0;

	while ((runner = control_awaited(agent->control, &cursor))) {
		if (groups_leaving(agent->groups, runner))
			continue;
		format_end(groups_result(agent->groups, runner), line);
		control_tell(agent->control, runner, line);
	}
}

void agent_tell(struct agent *agent, struct monotime now)
{
	tell_handovers(agent);
	tell_status(agent, now);
	tell_remarks(agent);
}
