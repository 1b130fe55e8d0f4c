/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door of a virtual router: interfaces, tracked things and orders. A table for each function of
 * router.h; how a row is read is in router_world.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router_world.h"

#define OWNER "p:255 @0 ports sent "

static const struct row ports[] = {
	{"all is well: it listens first", "", "ports", "I>B(STARTED)",
	 "B - B 3609.375 3609.375; fault=0"},
	{"the owner begins as MASTER", "p:255 ", "ports settle sent settle",
	 "I>M(OWNER) S255 acquire", "M open:2976 M 1000; master=255"},
	{"version 2", "v:2 ", "ports", "I>B(STARTED)", "B - B 3609.375 3609.375"},
	{"nothing has changed", MASTER "@500 ", "ports", "", "M open:2976 M 1000"},

	{"no path can be heard", MASTER "@500 ", "ports:deaf", "M>F(FAILED) S0",
	 "F - I never; fault=2 master=0 since=500"},
	{"the public NIC is gone", MASTER, "ports:gone", "M>F(FAILED) S0", "F - I never; fault=3"},
	{"the public NIC has no carrier", MASTER, "ports:nocarrier", "M>F(FAILED) S0",
	 "F - I never; fault=4"},
	{"the public NIC is down: taking over takes it up", MASTER, "ports:down", "",
	 "M open:2976 M 1000; fault=0"},
	{"no fence is no fault", MASTER, "ports:open", "", "M open:2976 M 1000; fault=0"},
	{"a BACKUP fails without a word", BACKUP, "ports:gone settle", "B>F(FAILED) release",
	 "F - I never; fault=3 master=0"},
	{"it begins in FAULT", "", "ports:gone settle", "I>F(FAILED) release",
	 "F - I never; fault=3"},

	{"the first fault counts: resigned", MASTER "resign weigh:failed ", "ports:deaf,gone", "",
	 "F - I never; fault=1"},
	{"the first fault counts: no path, before the public NIC", MASTER "weigh:failed tick ",
	 "ports:deaf,gone,nocarrier", "", "F - I never; fault=2"},
	{"the first fault counts: no public NIC, before its carrier", MASTER "weigh:failed tick ",
	 "ports:gone,nocarrier", "", "F - I never; fault=3"},
	{"the first fault counts: no carrier, before the addresses",
	 MASTER "public:master,bare weigh:failed tick ", "ports:nocarrier", "",
	 "F - I 1000; fault=4"},
	{"the first fault counts: no address, before a tracked thing",
	 MASTER "public:master,bare weigh:failed tick ", "ports", "", "F - I 1000; fault=5"},
	{"the last fault: a tracked thing", MASTER "weigh:failed tick ", "ports", "",
	 "F - I never; fault=6"},

	{"well again: it listens first", FAULTY "@700 ", "ports", "F>B(RECOVERED)",
	 "B - B 4309.375 4309.375; since=700 fault=0"},
	{"the owner is well again", "p:255 " FAULTY, "ports", "F>M(RECOVERED) S255",
	 "M claimed:0 M 1000"},
	{"in FAULT, and another fault takes the place of the first", FAULTY, "ports:gone", "",
	 "F - I never; fault=3"},

	{"a MASTER that yields says no goodbye: it waits for the record", MASTER "@100 wire:200 ",
	 "ports:gone", "", "M open:- B 3709.375 101; fault=0"},
	{"a MASTER that yielded fails once the record is read",
	 MASTER "@100 wire:200 ports:gone drain @101 ", "tick", "yes B>F(FAILED)",
	 "F - I never; fault=3"},
	{"a MASTER that yields and has failed looks for the record every millisecond",
	 MASTER "@100 wire:200 ports:gone @101 ", "tick", "yes", "M open:- B 3709.375 102"},
	{"a MASTER whose lease ran out says none: it waits for the look at it", MASTER "@3300 ",
	 "ports:gone", "", "M open:2976 M 1000; fault=0"},
	{"a MASTER whose lease ran out fails when it has resumed, without a goodbye",
	 MASTER "@3300 ports:gone before wake @3301 ", "tick", "yes M>F(FAILED)",
	 "F - I never; fault=3"},
	{"a MASTER whose lease ran out fails when it has lapsed, without one",
	 MASTER "@4000 ports:gone before wake @4001 ", "tick", "yes B>F(FAILED)",
	 "F - I never; fault=3"},

	{"the carrier within three seconds of a flap",
	 "@0 ports public:standby,flapped @2999.999999 ", "ports:nocarrier", "",
	 "B - B 3609.375 3000; fault=0"},
	{"the carrier three seconds after a flap", "@0 ports public:standby,flapped @3000 ",
	 "ports:nocarrier", "B>F(FAILED)", "F - I never; fault=4"},
	{"the grace is for the carrier alone", "@0 ports public:standby,flapped @100 ",
	 "ports:deaf,nocarrier", "B>F(FAILED)", "F - I never; fault=2"},
	{"the carrier is back: nothing is looked at",
	 "@0 ports public:standby,flapped @1 "
	 "ports:nocarrier @2 ",
	 "ports", "", "B - B 3609.375 3609.375"},
	{"stopped: nothing counts any more", MASTER "stop ", "ports:gone", "", "I - I never"},
};

static const struct row weigh[] = {
	{"nothing has changed", MASTER, "weigh", "", "M open:2976 M 1000; priority=100"},
	{"a MASTER of less priority", MASTER, "weigh:sum=-20", "say:PRIORITY:100",
	 "M open:2976 M 1000; judged-by=80 priority=80 master=80"},
	{"a BACKUP of less priority: its deadline stays", BACKUP, "weigh:sum=-20",
	 "say:PRIORITY:100", "B - B 3609.375 3609.375; judged-by=80 priority=80 master=200"},
	{"the same sum again: nothing is said", MASTER "weigh:sum=-20 ", "weigh:sum=-20", "",
	 "M open:2976 M 1000; priority=80"},
	{"a sum of 0 again: the configured priority", MASTER "weigh:sum=-20 ", "weigh",
	 "say:PRIORITY:80", "M open:2976 M 1000; judged-by=100"},
	{"a sum below all bounds: priority 1", MASTER, "weigh:sum=-253", "say:PRIORITY:100",
	 "M open:2976 M 1000; judged-by=1"},
	{"a sum above all bounds: priority 254, not the owner's", MASTER, "weigh:sum=253",
	 "say:PRIORITY:100", "M open:2976 M 1000; judged-by=254"},
	{"the owner stays the owner", OWNER, "weigh:sum=-20", "",
	 "M open:2976 M 1000; judged-by=255"},
	{"the next advert has the new priority", MASTER "weigh:sum=-20 @1000 ", "tick", "yes S80",
	 "M open:2976 M 2000"},
	{"a sum before the first ports: said, and it listens by it", "", "weigh:sum=-20 ports",
	 "say:PRIORITY:100 I>B(STARTED)", "B - B 3687.5 3687.5"},

	{"a thing without a weight fails", MASTER, "weigh:failed tick", "yes M>F(FAILED) S0",
	 "F - I never; fault=6"},
	{"a thing without a weight has failed already", MASTER "weigh:failed tick ",
	 "weigh:failed tick", "no", "F - I never; fault=6"},
	{"a thing without a weight is well again", MASTER "weigh:failed tick @100 ", "weigh tick",
	 "yes F>B(RECOVERED)", "B - B 3709.375 3709.375; fault=0"},
	{"it fails before the first ports: nothing yet", "", "weigh:failed", "", "I - I never"},
	{"it fails before the first ports: these tell", "", "weigh:failed ports:deaf",
	 "I>F(FAILED)", "F - I never; fault=2"},
	{"it fails before the first ports, which are well", "", "weigh:failed ports", "I>F(FAILED)",
	 "F - I never; fault=6"},
	{"it fails in a MASTER that yields: no goodbye", MASTER "@100 wire:200 ",
	 "weigh:failed tick", "yes", "M open:- B 3709.375 101"},

	{"the gateway is silent: room for a better one", MASTER, "weigh:gives-up",
	 "say:GATEWAY say:PRIORITY:100", "M open:2976 M 1000; judged-by=1 master=1"},
	{"the gateway is silent still: said once", MASTER "weigh:gives-up ", "weigh:gives-up", "",
	 "M open:2976 M 1000"},
	{"the gateway is silent: priority 1, whatever else weighs", MASTER, "weigh:gives-up,sum=50",
	 "say:GATEWAY say:PRIORITY:100", "M open:2976 M 1000; judged-by=1"},
	{"the gateway is silent: the owner of the addresses keeps its priority",
	 "p:255 @0 ports sent ", "weigh:gives-up", "say:GATEWAY",
	 "M open:2976 M 1000; judged-by=255"},
	{"a lower priority: as if the last advert that was ignored had counted",
	 "@0 ports @1000 wire:90 ", "weigh:sum=-20", "say:PRIORITY:100",
	 "B - B 4687.5 4687.5; judged-by=80"},
	{"it fails while a tracked thing is well again: one look at both",
	 "@0 ports weigh:failed tick settle ", "weigh ports:deaf", "", "F - I never; fault=2"},
	{"a lower priority, and nobody was ignored: the deadline stays", "@0 ports ",
	 "weigh:sum=-20", "say:PRIORITY:100", "B - B 3609.375 3609.375"},
	{"the gateway answers again", MASTER "weigh:gives-up ", "weigh", "say:PRIORITY:1",
	 "M open:2976 M 1000; judged-by=100"},

	{"what held it back may be over: it is tried at once", LISTENING "weigh:pending tick @200 ",
	 "weigh", "", "B - B 0 200; hold=3"},
	{"what held it back is still there: it is tried at once all the same",
	 LISTENING "weigh:pending tick @200 ", "weigh:pending", "", "B - B 0 200; hold=3"},
	{"two weighings while it is held: the first one says when it is tried",
	 LISTENING "weigh:pending tick @200 weigh:pending @300 ", "weigh:pending", "",
	 "B - B 0 200; hold=3"},
	{"nothing held it: nothing is tried sooner", LISTENING "weigh:pending @-10 ", "weigh", "",
	 "B - B 0 0; hold=0"},
	{"a hold ends where a master is heard", LISTENING "weigh:pending tick wire:200 read ",
	 "weigh", "", "B - B 3609.375 3609.375; hold=0"},
	{"a hold that is over delays no takeover",
	 LISTENING "weigh:pending tick @1 wire:200 before drain wake weigh @10 wire:0 ",
	 "before drain wake", "", "B - B 619.375 619.375"},
	{"a hold ends where it fails", LISTENING "weigh:pending tick ", "weigh:failed tick",
	 "yes B>F(FAILED)", "F - I never; hold=0"},
};

static const struct row order[] = {
	{"stop: a MASTER says goodbye", MASTER "@500 ", "stop settle", "M>I(STOPPED) S0 release",
	 "I - I never; state=0 master=0 since=500"},
	{"stop: a MASTER before its first advert", PROMOTED, "stop settle",
	 "M>I(STOPPED) S0 release", "I - I never"},
	{"stop: a BACKUP", BACKUP, "stop settle", "B>I(STOPPED)", "I - I never; master=0"},
	{"stop: a claim is given up", CLAIMED, "stop", "B>I(STOPPED)", "I - I never"},
	{"stop: FAULT", FAULTY, "stop settle", "F>I(STOPPED)", "I - I never"},
	{"stop: INIT", "begin ", "stop settle", "", "I - I never"},
	{"stop: a MASTER that yields says none", MASTER "@100 wire:200 ", "stop settle",
	 "M>B(LAPSED) B>I(STOPPED) release", "I - I never"},
	{"stop: a MASTER whose lease ran out says none", MASTER "@3000 ", "stop settle",
	 "M>B(LAPSED) B>I(STOPPED) release", "I - I never"},
	{"stop: a MASTER that listens says no goodbye", LISTENS, "stop settle",
	 "M>I(STOPPED) release", "I - I never"},
	{"stop: a trial that was wanted is none any more",
	 MASTER "public:master,bare tick settle public:standby @1100 tick ", "stop settle row",
	 "F>I(STOPPED) none", "I - I never"},
	{"stop: no trial is waited for", MASTER "public:master,bare tick settle ", "stop",
	 "F>I(STOPPED)", "I - I never"},
	{"stop: nothing is looked at again", MASTER "flood:33,50 drain wake ", "stop",
	 "M>I(STOPPED) S0", "I - I never"},
	{"stop, twice", MASTER "stop settle ", "stop settle", "", "I - I never"},
	{"stop: nothing begins anew", MASTER "stop ", "resume", "", "I - I never"},

	{"resign: a MASTER says goodbye", MASTER "@500 ", "resign settle", "M>F(FAILED) S0 release",
	 "F - I never; fault=1"},
	{"resign: a BACKUP", BACKUP, "resign", "B>F(FAILED)", "F - I never; fault=1"},
	{"resign: FAULT", FAULTY, "resign", "", "F - I never; fault=1"},
	{"resign, twice", MASTER "resign settle ", "resign settle", "", "F - I never; fault=1"},
	{"resign: a MASTER that yields waits for the record", MASTER "@100 wire:200 ", "resign", "",
	 "M open:- B 3709.375 101; fault=0"},
	{"resign: a MASTER that yielded resigns once the record is read",
	 MASTER "@100 wire:200 resign drain @101 ", "tick", "yes B>F(FAILED)",
	 "F - I never; fault=1"},
	{"resign: a MASTER whose lease ran out waits for the look at it", MASTER "@3000 ", "resign",
	 "", "M open:2976 M 1000; fault=0"},
	{"resigned: what is well does not count", BACKUP "resign @100 ", "ports", "",
	 "F - I never; fault=1"},
	{"resume: it listens first", MASTER "resign @500 ", "resume", "F>B(RECOVERED)",
	 "B - B 4109.375 4109.375; fault=0"},
	{"resume: another fault is there", MASTER "resign ports:deaf ", "resume", "",
	 "F - I never; fault=2"},
	{"resume: nobody resigned", MASTER, "resume", "", "M open:2976 M 1000"},
};

int main(void)
{
	int failed = 0;

	failed |= world_table("router_ports", ports, COUNT(ports));
	failed |= world_table("router_weigh", weigh, COUNT(weigh));
	failed |= world_table("router_order", order, COUNT(order));
	return failed;
}
