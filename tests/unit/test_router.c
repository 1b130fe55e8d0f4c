/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door of a virtual router: its life, what it hears and what is due. A table for each function
 * of router.h; how a row is read is in router_world.h. test_router_lease.c, test_router_nic.c and
 * test_router_health.c have the other functions.
 */
#include "core/vrrp/publish.h"
#include "router_world.h"
#include "vrrp_timers.h"

/* After a MASTER that is gone: each condition is turned once. */
static const struct row adoptable[] = {
	{"a MASTER by a lease that still runs", MASTER, "adoptable", "yes", "M open:2976 M 1000"},
	{"to the last nanosecond of the lease", MASTER "@2975.999999", "adoptable", "yes",
	 "M open:2976 M 1000"},
	{"not at the end of the lease", MASTER "@2976", "adoptable", "no", "M open:2976 M 1000"},
	{"not without a lease", MASTER "poke:until=0", "adoptable", "no", "M open:- M 1000"},
	{"not where the judge is no MASTER", MASTER "poke:role=1 poke:deadline=100", "adoptable",
	 "no", "M open:2976 B 100 1000"},
	{"not where the judge has stepped down", MASTER "wire:200", "adoptable", "no",
	 "M open:- B 3609.375 1000"},
	{"not a BACKUP", BACKUP, "adoptable", "no", "B - B 3609.375 3609.375"},
	{"not where it was not MASTER yet", MASTER "poke:state=1", "adoptable", "no",
	 "M open:2976 M 1000"},
	{"not a promotion before its first advert", PROMOTED, "adoptable", "no",
	 "M claimed:0 M 1000"},
	{"not another name", MASTER "name:r2", "adoptable", "no", "M open:2976 M 1000"},
	{"not another VRID", MASTER "vrid:56", "adoptable", "no", "M open:2976 M 1000"},
	{"not another family", MASTER "family:6", "adoptable", "no", "M open:2976 M 1000"},
	{"not another version", MASTER "v:2", "adoptable", "no", "M open:2976 M 1000"},
	{"another interval is no obstacle", MASTER "interval:200", "adoptable", "yes",
	 "M open:2976 M 1000"},
	{"not another public NIC", MASTER "nic:eth9", "adoptable", "no", "M open:2976 M 1000"},
	{"another priority is no obstacle", MASTER "p:50", "adoptable", "yes",
	 "M open:2976 M 1000"},
};

/* After a BACKUP that is gone: each condition is turned once. */
static const struct row recalls[] = {
	{"the master that was heard", BACKUP, "recalls", "200 by 100 of 100 since 0",
	 "B - B 3609.375 3609.375"},
	{"to the last nanosecond of its time", BACKUP "@3609.374999", "recalls",
	 "200 by 100 of 100 since 0", "B - B 3609.375 3609.375"},
	{"not when its time is up", BACKUP "@3609.375", "recalls", "no", "B - B 3609.375 3609.375"},
	{"the time of a lower priority is longer", BACKUP "p:1 @3800", "recalls",
	 "200 by 100 of 100 since 0", "B - B 3609.375 3609.375"},
	{"not where nobody was heard", "@0 ports ", "recalls", "no", "B - B 3609.375 3609.375"},
	{"not a MASTER", MASTER, "recalls", "no", "M open:2976 M 1000"},
	{"not another name", BACKUP "name:r2", "recalls", "no", "B - B 3609.375 3609.375"},
	{"not another VRID", BACKUP "vrid:56", "recalls", "no", "B - B 3609.375 3609.375"},
	{"not another family", BACKUP "family:6", "recalls", "no", "B - B 3609.375 3609.375"},
	{"not another version", BACKUP "v:2", "recalls", "no", "B - B 3609.375 3609.375"},
};

static const struct row init[] = {
	{"new: in INIT, and nothing is due", "", "begin", "",
	 "I - I never; state=0 priority=100 preempt=0"},
	{"new: what another router left in its words does not count", "begin poke:state=2 ",
	 "begin", "", "I - I never; state=0 priority=100"},
	{"new: without preemption", "nopreempt ", "begin ports", "I>B(STARTED)",
	 "B - B 3609.375 3609.375; preempt=0"},
	{"new: a preempt delay begins pending", "delay:5000 ", "begin ports", "I>B(STARTED)",
	 "B - B 3609.375 3609.375; preempt=0"},
	{"new: version 2 has a skew of its own", "v:2 interval:200 ", "begin ports", "I>B(STARTED)",
	 "B - B 6609.375 6609.375"},
	{"a BACKUP begins anew with a higher priority: its judge goes by that at once",
	 BACKUP "p:150 ", "begin", "", "I - B 3609.375 never; judged-by=150"},
	{"adopting: in INIT, and the words stay as they were", MASTER "@1500 ", "adopt", "",
	 "I open:2976 M never; state=2 since=0"},
	{"adopted: nothing is acquired, and the next advert comes as it was due",
	 MASTER "@900 adopt ", "ports settle", "I>M(ADOPTED)",
	 "M open:2976 M 1000; master=100 since=0"},
	{"adopted: an advert that is overdue comes at once", MASTER "@1700 adopt ports ", "tick",
	 "yes S100", "M open:2976 M 2000"},
	{"adopted: owns by the lease of the agent before", MASTER "@900 adopt ports ", "may-own",
	 "yes", "M open:2976 M 1000"},
	{"adopted: announcements go on where the earlier agent was",
	 "garp:1,400,10000 " MASTER "@900 adopt ports @1000 tick sent @1100 ", "tick",
	 "yes announce", "M open:3976 M 1300"},
	{"adopted: refreshes go on",
	 "refresh:700 " MASTER "@900 adopt ports @1000 tick sent @1600 ", "tick", "yes announce",
	 "M open:3976 M 2000"},
	{"adopted: what that agent had lost is not made up",
	 MASTER "lost:50 @900 adopt before ports ", "wake", "", "M open:2976 M 1000"},
	{"adopted: the judge has stepped down meanwhile", MASTER "@900 adopt wire:200 ports ",
	 "before drain wake", "M>B(HIGHER_PRIORITY) C100", "B - B 4509.375 4509.375"},
	{"adopted with a shorter interval: the lease is shorter, and then an advert is due",
	 MASTER "interval:20 @900 adopt ", "ports settle", "I>M(ADOPTED)",
	 "M open:1495.2 M 200; interval=20"},
	{"adopted with a shorter interval that its lease does not outlast",
	 MASTER "interval:90 @900 adopt ", "ports settle", "I>M(ADOPTED)",
	 "M open:2976 M 900; interval=90"},
	{"adopted with a longer interval: it goes on as before", MASTER "interval:300 @900 adopt ",
	 "ports tick", "I>M(ADOPTED) no", "M open:2976 M 1000; interval=100"},
	{"adopted with a longer interval: until a backup would have missed it",
	 MASTER "interval:300 @1000 tick sent @1002 adopt ports @2000 tick sent @3000 tick sent "
		"@4000 tick sent @5000 ",
	 "tick sent", "yes S100", "M open:7976 M 6000; interval=100"},
	{"adopted with a longer interval: then by the longer one",
	 MASTER "interval:300 @900 adopt ports @1000 tick sent @2000 tick sent @3000 tick sent "
		"@4000 tick sent @5000 ",
	 "tick sent", "yes S100", "M open:13928 M 8000; interval=300"},
	{"adopting, but its NIC is gone: to FAULT without a goodbye", MASTER "@900 adopt ",
	 "ports:gone settle", "I>F(FAILED) release", "F - I never; state=3"},
};

static const struct row drain_again[] = {
	{"in INIT: no", "begin before ", "again", "no", "I - I never"},
	{"a BACKUP: no", BACKUP "before ", "again", "no", "B - B 3609.375 3609.375"},
	{"a MASTER that nobody replaces: no", MASTER "before ", "again", "no",
	 "M open:2976 M 1000"},
	{"the judge stepped down during the drain: yes", MASTER "before wire:200 ", "again", "yes",
	 "M open:- B 3609.375 1000"},
	{"it did, and the record was read: no", MASTER "before wire:200 read ", "again", "no",
	 "B - B 3609.375 3609.375"},
	{"it had stepped down before the drain: no", MASTER "wire:200 before ", "again", "no",
	 "M open:- B 3609.375 1000"},
};

static const struct row advert[] = {
	{"MASTER: what it heard as BACKUP was counted by the deadline that passed since",
	 "@-3609.375 ports @-3000 wire:200 @700 tick tick sent ", "read", "", "M open:3676 M 1700"},
	{"INIT: nothing", "begin record:200 ", "read", "", "I - I never; master=0"},
	{"FAULT: nothing", FAULTY "record:200 ", "read", "", "F - I never; master=0"},
	{"BACKUP: it has a master", "@0 ports @1000 wire:200 ", "read", "",
	 "B - B 4609.375 4609.375; master=200 master-host=1"},
	{"BACKUP: the master leaves", BACKUP "@1500 wire:0 ", "read", "",
	 "B - B 2109.375 2109.375; master=200"},
	{"BACKUP: an inferior one is nobody's master", "@0 ports record:50 ", "read", "",
	 "B - B 3609.375 3609.375; master=0"},
	{"BACKUP without preemption: an inferior one is the master, too",
	 "nopreempt @0 ports @1000 wire:50 ", "read", "", "B - B 4609.375 4609.375; master=50"},
	{"BACKUP: another interval is learned", BACKUP "@1000 wire:200x200 ", "read", "",
	 "B - B 8218.75 8218.75"},
	{"BACKUP: an inferior one begins the preempt delay", "delay:2000 @0 ports @1000 wire:50 ",
	 "read", "", "B - B 4609.375 3000; preempt=0 master=50"},
	{"BACKUP: a better one ends the preempt delay",
	 "delay:2000 @0 ports @1000 wire:50 read @1500 wire:200 ", "read", "",
	 "B - B 5109.375 5109.375; preempt=0"},
	{"MASTER: a higher priority, and it concedes", MASTER "@300 wire:200 ", "read",
	 "M>B(HIGHER_PRIORITY) C100", "B - B 3909.375 3909.375; master=200 since=300"},
	{"MASTER: the same priority and a higher address", MASTER "@300 wire:100+ ", "read",
	 "M>B(HIGHER_ADDRESS) C100", "B - B 3909.375 3909.375; master=100 master-host=200"},
	{"MASTER: it goes by the interval of who wins", MASTER "@300 wire:200x10 ", "read",
	 "M>B(HIGHER_PRIORITY) C100", "B - B 660.9375 660.9375"},
	{"MASTER: a record that is as old as an interval is not conceded to",
	 MASTER "@300 wire:200 @1300 ", "read", "M>B(HIGHER_PRIORITY)", "B - B 3909.375 3909.375"},
	{"MASTER: a record that is a nanosecond younger than an interval is conceded to",
	 MASTER "@300 wire:200 @1299.999999 ", "read", "M>B(HIGHER_PRIORITY) C100",
	 "B - B 3909.375 3909.375"},
	{"MASTER: the judge moved the deadline further: that stays",
	 MASTER "@300 wire:200 @900 wire:200 ", "read", "M>B(HIGHER_PRIORITY) C100",
	 "B - B 4509.375 4509.375"},
	{"a claim that has not promoted yet is a BACKUP still", CLAIMED "wire:50 ", "read", "",
	 "B claimed:0 M now"},
	{"MASTER: priority 0 is answered, and the rhythm begins anew", MASTER "@300 wire:0 ",
	 "read", "S100", "M open:2976 M 1300"},
	{"MASTER: an inferior one is answered", MASTER "@300 wire:50 ", "read", "S100",
	 "M open:2976 M 1000; master=100"},
	{"MASTER, version 2: an inferior one is not answered", "v:2 " MASTER "@300 wire:50 ",
	 "read", "", "M open:2976 M 1000"},
	{"a second one within 100 ms is not answered",
	 MASTER "@300 wire:50 read @399.999999 wire:40 ", "read", "", "M open:2976 M 1000"},
	{"a second one after 100 ms is answered", MASTER "@300 wire:50 read @400 wire:40 ", "read",
	 "S100", "M open:2976 M 1000"},
	{"priority 0 within 100 ms of an answer is not answered",
	 MASTER "@300 wire:50 read @399.999999 wire:0 ", "read", "", "M open:2976 M 1399.999999"},
	{"a short interval: not within a quarter of it",
	 "interval:20 @-721.875 ports @0 tick tick sent @50 wire:50 read @99.999999 wire:40 ",
	 "read", "", "M open:595.2 M 200"},
	{"a short interval: after a quarter of it",
	 "interval:20 @-721.875 ports @0 tick tick sent @50 wire:50 read @100 wire:40 ", "read",
	 "S100", "M open:595.2 M 200"},
	{"a MASTER whose lease ran out does not answer", MASTER "@3000 wire:50 ", "read", "",
	 "M open:2976 M 1000"},
	{"a MASTER that listens answers", LISTENS "@3900 wire:50 ", "read", "S100",
	 "M listens:3301 M 4300"},
};

static const struct row tick[] = {
	{"INIT: nothing is due", "begin ", "tick", "no", "I - I never"},
	{"BACKUP: nothing a nanosecond before master-down", LISTENING "@-0.000001 ", "tick", "no",
	 "B - B 0 0"},
	{"BACKUP: at master-down it claims, and says nothing yet", LISTENING, "tick", "yes",
	 "B claimed:0 M now; state=1"},
	{"a claim: the other routers of its group do not claim: it is taken back, once",
	 CLAIMED "group ", "tick tick", "yes say:HELD:GROUP no", "B - B 0 0"},
	{"a claim that is taken back: what was heard meanwhile is waited for",
	 CLAIMED "wire:50 group ", "tick tick", "yes no", "B - B 3609.375 3609.375"},
	{"a claim: the other routers of its group claim, too", CLAIMED "group:granted ", "tick",
	 "yes B>M(MASTER_DOWN) S100", "M claimed:0 M 1000"},
	{"a claim: it is promoted", CLAIMED, "tick", "yes B>M(MASTER_DOWN) S100",
	 "M claimed:0 M 1000"
	 "; master=100 master-host=100 state=2 since=0 preempt=1"},
	{"a claim that waited: it counts from the promotion", CLAIMED "@20 ", "tick",
	 "yes B>M(MASTER_DOWN) S100", "M claimed:0 M 1020; since=20"},
	{"a claim: the judge has heard a better one: it is taken back", CLAIMED "wire:200 ", "tick",
	 "yes", "B - B 3609.375 3609.375; state=1 master=0"},
	{"a claim: the judge has moved the deadline on another CPU: it is taken back",
	 CLAIMED "poke:deadline=2000 ", "tick", "yes", "B - B 2000 2000"},
	{"a claim: the record of the one that has moved it is read: nothing is left",
	 CLAIMED "wire:200 tick drain ", "tick", "no", "B - B 3609.375 3609.375; master=200"},
	{"a claim: a worse one does not take it back", CLAIMED "wire:50 ", "tick",
	 "yes B>M(MASTER_DOWN) S100", "M claimed:0 M 1000"},
	{"the master has left", BACKUP "@1000 wire:0 read @1609.375 tick ", "tick",
	 "yes B>M(MASTER_LEFT) S100", "M claimed:1609.375 M 2609.375"},

	{"held by a script", LISTENING "weigh:pending ", "tick", "yes say:HELD:SCRIPT",
	 "B - B 0 1000"
	 "; hold=3"},
	{"held by the gateway", "witness:gateway " LISTENING "weigh:denied ", "tick",
	 "yes say:HELD:GATEWAY", "B - B 0 1000; hold=1"},
	{"held by the owner", "witness:owner " LISTENING "weigh:denied ", "tick",
	 "yes say:HELD:OWNER", "B - B 0 1000; hold=2"},
	{"held: nothing before another second", LISTENING "weigh:pending tick @999.999999 ", "tick",
	 "no", "B - B 0 1000; hold=3"},
	{"held still: tried every second, and said once", LISTENING "weigh:pending tick @1000 ",
	 "tick", "yes", "B - B 0 2000; hold=3"},
	{"held by something else: that is said",
	 "witness:owner " LISTENING "weigh:pending tick weigh:denied ", "tick",
	 "yes say:HELD:OWNER",
	 "B - B 0 1000"
	 "; hold=2"},
	{"held no more: it claims", LISTENING "weigh:pending tick @500 weigh ", "tick", "yes",
	 "B claimed:500 M now; hold=0"},
	{"held because it may be deaf: tried again soon", LISTENING "weigh:deaf ", "tick",
	 "yes say:HELD:RECEPTION", "B - B 0 5; hold=5"},
	{"two reasons take turns: each is said once",
	 "witness:gateway " LISTENING "weigh:denied tick @10 weigh:deaf tick @15 weigh:denied ",
	 "tick", "yes", "B - B 0 1015; hold=1"},
	{"and again in another wait",
	 "witness:gateway " LISTENING "weigh:denied tick @10 wire:200 drain wake @3619.375 ",
	 "tick", "yes say:HELD:GATEWAY", "B - B 3619.375 4619.375; hold=1"},
	{"deaf no more: it claims", LISTENING "weigh:deaf tick @5 weigh ", "tick", "yes",
	 "B claimed:5 M now; hold=0"},
	{"deaf to the last moment of another master-down",
	 LISTENING "weigh:deaf tick @3609.374999 ", "tick", "yes", "B - B 0 3614.374999; hold=5"},
	{"deaf for another master-down: it claims, and says so",
	 LISTENING "weigh:deaf tick @3609.375 ", "tick", "yes say:DEAF:3609.375",
	 "B claimed:3609.375 M now; hold=0"},
	{"deaf at a short interval: to the last moment of a second",
	 "interval:10 @-360.9375 ports @0 weigh:deaf tick @999.999999 ", "tick", "yes",
	 "B - B 0 1004.999999; hold=5"},
	{"deaf at a short interval: after a second it claims",
	 "interval:10 @-360.9375 ports @0 weigh:deaf tick @1000 ", "tick", "yes say:DEAF:1000",
	 "B claimed:1000 M now; hold=0"},
	{"deaf once more, and a master was heard in between: it waits anew",
	 LISTENING "weigh:deaf tick wire:200 before drain wake @3609.375 ", "tick",
	 "yes say:HELD:RECEPTION", "B - B 3609.375 3614.375; hold=5"},
	{"witness = owner, and a worse master is heard: it claims, and will listen",
	 "witness:owner " LISTENING "weigh:denied @-100 wire:50 @0 ", "tick", "yes",
	 "B listens:0 M now; hold=0"},
	{"witness = owner: the first advert does not open the lease",
	 "witness:owner " LISTENING "@-100 wire:50 @0 tick tick ", "sent settle", "",
	 "M listens:0 M 1000"},
	{"witness = owner: the old master is silent: the second advert opens it",
	 "witness:owner " LISTENING "@-100 wire:50 @0 tick tick sent @1000 tick ", "sent settle",
	 "acquire", "M open:3976 M 2000"},
	{"witness = owner: the old master speaks on: in the end it steps down",
	 "witness:owner " LISTENING
	 "@-100 wire:50 @0 tick tick sent @900 wire:50 drain @1000 tick sent @1900 wire:50 drain "
	 "@2000 tick sent @2900 wire:50 drain @3000 tick sent @3900 wire:50 drain @4000 before ",
	 "wake settle", "M>B(LAPSED) release", "B - B 7609.375 7609.375"},
	{"witness = owner: a deaf master is left alone for a minute",
	 "witness:owner " LISTENING
	 "@-100 wire:50 @0 tick tick sent @900 wire:50 drain @1000 tick sent @1900 wire:50 drain "
	 "@2000 tick sent @2900 wire:50 drain @3000 tick sent @3900 wire:50 drain @4000 before "
	 "wake settle @7600 wire:50 @7609.375 ",
	 "tick", "yes say:HELD:OWNER", "B - B 7609.375 8609.375; hold=2"},
	{"witness = owner: a deaf master that is gone is not waited for",
	 "witness:owner " LISTENING
	 "@-100 wire:50 @0 tick tick sent @900 wire:50 drain @1000 tick sent @1900 wire:50 drain "
	 "@2000 tick sent @2900 wire:50 drain @3000 tick sent @3900 wire:50 drain @4000 before "
	 "wake settle @7609.375 ",
	 "tick", "yes", "B claimed:7609.375 M now; hold=0"},
	{"witness = owner, and the master has left: nobody is told",
	 "witness:owner @0 ports wire:200 read @1000 wire:0 read weigh:denied @1609.375 ", "tick",
	 "yes", "B claimed:1609.375 M now; hold=0"},
	{"the heard master's interval is longer than ours: three of the longer ones count",
	 "witness:owner @0 ports wire:200x200 read weigh:sum=110,denied @3500 wire:200x200 "
	 "@7218.75 ",
	 "tick", "yes", "B listens:7218.75 M now"},
	{"started, and the address answers: it listens on",
	 "start-hold:10000 @-3609.375 ports weigh:answers @0 ", "tick", "yes say:HELD:START",
	 "B - B 0 1000; hold=4 asks=1"},
	{"started, and the address answers: not for longer than start-hold",
	 "start-hold:10000 @-3609.375 ports weigh:answers @6000 tick ", "tick", "no",
	 "B - B 0 6390.625; hold=4"},
	{"started, and start-hold is over",
	 "start-hold:10000 @-3609.375 ports weigh:answers @6000 tick @6390.625 ", "tick", "yes",
	 "B claimed:6390.625 M now; hold=0"},
	{"started, and the address answers no more",
	 "start-hold:10000 @-3609.375 ports weigh:answers @0 tick weigh ", "tick", "yes",
	 "B claimed:0 M now; hold=0"},
	{"started, and the address answers, but its master was heard",
	 "start-hold:10000 @0 ports weigh:answers wire:200 read @3609.375 ", "tick", "yes",
	 "B claimed:3609.375 M now; hold=0"},
	{"started, and the address answers: a worse master was heard, and is preempted",
	 "start-hold:10000 @-3609.375 ports weigh:answers @-100 wire:50 @0 ", "tick", "yes",
	 "B claimed:0 M now; hold=0"},
	{"start-hold = 0: nobody is asked", "@-3609.375 ports weigh:answers @0 ", "tick", "yes",
	 "B claimed:0 M now; asks=0"},
	{"started: not before start-delay is over",
	 "start-delay:4000 @-3609.375 ports:started=-3700 @0 ", "tick", "yes say:HELD:DELAY",
	 "B - B 0 300; hold=6"},
	{"start-delay is over", "start-delay:4000 @-3609.375 ports:started=-3700 @0 tick @300 ",
	 "tick", "yes", "B claimed:300 M now; hold=0"},
	{"start-delay, and a worse master is heard: its own switch port may be deaf",
	 "start-delay:4000 @-3609.375 ports:started=-3700 @-100 wire:50 @0 ", "tick",
	 "yes say:HELD:DELAY", "B - B 0 300; hold=6"},
	{"start-delay, and a reload long after the start", "start-delay:4000 @-3609.375 ports @0 ",
	 "tick", "yes", "B claimed:0 M now"},
	{"the link came up, and nobody was heard: not before link-delay is over",
	 "link-delay:4000 @-3609.375 ports:link=-3500 @0 ", "tick", "yes say:HELD:LINK",
	 "B - B 0 500; hold=7"},
	{"a long link-delay: tried every second", "link-delay:9000 @-3609.375 ports:link=-3500 @0 ",
	 "tick", "yes say:HELD:LINK", "B - B 0 1000; hold=7"},
	{"link-delay is over", "link-delay:4000 @-3609.375 ports:link=-3500 @0 tick @500 ", "tick",
	 "yes", "B claimed:500 M now; hold=0"},
	{"the link came up before the start", "link-delay:4000 " LISTENING, "tick", "yes",
	 "B claimed:0 M now"},
	{"the link came up, and the master was heard since: its silence counts",
	 "link-delay:60000 @0 ports:link=-100 wire:200 drain @3609.375 ", "tick", "yes",
	 "B claimed:3609.375 M now"},
	{"the link came up, and a worse master was heard since: it is preempted",
	 "link-delay:60000 @-3609.375 ports:link=-3500 @-100 wire:50 @0 ", "tick", "yes",
	 "B claimed:0 M now"},
	{"the link came up, and nobody was heard but before: that was another port",
	 "link-delay:9000 @-3609.375 wire:50 ports:link=-3500 @0 ", "tick", "yes say:HELD:LINK",
	 "B - B 0 1000; hold=7"},
	{"both links came up: the first one decides",
	 "paths:2 link-delay:4000 @-3609.375 ports:link=-3000,other=-3500 @0 ", "tick",
	 "yes say:HELD:LINK", "B - B 0 500; hold=7"},
	{"one link came up, another one has been up for long",
	 "paths:2 link-delay:4000 @-3609.375 ports:link=-3000 @0 ", "tick", "yes",
	 "B claimed:0 M now"},
	{"both links came up, and a master was heard by one of them",
	 "paths:2 link-delay:60000 @0 ports:link=-100,other=-100 wire:200/1 drain @3609.375 ",
	 "tick", "yes", "B claimed:3609.375 M now"},
	{"the public link came up: a master that is alive is not preempted",
	 "link-delay:4000 @-3609.375 ports:public-up=-3500 @-100 wire:50 @0 ", "tick",
	 "yes say:HELD:LINK", "B - B 0 500; hold=7"},
	{"the public link came up, and nobody is master: it takes over",
	 "link-delay:4000 @-3609.375 ports:public-up=-3500 @0 ", "tick", "yes",
	 "B claimed:0 M now"},
	{"the public link came up, and the master leaves: it takes over",
	 "link-delay:60000 @0 ports:public-up=-1 wire:200 read @1000 wire:0 read @1609.375 ",
	 "tick", "yes", "B claimed:1609.375 M now"},
	{"link-delay = 0: a link that came up is a link",
	 "@-3609.375 ports:link=-3500,public-up=-3500 @0 ", "tick", "yes", "B claimed:0 M now"},
	{"a worse master was heard three of its intervals ago: the owner's witness holds it",
	 "witness:owner " LISTENING "weigh:denied @-3000 wire:50 @0 ", "tick", "yes say:HELD:OWNER",
	 "B - B 0 1000"},
	{"a worse master is heard: the gateway's witness is asked all the same",
	 "witness:gateway " LISTENING "weigh:denied @-100 wire:50 @0 ", "tick",
	 "yes say:HELD:GATEWAY", "B - B 0 1000"},
	{"a worse master is heard: a script without a result holds it all the same",
	 "witness:owner " LISTENING "weigh:pending,denied @-100 wire:50 @0 ", "tick",
	 "yes say:HELD:SCRIPT", "B - B 0 1000"},

	{"the preempt delay is not over", "delay:2000 @0 ports @1000 wire:50 read @2999.999999 ",
	 "tick", "no", "B - B 4609.375 3000; preempt=0"},
	{"the preempt delay is over: the worse master counts no more",
	 "delay:2000 @0 ports @1000 wire:50 read @3000 ", "tick", "yes",
	 "B - B 4609.375 4609.375"
	 "; preempt=1"},
	{"the preempt delay and master-down at one time: it claims",
	 "delay:3609 @0 ports wire:50 read @3609.375 ", "tick", "yes",
	 "B claimed:3609.375 M now"
	 "; preempt=0"},
	{"the preempt delay ends while it is held",
	 "delay:3609 @0 ports wire:50 read weigh:pending @3609.375 ", "tick", "yes say:HELD:SCRIPT",
	 "B - B 3609.375 4609.375; preempt=1"},

	{"MASTER: nothing before the advert timer", MASTER "@999.999999 ", "tick", "no",
	 "M open:2976 M 1000"},
	{"MASTER: the advert timer", MASTER "@1000 ", "tick", "yes S100", "M open:2976 M 2000"},
	{"MASTER: the advert timer, late: the rhythm stays", MASTER "@1400 ", "tick", "yes S100",
	 "M open:2976 M 2000"},
	{"MASTER: an advert is skipped: it is not made up", MASTER "@2500 ", "tick", "yes S100",
	 "M open:2976 M 3000"},
	{"a MASTER that yields sends nothing, and looks again in a moment",
	 MASTER "@900 wire:200 @1000 ", "tick", "yes", "M open:- B 4509.375 1001"},
	{"a MASTER that yields looks again and again", MASTER "@900 wire:200 @1000 tick @1001 ",
	 "tick", "yes", "M open:- B 4509.375 1002"},
	{"a MASTER that yields does nothing between two looks",
	 MASTER "@900 wire:200 @1000 tick @1000.999999 ", "tick", "no", "M open:- B 4509.375 1001"},

	{"a round of announcements", "garp:3,400 " MASTER "@400 ", "tick", "yes announce",
	 "M open:2976 M 800"},
	{"the last round of a burst", "garp:3,400 " MASTER "@400 tick @800 ", "tick",
	 "yes announce", "M open:2976 M 1000"},
	{"no round after the last", "garp:3,400 " MASTER "@400 tick @800 tick @999.999999 ", "tick",
	 "no", "M open:2976 M 1000"},
	{"an inferior advert within a burst: its rounds announce the addresses",
	 "garp:3,400 " MASTER "@100 wire:50 ", "read settle", "S100", "M open:2976 M 400"},
	{"an inferior advert after a burst: announced again", MASTER "@100 wire:50 ", "read settle",
	 "S100 announce", "M open:2976 M 1000"},
	{"a round of announcements behind the advert", "garp:3,1000 " MASTER "@1000 ", "tick",
	 "yes S100 announce", "M open:2976 M 2000"},
	{"a refresh of the announcements", "refresh:700 " MASTER "@700 ", "tick", "yes announce",
	 "M open:2976 M 1000"},
	{"no round where the lease has just run out", "garp:3,3000 " MASTER "@3000 ", "tick",
	 "yes S100", "M open:2976 M 3000"},
	{"no round of an earlier mastership",
	 "garp:3,400 " MASTER "@100 wire:200 drain settle "
	 "public:standby @3709.375 tick tick sent ",
	 "tick", "no", "M open:6685.375 M 4709.375"},
	{"no round where it yields", "garp:3,400 " MASTER "wire:200 @400 ", "tick", "no",
	 "M open:- B 3609.375 1000"},
	{"no round while it listens", "garp:3,4000 " LISTENS "@4000 ", "tick", "no",
	 "M listens:3301 M 4300"},

	{"prepared in vain: that is put back at once",
	 "early:100 " LISTENING "@-50 prepare public:prepared wire:200 drain ", "tick", "yes",
	 "B - B 3559.375 3459.375"},
	{"prepared, and the deadline stands: nothing",
	 "early:100 " LISTENING "@-50 prepare public:prepared ", "tick", "no", "B - B 0 0"},
	{"a flap for a MAC: the carrier is looked at again when the driver had its time",
	 MASTER "@100 public:master,flapped @200 ports:nocarrier "
		"@1000 tick sent @2000 tick sent @3000 tick sent @3100 ",
	 "tick", "yes M>F(FAILED) S0", "F - I never; fault=4"},
	{"a flap for a MAC: the carrier is back in time",
	 MASTER "@100 public:master,flapped @200 ports:nocarrier @900 ports "
		"@1000 tick sent @2000 tick sent @3000 tick sent @3100 ",
	 "tick", "no", "M open:5976 M 4000"},
	{"news flows again: what was suppressed is made up",
	 MASTER "flood:32,50 drain wake "
		"@10 wire:40 before wake @50 wire:30 @100 ",
	 "tick", "yes S100", "M open:2976 M 1000"},
	{"stopped: nothing is due", MASTER "stop @9000 ", "tick", "no", "I - I never"},
};

/* Each row of the router's own table of deadlines, by name. */
static const struct row offer[] = {
	{"nothing", "begin ", "row", "none", "I - I never"},
	{"prepared in vain", "early:100 " LISTENING "@-50 prepare public:prepared wire:200 drain ",
	 "row", "what was prepared in vain", "B - B 3559.375 now"},
	{"gives up, and tries again", MASTER "public:master,bare tick settle public:standby ",
	 "row", "another trial of what has failed", "F - I 1000"},
	{"health is looked at again", MASTER "wire:200 @10 ports:gone ", "row",
	 "the router's health", "M open:- B 3609.375 11"},
	{"master-down", BACKUP, "row", "master-down", "B - B 3609.375 3609.375"},
	{"a claim is at once", CLAIMED, "row", "master-down", "B claimed:0 M now"},
	{"the preempt delay", "delay:2000 @0 ports wire:50 read ", "row", "the preempt delay",
	 "B - B 3609.375 2000"},
	{"the advert timer", MASTER, "row", "the advert timer", "M open:2976 M 1000"},
	{"announcements", "garp:3,400 " MASTER, "row", "announcements", "M open:2976 M 400"},
	{"suppressed news", MASTER "flood:33,50 drain wake ", "row", "news that was suppressed",
	 "M open:2976 M 100"},
	{"preparation", "early:100 " BACKUP, "row", "preparation", "B - B 3609.375 3509.375"},
	{"held: until it is tried again", LISTENING "weigh:pending tick ", "row", "master-down",
	 "B - B 0 1000"},
	{"FAULT: nothing", FAULTY, "row", "none", "F - I never"},
	{"stopped: nothing", MASTER "stop ", "row", "none", "I - I never"},
};

#define NEWS                                                                            \
	"wire:200/1 wire:210/1 wire:200/1 wire:210/1 wire:200/1 wire:210/1 wire:200/1 " \
	"wire:210/1 wire:200/1 wire:210/1 wire:200/1 wire:210/1 "

/* What it would do; and world_rehearse() compares router and words. */
static const struct row rehearse[] = {
	{"a promotion", LISTENING, "rehearse", "B>M(MASTER_DOWN) S100",
	 "B - B 0 0; master=0 state=1"},
	{"a promotion that is still to come", BACKUP "@3609.375 ", "rehearse",
	 "B>M(MASTER_DOWN) S100", "B - B 3609.375 3609.375; master=200"},
	{"nothing is due", BACKUP "@1000 ", "rehearse", "", "B - B 3609.375 3609.375"},
	{"a promotion that is held", LISTENING "weigh:pending ", "rehearse", "say:HELD:SCRIPT",
	 "B - B 0 0; hold=0"},
	{"an advert", MASTER "@1000 ", "rehearse", "S100", "M open:2976 M 1000"},
	{"a path is found silent, after much news",
	 "paths:2 @0 ports wire:200/1 wire:200/0 @3000 wire:200/1 drain @3550 " NEWS NEWS NEWS
	 "before drain wake @3609.375001 wire:210/1 @3650 ",
	 "rehearse", "say:PATH_SILENT:0", "B - B 7218.750001 3650; silent=0"},
};

/* What the log and the history are told of a transition. */
static void test_transition(void **state)
{
	struct world world;
	const struct vrrp_history *told = &world.fx.list[0].transition;

	(void)state;
	world_open(&world);
	world_run(&world, "@0 ports ");
	assert_int_equal(told->at_ns, T0);
	assert_int_equal(told->wire_ns, 0);
	assert_int_equal(told->peer_family, 0);

	world_run(&world, "@1000 wire:200 drain @4700 tick tick ");
	assert_int_equal(world.fx.list[0].kind, ROUTER_TRANSITION);
	assert_int_equal(told->at_ns, T0 + 4700 * NS_PER_MS);
	assert_int_equal(told->wire_ns, T0 + 1000 * NS_PER_MS);
	assert_int_equal(told->deadline_ns, T0 + 4609375 * NS_PER_US);
	assert_int_equal(told->peer_priority, 200);
	assert_int_equal(told->peer_family, 4);
	assert_int_equal(told->peer.b[3], 1);

	world_run(&world, "@5000 wire:150+ @5010 read ");
	assert_int_equal(world.fx.list[0].kind, ROUTER_TRANSITION);
	assert_int_equal(told->at_ns, T0 + 5010 * NS_PER_MS);
	assert_int_equal(told->wire_ns, T0 + 5000 * NS_PER_MS);
	assert_int_equal(told->deadline_ns, 0);
	assert_int_equal(told->peer_priority, 150);
	assert_int_equal(told->peer.b[3], 200);
}

static void test_peers_are_published(void **state)
{
	static struct vrrp_addr of_config[] = {{{10, 0, 0, 2}}, {{10, 0, 0, 3}}};
	const struct config_router config = {.peers = of_config,
					     .peer_count = COUNT(of_config),
					     .priority = 100};
	struct vrrp_peers peers = {0};
	struct vrrp_instance instance = {0};

	(void)state;
	publish_rules(&instance, &peers, &config, 100);
	assert_int_equal(instance.rules.peer_count, COUNT(of_config));
	assert_memory_equal(peers.addr, of_config, sizeof(of_config));
	assert_true(vrrp_addr_is_zero(&peers.addr[COUNT(of_config)]));
}

int main(void)
{
	const struct CMUnitTest others[] = {cmocka_unit_test(test_transition),
					    cmocka_unit_test(test_peers_are_published)};
	int failed = 0;

	failed |= world_table("router_adoptable", adoptable, COUNT(adoptable));
	failed |= world_table("router_recalls", recalls, COUNT(recalls));
	failed |= world_table("router_init", init, COUNT(init));
	failed |= world_table("router_drain_again", drain_again, COUNT(drain_again));
	failed |= world_table("router_advert", advert, COUNT(advert));
	failed |= world_table("router_tick", tick, COUNT(tick));
	failed |= world_table("router_offer", offer, COUNT(offer));
	failed |= world_table("router_rehearse", rehearse, COUNT(rehearse));
	failed |= cmocka_run_group_tests_name("others", others, NULL, NULL) != 0;
	return failed;
}
