/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door of a virtual router: the hooks that it waits for. How a row is read is in
 * router_world.h.
 */
#include "router_world.h"

/* MASTER, and its first advert is sent. */
#define WAITS  "before-master " OPENED
#define STRICT "before-master:strict " OPENED
#define FAILED STRICT "@500 hook:master,failed tick settle "

static const struct row before_master[] = {
	{"the advert that would open the lease starts it", "before-master " PROMOTED, "sent",
	 "run:master", "M waits:0 M 1000; hold=9"},
	{"without it the lease opens", PROMOTED, "sent", "", "M open:2976 M 1000; hold=0"},
	{"nothing is acquired, announced, or sent from the shared MAC", WAITS,
	 "settle may-own may-use-mac awaits-hook", "no no yes", "M waits:0 M 1000"},
	{"nor is the first advert sent from it", "before-master " PROMOTED, "may-use-mac", "no",
	 "M claimed:0 M 1000"},
	{"nothing is prepared", "early:50,1 before-master @-3609.375 ports @-40 ", "prepare tick",
	 "no no", "B - B 0 0"},
	{"adverts go on", WAITS "@1000 ", "tick sent", "yes S100", "M waits:0 M 2000"},
	{"and hold the lease, whatever time it takes",
	 WAITS "@1000 tick sent @2000 tick sent @3000 tick sent @4000 tick sent @5000 before ",
	 "wake tick sent", "yes S100", "M waits:0 M 6000; hold=9"},
	{"it ends: the lease opens by the last advert that was sent",
	 WAITS "@1000 tick sent @1500 ", "hook:master settle", "acquire",
	 "M open:3976 M 2000; hold=0"},
	{"it fails: likewise", WAITS "@500 ", "hook:master,failed settle", "acquire",
	 "M open:2976 M 1000; fault=0"},
	{"then the next advert renews the lease", WAITS "@500 hook:master settle @1000 tick ",
	 "sent", "", "M open:3976 M 2000"},
	{"it is run once in a mastership: a lease that ran out and opens again needs none",
	 WAITS "hook:master settle public:master @3300 before wake @3301 sent @4300 tick ", "sent",
	 "", "M open:7276 M 5300"},
	{"the next mastership runs it again",
	 WAITS "hook:master settle @300 wire:200 drain settle @3909.375 tick tick ", "sent",
	 "run:master", "M waits:3909.375 M 4909.375"},
	{"a superior advert ends the mastership, and the hook with it", WAITS "@300 wire:200 ",
	 "read settle", "end:master M>B(HIGHER_PRIORITY) C100 release",
	 "B - B 3909.375 3909.375; hold=0"},
	{"its end comes too late then", WAITS "@300 wire:200 drain settle @310 ", "hook:master", "",
	 "B - B 3909.375 3909.375"},
	{"it ends when the judge has yielded: the lease stays shut", WAITS "@300 wire:200 ",
	 "hook:master settle may-own", "no", "M waits:- B 3909.375 1000"},
	{"an inferior advert is answered", WAITS "@300 wire:50 ", "read settle", "S100",
	 "M waits:0 M 1000"},
	{"frozen for longer than its adverts hold the backups: it contends as everyone",
	 WAITS "@2976 before ", "wake", "end:master M>B(LAPSED)", "B - B 6585.375 6585.375"},
	{"frozen for less", WAITS "@2975.999999 before ", "wake", "", "M waits:0 M 1000"},
	{"it ends after that, before the lease was looked at: it stays shut", WAITS "@2976 ",
	 "hook:master may-own", "no", "M waits:0 M 1000"},
	{"stopped: says goodbye, as adverts hold the backups down", WAITS "@500 ", "stop settle",
	 "end:master M>I(STOPPED) S0 release", "I - I never"},
	{"resigned: likewise", WAITS "@500 ", "resign settle",
	 "end:master M>F(RESIGNED) S0 release", "F - I never; fault=1"},
	{"a fault ends it", WAITS "@500 ", "ports:deaf", "end:master M>F(FAILED) S0",
	 "F - I never; fault=2"},
	{"no advert could be sent: it is not started", "before-master " PROMOTED "unsent before ",
	 "wake", "", "M claimed:0 M 1000; hold=0"},
	{"a reload needs none", MASTER "before-master ", "adopt ports", "I>M(ADOPTED)",
	 "M open:2976 M 1000"},
	{"witness = owner: first the old master yields, then it runs",
	 "witness:owner before-master @-3609.375 ports @-200 wire:50 drain @0 tick tick sent ",
	 "@1000 tick sent", "yes S100 run:master", "M waits:0 M 2000"},
	{"the owner of the addresses waits, too", "p:255 before-master @0 ports ", "sent",
	 "run:master", "M waits:0 M 1000"},
	{"the machine knows better than the judge: it claims again, and goes on waiting",
	 WAITS "@300 wire:150 weigh:sum=60 before drain @310 wake @311 ", "sent", "",
	 "M waits:310 M 300; hold=9"},
	{"an old hold is forgotten", WAITS "before ", "wake", "", "M waits:0 M 1000; hold=9"},
};

static const struct row strict[] = {
	{"it ends well", STRICT "@500 ", "hook:master tick settle", "no acquire",
	 "M open:2976 M 1000"},
	{"it fails: FAULT, and another may take over", STRICT "@500 ",
	 "hook:master,failed tick settle", "yes M>F(FAILED) S0 release", "F - I 1500; fault=9"},
	{"it fails, and an advert leaves before that is looked at: the lease stays shut",
	 STRICT "@500 hook:master,failed @501 ", "sent settle may-own", "run:master no",
	 "M waits:0 M 500"},
	{"after a pause it tries again, and preempts nobody", FAILED "@1500 ", "tick",
	 "yes say:NO_PREEMPT:hook F>B(RECOVERED)", "B - B 5109.375 5109.375; preempt=0 fault=0"},
	{"resigned, it is tried later", FAILED "resign @1500 ", "tick", "yes",
	 "F - I 3500; fault=1"},
	{"it fails again: a longer pause",
	 FAILED "@1500 tick @5109.375 tick tick sent @5200 hook:master,failed ", "tick settle",
	 "yes M>F(FAILED) S0 release", "F - I 7200; fault=9"},
	{"it ends well at last: preempts again",
	 FAILED "@1500 tick @5109.375 tick tick sent @5200 ", "hook:master settle", "acquire",
	 "M open:8085.375 M 6109.375; fault=0 state=2"},
	{"and so it does",
	 FAILED "@1500 tick @5109.375 tick tick sent @5200 hook:master settle "
		"@5300 wire:200 drain @5400 wire:50 ",
	 "drain", "", "B - B 8909.375 8909.375; preempt=1"},
	{"stopped in FAULT", FAILED "@600 ", "stop tick", "F>I(STOPPED) no", "I - I never"},
};

#define LEAVES "before-backup " MASTER "@500 resign "
#define STOPS  "before-backup " MASTER "@500 stop "

static const struct row before_backup[] = {
	{"resign waits for it", "before-backup " MASTER "@500 ", "resign settle leaving may-own",
	 "run:backup yes yes", "M open:2976 M 1000; fault=0 hold=10"},
	{"stop waits for it", "before-backup " MASTER "@500 ", "stop settle leaving",
	 "run:backup yes", "M open:2976 M 1000"},
	{"without it, neither does", MASTER "@500 ", "stop settle", "M>I(STOPPED) S0 release",
	 "I - I never"},
	{"adverts go on", LEAVES "@1000 ", "tick sent", "yes S100", "M open:3976 M 2000"},
	{"it ends, and nobody waits for it", "before-backup " MASTER "@500 ",
	 "hook:backup settle leaving", "no", "M open:2976 M 1000"},
	{"it ends: resigned", LEAVES "@900 ", "hook:backup settle leaving",
	 "M>F(RESIGNED) S0 release no", "F - I never; fault=1 hold=0"},
	{"it ends: stopped", STOPS "@900 ", "hook:backup settle", "M>I(STOPPED) S0 release",
	 "I - I never"},
	{"it fails: likewise", STOPS "@900 ", "hook:backup,failed settle",
	 "M>I(STOPPED) S0 release", "I - I never"},
	{"it fails and is strict: not resigned", "before-backup:strict " MASTER "resign @900 ",
	 "hook:backup,failed settle leaving", "say:REFUSED stays no",
	 "M open:2976 M 1000; fault=0 hold=0"},
	{"then one may resign again", "before-backup:strict " MASTER "resign hook:backup,failed ",
	 "resign", "run:backup", "M open:2976 M 1000"},
	{"it fails and is strict: a stop goes on", "before-backup:strict " MASTER "stop @900 ",
	 "hook:backup,failed settle", "M>I(STOPPED) S0 release", "I - I never"},
	{"a superior advert: resigned at once, and it is not waited for",
	 LEAVES "@600 wire:200 drain ", "tick settle leaving", "yes B>F(RESIGNED) release no",
	 "F - I never; fault=1"},
	{"a superior advert: stopped at once", STOPS "@600 wire:200 drain ", "tick settle",
	 "yes B>I(STOPPED) release", "I - I never"},
	{"its end comes too late then", STOPS "@600 wire:200 drain tick settle ", "hook:backup", "",
	 "I - I never"},
	{"a fault: no longer MASTER, so the order counts", STOPS "@600 ports:deaf ", "tick settle",
	 "yes F>I(STOPPED) release", "I - I never"},
	{"stop, while it waits to resign: one hook, then stopped", LEAVES "@600 stop @900 ",
	 "hook:backup settle", "M>I(STOPPED) S0 release", "I - I never"},
	{"a second stop waits, too", STOPS "@600 ", "stop settle leaving", "yes",
	 "M open:2976 M 1000"},
	{"a stop at once does not wait", STOPS "@600 ", "stop-now settle",
	 "end:backup M>I(STOPPED) S0 release", "I - I never"},
	{"resigning at once does not wait", LEAVES "@600 ", "resign-now settle",
	 "end:backup M>F(RESIGNED) S0 release", "F - I never; fault=1"},
	{"but it leaves a stop as it is", STOPS "@600 ", "resign-now settle leaving", "yes",
	 "M open:2976 M 1000"},
	{"resigning twice is resigning once", LEAVES "@600 ", "resign settle", "",
	 "M open:2976 M 1000"},
	{"resume has to wait", LEAVES "@600 ", "resume leaving", "yes", "M open:2976 M 1000"},
	{"a BACKUP has no services to end", "before-backup " BACKUP, "resign", "B>F(RESIGNED)",
	 "F - I never; fault=1"},
	{"nor has a MASTER that owns nothing yet", "before-master before-backup " OPENED "@500 ",
	 "stop settle", "end:master M>I(STOPPED) S0 release", "I - I never"},
	{"a replaced MASTER that does not know it says no goodbye",
	 STOPS "@600 before wire:200 wake ", "hook:backup settle",
	 "M>B(LAPSED) B>I(STOPPED) release", "I - I never"},
};

int main(void)
{
	int failed = 0;

	failed |= world_table("before-master", before_master, COUNT(before_master));
	failed |= world_table("before-master strict", strict, COUNT(strict));
	failed |= world_table("before-backup", before_backup, COUNT(before_backup));
	return failed;
}
