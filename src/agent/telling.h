/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one virtual router tells: to the log, and to the history.
 */
#ifndef AGENT_TELLING_H
#define AGENT_TELLING_H

#include "core/config/config.h"
#include "core/vrrp/router.h"

/* Log a change of state. `why` is the reason of a failure, and is not used for any other change. */
void telling_log(const struct config_router *config, const struct vrrp_history *entry,
		 const char *why);

/* Add an entry to the history. It gets its number and the offset of the wall clock here. */
void telling_record(struct vrrp_history *history, struct vrrp_instance *instance,
		    const struct vrrp_history *entry);

/* Log what a ROUTER_SAY effect says. */
void telling_say(const struct config_router *config, const struct router *router,
		 const struct router_effect *effect);

/* Log what the record of an advert tells is odd about it. Each oddity is logged once; *said
 * remembers which ones were. */
void telling_oddities(const struct config_router *config, const struct vrrp_event *event,
		      uint8_t *said);

#endif
