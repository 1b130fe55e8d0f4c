/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One XDP program on one NIC, held by a pinned link: in native mode if the driver can do that, else
 * in generic mode. Or libxdp's dispatcher calls the program: then the program itself is pinned.
 */
#ifndef SYS_BPF_XDP_H
#define SYS_BPF_XDP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config/config.h"

struct xdp_request {
	const char *bpffs;
	int ifindex;
	const char *ifname;
	enum config_mode mode;
	bool replace; /* take the NIC from somebody else's program */
	bool run;     /* for the time of the agent, not until `detach` */
};

/*
 * Attach program prog_fd, or update our own link in place. If the driver refuses native mode, that
 * is logged, and generic mode is used, unless the mode is CONFIG_MODE_NATIVE: then the driver's
 * error is returned. Returns 0 and *ret_generic.
 *
 * Returns -EMLINK, which is not logged, if libxdp's dispatcher is on the NIC and `replace` is not
 * set, or if our program in the dispatcher is of another build. The caller must call
 * dispatcher_add() then, after which the program counts as attached. Returns -EBUSY if somebody
 * else's program is there, which is logged with its name and id.
 */
int xdp_attach(const struct xdp_request *request, int prog_fd, bool *ret_generic);

/* Returns the descriptor of our program that is pinned for a dispatcher of this NIC, or a negative
 * errno. The caller must close it. */
int xdp_extension(const char *bpffs, int ifindex);

/* Let our link run this program from now on; no frame goes unseen. Returns 0, -ENOENT if there is
 * no link of ours (but there may be a program in a dispatcher), or another negative errno. */
int xdp_renew(const char *bpffs, int ifindex, int prog_fd);

/* Remove our link, or leave the dispatcher. Returns 0, -ENOENT if there is neither, or another
 * negative errno. */
int xdp_detach(const char *bpffs, int ifindex);

/* The XDP program of a NIC; prog_id is 0 if there is none. xdp_query() returns 0 or a negative
 * errno. */
struct xdp_state {
	uint32_t prog_id;
	bool generic;
	char name[16];
	bool ours; /* by what is pinned in bpffs */
	bool run;
	bool shared; /* ours is one of several, by libxdp's dispatcher */
};
int xdp_query(const char *bpffs, int ifindex, struct xdp_state *ret_state);

/* Let the frames of VRRP's multicast groups through the NIC's filter, or no longer, without a
 * process that holds a membership (so that `attach` alone can observe). The kernel counts these
 * calls. Returns 0 or a negative errno. */
int xdp_multicast(const char *ifname, bool add);

#endif
