// SPDX-License-Identifier: GPL-2.0-only
/*
 * The takeover's plan, as a table: what a router wants, what the NIC carries, the role -> the ops
 * in order, and the NIC behind them. Each row is also carried out on a model of the kernel, with
 * and without promote_secondaries: it comes to rest, planned again it is empty, and where a row
 * says so the way back leads to where it started. Needs no root and no network.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/nic/plan_internal.h"
#include "plan_model.h"
#include "plan_stage.h"
#include "table.h"

#define VETH "link eth0 " OWN_MAC "\n"
/* As NetworkManager does it: the route to the network is its own. */
#define MANAGED                                                \
	LINK "addr eth0 192.168.1.93/24 noprefixroute\n"       \
	     "route eth0 default via 192.168.1.1 metric 100\n" \
	     "route eth0 192.168.1.0/24 src 192.168.1.93 proto 2 metric 100\n"

/* The NIC belongs to a VRF; another one, of the main table, has a default route. */
#define VRF "link eth0 " OWN_MAC " perm " OWN_MAC " table 10\n"
#define OTHER \
	"link eth1 02:00:00:00:00:02\naddr eth1 10.0.0.5/24\nroute eth1 default via 10.0.0.1\n"

#define IP6                                                           \
	"public eth0\naddress 2001:db8::93/64\ngateway 2001:db8::1\n" \
	"standby-address fd00::93/64\nstandby-gateway fd00::1\n"
#define IP6_PLAIN "public eth0\naddress 2001:db8::93/64\ngateway 2001:db8::1\n"
#define STANDBY6  LINK "addr eth0 fd00::93/64\nroute eth0 default via fd00::1\n"

#define TO_MASTER                                  \
	"eth0: MAC " SHARED_MAC "\n"               \
	"eth0: address 42.51.67.93/24 added\n"     \
	"eth0: shared addresses announced\n"       \
	"eth0: route default via 42.51.67.1 set\n" \
	"eth0: address 192.168.1.93/24 removed\n"
#define TO_BACKUP                                      \
	"eth0: route default via 42.51.67.1 removed\n" \
	"eth0: address 42.51.67.93/24 removed\n"       \
	"eth0: MAC " OWN_MAC "\n"                      \
	"eth0: address 192.168.1.93/24 added\n"        \
	"eth0: route default via 192.168.1.1 set\n"
#define MISSING                                                               \
	"address 10.9.9.1/24 dev eth2\nstandby-address 10.8.0.1/8 dev eth2\n" \
	"route 10.7.0.0/16 via 10.9.9.2 dev eth2\n"
#define ANNOUNCED      "eth0: shared addresses announced\n"
#define ADDED(address) "eth0: address " address "/24 added\n"

#define EXCHANGED                                                                  \
	"eth0: address 192.0.2.93/32 added\neth0: address 192.0.2.93/24 removed\n" \
	"eth0: address 192.0.2.93/24 added\neth0: address 192.0.2.93/32 removed\n"

/* Everything that an address, a route and a rule can have. The host has a rule of its own, and
 * refuses a network. */
#define ATTRIBUTES                                                                          \
	"public eth0\naddress 192.0.2.93/24 label eth0:v metric 50 scope 200\n"             \
	"address 2001:db8::93/64 metric 50 noprefixroute deprecated\n"                      \
	"route 10.1.0.0/16 via 192.0.2.1 table 100 mtu 1400\nroute 10.3.0.0/16 blackhole\n" \
	"route 10.5.0.0/16 hops 192.0.2.1,eth0,2 192.0.2.2,eth0,1\n"                        \
	"rule 192.0.2.93/32 table 100\nrule 10.0.0.0/8 blackhole priority 5\n"
#define ATTRIBUTES_HOST                                                    \
	"addr eth0 198.51.100.7/24\nroute eth0 default via 198.51.100.1\n" \
	"route - 10.9.0.0/16 blackhole\nrule 192.0.2.93/32 table 200\n"
#define ATTRIBUTES_NIC LINK ATTRIBUTES_HOST
#define ATTRIBUTES_MASTER                                                        \
	ATTRIBUTES_NIC                                                           \
	"addr eth0 192.0.2.93/24 label eth0:v metric 50 scope 200\n"             \
	"addr eth0 2001:db8::93/64 metric 50 noprefixroute deprecated\n"         \
	"route eth0 10.1.0.0/16 via 192.0.2.1 table 100 mtu 1400 proto 112\n"    \
	"route - 10.3.0.0/16 blackhole proto 112\n"                              \
	"route - 10.5.0.0/16 proto 112 hops 192.0.2.1,eth0,2 192.0.2.2,eth0,1\n" \
	"rule 192.0.2.93/32 table 100 proto 112\n"                               \
	"rule 10.0.0.0/8 blackhole priority 5 proto 112\n"

static const struct row rows[] = {
	/* ---- the users' set-up ---- */
	{.name = "standby to master: MAC, address, announcement, route, standby off",
	 .config = USER,
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = TO_MASTER,
	 .after = MASTER,
	 .undo = true},
	{.name = "master to standby: route and address off, MAC back, standby back",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER,
	 .role = PLAN_BACKUP,
	 .ops = TO_BACKUP,
	 .after = STANDBY},
	{.name = "master stays master: nothing but an announcement",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER,
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED,
	 .after = MASTER},
	{.name = "backup stays backup: nothing",
	 .config = USER,
	 .nic = STANDBY,
	 .role = PLAN_BACKUP,
	 .ops = "",
	 .after = STANDBY},
	{.name = "master to standby without a record: the configuration is enough",
	 .config = USER,
	 .recorded = "",
	 .nic = MASTER,
	 .role = PLAN_BACKUP,
	 .ops = TO_BACKUP},
	{.name = "master to standby, and the host has another address: the standby one comes last",
	 .config = USER,
	 .recorded = STANDBY "addr eth0 10.0.0.5/24\n",
	 .nic = MASTER "addr eth0 10.0.0.5/24\nroute eth0 10.1.0.0/16 via 10.0.0.1\n",
	 .role = PLAN_BACKUP,
	 .ops = TO_BACKUP},
	{.name = "link down: up before all else",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = "link eth0 " OWN_MAC " perm " OWN_MAC " down\naddr eth0 192.168.1.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: link up\n" TO_MASTER,
	 .after = MASTER},
	{.name = "link down: the host's routes wait until it is up",
	 .config = "public eth0\naddress 42.51.67.93/24\nmac " SHARED_MAC "\n"
		   "standby-address 192.168.1.93/24\n",
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = "link eth0 " OWN_MAC " perm " OWN_MAC " down\naddr eth0 192.168.1.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: link up\neth0: MAC " SHARED_MAC
		"\neth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: address 192.168.1.93/24 removed\n"},
	{.name = "link down as backup: it stays down, its routes wait",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = "link eth0 " OWN_MAC " perm " OWN_MAC " down\naddr eth0 192.168.1.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = ""},
	{.name = "crash behind the MAC: the rest follows",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER_LINK "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.1\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: MAC " OWN_MAC "\n",
	 .after = STANDBY},
	{.name = "crash between the addresses: both there, one goes",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER_LINK "addr eth0 192.168.1.93/24\naddr eth0 42.51.67.93/24\n"
			    "route eth0 default via 192.168.1.1\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 42.51.67.93/24 removed\neth0: MAC " OWN_MAC "\n",
	 .after = STANDBY},
	{.name = "crash before the standby address went: both routes' story ends well",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER "addr eth0 192.168.1.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 42.51.67.1 removed\n"
		"eth0: address 42.51.67.93/24 removed\n"
		"eth0: MAC " OWN_MAC "\n"
		"eth0: route default via 192.168.1.1 set\n",
	 .after = STANDBY},
	{.name = "a NIC with nothing on it becomes master",
	 .config = USER,
	 .recorded = "",
	 .nic = LINK,
	 .role = PLAN_MASTER,
	 .ops = "eth0: MAC " SHARED_MAC "\neth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .after = MASTER},
	{.name = "a NIC with nothing on it becomes backup: the standby state is made",
	 .config = USER,
	 .recorded = "",
	 .nic = LINK,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 192.168.1.93/24 added\neth0: route default via 192.168.1.1 set\n",
	 .after = LINK "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.1 proto 112\n"},

	/* ---- foreign changes, repaired ---- */
	{.name = "master: the address was removed, and the route went with it",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER_LINK,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .after = MASTER},
	{.name = "master: the MAC was changed",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = LINK "addr eth0 42.51.67.93/24\nroute eth0 default via 42.51.67.1 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: MAC " SHARED_MAC "\n" ANNOUNCED,
	 .after = MASTER},
	{.name = "master: the default route vanished silently",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER_LINK "addr eth0 42.51.67.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: route default via 42.51.67.1 set\n",
	 .after = MASTER},
	{.name = "master: the default route was replaced",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER_LINK "addr eth0 42.51.67.93/24\nroute eth0 default via 42.51.67.2\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: route default via 42.51.67.1 set\n",
	 .after = MASTER},
	{.name = "master: the standby address came back",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER "addr eth0 192.168.1.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: address 192.168.1.93/24 removed\n",
	 .after = MASTER},
	{.name = "backup: the shared address appeared",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = STANDBY "addr eth0 42.51.67.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 42.51.67.93/24 removed\n",
	 .after = STANDBY},
	{.name = "backup: the shared address appeared with another prefix length",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = STANDBY "addr eth0 42.51.67.93/32\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 42.51.67.93/32 removed\n",
	 .after = STANDBY},
	{.name = "backup: the standby address went, and its route",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = LINK,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 192.168.1.93/24 added\neth0: route default via 192.168.1.1 set\n",
	 .after = STANDBY},
	{.name = "backup: a configured standby gateway is put back in its place",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = LINK "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.254\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 192.168.1.1 set\n",
	 .after = STANDBY},

	/* ---- MAC ---- */
	{.name = "no permanent MAC (veth): the recorded one comes back",
	 .config = USER,
	 .recorded = VETH "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.1\n",
	 .nic = "link eth0 " SHARED_MAC "\naddr eth0 42.51.67.93/24\n"
		"route eth0 default via 42.51.67.1 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = TO_BACKUP,
	 .after = VETH "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.1\n"},
	{.name = "no permanent MAC and none recorded: the shared one is kept",
	 .config = USER,
	 .recorded = "link eth0 " SHARED_MAC "\n",
	 .nic = "link eth0 " SHARED_MAC "\naddr eth0 192.168.1.93/24\n"
		"route eth0 default via 192.168.1.1\n",
	 .role = PLAN_BACKUP,
	 .ops = ""},
	{.name = "standby-mac wins over the permanent one",
	 .config = USER "standby-mac 02:00:00:00:00:07\n",
	 .nic = STANDBY,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: MAC 02:00:00:00:00:07\n"},
	{.name = "a macvlan has its MAC in both roles: as master",
	 .config = PLAIN "mac " SHARED_MAC "\nstandby-mac " SHARED_MAC "\n",
	 .nic = "link eth0 " SHARED_MAC "\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\neth0: shared addresses announced\n"
		"eth0: route default via 42.51.67.1 set\n"},
	{.name = "and as backup",
	 .config = PLAIN "mac " SHARED_MAC "\nstandby-mac " SHARED_MAC "\n",
	 .recorded = "link eth0 " SHARED_MAC "\n",
	 .nic = "link eth0 " SHARED_MAC "\naddr eth0 42.51.67.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 42.51.67.93/24 removed\n"},
	{.name = "mac = keep: the MAC is nobody's business",
	 .config = PLAIN,
	 .recorded = OWN,
	 .nic = "link eth0 02:00:00:00:00:07 perm " OWN_MAC "\naddr eth0 42.51.67.94/24\n",
	 .role = PLAN_BACKUP,
	 .ops = ""},

	/* ---- a NIC with an address of its own ---- */
	{.name = "no standby: the own address stays, no route to restore",
	 .config = PLAIN,
	 .nic = OWN,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .after = OWN "addr eth0 42.51.67.93/24 secondary\n"
		      "route eth0 default via 42.51.67.1 proto 112\n",
	 .undo = true},
	{.name = "no standby: the displaced default route comes back as it was",
	 .config = PLAIN,
	 .nic = OWN "route eth0 default via 42.51.67.9 proto 16 src 42.51.67.94\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .undo = true},
	{.name = "default routes of other metrics go, too, and come back",
	 .config = PLAIN,
	 .nic = OWN "route eth0 default via 42.51.67.9 metric 100 proto 16\n"
		    "route eth0 default via 42.51.67.8 metric 200\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n"
		"eth0: route default via 42.51.67.9 metric 100 removed\n"
		"eth0: route default via 42.51.67.8 metric 200 removed\n",
	 .undo = true},
	{.name = "the host's own default route by the shared gateway stays in both roles",
	 .config = PLAIN,
	 .nic = OWN "route eth0 default via 42.51.67.1\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED,
	 .undo = true},
	{.name = "a default route on another NIC that ours replaces is put back",
	 .config = PLAIN,
	 .nic = OWN "link eth1 02:00:00:00:00:01\naddr eth1 10.0.0.5/24\n"
		    "route eth1 default via 10.0.0.1\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .after = OWN "link eth1 02:00:00:00:00:01\naddr eth1 10.0.0.5/24\n"
		      "addr eth0 42.51.67.93/24 secondary\n"
		      "route eth0 default via 42.51.67.1 proto 112\n",
	 .undo = true},
	{.name = "a default route on another NIC with another metric is not ours to touch",
	 .config = PLAIN,
	 .nic = OWN "link eth1 02:00:00:00:00:01\naddr eth1 10.0.0.5/24\n"
		    "route eth1 default via 10.0.0.1 metric 50\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .undo = true},
	{.name = "no gateway: no default route is touched",
	 .config = "public eth0\naddress 42.51.67.93/24\n",
	 .nic = OWN "route eth0 default via 42.51.67.9\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED,
	 .undo = true},
	{.name = "other addresses and routes of the NIC stay",
	 .config = USER,
	 .nic = STANDBY "addr eth0 172.16.0.9/16\nroute eth0 10.0.0.0/8 via 172.16.0.1\n"
			"addr eth0 fd00:1::9/64\nroute eth0 default via fd00:1::1\n",
	 .role = PLAN_MASTER,
	 .ops = TO_MASTER,
	 .after = MASTER "addr eth0 172.16.0.9/16\nroute eth0 10.0.0.0/8 via 172.16.0.1\n"
			 "addr eth0 fd00:1::9/64\nroute eth0 default via fd00:1::1\n",
	 .undo = true},
	{.name = "routes of others that the last IPv4 address holds survive the way back",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER "route eth0 10.0.0.0/8 via 42.51.67.1\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 42.51.67.1 removed\n"
		"eth0: address 192.168.1.93/24 added\n"
		"eth0: address 42.51.67.93/24 removed\n"
		"eth0: MAC " OWN_MAC "\n"
		"eth0: route default via 192.168.1.1 set\n",
	 .after = STANDBY "route eth0 10.0.0.0/8 via 42.51.67.1\n"},
	{.name = "a route whose source is the standby address goes and comes with it",
	 .config = USER,
	 .nic = STANDBY "addr eth0 172.16.0.9/16\nroute eth0 192.168.1.1/32 src 192.168.1.93\n"
			"route eth0 10.0.0.0/8 via 172.16.0.1 src 192.168.1.93 proto 16\n",
	 .role = PLAN_MASTER,
	 .ops = TO_MASTER,
	 .after = MASTER "addr eth0 172.16.0.9/16\n",
	 .undo = true},
	{.name = "a network manager's route to the network of the standby address goes and comes",
	 .config = USER_ROUTES,
	 .nic = MANAGED,
	 .role = PLAN_MASTER,
	 .ops = "eth0: MAC " SHARED_MAC "\n"
		"eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n"
		"eth0: route default via 192.168.1.1 metric 100 removed\n"
		"eth0: address 192.168.1.93/24 removed\n",
	 .after = MASTER,
	 .undo = true},
	{.name = "it comes before the routes by its gateways",
	 .config = USER_ROUTES,
	 .recorded = MANAGED,
	 .nic = MASTER,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 42.51.67.1 removed\n"
		"eth0: address 42.51.67.93/24 removed\n"
		"eth0: MAC " OWN_MAC "\n"
		"eth0: address 192.168.1.93/24 added\n"
		"eth0: route 192.168.1.0/24 src 192.168.1.93 metric 100 set\n"
		"eth0: route default via 192.168.1.1 metric 100 set\n"},
	{.name = "it survives the loss of another address",
	 .config = PLAIN "standby-address 192.168.1.50/24\n",
	 .nic = LINK "addr eth0 192.168.1.50/24\n"
		     "addr eth0 192.168.1.93/24 secondary noprefixroute\n"
		     "route eth0 192.168.1.0/24 src 192.168.1.93 proto 2 metric 100\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n"
		"eth0: address 192.168.1.50/24 removed\n"
		"eth0: address 192.168.1.93/24 added\n"
		"eth0: route default via 42.51.67.1 set\n",
	 .after = LINK "addr eth0 42.51.67.93/24\n"
		       "addr eth0 192.168.1.93/24 noprefixroute\n"
		       "route eth0 default via 42.51.67.1 proto 112\n"
		       "route eth0 192.168.1.0/24 src 192.168.1.93 proto 2 metric 100\n"},
	{.name = "where a network manager has made the route, the kernel makes none",
	 .config = "public eth0\naddress fd00::53/64\nstandby-address fd00::93/64\n",
	 .nic = LINK "addr eth0 fd00::93/64 noprefixroute\n"
		     "route eth0 fd00::/64 proto 2 metric 100\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address fd00::53/64 added\n" ANNOUNCED "eth0: address fd00::93/64 removed\n",
	 .after = LINK "addr eth0 fd00::53/64 noprefixroute\n"
		       "route eth0 fd00::/64 proto 2 metric 100\n",
	 .undo = true},
	{.name = "where the kernel has made it, or it is to another network, it does",
	 .config = "public eth0\naddress fd00::53/64\n",
	 .nic = LINK "addr eth0 fd00::93/64\naddr eth0 fd01::93/64 noprefixroute\n"
		     "route eth0 fd00::/64 proto 2\nroute eth0 fd01::/64 proto 2 metric 100\n"
		     "route eth0 fd00::/64 via fd01::1 metric 7\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address fd00::53/64 added\n" ANNOUNCED,
	 .after = LINK "addr eth0 fd00::93/64\naddr eth0 fd01::93/64 noprefixroute\n"
		       "addr eth0 fd00::53/64\n"
		       "route eth0 fd00::/64 proto 2\nroute eth0 fd01::/64 proto 2 metric 100\n"
		       "route eth0 fd00::/64 via fd01::1 metric 7\n"},
	{.name = "an IPv6 route loses its source with that address, and has it again",
	 .config = "public eth0\naddress 2001:db8::93/64\nstandby-address fd00::93/64\n",
	 .nic = LINK "addr eth0 fd00::93/64\naddr eth0 fd01::1/64\n"
		     "route eth0 fd02::/64 via fd01::2 src fd00::93 proto 16\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::93/64 added\n" ANNOUNCED
		"eth0: address fd00::93/64 removed\n",
	 .after = LINK "addr eth0 fd01::1/64\naddr eth0 2001:db8::93/64\n"
		       "route eth0 fd02::/64 via fd01::2 proto 16\n",
	 .undo = true},
	{.name = "backup: a recorded route waits for its source, which is the host's own matter",
	 .config = PLAIN,
	 .recorded_by = USER "route 10.0.0.0/8 via 42.51.67.7\n",
	 .recorded = OWN "route eth0 10.0.0.0/8 via 42.51.67.9 src 42.51.67.94\n",
	 .nic = LINK "addr eth0 42.51.67.95/24\n",
	 .role = PLAN_BACKUP,
	 .ops = ""},
	{.name = "backup: a route that somebody put in a recorded one's place stays",
	 .config = PLAIN,
	 .recorded = OWN "route eth0 default via 42.51.67.9\n",
	 .nic = OWN "route eth0 default via 42.51.67.7\n",
	 .role = PLAN_BACKUP,
	 .ops = ""},
	{.name = "backup: a recorded route whose gateway is no neighbour any more waits",
	 .config = PLAIN,
	 .recorded = OWN "route eth0 default via 42.51.67.9\n",
	 .nic = LINK,
	 .role = PLAN_BACKUP,
	 .ops = ""},
	{.name = "a default route that the kernel learns is removed, and not recorded",
	 .config = IP6,
	 .nic = STANDBY6 "route eth0 default via fe80::1 metric 512 proto 9\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::93/64 added\n" ANNOUNCED
		"eth0: route default via 2001:db8::1 metric 1024 set\n"
		"eth0: route default via fe80::1 metric 512 removed\n"
		"eth0: address fd00::93/64 removed\n"},

	{.name = "a default route that the kernel learns, through the same gateway, serves the "
		 "master",
	 .config = "public eth0\naddress 2001:db8::93/64\ngateway fe80::1\n",
	 .nic = LINK "route eth0 default via fe80::1 proto 9\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::93/64 added\n" ANNOUNCED,
	 .undo = true},
	{.name = "backup: that route is the host's",
	 .config = "public eth0\naddress 2001:db8::93/64\ngateway fe80::1\n",
	 .nic = LINK "route eth0 default via fe80::1 proto 9\n",
	 .role = PLAN_BACKUP,
	 .ops = ""},
	{.name = "backup: the way out may be the master",
	 .config = "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\n"
		   "address 10.1.0.1/24 dev eth1\nstandby-gateway 10.1.0.1 dev eth1\n",
	 .nic = LINK "link eth1 02:00:00:00:00:02\naddr eth1 10.1.0.2/24\n"
		     "route eth1 default via 10.1.0.1 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\neth1: address 10.1.0.1/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .after = LINK "link eth1 02:00:00:00:00:02\naddr eth0 42.51.67.93/24\n"
		       "addr eth1 10.1.0.2/24\naddr eth1 10.1.0.1/24 secondary\n"
		       "route eth0 default via 42.51.67.1 proto 112\n",
	 .undo = true},
	{.name = "backup: what the kernel made from the shared MAC leaves with it, and nothing "
		 "else",
	 .config = "public eth0\naddress 2001:db8::93/64\nmac " SHARED_MAC "\n",
	 .recorded = LINK "addr eth0 2001:db8::20c:82ff:fead:b329/64 made\n",
	 .nic = MASTER_LINK "addr eth0 2001:db8::20c:82ff:fead:b329/64 made\n"
			    "addr eth0 2001:db8::29f:a4ff:fe4c:3b37/64 made\n"
			    "addr eth0 fd00::29f:a4ff:fe4c:3b37/64\n"
			    "addr eth0 2001:db8::93/64\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 2001:db8::93/64 removed\n"
		"eth0: address 2001:db8::29f:a4ff:fe4c:3b37/64 removed\n"
		"eth0: MAC " OWN_MAC "\n",
	 .after = LINK "addr eth0 2001:db8::20c:82ff:fead:b329/64 made\n"
		       "addr eth0 fd00::29f:a4ff:fe4c:3b37/64\n"},
	{.name = "backup: so does what it made from the MAC of the configuration before",
	 .config = "public eth0\naddress 2001:db8::93/64\nmac 02:00:00:00:00:37\n",
	 .recorded = LINK,
	 .recorded_by = "public eth0\naddress 2001:db8::93/64\nmac " SHARED_MAC "\n",
	 .nic = "link eth0 02:00:00:00:00:37 perm " OWN_MAC "\n"
		"addr eth0 2001:db8::29f:a4ff:fe4c:3b37/64 made\n"
		"addr eth0 2001:db8::ff:fe00:37/64 made\n"
		"addr eth0 2001:db8::93/64\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 2001:db8::93/64 removed\n"
		"eth0: address 2001:db8::29f:a4ff:fe4c:3b37/64 removed\n"
		"eth0: address 2001:db8::ff:fe00:37/64 removed\n"
		"eth0: MAC " OWN_MAC "\n",
	 .after = LINK},
	{.name = "backup: what was recorded comes back, but nothing of an interface that is gone",
	 .config = "public eth0\naddress 42.51.67.93/24\n",
	 .recorded = LINK "addr eth0 192.168.1.93/24\nlink eth2 02:00:00:00:00:02\n"
			  "addr eth2 10.8.0.1/8\n",
	 .recorded_by = "public eth0\naddress 42.51.67.93/24\nstandby-address 192.168.1.93/24\n"
			"standby-address 10.8.0.1/8 dev eth2\n",
	 .nic = LINK,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 192.168.1.93/24 added\n"},
	{.name = "master: what the kernel makes from the shared MAC is of use",
	 .config = "public eth0\naddress 2001:db8::93/64\nmac " SHARED_MAC "\n",
	 .recorded = LINK,
	 .nic = MASTER_LINK "addr eth0 2001:db8::29f:a4ff:fe4c:3b37/64 made\n"
			    "addr eth0 2001:db8::93/64\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "backup: a MAC that is the NIC's own makes its addresses",
	 .config = "public eth0\naddress 2001:db8::93/64\nmac " OWN_MAC "\n",
	 .recorded = LINK "addr eth0 2001:db8::20c:82ff:fead:b329/64 made\n",
	 .nic = LINK "addr eth0 2001:db8::20c:82ff:fead:b329/64 made\n",
	 .role = PLAN_BACKUP,
	 .ops = ""},

	/* ---- prefixes and subnets ---- */
	{.name = "IPv4 with another prefix length: the right one first, then the wrong one off",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = MASTER_LINK "addr eth0 42.51.67.93/32\n"
			    "route eth0 default via 42.51.67.1 proto 112 onlink\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\neth0: address 42.51.67.93/32 "
		"removed\n" ANNOUNCED},
	{.name = "IPv6 with another prefix length: there is room for one",
	 .config = IP6,
	 .recorded = STANDBY6,
	 .nic = LINK "addr eth0 2001:db8::93/128\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::93/128 removed\neth0: address 2001:db8::93/64 "
		"added\n" ANNOUNCED "eth0: route default via 2001:db8::1 metric 1024 set\n"},
	{.name = "IPv6 that failed duplicate detection is added anew",
	 .config = IP6,
	 .recorded = STANDBY6,
	 .nic = LINK "addr eth0 2001:db8::93/64 dadfailed\n"
		     "route eth0 default via 2001:db8::1 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::93/64 removed\neth0: address 2001:db8::93/64 "
		"added\n" ANNOUNCED},
	{.name = "a default route of another metric goes, although a BACKUP has it as "
		 "standby-gateway",
	 .config = "public eth0\naddress 42.51.67.93/24\nroute 0.0.0.0/0 via 42.51.67.1 metric 5\n",
	 .recorded = "",
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 metric 5 set\n"
		"eth0: route default via 192.168.1.1 removed\n",
	 .others = {{"public eth0\naddress 10.9.9.1/24\nstandby-address 192.168.1.93/24\n"
		     "standby-gateway 192.168.1.1\n",
		     NULL, PLAN_BACKUP}}},
	{.name = "already master, with a permanent MAC that begins otherwise",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = "link eth0 " SHARED_MAC " perm 02:00:00:00:00:09\naddr eth0 42.51.67.93/24\n"
		"route eth0 default via 42.51.67.1 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "the public interface goes up, although all addresses are on another one",
	 .config = "public eth0\naddress 42.51.67.93/24 dev eth1\n",
	 .recorded = "",
	 .nic = "link eth0 " OWN_MAC " perm " OWN_MAC " down\nlink eth1 02:00:00:00:00:01\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: link up\neth1: address 42.51.67.93/24 added\n" ANNOUNCED},
	{.name = "a MAC that was placed goes, although another MASTER is on the NIC: it keeps its "
		 "MAC",
	 .config = PLAIN,
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = MASTER,
	 .role = PLAN_BACKUP,
	 .ops = TO_BACKUP,
	 .others = {{"public eth0\naddress 10.9.9.1/24\n", NULL, PLAN_MASTER}}},
	{.name = "a recorded route whose source is not there stays away, whatever comes",
	 .config = PLAIN "standby-address 192.168.1.93/24\n",
	 .recorded = LINK "addr eth0 192.168.1.93/24\naddr eth0 192.168.1.77/24 secondary\n"
			  "route eth0 default via 192.168.1.1 src 192.168.1.77\n",
	 .nic = LINK "addr eth0 42.51.67.93/24\nroute eth0 default via 42.51.67.1 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 42.51.67.1 removed\n"
		"eth0: address 42.51.67.93/24 removed\n"
		"eth0: address 192.168.1.93/24 added\n"},
	{.name = "a standby route goes, although another MASTER has it as standby-gateway, too",
	 .config = "public eth0\naddress 42.51.67.93/24\nstandby-address 192.168.1.93/24\n"
		   "standby-gateway 192.168.1.1\n",
	 .recorded = "",
	 .nic = STANDBY "addr eth0 10.9.9.1/24\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 192.168.1.1 removed\n"
		"eth0: address 192.168.1.93/24 removed\n",
	 .others = {{"public eth0\naddress 10.9.9.1/24\nstandby-gateway 192.168.1.1\n", NULL,
		     PLAN_MASTER}}},
	{.name = "more changes than a plan has room for at first: none is made twice",
	 .config = "public eth0\naddress 10.1.0.1/24\naddress 10.1.0.2/24\naddress 10.1.0.3/24\n"
		   "address 10.1.0.4/24\naddress 10.1.0.5/24\naddress 10.1.0.6/24\n"
		   "address 10.1.0.7/24\naddress 10.1.0.8/24\naddress 10.1.0.9/24\n"
		   "address 10.1.1.0/24\naddress 10.1.1.1/24\naddress 10.1.1.2/24\n"
		   "address 10.1.1.3/24\naddress 10.1.1.4/24\naddress 10.1.1.5/24\n"
		   "address 10.1.1.6/24\naddress 10.1.1.7/24\naddress 10.1.0.1/24\n",
	 .recorded = "",
	 .nic = LINK,
	 .role = PLAN_MASTER,
	 .ops = ADDED("10.1.0.1") ADDED("10.1.0.2") ADDED("10.1.0.3") ADDED("10.1.0.4")
		 ADDED("10.1.0.5") ADDED("10.1.0.6") ADDED("10.1.0.7") ADDED("10.1.0.8")
			 ADDED("10.1.0.9") ADDED("10.1.1.0") ADDED("10.1.1.1") ADDED("10.1.1.2")
				 ADDED("10.1.1.3") ADDED("10.1.1.4") ADDED("10.1.1.5")
					 ADDED("10.1.1.6") ADDED("10.1.1.7") ANNOUNCED},
	{.name = "a /32 with a gateway that nothing covers: onlink",
	 .config = "public eth0\naddress 42.51.67.93/32\ngateway 42.51.67.1\n",
	 .nic = LINK "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.1\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/32 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 onlink set\n",
	 .undo = true},
	{.name = "a /32 whose gateway only a default route covers, which goes: onlink",
	 .config = "public eth0\naddress 42.51.67.93/32\ngateway 42.51.67.1\n",
	 .nic = LINK "addr eth0 192.168.1.93/24\nroute eth0 default metric 100\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/32 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 onlink set\n"
		"eth0: route default metric 100 removed\n",
	 .undo = true},
	{.name = "a /32 whose gateway the own address covers needs no onlink",
	 .config = "public eth0\naddress 42.51.67.93/32\ngateway 42.51.67.1\n",
	 .nic = OWN,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/32 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .undo = true},
	{.name = "a /32 whose gateway only the standby address covers, which goes: onlink",
	 .config = "public eth0\naddress 42.51.67.93/32\ngateway 192.168.1.1\n"
		   "standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n",
	 .nic = LINK "addr eth0 192.168.1.93/24\nroute eth0 192.168.1.0/24 proto 2\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/32 added\n" ANNOUNCED
		"eth0: route default via 192.168.1.1 onlink set\n"
		"eth0: address 192.168.1.93/24 removed\n"},
	{.name = "an IPv6 gateway that is link-local needs no prefix",
	 .config = "public eth0\naddress 2001:db8::93/128\ngateway fe80::1\n",
	 .nic = LINK,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::93/128 added\n" ANNOUNCED
		"eth0: route default via fe80::1 metric 1024 set\n",
	 .undo = true},
	{.name = "standby in the shared subnet: the shared one must not fall with it",
	 .config = "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\n"
		   "standby-address 42.51.67.94/24\nstandby-gateway 42.51.67.1\n",
	 .nic = OWN "route eth0 default via 42.51.67.1\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: address 42.51.67.94/24 removed\n"
		"eth0: address 42.51.67.93/24 added\n"
		"eth0: route default via 42.51.67.1 set\n",
	 .undo = true},
	{.name = "standby in the shared subnet, shared already secondary behind a crash",
	 .config = "public eth0\naddress 42.51.67.93/24\nstandby-address 42.51.67.94/24\n",
	 .recorded = OWN,
	 .nic = OWN "addr eth0 42.51.67.93/24 secondary\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: address 42.51.67.94/24 removed\n"
			  "eth0: address 42.51.67.93/24 added\n",
	 .after = LINK "addr eth0 42.51.67.93/24\n"},
	{.name = "somebody's secondary in the standby's subnet survives",
	 .config = USER,
	 .nic = STANDBY "addr eth0 192.168.1.95/24 secondary\n",
	 .role = PLAN_MASTER,
	 .ops = TO_MASTER "eth0: address 192.168.1.95/24 added\n"
			  "eth0: route default via 42.51.67.1 set\n",
	 .after = MASTER "addr eth0 192.168.1.95/24\n"},
	{.name = "standby in the shared subnet: the shared one is primary before somebody's",
	 .config = "public eth0\naddress 42.51.67.93/24\nstandby-address 42.51.67.94/24\n",
	 .nic = OWN "addr eth0 42.51.67.99/24 secondary\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: address 42.51.67.94/24 removed\n"
		"eth0: address 42.51.67.93/24 added\neth0: address 42.51.67.99/24 added\n"},
	{.name = "two shared addresses of one subnet: the second falls with the first, no matter",
	 .config = USER "address 42.51.67.95/24\n",
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = "eth0: MAC " SHARED_MAC "\n"
		"eth0: address 42.51.67.93/24 added\neth0: address 42.51.67.95/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\neth0: address 192.168.1.93/24 removed\n",
	 .after = MASTER "addr eth0 42.51.67.95/24 secondary\n",
	 .undo = true},

	/* ---- further routes, families, devices ---- */
	{.name = "further routes follow the role",
	 .config = USER "route 10.0.0.0/8 via 42.51.67.2 metric 5\n"
			"route 10.9.0.0/16 via 42.51.67.3 src 42.51.67.93\n",
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = "eth0: MAC " SHARED_MAC "\neth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n"
		"eth0: route 10.0.0.0/8 via 42.51.67.2 metric 5 set\n"
		"eth0: route 10.9.0.0/16 via 42.51.67.3 src 42.51.67.93 set\n"
		"eth0: address 192.168.1.93/24 removed\n",
	 .undo = true},
	{.name = "a further route that displaces the host's gives it back",
	 .config = PLAIN "route 10.0.0.0/8 via 42.51.67.2\n",
	 .nic = OWN "route eth0 10.0.0.0/8 via 42.51.67.7\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n"
		"eth0: route 10.0.0.0/8 via 42.51.67.2 set\n",
	 .undo = true},
	{.name = "two gateways of one metric: the first counts",
	 .config = PLAIN "gateway 42.51.67.2\n",
	 .nic = OWN,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .undo = true},
	{.name = "IPv6: as IPv4, without touching it",
	 .config = IP6,
	 .nic = STANDBY6 "addr eth0 10.0.0.5/24\nroute eth0 default via 10.0.0.1\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::93/64 added\n" ANNOUNCED
		"eth0: route default via 2001:db8::1 metric 1024 set\n"
		"eth0: address fd00::93/64 removed\n",
	 .undo = true},
	{.name = "both families in one router",
	 .config = USER "address 2001:db8::93/64\ngateway 2001:db8::1\n",
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = "eth0: MAC " SHARED_MAC "\n"
		"eth0: address 42.51.67.93/24 added\neth0: address 2001:db8::93/64 "
		"added\n" ANNOUNCED "eth0: route default via 42.51.67.1 set\n"
		"eth0: route default via 2001:db8::1 metric 1024 set\n"
		"eth0: address 192.168.1.93/24 removed\n",
	 .undo = true},
	{.name = "an address on another device, which is brought up, too",
	 .config = PLAIN "address 10.5.5.5/24 dev eth1\n",
	 .nic = OWN "link eth1 02:00:00:00:00:01 down\n",
	 .role = PLAN_MASTER,
	 .ops = "eth1: link up\neth0: address 42.51.67.93/24 added\n"
		"eth1: address 10.5.5.5/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n"},
	{.name = "a route on another device, which is brought up, too",
	 .config = PLAIN "route 10.1.0.0/16 dev eth1\n",
	 .nic = OWN "link eth1 02:00:00:00:00:01 down\n",
	 .role = PLAN_MASTER,
	 .ops = "eth1: link up\neth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n"
		"eth1: route 10.1.0.0/16 set\n"},

	/* ---- several routers of a host ---- */
	{.name = "two routers, one gateway: the release of one leaves the route to the other",
	 .config = PLAIN,
	 .recorded = OWN,
	 .nic = OWN "addr eth0 42.51.67.93/24 secondary\naddr eth0 42.51.67.95/24 secondary\n"
		    "route eth0 default via 42.51.67.1 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 42.51.67.93/24 removed\n",
	 .others = {{"public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.1\n", OWN,
		     PLAN_MASTER}}},
	{.name = "two routers, one gateway: the last one's release removes the route",
	 .config = PLAIN,
	 .recorded = OWN,
	 .nic = OWN "addr eth0 42.51.67.93/24 secondary\n"
		    "route eth0 default via 42.51.67.1 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 42.51.67.1 removed\n"
		"eth0: address 42.51.67.93/24 removed\n",
	 .others = {{"public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.1\n", OWN,
		     PLAN_BACKUP}}},
	{.name = "a released router's default route waits for the other master",
	 .config = PLAIN,
	 .recorded = OWN "route eth0 default via 42.51.67.9\n",
	 .nic = OWN "addr eth0 42.51.67.93/24 secondary\naddr eth0 42.51.67.95/24 secondary\n"
		    "route eth0 default via 42.51.67.1 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 42.51.67.93/24 removed\n",
	 .others = {{"public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.1\n", OWN,
		     PLAN_MASTER}}},
	{.name = "another master's default route keeps no other route from coming back",
	 .config = "public eth0\naddress 42.51.67.93/24\nroute 10.0.0.0/8 via 42.51.67.1\n",
	 .recorded = OWN "route eth0 10.0.0.0/8 via 42.51.67.7\n",
	 .nic = OWN "addr eth0 42.51.67.93/24 secondary\naddr eth0 42.51.67.95/24 secondary\n"
		    "route eth0 10.0.0.0/8 via 42.51.67.1 proto 112\n"
		    "route eth0 default via 42.51.67.2 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route 10.0.0.0/8 via 42.51.67.1 removed\n"
		"eth0: address 42.51.67.93/24 removed\n"
		"eth0: route 10.0.0.0/8 via 42.51.67.7 set\n",
	 .others = {{"public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.2\n", NULL,
		     PLAN_MASTER}}},
	{.name = "another master's default route is not displaced",
	 .config = PLAIN,
	 .recorded = OWN,
	 .nic = OWN "addr eth0 42.51.67.95/24 secondary\n"
		    "route eth0 default via 42.51.67.2 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED,
	 .others = {{"public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.2\n", OWN,
		     PLAN_MASTER}}},
	{.name = "a standby address that another backup wants stays",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = "eth0: MAC " SHARED_MAC "\neth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 set\n",
	 .others = {{"public eth0\naddress 42.51.67.95/24\n"
		     "standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n",
		     STANDBY, PLAN_BACKUP}}},
	{.name = "a backup's standby gateway waits for the master of the same NIC",
	 .config = "public eth0\naddress 42.51.67.95/24\n"
		   "standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n",
	 .recorded = STANDBY,
	 .nic = MASTER "addr eth0 192.168.1.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "",
	 .others = {{USER, STANDBY, PLAN_MASTER}}},
	/* ---- a VRF ---- */
	{.name = "VRF: the routes are those of its table, and the main table is not touched",
	 .config = USER,
	 .nic = VRF "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.1 table 10\n" OTHER
		    "route eth0 default via 192.168.1.254 metric 5\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: MAC " SHARED_MAC "\neth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 table 10 set\n"
		"eth0: address 192.168.1.93/24 removed\n",
	 .after = "link eth0 " SHARED_MAC " table 10\naddr eth0 42.51.67.93/24\n"
		  "route eth0 default via 42.51.67.1 proto 112 table 10\n" OTHER
		  "route eth0 default via 192.168.1.254 metric 5\n",
	 .undo = true},
	{.name = "VRF: default routes of its table are displaced, and come back to it",
	 .config = PLAIN,
	 .nic = VRF "addr eth0 42.51.67.94/24\n"
		    "route eth0 default via 42.51.67.9 metric 100 table 10\n"
		    "link eth1 02:00:00:00:00:02 table 10\naddr eth1 10.0.0.5/24\n"
		    "route eth1 default via 10.0.0.1 table 10\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED
		"eth0: route default via 42.51.67.1 table 10 set\n"
		"eth0: route default via 42.51.67.9 metric 100 table 10 removed\n",
	 .undo = true},
	{.name = "VRF: routes of others in both tables that the last IPv4 address holds survive",
	 .config = USER,
	 .recorded = VRF "addr eth0 192.168.1.93/24\n",
	 .nic = VRF "addr eth0 42.51.67.93/24\nroute eth0 10.0.0.0/8 via 42.51.67.1\n"
		    "route eth0 10.0.0.0/8 via 42.51.67.1 table 10\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 192.168.1.93/24 added\neth0: address 42.51.67.93/24 removed\n"
		"eth0: route default via 192.168.1.1 table 10 set\n",
	 .after = VRF "addr eth0 192.168.1.93/24\nroute eth0 10.0.0.0/8 via 42.51.67.1\n"
		      "route eth0 10.0.0.0/8 via 42.51.67.1 table 10\n"
		      "route eth0 default via 192.168.1.1 proto 112 table 10\n"},
	{.name = "VRF: what was recorded before the NIC was put into it comes back to its table",
	 .config = PLAIN,
	 .recorded = OWN "route eth0 default via 42.51.67.9\n",
	 .nic = VRF "addr eth0 42.51.67.94/24\n" OTHER,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 42.51.67.9 table 10 set\n",
	 .after = VRF "addr eth0 42.51.67.94/24\n"
		      "route eth0 default via 42.51.67.9 table 10\n" OTHER},
	{.name = "the master has the very route of the standby: that displaces nothing",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = LINK "addr eth0 192.168.1.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 192.168.1.1 set\n",
	 .others = {{"public eth0\naddress 192.168.1.95/24\ngateway 192.168.1.1\n", STANDBY,
		     PLAN_MASTER}}},
	{.name = "VRF: the master of another table holds no place in this one",
	 .config = USER,
	 .recorded = VRF "addr eth0 192.168.1.93/24\n",
	 .nic = VRF "addr eth0 192.168.1.93/24\n" OTHER,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 192.168.1.1 table 10 set\n",
	 .others = {{"public eth1\naddress 10.0.0.93/24\ngateway 10.0.0.1\n", OTHER, PLAN_MASTER}}},

	{.name = "another router's shared address in our standby's subnet survives",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = STANDBY "addr eth0 192.168.1.200/24 secondary\n",
	 .role = PLAN_MASTER,
	 .ops = TO_MASTER "eth0: address 192.168.1.200/24 added\n"
			  "eth0: route default via 42.51.67.1 set\n",
	 .others = {{"public eth0\naddress 192.168.1.200/24\n", STANDBY, PLAN_MASTER}}},

	/* ---- an interface that is not there ---- */
	{.name = "what belongs on a missing interface waits, all else is done",
	 .config = USER MISSING,
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = TO_MASTER,
	 .after = MASTER,
	 .undo = true},
	{.name = "a release needs no interface that is missing",
	 .config = USER MISSING,
	 .recorded = STANDBY,
	 .nic = MASTER,
	 .role = PLAN_BACKUP,
	 .ops = TO_BACKUP,
	 .after = STANDBY},
	{.name = "a release does not even need the public interface",
	 .config = "public eth2\naddress 42.51.67.93/24\naddress 10.9.9.1/24 dev eth0\n",
	 .recorded = "",
	 .nic = LINK "addr eth0 10.9.9.1/24\naddr eth0 10.9.9.2/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 10.9.9.1/24 removed\neth0: address 10.9.9.2/24 added\n",
	 .after = LINK "addr eth0 10.9.9.2/24\n"},
	/* ---- attributes, tables and rules ---- */
	{.name = "attributes: all of them are set, and go again",
	 .config = ATTRIBUTES,
	 .nic = ATTRIBUTES_NIC,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.0.2.93/24 added\neth0: address 2001:db8::93/64 added\n" ANNOUNCED
		"eth0: route 10.1.0.0/16 via 192.0.2.1 table 100 mtu 1400 set\n"
		"route blackhole 10.3.0.0/16 set\n"
		"route 10.5.0.0/16 by 2 next hops set\n"
		"rule priority 1000 from 192.0.2.93/32 table 100 set\n"
		"rule priority 5 from 10.0.0.0/8 blackhole set\n",
	 .after = ATTRIBUTES_MASTER,
	 .undo = true,
	 .end = ATTRIBUTES_NIC},
	{.name = "attributes: a demotion takes rules before routes, and routes before addresses",
	 .config = ATTRIBUTES,
	 .recorded = ATTRIBUTES_NIC,
	 .nic = ATTRIBUTES_MASTER,
	 .role = PLAN_BACKUP,
	 .ops = "rule priority 1000 from 192.0.2.93/32 table 100 removed\n"
		"rule priority 5 from 10.0.0.0/8 blackhole removed\n"
		"eth0: route 10.1.0.0/16 via 192.0.2.1 table 100 mtu 1400 removed\n"
		"route blackhole 10.3.0.0/16 removed\n"
		"route 10.5.0.0/16 by 2 next hops removed\n"
		"eth0: address 192.0.2.93/24 removed\neth0: address 2001:db8::93/64 removed\n",
	 .after = ATTRIBUTES_NIC},
	{.name = "attributes: what is there is left alone",
	 .config = ATTRIBUTES,
	 .recorded = ATTRIBUTES_NIC,
	 .nic = ATTRIBUTES_MASTER,
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "attributes: an IPv4 address keeps answering while it is exchanged, and its "
		 "routes stay",
	 .config =
		 "public eth0\naddress 192.0.2.93/24 label eth0:v\nroute 10.0.0.0/8 via 192.0.2.1 "
		 "src 192.0.2.93\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24\n"
		     "route eth0 10.0.0.0/8 via 192.0.2.1 src 192.0.2.93 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = EXCHANGED ANNOUNCED,
	 .after = LINK "addr eth0 192.0.2.93/24 label eth0:v\n"
		       "route eth0 10.0.0.0/8 via 192.0.2.1 src 192.0.2.93 proto 112\n"},
	{.name = "attributes: the host's secondary behind the exchanged address comes back",
	 .config = "public eth0\naddress 192.0.2.93/24 noprefixroute\n",
	 .recorded = LINK "addr eth0 192.0.2.7/24\n",
	 .nic = LINK "addr eth0 192.0.2.93/24\naddr eth0 192.0.2.7/24 secondary\n",
	 .role = PLAN_MASTER,
	 .ops = EXCHANGED ANNOUNCED "eth0: address 192.0.2.7/24 added\n"},
	{.name = "attributes: without a route to the network, gateways are neighbours all the same",
	 .config = "public eth0\naddress 192.0.2.93/24 noprefixroute\n"
		   "route 10.1.0.0/16 via 192.0.2.1\nroute 10.2.0.0/16 hops 192.0.2.1,eth0,1 "
		   "192.0.2.2,eth0,1\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24 noprefixroute\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: route 10.1.0.0/16 via 192.0.2.1 onlink set\n"
			  "route 10.2.0.0/16 by 2 next hops onlink set\n"},
	{.name = "attributes: the first next hop alone is none of the own network's: onlink",
	 .config = "public eth0\naddress 192.0.2.93/24\n"
		   "route 10.2.0.0/16 hops 198.51.100.1,eth0,1 192.0.2.2,eth0,1\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "route 10.2.0.0/16 by 2 next hops onlink set\n"},
	{.name = "attributes: two addresses of a network are exchanged, the secondary one first",
	 .config = "public eth0\naddress 192.0.2.92/24 label eth0:a\n"
		   "address 192.0.2.93/24 label eth0:b\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24\naddr eth0 192.0.2.92/24 secondary\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.0.2.92/32 added\neth0: address 192.0.2.92/24 removed\n"
		"eth0: address 192.0.2.92/24 added\neth0: address 192.0.2.92/32 removed\n" EXCHANGED
			ANNOUNCED "eth0: address 192.0.2.92/24 added\n"},
	{.name = "attributes: of 32 bits, the other prefix length is 31",
	 .config = "public eth0\naddress 192.0.2.93/32 metric 7\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/32 metric 8\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.0.2.93/31 added\neth0: address 192.0.2.93/32 removed\n"
		"eth0: address 192.0.2.93/32 added\neth0: address 192.0.2.93/31 "
		"removed\n" ANNOUNCED,
	 .after = LINK "addr eth0 192.0.2.93/32 metric 7\n"},
	{.name = "attributes: a label, a scope, a peer that nobody wants any more go",
	 .config = "public eth0\naddress 192.0.2.93/24\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24 label eth0:v scope 200 peer 192.0.2.94\n",
	 .role = PLAN_MASTER,
	 .ops = EXCHANGED ANNOUNCED,
	 .after = LINK "addr eth0 192.0.2.93/24\n"},
	{.name = "attributes: a scope that the kernel would refuse is not asked for",
	 .config = "public eth0\naddress 192.0.2.93/24 scope 253\naddress 192.0.2.94/24\n"
		   "address 198.51.100.93/24 scope 253\naddress 198.51.100.94/24\n",
	 .nic = LINK "addr eth0 192.0.2.7/24\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.0.2.93/24 added\neth0: address 192.0.2.94/24 added\n"
		"eth0: address 198.51.100.93/24 added\n"
		"eth0: address 198.51.100.94/24 added\n" ANNOUNCED,
	 .after = LINK "addr eth0 192.0.2.7/24\naddr eth0 192.0.2.93/24 secondary\n"
		       "addr eth0 192.0.2.94/24 secondary\naddr eth0 198.51.100.93/24 scope 253\n"
		       "addr eth0 198.51.100.94/24 secondary scope 253\n",
	 .undo = true},
	{.name = "attributes: the scope of those that are there is taken over",
	 .config = "public eth0\naddress 192.0.2.93/24\n",
	 .nic = LINK "addr eth0 192.0.2.7/24 scope 253\naddr eth0 198.51.100.7/24\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.0.2.93/24 added\n" ANNOUNCED,
	 .after = LINK "addr eth0 192.0.2.7/24 scope 253\naddr eth0 198.51.100.7/24\n"
		       "addr eth0 192.0.2.93/24 secondary scope 253\n",
	 .undo = true},
	{.name = "attributes: the scopes of two networks that are there are taken over",
	 .config = "public eth0\naddress 192.0.2.93/24\naddress 198.51.100.93/24\n",
	 .nic = LINK "addr eth0 192.0.2.7/24 scope 253\naddr eth0 198.51.100.7/24 scope 254\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.0.2.93/24 added\neth0: address 198.51.100.93/24 "
		"added\n" ANNOUNCED,
	 .after = LINK "addr eth0 192.0.2.7/24 scope 253\naddr eth0 198.51.100.7/24 scope 254\n"
		       "addr eth0 192.0.2.93/24 secondary scope 253\n"
		       "addr eth0 198.51.100.93/24 secondary scope 254\n",
	 .undo = true},
	{.name = "attributes: each of two standby addresses has what it had",
	 .config = "public eth0\naddress 192.0.2.93/24\n"
		   "standby-address 10.0.0.5/24\nstandby-address 10.0.1.5/24\n",
	 .nic = LINK "addr eth0 10.0.0.5/24 metric 7\naddr eth0 10.0.1.5/24 metric 8\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.0.2.93/24 added\n" ANNOUNCED
		"eth0: address 10.0.0.5/24 removed\neth0: address 10.0.1.5/24 removed\n",
	 .undo = true},
	{.name = "attributes: the scope of the standby address goes with it",
	 .config = "public eth0\naddress 192.0.2.93/24 scope 253\nstandby-address 192.0.2.7/24\n",
	 .recorded = LINK "addr eth0 192.0.2.7/24\n",
	 .nic = LINK "addr eth0 192.0.2.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = EXCHANGED ANNOUNCED,
	 .after = LINK "addr eth0 192.0.2.93/24 scope 253\n"},
	{.name = "attributes: the label that the kernel gives by itself is none",
	 .config = "public eth0\naddress 192.0.2.93/24\naddress 192.0.2.94/24 label eth0\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24 label eth0\naddr eth0 192.0.2.94/24 secondary\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "attributes: an IPv6 address is changed in place",
	 .config =
		 "public eth0\naddress 2001:db8::93/64 metric 7 noprefixroute peer 2001:db8::94\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 2001:db8::93/64\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::93/64 added\n" ANNOUNCED,
	 .after = LINK "addr eth0 2001:db8::93/64 metric 7 noprefixroute peer 2001:db8::94\n"},
	{.name = "attributes: but the kernel does not forget the peer of one",
	 .config = "public eth0\naddress 2001:db8::93/64\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 2001:db8::93/64 peer 2001:db8::94\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::93/64 removed\neth0: address 2001:db8::93/64 "
		"added\n" ANNOUNCED,
	 .after = LINK "addr eth0 2001:db8::93/64\n"},
	{.name = "attributes: an owner's address is as the host has it",
	 .config = "public eth0\npriority 255\naddress 192.0.2.93/24 label eth0:v\n",
	 .recorded = LINK "addr eth0 192.0.2.93/24 metric 5\n",
	 .nic = LINK "addr eth0 192.0.2.93/24 metric 5\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "attributes: those of a standby address count where any are configured",
	 .config = "public eth0\naddress 192.0.2.93/24\nstandby-address 198.51.100.7/24 label "
		   "eth0:s\n"
		   "standby-address 198.51.101.7/24\n",
	 .recorded = LINK "addr eth0 198.51.100.7/24\naddr eth0 198.51.101.7/24 metric 9\n",
	 .nic = LINK "addr eth0 198.51.100.7/24\naddr eth0 198.51.101.7/24 metric 9\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 198.51.100.7/32 added\neth0: address 198.51.100.7/24 removed\n"
		"eth0: address 198.51.100.7/24 added\neth0: address 198.51.100.7/32 removed\n",
	 .after = LINK
	 "addr eth0 198.51.100.7/24 label eth0:s\naddr eth0 198.51.101.7/24 metric 9\n"},
	{.name = "a route's MTU, source and scope are put right",
	 .config = "public eth0\naddress 192.0.2.93/24\nroute 10.1.0.0/16 via 192.0.2.1 mtu 1400\n"
		   "route 10.2.0.0/16 via 192.0.2.1\nroute 10.3.0.0/16 via 192.0.2.1\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24\nroute eth0 10.1.0.0/16 via 192.0.2.1\n"
		     "route eth0 10.2.0.0/16 via 192.0.2.1 mtu 1400 proto 112\n"
		     "route eth0 10.3.0.0/16 via 192.0.2.1 src 192.0.2.93 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: route 10.1.0.0/16 via 192.0.2.1 mtu 1400 set\n"
			  "eth0: route 10.2.0.0/16 via 192.0.2.1 set\n"
			  "eth0: route 10.3.0.0/16 via 192.0.2.1 set\n"},
	{.name = "the host's own route with an MTU of its own does what is asked for",
	 .config = "public eth0\naddress 192.0.2.93/24\nroute 10.2.0.0/16 via 192.0.2.1\n",
	 .nic = LINK "addr eth0 192.0.2.93/24\naddr eth0 192.0.2.7/24 secondary\n"
		     "route eth0 10.2.0.0/16 via 192.0.2.1 mtu 1400 src 192.0.2.7\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "next hops: another order is the same, another weight is not",
	 .config = "public eth0\naddress 192.0.2.93/24\n"
		   "route 10.1.0.0/16 hops 192.0.2.1,eth0,2 192.0.2.2,eth0,1\n"
		   "route 10.2.0.0/16 hops 192.0.2.1,eth0,2 192.0.2.2,eth0,1\n"
		   "route 10.3.0.0/16 hops 192.0.2.1,eth0,1 192.0.2.2,eth0,1\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24\n"
		     "route - 10.1.0.0/16 proto 112 hops 192.0.2.2,eth0,1 192.0.2.1,eth0,2\n"
		     "route - 10.2.0.0/16 proto 112 hops 192.0.2.1,eth0,1 192.0.2.2,eth0,1\n"
		     "route - 10.3.0.0/16 proto 112 hops 192.0.2.1,eth0,1 192.0.2.1,eth0,1\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED
	 "route 10.2.0.0/16 by 2 next hops set\nroute 10.3.0.0/16 by 2 next hops set\n"},
	{.name = "next hops: without the interface of one there is no such route",
	 .config = "public eth0\naddress 192.0.2.93/24\n"
		   "route 10.1.0.0/16 hops 192.0.2.1,eth0,2 192.0.2.2,eth2,1\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "a default route with a table displaces no other one, nor does one that refuses",
	 .config = "public eth0\naddress 192.0.2.93/24\nroute 0.0.0.0/0 via 192.0.2.1 table 100\n"
		   "route 0.0.0.0/0 blackhole metric 4000\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24\nroute eth0 default via 192.0.2.2 metric 9\n"
		     "route eth0 default via 192.0.2.2 metric 9 table 100\n"
		     "route - default blackhole metric 5000\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: route default via 192.0.2.1 table 100 set\n"
			  "route blackhole default metric 4000 set\n"},
	{.name = "a refusal is another route than one by several next hops",
	 .config = "public eth0\naddress 192.0.2.93/24\nroute 10.3.0.0/16 blackhole\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24\n"
		     "route - 10.3.0.0/16 proto 112 hops 192.0.2.1,eth0,1 192.0.2.2,eth0,1\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "route blackhole 10.3.0.0/16 set\n"},
	{.name = "a refusal of the host's in the place of ours comes back",
	 .config = "public eth0\naddress 192.0.2.93/24\nroute 10.1.0.0/16 via 192.0.2.1\n",
	 .nic = LINK "addr eth0 192.0.2.7/24\nroute - 10.1.0.0/16 blackhole\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.0.2.93/24 added\n" ANNOUNCED
		"eth0: route 10.1.0.0/16 via 192.0.2.1 set\n",
	 .undo = true},
	{.name = "a rule of another program is as good as ours, and stays",
	 .config = "public eth0\naddress 192.0.2.93/24\nrule 192.0.2.93/32 table 100\n",
	 .nic = LINK "rule 192.0.2.93/32 table 100\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.0.2.93/24 added\n" ANNOUNCED,
	 .undo = true},
	{.name = "a rule with something that we cannot say is another one",
	 .config = "public eth0\naddress 192.0.2.93/24\nrule 192.0.2.93/32 table 100\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 192.0.2.93/24\nrule 192.0.2.93/32 table 100 proto 112 other\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "rule priority 1000 from 192.0.2.93/32 table 100 set\n"},
	{.name = "what a run with another configuration left: rules, refusals and tables",
	 .config = "public eth0\naddress 192.0.2.93/24\nrule 192.0.2.93/32 table 101\n",
	 .recorded = LINK,
	 .recorded_by = "public eth0\naddress 192.0.2.93/24\nrule 192.0.2.93/32 table 100\n"
			"route 10.3.0.0/16 blackhole\nroute 10.4.0.0/16 via 192.0.2.1 table 100\n",
	 .nic = LINK
	 "addr eth0 192.0.2.93/24\nrule 192.0.2.93/32 table 100 proto 112\n"
	 "rule 192.0.2.94/32 table 100 proto 112\nroute - 10.3.0.0/16 blackhole proto 112\n"
	 "route eth0 10.4.0.0/16 via 192.0.2.1 table 100 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "route blackhole 10.3.0.0/16 removed\n"
			  "eth0: route 10.4.0.0/16 via 192.0.2.1 table 100 removed\n"
			  "rule priority 1000 from 192.0.2.93/32 table 101 set\n"
			  "rule priority 1000 from 192.0.2.93/32 table 100 removed\n"},
	{.name = "a rule and a refusal that another master wants stay",
	 .config = "public eth0\naddress 192.0.2.93/24\nrule 10.0.0.0/8 table 100\n"
		   "route 10.3.0.0/16 blackhole\n",
	 .recorded = LINK,
	 .nic = LINK
	 "rule 10.0.0.0/8 table 100 proto 112\nroute - 10.3.0.0/16 blackhole proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "",
	 .others = {{"public eth0\naddress 192.0.2.95/24\nrule 10.0.0.0/8 table 100\n"
		     "route 10.3.0.0/16 blackhole\n",
		     NULL, PLAN_MASTER}}},
	{.name = "a rule that another backup names goes",
	 .config = "public eth0\naddress 192.0.2.93/24\nrule 10.0.0.0/8 table 100\n",
	 .recorded = LINK,
	 .nic = LINK "rule 10.0.0.0/8 table 100 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "rule priority 1000 from 10.0.0.0/8 table 100 removed\n",
	 .others = {{"public eth0\naddress 192.0.2.95/24\nrule 10.0.0.0/8 table 100\n", NULL,
		     PLAN_BACKUP}}},
	/* ---- what is alike and is not the same ---- */
	{.name = "no MAC was placed: an address that looks like one made of zeros stays",
	 .config = "public eth0\naddress 2001:db8::93/64\nmac " SHARED_MAC "\n",
	 .recorded_by = "public eth0\naddress 2001:db8::93/64\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 2001:db8::200:ff:fe00:0/64 made\naddr eth0 2001:db8::93/64\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 2001:db8::93/64 removed\n"},
	{.name = "only the IPv4 standby address comes before the shared ones go",
	 .config = USER "standby-address fd00::93/64\n",
	 .nic = MASTER "route eth0 10.0.0.0/8 via 42.51.67.1\n",
	 .recorded = STANDBY,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 42.51.67.1 removed\n"
		"eth0: address 192.168.1.93/24 added\n"
		"eth0: address 42.51.67.93/24 removed\n"
		"eth0: MAC " OWN_MAC "\n"
		"eth0: address fd00::93/64 added\n"
		"eth0: route default via 192.168.1.1 set\n"},
	{.name = "the interface of the first address is set up",
	 .config = "public eth0\naddress 10.0.0.1/24 dev eth1\n",
	 .nic = LINK "link eth1 02:00:00:00:00:01 down\n",
	 .role = PLAN_MASTER,
	 .ops = "eth1: link up\neth1: address 10.0.0.1/24 added\n" ANNOUNCED},
	{.name = "a link-local address is the same one, though the kernel gives it a scope",
	 .config = "public eth0\naddress fe80::93/64\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 fe80::93/64 scope 253\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "another backup's own route of the NIC is not this one's",
	 .config = PLAIN,
	 .recorded = OWN,
	 .nic = OWN
	 "addr eth0 42.51.67.93/24 secondary\nroute eth0 default via 42.51.67.1 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 42.51.67.1 removed\neth0: address 42.51.67.93/24 "
		"removed\n",
	 .others = {{"public eth0\naddress 42.51.67.95/24\ngateway 42.51.67.2\n",
		     OWN "route eth0 default via 42.51.67.9\n", PLAN_BACKUP}}},
	{.name = "another master has the same address on another interface",
	 .config = "public eth0\naddress 42.51.67.93/24\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 42.51.67.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 42.51.67.93/24 removed\n",
	 .others = {{"public eth1\naddress 42.51.67.93/24\n", NULL, PLAN_MASTER}}},
};

#define STANDBY_KEYS "standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n"
#define NEXT         "public eth0\naddress 42.51.67.95/24\n" /* of another router */

/* A BACKUP whose NIC carries the MAC that was placed, and one that has lost the host's route. */
#define PLACED_MAC                                                                     \
	.config = PLAIN, .recorded_by = USER, .recorded = STANDBY, .nic = MASTER_LINK, \
	.role = PLAN_BACKUP
#define OF_METRIC_10                                                                      \
	.config = PLAIN, .recorded = OWN "route eth0 default via 42.51.67.9 metric 10\n", \
	.nic = OWN, .role = PLAN_BACKUP

/* What other routers are and want, on this interface and on others. */
static const struct row others_rows[] = {
	{.name = "a standby route that another backup has stays, and the address with it",
	 .config = "public eth0\naddress 42.51.67.93/24\n" STANDBY_KEYS,
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n"
		"eth0: shared addresses announced\n",
	 .others = {{NEXT STANDBY_KEYS, NULL, PLAN_BACKUP}}},
	{.name = "a standby route that another master has not goes",
	 .config = "public eth0\naddress 42.51.67.93/24\n" STANDBY_KEYS,
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n"
		"eth0: shared addresses announced\n"
		"eth0: route default via 192.168.1.1 removed\n"
		"eth0: address 192.168.1.93/24 removed\n",
	 .others = {{NEXT STANDBY_KEYS, NULL, PLAN_MASTER}}},
	{.name = "a host's route that is onlink stays as it is",
	 .config = PLAIN,
	 .nic = OWN "route eth0 default via 10.0.0.1 onlink\n",
	 .role = PLAN_BACKUP,
	 .ops = ""},
	{.name = "what was placed on an interface that is gone is gone",
	 .config = "public eth0\naddress 42.51.67.93/24\n",
	 .recorded_by = "public eth0\naddress 42.51.67.93/24\naddress 10.9.9.1/24 dev eth1\n"
			"route 10.7.0.0/16 via 10.9.9.2 dev eth1\n",
	 .recorded = LINK "link eth1 02:00:00:00:00:01\n",
	 .nic = LINK,
	 .role = PLAN_BACKUP,
	 .ops = ""},
	{.name = "a route that was placed stays if another master wants it",
	 .config = "public eth0\naddress 42.51.67.93/24\n",
	 .recorded_by = "public eth0\naddress 42.51.67.93/24\nroute 10.3.0.0/16 via 42.51.67.9\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 42.51.67.95/24\nroute eth0 10.3.0.0/16 via 42.51.67.9 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "",
	 .others = {{NEXT "route 10.3.0.0/16 via 42.51.67.9\n", NULL, PLAN_MASTER}}},
	{.name = "the MAC that was placed goes, though another backup has it",
	 PLACED_MAC,
	 .ops = "eth0: MAC " OWN_MAC "\n"
		"eth0: address 192.168.1.93/24 added\n"
		"eth0: route default via 192.168.1.1 set\n",
	 .others = {{NEXT "mac " SHARED_MAC "\n", NULL, PLAN_BACKUP}}},
	{.name = "the MAC that was placed stays if another master has it",
	 PLACED_MAC,
	 .ops = "eth0: address 192.168.1.93/24 added\n"
		"eth0: route default via 192.168.1.1 set\n",
	 .others = {{NEXT "mac " SHARED_MAC "\n", NULL, PLAN_MASTER}}},
	{.name = "the MAC that was placed goes if another master has it elsewhere",
	 PLACED_MAC,
	 .ops = "eth0: MAC " OWN_MAC "\n"
		"eth0: address 192.168.1.93/24 added\n"
		"eth0: route default via 192.168.1.1 set\n",
	 .others = {{"public eth1\naddress 42.51.67.95/24\nmac " SHARED_MAC "\n", NULL,
		     PLAN_MASTER}}},
	{.name = "the MAC that was placed goes if another master has another one",
	 PLACED_MAC,
	 .ops = "eth0: MAC " OWN_MAC "\n"
		"eth0: address 192.168.1.93/24 added\n"
		"eth0: route default via 192.168.1.1 set\n",
	 .others = {{NEXT "mac 00:00:5e:00:01:37\n", NULL, PLAN_MASTER}}},
	{.name = "another master's route of the same place is not replaced with what went along",
	 .config = "public eth0\naddress 42.51.67.93/24\nroute 10.1.0.0/16 via 42.51.67.1\n"
		   "standby-address 42.51.67.90/24\n",
	 .nic = LINK "addr eth0 42.51.67.90/24\naddr eth0 42.51.67.95/24 secondary\n"
		     "route eth0 10.1.0.0/16 via 42.51.67.2 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n"
		"eth0: shared addresses announced\n"
		"eth0: address 42.51.67.90/24 removed\n"
		"eth0: address 42.51.67.93/24 added\n"
		"eth0: address 42.51.67.95/24 added\n",
	 .others = {{NEXT "route 10.1.0.0/16 via 42.51.67.2\n", NULL, PLAN_MASTER}}},
	{.name = "another master has the address with another length: this one's goes",
	 .config = "public eth0\naddress 42.51.67.93/24\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 42.51.67.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 42.51.67.93/24 removed\n",
	 .others = {{"public eth0\naddress 42.51.67.93/25\n", NULL, PLAN_MASTER}}},
	{.name = "another master has other routes: this one's go",
	 .config = "public eth0\naddress 42.51.67.93/24\nroute 10.1.0.0/16 via 42.51.67.1\n"
		   "route 10.2.0.0/16 via 42.51.67.1\nroute 10.3.0.0/16 via 42.51.67.1\n",
	 .recorded = LINK,
	 .nic = LINK "addr eth0 42.51.67.93/24\n"
		     "route eth0 10.1.0.0/16 via 42.51.67.1 proto 112\n"
		     "route eth0 10.2.0.0/16 via 42.51.67.1 proto 112\n"
		     "route eth0 10.3.0.0/16 via 42.51.67.1 proto 112\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route 10.1.0.0/16 via 42.51.67.1 removed\n"
		"eth0: route 10.2.0.0/16 via 42.51.67.1 removed\n"
		"eth0: route 10.3.0.0/16 via 42.51.67.1 removed\n"
		"eth0: address 42.51.67.93/24 removed\n",
	 .others = {{NEXT "route 10.1.0.0/17 via 42.51.67.1\nroute 10.2.0.0/16 via 42.51.67.2\n"
			  "route 10.3.0.0/16 via 42.51.67.1 dev eth1\n",
		     NULL, PLAN_MASTER}}},
	{.name = "another master displaces a default route of another metric on this interface",
	 OF_METRIC_10,
	 .ops = "",
	 .others = {{NEXT "gateway 42.51.67.2\n", NULL, PLAN_MASTER}}},
	{.name = "but not one of the other family",
	 OF_METRIC_10,
	 .ops = "eth0: route default via 42.51.67.9 metric 10 set\n",
	 .others = {{NEXT "address 2001:db8::95/64\ngateway 2001:db8::1\n", NULL, PLAN_MASTER}}},
	{.name = "nor one that is on another interface",
	 .config = PLAIN,
	 .recorded = OWN "route eth0 default via 42.51.67.9 metric 10\n",
	 .nic = OWN "link eth1 02:00:00:00:00:01\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 42.51.67.9 metric 10 set\n",
	 .others = {{"public eth1\naddress 10.9.9.1/24\ngateway 10.9.9.2\n", NULL, PLAN_MASTER}}},
	{.name = "nor a route to a network",
	 OF_METRIC_10,
	 .ops = "eth0: route default via 42.51.67.9 metric 10 set\n",
	 .others = {{NEXT "route 10.0.0.0/8 via 42.51.67.2\n", NULL, PLAN_MASTER}}},
};

/* The kernel makes no route for a shared IPv6 address where somebody has made that one. */
#define SIX_KEYS "public eth0\naddress 2001:db8::93/64\n"
#define SIX(route, flags)                                                             \
	.config = SIX_KEYS, .recorded = LINK, .nic = LINK route, .role = PLAN_MASTER, \
	.ops = "eth0: address 2001:db8::93/64 added\n" ANNOUNCED,                     \
	.after = LINK "addr eth0 2001:db8::93/64" flags "\n" route

static const struct row network_rows[] = {
	{.name = "somebody's route to the network",
	 SIX("route eth0 2001:db8::/64 proto 3\n", " noprefixroute")},
	{.name = "somebody's route to a part of it", SIX("route eth0 2001:db8::/65 proto 3\n", "")},
	{.name = "somebody's route to another network",
	 SIX("route eth0 2001:db8:1::/64 proto 3\n", "")},
	{.name = "somebody's route to it by a gateway",
	 SIX("route eth0 2001:db8::/64 via fe80::1 proto 3\n", "")},
	{.name = "somebody's route to it by another interface",
	 SIX("link eth1 02:00:00:00:00:01\nroute eth1 2001:db8::/64 proto 3\n", "")},
};

/* A reload has taken keys away from USER while it was master. `undo` is for rows that begin before
 * the first start. */
static const struct row displaced_rows[] = {
	{.name = "master without standby-address: that comes back at once, the gateway's route not",
	 .config = "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\nmac " SHARED_MAC "\n",
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = MASTER,
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: address 192.168.1.93/24 added\n",
	 .after = MASTER "addr eth0 192.168.1.93/24\n",
	 .end = STANDBY},
	{.name = "stopped without standby-address: address and route come back",
	 .config = "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\nmac " SHARED_MAC "\n",
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = MASTER,
	 .role = PLAN_BACKUP,
	 .ops = TO_BACKUP,
	 .after = STANDBY},
	{.name = "the address comes back as it was",
	 .config = PLAIN,
	 .recorded_by = "public eth0\naddress 42.51.67.93/24\nstandby-address fd00::93/64\n",
	 .recorded = LINK "addr eth0 fd00::93/64 deprecated metric 88\n",
	 .nic = LINK,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address fd00::93/64 added\n",
	 .after = LINK "addr eth0 fd00::93/64 deprecated metric 88\n"},
	{.name = "it is there with another prefix length: somebody's word",
	 .config = PLAIN,
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = LINK "addr eth0 192.168.1.93/25\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: route default via 192.168.1.1 set\n"},
	{.name = "master without gateway: the host's route, by a gateway that is no neighbour now",
	 .config = "public eth0\naddress 42.51.67.93/24\nmac " SHARED_MAC "\n"
		   "standby-address 192.168.1.93/24\n",
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = MASTER,
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: route default via 42.51.67.1 removed\n"
			  "eth0: route default via 192.168.1.1 onlink set\n",
	 .after = MASTER_LINK "addr eth0 42.51.67.93/24\n"
			      "route eth0 default via 192.168.1.1 onlink\n",
	 .end = STANDBY},
	{.name = "master without both: address and route",
	 .config = "public eth0\naddress 42.51.67.93/24\nmac " SHARED_MAC "\n",
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = MASTER_LINK "addr eth0 42.51.67.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED "eth0: address 192.168.1.93/24 added\n"
			  "eth0: route default via 192.168.1.1 set\n",
	 .after = MASTER_LINK "addr eth0 42.51.67.93/24\naddr eth0 192.168.1.93/24\n"
			      "route eth0 default via 192.168.1.1\n",
	 .end = STANDBY},
	{.name = "a route from a source that is not there waits",
	 .config = "public eth0\naddress 42.51.67.93/24\nstandby-address 192.168.1.93/24\n",
	 .recorded_by = USER "route 10.0.0.0/8 via 42.51.67.7\n",
	 .recorded = STANDBY "route eth0 10.0.0.0/8 via 192.168.1.7 src 192.168.1.93\n",
	 .nic = LINK "addr eth0 42.51.67.93/24\nroute eth0 default via 42.51.67.3\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "another route in its place stays",
	 .config = "public eth0\naddress 42.51.67.93/24\nmac " SHARED_MAC "\n",
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = MASTER_LINK "addr eth0 42.51.67.93/24\naddr eth0 192.168.1.93/24\n"
			    "route eth0 default via 192.168.1.7\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED},
	{.name = "master without mac: the NIC's own one, announced",
	 .config = "public eth0\naddress 42.51.67.93/24\ngateway 42.51.67.1\n"
		   "standby-address 192.168.1.93/24\nstandby-gateway 192.168.1.1\n",
	 .recorded_by = USER,
	 .recorded = VETH "addr eth0 192.168.1.93/24\nroute eth0 default via 192.168.1.1\n",
	 .nic = "link eth0 " SHARED_MAC "\naddr eth0 42.51.67.93/24\n"
		"route eth0 default via 42.51.67.1 proto 112\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: MAC " OWN_MAC "\n" ANNOUNCED,
	 .after = VETH "addr eth0 42.51.67.93/24\nroute eth0 default via 42.51.67.1 proto 112\n"},
	{.name = "master without mac: it is another master's now",
	 .config = PLAIN,
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = MASTER "addr eth0 192.168.1.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED,
	 .others = {{"public eth0\naddress 42.51.67.99/24\nmac " SHARED_MAC "\n"
		     "standby-address 192.168.1.93/24\n",
		     NULL, PLAN_MASTER}}},
	{.name = "another master displaces the address: it waits",
	 .config = PLAIN "mac " SHARED_MAC "\n",
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = MASTER,
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED,
	 .others = {{USER, STANDBY, PLAN_MASTER}}},
	{.name = "another router shares the address now: it decides",
	 .config = PLAIN "mac " SHARED_MAC "\n",
	 .recorded_by = USER,
	 .recorded = STANDBY,
	 .nic = MASTER,
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED,
	 .others = {{"public eth0\naddress 192.168.1.93/24\n", NULL, PLAN_BACKUP}}},
};

#define SHARED128 "public eth0\naddress 2001:db8::53/128"

/* Which shared address may be the source of the host's own connections. */
static const struct row use_rows[] = {
	{.name = "an IPv6 address of 128 bits is deprecated",
	 .config = SHARED128 "\n",
	 .nic = LINK "addr eth0 2001:db8::a/64\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::53/128 added\n" ANNOUNCED,
	 .after = LINK "addr eth0 2001:db8::a/64\naddr eth0 2001:db8::53/128 deprecated\n",
	 .undo = true},
	{.name = "unless it is to be preferred",
	 .config = SHARED128 " preferred\n",
	 .nic = LINK,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::53/128 added\n" ANNOUNCED,
	 .after = LINK "addr eth0 2001:db8::53/128\n"},
	{.name = "an address with neighbours is not, nor an IPv4 one of 32 bits",
	 .config = "public eth0\naddress 2001:db8::53/64\naddress 42.51.67.93/32\n",
	 .nic = LINK,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::53/64 added\neth0: address 42.51.67.93/32 "
		"added\n" ANNOUNCED,
	 .after = LINK "addr eth0 2001:db8::53/64\naddr eth0 42.51.67.93/32\n"},
	{.name = "unless it is to be",
	 .config = "public eth0\naddress 2001:db8::53/64 deprecated\n",
	 .nic = LINK,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::53/64 added\n" ANNOUNCED,
	 .after = LINK "addr eth0 2001:db8::53/64 deprecated\n"},
	{.name = "one that is there becomes so",
	 .config = SHARED128 "\n",
	 .nic = LINK "addr eth0 2001:db8::53/128\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 2001:db8::53/128 added\n" ANNOUNCED,
	 .after = LINK "addr eth0 2001:db8::53/128 deprecated\n"},
	{.name = "an owner's is as the host has it",
	 .config = "priority 255\n" SHARED128 "\n",
	 .nic = LINK "addr eth0 2001:db8::53/128\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED,
	 .after = LINK "addr eth0 2001:db8::53/128\n"},
};

/* The owner of the address (RFC 9568, 6.1): it is the host's own one, with or without a record. */
static const struct row owner_rows[] = {
	{.name = "owner to master: nothing but an announcement",
	 .config = OWNER,
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED,
	 .after = STANDBY,
	 .end = STANDBY},
	{.name = "owner stopped, or in FAULT: it keeps address and route",
	 .config = OWNER "gateway 192.168.1.1\n",
	 .nic = STANDBY,
	 .role = PLAN_BACKUP,
	 .ops = "",
	 .after = STANDBY},
	{.name = "owner by another prefix length: the host's counts",
	 .config = "public eth0\npriority 255\naddress 192.168.1.93/32\n",
	 .nic = STANDBY,
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED,
	 .after = STANDBY,
	 .end = STANDBY},
	{.name = "owner with a second address in front of it",
	 .config = OWNER,
	 .nic = LINK "addr eth0 192.168.1.50/24\naddr eth0 192.168.1.93/24 secondary\n",
	 .role = PLAN_MASTER,
	 .ops = ANNOUNCED,
	 .end = LINK "addr eth0 192.168.1.50/24\naddr eth0 192.168.1.93/24 secondary\n"},
	{.name = "owner: its address was removed, and comes back as it was",
	 .config = OWNER,
	 .recorded = LINK "addr eth0 192.168.1.93/24 metric 77\n",
	 .nic = LINK,
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 192.168.1.93/24 added\n" ANNOUNCED,
	 .after = LINK "addr eth0 192.168.1.93/24 metric 77\n"},
	{.name = "owner of one of two: the other one is shared, and goes",
	 .config = OWNER "address 42.51.67.93/24\n",
	 .recorded = STANDBY,
	 .nic = STANDBY "addr eth0 42.51.67.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 42.51.67.93/24 removed\n",
	 .after = STANDBY},
	{.name = "owner by name only: the address was not there",
	 .config = OWNER,
	 .recorded = LINK "addr eth0 192.168.1.50/24\n",
	 .nic = LINK "addr eth0 192.168.1.50/24\naddr eth0 192.168.1.93/24 secondary\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 192.168.1.93/24 removed\n"},
	{.name = "no owner any more: the address is shared like any other, until the end",
	 .config = "public eth0\npriority 100\naddress 192.168.1.93/24\n",
	 .recorded_by = OWNER,
	 .recorded = LINK "addr eth0 192.168.1.93/24\n",
	 .nic = LINK "addr eth0 192.168.1.93/24\n",
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 192.168.1.93/24 removed\n",
	 .after = LINK,
	 .end = LINK "addr eth0 192.168.1.93/24\n"},
	{.name = "owner once, and master of another address: its own one stays",
	 .config = "public eth0\naddress 42.51.67.93/24\n",
	 .recorded_by = OWNER,
	 .recorded = LINK "addr eth0 192.168.1.93/24\n",
	 .nic = LINK "addr eth0 192.168.1.93/24\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: address 42.51.67.93/24 added\n" ANNOUNCED,
	 .end = LINK "addr eth0 192.168.1.93/24\n"},
	{.name = "owner once, and the address is not configured any more: it is the host's",
	 .config = PLAIN,
	 .recorded_by = OWNER,
	 .recorded = LINK "addr eth0 192.168.1.93/24\n",
	 .nic = LINK,
	 .role = PLAN_BACKUP,
	 .ops = "eth0: address 192.168.1.93/24 added\n"},
};

static void run_row(void **state)
{
	const struct row *row = *state;

	for (unsigned int way = 0; way < 4 * CROWD_COUNT; way++) {
		bool promote = way % 2;
		struct stage stage;
		struct plan plan;
		char *text;

		set_stage(row, way / 4, &stage);
		stage.indexed = way / 2 % 2;
		stage_look(&stage);
		assert_int_equal(takeover_plan(&stage.scene, row->role, &plan), 0);
		text = ops_text(&plan, &stage.actual);
		assert_string_equal(text, row->ops);
		free(text);
		plan_free(&plan);

		/* settle() ends with an empty plan: that it ends is the idempotence. */
		settle(&stage, row->role, promote);
		if (row->after)
			assert_stage(&stage, row->after);
		if (row->undo) {
			settle(&stage, PLAN_BACKUP, promote);
			assert_stage(&stage, row->nic);
			settle(&stage, row->role, promote);
			settle(&stage, PLAN_BACKUP, promote);
			assert_stage(&stage, row->nic);
		}
		if (row->end) {
			stage.scene.ending = true;
			settle(&stage, PLAN_BACKUP, promote);
			assert_stage(&stage, row->end);
		}
		clear_stage(&stage);
	}
}

/* ---- a NIC that has another name now ----
 * The record is of eth0 as in `recorded`; `nic` has that NIC under the name eth2. */

#define HOP "42.51.67.1,eth0,1 "

static const struct row leave_rows[] = {
	{.name = "left: what names the public interface is of that one",
	 .config = "public eth0\naddress 42.51.67.93/24 dev eth0\n"
		   "route 10.1.0.0/16 via 42.51.67.1 dev eth0\n",
	 .recorded = LINK,
	 .nic = "link eth2 " OWN_MAC "\naddr eth2 42.51.67.93/24\n"
		"route eth2 10.1.0.0/16 via 42.51.67.1 proto 112\n",
	 .ops = "eth2: route 10.1.0.0/16 via 42.51.67.1 removed\n"
		"eth2: address 42.51.67.93/24 removed\n",
	 .after = "link eth2 " OWN_MAC "\n"},
	{.name = "left: MAC, address and route; nothing is put there",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = "link eth2 " SHARED_MAC "\naddr eth2 42.51.67.93/24\n"
		"route eth2 default via 42.51.67.1 proto 112\n",
	 .ops = "eth2: route default via 42.51.67.1 removed\n"
		"eth2: address 42.51.67.93/24 removed\n"
		"eth2: MAC " OWN_MAC "\n",
	 .after = "link eth2 " OWN_MAC "\n"},
	{.name = "left: another NIC has its name, and is not touched",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = "link eth0 02:00:00:00:00:07\naddr eth0 42.51.67.93/24\n"
		"link eth2 " SHARED_MAC "\naddr eth2 42.51.67.93/24\n",
	 .ops = "eth2: address 42.51.67.93/24 removed\neth2: MAC " OWN_MAC "\n",
	 .after = "link eth0 02:00:00:00:00:07\naddr eth0 42.51.67.93/24\nlink eth2 " OWN_MAC "\n"},
	{.name = "left: as a backup, with a standby address: that stays",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = "link eth2 " OWN_MAC " perm " OWN_MAC "\naddr eth2 192.168.1.93/24\n"
		"route eth2 default via 192.168.1.1\n",
	 .ops = ""},
	{.name = "left: the permanent MAC comes before the recorded one",
	 .config = USER,
	 .recorded = STANDBY,
	 .nic = "link eth2 " SHARED_MAC " perm 02:00:00:00:00:09\n",
	 .ops = "eth2: MAC 02:00:00:00:00:09\n"},
	{.name = "left: another MAC than the shared one is somebody else's word",
	 .config = USER "standby-mac 02:00:00:00:00:0a\n",
	 .recorded = STANDBY,
	 .nic = "link eth2 02:00:00:00:00:0b\naddr eth2 42.51.67.93/24\n",
	 .ops = "eth2: address 42.51.67.93/24 removed\n"},
	{.name = "left: addresses of others there stay, also behind the shared one",
	 .config = PLAIN,
	 .recorded = OWN,
	 .nic = "link eth2 " OWN_MAC "\naddr eth2 42.51.67.93/24\n"
		"addr eth2 42.51.67.94/24 secondary\n",
	 .ops = "eth2: address 42.51.67.93/24 removed\neth2: address 42.51.67.94/24 added\n",
	 .after = "link eth2 " OWN_MAC "\naddr eth2 42.51.67.94/24\n"},
	{.name = "left: an address of another device is not there",
	 .config = "public eth0\naddress 42.51.67.93/24\naddress 10.5.5.5/24 dev eth1\n",
	 .recorded = LINK "link eth1 02:00:00:00:00:01\n",
	 .nic = "link eth2 " OWN_MAC "\naddr eth2 42.51.67.93/24\naddr eth2 10.5.5.5/24\n"
		"addr eth2 10.5.5.6/24 secondary\n",
	 .ops = "eth2: address 42.51.67.93/24 removed\n"},
	{.name = "left: an owner's address is the host's own, and stays",
	 .config = OWNER "address 42.51.67.93/24\n",
	 .recorded = LINK "addr eth0 192.168.1.93/24\n",
	 .nic = "link eth2 " OWN_MAC "\naddr eth2 192.168.1.93/24\naddr eth2 42.51.67.93/24\n",
	 .ops = "eth2: address 42.51.67.93/24 removed\n",
	 .after = "link eth2 " OWN_MAC "\naddr eth2 192.168.1.93/24\n"},
	{.name = "left: a route of another interface is not there",
	 .config = "public eth0\naddress 42.51.67.93/24\nroute 10.1.0.0/16 via 10.5.5.1 dev eth1\n",
	 .recorded = LINK "link eth1 02:00:00:00:00:01\n",
	 .nic = "link eth2 " OWN_MAC "\nlink eth1 02:00:00:00:00:01\naddr eth2 42.51.67.93/24\n"
		"route eth2 10.1.0.0/16 via 10.5.5.1 proto 112\n",
	 .ops = "eth2: address 42.51.67.93/24 removed\n"},
	{.name = "left: a route with as many next hops as there may be",
	 .config = "public eth0\naddress 42.51.67.93/24\nroute 10.1.0.0/16 hops " HOP HOP HOP HOP
		 HOP HOP HOP HOP "\n",
	 .recorded = LINK,
	 .nic = "link eth2 " OWN_MAC "\naddr eth2 42.51.67.93/24\n",
	 .ops = "eth2: address 42.51.67.93/24 removed\n"},
	{.name = "left: what a router that has this NIC by its new name shares stays",
	 .config = PLAIN,
	 .recorded = OWN,
	 .nic = "link eth2 " OWN_MAC "\naddr eth2 42.51.67.93/24\n",
	 .ops = "",
	 .others = {{"public eth2\naddress 42.51.67.93/24\n", NULL, PLAN_MASTER}}},
};

static void run_leave_row(void **state)
{
	const struct row *row = *state;

	for (unsigned int way = 0; way < 2 * CROWD_COUNT; way++) {
		struct stage stage;
		struct plan plan;
		char *text;

		set_stage(row, way / 2, &stage);
		assert_int_equal(plan_leave(&stage.scene, "eth2", &plan), 0);
		text = ops_text(&plan, &stage.actual);
		assert_string_equal(text, row->ops);
		free(text);
		for (unsigned int i = 0; i < plan.count; i++)
			model_apply(&stage.actual, &plan.ops[i], way % 2);
		plan_free(&plan);
		assert_int_equal(plan_leave(&stage.scene, "eth2", &plan), 0);
		assert_int_equal(plan.count, 0);
		plan_free(&plan);
		if (row->after)
			assert_stage(&stage, row->after);
		clear_stage(&stage);
	}
}

/* ---- what disturbs others ---- */

struct disturb_row {
	const char *name;
	const char *config, *recorded, *nic;
	enum plan_role role;
	bool disturbs;
};

static const struct disturb_row disturb_rows[] = {
	{"the users' takeover disturbs nobody", USER, STANDBY, STANDBY, PLAN_MASTER, false},
	{"nor does the way back", USER, STANDBY, MASTER, PLAN_BACKUP, false},
	{"nor with somebody's address and route on the NIC", USER, STANDBY,
	 STANDBY "addr eth0 172.16.0.9/16\nroute eth0 10.0.0.0/8 via 172.16.0.1\n", PLAN_MASTER,
	 false},
	{"the standby address comes first where routes hang on the last one", USER, STANDBY,
	 MASTER "route eth0 10.0.0.0/8 via 42.51.67.1\n", PLAN_BACKUP, false},
	{"the last IPv4 address goes, and somebody's route with it",
	 "public eth0\naddress 42.51.67.93/24\n", LINK,
	 LINK "addr eth0 42.51.67.93/24\nroute eth0 10.0.0.0/8 via 42.51.67.1\n", PLAN_BACKUP,
	 true},
	{"the last IPv4 address goes behind a route of ours, and somebody's route with it", PLAIN,
	 LINK,
	 LINK "addr eth0 42.51.67.93/24\nroute eth0 default via 42.51.67.1 proto 112\n"
	      "route eth0 10.0.0.0/8 via 42.51.67.1\n",
	 PLAN_BACKUP, true},
	{"two IPv4 addresses go, the last ones, and somebody's route with them",
	 "public eth0\naddress 42.51.67.93/24\naddress 10.9.9.93/24\n", LINK,
	 LINK "addr eth0 42.51.67.93/24\naddr eth0 10.9.9.93/24\n"
	      "route eth0 172.16.0.0/12 via 42.51.67.1\n",
	 PLAN_BACKUP, true},
	{"the last IPv4 address of an interface goes, and another one gets one",
	 "public eth0\naddress 42.51.67.93/24 dev eth1\nstandby-address 192.168.1.93/24\n",
	 LINK "link eth1 02:00:00:00:00:01\naddr eth0 192.168.1.93/24\n",
	 LINK "link eth1 02:00:00:00:00:01\naddr eth0 192.168.1.93/24\n"
	      "route eth0 10.0.0.0/8 via 192.168.1.7\n",
	 PLAN_MASTER, true},
	{"a new IPv4 address disturbs nobody's routes", "public eth0\naddress 42.51.67.93/24\n",
	 LINK, LINK "route eth0 10.0.0.0/8 via 42.51.67.1 onlink\n", PLAN_MASTER, false},
	{"somebody's secondary hangs on the standby address", USER, STANDBY,
	 STANDBY "addr eth0 192.168.1.95/24 secondary\n", PLAN_MASTER, true},
};

static void run_disturb_row(void **state)
{
	const struct disturb_row *row = *state;
	const struct row as_row = {.config = row->config,
				   .recorded = row->recorded,
				   .nic = row->nic};

	for (enum crowd crowd = 0; crowd < CROWD_COUNT; crowd++) {
		struct stage stage;
		struct plan plan;

		set_stage(&as_row, crowd, &stage);
		assert_int_equal(takeover_plan(&stage.scene, row->role, &plan), 0);
		assert_int_equal(plan_disturbs(&stage.scene, &plan), row->disturbs);
		plan_free(&plan);
		clear_stage(&stage);
	}
}

/* ---- the rest ---- */

/* A MASTER needs its public interface, and so does a record of what it carries. */
static void missing_public_interface(void **state)
{
	const struct row row = {.config = "public eth2\naddress 42.51.67.93/24\n",
				.recorded = "",
				.nic = STANDBY};
	struct plan_original original;
	struct stage stage;
	struct plan plan;

	(void)state;
	set_stage(&row, CROWD_NONE, &stage);
	assert_int_equal(takeover_plan(&stage.scene, PLAN_MASTER, &plan), -ENODEV);
	assert_int_equal(plan_record(&stage.scene, &original), -ENODEV);
	clear_stage(&stage);
}

/* Is a shared address there that can be served, after one op of a plan? */
static void carries(void **state)
{
	static const char down[] =
		"link eth0 " SHARED_MAC " perm " OWN_MAC " down\naddr eth0 42.51.67.93/24\n";
	static const char shared[] = LINK "addr eth0 42.51.67.93/24\n";
	static const struct {
		const char *config, *nic;
		enum plan_kind kind;
		const char
			*of; /* the op's address is the first one of this NIC; NULL: it has none */
		int err;
		bool carries;
	} table[] = {
		{USER, MASTER, PLAN_ANNOUNCE, NULL, 0, true},
		{USER, STANDBY, PLAN_ANNOUNCE, NULL, 0, false},
		{IP6, LINK "addr eth0 2001:db8::93/64\n", PLAN_ANNOUNCE, NULL, 0, true},
		{IP6, LINK "addr eth0 2001:db8::93/64 dadfailed\n", PLAN_ANNOUNCE, NULL, 0, false},
		{USER, down, PLAN_ANNOUNCE, NULL, 0, false},
		{USER, down, PLAN_LINK_UP, NULL, 0, true},
		{USER, down, PLAN_LINK_UP, NULL, -EBUSY, false},
		{USER, down, PLAN_LINK_DOWN, NULL, 0, false},
		{USER, down, PLAN_LINK_UP, "link eth1 " OWN_MAC "\naddr eth1 10.0.0.1/8\n", 0,
		 false},
		{USER, STANDBY, PLAN_ADDRESS_ADD, shared, 0, true},
		{USER, STANDBY, PLAN_ADDRESS_ADD, shared, -EBUSY, false},
		{USER, STANDBY, PLAN_ADDRESS_DEL, shared, 0, false},
		{USER, STANDBY, PLAN_ADDRESS_ADD, STANDBY, 0, false},
		{USER, "link eth0 " OWN_MAC " down\n", PLAN_ADDRESS_ADD, shared, 0, false},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(table); i++) {
		const struct row row = {.config = table[i].config,
					.recorded = "",
					.nic = table[i].nic};
		struct plan_op op = {.kind = table[i].kind};
		struct plan_actual of = {0};
		struct stage stage;

		set_stage(&row, CROWD_BEFORE, &stage);
		op.ifindex = plan_link_by_name(&stage.actual, "eth0")->ifindex;
		if (table[i].of) {
			model_parse(table[i].of, &of);
			op.address = of.addresses[0];
			op.ifindex = op.address.ifindex;
		}
		if (plan_carries(&stage.scene, &(struct plan){&op, 1}, &table[i].err) !=
		    table[i].carries)
			fail_msg("row %u", i);
		plan_actual_free(&of);
		clear_stage(&stage);
	}
}

static void names_of_devices(void **state)
{
	static const char *const names[] = {"eth0", "eth0", "eth2", "eth0",
					    "eth2", "eth0", "eth2", "eth0"};
	struct config_router *router = model_router(USER MISSING);

	(void)state;
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(plan_device(router, i), names[i]);
	assert_null(plan_device(router, sizeof(names) / sizeof(names[0])));
	model_router_free(router);

	router = model_router(PLAIN "route 10.1.0.0/16 hops 42.51.67.2,eth1,1 42.51.67.3,eth2,1\n"
				    "route 10.2.0.0/16 hops 42.51.67.2,eth3,1 42.51.67.3,eth4,1\n");
	assert_string_equal(plan_device(router, 6), "eth2");
	assert_string_equal(plan_device(router, 7), "eth3");
	assert_string_equal(plan_device(router, 8), "eth4");
	assert_null(plan_device(router, 9));
	model_router_free(router);
}

/* A link was taken down for its MAC. Before that the NIC carried row->nic, and now it carries
 * `after`. row->ops must be what puts back the rest. */
static void check_flap(const struct row *row, const char *after)
{
	for (enum crowd crowd = 0; crowd < CROWD_COUNT; crowd++) {
		struct plan_actual actual;
		struct stage stage;
		struct plan plan;
		char *text;

		set_stage(row, crowd, &stage);
		stage_parse(after, crowd, &actual);
		stage.scene.actual = &actual;
		assert_int_equal(plan_restore(&stage.scene, row->role, &stage.actual, &plan), 0);
		text = ops_text(&plan, &actual);
		assert_string_equal(text, row->ops);
		free(text);
		plan_free(&plan);
		plan_actual_free(&actual);
		clear_stage(&stage);
	}
}

static void flap_is_undone(void **state)
{
	/* IPv6 addresses and routes are gone, but the kernel's own come back by themselves. */
	static const char nic[] =
		STANDBY "addr eth0 fd00:1::9/64\naddr eth0 fe80::20c:82ff:fead:b329/64\n"
			"addr eth0 fe80::9/64\nroute eth0 10.0.0.0/8 via 192.168.1.7\n"
			"route eth0 192.168.1.0/24 proto 2\nroute eth0 172.16.0.0/12 proto 3\n"
			"route eth0 10.1.0.0/16 via 172.16.0.1\n"
			"route eth0 10.2.0.0/16 via 42.51.67.9\n"
			/* Of an interface that is none of the router's: nothing is put back. */
			"link eth1 02:00:00:00:00:02\nroute eth1 10.9.0.0/16\n";
	static const struct row row = {
		.config = USER,
		.nic = nic,
		.role = PLAN_MASTER,
		/* Not the standby's default route: a master does not have it. */
		.ops = "eth0: address fd00:1::9/64 added\n"
		       "eth0: address fe80::9/64 added\n"
		       "eth0: route 172.16.0.0/12 set\n"
		       "eth0: route 10.0.0.0/8 via 192.168.1.7 set\n"
		       "eth0: route 10.1.0.0/16 via 172.16.0.1 set\n"
		       "eth0: route 10.2.0.0/16 via 42.51.67.9 set\n"};

	(void)state;
	check_flap(&row, MASTER_LINK "addr eth0 192.168.1.93/24\naddr eth0 42.51.67.93/24\n"
				     "link eth1 02:00:00:00:00:02\n");
}

/* What another router displaces stays away while that is MASTER. */
static void flap_beside_another_router(void **state)
{
	static const enum plan_role roles[] = {PLAN_BACKUP, PLAN_MASTER};

	(void)state;
	for (unsigned int i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		const struct row row = {
			.config = PLAIN,
			.nic = OWN "route eth0 default via 42.51.67.9\n",
			.role = PLAN_BACKUP,
			.ops = roles[i] == PLAN_BACKUP ? "eth0: route default via 42.51.67.9 set\n"
						       : "",
			.others = {{"public eth0\naddress 10.9.9.1/24\ngateway 10.9.9.2\n", NULL,
				    roles[i]}}};

		check_flap(&row, OWN);
	}
}

/* A route whose source this router takes away is not put back. */
static void flap_and_a_source(void **state)
{
	static const struct row row = {
		.config = "public eth0\naddress 42.51.67.93/24\n",
		.recorded = OWN,
		.nic = OWN
		"addr eth0 42.51.67.93/24 secondary\nroute eth0 10.0.0.0/8 src 42.51.67.93\n",
		.role = PLAN_BACKUP,
		.ops = ""};

	(void)state;
	check_flap(&row, OWN "addr eth0 42.51.67.93/24 secondary\n");
}

static void out_of_place(void **state)
{
	struct plan_actual actual;
	struct plan_op op = {.kind = PLAN_LINK_UP, .ifindex = 77};
	char text[8];

	(void)state;
	model_parse(LINK, &actual);
	assert_int_equal(plan_format(&op, &actual, text, sizeof(text)),
			 strlen("interface 77: link up"));
	assert_string_equal(text, "interfa");
	op = (struct plan_op){.kind = PLAN_LINK_DOWN, .ifindex = 2};
	plan_format(&op, &actual, text, sizeof(text));
	assert_string_equal(text, "eth0: l");
	plan_actual_free(&actual);
}

/* When is a router advertisement asked for? */
static void way_out_by_advertisements(void **state)
{
	static const struct {
		const char *config, *recorded, *nic;
		bool lacks;
	} table[] = {
		{IP6_PLAIN, LINK, LINK, true},
		{IP6_PLAIN, LINK, LINK "route eth0 default via 2001:db8::1 proto 112\n", true},
		{IP6_PLAIN, LINK, LINK "route eth0 default via fe80::1 proto 9\n", false},
		{IP6_PLAIN, LINK, LINK "route eth0 2001:db8:1::/48 via fe80::1 proto 9\n", true},
		{IP6_PLAIN, LINK, OTHER LINK "route eth1 default via fe80::1 proto 9\n", true},
		{IP6_PLAIN, LINK "route eth0 default via fd00::1 metric 7\n", LINK, false},
		{IP6_PLAIN "standby-gateway fd00::1\n", LINK, LINK, false},
		{IP6_PLAIN, LINK, "link eth0 " OWN_MAC " perm " OWN_MAC " down\n", false},
		{PLAIN, LINK, LINK, false},
		{"public eth0\naddress 2001:db8::93/64\n", LINK, LINK, false},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(table); i++) {
		const struct row row = {.config = table[i].config,
					.recorded = table[i].recorded,
					.nic = table[i].nic};

		for (enum crowd crowd = 0; crowd < CROWD_COUNT; crowd++) {
			struct stage stage;

			set_stage(&row, crowd, &stage);
			if (plan_lacks_router(&stage.scene) != table[i].lacks)
				fail_msg("row %u", i);
			clear_stage(&stage);
		}
	}
}

/* ---- lists of ops, and rules as text: rows of their own ---- */

static const struct row builder_rows[] = {
	{.name = "two links are down: each is set up once",
	 .config = "public eth0\naddress 42.51.67.93/24\naddress 42.51.67.94/24\n"
		   "address 10.9.9.93/24 dev eth1\nroute 10.1.0.0/16 via 10.9.9.1 dev eth1\n",
	 .nic = "link eth0 " OWN_MAC " perm " OWN_MAC " down\nlink eth1 02:00:00:00:00:01 down\n",
	 .role = PLAN_MASTER,
	 .ops = "eth0: link up\neth1: link up\neth0: address 42.51.67.93/24 added\n"
		"eth0: address 42.51.67.94/24 added\n"
		"eth1: address 10.9.9.93/24 added\n" ANNOUNCED
		"eth1: route 10.1.0.0/16 via 10.9.9.1 set\n"},
};

static struct vrrp_addr address_of(const char *text, uint8_t *ret_family)
{
	struct vrrp_addr addr;

	assert_true(address_parse(text, &addr, ret_family));
	return addr;
}

/* 10.0.0.0/8 from 32.1.13.184, whose bytes an IPv6 address has, too: is the source there when the
 * plan has been carried out? */
static void sources_of_a_plan(void **state)
{
	static const struct {
		const char *what;
		const char *there, *added, *removed; /* NULL: none */
		bool is_there;
	} table[] = {
		{"on the NIC", "32.1.13.184", NULL, NULL, true},
		{"an IPv6 address with its bytes on the NIC", "2001:db8::", NULL, NULL, false},
		{"added", NULL, "32.1.13.184", NULL, true},
		{"an IPv6 address with its bytes added", NULL, "2001:db8::", NULL, false},
		{"another one added", NULL, "32.1.13.185", NULL, false},
		{"removed", "32.1.13.184", NULL, "32.1.13.184", false},
		{"another one removed", "32.1.13.184", NULL, "32.1.13.185", true},
		{"removed, though it is not there", NULL, NULL, "32.1.13.184", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct plan_address there = {.ifindex = 2, .plen = 24}, added = there,
				    removed = there;
		const struct plan_actual actual = {.addresses = &there,
						   .address_count = table[i].there ? 1 : 0};
		struct plan_route route = {.has_src = true, .plen = 8, .ifindex = 2};
		struct builder builder = {0};
		struct plan plan;
		bool is_there;

		route.src = address_of("32.1.13.184", &route.family);
		if (table[i].there)
			there.addr = address_of(table[i].there, &there.family);
		if (table[i].added) {
			added.addr = address_of(table[i].added, &added.family);
			add_address(&builder, PLAN_ADDRESS_ADD, &added);
		}
		if (table[i].removed) {
			removed.addr = address_of(table[i].removed, &removed.family);
			add_address(&builder, PLAN_ADDRESS_DEL, &removed);
		}
		is_there = source_is_there(&builder, &actual, &route);
		assert_int_equal(builder_done(&builder, &plan), 0);
		plan_free(&plan);
		if (is_there != table[i].is_there)
			fail_msg("%s", table[i].what);
	}
}

/* A recorded route, and one in its place: is it somebody's, or the recorded one without its
 * source? */
static void place_of_a_lost_source(void **state)
{
	static const struct {
		const char *what;
		uint8_t family;
		bool want_src, have_src, other_gateway;
		bool taken;
	} table[] = {
		{"IPv6, and its source is lost", 6, true, false, false, false},
		{"IPv6, and it still has its source", 6, true, true, false, true},
		{"IPv6, and it never had one", 6, false, false, false, true},
		{"IPv6, by another gateway, without a source", 6, true, false, true, true},
		{"IPv4, which goes with its source: somebody's", 4, true, false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct plan_route want = {.family = table[i].family,
					  .plen = 16,
					  .ifindex = 2,
					  .has_via = true,
					  .has_src = table[i].want_src};
		struct plan_route have = want;
		const struct plan_actual actual = {.routes = &have, .route_count = 1};
		const struct plan_scene scene = {.actual = &actual};

		have.has_src = table[i].have_src;
		have.via.b[0] = table[i].other_gateway;
		if (place_is_taken(&(struct builder){0}, &scene, &want) != table[i].taken)
			fail_msg("%s", table[i].what);
	}
}

static void rules_as_text(void **state)
{
	static const struct {
		struct config_rule rule;
		const char *text;
	} table[] = {
		{{.priority = 7, .table = 99}, "from 0.0.0.0/0 table 99"},
		{{.priority = 7, .inverted = true, .table = 99}, " not from 0.0.0.0/0 table 99"},
		{{.priority = 7, .from = {{10}}, .from_plen = 8, .table = 99},
		 "from 10.0.0.0/8 table 99"},
		{{.priority = 7, .to = {{10}}, .to_plen = 8, .table = 99},
		 "from 0.0.0.0/0 to 10.0.0.0/8 table 99"},
		{{.priority = 7, .iif = "eth0", .table = 99}, "from 0.0.0.0/0 iif eth0 table 99"},
		{{.priority = 7, .oif = "eth1", .table = 99}, "from 0.0.0.0/0 oif eth1 table 99"},
		/* A mark is none without its mask, and a mask alone asks for no mark. */
		{{.priority = 7, .mark = 10, .table = 99}, "from 0.0.0.0/0 table 99"},
		{{.priority = 7, .mark = 10, .mask = 255, .table = 99},
		 "from 0.0.0.0/0 fwmark 0xa/0xff table 99"},
		{{.priority = 7, .mask = 1, .table = 99}, "from 0.0.0.0/0 fwmark 0x0/0x1 table 99"},
		{{.priority = 7,
		  .inverted = true,
		  .from_plen = 1,
		  .to_plen = 2,
		  .iif = "eth0",
		  .oif = "eth1",
		  .mark = 1,
		  .mask = 3,
		  .refusal = CONFIG_REFUSAL_PROHIBIT},
		 " not from 0.0.0.0/1 to 0.0.0.0/2 iif eth0 oif eth1 fwmark 0x1/0x3 prohibit"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct plan_op op = {.kind = PLAN_RULE_ADD, .rule = table[i].rule};
		char text[256], expected[256];

		op.rule.family = 4;
		snprintf(expected, sizeof(expected), "rule priority 7%s%s set",
			 table[i].text[0] == ' ' ? "" : " ", table[i].text);
		plan_format(&op, &(struct plan_actual){0}, text, sizeof(text));
		assert_string_equal(text, expected);
	}
}

int main(void)
{
	table_rows(NULL, rows, name, run_row);
	table_rows(NULL, others_rows, name, run_row);
	table_rows(NULL, network_rows, name, run_row);
	table_rows(NULL, displaced_rows, name, run_row);
	table_rows(NULL, use_rows, name, run_row);
	table_rows(NULL, owner_rows, name, run_row);
	table_rows(NULL, leave_rows, name, run_leave_row);
	table_rows(NULL, disturb_rows, name, run_disturb_row);
	table_test(missing_public_interface);
	table_test(carries);
	table_test(names_of_devices);
	table_test(flap_is_undone);
	table_test(flap_beside_another_router);
	table_test(flap_and_a_source);
	table_test(out_of_place);
	table_test(way_out_by_advertisements);
	table_rows(NULL, builder_rows, name, run_row);
	table_test(sources_of_a_plan);
	table_test(place_of_a_lost_source);
	table_test(rules_as_text);
	return table_run("plan");
}
