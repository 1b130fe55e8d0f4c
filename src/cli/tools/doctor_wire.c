/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is between this host and its peer: who is heard, whose clock goes wrong, what a firewall
 * keeps back, which interface answers for an address of another one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tools/doctor_internal.h"
#include "core/address.h"
#include "core/names.h"
#include "core/vrrp/drift.h"

/* ---- peers ---- */

#define AGE_TEXT 32

static const char *age(uint64_t ms, char text[AGE_TEXT])
{
	if (ms < 10000)
		snprintf(text, AGE_TEXT, "%" PRIu64 " ms", ms);
	else if (ms < 7200000)
		snprintf(text, AGE_TEXT, "%" PRIu64 " s", ms / 1000);
	else
		snprintf(text, AGE_TEXT, "%" PRIu64 " h", ms / 3600000);
	return text;
}

/* As backup there must be somebody; as master there must not. */
static void judge_backup(struct doctor_writer *w, const struct doctor_path *path, const char *peer)
{
	/* The master-down interval, and something for the time that looking takes. */
	bool fresh = path->heard && path->age_ms < 4U * path->interval_ms + 1000;
	char text[AGE_TEXT];

	if (fresh) {
		doctor_say(w, DOCTOR_OK, "%s: backup; heard %s here %s ago", path->router, peer,
			   age(path->age_ms, text));
		return;
	}
	if (path->heard)
		doctor_say(w, path->silent ? DOCTOR_WARN : DOCTOR_FAIL,
			   "%s: backup; the last advert arrived here %s ago, from %s", path->router,
			   age(path->age_ms, text), peer);
	else
		doctor_say(w, DOCTOR_WARN, "%s: backup; no advert was ever heard here",
			   path->router);
	if (path->hold != VRRP_HOLD_NONE)
		doctor_advise(w, "it does not take over: %s", name_hold(path->hold));
	else
		doctor_advise(w,
			      "check the cable, the switch (IGMP snooping), and VRID, version and "
			      "password of the peer; vrrp-xdp status %s tells what was refused",
			      path->router);
}

static void judge_master(struct doctor_writer *w, const struct doctor_path *path, const char *peer)
{
	char text[AGE_TEXT];

	if (!path->has_peer) {
		doctor_say(w, DOCTOR_OK,
			   "%s: master; no peer was heard here yet (a backup is silent, so run the "
			   "doctor there)",
			   path->router);
		return;
	}
	age(path->age_ms, text);
	if (path->answers == DOCTOR_NO) {
		doctor_say(w, DOCTOR_WARN, "%s: master; its peer %s %s%s%s, and does not answer %s",
			   path->router, peer,
			   path->heard ? "was last heard here " : "was never heard here",
			   path->heard ? text : "", path->heard ? " ago" : "",
			   path->family == 4 ? "ARP" : "neighbour discovery");
		doctor_advise(w,
			      "check whether that host is up, then the cable and the switch of %s",
			      path->ifname);
	} else {
		doctor_say(w, DOCTOR_OK,
			   "%s: master; its peer %s is silent, as a backup should be%s",
			   path->router, peer,
			   path->answers == DOCTOR_YES ? ", and its address answers" : "");
	}
}

static void judge_refused(struct doctor_writer *w, const struct doctor_facts *facts)
{
	unsigned int told = facts->refused_count < DOCTOR_MAX_REFUSED ? facts->refused_count
								      : DOCTOR_MAX_REFUSED;
	char address[ADDRESS_TEXT], text[AGE_TEXT];

	w->check = "refused-peer";
	for (unsigned int i = 0; i < told; i++) {
		const struct doctor_refused *refused = &facts->refused[i];

		w->about = refused->router;
		doctor_say(w, DOCTOR_FAIL,
			   "%s on %s cannot be understood, and was heard %s ago: %s. Both may be "
			   "master",
			   address_format(refused->family, &refused->source, address),
			   refused->ifname, age(refused->age_ms, text), refused->why.what);
		doctor_advise(w, "%s", refused->why.advice);
	}
	w->about = "host";
	if (told < facts->refused_count) {
		doctor_say(w, DOCTOR_FAIL, "%u more peers cannot be understood",
			   facts->refused_count - told);
		doctor_advise(w, "see all of them: vrrp-xdp status --json");
	}
}

static void judge_clone(struct doctor_writer *w, const struct doctor_path *path)
{
	char mac[MAC_TEXT];

	if (!path->cloned)
		return;
	w->check = "clone";
	w->about = path->router;
	doctor_say(w, DOCTOR_FAIL,
		   "another host, %s, sends adverts from our own address; neither hears the other, "
		   "and both may own the shared address",
		   mac_format(path->clone_mac, mac));
	doctor_advise(w, "find that host by its MAC; it may be a clone of this one, or have the "
			 "same address on the heartbeat interface");
}

static void judge_path(struct doctor_writer *w, const struct doctor_path *path)
{
	char peer[ADDRESS_TEXT] = "nobody";
	char text[AGE_TEXT];

	if (path->has_peer)
		address_format(path->family, &path->peer, peer);
	w->check = "peer";
	w->about = path->ifname;
	if (path->state == VRRP_STATE_FAULT) {
		doctor_say(w, DOCTOR_WARN, "%s: in FAULT", path->router);
		doctor_advise(w,
			      "see the reason: vrrp-xdp history %s; if it has resigned: vrrp-xdp "
			      "resume %s",
			      path->router, path->router);
	} else if (path->silent) {
		doctor_say(w, DOCTOR_WARN,
			   "%s: silent for %s, but the peer is heard on another interface",
			   path->router, age(path->age_ms, text));
		doctor_advise(w,
			      "check the cable and the switch of %s; one more failure, and there "
			      "are two masters",
			      path->ifname);
	} else if (path->state == VRRP_STATE_MASTER) {
		/* A peer that cannot be understood may be one that is not silent at all. */
		if (!path->refuses)
			judge_master(w, path, peer);
	} else {
		judge_backup(w, path, peer);
	}
}

/* ---- clocks ---- */

static void judge_clock(struct doctor_writer *w, const struct doctor_clock *clock)
{
	double skew_s = (double)clock->skew_ns / 1e9, far_s = skew_s < 0 ? -skew_s : skew_s;
	char peer[ADDRESS_TEXT], text[AGE_TEXT];

	w->check = "clock";
	w->about = clock->router;
	if (clock->stale) {
		if (clock->age_ms > DOCTOR_STALE_MS)
			return;
		doctor_say(w, DOCTOR_FAIL,
			   "an advert was refused %s ago, because its time stamp was %+.3f s from "
			   "our clock; the window is %u s",
			   age(clock->age_ms, text), skew_s, clock->window_s);
		doctor_advise(w, "if it is an advert of the peer, run a time service (chrony) on "
				 "both hosts");
		return;
	}
	address_format(clock->family, &clock->peer, peer);
	if (far_s * 2 > clock->window_s) {
		doctor_say(w, far_s > clock->window_s ? DOCTOR_FAIL : DOCTOR_WARN,
			   "the clock of %s is %+.3f s from ours; the window is %u s", peer, skew_s,
			   clock->window_s);
		doctor_advise(
			w, "run a time service (chrony) on both hosts, or set a wider hmac-window");
	} else {
		doctor_say(w, DOCTOR_OK, "the clock of %s is %+.3f ms from ours", peer,
			   skew_s * 1e3);
	}
}

/* Measured on the adverts of the last master that was heard for a minute. */
static void judge_drift(struct doctor_writer *w, const struct doctor_path *path)
{
	unsigned int ppm = (unsigned int)abs(path->drift_ppm);

	if (!path->drifts)
		return;
	w->check = "drift";
	w->about = path->router;
	if (ppm < DRIFT_WARN_PPM) {
		doctor_say(
			w, DOCTOR_OK,
			"our clock and that of the last master run alike: less than %d ppm apart",
			DRIFT_WARN_PPM);
		return;
	}
	doctor_say(w, DOCTOR_WARN,
		   "the clocks of the two hosts are %u ppm apart: the adverts of the last master "
		   "arrive %s than its interval says",
		   ppm, path->drift_ppm > 0 ? "later" : "sooner");
	doctor_advise(w, "one clock may be slewed (chronyc tracking), or a virtual machine may "
			 "have imprecise timers; a master that is not vrrp-xdp may also send late");
}

/* The estimate counts, not the most that it may be: after an hour that says little but that an hour
 * is short. Nothing is said of a router that has heard no master. */
static void judge_interval(struct doctor_writer *w, const struct doctor_path *path)
{
	const struct interval_advice *advice = &path->advice;
	char text[INTERVAL_ADVICE_TEXT], safe[INTERVAL_ADVICE_NAME];
	bool risky = advice->state == INTERVAL_ADVICE_GIVEN && advice->risk.per_year >= 1;

	if (advice->state == INTERVAL_ADVICE_UNHEARD)
		return;
	w->check = "interval";
	w->about = path->router;
	doctor_say(w, risky ? DOCTOR_WARN : DOCTOR_OK, "%s%s",
		   advice->state == INTERVAL_ADVICE_GIVEN ? "interval " : "",
		   interval_advice_describe(advice, text));
	if (risky && advice->safe_cs)
		doctor_advise(w,
			      "set interval = %s on all hosts, or find what makes the master, the "
			      "wire or this host late",
			      interval_advice_name(advice->safe_cs, safe));
	else if (risky)
		doctor_advise(w, "find what makes the master, the wire or this host late: other "
				 "virtual machines, power saving, lost frames");
}

static void judge_clocks(struct doctor_writer *w, const struct doctor_facts *facts)
{
	bool hmac = facts->clock_count != 0;

	for (unsigned int i = 0; facts->settings && i < facts->settings->router_count; i++)
		hmac |= facts->settings->routers[i].hmac_key_count != 0;
	for (unsigned int i = 0; i < facts->clock_count; i++)
		judge_clock(w, &facts->clocks[i]);
	if (!hmac || facts->clock_synchronized == DOCTOR_UNKNOWN)
		return;
	w->check = "clock";
	w->about = "host";
	if (facts->clock_synchronized == DOCTOR_YES) {
		doctor_say(w, DOCTOR_OK, "a time service sets the clock");
		return;
	}
	doctor_say(w, DOCTOR_WARN, "no time service sets the clock, but adverts are signed");
	doctor_advise(
		w,
		"run chrony, ntpd or systemd-timesyncd, or the clock will drift out of the window");
}

/* ---- firewall ---- */

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The rule that is missing. */
static void advise_rule(struct doctor_writer *w, const struct doctor_chain *chain, const char *what,
			const char *legacy)
{
	if (chain->legacy)
		doctor_advise(w, "%s -I %s %s -j ACCEPT",
			      is(chain->family, "ip6") ? "ip6tables" : "iptables", chain->name,
			      legacy);
	else
		doctor_advise(w, "nft insert rule %s %s %s %s accept", chain->family, chain->table,
			      chain->name, what);
}

static void judge_chain(struct doctor_writer *w, const struct doctor_chain *chain, bool ip6)
{
	bool both = is(chain->family, "inet");
	char name[2 * DOCTOR_TEXT + 16];

	snprintf(name, sizeof(name), "%s %s %s", chain->family, chain->table, chain->name);
	if (is(chain->family, "arp")) {
		if (chain->accepts_arp)
			return;
		doctor_say(w, DOCTOR_WARN, "%s drops ARP, so nobody can find the shared address",
			   name);
		doctor_advise(w, "nft insert rule %s accept", name);
		return;
	}
	if (ip6 && (both || is(chain->family, "ip6")) && !chain->accepts_nd) {
		doctor_say(
			w, DOCTOR_WARN,
			"%s drops neighbour solicitations, so nobody can find the shared address",
			name);
		advise_rule(w, chain, "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }",
			    "-p icmpv6");
	}
	if (!chain->accepts_vrrp) {
		doctor_say(w, DOCTOR_WARN,
			   "%s drops VRRP (protocol 112); our agent hears adverts before the "
			   "firewall, but other programs do not",
			   name);
		advise_rule(w, chain,
			    both                       ? "meta l4proto 112"
			    : is(chain->family, "ip6") ? "ip6 nexthdr 112"
						       : "ip protocol 112",
			    "-p 112");
	}
}

static void judge_firewall(struct doctor_writer *w, const struct doctor_facts *facts)
{
	unsigned int before;
	bool ip6 = false;

	for (unsigned int i = 0; facts->settings && i < facts->settings->router_count; i++) {
		const struct config_router *router = &facts->settings->routers[i];

		for (unsigned int a = 0; a < router->address_count; a++)
			ip6 |= router->addresses[a].family == 6;
	}
	w->check = "firewall";
	w->about = "host";
	before = w->report.count;
	for (unsigned int i = 0; i < facts->chain_count; i++)
		judge_chain(w, &facts->chains[i], ip6);
	if (w->report.count != before)
		return;
	if (facts->firewall == DOCTOR_YES)
		doctor_say(w, DOCTOR_OK, "%s",
			   facts->chain_count ? "the firewall drops nothing that VRRP needs"
					      : "no firewall drops by default");
	else
		doctor_say(w, DOCTOR_OK,
			   "cannot tell whether a firewall drops VRRP or ARP (neither nft nor "
			   "iptables works)");
}

/* ---- other interfaces ---- */

static void judge_other(struct doctor_writer *w, const struct doctor_other *other)
{
	w->about = other->name;
	if (!other->answers) {
		doctor_say(w, DOCTOR_OK,
			   "the fence does not cover it, but it does not answer ARP for addresses "
			   "of other interfaces");
		return;
	}
	doctor_say(w, DOCTOR_WARN,
		   "answers ARP for the shared addresses (arp_ignore = 0), and the fence does not "
		   "cover it; on the same wire it leads clients here even if the agent is dead or "
		   "frozen");
	doctor_advise(w, "sysctl net.ipv4.conf.%s.arp_ignore=1; see the agent's log for the reason",
		      other->name);
}

static void judge_others(struct doctor_writer *w, const struct doctor_facts *facts)
{
	unsigned int told =
		facts->other_count < DOCTOR_MAX_OTHERS ? facts->other_count : DOCTOR_MAX_OTHERS;

	if (facts->others_known != DOCTOR_YES)
		return;
	w->check = "other-interface";
	for (unsigned int i = 0; i < told; i++)
		judge_other(w, &facts->others[i]);
	w->about = "host";
	if (told < facts->other_count) {
		doctor_say(w, DOCTOR_WARN, "the fence does not cover %u more interfaces",
			   facts->other_count - told);
		doctor_advise(w, "sysctl net.ipv4.conf.all.arp_ignore=1 makes all of them silent");
	} else if (!told) {
		doctor_say(w, DOCTOR_OK,
			   "no interface claims an address that it must not; the fence covers %u "
			   "beside the public ones",
			   facts->others_covered);
	}
}

/* ---- a switch port that forwards late ---- */

static void judge_late(struct doctor_writer *w, const struct doctor_late *late)
{
	unsigned int deaf_s = (unsigned int)((late->deaf_ns + 999999999) / 1000000000);

	if (late->link_delay_ms * 1000000LL >= late->deaf_ns)
		return;
	w->check = "link-delay";
	w->about = late->router;
	doctor_say(w, DOCTOR_WARN,
		   "it became master after its link came up, and heard a better master %u s after "
		   "the link: the switch port forwards late, and there were two masters",
		   deaf_s);
	doctor_advise(w,
		      "set link-delay = %us or more, and start-delay for the boot; or make it an "
		      "edge port (portfast) on the switch",
		      deaf_s);
}

void doctor_judge_wire(struct doctor_writer *w, const struct doctor_facts *facts)
{
	for (unsigned int i = 0; i < facts->path_count; i++)
		judge_path(w, &facts->paths[i]);
	judge_refused(w, facts);
	for (unsigned int i = 0; i < facts->path_count; i++)
		judge_clone(w, &facts->paths[i]);
	for (unsigned int i = 0; i < facts->path_count; i++)
		judge_drift(w, &facts->paths[i]);
	for (unsigned int i = 0; i < facts->path_count; i++)
		judge_interval(w, &facts->paths[i]);
	judge_clocks(w, facts);
	for (unsigned int i = 0; i < facts->late_count; i++)
		judge_late(w, &facts->lates[i]);
	judge_others(w, facts);
	judge_firewall(w, facts);
}
