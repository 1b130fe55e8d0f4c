/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keepalived's keywords that have no equivalent, and why. Tables, and nothing else. A name that
 * ends with '*' stands for all that begin like that.
 */
#include <string.h>

#include "cli/tools/import_internal.h"

#define FINE IMPORT_NOTHING, NULL

#define MAIL                                                                               \
	"vrrp-xdp sends no mail; a program of notify can do it, with VRRP_CAUSE from its " \
	"environment"
#define MAILING "only smtp_alert uses it"
#define IPVS    "vrrp-xdp does not balance servers; run keepalived -C for that beside the agent"
#define OF_IPVS "it is for the balancing of servers, for which keepalived -C runs beside the agent"
#define SNMP    "there is no SNMP; use vrrp-xdp metrics (Prometheus) or vrrp-xdp status --json"
#define DBUS    "there is no D-Bus; use vrrp-xdp status --json or a program of notify"
#define BFD     "there is no BFD; an interval of 10ms to 100ms finds a dead host as fast"
#define FIFO    "there is no pipe; use programs of notify, which run one after the other"
#define UNIT    "set this in the unit of systemd: systemctl edit vrrp-xdp"
#define FILES   "the agent has its files in the run directory (--run-dir)"
#define WINNER  "after two masters the winner always announces again"
#define NAMED   "the name of a macvlan is vrrp.VRID, or that of mac-device"
#define STATIC                                                                                  \
	"put addresses, routes and rules of every state into the network configuration of the " \
	"host"
#define FENCE   "the fence does this without a firewall"
#define PROCESS "the agent sets its own real-time priority: realtime in [agent]"
#define LINKS   "the agent watches links by messages of the kernel"
#define QUEUE   "adverts are checked in the kernel, so there is no queue to size"
#define LOADED  "a file with an error is never loaded, and a reload is no failover"
#define SKIP    "the addresses of every advert are compared, by a digest"
#define GROUPS  "adverts are sent only to the groups of the RFC, 224.0.0.18 and ff02::12"
#define LOWER   "a lower priority is always answered, as the RFC says"
#define TIMER   "it is always three intervals, as the RFC says, because the lease relies on that"
#define OWNER   "an owner (priority 255) never yields to another host"
#define LATE    "while the agent is late, the lease ends and the fence keeps its host off the wire"
#define SUMS    "both forms of the checksum are understood, and a peer gets its own form"
#define STATUS  "use vrrp-xdp status --json"
#define EXTRA   "garp-refresh announces on each interface with a shared address"

static const struct import_reason top[] = {
	{"virtual_server*", IPVS, IMPORT_DROPPED, NULL},
	{"SSL", OF_IPVS, FINE},
	{"bfd_instance", BFD, IMPORT_DROPPED, NULL},
	{"static_ipaddress", STATIC, IMPORT_DROPPED, NULL},
	{"static_routes", STATIC, IMPORT_DROPPED, NULL},
	{"static_rules", STATIC, IMPORT_DROPPED, NULL},
	{"track_group", "it is for static addresses and routes", FINE},
	{"linkbeat_interfaces", LINKS, FINE},
	{"linkbeat_use_polling", LINKS, FINE},
	{"interface_up_down_delays",
	 "a link that fails counts at once; for a link that comes up use link-delay",
	 IMPORT_DROPPED, NULL},
	{"net_namespace*", "NetworkNamespacePath= of the unit: systemctl edit vrrp-xdp",
	 IMPORT_DROPPED, NULL},
	{"namespace_with_ipsets", FENCE, FINE},
	{"instance", FILES, FINE},
	{"use_pid_dir", FILES, FINE},
	{"child_wait_time", "a stop waits only for running programs", FINE},
	{"config_save_dir", LOADED, FINE},
	{"reload_time_file", "a timer of systemd can reload the unit", IMPORT_DROPPED, NULL},
	{"reload_*", LOADED, FINE},
	{"include*", "the file could not be read", IMPORT_DROPPED, NULL},
};

static const struct import_reason globals[] = {
	{"notification_email*", MAILING, FINE},
	{"smtp_alert*", MAIL, IMPORT_DROPPED, NULL},
	{"smtp_*", MAILING, FINE},
	{"no_email_faults", MAILING, FINE},
	{"email_faults", MAILING, FINE},
	{"router_id", "only mail and SNMP would show it", FINE},
	{"lvs_id", "only mail and SNMP would show it", FINE},
	{"lvs_sync_daemon*", IPVS, IMPORT_DROPPED, NULL},
	{"lvs_*", OF_IPVS, FINE},
	{"checker_*", OF_IPVS, FINE},
	{"rs_init_notifies", OF_IPVS, FINE},
	{"no_checker_emails", OF_IPVS, FINE},
	{"nftables_ipvs*", OF_IPVS, FINE},
	{"snmp_*", SNMP, FINE},
	{"enable_snmp_checker", OF_IPVS, FINE},
	{"enable_snmp_*", SNMP, IMPORT_DROPPED, NULL},
	{"enable_traps", SNMP, IMPORT_DROPPED, NULL},
	{"enable_dbus", DBUS, IMPORT_DROPPED, NULL},
	{"dbus_*", DBUS, FINE},
	{"json_version", "vrrp-xdp status --json has a schema of its own", FINE},
	{"enable_script_security",
	 "refusing them: the log and `check` name programs of root that others can change",
	 IMPORT_PART, NULL},
	{"max_auto_priority", PROCESS, FINE},
	{"min_auto_priority_delay", PROCESS, FINE},
	{"vrrp_priority", PROCESS, FINE},
	{"vrrp_process_name", FILES, FINE},
	{"process_name*", FILES, FINE},
	{"vrrp_cpu_affinity", "CPUAffinity= of the unit: systemctl edit vrrp-xdp", IMPORT_DROPPED,
	 NULL},
	{"vrrp_rlimit_rt*", PROCESS, FINE},
	{"bfd_*", BFD, FINE},
	{"notify_fifo*", FIFO, IMPORT_DROPPED, NULL},
	{"vrrp_notify_*", FIFO, IMPORT_DROPPED, NULL},
	{"fifo_write_vrrp_states_on_reload", FIFO, FINE},
	{"nftables*", FENCE, FINE},
	{"vrrp_iptables", FENCE, FINE},
	{"vrrp_nftables*", FENCE, FINE},
	{"vrrp_ipsets", FENCE, FINE},
	{"disable_local_igmp", "sysctl net.ipv4.igmp_link_local_mcast_reports = 0 does it",
	 IMPORT_DROPPED, NULL},
	{"vrrp_mcast_group4", GROUPS, IMPORT_DROPPED, "224.0.0.18"},
	{"vrrp_mcast_group6", GROUPS, IMPORT_DROPPED, "ff02::12"},
	{"vrrp_garp_master_refresh_repeat", "each garp-refresh sends one announcement",
	 IMPORT_DROPPED, "1"},
	{"vrrp_garp_lower_prio_*", WINNER, FINE},
	{"vrrp_garp_extra_if", EXTRA, IMPORT_DROPPED, "0"},
	{"vrrp_gna_interval", "garp-interval is for both families", IMPORT_DROPPED, "0"},
	{"vrrp_higher_prio_send_advert", WINNER, FINE},
	{"vrrp_lower_prio_no_advert", LOWER, FINE},
	{"vrrp_vmac_garp_intvl", EXTRA, IMPORT_DROPPED, "0"},
	{"v3_checksum_as_v2", SUMS, FINE},
	{"vrrp_delay_after_boot",
	 "use start-delay, which counts from each start, or link-delay, which counts from when a "
	 "link came up",
	 IMPORT_DROPPED, NULL},
	{"vrrp_down_timer_adverts", TIMER, IMPORT_DROPPED, "3"},
	{"vrrp_skip_check_adv_addr", SKIP, FINE},
	{"vrrp_owner_ignore_adverts", OWNER, FINE},
	{"owner_ignore_adverts", OWNER, FINE},
	{"timer_expired_backup", LATE, FINE},
	{"thread_timer_expired", LATE, FINE},
	{"dynamic_interfaces", "an interface may always be absent", FINE},
	{"allow_if_changes", "an interface that comes back is used again", FINE},
	{"vrrp_rx_bufs_*", QUEUE, FINE},
	{"vrrp_netlink_*", "the agent recovers from a lost message of the kernel", FINE},
	{"process_monitor_rcv_bufs*", "the agent recovers from a lost message of the kernel", FINE},
	{"log_unknown_vrids", "vrrp-xdp monitor shows adverts of every VRID", FINE},
	{"vmac_prefix", NAMED, FINE},
	{"vmac_addr_prefix", NAMED, FINE},
	{"startup_script_timeout", UNIT, FINE},
	{"shutdown_script_timeout", UNIT, FINE},
	{"startup_script", "ExecStartPre= of the unit: systemctl edit vrrp-xdp", IMPORT_DROPPED,
	 NULL},
	{"shutdown_script", "ExecStopPost= of the unit: systemctl edit vrrp-xdp", IMPORT_DROPPED,
	 NULL},
	{"umask", FILES, FINE},
	{"tmp_config_directory", FILES, FINE},
	{"config_copy_directory", FILES, FINE},
	{"config_save_dir", LOADED, FINE},
	{"state_file_location", STATUS, FINE},
	{"stats_file_location", STATUS, FINE},
	{"json_file_location", STATUS, FINE},
	{"state_dump_file", STATUS, FINE},
	{"data_use_instance", STATUS, FINE},
	{"use_symlink_paths", UNIT, FINE},
	{"random_seed", "nothing is random", FINE},
	{"reload_time_file", "a timer of systemd can reload the unit", IMPORT_DROPPED, NULL},
	{"reload_*", LOADED, FINE},
	{"include_check", "a comment names each file that is not read", FINE},
	{"iproute_*", "use numbers for tables and protocols", FINE},
};

static const struct import_reason instances[] = {
	{"smtp_alert", MAIL, IMPORT_DROPPED, NULL},
	{"lvs_sync_daemon*", IPVS, IMPORT_DROPPED, NULL},
	{"track_bfd", BFD, IMPORT_DROPPED, NULL},
	{"notify_deleted", "no program is run for a router that a reload removes", IMPORT_DROPPED,
	 NULL},
	{"notify_master_rx_lower_pri", "no program is run for an advert with a lower priority",
	 IMPORT_DROPPED, NULL},
	{"notify_priority_changes", FIFO, IMPORT_DROPPED, NULL},
	{"vmac_xmit_base", "adverts are sent by the heartbeat interface itself", FINE},
	{"use_ipvlan", "there is no ipvlan; use mac-device = macvlan", IMPORT_DROPPED, NULL},
	{"dont_track_primary",
	 "a router without its heartbeat is in FAULT; give `heartbeat` a second interface",
	 IMPORT_DROPPED, NULL},
	{"track_src_ip", "the source address of adverts is not tracked", IMPORT_DROPPED, NULL},
	{"vrf", "name an interface of it as heartbeat", IMPORT_DROPPED, NULL},
	{"mcast_dst_ip", GROUPS, IMPORT_DROPPED, NULL},
	{"unicast_ttl", "unicast adverts are sent with a TTL of 255", IMPORT_DROPPED, "255"},
	{"unicast_fault_no_peer", "it is for an instance without peers", FINE},
	{"old_unicast_checksum", SUMS, FINE},
	{"checksum_compatibility", SUMS, FINE},
	{"unicast_chksum_compat", SUMS, FINE},
	{"v3_checksum_as_v2", SUMS, FINE},
	{"no_virtual_ipaddress", "a router has at least one address", IMPORT_DROPPED, NULL},
	{"garp_master_refresh_repeat", "each garp-refresh sends one announcement", IMPORT_DROPPED,
	 "1"},
	{"garp_lower_prio_*", WINNER, FINE},
	{"garp_extra_if", EXTRA, IMPORT_DROPPED, "0"},
	{"vmac_garp_intvl", EXTRA, IMPORT_DROPPED, "0"},
	{"gna_interval", "garp-interval is for both families", IMPORT_DROPPED, "0"},
	{"higher_prio_send_advert", WINNER, FINE},
	{"lower_prio_no_advert", LOWER, FINE},
	{"down_timer_adverts", TIMER, IMPORT_DROPPED, "3"},
	{"skip_check_adv_addr", SKIP, FINE},
	{"owner_ignore_adverts", OWNER, FINE},
	{"timer_expired_backup", LATE, FINE},
	{"thread_timer_expired", LATE, FINE},
	{"promote_secondaries", "the agent restores addresses that the kernel removes", FINE},
	{"debug", "log-level = debug of [agent]", FINE},
	{"kernel_rx_buf_size", QUEUE, FINE},
	{"linkbeat_use_polling", LINKS, FINE},
};

static const struct import_reason *find(const struct import_reason *table, size_t count,
					const char *keyword)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(table[i].keyword);
		bool all = table[i].keyword[length - 1] == '*';

		if (all ? !strncmp(keyword, table[i].keyword, length - 1)
			: !strcmp(keyword, table[i].keyword))
			return &table[i];
	}
	return NULL;
}

#define FIND_REASON(table, keyword) find(table, sizeof(table) / sizeof(table[0]), keyword)

const struct import_reason *import_reason_top(const char *keyword)
{
	return FIND_REASON(top, keyword);
}

const struct import_reason *import_reason_global(const char *keyword)
{
	return FIND_REASON(globals, keyword);
}

const struct import_reason *import_reason_instance(const char *keyword)
{
	return FIND_REASON(instances, keyword);
}

static const char *find_word(const char *const *words, size_t count, const char *keyword)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(keyword, words[i]))
			return words[i];
	}
	return NULL;
}

#define FIND_WORD(words, keyword) find_word(words, sizeof(words) / sizeof(words[0]), keyword)

static const char *const implied[] = {"vrrp_no_swap",      "vrrp_check_unicast_src",
				      "check_unicast_src", "native_ipv6",
				      "preempt",           "set_supplementary_groups"};

bool import_is_implied(const char *keyword)
{
	return FIND_WORD(implied, keyword) != NULL;
}

/* Those that are converted outside of import_instance.c. */
static const char *const others[] = {"global_defs",
				     "vrrp_instance",
				     "vrrp_script",
				     "vrrp_track_file",
				     "vrrp_track_process",
				     "script_user",
				     "vrrp_garp_master_delay",
				     "file",
				     "init_file",
				     "process",
				     "quorum",
				     "quorum_max",
				     "delay",
				     "fork_delay",
				     "terminate_delay",
				     "full_command",
				     "param_match",
				     "vrrp_sync_group",
				     "vrrp_version",
				     "default_interface",
				     "vrrp_garp_master_repeat",
				     "vrrp_garp_master_refresh",
				     "vrrp_garp_interval",
				     "vrrp_min_garp",
				     "vrrp_strict",
				     "vrrp_rt_priority",
				     "vrrp_startup_delay",
				     "garp_group",
				     "gna_interval",
				     "interfaces",
				     "group",
				     "global_tracking",
				     "sync_group_tracking_weight",
				     "version",
				     "auth_hmac",
				     "key",
				     "active_key",
				     "anti_replay",
				     "time_window",
				     "mode",
				     "auth_type",
				     "auth_pass",
				     "script",
				     "interval",
				     "timeout",
				     "weight",
				     "rise",
				     "fall",
				     "user",
				     "init_fail"};

const char *import_spelling(const char *keyword)
{
	const struct import_reason *reason = FIND_REASON(instances, keyword);
	const char *known;

	if (!reason)
		reason = FIND_REASON(top, keyword);
	if (!reason)
		reason = FIND_REASON(globals, keyword);
	if (reason)
		return reason->keyword;
	known = FIND_WORD(implied, keyword);
	return known ? known : FIND_WORD(others, keyword);
}
