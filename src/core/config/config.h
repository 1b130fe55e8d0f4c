/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns text into a validated configuration, which nobody changes afterwards. Pure except for the
 * memory that it allocates: it reads from a buffer, knows only the name of the file, and reports
 * every error with its place. It never looks at the host: the agent finds out whether an interface
 * or a script exists.
 */
#ifndef CORE_CONFIG_CONFIG_H
#define CORE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vrrp_abi.h"

#define CONFIG_IFNAME        16   /* IFNAMSIZ */
#define CONFIG_USER          33   /* of a user or a group, as useradd(8) has it */
#define CONFIG_PROCESS       64   /* of a process; the kernel keeps its first 15 characters */
#define CONFIG_MAX_TRACKS    16   /* interfaces of one router; scripts, files, processes, too */
#define CONFIG_MAX_ADDRESSES 1024 /* of one router; standby addresses, too */
#define CONFIG_MAX_ROUTES    255  /* of one router; rules, too: each is compared with each other */
#define CONFIG_MAX_HOPS      8    /* next hops of one route */
#define CONFIG_MAX_ERRORS    100  /* lines in config_errors.text; the rest is only counted */

/* An Ethernet frame has room for so many IPv6 addresses of a signed advert, and an advert is never
 * fragmented: (1500 - 40 of IPv6 - 8 of VRRP - the trailer) / 16. IPv4's 255 fit. */
#define CONFIG_MAX_ADVERTISE6 89

/* For so long after a promotion, frames of the earlier master may still leave a full queue. */
#define CONFIG_GARP_TAIL_MS 10000

struct config_prefix { /* 42.51.67.93/24 */
	struct vrrp_addr addr;
	struct vrrp_addr peer; /* the other end of a point-to-point link; plen is of its network */
	uint32_t metric;       /* of the route to the network; 0: the kernel's default */
	uint8_t family;        /* 4 or 6 */
	uint8_t plen;
	uint8_t use;   /* enum config_use */
	uint8_t scope; /* IPv4: RT_SCOPE_*; 0: global */
	bool has_peer;
	bool noprefixroute;        /* the kernel makes no route to the network */
	char dev[CONFIG_IFNAME];   /* empty: the public interface */
	char label[CONFIG_IFNAME]; /* IPv4; empty: the name of the interface */
};

/* May the kernel choose this address as the source of the host's own connections? A deprecated
 * one is the last choice; of an IPv4 address the kernel only notes it. By default an IPv6 address
 * of 128 bits is deprecated, as no other host is in its prefix. */
enum config_use { CONFIG_USE_DEFAULT, CONFIG_USE_DEPRECATED, CONFIG_USE_PREFERRED };

/* A route or a rule that refuses a packet instead of sending it on. The numbers are those of both
 * RTN_* and FR_ACT_*. */
enum config_refusal {
	CONFIG_REFUSAL_NONE,
	CONFIG_REFUSAL_BLACKHOLE = 6,
	CONFIG_REFUSAL_UNREACHABLE = 7,
	CONFIG_REFUSAL_PROHIBIT = 8,
};

struct config_hop { /* one of several next hops: nexthop [via ADDR] [dev IF] [weight N] [onlink] */
	struct vrrp_addr via;
	uint16_t weight; /* 1..256 */
	bool has_via, onlink;
	char dev[CONFIG_IFNAME]; /* empty: the public interface */
};

struct config_route { /* `route`: [TYPE] PREFIX [via ADDR] [dev IF] and more options */
	uint8_t family;
	uint8_t plen;    /* 0 and a zero addr: the default route */
	uint8_t refusal; /* enum config_refusal */
	bool has_via, has_src, has_scope, onlink;
	uint8_t scope; /* IPv4: RT_SCOPE_* */
	struct vrrp_addr addr, via, src;
	uint32_t metric; /* 0: the kernel's default */
	uint32_t table;  /* 0: that of the interface, which is main or that of its VRF */
	uint32_t mtu;    /* 0: none */
	char dev[CONFIG_IFNAME];
	unsigned int hop_count; /* if not 0: there is neither via nor dev */
	struct config_hop hops[CONFIG_MAX_HOPS];
};

struct config_ports {
	uint16_t first, last; /* 0: any */
};

struct config_rule { /* `rule`: [not] SELECTORS, and table N or a refusal */
	uint8_t family;
	uint8_t refusal;            /* enum config_refusal; if NONE: table */
	bool inverted;              /* `not`: for whatever does not match */
	uint8_t from_plen, to_plen; /* 0: all */
	uint8_t tos, ip_proto;      /* 0: any */
	struct vrrp_addr from, to;
	uint32_t mark, mask; /* mask 0: any */
	uint32_t priority, table;
	struct config_ports sport, dport;
	char iif[CONFIG_IFNAME], oif[CONFIG_IFNAME]; /* empty: any */
};

#define CONFIG_RULE_PRIORITY 16384 /* where none is given: before the table main */

enum config_mac_kind {
	CONFIG_MAC_KEEP,    /* leave the NIC its own MAC */
	CONFIG_MAC_VIRTUAL, /* IPv4: 00:00:5e:00:01:VRID, IPv6: 00:00:5e:00:02:VRID */
	CONFIG_MAC_FIXED,   /* mac[] */
};

struct config_mac {
	uint8_t kind;   /* enum config_mac_kind */
	uint8_t mac[6]; /* filled in for VIRTUAL and FIXED */
};

enum config_notify {
	CONFIG_NOTIFY_ANY, /* notify: every change */
	CONFIG_NOTIFY_MASTER,
	CONFIG_NOTIFY_BACKUP,
	CONFIG_NOTIFY_FAULT,
	CONFIG_NOTIFY_COUNT
};

/* The hooks that are waited for. */
enum config_before {
	CONFIG_BEFORE_MASTER, /* adverts go out; the address answers when it has ended */
	CONFIG_BEFORE_BACKUP, /* of a planned leave: the router leaves when it has ended */
	CONFIG_BEFORE_COUNT
};

/* As whom the programs of a router run. There is one of each, which all routers share. */
struct config_user {
	struct config_user *next; /* in the list of all */
	char name[CONFIG_USER];
	char group[CONFIG_USER]; /* empty: his own */
};

struct config_hook {
	char **command;      /* command.h; NULL: none */
	uint32_t timeout_ms; /* from the moment at which it is due */
	bool strict;         /* if it fails, what it is waited for does not happen */
};

/* If a tracked thing without a weight fails, the router is in FAULT. A thing with a weight changes
 * the priority: a negative weight counts while it has failed, a positive one while it is well. */
struct config_track_interface {
	char name[CONFIG_IFNAME];
	int16_t weight; /* -253..253; 0: none */
};

struct config_track_script {
	char **command;                /* command.h */
	uint32_t every_ms, timeout_ms; /* a script that exceeds its time limit has failed */
	int16_t weight;
	uint8_t rise, fall; /* how many results in a row change the verdict */
};

struct config_track_file {
	char *path;     /* absolute; it holds a number, or is not there, which is 0 */
	int16_t weight; /* times that number; 0: there is none, and any number but 0 is a failure */
};

struct config_track_process {
	char name[CONFIG_PROCESS]; /* as /proc/PID/comm has it, or longer */
	int16_t weight;
};

/* Where a key of the authentication trailer is. sys/host/keyring.h reads it. */
struct config_hmac_key {
	uint8_t id;
	unsigned int line;
	char *file; /* absolute, or the name of a systemd credential */
};

/* Is the fence used? */
enum config_fence {
	CONFIG_FENCE_AUTO, /* if the host can have it; its absence is logged */
	CONFIG_FENCE_YES,  /* without it, nothing is started */
	CONFIG_FENCE_NO,
};

/* Who else is asked before a promotion? */
enum config_witness {
	CONFIG_WITNESS_NONE,
	CONFIG_WITNESS_GATEWAY, /* it must answer on the public wire */
	CONFIG_WITNESS_OWNER,   /* the shared address must no longer answer there */
};

/* The form of a gratuitous ARP. */
enum config_garp {
	CONFIG_GARP_BOTH, /* one of each in a round: some gear learns from one of them alone */
	CONFIG_GARP_REQUEST,
	CONFIG_GARP_REPLY,
};

struct config_router {
	char name[VRRP_NAME_LEN];
	/* Its routers are MASTER together or not at all; empty: it is in none. The place counts the
	 * routers of the group from 0, in the order of their VRIDs. */
	char group[VRRP_NAME_LEN];
	uint16_t group_place;
	uint16_t interval_cs; /* also for v2: whole seconds then, up to 25500 */
	unsigned int line;    /* of its section; 0: it comes from a command line */
	uint8_t vrid, family, version, priority;
	bool preempt, accept;
	/* A MASTER that leaves on purpose stays until another router takes the address, for
	 * handover_timeout_ms at most; if that is 0, as long as the timers of VRRP may need. */
	bool handover;
	bool vrrpd; /* it comes from vrrpd's command line: notify[] may hold relative paths, see
		     * config_vrrpd() */
	uint32_t preempt_delay_ms, handover_timeout_ms;
	uint32_t start_hold_ms; /* how long an answer may hold the first promotion back */
	/* No promotion for so long after the agent's start, and after the link of an interface came
	 * up on which nobody was heard since: its switch port may forward later than that. */
	uint32_t start_delay_ms, link_delay_ms;
	uint32_t notify_timeout_ms;

	char heartbeat[VRRP_MAX_PATHS][CONFIG_IFNAME];
	char nic[CONFIG_IFNAME]; /* `public`: the interface that the host has */
	/* The macvlan on it that the agent makes, so that the interface keeps its own MAC; empty:
	 * none. */
	char macvlan[CONFIG_IFNAME];
	char public[CONFIG_IFNAME];      /* what carries the addresses: `macvlan`, or else `nic` */
	struct config_prefix *addresses; /* may mix families and devices */
	struct config_route *routes; /* `gateway` is here too, as default routes, first (v4, v6) */
	struct config_rule *rules;
	/* The addresses that adverts list, all of `family`. With IPv6 a link-local address comes
	 * first (RFC 9568, erratum 8300). If none is configured, it is that of the virtual MAC,
	 * which is advertised only. */
	struct vrrp_addr *advertise;
	struct config_prefix *standby_addresses;
	struct config_route *standby_routes; /* `standby-gateway` */
	struct vrrp_addr *peers;
	struct config_hmac_key *hmac_keys;
	struct config_track_interface *track;
	struct config_track_script *scripts;
	struct config_track_file *files;
	struct config_track_process *processes;
	/* Of the lists above. Together, since beside a pointer each would take twice its size, and
	 * a host may have thousands of routers. */
	unsigned int heartbeat_count, address_count, route_count, rule_count, advertise_count;
	unsigned int standby_address_count, standby_route_count, peer_count, hmac_key_count;
	unsigned int track_count, script_count, file_count, process_count;

	struct config_mac mac;
	uint8_t standby_mac[6];
	bool has_standby_mac, has_source;
	uint8_t garp;    /* enum config_garp */
	uint8_t fence;   /* enum config_fence */
	uint8_t witness; /* enum config_witness */
	struct vrrp_addr source;
	uint8_t min_ttl;
	uint8_t checksum;       /* enum vrrp_checksum */
	bool any_first_address; /* IPv6: accept adverts whose first address is not link-local */
	uint8_t auth_type;      /* VRRP_AUTH_NONE or _PASS */
	uint8_t auth_data[VRRP_AUTH_LEN];
	uint8_t hmac_mode; /* enum vrrp_hmac_mode; OFF: there is no key */
	uint8_t hmac_active;
	uint16_t hmac_window_s, hmac_ahead_s;

	uint32_t garp_count, garp_interval_ms, garp_refresh_ms;
	uint32_t
		garp_delay_ms; /* from the beginning of a burst to the next one; 0: there is none */
	/* Rounds of announcements go on for so long after the beginning of a burst, at growing
	 * pauses; 0: they do not. No key sets it. */
	uint32_t garp_tail_ms;
	char **notify[CONFIG_NOTIFY_COUNT]; /* commands, see command.h, or NULL */
	struct config_hook before[CONFIG_BEFORE_COUNT];
	const struct config_user *script_user; /* as whom its programs run; NULL: as the agent */
};

/* A group that has routers. `as` has the keys of its section that are not given to its routers:
 * the programs that tell of it, their time limit, and its name. The members beside these are what
 * such a program is told: those of its first router, and the addresses of all. */
struct config_group {
	struct config_router as;
	unsigned int *routers; /* indexes into config.routers, by their places */
	unsigned int count;
};

enum config_mode {
	CONFIG_MODE_AUTO,
	CONFIG_MODE_NATIVE,
	CONFIG_MODE_GENERIC,
	CONFIG_MODE_SOCKET,
};

struct config_shared {
	struct vrrp_addr addr;
	uint8_t family;
};

struct config {
	struct config_router *routers;
	unsigned int router_count;
	struct config_group *groups;
	unsigned int group_count;
	struct config_user *users;
	struct config_shared *shared; /* of all routers, sorted for config_is_shared() */
	unsigned int shared_count;
	enum config_mode mode;
	int realtime; /* SCHED_FIFO priority; 0: off */
	uint32_t early_ns;
	int log_level; /* syslog's: 3 err, 4 warning, 6 info, 7 debug */
};

/* The errors are collected, so that one run shows all of them. Each is one line of text, in
 * the order of the lines of the file: "FILE:LINE: message\n". After CONFIG_MAX_ERRORS of them, a
 * last line says how many more there are. */
struct config_errors {
	char *text; /* owned by the caller, who calls free(); NULL: there are no errors */
	unsigned int count;
};

/* Parse the text of the file that is named `file`. It has `length` bytes, and need not end with a
 * NUL or a newline. Returns 0 and fills in *ret_config, which the caller frees by config_free().
 * Returns -EINVAL and fills in *errors if there are errors. Returns -ENOMEM if there is no memory.
 * *errors is {NULL, 0} unless -EINVAL is returned, and needs no initial value. */
int config_parse(const char *file, const char *text, size_t length, struct config **ret_config,
		 struct config_errors *errors);

/* Parse vrrpd's own command line. The flags are -i -v -p -d -s -n -a -U -D; the operands are
 * addresses, and options may follow them. argv[0] is not looked at. The caller has removed the
 * common options (--json and so on). The router has version 2, an interval of 1 s unless -d sets
 * another one, and the name "vrrp-VRID". The results are those of config_parse(), but an error has
 * the form "vrrp-xdp: message\n". A flag of vrrpd that has no meaning here is refused, and the
 * error says what to use instead.
 *
 * -U and -D may be relative paths, as with vrrpd. The working directory belongs to the host, so the
 * caller, who owns *ret_config until it is handed on, makes notify[] absolute. */
int config_vrrpd(int argc, char *const argv[], struct config **ret_config,
		 struct config_errors *errors);

/* The same for a user who changes over to a configuration file: a flag that has no meaning here is
 * not an error, but a line of *ret_notes, such as "-f FILE: what to do instead\n". The caller owns
 * *ret_notes and calls free(). */
int config_vrrpd_import(int argc, char *const argv[], struct config **ret_config,
			struct config_errors *errors, char **ret_notes);

/* Does any router of this host share this address with other hosts, or advertise it? */
bool config_is_shared(const struct config *config, uint8_t family, const struct vrrp_addr *addr);

/* config may be NULL. */
void config_free(struct config *config);

/* Returns the canonical text of a configuration, with the defaults filled in. `check` prints it,
 * and the golden files of the tests hold it. It parses to the same configuration. The exception is
 * a script of vrrpd's command line that a file cannot name: one with a relative path, or longer
 * than a line. The text has a v2 password in clear. The caller owns it and calls free(). Returns
 * NULL if there is no memory. */
char *config_format(const struct config *config);

#endif
