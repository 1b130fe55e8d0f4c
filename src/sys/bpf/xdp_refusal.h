/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a driver refuses native XDP. The kernel gives only an errno to who attaches by a link; what
 * drivers mean by it differs, so the text names what this NIC has that is known to be in the way.
 */
#ifndef SYS_BPF_XDP_REFUSAL_H
#define SYS_BPF_XDP_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#define XDP_REFUSAL_TEXT 256

struct xdp_refusal_facts {
	char ifname[16];
	char driver[32]; /* empty: not known */
	uint32_t mtu;    /* 0: not known */
	uint32_t queues; /* combined channels; 0: not known */
	bool lro;        /* is on */
};

/* Ask the NIC. What it does not tell stays unknown. */
void xdp_refusal_look(const char *ifname, struct xdp_refusal_facts *ret_facts);

/* Write to text what the negative errno `err` of an attempt in the driver means, and what to do
 * about it. Pure. Returns text. */
const char *xdp_refusal_explain(const struct xdp_refusal_facts *facts, int err,
				char text[XDP_REFUSAL_TEXT]);

#endif
