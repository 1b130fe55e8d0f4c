/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keepalived's keywords that have no equivalent, and why. Tables, and nothing else. A name that
 * ends with '*' stands for all that begin like that.
 */
#include <string.h>

#include "cli/tools/import_internal.h"

struct reason {
	const char *keyword, *reason;
};

#define MAIL    "mail is not sent here: a notify program can"
#define IPVS    "balancing servers (IPVS) is no part of this"
#define SNMP    "there are metrics (vrrp-xdp metrics) and JSON (vrrp-xdp status) instead"
#define FIFO    "notify programs are told, one after the other, never a pipe"
#define LOADING "the agent runs under systemd: its unit says such things"
#define WINNER  "after two masters the winner always announces again"
#define NO_VLAN "no macvlan is made: the public NIC itself carries MAC and addresses"
#define STATIC  "what is there in every state is the network configuration's"
#define FENCE   "the fence does this, without rules of a firewall"
#define PROCESS "one agent, with a real-time priority of its own ([agent] realtime)"
#define LINKS   "links are watched by the kernel's messages, and a flap counts at once"

static const struct reason top[] = {
	{"virtual_server*", IPVS},
	{"SSL", IPVS},
	{"bfd_instance", "there is no BFD: adverts of 10ms to 100ms find a dead host as fast"},
	{"static_ipaddress", STATIC},
	{"static_routes", STATIC},
	{"static_rules", STATIC},
	{"track_group", STATIC},
	{"garp_group", "garp-interval of each router says it"},
	{"linkbeat_interfaces", LINKS},
	{"linkbeat_use_polling", LINKS},
	{"interface_up_down_delays", LINKS},
	{"net_namespace*", LOADING},
	{"instance", LOADING},
	{"use_pid_dir", LOADING},
	{"child_wait_time", LOADING},
	{"config_save_dir", LOADING},
	{"reload_*", "systemctl reload vrrp-xdp: a new configuration without a failover"},
	{"include*", "the file could not be read"},
};

static const struct reason globals[] = {
	{"notification_email*", MAIL},
	{"smtp_*", MAIL},
	{"no_email_faults", MAIL},
	{"router_id", "only mail and SNMP would show it"},
	{"lvs_*", IPVS},
	{"checker_*", IPVS},
	{"snmp_*", SNMP},
	{"enable_snmp_*", SNMP},
	{"enable_traps", SNMP},
	{"enable_dbus", SNMP},
	{"dbus_*", SNMP},
	{"json_version", SNMP},
	{"enable_script_security",
	 "always: the log and `check` name programs of root's that others can change"},
	{"max_auto_priority", PROCESS},
	{"min_auto_priority_delay", PROCESS},
	{"vrrp_priority", PROCESS},
	{"vrrp_cpu_affinity", LOADING},
	{"vrrp_rlimit_rt*", PROCESS},
	{"bfd_*", "there is no BFD"},
	{"notify_fifo*", FIFO},
	{"vrrp_notify_*", FIFO},
	{"nftables*", FENCE},
	{"vrrp_iptables", FENCE},
	{"vrrp_ipsets", FENCE},
	{"disable_local_igmp", "the kernel reports memberships as of any program"},
	{"vrrp_mcast_group*", "adverts go to the groups of the RFC alone, 224.0.0.18 and ff02::12"},
	{"vrrp_garp_master_refresh_repeat", "one at a time is sent, each garp-refresh"},
	{"vrrp_garp_lower_prio_*", WINNER},
	{"vrrp_garp_extra_if", "announcements go out on each interface with a shared address"},
	{"vrrp_gna_interval", "garp-interval is for both families"},
	{"vrrp_higher_prio_send_advert", WINNER},
	{"vrrp_lower_prio_no_advert", "the RFC's answer to a lower priority is always given"},
	{"vrrp_down_timer_adverts", "the RFC says three intervals, and the lease counts on it"},
	{"vrrp_skip_check_adv_addr",
	 "addresses are compared by a digest, always; others are counted"},
	{"dynamic_interfaces", "an interface may come and go, but must be there at the start"},
	{"allow_if_changes", "an interface that comes back is taken up again"},
	{"vrrp_rx_bufs_*", "adverts are judged in the kernel: there is no queue to be sized"},
	{"vrrp_netlink_*", "the default size of the socket; a lost message is made up for"},
	{"startup_script*", LOADING},
	{"shutdown_script*", LOADING},
	{"umask", LOADING},
	{"process_names", LOADING},
	{"use_symlink_paths", LOADING},
	{"random_seed", "nothing is random"},
	{"reload_*", "systemctl reload vrrp-xdp: a new configuration without a failover"},
	{"include_check", "the file is read as it is"},
	{"fifo_write_vrrp_states_on_reload", FIFO},
};

static const struct reason instances[] = {
	{"smtp_alert", MAIL},
	{"lvs_sync_daemon_interface", IPVS},
	{"lvs_sync_daemon*", IPVS},
	{"virtual_rules", "policy rules are not changed: a notify program can"},
	{"track_bfd", "there is no BFD: adverts of 10ms to 100ms find a dead host as fast"},
	{"notify_stop", "`notify` is run with the state STOP, too"},
	{"notify_deleted", "of a router that a reload removes nobody is told"},
	{"notify_master_rx_lower_pri", "of an advert with a lower priority nobody is told"},
	{"notify_priority_changes", FIFO},
	{"vmac_xmit_base", NO_VLAN},
	{"use_vmac_addr", NO_VLAN},
	{"use_ipvlan", NO_VLAN},
	{"dont_track_primary", "without its heartbeat a router is out of order; give `heartbeat` a "
			       "second interface"},
	{"track_src_ip", "not tracked: track-interface and track-script can tell"},
	{"vrf", "name its interface as heartbeat"},
	{"mcast_dst_ip", "adverts go to the groups of the RFC alone, 224.0.0.18 and ff02::12"},
	{"unicast_ttl", "unicast adverts leave with a TTL of 255"},
	{"unicast_fault_no_peer", "no peers is multicast"},
	{"old_unicast_checksum",
	 "both forms of the checksum are understood, and a peer is answered "
	 "in its own (checksum = auto)"},
	{"checksum_compatibility", "both forms of the checksum are understood (checksum = auto)"},
	{"garp_master_refresh_repeat", "one at a time is sent, each garp-refresh"},
	{"garp_lower_prio_*", WINNER},
	{"garp_extra_if", "announcements go out on each interface with a shared address"},
	{"higher_prio_send_advert", WINNER},
	{"lower_prio_no_advert", "the RFC's answer to a lower priority is always given"},
	{"down_timer_adverts", "the RFC says three intervals, and the lease counts on it"},
	{"skip_check_adv_addr", "addresses are compared by a digest, always; others are counted"},
	{"promote_secondaries", "addresses that the kernel took along are put back"},
	{"debug", "log-level = debug of [agent]"},
	{"kernel_rx_buf_size", "adverts are judged in the kernel: there is no queue to be sized"},
	{"linkbeat_use_polling", LINKS},
};

static const struct reason *find(const struct reason *table, size_t count, const char *keyword)
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

static const char *text_of(const struct reason *reason)
{
	return reason ? reason->reason : NULL;
}

const char *import_reason_top(const char *keyword)
{
	return text_of(FIND_REASON(top, keyword));
}

const char *import_reason_global(const char *keyword)
{
	return text_of(FIND_REASON(globals, keyword));
}

const char *import_reason_instance(const char *keyword)
{
	return text_of(FIND_REASON(instances, keyword));
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

static const char *const implied[] = {"vrrp_no_swap", "vrrp_check_unicast_src", "check_unicast_src",
				      "native_ipv6", "preempt"};

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
				     "vrrp_garp_master_delay",
				     "vrrp_garp_master_repeat",
				     "vrrp_garp_master_refresh",
				     "vrrp_garp_interval",
				     "vrrp_min_garp",
				     "vrrp_strict",
				     "script_user",
				     "vrrp_rt_priority",
				     "version",
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
	const struct reason *reason = FIND_REASON(instances, keyword);
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
