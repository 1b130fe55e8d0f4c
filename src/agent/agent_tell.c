/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the whole agent tells at the end of a wake-up: a line to the service manager, and a file
 * for `status`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent_internal.h"
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

void agent_tell(struct agent *agent, struct monotime now)
{
	tell_status(agent, now);
	tell_remarks(agent);
}
