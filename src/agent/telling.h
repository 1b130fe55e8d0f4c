/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one virtual router tells: to the log, and to the history.
 */
#ifndef AGENT_TELLING_H
#define AGENT_TELLING_H

#include "core/config/config.h"
#include "core/vrrp/router.h"

/* A change of state. why: of a failure, else not looked at. */
void telling_log(const struct config_router *config, const struct vrrp_instance *instance,
		 const struct vrrp_history *entry, const char *why);

/* One more entry of the history, with its number and the wall clock's offset. */
void telling_record(struct vrrp_history *history, struct vrrp_instance *instance,
		    const struct vrrp_history *entry);

/* A line to the log. */
void telling_say(const struct config_router *config, const struct router *router,
		 const struct router_effect *effect);

/* What is odd about an advert, as told by its record; once each, so *said remembers. */
void telling_oddities(const struct config_router *config, const struct vrrp_event *event,
		      uint8_t *said);

#endif
