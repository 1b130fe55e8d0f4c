/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log lines for what a router does. Decides nothing.
 */
#include "agent/telling.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "agent/loop.h"
#include "core/address.h"
#include "core/names.h"
#include "sys/host/log.h"

/* The ID of every log line that tells a change of state: `journalctl MESSAGE_ID=` finds them
 * all. */
#define TRANSITION_ID "3cacb4e6e2804b9ab82d6f45dc18ad96"

#define WHY_TEXT 160

/* The master is the one of that moment: by now, the router may know another one, or none. */
static const char *why_text(const struct config_router *config, const struct vrrp_history *entry,
			    const char *failure, char text[WHY_TEXT])
{
	enum vrrp_cause cause = entry->cause;
	char from[ADDRESS_TEXT];

	if (cause == VRRP_CAUSE_FAILED || cause == VRRP_CAUSE_RESIGNED)
		return failure;
	if (cause != VRRP_CAUSE_HIGHER_PRIORITY && cause != VRRP_CAUSE_HIGHER_ADDRESS &&
	    cause != VRRP_CAUSE_HANDED_OVER)
		return name_cause(cause);
	snprintf(text, WHY_TEXT, "%s %s %s (priority %u)", name_cause(cause),
		 cause == VRRP_CAUSE_HANDED_OVER ? "to" : "from",
		 address_format(config->family, &entry->peer, from), entry->peer_priority);
	return text;
}

void telling_log(const struct config_router *config, const struct vrrp_history *entry,
		 const char *failure)
{
	const char *from = name_state_upper(entry->from), *to = name_state_upper(entry->to);
	char text[WHY_TEXT], vrid[sizeof("255")];
	const char *why = why_text(config, entry, failure, text);
	const struct journal_field fields[] = {
		{"MESSAGE_ID", TRANSITION_ID}, {"VRRP_XDP_ROUTER", config->name},
		{"VRRP_XDP_VRID", vrid},       {"VRRP_XDP_FROM", from},
		{"VRRP_XDP_STATE", to},        {"VRRP_XDP_CAUSE", why},
	};

	snprintf(vrid, sizeof(vrid), "%u", config->vrid);
	log_fields(entry->cause == VRRP_CAUSE_FAILED ? LOG_WARNING : LOG_INFO, fields,
		   sizeof(fields) / sizeof(fields[0]), "%s: %s -> %s: %s", config->name, from, to,
		   why);
}

void telling_record(struct vrrp_history *history, struct vrrp_instance *instance,
		    const struct vrrp_history *entry)
{
	struct vrrp_history *newest = NULL, *slot;
	uint64_t seq = 1;

	for (unsigned int i = 0; i < VRRP_MAX_HISTORY; i++) {
		if (history[i].seq && (!newest || history[i].seq > newest->seq))
			newest = &history[i];
	}
	if (newest)
		seq = newest->seq + 1;
	slot = &history[seq % VRRP_MAX_HISTORY];
	__atomic_store_n(&slot->seq, 0, __ATOMIC_RELEASE);
	memcpy((char *)slot + sizeof(slot->seq), (const char *)entry + sizeof(entry->seq),
	       sizeof(*slot) - sizeof(slot->seq));
	slot->wall_offset_ns = loop_wall_offset_ns();
	__atomic_store_n(&slot->seq, seq, __ATOMIC_RELEASE);

	instance->report.transitions++;
}

void telling_say(const struct config_router *config, const struct router *router,
		 const struct router_effect *effect)
{
	const char *name = config->name;

	switch (effect->saying) {
	case ROUTER_SAYS_PREPARED:
		log_debug("%s: prepared behind the fence", name);
		break;
	case ROUTER_SAYS_PUT_BACK:
		log_info("%s: the master is heard again; the prepared changes of %s were undone",
			 name, config->public);
		break;
	case ROUTER_SAYS_HELD:
		log_warn("%s: does not take over yet: %s", name,
			 name_hold((enum vrrp_hold)effect->number));
		break;
	case ROUTER_SAYS_DEAF:
		log_warn("%s: waited %.1f ms, because the kernel thread that serves the queue of a "
			 "heartbeat interface gets no CPU; now it takes over",
			 name, (double)effect->number / 1e6);
		break;
	case ROUTER_SAYS_RESUMED:
		log_warn("%s: the agent was held up, and the lease ended %.1f ms ago. No other "
			 "master was heard: the router stays MASTER, and owns the address again "
			 "after an interval of silence",
			 name, (double)effect->number / 1e6);
		break;
	case ROUTER_SAYS_PRIORITY:
		log_info("%s: priority %u -> %u", name, (unsigned int)effect->number,
			 router->fsm.config.priority);
		break;
	case ROUTER_SAYS_GATEWAY:
		log_warn("%s: the gateway does not answer: priority 1 until it does", name);
		break;
	case ROUTER_SAYS_NO_PREEMPT:
		if (effect->number == 2)
			log_info("%s: preempts nobody until before-master has ended well", name);
		else if (effect->number)
			log_info("%s: preempts nobody until it has sent an advert", name);
		else
			log_info("%s: preempts nobody until %s has carried an address", name,
				 config->public);
		break;
	case ROUTER_SAYS_RIVALS:
		log_warn("%s: another host on %s uses the shared address or MAC (%" PRId64
			 " frames): announcing again",
			 name, config->public, effect->number);
		break;
	case ROUTER_SAYS_PATH_SILENT:
		log_warn("%s: heartbeat %s is dead: the master is heard on another interface only",
			 name, config->heartbeat[effect->number]);
		break;
	case ROUTER_SAYS_PATH_SPEAKS:
		log_info("%s: heartbeat %s is alive again", name,
			 config->heartbeat[effect->number]);
		break;
	case ROUTER_SAYS_REFUSED:
		log_warn("%s: before-backup has failed and is strict; the router does not resign, "
			 "and stays MASTER",
			 name);
		break;
	case ROUTER_SAYS_HANDS_OVER:
		log_info("%s: handing over: keeps the address and advertises priority 1 until "
			 "another router takes over, for %.1f s at most",
			 name, (double)effect->number / 1e9);
		break;
	case ROUTER_SAYS_ALONE:
		log_info("%s: no other router was heard since this one became MASTER; it releases "
			 "the address at once",
			 name);
		break;
	case ROUTER_SAYS_NO_HEIR:
		log_warn("%s: no other router has taken over within %.1f s: %s", name,
			 (double)effect->number / 1e9,
			 router->handover.stops ? "releases the address" : "stays MASTER");
		break;
	}
}

void telling_oddities(const struct config_router *config, const struct vrrp_event *event,
		      uint8_t *said)
{
	const struct vrrp_advert *advert = &event->advert;
	uint8_t news = event->notes & (uint8_t) ~*said;
	char source[ADDRESS_TEXT];

	*said |= news;
	if (news & 1 << VRRP_NOTE_INTERVAL_LEARNED)
		log_warn("%s: %s advertises every %u ms; our interval is %u ms, so we use theirs",
			 config->name, address_format(config->family, &advert->source, source),
			 advert->interval_cs * 10U, config->interval_cs * 10U);
	if (news & 1 << VRRP_NOTE_ADDRESS_LIST)
		log_warn("%s: %s advertises other addresses than we do (%u of them, we %u)",
			 config->name, address_format(config->family, &advert->source, source),
			 advert->address_count, config->advertise_count);
}
