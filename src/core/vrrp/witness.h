/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second opinion before a promotion: does somebody on the public wire answer for an address? This
 * file has the questions and answers as frames (ARP, neighbour discovery), and what they mean.
 * Pure.
 */
#ifndef CORE_VRRP_WITNESS_H
#define CORE_VRRP_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config/config.h"
#include "core/monotime.h"

#define WITNESS_FRAME 86 /* the longest question */

/* ---- what the answers mean ---- */

/* Misses in a row after which an address counts as silent for a promotion: one lost frame must not
 * make two masters. */
#define WITNESS_SILENT 2

struct witness_view {
	struct monotime asked_at;     /* when the last question was sent */
	struct monotime silent_since; /* misses > 0: when the first question of them was sent */
	unsigned int misses;          /* questions in a row without an answer */
	bool asked;                   /* the last question has no answer yet */
	bool heard;                   /* an answer came since the reset */
};

/* How often to ask: every advert interval, at most ten times a second. */
int64_t witness_period_ns(uint16_t interval_cs);

/* How long the gateway must be silent before this host makes room for a better one: as long as
 * three questions take, and longer than a NIC and its switch port need to recover from a change of
 * MAC. */
int64_t witness_patience_ns(uint16_t interval_cs);

void witness_view_reset(struct witness_view *view);

/* An answer arrived since the last question. */
void witness_view_heard(struct witness_view *view);

/* A question is sent now, or cannot be sent, which gets no answer either. If the question before it
 * was not answered, it counts as missed, and the next questions follow sooner until the silence is
 * certain. Returns when to ask again. */
struct monotime witness_view_ask(struct witness_view *view, int64_t period_ns, struct monotime now);

/* May a BACKUP become MASTER?
 *   GATEWAY  if the gateway has answered, and has missed no question since;
 *   OWNER    if the address left WITNESS_SILENT questions in a row without an answer;
 *   NONE     always */
bool witness_view_allows(const struct witness_view *view, enum config_witness kind);

/* GATEWAY: has the gateway been silent for so long that a better router should be MASTER? */
bool witness_view_gives_up(const struct witness_view *view, int64_t patience_ns,
			   struct monotime now);

/* ---- questions and answers ---- */

struct witness_question {
	uint8_t family; /* 4 or 6 */
	struct vrrp_addr target;
	struct vrrp_addr source; /* zero, for IPv4 only: an ARP probe (RFC 5227), from which nobody
				  * learns a MAC */
	uint8_t mac[6];          /* the NIC's MAC, as it is now */
};

/* Write an ARP request, or a neighbour solicitation to the solicited-node group with hop limit 255.
 * Returns its length, 42 or 86. -EINVAL: IPv6 without a source; RFC 4861, 7.2.2, does not know
 * that, and by RFC 4862 it would be a probe for a duplicate address. -ENOSPC: size is too small. */
int witness_encode(const struct witness_question *question, uint8_t *buf, size_t size);

/* Is this frame an answer for target? frame begins with the Ethernet header. An answer is an ARP
 * reply with target as its sender, or a neighbour advertisement for target with hop limit 255 and a
 * good checksum. Padding behind it is allowed. */
bool witness_is_answer(uint8_t family, const struct vrrp_addr *target, const uint8_t *frame,
		       size_t length);

/* ---- who is asked, and from where ---- */

/* The address that a witness of this kind asks for: the gateway, or the first shared address of
 * the public interface. If there are addresses of both families, it is one of the router's own
 * family. -ENOENT: there is none. */
int witness_target(const struct config_router *router, enum config_witness kind,
		   uint8_t *ret_family, struct vrrp_addr *ret_target);

#endif
