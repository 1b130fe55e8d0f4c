/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does the XDP program hear the adverts that come by on an interface, and no others? A packet
 * socket beside it (a tap) gets every frame that the program has let pass. So the books of the two
 * must agree:
 *   the tap has an advert of a router of ours, and the program has counted none: the program is
 *     deaf. The frames pass it by: it runs on the members of a bond, or frames are redirected.
 *   the program has counted more adverts than the tap has, and the tap has some of another VLAN:
 *     the program takes these for frames of its interface, because their tags are beside the frame,
 *     where only the tap sees them.
 * Without valid adverts a third host cannot make the books disagree: an advert that the program
 * refuses never reaches the tap, and one that it does not count makes no surplus. With some it can,
 * by a burst in which the books are opened, if nothing follows for a while. Pure.
 */
#ifndef CORE_TAP_H
#define CORE_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/monotime.h"
#include "vrrp_abi.h"

/* One advert may be on its way between the program and the tap; two in a row are a proof. */
#define TAP_PROOF 2

/* The adverts may be on their way for so long. Several are at once where adverts come in a burst,
 * or where one of the two was held up. So a single look proves little: a program that counts at
 * this moment is not deaf, and a surplus must last for so long. */
#define TAP_SLACK_NS 100000000LL

/* No more adverts than this are taken to be on their way. Adverts that a tap has lost look the
 * same. */
#define TAP_AHEAD_MOST 256

enum tap_finding {
	TAP_AGREES,
	TAP_DEAF, /* adverts come by that the program does not hear */
	TAP_TAGS, /* adverts of other VLANs are taken for ours */
};

/* The books of one path. They begin as all zero. */
struct tap {
	uint64_t adverts; /* that the program had counted when the books were closed last */
	uint32_t untagged, tagged; /* frames of the tap since then */
	uint32_t unheard, surplus; /* so far; see above */
	uint32_t ahead;            /* what the program has counted, and the tap has not yet */
	bool opened;               /* `adverts` is known */
	struct monotime since;     /* when the surplus was found */
};

/* The tap has an advert of this path's router. tagged: of a VLAN other than 0. */
void tap_count(struct tap *tap, bool tagged);

/* A look at the frames of a tap. */
struct tap_look {
	struct monotime since; /* of the look before this one: no frame that was counted is older */
	struct monotime now;   /* before the first frame was read */
	bool lost;             /* the tap has had no room for some, or has frames left */
};

/* Close the books. Call it when frames of the tap were counted, after all of them. */
enum tap_finding tap_close(struct tap *tap, const struct vrrp_path *path,
			   const struct tap_look *look);

/* Open the books. The frames of this look and of those before it do not count. */
void tap_open(struct tap *tap, const struct vrrp_path *path, const struct tap_look *look);

#endif
