/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks, for `doctor`, at what rtnetlink alone tells: the interfaces that the fence has to cover
 * beside the public ones, and whose ports the NICs are.
 */
#ifndef CLI_TOOLS_OTHERS_LOOK_H
#define CLI_TOOLS_OTHERS_LOOK_H

#include "cli/tools/doctor.h"

/* Fills in port_of of facts->nics; and, if `others` is set, facts->others and what belongs to it,
 * by facts->settings and facts->agent. What cannot be told stays empty, or unknown. */
void links_look(const char *bpffs, bool others, struct doctor_facts *facts);

#endif
