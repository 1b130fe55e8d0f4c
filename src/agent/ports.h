/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interfaces that the configuration names: are they there, usable, and are the heartbeat ones
 * heard, by the XDP program or a packet socket? Refreshed from the cached dump (interfaces.h)
 * whenever the monitor said that something changed.
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
	bool heartbeat;   /* is heard, and gets the group's membership */
	bool owned;       /* not only tracked: no other agent may have it (sys/net/nic_lock.h) */
	int lock_fd;      /* -1: not locked */
	int lock_ifindex; /* for which it was locked, or refused */
	bool lock_refused;
	bool families[2];  /* IPv4, IPv6: whose group is joined */
	bool attached;     /* or heard by a packet socket */
	int fence_ifindex; /* fenced by that number; 0: not */
	bool fence_failed; /* said once */
	enum vrrp_mode mode;
	/* As of the last refresh, which the routers were told of. The MAC: interfaces_mac(). */
	bool up; /* administratively */
	bool carrier;
};

struct ports {
	struct port port[PORTS_MAX];
	unsigned int count;
	struct interfaces *interfaces;
	bool dirty;                 /* links or addresses changed since the last refresh */
	struct monotime refresh_at; /* not before: dumps are not free */
};

struct ports_deps {
	struct datapath *datapath;
	struct receiver *receiver;
	struct sender *sender;
	const char *bpffs;
	enum config_mode mode;
	bool replace;
};

/* Every interface that config names. interfaces must outlive the ports. -ENOSPC: more than
 * PORTS_MAX. */
int ports_init(struct ports *ports, const struct config *config, struct interfaces *interfaces);

/* Look at the interfaces, update every port, lock those that are new or came back, attach and join
 * heartbeat ones. One that another agent has is as good as not there. strict: the first failure
 * ends it (at start: nothing half applied); else it is logged. Negative errno. */
int ports_refresh(struct ports *ports, const struct ports_deps *deps, bool strict);

/* Now and then, so that other agents can ask for locks. */
void ports_tidy(struct ports *ports);

/* Detach what this agent attached for its own time; the last one takes the pinned maps with it.
 * fence_needed: something on a NIC still needs the fence, and the fence its maps. */
void ports_close(struct ports *ports, const char *bpffs, bool fence_needed);

/* Take the agent's programs off NICs that a run with another configuration used and this one does
 * not. fence_needed: as above. */
void ports_forget_others(const struct ports *ports, const char *bpffs, bool fence_needed);

/* NULL: not one of ours. */
struct port *ports_find(struct ports *ports, const char *name);

#endif
