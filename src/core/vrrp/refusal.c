/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One case for each verdict of VRRP_VERDICTS_OF_PEERS. Never says what a password is.
 */
#include "core/vrrp/refusal.h"

#include <stdarg.h>
#include <stdio.h>

#include "vrrp_timers.h"

#define CURRENT_NS (60 * (uint64_t)VRRP_NS_PER_S)

__attribute__((format(printf, 2, 3))) static void put(char text[REFUSAL_TEXT], const char *format,
						      ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(text, REFUSAL_TEXT, format, args);
	va_end(args);
}

static const char *auth_name(unsigned int type)
{
	switch (type) {
	case VRRP_AUTH_NONE:
		return "no password";
	case VRRP_AUTH_PASS:
		return "a password";
	default:
		return "another authentication";
	}
}

/* Multicast against unicast shows as ttl, destination or peer, whichever is checked first. Returns
 * whether that is what differs. */
static bool describe_transport(const struct vrrp_rules *rules, const struct vrrp_neighbor *peer,
			       struct refusal *refusal)
{
	bool unicast = rules->flags & VRRP_RULE_UNICAST;

	if (unicast == (peer->unicast != 0))
		return false;
	if (unicast) {
		put(refusal->what, "sends to the multicast group, and we use unicast (`peers`)");
		put(refusal->advice, "give it our address as its unicast peer, or remove `peers` "
				     "here");
	} else {
		put(refusal->what, "sends unicast, and we use multicast");
		put(refusal->advice, "name it in `peers` here, or remove its unicast peers");
	}
	return true;
}

static void describe_path(const struct vrrp_rules *rules, const struct vrrp_neighbor *peer,
			  struct refusal *refusal)
{
	bool unicast = rules->flags & VRRP_RULE_UNICAST;

	if (describe_transport(rules, peer, refusal))
		return;
	switch (peer->refused) {
	case VRRP_VERDICT_TTL:
		put(refusal->what, "its adverts arrive with TTL %u, and we accept %s%u", peer->ttl,
		    unicast && rules->min_ttl < VRRP_TTL ? "no less than " : "",
		    unicast ? rules->min_ttl : VRRP_TTL);
		if (unicast)
			put(refusal->advice, "min-ttl = %u here, if it is routed or sends so",
			    peer->ttl);
		else
			put(refusal->advice, "it must send %d: is a router in between?", VRRP_TTL);
		break;
	case VRRP_VERDICT_PEER:
		put(refusal->what, "is not in our `peers`");
		put(refusal->advice, "add it to `peers`, or give it another VRID");
		break;
	default:
		put(refusal->what, "%s",
		    unicast ? "sends to an address that is not our source address"
			    : "sends to a multicast group that is not VRRP's");
		put(refusal->advice, "%s",
		    unicast ? "its unicast peer must be our source address (vrrp-xdp status)"
			    : "its group must be 224.0.0.18, or ff02::12 for IPv6");
	}
}

static void describe_signature(const struct vrrp_neighbor *peer, struct refusal *refusal)
{
	switch (peer->refused) {
	case VRRP_VERDICT_HMAC_MISSING:
		put(refusal->what, "does not sign its adverts, and we accept only signed ones");
		put(refusal->advice,
		    "give it the key; hmac-mode = permissive here until all hosts sign");
		break;
	case VRRP_VERDICT_HMAC_KEY:
		put(refusal->what, "signs with the ID of a key that we do not have");
		put(refusal->advice,
		    "the same hmac-key on all hosts, before hmac-active is changed");
		break;
	case VRRP_VERDICT_HMAC_STALE:
		put(refusal->what, "signs with a time that is out of our window");
		put(refusal->advice, "a time service on both hosts (chrony); vrrp-xdp status tells "
				     "how far its time is from ours");
		break;
	case VRRP_VERDICT_HMAC_DIGEST:
		put(refusal->what, "signs with another key under the same ID, or its adverts are "
				   "forged");
		put(refusal->advice, "compare the files of hmac-key on both hosts");
		break;
	default:
		put(refusal->what, "signs in a form that we do not know");
		put(refusal->advice, "HMAC-SHA-256 with a trailer of 28 bytes is what we know "
				     "(auth_hmac of keepalived 2.4)");
	}
}

void refusal_describe(const struct vrrp_rules *rules, const struct vrrp_neighbor *peer,
		      struct refusal *ret_refusal)
{
	unsigned int theirs_ms = peer->interval_cs * 10U, ours_ms = rules->interval_cs * 10U;
	struct refusal *r = ret_refusal;

	switch (peer->refused) {
	case VRRP_VERDICT_AH:
		put(r->what, "speaks VRRP inside of AH (IP protocol 51), authentication type 2 of "
			     "RFC 2338, which RFC 3768 removed: we cannot read it");
		put(r->advice, "auth_type PASS or none there, and `auth` here likewise");
		break;
	case VRRP_VERDICT_CARP:
		put(r->what,
		    "speaks CARP, no VRRP, with our VRID as its VHID: both use the MAC "
		    "00:00:5e:00:01:%02x",
		    rules->vrid);
		put(r->advice, "another VHID there, or another `vrid` here");
		break;
	case VRRP_VERDICT_VERSION:
		put(r->what, "speaks version %u, and we speak version %u", peer->version,
		    rules->version);
		put(r->advice, "the same `version` on all hosts");
		break;
	case VRRP_VERDICT_ADDRESS_COUNT:
		put(r->what, "advertises no address");
		put(r->advice, "its list of addresses must not be empty in version 3");
		break;
	case VRRP_VERDICT_LINK_LOCAL:
		put(r->what, "advertises a first address that is not link-local");
		put(r->advice, "put a link-local address first there, or first-address = any here");
		break;
	case VRRP_VERDICT_AUTH_TYPE:
		put(r->what, "uses %s (authentication type %u), and we use %s",
		    auth_name(peer->auth_type), peer->auth_type, auth_name(rules->auth_type));
		put(r->advice, "the same `auth` on all hosts");
		break;
	case VRRP_VERDICT_PASSWORD:
		put(r->what, "uses another password than we");
		put(r->advice, "the same `auth` on all hosts; only 8 characters count");
		break;
	case VRRP_VERDICT_INTERVAL_ZERO:
		put(r->what, "advertises an interval of 0");
		put(r->advice, "give it an interval that version %u has", peer->version);
		break;
	case VRRP_VERDICT_INTERVAL_MISMATCH:
		put(r->what,
		    "advertises every %u ms, and we every %u ms: version 2 wants them equal",
		    theirs_ms, ours_ms);
		put(r->advice, "interval = %us here, or %us there", theirs_ms / 1000,
		    ours_ms / 1000);
		break;
	case VRRP_VERDICT_CHECKSUM:
		put(r->what, "%s",
		    rules->checksum ? "its checksum is wrong, or of another form than `checksum`"
				    : "its checksum is wrong in every form that we know");
		put(r->advice, "%s",
		    rules->checksum ? "checksum = auto accepts both forms"
				    : "old unicast senders (keepalived up to 1.3.6) sum another "
				      "destination: update it; else its NIC or the wire is bad");
		break;
	case VRRP_VERDICT_TTL:
	case VRRP_VERDICT_DESTINATION:
	case VRRP_VERDICT_PEER:
		describe_path(rules, peer, r);
		break;
	default:
		describe_signature(peer, r);
	}
}

bool refusal_is_current(const struct vrrp_neighbor *peer, uint64_t now_ns)
{
	uint64_t span_ns = 3 * peer->interval_cs * (uint64_t)VRRP_NS_PER_CS;

	if (span_ns < CURRENT_NS)
		span_ns = CURRENT_NS;
	return (int64_t)(now_ns - peer->last_ns) <= (int64_t)span_ns;
}

bool refusal_is_understood(const struct vrrp_neighbor *peer, const struct vrrp_neighbor *heard)
{
	uint64_t span_ns = 3 * heard->interval_cs * (uint64_t)VRRP_NS_PER_CS;

	return !heard->refused && (int64_t)(peer->last_ns - heard->last_ns) < (int64_t)span_ns;
}

bool refusal_is_of(const struct vrrp_neighbor_key *key, const struct vrrp_instance *instance)
{
	return instance->report.name[0] && instance->rules.family == key->family &&
	       instance->rules.vrid == key->vrid;
}
