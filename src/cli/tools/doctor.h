/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns facts about a host into findings: what is well, what may cause trouble, what is broken, and
 * what to do about it. Pure except for the memory of its result: the caller has collected the
 * facts, and nothing is looked at here. What is not known is reported as such, and never guessed.
 */
#ifndef CLI_TOOLS_DOCTOR_H
#define CLI_TOOLS_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/address.h"
#include "core/config/config.h"
#include "core/interval_advice.h"
#include "core/vrrp/refusal.h"

/* ---- what comes out ---- */

enum doctor_level { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_LEVELS };

struct doctor_finding {
	enum doctor_level level;
	const char *check;         /* what was looked at, for programs: "mtu", "peer", ... */
	char about[VRRP_NAME_LEN]; /* an interface, a virtual router, or "host" */
	char *text;
	char *advice; /* NULL: there is nothing to do */
};

struct doctor_report {
	struct doctor_finding *findings;
	unsigned int count;
	unsigned int levels[DOCTOR_LEVELS]; /* how many of each */
};

/* ---- what goes in ---- */

#define DOCTOR_MAX_NICS    (2 * VRRP_MAX_PORTS)
#define DOCTOR_MAX_CHAINS  64
#define DOCTOR_MAX_OTHERS  8  /* that are named */
#define DOCTOR_MAX_REFUSED 16 /* likewise */
#define DOCTOR_TEXT        64
#define DOCTOR_LONG        256
#define DOCTOR_STALE_MS    60000 /* a refused signature older than this is not told any more */

enum doctor_known { DOCTOR_UNKNOWN = 0, DOCTOR_YES, DOCTOR_NO };

/* The result of something that was or was not tried. */
struct doctor_probe {
	bool tried;
	int err; /* 0: it works */
};

struct doctor_kernel {
	struct doctor_probe program; /* load the XDP program and its maps */
	struct doctor_probe link;    /* attach it by a link */
	struct doctor_probe fence;   /* load the fence */
	struct doctor_probe tcx;     /* attach that by tcx */
};

struct doctor_agent {
	int pid;        /* 0: none runs */
	bool elsewhere; /* in another network namespace than the doctor */
	char version[32];
	enum doctor_known caps_known;
	uint64_t caps; /* PERMISSION_*, effective */
	enum doctor_known realtime;
	uint64_t fence_repairs; /* fences that it put right */
};

/* What is wrong with a file or directory. */
enum doctor_access {
	DOCTOR_ACCESS_OK,
	DOCTOR_ACCESS_NONE,    /* there is no such thing */
	DOCTOR_ACCESS_FAILED,  /* err */
	DOCTOR_ACCESS_FOREIGN, /* somebody else's */
	DOCTOR_ACCESS_WRITE,   /* others may write to it */
	DOCTOR_ACCESS_READ,    /* others may read it */
};

struct doctor_file {
	const char *path; /* NULL: not asked for */
	enum doctor_access access;
	int err;
	unsigned int mode;
};

/* Which software configures a NIC. */
struct doctor_owner {
	bool network_manager; /* it manages this one */
	bool networkd;        /* the same */
	bool keeps;           /* networkd: KeepConfiguration= leaves what others add */
	char network_file[DOCTOR_LONG];
	bool ifupdown, ifupdown_dhcp;
	bool ifcfg, ifcfg_dhcp;
	char ifcfg_hwaddr[MAC_TEXT]; /* empty: none */
};

struct doctor_nic {
	char name[CONFIG_IFNAME];
	char nearest[CONFIG_IFNAME]; /* where it does not exist: what may be meant; or empty */
	bool exists, heartbeat, public;
	bool up, carrier, multicast, ethernet;
	uint32_t mtu;
	uint32_t advert_octets; /* the longest IP packet that is to go out here; 0: not known */
	bool needs_multicast;   /* a router with multicast has a heartbeat here */
	bool wants_native;      /* [agent] mode = native */
	char driver[DOCTOR_TEXT];
	enum doctor_known native; /* the driver has XDP */
	uint32_t program;         /* id of the XDP program on it; 0: none */
	bool ours, generic;
	bool dispatcher; /* it is libxdp's, and calls none of ours */
	bool joinable;   /* this build can put ours there */
	char program_name[16];
	bool socket;     /* heard by a packet socket of the agent */
	bool deaf, tags; /* because XDP did not hear what came by, or took other VLANs' for ours */
	const char *fence; /* how it stands: "first", "behind", "gone"; NULL: it guards nothing */
	int holder;        /* pid of another agent that has it; 0: none */
	enum doctor_known lro, gro_hw;
	enum doctor_known groups; /* its filter lets the multicast groups in */
	uint8_t mac[6];

	bool displaces; /* a router takes addresses or routes of the host off it */
	bool wants_mac; /* a router gives it this one while it is master, */
	bool macvlan;   /* or rather a macvlan on it, which has it always */
	uint8_t wanted_mac[6];
	char mac_router[VRRP_NAME_LEN];
	bool mac_due;               /* that router is master here, now */
	enum doctor_known sets_mac; /* virtio: the host takes one from its guest */
	bool virtual_function, bond_keeps_mac;
	char port_of[CONFIG_IFNAME]; /* the bridge, bond or team that speaks for it; or empty */
	struct doctor_owner owner;
};

/* One path of a router that runs. */
struct doctor_path {
	char router[VRRP_NAME_LEN];
	char ifname[CONFIG_IFNAME];
	enum vrrp_state state;
	enum vrrp_hold hold;
	uint32_t interval_ms;
	uint8_t family;
	bool heard;
	uint64_t age_ms; /* of the last advert; heard alone */
	bool silent;     /* others of its paths are heard */
	bool has_peer;   /* who spoke last, or is configured */
	struct vrrp_addr peer, own;
	enum doctor_known answers; /* the peer, to ARP or neighbour discovery, a moment ago */
	bool refuses;              /* somebody who cannot be understood speaks on it */
	/* Told by the router's first path alone: */
	bool cloned;
	uint8_t clone_mac[6];
	bool drifts; /* the clocks were measured; drift_ppm: ours is faster by so much */
	int32_t drift_ppm;
	struct interval_advice advice;
};

/* A peer that speaks for the VRID of a router and cannot be understood. */
struct doctor_refused {
	char router[VRRP_NAME_LEN];
	char ifname[CONFIG_IFNAME];
	uint8_t family;
	struct vrrp_addr source;
	uint64_t age_ms;
	struct refusal why;
};

/* The clock of a peer of a router whose adverts are signed. */
struct doctor_clock {
	char router[VRRP_NAME_LEN];
	uint8_t family;
	bool stale; /* this advert was refused; it may be anybody's */
	struct vrrp_addr peer;
	int64_t skew_ns;
	uint32_t window_s;
	uint64_t age_ms;
};

/* A router that was MASTER beside a better one, as its switch port forwarded late. */
struct doctor_late {
	char router[VRRP_NAME_LEN];
	int64_t deaf_ns;        /* so long after the link came up it heard nobody */
	uint32_t link_delay_ms; /* as configured */
};

/* A base chain of the firewall that drops what no rule of it accepts. */
struct doctor_chain {
	char family[8], table[DOCTOR_TEXT], name[DOCTOR_TEXT];
	bool legacy; /* of iptables, without nftables */
	bool accepts_vrrp, accepts_nd, accepts_arp;
};

/* An Ethernet interface that carries no shared address, and that the fence does not cover. */
struct doctor_other {
	char name[CONFIG_IFNAME];
	bool answers; /* ARP, for addresses of other interfaces: arp_ignore is 0 */
};

struct doctor_facts {
	const char *own_version;
	struct doctor_kernel kernel;
	struct doctor_agent agent;

	struct doctor_file config, run_dir, bpffs;
	unsigned int config_errors;
	char config_error[DOCTOR_LONG]; /* the first one */
	struct config *settings;        /* NULL: there is none, or it has errors */
	char *key_errors;               /* a line each; NULL: none */

	struct doctor_nic nics[DOCTOR_MAX_NICS];
	unsigned int nic_count;
	struct doctor_path *paths;
	unsigned int path_count;
	struct doctor_refused refused[DOCTOR_MAX_REFUSED]; /* the first ones */
	unsigned int refused_count;                        /* all of them */
	struct doctor_clock *clocks;
	unsigned int clock_count;
	enum doctor_known clock_synchronized;
	struct doctor_late *lates;
	unsigned int late_count;

	/* These mean something only while an agent runs, or if one has left its fence. */
	enum doctor_known others_known;
	struct doctor_other others[DOCTOR_MAX_OTHERS]; /* the first ones */
	unsigned int other_count;                      /* all of them */
	unsigned int others_covered;

	enum doctor_known firewall; /* NO: it could not be asked */
	struct doctor_chain chains[DOCTOR_MAX_CHAINS];
	unsigned int chain_count;
};

/* Returns 0 and *ret_report, which the caller frees by doctor_free(), or -ENOMEM. */
int doctor_judge(const struct doctor_facts *facts, struct doctor_report *ret_report);
void doctor_free(struct doctor_report *report);

const char *doctor_level_name(enum doctor_level level); /* "ok", "warn", "fail" */

#endif
