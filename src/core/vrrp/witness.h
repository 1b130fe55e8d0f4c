/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second opinion before a promotion: does somebody on the public wire answer for an address? What
 * the answers mean, and the questions and answers themselves (ARP, neighbour discovery). Pure.
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
	struct monotime asked_at;     /* the question that is out */
	struct monotime silent_since; /* misses > 0: when the first one of them was asked */
	unsigned int misses;          /* questions in a row without an answer */
	bool asked;                   /* one is out, not answered yet */
	bool heard;                   /* an answer came since the reset */
};

/* How often to ask: every advert interval, at most ten times a second. */
int64_t witness_period_ns(uint16_t interval_cs);

/* How long a gateway is silent before a host makes room for a better one: three questions, and
 * longer than a NIC and its switch port need to come back from a change of MAC. */
int64_t witness_patience_ns(uint16_t interval_cs);

void witness_view_reset(struct witness_view *view);

/* An answer arrived since the last question. */
void witness_view_heard(struct witness_view *view);

/* A question goes out (or cannot: that is no answer either). The one before it, if unanswered,
 * counts as missed; then the next ones follow sooner, until the silence is certain. Returns when to
 * ask again. */
struct monotime witness_view_ask(struct witness_view *view, int64_t period_ns, struct monotime now);

/* May a BACKUP become MASTER?
 *   GATEWAY  it answered the last question: without evidence that it is there, no
 *   OWNER    it left WITNESS_SILENT questions in a row without an answer: no evidence of silence,
 * no NONE     always */
bool witness_view_allows(const struct witness_view *view, enum config_witness kind);

/* GATEWAY: silent for so long that a better one should be MASTER. */
bool witness_view_gives_up(const struct witness_view *view, int64_t patience_ns,
			   struct monotime now);

/* ---- questions and answers ---- */

struct witness_question {
	uint8_t family; /* 4 or 6 */
	struct vrrp_addr target;
	struct vrrp_addr source; /* zero: IPv4 alone, an ARP probe (RFC 5227) that teaches nobody */
	uint8_t mac[6];          /* of the NIC, now */
};

/* ARP request, or neighbour solicitation to the solicited-node group with hop limit 255. Returns 42
 * or 86; -EINVAL: IPv6 without a source (RFC 4861, 7.2.2 knows none, and RFC 4862 would take it for
 * a duplicate), -ENOSPC. */
int witness_encode(const struct witness_question *question, uint8_t *buf, size_t size);

/* Is this frame, from the Ethernet header on, an answer for target: an ARP reply whose sender it
 * is, or a neighbour advertisement (hop limit 255, good checksum) for it? Padding behind is
 * allowed. */
bool witness_is_answer(uint8_t family, const struct vrrp_addr *target, const uint8_t *frame,
		       size_t length);

/* ---- who is asked, and from where ---- */

/* The address that the witness of a router asks for: its gateway, or the first shared address of
 * the public interface; of the router's own family where there is a choice. -ENOENT: none. */
int witness_target(const struct config_router *router, uint8_t *ret_family,
		   struct vrrp_addr *ret_target);

#endif
