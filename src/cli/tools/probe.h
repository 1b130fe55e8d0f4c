/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds out what this kernel lets us do by doing it: the programs of this build are loaded, and
 * attached to the loopback device of a network namespace that is made for this purpose, in a
 * process of its own. Nothing is left behind.
 */
#ifndef CLI_TOOLS_PROBE_H
#define CLI_TOOLS_PROBE_H

#include "cli/tools/doctor.h"

/* Takes up to ten seconds, and usually a fraction of one. What could not be tried is left as "not
 * tried". */
void probe_kernel(struct doctor_kernel *ret_kernel);

#endif
