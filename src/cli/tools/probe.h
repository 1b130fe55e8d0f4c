/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What this kernel lets us do, by doing it: the very programs of this build are loaded, and
 * attached to the loopback device of a network namespace that is made for it, in a process of its
 * own. What that leaves behind is nothing.
 */
#ifndef CLI_TOOLS_PROBE_H
#define CLI_TOOLS_PROBE_H

#include "cli/tools/doctor.h"

/* Up to ten seconds; usually a fraction of one. What could not be tried is left as "not tried". */
void probe_kernel(struct doctor_kernel *ret_kernel);

#endif
