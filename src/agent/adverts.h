/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts the adverts of one virtual router into the batch: multicast, or one copy per unicast peer,
 * signed or not.
 */
#ifndef AGENT_ADVERTS_H
#define AGENT_ADVERTS_H

#include "agent/paths.h"
#include "core/monotime.h"

struct peer_mac {
	struct monotime checked;
	bool known;
	uint8_t mac[6];
};

struct adverts_calls {
	void (*sent)(void *context);   /* one advert was just sent */
	void (*unsent)(void *context); /* none of adverts_send() could be sent */
};

struct adverts {
	struct paths *paths;
	struct port *nic; /* the public one, or what is below its macvlan */
	struct vrrp_instance *instance;
	const struct vrrp_hmac_key *signing; /* NULL: adverts are not signed */
	const struct adverts_calls *calls;
	void *context;
	bool held_up; /* the loop waits for rtnetlink, which must not be asked (agent/stand_in.h) */

	bool any_sent, any_failed; /* of the last adverts_send() */
	uint8_t last_path;         /* which could not send, and why: a negative errno */
	int last_error;
	unsigned int pending;             /* adverts of which the result is not known */
	bool send_failed[VRRP_MAX_PATHS]; /* a failure of this path was logged */
	bool met[VRRP_MAX_PATHS];         /* the path is usable, and its peers were asked */
	struct peer_mac *peers;           /* for each path, as many as there are peers */
};

/* The members above the empty line must be set; what they point to must outlive the adverts.
 * Returns 0 or -ENOMEM. */
int adverts_open(struct adverts *adverts);
void adverts_close(struct adverts *adverts);

/* Interfaces changed. On each path that has become usable, ask the unicast peers for their MACs.
 * From the question they learn our own MAC: a master may still send to the machine that had our
 * address before. */
void adverts_meet_peers(struct adverts *adverts);

/* Call it after the adverts of a MASTER: asks rtnetlink for the MACs of its unicast peers again, if
 * the last answers are a second old. So the next advert need not ask first, which it does if they
 * are three seconds old. */
void adverts_refresh_peers(struct adverts *adverts, struct monotime now);

/* Is one of the unicast peers there? The kernel has found its MAC, and has verified it lately. */
bool adverts_has_peer(const struct adverts *adverts);

/* Send one advert on every path that can send. If both forms of the checksum are in use on
 * a path, it gets the advert in both (`checksum = auto`): each peer takes the copy that it
 * understands. `owned` is what router_may_use_mac() says. If it is false, the advert leaves from no
 * shared MAC. */
void adverts_send(struct adverts *adverts, uint8_t priority, bool owned, struct monotime now);

/* Send one advert, only to the sender of this record, for whom this router has stepped down. It
 * leaves from no shared MAC: the switches have just learned that MAC from the new master. */
void adverts_concede(struct adverts *adverts, const struct vrrp_event *heard, uint8_t priority,
		     struct monotime now);

/* Why the last advert could not be sent: "adverts cannot be sent on eth1: Message too long". */
void adverts_trouble(const struct adverts *adverts, char *why, size_t size);

/* Encode adverts where they will be encoded, and throw them away, so that code and data are in the
 * caches; those of the kernel, too. */
void adverts_rehearse(struct adverts *adverts, uint8_t priority);

#endif
