/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks, for `doctor`, at what rtnetlink alone tells: the interfaces that the fence has to cover
 * beside the public ones, and whose ports the NICs are.
 */
#ifndef CLI_TOOLS_OTHERS_LOOK_H
#define CLI_TOOLS_OTHERS_LOOK_H

#include "cli/tools/doctor.h"

/* Fills in facts->others and what belongs to it, by facts->settings and facts->agent. What cannot
 * be told stays unknown. */
void others_look(const char *bpffs, struct doctor_facts *facts);

/* Fills in port_of of facts->nics, which stays empty where it cannot be told. */
void ports_look(struct doctor_facts *facts);

#endif
