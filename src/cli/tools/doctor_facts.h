/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Collects the facts about this host for the doctor. It reads, and asks for the peers' addresses by
 * ARP. It changes nothing and never disturbs a running agent.
 */
#ifndef CLI_TOOLS_DOCTOR_FACTS_H
#define CLI_TOOLS_DOCTOR_FACTS_H

#include "cli/cli.h"
#include "cli/tools/doctor.h"

struct doctor_request {
	const char *config;   /* path */
	const char *root;     /* where etc and run are looked at; "" is this host */
	char *const *ifnames; /* of them alone; none: all that are configured or attached */
	unsigned int ifname_count;
};

/* Returns the facts, which the caller frees by doctor_forget(), or NULL if there is no memory. */
struct doctor_facts *doctor_look(const struct cli *cli, const struct doctor_request *request);
void doctor_forget(struct doctor_facts *facts);

#endif
