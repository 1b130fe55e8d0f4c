/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door of a virtual router: what the judge decided or lost, and the lease. A table for each
 * function of router.h; how a row is read is in router_world.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router_world.h"

/* The judge goes by the old priority, the machine by the new one: only the judge yields. */
#define OVERRULED MASTER "@300 wire:150 weigh:sum=60 "

/* A second promotion whose advert cannot be sent, an interval later; and its end. */
#define UNSENT PROMOTED "unsent @1000 before wake @4609.375 tick tick unsent @5609.375 before "
#define MUTE   UNSENT "wake tick settle "

static const struct row wake[] = {
	{"INIT: nothing", "begin before ", "wake", "", "I - I never"},
	{"BACKUP: nothing", BACKUP "before ", "wake", "", "B - B 3609.375 3609.375"},
	{"MASTER: nothing", MASTER "@500 before ", "wake", "", "M open:2976 M 1000"},
	{"FAULT: nothing", FAULTY "before ", "wake", "", "F - I never"},
	{"a lapse long after: by its own interval", MASTER "@100 wire:50x200 read @70000 before ",
	 "wake", "M>B(LAPSED)", "B - B 73609.375 73609.375"},
	{"a BACKUP that was held up counts from when it could hear", "@0 ports:deaf @0 ports @500 ",
	 "before wake", "", "B - B 3609.375 3609.375"},
	{"a lapse: it listens by the longer interval of the master that it has heard",
	 "nopreempt " MASTER "@2900 wire:50x200 read @7000 before ", "wake", "M>B(LAPSED)",
	 "B - B 14218.75 14218.75"},
	{"a lapse: one that it would preempt teaches it nothing",
	 MASTER "@2900 wire:50x200 read @7000 before ", "wake", "M>B(LAPSED)",
	 "B - B 10609.375 10609.375"},
	{"a lapse: an equal one it would not preempt",
	 MASTER "@2900 wire:100x200 read @7000 before ", "wake", "M>B(LAPSED)",
	 "B - B 14218.75 14218.75"},
	{"a lapse: but as long as its preempt delay runs, it would not",
	 "delay:1 " MASTER "@2900 wire:50x200 read @7000 before ", "wake", "M>B(LAPSED)",
	 "B - B 14218.75 14218.75"},

	{"BACKUP: a lost record: the snapshot counts", "@0 ports @1000 lost:200 before ", "wake",
	 "", "B - B 4609.375 4609.375; master=200"},
	{"BACKUP: a lost record of a master that left",
	 BACKUP "@1000 lost:0 before wake @1609.375 tick ", "tick", "yes B>M(MASTER_LEFT) S100",
	 "M claimed:1609.375 M 2609.375"},
	{"MASTER: a lost record of a worse one is answered", MASTER "@300 lost:50 before ", "wake",
	 "S100", "M open:2976 M 1000"},
	{"MASTER: a lost record of a better one: no MAC is known to concede to",
	 MASTER "@300 lost:200 before ", "wake", "M>B(HIGHER_PRIORITY)",
	 "B - B 3909.375 3909.375; master=200"},
	{"a lost record is made up for once", MASTER "@300 lost:50 before wake @600 before ",
	 "wake", "", "M open:2976 M 1000"},
	{"records that were lost together are made up for by the last of them",
	 MASTER "@300 lost:50 lost:0 before ", "wake", "S100", "M open:2976 M 1300"},
	{"a snapshot of a path that this router does not have is none",
	 MASTER "@300 lost:50 poke:path=1 before ", "wake", "", "M open:2976 M 1000"},

	{"the judge yields behind the drain: its record is waited for",
	 MASTER "@300 before wire:200 ", "wake", "", "M open:- B 3909.375 1000"},
	{"the judge yielded behind the drain, and the record was read by the next one",
	 MASTER "@300 before wire:200 wake before drain ", "wake", "", "B - B 3909.375 3909.375"},
	{"the judge yielded before the drain, and the machine knows better: it reclaims",
	 OVERRULED "before drain @310 ", "wake", "S160", "M claimed:310 M 300; state=2"},
	{"a reclaim opens its lease by the advert that was sent",
	 OVERRULED "before drain @310 wake @311 ", "sent", "", "M open:3286 M 300"},
	{"a reclaim, and the judge yields again before the advert was sent",
	 OVERRULED "before drain @310 wake wire:200 @311 ", "sent", "", "M - B 3919.375 300"},
	{"no reclaim where the judge yielded during the drain",
	 MASTER "@300 before wire:150 weigh:sum=60 drain ", "wake", "", "M open:- B 3909.375 300"},
	{"no reclaim where a record was lost: it contends like everyone",
	 MASTER "@300 lost:150 weigh:sum=60 @310 before ", "wake", "M>B(LAPSED)",
	 "B - B 3909.375 3909.375"},

	{"the last moment of the lease", MASTER "@2975.999999 before ", "wake", "",
	 "M open:2976 M 1000"},
	{"the lease ran out: it stays MASTER, shut", MASTER "@2976 before ", "wake",
	 "S100 say:RESUMED:0", "M resumed:2976 M 3976; state=2"},
	{"the lease ran out some time ago", MASTER "@3300 before ", "wake", "S100 say:RESUMED:324",
	 "M resumed:3300 M 4300"},
	{"the last moment to resume", MASTER "@3975.999999 before ", "wake",
	 "S100 say:RESUMED:999.999999", "M resumed:3975.999999 M 4975.999999"},
	{"the lease ran out an interval ago: too late to resume", MASTER "@3976 before ", "wake",
	 "M>B(LAPSED)", "B - B 7585.375 7585.375; master=0"},
	{"the lease ran out: not resumed without a fence", MASTER "ports:open @3300 before ",
	 "wake", "M>B(LAPSED)", "B - B 6909.375 6909.375"},
	{"the lease ran out: not resumed where somebody was heard since the last advert",
	 MASTER "@500 wire:50 drain @3300 before ", "wake", "M>B(LAPSED)",
	 "B - B 6909.375 6909.375"},
	{"the lease ran out: not resumed where somebody was heard at the last advert",
	 MASTER "@1000 wire:50 drain tick sent @4300 before ", "wake", "M>B(LAPSED)",
	 "B - B 7909.375 7909.375"},
	{"the lease ran out: resumed where somebody was heard before the last advert",
	 MASTER "@900 wire:50 drain @1000 tick sent @4300 before ", "wake", "S100 say:RESUMED:324",
	 "M resumed:4300 M 5300"},
	{"the first advert was not sent within an interval: lapsed", PROMOTED "@1000 before ",
	 "wake", "M>B(LAPSED)", "B - B 4609.375 4609.375"},
	{"lapsed: the interval of a master that is gone is forgotten",
	 "@0 ports wire:200x10 drain @360.9375 tick tick @1360.9375 before wake wire:0 ", "drain",
	 "", "B - B 1970.3125 1970.3125"},
	{"no advert could be sent, once: a queue may have been full",
	 PROMOTED "unsent @1000 before ", "wake tick", "M>B(LAPSED) no", "B - B 4609.375 4609.375"},
	{"no advert could be sent, twice in a row: FAULT", UNSENT, "wake tick settle",
	 "M>B(LAPSED) yes B>F(FAILED) release", "F - I 6609.375; fault=8"},
	{"no advert could be sent, once before the heartbeat was down and once since",
	 PROMOTED "unsent @1000 before wake ports:deaf @1100 ports @4709.375 tick tick unsent "
		  "@5709.375 before ",
	 "wake tick", "M>B(LAPSED) no", "B - B 9318.75 9318.75"},
	{"adverts could not be sent any more, until the lease ran out",
	 MASTER "@1000 tick unsent @2000 tick unsent @2976 before ", "wake tick",
	 "M>B(LAPSED) yes B>F(FAILED)", "F - I 3976; fault=8"},
	{"adverts could not be sent, but one could",
	 MASTER "@1000 tick unsent @2000 tick unsent sent unsent @4976 before ", "wake tick",
	 "S100 say:RESUMED:0 no", "M resumed:4976 M 5976"},
	{"mute: as long as the pause lasts", MUTE "@6609.374 ", "tick", "no", "F - I 6609.375"},
	{"mute: after the pause it listens, and preempts nobody", MUTE "@6609.375 ", "tick",
	 "yes say:NO_PREEMPT:mute F>B(RECOVERED)", "B - B 10218.75 10218.75; preempt=0 fault=0"},
	{"mute, since the heartbeat was down: up again, it listens, and preempts",
	 MUTE "@6000 ports:deaf @7000 ", "ports", "F>B(RECOVERED)",
	 "B - B 10609.375 10609.375; preempt=1 fault=0"},
	{"mute: resigned, it is tried later", MUTE "resign @6609.375 ", "tick", "yes",
	 "F - I 8609.375; fault=1"},
	{"mute: an advert that was sent ends the doubt", MUTE "@6609.375 tick @10218.75 tick tick ",
	 "sent @10300 wire:200 drain", "M>B(HIGHER_PRIORITY) C100",
	 "B - B 13909.375 13909.375; preempt=1"},
	{"mute: still so, after a longer pause",
	 MUTE "@6609.375 tick @10218.75 tick tick unsent @11218.75 before ", "wake tick",
	 "M>B(LAPSED) yes B>F(FAILED)", "F - I 13218.75; fault=8"},
	{"a promotion has an interval's time for its first advert", PROMOTED "@999.999999 before ",
	 "wake", "", "M claimed:0 M 1000"},
	{"the lease ran out: not resumed where the judge has cleared it",
	 MASTER "poke:until=0 @3300 before ", "wake", "M>B(LAPSED)", "B - B 6909.375 6909.375"},
	{"the lease ran out, and the record of a better one is read first",
	 MASTER "@3300 wire:200 before drain ", "wake", "", "B - B 6909.375 6909.375"},
	{"the lease ran out, and the judge yielded behind the drain: the deadline stays the "
	 "judge's",
	 MASTER "before @3200 wire:200 @3300 ", "wake", "M>B(LAPSED)", "B - B 6809.375 6809.375"},
	{"resumed, and no advert was sent for an interval", RESUMED "@4300 before ", "wake",
	 "M>B(LAPSED)", "B - B 7909.375 7909.375"},
	{"it listens for four intervals at most", LISTENS "@7301 before ", "wake", "M>B(LAPSED)",
	 "B - B 10910.375 10910.375"},
	{"it listens as long as its advert holds the backups down", LISTENS "@6275.999999 before ",
	 "wake", "", "M listens:3301 M 4300"},
	{"it listens no longer than that: somebody may have taken over", LISTENS "@6276 before ",
	 "wake", "M>B(LAPSED)", "B - B 9885.375 9885.375"},

	{"suppressed news: it is looked at when it may flow again",
	 MASTER "@100 flood:33,50 before drain @150 ", "wake", "", "M open:2976 M 200"},
	{"suppressed news that may flow again is not looked at any more",
	 MASTER "@100 flood:33,50 before drain @150 wake @200 ", "wake", "", "M open:2976 M 1000"},
	{"as many records as flow: it is looked at again, too",
	 MASTER "@100 flood:32,50 before drain ", "wake", "", "M open:2976 M 200"},
	{"one record less than flows: it is not looked at again",
	 MASTER "@100 flood:31,50 before drain ", "wake", "", "M open:2976 M 1000"},

	{"a path fell silent",
	 "paths:2 @0 ports wire:200/0 wire:200/1 @3000 wire:200/0 "
	 "@3609.375001 wire:200/0 before drain ",
	 "wake", "say:PATH_SILENT:1", "B - B 7218.750001 7218.750001; silent=2"},
	{"a path is silent still: said once",
	 "paths:2 @0 ports wire:200/0 wire:200/1 @3000 wire:200/0 "
	 "@3609.375001 wire:200/0 before drain wake ",
	 "wake", "", "B - B 7218.750001 7218.750001; silent=2"},
	{"a path speaks again",
	 "paths:2 @0 ports wire:200/0 wire:200/1 @3000 wire:200/0 "
	 "@3609.375001 wire:200/0 before drain wake @3700 wire:200/1 drain ",
	 "wake", "say:PATH_SPEAKS:1", "B - B 7309.375 7309.375; silent=0"},
	{"a MASTER does not look for silent paths",
	 "paths:2 @0 ports wire:200/0 wire:200/1 drain "
	 "@3609.375 tick tick sent @3700 wire:50/0 before drain ",
	 "wake", "", "M open:6585.375 M 4609.375; silent=0"},

	{"a hold ends where there is a master again",
	 LISTENING "weigh:pending tick wire:200 before drain ", "wake", "",
	 "B - B 3609.375 3609.375; hold=0"},
	{"a hold stays where there is none", LISTENING "weigh:pending tick before ", "wake", "",
	 "B - B 0 1000; hold=3"},
	{"it was deaf, and a master was heard: the hold ends",
	 LISTENING "weigh:deaf tick wire:200 before drain ", "wake", "",
	 "B - B 3609.375 3609.375; hold=0"},
	{"a hold ends in FAULT", LISTENING "weigh:pending tick ports:deaf before ", "wake", "",
	 "F - I never; hold=0"},
};

static const struct row sent[] = {
	{"the first advert opens the lease, from the time before it was sent", PROMOTED "@4 ",
	 "sent", "", "M open:2976 M 1000"},
	{"each advert renews the lease", MASTER "@1000 tick @1004 ", "sent", "",
	 "M open:3976 M 2000"},
	{"an answer renews the lease", MASTER "@300 wire:50 read @304 ", "sent", "",
	 "M open:3276 M 1000"},
	{"a claim opens nothing: it is no MASTER yet", CLAIMED, "sent", "", "B claimed:0 M now"},
	{"a goodbye opens nothing", MASTER "stop ", "sent", "", "I - I never"},
	{"an advert that yielded opens nothing", MASTER "@300 wire:200 read ", "sent", "",
	 "B - B 3909.375 3909.375"},
	{"the first advert, at the last moment", PROMOTED "@999.999999 ", "sent", "",
	 "M open:2976 M 1000"},
	{"the first advert left an interval late: it opens nothing", PROMOTED "@1000 ", "sent", "",
	 "M claimed:0 M 1000"},
	{"an advert left at the last moment of the lease", MASTER "@2000 tick @2975.999999 ",
	 "sent", "", "M open:4976 M 3000"},
	{"an advert left too late: it renews nothing", MASTER "@2000 tick @2976 ", "sent", "",
	 "M open:2976 M 3000"},
	{"the judge cleared the lease before the first advert", PROMOTED "wire:200 @4 ", "sent", "",
	 "M - B 3609.375 1000"},
	{"the judge cleared the lease while an advert was under way",
	 MASTER "@1000 tick @1001 wire:200 @1002 ", "sent", "", "M open:- B 4610.375 2000"},
	{"resumed: it begins to listen, from now", RESUMED "@3304 ", "sent", "",
	 "M listens:3304 M 4300"},
	{"resumed: not where somebody was heard meanwhile", RESUMED "wire:50 @3304 ", "sent", "",
	 "M resumed:3300 M 4300"},
	{"resumed: not where the judge has cleared it", RESUMED "poke:until=0 @3304 ", "sent", "",
	 "M resumed:- M 4300"},
	{"resumed: too late to listen", RESUMED "@4300 ", "sent", "", "M resumed:3300 M 4300"},
	{"it listens: the next beat opens the lease", LISTENS "@4300 tick @4304 ", "sent", "",
	 "M open:7276 M 5300"},
	{"it listens, and opens: it is announced again", LISTENS "@4300 tick @4304 sent ", "settle",
	 "announce", "M open:7276 M 5300"},
	{"it listens: an advert before seven eighths of an interval opens nothing",
	 RESUMED "@3500 sent @4300 tick ", "sent", "", "M listens:3500 M 5300"},
	{"it listens: at seven eighths it does", RESUMED "@3425 sent @4300 tick ", "sent", "",
	 "M open:7276 M 5300"},
	{"it listens: somebody was heard: not for an interval and a half",
	 LISTENS "@4000 wire:50 @5300 tick @5301 ", "sent", "", "M listens:3301 M 6300"},
	{"it listens: so long nobody spoke again", LISTENS "@3800 wire:50 @5300 tick @5301 ",
	 "sent", "", "M open:8276 M 6300"},
	{"it listens: to one that is heard all the time",
	 LISTENS "@4000 wire:50 @5000 wire:50 @6000 wire:50 @6300 tick @6301 ", "sent", "",
	 "M listens:3301 M 7300"},
	{"it listens: and the judge yields to a better one", LISTENS "@4000 wire:200 @4300 ",
	 "sent", "", "M listens:- B 7609.375 4300"},
};

/* What was measured of the clocks. Code 43: ours is slower by 17,000 ppm, so by 10,000 more than
 * each lease allows for, 1,000 of doubt included. */
#define TEN_ADVERTS                                                                              \
	"@1000 stand-in sent @2000 stand-in sent @3000 stand-in sent @4000 stand-in sent @5000 " \
	"stand-in sent @6000 stand-in sent @7000 stand-in sent @8000 stand-in sent @9000 "       \
	"stand-in sent @10000 stand-in sent "

/* While the kernel holds the agent up, which has drained nothing. */
static const struct row stand_in[] = {
	{"the advert is due", MASTER "@1000 ", "stand-in", "yes S100", "M open:2976 M 2000"},
	{"and keeps the lease", MASTER "@1000 stand-in ", "sent", "", "M open:3976 M 2000"},
	{"one after the other", MASTER "@1000 stand-in sent @2000 stand-in sent @3000 ",
	 "stand-in sent", "yes S100", "M open:5976 M 4000"},
	{"it is not due", MASTER "@999 ", "stand-in", "no", "M open:2976 M 1000"},
	{"but will be", MASTER "@999 ", "stand-in-at", "1000", "M open:2976 M 1000"},
	{"the judge has stepped down", MASTER "@300 wire:200 @1000 ", "stand-in stand-in-at",
	 "no never", "M open:- B 3909.375 1000"},
	{"the judge steps down before it was sent: the lease stays shut",
	 MASTER "@1000 stand-in wire:200 ", "sent", "", "M open:- B 4609.375 2000"},
	{"an inferior master changes nothing", MASTER "@300 wire:50 @1000 ", "stand-in", "yes S100",
	 "M open:2976 M 2000"},
	{"the lease has run out", MASTER "@2976 ", "stand-in stand-in-at", "no never",
	 "M open:2976 M 1000"},
	{"before-master runs: its advert holds the backups down, and opens nothing",
	 "before-master " OPENED "@1000 ", "stand-in sent", "yes S100", "M waits:0 M 2000"},
	{"before-master runs, and the judge steps down", "before-master " OPENED "wire:200 @1000 ",
	 "stand-in stand-in-at", "no never", "M waits:- B 3609.375 1000"},
	{"a new one whose NIC has no address yet", OPENED "@1000 ", "stand-in", "yes S100",
	 "M open:2976 M 2000"},
	{"but not for good: nobody serves", OPENED TEN_ADVERTS "@11000 ", "stand-in stand-in-at",
	 "no never", "M open:12976 M 11000"},
	{"an address that is announced already is served",
	 "early:50,1 @-3609.375 ports @-40 prepare public:prepared,complete @0 tick tick sent "
	 "announce-prepared " TEN_ADVERTS "@11000 ",
	 "stand-in", "yes S100", "M open:12976 M 12000"},
	{"what it served does not count when it has to serve anew",
	 "early:50,1 @-3609.375 ports @-40 prepare public:prepared,complete @0 tick tick sent "
	 "announce-prepared " TEN_ADVERTS "@13300 before wake @13301 sent @14300 tick @14301 sent "
	 "@15300 tick @15301 sent @16300 ",
	 "stand-in", "yes S100", "M open:18276 M 17300"},
	{"one that serves, for good", MASTER TEN_ADVERTS "@11000 ", "stand-in", "yes S100",
	 "M open:12976 M 12000"},
	{"one that waits for before-master, too", "before-master " OPENED TEN_ADVERTS "@11000 ",
	 "stand-in", "yes S100", "M waits:0 M 12000"},
	{"a claim without an advert is none", PROMOTED "@1000 ", "stand-in stand-in-at", "no never",
	 "M claimed:0 M 1000"},
	{"nor is a lease that listens", LISTENS "@4301 ", "stand-in stand-in-at", "no never",
	 "M listens:3301 M 4300"},
	{"a BACKUP says nothing", BACKUP "@3700 ", "stand-in stand-in-at", "no never",
	 "B - B 3609.375 3609.375"},
	{"one that hands over goes on with priority 1",
	 "handover " MASTER "@100 wire:50 drain settle @1000 tick sent @1500 stop @2000 tick sent "
	 "@3000 ",
	 "stand-in", "yes S1", "M open:4976 M 4000"},
	{"nor does one that is unfit", FAULTY, "stand-in stand-in-at", "no never", "F - I never"},
	{"before a restart: what is due meanwhile comes now, and keeps the lease from now on",
	 MASTER "@990 hasten:1010 ", "stand-in sent", "yes S100", "M open:3966 M 1990"},
	{"what is due later keeps its time", MASTER "@980 hasten:999 ", "stand-in", "no",
	 "M open:2976 M 1000"},
	{"an advert that is late stays in its rhythm", MASTER "@1200 hasten:1220 ", "stand-in",
	 "yes S100", "M open:2976 M 2000"},
	{"before a restart, a lease that has run out stays shut", MASTER "@2976 hasten:2996 ",
	 "stand-in", "no", "M open:2976 M 1000"},
	{"nor does a BACKUP say anything then", BACKUP "@3600 hasten:3620 ", "stand-in", "no",
	 "B - B 3609.375 3609.375"},
};

static const struct row drift[] = {
	{"not yet after 59 s", BACKUP "beats:61,983 ", "wake", "",
	 "B - B 63572.375 63572.375; drift=0"},
	{"after a minute: ours is slower by 17,000 ppm", BACKUP "beats:63,983 ", "wake", "",
	 "B - B 65538.375 65538.375; drift=43"},
	{"an advert by a path that is no more begins nothing",
	 BACKUP "poke:path=1 before wake beats:63,983 ", "wake", "",
	 "B - B 65538.375 65538.375; drift=43"},
	{"ours is faster by 2,000 ppm", BACKUP "beats:61,1002 ", "wake", "",
	 "B - B 64731.375 64731.375; drift=138"},
	{"a MASTER remembers it: the lease is shorter by 1 % of three intervals",
	 BACKUP "beats:63,983 @65538.375 tick tick ", "sent", "",
	 "M open:68484.375 M 66538.375; drift=43"},
	{"after a reload, too", "poke:drift=43 begin @-3609.375 ports @0 tick tick ", "sent", "",
	 "M open:2946 M 1000"},
	{"what an earlier MASTER has renewed, the next one takes for as long",
	 "poke:drift=43 begin @-3609.375 ports @0 tick tick sent settle announce public:master "
	 "@900 adopt ",
	 "ports", "I>M(ADOPTED)", "M open:2946 M 1000"},
	{"slower by as much as each lease allows for", "poke:drift=93 begin " OPENED, "wake", "",
	 "M open:2976 M 1000"},
	{"a faster clock ends its lease soon enough",
	 "poke:drift=255 begin @-3609.375 ports @55.2 tick tick sent ", "wake", "",
	 "M open:3031.2 M 1055.2"},
	{"measured anew: what was before does not count",
	 "poke:drift=43 begin " BACKUP "beats:61,1000 ", "wake", "",
	 "B - B 64609.375 64609.375; drift=128"},
};

static const struct row may_own[] = {
	{"the judge has taken it", MASTER "@100 wire:200 ", "may-own announce", "no",
	 "M open:- B 3709.375 1000"},
	{"INIT", "begin ", "may-own", "no", "I - I never"},
	{"BACKUP", BACKUP, "may-own", "no", "B - B 3609.375 3609.375"},
	{"a claim", CLAIMED, "may-own", "no", "B claimed:0 M now"},
	{"a MASTER before its first advert", PROMOTED, "may-own", "no", "M claimed:0 M 1000"},
	{"a MASTER whose lease is open", OPENED, "may-own", "yes", "M open:2976 M 1000"},
	{"a MASTER to the last moment of its lease", MASTER "@2975.999999 ", "may-own", "yes",
	 "M open:2976 M 1000"},
	{"a MASTER at the end of its lease", MASTER "@2976 ", "may-own", "no",
	 "M open:2976 M 1000"},
	{"a MASTER that resumed", RESUMED, "may-own", "no", "M resumed:3300 M 4300"},
	{"a MASTER that listens", LISTENS, "may-own", "no", "M listens:3301 M 4300"},
	{"a MASTER that opened it again", LISTENS "@4300 tick sent ", "may-own", "yes",
	 "M open:7276 M 5300"},
	{"FAULT", MASTER "ports:deaf ", "may-own", "no", "F - I never"},
	{"INIT, and it will adopt", MASTER "@900 adopt ", "may-own", "no", "I open:2976 M never"},
};

/* From which MAC an advert leaves. */
static const struct row may_use_mac[] = {
	{"the judge has taken it", MASTER "@100 wire:200 ", "may-use-mac", "no",
	 "M open:- B 3709.375 1000"},
	{"the last advert, to a better one", MASTER "@100 wire:200 read ", "may-use-mac", "no",
	 "B - B 3709.375 3709.375"},
	{"BACKUP", BACKUP, "may-use-mac", "no", "B - B 3609.375 3609.375"},
	{"the first advert of a MASTER", PROMOTED, "may-use-mac", "yes", "M claimed:0 M 1000"},
	{"the first advert, too late", PROMOTED "@1000 ", "may-use-mac", "no",
	 "M claimed:0 M 1000"},
	{"a MASTER to the last moment of its lease", MASTER "@2975.999999 ", "may-use-mac", "yes",
	 "M open:2976 M 1000"},
	{"a MASTER at the end of its lease", MASTER "@2976 ", "may-use-mac", "no",
	 "M open:2976 M 1000"},
	{"a MASTER that resumed", RESUMED, "may-use-mac", "no", "M resumed:3300 M 4300"},
	{"a MASTER that listens", LISTENS, "may-use-mac", "no", "M listens:3301 M 4300"},
	{"a MASTER that opened it again", LISTENS "@4300 tick sent ", "may-use-mac", "yes",
	 "M open:7276 M 5300"},
	{"a goodbye at a stop", MASTER "stop ", "may-use-mac", "no", "I - I never"},
	{"a goodbye at a fault", MASTER "ports:deaf ", "may-use-mac", "no", "F - I never"},
};

static const struct row yields[] = {
	{"INIT", "begin ", "yields", "no", "I - I never"},
	{"BACKUP", BACKUP, "yields", "no", "B - B 3609.375 3609.375"},
	{"a claim that the judge has ended", CLAIMED "wire:200 ", "yields", "no",
	 "B - B 3609.375 now"},
	{"MASTER", MASTER, "yields", "no", "M open:2976 M 1000"},
	{"the judge has stepped down", MASTER "wire:200 ", "yields", "yes",
	 "M open:- B 3609.375 1000"},
	{"its record was read", MASTER "wire:200 read ", "yields", "no", "B - B 3609.375 3609.375"},
};

static const struct row master_down[] = {
	{"a BACKUP: as the judge has it", BACKUP, "down", "3609.375", "B - B 3609.375 3609.375"},
	{"the judge moved it, and no record told that", BACKUP "@1000 wire:200 ", "down",
	 "4609.375", "B - B 4609.375 4609.375"},
	{"something else of the router is due sooner", "early:100 " BACKUP, "down", "3609.375",
	 "B - B 3609.375 3509.375"},
	{"held: not before it is tried again", LISTENING "weigh:pending tick ", "down", "1000",
	 "B - B 0 1000"},
	{"held, and a master was heard: as the judge has it",
	 LISTENING "weigh:pending tick wire:200 ", "down", "3609.375", "B - B 3609.375 3609.375"},
	{"a claim: its deadline has passed", CLAIMED, "down", "0", "B claimed:0 M now"},
	{"our clock is faster by more than each lease allows for: later, by 1 % of three intervals",
	 "poke:drift=213 begin " BACKUP, "down", "3639.375", "B - B 3609.375 3639.375"},
	{"faster, but not by so much", "poke:drift=163 begin " BACKUP, "down", "3609.375",
	 "B - B 3609.375 3609.375"},
	{"slower", "poke:drift=1 begin " BACKUP, "down", "3609.375", "B - B 3609.375 3609.375"},
	{"faster, and the master has ended its lease",
	 "poke:drift=213 begin " BACKUP "wire:0 drain ", "down", "609.375",
	 "B - B 609.375 609.375"},
	{"never in INIT", "begin ", "down", "never", "I - I never"},
	{"never in MASTER", MASTER, "down", "never", "M open:2976 M 1000"},
	{"never in MASTER, also where it yields", MASTER "wire:200 ", "down", "never",
	 "M open:- B 3609.375 1000"},
	{"never in FAULT", FAULTY, "down", "never", "F - I never"},
};

int main(void)
{
	int failed = 0;

	failed |= world_table("router_wake", wake, COUNT(wake));
	failed |= world_table("router_sent", sent, COUNT(sent));
	failed |= world_table("router_stand_in", stand_in, COUNT(stand_in));
	failed |= world_table("drift", drift, COUNT(drift));
	failed |= world_table("router_may_own", may_own, COUNT(may_own));
	failed |= world_table("router_may_use_mac", may_use_mac, COUNT(may_use_mac));
	failed |= world_table("router_yields", yields, COUNT(yields));
	failed |= world_table("router_master_down", master_down, COUNT(master_down));
	return failed;
}
