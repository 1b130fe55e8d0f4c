/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One XDP program on one NIC, held by a pinned link: native where the driver can, else generic. Or
 * called by libxdp's dispatcher: then it is the program that is pinned.
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

/* Attach program prog_fd, or update our own link in place. libxdp's dispatcher without `replace`:
 * -EMLINK, not logged: dispatcher_add() is what is to be done, which then goes for attached; also
 * where ours is in it, of another build. Somebody else's program: -EBUSY, logged with its name and
 * id. A driver that refuses native mode: generic,
 * logged (unless mode is native: then its error). 0 and *ret_generic. */
int xdp_attach(const struct xdp_request *request, int prog_fd, bool *ret_generic);

/* Our link runs this program from now on; no frame goes unseen. -ENOENT: there is no link of ours,
 * but perhaps a program in a dispatcher. Other negative errno. */
int xdp_renew(const char *bpffs, int ifindex, int prog_fd);

/* Remove our link, or leave the dispatcher. -ENOENT: there is none. */
int xdp_detach(const char *bpffs, int ifindex);

/* What is on a NIC. 0; prog_id 0: nothing. */
struct xdp_state {
	uint32_t prog_id;
	bool generic;
	char name[16];
	bool ours; /* by what is pinned in bpffs */
	bool run;
	bool shared; /* ours is one of several, by libxdp's dispatcher */
};
int xdp_query(const char *bpffs, int ifindex, struct xdp_state *ret_state);

/* The NIC takes the frames of VRRP's multicast groups from its filter, with no process holding a
 * membership (so that `attach` alone can observe). Counted by the kernel. Negative errno. */
int xdp_multicast(const char *ifname, bool add);

#endif
