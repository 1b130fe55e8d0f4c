/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door of a virtual router: what is to become of the public NIC, and what became of it. A table
 * for each function of router.h; how a row is read is in router_world.h.
 */
#include "router_world.h"

/* 50 ms before its deadline the NIC is as a MASTER's, behind the shut fence. */
#define PREPARED "early:100 " LISTENING "@-50 prepare public:prepared,complete @0 "
/* Its NIC takes no address: in FAULT, and 1100 is the time of the first trial. */
#define GIVEN_UP MASTER "@100 public:master,bare tick settle public:standby "
#define TRIES    GIVEN_UP "@1100 tick settle "
/* Without a fence nothing can be tried: BACKUP, and it preempts nobody. */
#define DOUBTS MASTER "ports:open @100 public:master,bare tick settle public:standby @1100 tick "

static const struct row announce_prepared[] = {
	{"what is complete is announced as soon as the lease is open", PREPARED "tick tick sent ",
	 "announce-prepared", "announce", "M open:2976 M 1000"},
	{"what is complete is not announced before the lease is open", PREPARED "tick tick ",
	 "announce-prepared", "", "M claimed:0 M 1000"},
	{"what was prepared is announced once", PREPARED "tick tick sent announce-prepared ",
	 "announce-prepared", "", "M open:2976 M 1000"},
	{"not what is not complete", PREPARED "public:prepared tick tick sent ",
	 "announce-prepared", "", "M open:2976 M 1000"},
	{"not what was not prepared", OPENED, "announce-prepared", "", "M open:2976 M 1000"},
	{"not what was put back", OPENED "public:standby,complete ", "announce-prepared", "",
	 "M open:2976 M 1000"},
	{"not what is acquired already", MASTER, "announce-prepared", "", "M open:2976 M 1000"},
	{"not where the lease has run out", PREPARED "tick tick sent @3000 ", "announce-prepared",
	 "", "M open:2976 M 1000"},
	{"what the lease has held back is announced when it is open again",
	 PREPARED "tick tick sent @3000 announce-prepared "
		  "@3300 before wake @3301 sent @4300 tick sent ",
	 "announce-prepared", "announce", "M open:7276 M 5300"},
	{"not before the promotion", PREPARED, "announce-prepared", "", "B - B 0 0"},
	{"not where none is to be sent", "garp:0 " PREPARED "tick tick sent ", "announce-prepared",
	 "", "M open:2976 M 1000"},
};

static const struct row settle[] = {
	{"nothing is wanted", MASTER, "settle", "", "M open:2976 M 1000"},
	{"INIT: nothing is wanted", "begin ", "settle", "", "I - I never"},
	{"a MASTER with an open lease", OPENED, "settle", "acquire", "M open:2976 M 1000"},
	{"a MASTER with an open lease, once", OPENED "settle ", "settle", "", "M open:2976 M 1000"},
	{"a MASTER before its first advert waits", PROMOTED, "settle", "", "M claimed:0 M 1000"},
	{"a MASTER that waited acquires as soon as its first advert was sent",
	 PROMOTED "settle sent ", "settle", "acquire", "M open:2976 M 1000"},
	{"a MASTER whose lease has run out waits", OPENED "@3000 ", "settle", "",
	 "M open:2976 M 1000"},
	{"a MASTER that listens waits", OPENED "settle @3300 before wake @3301 sent wire:50 read ",
	 "settle", "", "M listens:3301 M 4300"},
	{"a MASTER that listened acquires as soon as its lease is open again",
	 OPENED "@3000 settle @3300 before wake settle @3301 sent settle @4300 tick sent ",
	 "settle", "acquire", "M open:7276 M 5300"},
	{"a MASTER that yields without having acquired: to the standby state all the same",
	 OPENED "wire:200 read ", "settle", "release", "B - B 3609.375 3609.375"},
	{"what was prepared and announced: the rest is done",
	 PREPARED "tick tick sent announce-prepared ", "settle", "acquire", "M open:2976 M 1000"},
	{"the rest waits for the lease, too", PREPARED "tick tick sent announce-prepared @3000 ",
	 "settle", "", "M open:2976 M 1000"},
	{"no MASTER any more", MASTER "wire:200 read ", "settle", "release",
	 "B - B 3609.375 3609.375"},
	{"no MASTER any more, once", MASTER "wire:200 read settle ", "settle", "",
	 "B - B 3609.375 3609.375"},
	{"stopped as BACKUP: there is nothing to release", BACKUP "stop ", "settle", "",
	 "I - I never"},
	{"stopped as MASTER", MASTER "stop ", "settle", "release", "I - I never"},
	{"FAULT", "@0 ports:deaf ", "settle", "release", "F - I never"},
	{"prepared for the deadline that is due", PREPARED, "settle", "", "B - B 0 0"},
	{"prepared in vain: the master is heard again", PREPARED "@-10 wire:200 drain ",
	 "settle public:standby", "say:PUT_BACK release", "B - B 3599.375 3499.375"},
	{"prepared in vain, and found by the timer: the same", PREPARED "@-10 wire:200 drain tick ",
	 "settle public:standby", "say:PUT_BACK release", "B - B 3599.375 3499.375"},
	{"prepared in vain, and nobody was woken: due at once", PREPARED "@-10 wire:200 drain ",
	 "row", "what was prepared in vain", "B - B 3599.375 now"},
	{"prepared in vain: in FAULT nobody is told", PREPARED "ports:gone ",
	 "settle public:standby", "release", "F - I never"},
	{"prepared in vain, and stopped", PREPARED "stop ", "settle public:standby", "release",
	 "I - I never"},
	{"a trial", GIVEN_UP "@1100 tick ", "settle", "try", "F - I 2100"},
	{"two masters were seen: it is announced again", MASTER "wire:50 read ", "settle",
	 "announce", "M open:2976 M 1000"},
	{"two masters were seen: it is announced again only once", MASTER "wire:50 read settle ",
	 "settle", "", "M open:2976 M 1000"},
	{"two masters were seen: not announced without a lease, and not later either",
	 MASTER "wire:50 read @3000 settle @2999 ", "settle", "", "M open:2976 M 1000"},
	{"two masters were seen: not announced again while a burst runs",
	 "garp:3,400 " MASTER "wire:50 read ", "settle", "", "M open:2976 M 400"},
	{"two masters were seen: not announced by one that is no MASTER any more",
	 MASTER "wire:50 wire:200 drain settle ", "settle", "", "B - B 3609.375 3609.375"},
	{"two masters were seen before it acquired: the acquisition announces",
	 OPENED "wire:50 read ", "settle", "acquire", "M open:2976 M 1000"},
};

static const struct row announce[] = {
	{"with an open lease", OPENED "settle ", "announce", "announce", "M open:2976 M 1000"},
	{"before the first advert", PROMOTED, "announce", "", "M claimed:0 M 1000"},
	{"at the end of the lease", OPENED "settle @3000 ", "announce", "", "M open:2976 M 1000"},
	{"while it listens", LISTENS, "announce", "", "M listens:3301 M 4300"},
	{"a BACKUP", BACKUP, "announce", "", "B - B 3609.375 3609.375"},
	{"a burst: its second round follows", "garp:3,400 " OPENED "settle ", "announce",
	 "announce", "M open:2976 M 400"},
	{"a burst begins anew", "garp:2,400 " MASTER "@300 ", "announce", "announce",
	 "M open:2976 M 700"},
	{"a refresh follows", "refresh:700 " OPENED "settle ", "announce", "announce",
	 "M open:2976 M 700"},
	{"a refresh alone", "garp:0 refresh:700 " OPENED "settle ", "announce", "",
	 "M open:2976 M 700"},
	{"neither rounds nor refreshes: none", "garp:0 " OPENED "settle ", "announce", "",
	 "M open:2976 M 1000"},
};

static const struct row prepare[] = {
	{"not before it is time", "early:100 " LISTENING "@-100.000001 ", "prepare", "no",
	 "B - B 0 -100"},
	{"it is time", "early:100 " LISTENING "@-100 ", "prepare", "yes prepare", "B - B 0 0"},
	{"a tick does not do it", "early:100 " LISTENING "@-100 ", "tick", "no", "B - B 0 -100"},
	{"within three quarters of the skew", "early:1000 " LISTENING "@-457.031251 ", "prepare",
	 "no", "B - B 0 -457.03125"},
	{"at three quarters of the skew", "early:1000 " LISTENING "@-457.03125 ", "prepare",
	 "yes prepare", "B - B 0 0"},
	{"the skew is that of the priority in force",
	 "early:1000 " LISTENING "@-200 weigh:sum=100 @-164.0625 ", "prepare", "yes prepare",
	 "B - B 0 0"},
	{"three quarters of the skew of the priority in force, and not sooner",
	 "early:1000 " LISTENING "@-200 weigh:sum=100 @-164.062501 ", "prepare", "no",
	 "B - B 0 -164.0625"},
	{"where it is not worth it", "early:100,100 " LISTENING, "prepare", "no", "B - B 0 0"},
	{"where it is just worth it", "early:100,99.999999 " LISTENING "@-100 ", "prepare",
	 "yes prepare", "B - B 0 0"},
	{"where nothing is ever prepared", LISTENING, "prepare", "no", "B - B 0 0"},
	{"once for one deadline", "early:100 " LISTENING "@-100 prepare @-50 ", "prepare", "no",
	 "B - B 0 0"},
	{"again for another deadline",
	 "early:100 " LISTENING "@-100 prepare wire:200 drain @3409.375 ", "prepare", "yes prepare",
	 "B - B 3509.375 3509.375"},
	{"not twice where it is prepared for a deadline that moved",
	 "early:100 " LISTENING "@-100 prepare public:prepared wire:200 drain @3409.375 ",
	 "prepare", "no", "B - B 3509.375 now"},
	{"not without a fence", "early:100 " LISTENING "ports:open ", "prepare", "no", "B - B 0 0"},
	{"not where the promotion is held", "early:100 " LISTENING "weigh:pending @-100 ",
	 "prepare", "yes", "B - B 0 0; hold=0"},
	{"what held it is over: for the next time that it is tried",
	 "early:100 witness:owner " LISTENING "weigh:denied tick @800 wire:50 @900 ", "prepare",
	 "yes prepare", "B - B 0 1000"},
	{"not a MASTER", "early:100 " MASTER, "prepare", "no", "M open:2976 M 1000"},
	{"not in FAULT", "early:100 " FAULTY, "prepare", "no", "F - I never"},
};

static const struct row public[] = {
	{"it is prepared", "early:100 " LISTENING "@-100 prepare ", "public:prepared",
	 "say:PREPARED", "B - B 0 0"},
	{"it is prepared still: said once", "early:100 " LISTENING "@-100 prepare public:prepared ",
	 "public:prepared,complete", "", "B - B 0 0"},
	{"it is acquired", OPENED "settle announce ", "public:master", "", "M open:2976 M 1000"},
	{"it is put back", PREPARED "@-10 wire:200 drain settle ", "public:standby", "",
	 "B - B 3599.375 3499.375"},

	{"it takes no address: it gives up", MASTER "@100 ", "public:master,bare", "",
	 "M open:2976 M 100"},
	{"it took no address: in FAULT by the next tick", MASTER "@100 public:master,bare ", "tick",
	 "yes M>F(FAILED) S0", "F - I 1100; fault=5"},
	{"it took no address, and that is told twice: the first time counts",
	 MASTER "@100 public:master,bare @200 ", "public:master,bare", "", "M open:2976 M 100"},
	{"prepared, it takes no address: it gives up before it takes over",
	 "early:100 " LISTENING "@-100 prepare ", "public:prepared,bare tick settle public:standby",
	 "say:PREPARED yes B>F(FAILED) release", "F - I 900; fault=5"},
	{"a BACKUP's NIC that has none gives up nothing", BACKUP, "public:standby,bare", "",
	 "B - B 3609.375 3609.375"},
	{"a NIC that was a MASTER's gives up nothing", FAULTY, "public:master,bare", "",
	 "F - I never"},
	{"nothing once it is stopped", PREPARED "stop ",
	 "public:prepared,bare settle public:standby", "release", "I - I never"},
	{"nothing while it adopts", MASTER "adopt ", "public:master,bare", "",
	 "I open:2976 M never"},
	{"a yielding MASTER gives up when its record is read",
	 MASTER "wire:200 @100 public:master,bare ", "tick", "yes", "M open:- B 3609.375 101"},

	{"nothing is tried before it is time", GIVEN_UP "@1099.999999 ", "tick", "no",
	 "F - I 1100"},
	{"held up before it gave up: tried all the same, after the failure",
	 MASTER "@100 public:master,bare @1150 before wake tick settle public:standby ",
	 "tick settle", "yes try", "F - I 2150; fault=5"},
	{"an adopted MASTER whose NIC carries nothing gives up, too",
	 MASTER "adopt ports public:master,bare ", "tick settle", "yes M>F(FAILED) S0 release",
	 "F - I 1000; fault=5"},
	{"it is tried again after a second", GIVEN_UP "@1100 ", "tick settle", "yes try",
	 "F - I 2100"},
	{"the trial: refused: twice as long", TRIES, "public:standby,refused", "",
	 "F - I 3100; fault=5"},
	{"the trial: refused again: four times as long",
	 TRIES "public:standby,refused @3100 tick settle ", "public:standby,refused", "",
	 "F - I 7100"},
	{"the trial: it carries: well again", TRIES "@1105 ", "public:standby,carries tick",
	 "yes F>B(RECOVERED)", "B - B 4714.375 4714.375; preempt=1 fault=0"},
	{"the trial: nobody knows: well, but it preempts nobody", TRIES "@1105 ",
	 "public:standby,unknown tick", "say:NO_PREEMPT yes F>B(RECOVERED)",
	 "B - B 4714.375 4714.375; preempt=0"},
	{"the trial: nobody knows, and it would not preempt anyway", "nopreempt " TRIES "@1105 ",
	 "public:standby,unknown tick", "yes F>B(RECOVERED)", "B - B 4714.375 4714.375; preempt=0"},
	{"without a fence nothing is tried: nobody knows",
	 MASTER "ports:open @100 public:master,bare tick settle public:standby @1100 ",
	 "tick settle", "yes say:NO_PREEMPT F>B(RECOVERED)", "B - B 4709.375 4709.375; preempt=0"},
	{"resigned: not tried, but later", GIVEN_UP "resign @1100 ", "tick settle", "yes",
	 "F - I 3100"},
	{"another fault: tried all the same", GIVEN_UP "ports:deaf @1100 ", "tick settle",
	 "yes try", "F - I 2100; fault=2"},

	{"in doubt: the master that it hears stays", DOUBTS "@1200 wire:50 ", "drain", "",
	 "B - B 4809.375 4809.375; master=50"},
	{"in doubt: a NIC in the standby state ends no doubt", DOUBTS "@1200 wire:200 ",
	 "public:standby drain", "", "B - B 4809.375 4809.375; preempt=0"},
	{"in doubt: nor does one that still takes none", DOUBTS "@1200 wire:200 ",
	 "public:master,bare drain", "", "B - B 4809.375 4809.375; preempt=0"},
	{"in doubt, MASTER: as long as no address is there",
	 DOUBTS "@4709.375 tick tick sent settle announce wire:200 ", "drain",
	 "M>B(HIGHER_PRIORITY) C100", "B - B 8318.75 8318.75; preempt=0"},
	{"in doubt, MASTER: no more once an address is there",
	 DOUBTS "@4709.375 tick tick sent settle announce wire:200 ", "public:master drain",
	 "M>B(HIGHER_PRIORITY) C100", "B - B 8318.75 8318.75; preempt=1"},
	{"in doubt, MASTER, and it still takes none",
	 DOUBTS "@4709.375 tick tick sent settle announce ", "public:master,bare tick",
	 "yes M>F(FAILED) S0", "F - I 6709.375"},

	{"another MAC is announced", MASTER "@200 ", "public:master,mac", "announce",
	 "M open:2976 M 1000"},
	{"another MAC, and no lease", MASTER "@3000 ", "public:master,mac", "",
	 "M open:2976 M 1000"},
	{"another MAC of a BACKUP", BACKUP, "public:standby,mac", "", "B - B 3609.375 3609.375"},
	{"a flap: no carrier is no fault for three seconds",
	 MASTER "@100 public:master,flapped @200 ", "ports:nocarrier", "",
	 "M open:2976 M 1000; fault=0"},
	{"no flap: it is one at once", MASTER "@100 public:master @200 ", "ports:nocarrier",
	 "M>F(FAILED) S0", "F - I never; fault=4"},
};

/* Its promotion was ten seconds ago, and it has sent an advert just now. */
#define LONG_AFTER                                                                         \
	"@1000 tick sent @2000 tick sent @3000 tick sent @4000 tick sent @5000 tick sent " \
	"@6000 tick sent @7000 tick sent @8000 tick sent @9000 tick sent @10000 tick sent "

static const struct row asks[] = {
	{"a MASTER", MASTER, "asks", "yes", "M open:2976 M 1000"},
	{"a BACKUP", BACKUP, "asks", "no", "B - B 3609.375 3609.375"},
	{"a MASTER that yields", MASTER "wire:200 ", "asks", "no", "M open:- B 3609.375 1000"},
	{"while the burst of the promotion runs", "garp:2,400 " MASTER, "asks", "yes",
	 "M open:2976 M 400"},
	{"while a burst runs long after it",
	 "garp:2,400 " MASTER LONG_AFTER "rivals:3 settle @11000 ", "asks", "no",
	 "M open:12976 M 10400"},
	{"after that burst", "garp:2,400 " MASTER LONG_AFTER "rivals:3 settle @11000 tick ", "asks",
	 "yes", "M open:12976 M 12000"},
	{"within 100 ms of the last look", MASTER "rivals:0 @99.999999 ", "asks", "no",
	 "M open:2976 M 1000"},
	{"100 ms after the last look", MASTER "rivals:0 @100 ", "asks", "yes",
	 "M open:2976 M 1000"},
	{"long after the promotion within a second of the last look",
	 MASTER LONG_AFTER "rivals:0 @10999.999999 ", "asks", "no", "M open:12976 M 11000"},
	{"long after the promotion a second after the last look",
	 MASTER LONG_AFTER "rivals:0 @11000 ", "asks", "yes", "M open:12976 M 11000"},
	{"it wakes for the next look", MASTER "rivals:0 ", "rivals-at", "100",
	 "M open:2976 M 1000"},
	{"it wakes for the first look", MASTER, "rivals-at", "now", "M open:2976 M 1000"},
	{"it wakes for a look that finds nothing to ask", MASTER "rivals:-1 ", "rivals-at", "100",
	 "M open:2976 M 1000"},
	{"long after the promotion it wakes for no look", MASTER LONG_AFTER "rivals:0 ",
	 "rivals-at", "never", "M open:12976 M 11000"},
	{"a BACKUP wakes for no look", BACKUP, "rivals-at", "never", "B - B 3609.375 3609.375"},
	{"a MASTER that yields wakes for no look", MASTER "wire:200 ", "rivals-at", "never",
	 "M open:- B 3609.375 1000"},
	{"without a fence nobody counts them", MASTER "ports:open ", "rivals-at", "never",
	 "M open:2976 M 1000"},
};

static const struct row rivals[] = {
	{"no rivals", MASTER "@1500 ", "rivals:0 settle", "", "M open:2976 M 1000"},
	{"some rivals: said, and announced against", MASTER "@1500 ", "rivals:3 settle",
	 "say:RIVALS:3 announce", "M open:2976 M 1000"},
	{"no more rivals than before", MASTER "@1000 rivals:3 settle @2500 ", "rivals:3 settle", "",
	 "M open:2976 M 1000"},
	{"more rivals than before: said once a minute, but announced against",
	 MASTER "@1000 rivals:3 settle @2500 ", "rivals:5 settle", "announce",
	 "M open:2976 M 1000"},
	{"stragglers in the first second of a mastership: announced against, but not said",
	 MASTER "@999.999999 ", "rivals:3 settle", "announce", "M open:2976 M 1000"},
	{"stragglers in the first second are not said later either", MASTER "@999 rivals:3 @2500 ",
	 "rivals:4 settle", "say:RIVALS:1 announce", "M open:2976 M 1000"},
	{"in the middle of the burst: the burst begins anew", "garp:3,400 " MASTER "@399 ",
	 "rivals:3 settle", "announce", "M open:2976 M 799"},
	{"nobody can tell", MASTER "@1000 rivals:3 settle @2500 ", "rivals:-1 settle", "",
	 "M open:2976 M 1000"},
	{"not announced against without a lease", MASTER "@3000 ", "rivals:3 settle",
	 "say:RIVALS:3", "M open:2976 M 1000"},
};

static const struct row is_prepared[] = {
	{"a BACKUP", BACKUP, "prepared", "no", "B - B 3609.375 3609.375"},
	{"one that is prepared", PREPARED, "prepared", "yes", "B - B 0 0"},
	{"a MASTER", MASTER, "prepared", "no", "M open:2976 M 1000"},
};

int main(void)
{
	int failed = 0;

	failed |= world_table("router_announce_prepared", announce_prepared,
			      COUNT(announce_prepared));
	failed |= world_table("router_settle", settle, COUNT(settle));
	failed |= world_table("router_announce", announce, COUNT(announce));
	failed |= world_table("router_prepare", prepare, COUNT(prepare));
	failed |= world_table("router_public", public, COUNT(public));
	failed |= world_table("router_asks_rivals", asks, COUNT(asks));
	failed |= world_table("router_rivals", rivals, COUNT(rivals));
	failed |= world_table("router_is_prepared", is_prepared, COUNT(is_prepared));
	return failed;
}
