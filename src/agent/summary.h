/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the routers stand, in one line for `systemctl status`: a few by name, more by number.
 */
#ifndef AGENT_SUMMARY_H
#define AGENT_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/monotime.h"

#define SUMMARY_LINE 256

struct runner;

struct summary {
	uint64_t seen; /* 0: nothing yet */
};

/* After every wake-up: does any router stand otherwise than the last time? Then the line says how.
 */
bool summary_changed(struct summary *summary, const struct config *config,
		     struct runner *const *runners, unsigned int count, struct monotime now,
		     char ret_line[SUMMARY_LINE]);

/* It was not heard: the next call says it again. */
void summary_again(struct summary *summary);

#endif
