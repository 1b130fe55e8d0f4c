/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which chains of the firewall drop what no rule accepts, and whether their rules let VRRP, ARP and
 * neighbour discovery in, as nft and iptables list them.
 */
#ifndef CLI_TOOLS_FIREWALL_H
#define CLI_TOOLS_FIREWALL_H

#include "cli/tools/doctor.h"

/* Ask nft, and iptables if it has tables of its own. Fills in facts->firewall and the chains. */
void firewall_look(struct doctor_facts *facts);

/* The parsers of the two languages, for tests. A rule counts for every chain of its table, because
 * chains jump to each other. A rule whose conditions cannot be judged counts as one that accepts.
 * Chains for which there is no room are left out. firewall_parse_nft() returns 0, or -EINVAL if the
 * text is no ruleset. */
int firewall_parse_nft(const char *json, struct doctor_facts *facts);
void firewall_parse_iptables(const char *family, char *text, struct doctor_facts *facts);

#endif
