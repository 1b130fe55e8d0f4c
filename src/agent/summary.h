/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of all routers in one line, for `systemctl status`. A few routers are named; if there
 * are more, it says how many are in each state.
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
	uint64_t seen; /* a digest of the states in the last line; 0: there was none */
};

/* Call it after every wake-up. Returns whether the state of any router has changed since the last
 * time; if so, ret_line is the new line. */
bool summary_changed(struct summary *summary, const struct config *config,
		     struct runner *const *runners, unsigned int count, struct monotime now,
		     char ret_line[SUMMARY_LINE]);

/* The line could not be delivered: the next call is to give it again. */
void summary_again(struct summary *summary);

#endif
