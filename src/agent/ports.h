/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interfaces that the configuration names: are they there, are they usable, and can adverts be
 * heard on the heartbeat interfaces, by the XDP program or by a packet socket? They are refreshed
 * from the cached dump (interfaces.h) whenever the monitor has told of a change.
 */
#ifndef AGENT_PORTS_H
#define AGENT_PORTS_H

#include <stdbool.h>

#include "agent/interfaces.h"
#include "core/config/config.h"
#include "core/monotime.h"
#include "sys/bpf/datapath.h"
#include "sys/net/receiver.h"
#include "sys/net/send.h"

#define PORTS_MAX 128

struct port {
	char name[CONFIG_IFNAME];
	int ifindex;      /* 0: not there */
	bool heartbeat;   /* adverts are to be heard on it; it joins the VRRP group */
	bool owned;       /* not only tracked: no other agent may use it (sys/net/nic_lock.h) */
	int lock_fd;      /* -1: not locked */
	int lock_ifindex; /* the ifindex for which the lock was taken or refused */
	bool lock_refused;
	bool mac_moves;    /* a router puts a shared MAC on it */
	bool families[2];  /* IPv4, IPv6: join the group of this family */
	bool attached;     /* the XDP program is on it, or a packet socket hears it */
	int fence_ifindex; /* the ifindex with which it was fenced; 0: it is not fenced */
	bool fence_failed; /* this was logged */
	enum vrrp_mode mode;
	/* As of the last refresh. For the MAC see interfaces_mac(). */
	bool up; /* administratively */
	bool carrier;
	struct monotime link_up; /* when both became true; 0: before the agent was started */

	bool members; /* a bond, or the like: its frames come in by others */

	/* Why XDP does not do there: VRRP_MODE_SOCKET_DEAF or _TAGS; else NATIVE. */
	enum vrrp_mode unfit;
};

struct ports {
	struct port port[PORTS_MAX];
	unsigned int count;
	struct interfaces *interfaces;
	bool left;                  /* a NIC that is no port's any more may still be guarded */
	struct monotime started;    /* when the agent was; 0: before its last reload, long ago */
	bool dirty;                 /* links or addresses changed since the last refresh */
	struct monotime refresh_at; /* do not refresh before this: a dump takes time */
};

struct ports_deps {
	struct datapath *datapath;
	struct receiver *receiver;
	struct sender *sender;
	const char *bpffs;
	enum config_mode mode;
	bool replace;
};

/* Make a port of every interface that config names. interfaces must outlive the ports. Returns 0,
 * or -ENOSPC if there are more than PORTS_MAX. */
int ports_init(struct ports *ports, const struct config *config, struct interfaces *interfaces);

/* Look at the interfaces and update every port. Lock those that are new or came back. Attach to the
 * heartbeat interfaces, and join their groups. An interface may be missing: what needs it is down
 * until it is there. One that another agent has locked counts as missing. If `strict` is true, stop
 * at the first failure (at the start, so that nothing is half applied); otherwise failures are only
 * logged. Returns 0 or a negative errno. */
int ports_refresh(struct ports *ports, const struct ports_deps *deps, bool strict);

/* Would ports_refresh() with `strict` succeed in a process that starts with this configuration,
 * while this one has what it has? Changes nothing. Returns 0, or a negative errno, which is logged,
 * if an interface is another agent's, or carries another XDP program. */
int ports_check(struct ports *ports, const struct ports_deps *deps, const struct config *config);

/* Hear by packet socket from now on where XDP is marked as unfit, whatever mode is configured: a
 * path that hears nothing, or other VLANs, makes two masters or none. Logged. */
void ports_leave_xdp(struct ports *ports, const struct ports_deps *deps);

/* Call it now and then, so that other agents can ask for locks. */
void ports_tidy(struct ports *ports);

/* Pass the locks on before a restart. The ports keep the rest as it is. */
void ports_pass_on(const struct ports *ports);

/* Detach what this agent attached for its own time. A fence stays where something is guarded. */
void ports_close(struct ports *ports, const char *bpffs);

/* Take the agent's XDP program off NICs that a run with another configuration used and this one
 * does not. For the fence see others_forget_rest(). */
void ports_forget_others(const struct ports *ports, const char *bpffs);

/* Returns NULL if the configuration does not name this interface. */
struct port *ports_find(struct ports *ports, const char *name);

/* Returns the port whose NIC this is, if it has the fence for public NICs on it; otherwise NULL. */
struct port *ports_fenced(struct ports *ports, int ifindex);

#endif
