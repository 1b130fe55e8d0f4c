/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How an agent ends, and what it leaves for the next one.
 */
#ifndef CORE_ENDING_H
#define CORE_ENDING_H

#include <stdbool.h>

#include "vrrp_abi.h"

enum ending {
	ENDING_STOP,    /* for good: the host is left as it was found */
	ENDING_RESTART, /* a new process goes on: NICs, slots, sockets, records stay as they are */
};

/* The slots in which everything that the last agent has left goes on. The others begin anew. */
struct adopted {
	bool slot[VRRP_MAX_SLOTS];
};

#endif
