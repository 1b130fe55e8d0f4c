/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door of a virtual router: a MASTER that is to stop or to resign, and hands over before it
 * does. How a row is read is in router_world.h.
 */
#include "router_world.h"

/* A MASTER that may hand over, and one that has heard another router since it became MASTER. It is
 * 1500, their next advert is due at 2000. */
#define LATER  "@1000 tick sent @1500 "
#define MAY    "handover " MASTER LATER
#define SPEAKS "tick sent wire:50 drain tick sent settle "
#define HEARD  "handover " MASTER "@100 wire:50 drain settle " LATER
#define STOPS  HEARD "stop " /* until 6496.09375 */
#define LEAVES MAY "resign " /* likewise */
/* A MASTER whose before-master and before-backup have run, and that waits for the latter. */
#define HELD  OPENED "hook:master settle announce public:master "
#define STAYS "handover before-master before-backup " HELD LATER "resign "
#define UP_TO_6000 \
	"@2000 tick sent @3000 tick sent @4000 tick sent @5000 tick sent @6000 tick sent "
#define TO_THE_END UP_TO_6000 "@6496.09375 before wake "

static const struct row begins[] = {
	{"stop: it keeps the address, and the judge knows of priority 1", HEARD, "stop tick settle",
	 "say:HANDS_OVER:4996.09375 no",
	 "M open:3976 M 2000; judged-by=1 priority=1 hold=8 master=1"},
	{"stop: its adverts have priority 1, in their rhythm, and renew the lease", STOPS "@2000 ",
	 "tick sent", "yes S1", "M open:4976 M 3000"},
	{"resign: whether anybody was heard or not", MAY, "resign", "say:HANDS_OVER:4996.09375",
	 "M open:3976 M 2000; judged-by=1 fault=0 hold=8"},
	{"not before the last words of the master before it have come", "handover " MASTER "@100 ",
	 "resign tick", "say:HANDS_OVER:6229.427083 no",
	 "M open:2976 M 1000; judged-by=100 hold=8"},
	{"after an interval and a third",
	 "handover " MASTER "@100 resign @1000 tick sent "
	 "@1333.333333 ",
	 "tick", "yes", "M open:3976 M 2000; judged-by=1"},
	{"a worse master was heard just now: likewise", MAY "wire:50 drain ", "resign tick",
	 "say:HANDS_OVER:6329.427083 no", "M open:3976 M 2000; judged-by=100"},
	{"it goes on speaking: later", MAY "wire:50 drain resign @2000 " SPEAKS "@2833.333333 ",
	 "tick", "yes", "M open:4976 M 3000; judged-by=100"},
	{"but not for longer than an heir is waited for",
	 MAY "wire:50 drain resign @2000 " SPEAKS "@3000 " SPEAKS "@4000 " SPEAKS "@5000 " SPEAKS
	     "@6000 " SPEAKS "@7000 " SPEAKS "@7333.333333 ",
	 "tick", "yes", "M open:9976 M 8000; judged-by=1"},
	{"and a better one takes over meanwhile", MAY "wire:50 drain resign wire:200 drain ",
	 "tick", "yes B>F(RESIGNED)", "F - I never; end=1 heir=200"},
	{"version 2: a skew of a second, whatever the interval",
	 "handover v:2 interval:200 @-6609.375 ports @0 tick tick sent @2000 tick sent @2800 ",
	 "resign", "say:HANDS_OVER:8996.09375", "M open:7952 M 4000"},
	{"a longer interval that does not count yet: by the longer one",
	 MAY "interval:300 @1900 adopt ports ", "resign", "say:HANDS_OVER:14988.28125",
	 "M open:3976 M 2000"},
	{"before-backup comes first", "handover before-backup " MASTER LATER, "resign leaving",
	 "run:backup yes", "M open:3976 M 2000; judged-by=100 hold=10"},
	{"and the handover when it has ended", "handover before-backup " MASTER LATER "resign ",
	 "hook:backup leaving", "say:HANDS_OVER:4996.09375 yes",
	 "M open:3976 M 2000; judged-by=1 hold=8"},
	{"told to stop meanwhile, it does not run again",
	 "handover before-backup " MASTER LATER "resign hook:backup ", "stop leaving", "yes",
	 "M open:3976 M 2000; judged-by=1"},
	{"a better one takes over while before-backup runs",
	 "handover before-backup " MASTER LATER "resign wire:200 drain ", "tick",
	 "yes B>F(RESIGNED)", "F - I never; end=1 heir=200 took=0"},
	{"and in the moment in which before-backup ends",
	 "handover before-backup " MASTER LATER "resign @1900 wire:200 drain ", "hook:backup tick",
	 "B>F(RESIGNED) no", "F - I never; end=1 heir=200 took=400"},
	{"before-backup ends when the lease has run out: it has let go",
	 "handover before-backup " MASTER LATER "resign @4300 before wake @4301 sent ",
	 "hook:backup", "M>F(RESIGNED)", "F - I never; end=3"},
	{"it fails while before-backup runs: nobody is handed over to",
	 "handover before-backup " MASTER LATER "resign @2500 ", "ports:deaf settle tick",
	 "M>F(FAILED) S0 release yes", "F - I never; end=3 took=1000"},
	{"before-backup fails and is strict: it stays",
	 "handover before-backup:strict " MASTER LATER "resign ", "hook:backup,failed leaving",
	 "say:REFUSED stays no", "M open:3976 M 2000; judged-by=100 end=5"},
	{"handover-timeout", "handover:1500 " MASTER LATER, "resign", "say:HANDS_OVER:1500",
	 "M open:3976 M 2000"},
	{"the owner", "handover p:255 @0 ports sent settle " LATER, "resign",
	 "say:HANDS_OVER:4996.09375", "M open:3976 M 2000; judged-by=1 priority=1"},
	{"handover = no: priority 0 at once", MASTER "@500 ", "stop settle",
	 "M>I(STOPPED) S0 release", "I - I never; end=0"},
	{"handover = no, and it is to resign", MASTER "@500 ", "resign settle",
	 "M>F(RESIGNED) S0 release", "F - I never; end=0"},
	{"stop: nobody was ever heard", MAY, "stop settle", "say:ALONE M>I(STOPPED) S0 release",
	 "I - I never; end=3"},
	{"stop: the master before it fell silent",
	 "handover @-3609.375 ports wire:200 drain @0 tick tick sent " LATER, "stop",
	 "say:ALONE M>I(STOPPED) S0", "I - I never"},
	{"stop: the master before it left",
	 "handover @-1609.375 ports wire:200 drain @-609.375 wire:0 drain @0 tick tick sent " LATER,
	 "stop", "say:ALONE M>I(STOPPED) S0", "I - I never"},
	{"stop: the master before it was preempted, and said nothing since",
	 "handover @-3609.375 ports @-500 wire:50 @0 tick tick sent " LATER, "stop",
	 "say:HANDS_OVER:4996.09375", "M open:3976 M 2000"},
	{"stop: a unicast peer is there", MAY "weigh:peered ", "stop", "say:HANDS_OVER:4996.09375",
	 "M open:3976 M 2000"},
	{"a BACKUP stops at once", "handover " BACKUP, "stop", "B>I(STOPPED)", "I - I never"},
	{"a BACKUP resigns at once", "handover " BACKUP, "resign", "B>F(RESIGNED)", "F - I never"},
	{"a MASTER that has sent nothing yet does not wait", "handover " PROMOTED, "resign settle",
	 "M>F(RESIGNED) S0 release", "F - I never"},
	{"a MASTER whose lease ran out says no goodbye", HEARD "@4000 ", "stop",
	 "M>B(LAPSED) B>I(STOPPED)", "I - I never"},
	{"a MASTER that was replaced says no goodbye", HEARD "wire:200 ", "stop",
	 "M>B(LAPSED) B>I(STOPPED)", "I - I never"},
	{"a MASTER that listens does not wait", "handover " LISTENS, "resign", "M>F(RESIGNED)",
	 "F - I never"},
};

static const struct row ends[] = {
	{"stop: a worse router takes over, and the judge yields to it", STOPS "@3900 ",
	 "wire:50 drain", "M>B(HANDED_OVER) C1", "B - B 7896.09375 now; end=0 heir=50 hold=0"},
	{"stop: then it stops, without a goodbye", STOPS "@3900 wire:50 drain ", "wake tick settle",
	 "yes B>I(STOPPED) release", "I - I never; end=1 heir=50 took=2400 judged-by=100"},
	{"resign: then it resigns, without a goodbye", LEAVES "@3900 wire:50 drain ",
	 "wake tick settle", "yes B>F(RESIGNED) release",
	 "F - I never; end=1 heir=50 took=2400 fault=1 judged-by=100"},
	{"held up since it was replaced: it leaves, and claims nothing",
	 STOPS "@2500 wire:50 @60000 before drain wake ", "tick tick settle",
	 "yes B>I(STOPPED) no release", "I - I never; end=1 took=1000"},
	{"the owner is the owner again, and preempts when it resumes",
	 "handover p:255 @0 ports sent settle " LATER
	 "resign @1900 wire:50 drain tick settle @9000 ",
	 "resume", "F>M(RECOVERED) S255", "M claimed:9000 M 10000; judged-by=255"},
	{"another router of priority 1 and a higher address takes over", LEAVES "@1900 ",
	 "wire:1+ drain", "M>B(HANDED_OVER) C1", "B - B 5896.09375 now"},
	{"another router of priority 1 and a lower address does not", LEAVES "@1900 ",
	 "wire:1 drain", "S1", "M open:3976 M 2000"},
	{"stop: not before the time is up", STOPS "@3976 tick sent @6496.093749 ", "row",
	 "the advert timer", "M open:3976 M 4000"},
	{"stop: nobody takes over: priority 0, as ever", STOPS TO_THE_END, "tick settle",
	 "yes say:NO_HEIR:4996.09375 M>I(STOPPED) S0 release", "I - I never; end=3 hold=0"},
	{"resign: nobody takes over: it stays MASTER by its own priority", LEAVES TO_THE_END,
	 "tick settle", "yes say:NO_HEIR:4996.09375 S100",
	 "M open:8976 M 7496.09375; end=2 judged-by=1 master=100 hold=0 fault=0"},
	{"which counts when the backups have been told of it", LEAVES TO_THE_END "tick settle ",
	 "sent", "", "M open:9472.09375 M 7496.09375; judged-by=100"},
	{"a backup that takes over before that is not resisted", LEAVES TO_THE_END "tick settle ",
	 "wire:50", "", "M open:- B 10492.1875 7496.09375; judged-by=1"},
	{"the time is up, and the record of who takes over is on its way: it looks again",
	 STOPS TO_THE_END "wire:50 ", "tick row", "yes a handover",
	 "M open:- B 10492.1875 6497.09375"},
	{"then that router is its heir", STOPS TO_THE_END "wire:50 tick drain wake ", "tick",
	 "yes B>I(STOPPED)", "I - I never; end=1"},
	{"a fault ends it: priority 0 at once", STOPS, "ports:deaf tick",
	 "M>F(FAILED) S0 yes F>I(STOPPED)", "I - I never; end=3"},
	{"a lease that ran out ends it, without a goodbye", STOPS "@5500 before ", "wake tick",
	 "M>B(LAPSED) yes B>I(STOPPED)", "I - I never; end=3"},
	{"what is tracked changes nothing meanwhile", STOPS, "weigh:sum=100", "",
	 "M open:3976 M 2000; judged-by=1"},
	{"and counts afterwards", LEAVES "weigh:sum=20 " TO_THE_END, "tick",
	 "yes say:NO_HEIR:4996.09375 S120", "M open:8976 M 7496.09375; judged-by=1"},
};

static const struct row orders[] = {
	{"a stop once more changes nothing", STOPS "@1900 ", "stop tick", "no",
	 "M open:3976 M 2000"},
	{"a stop at once: priority 0", STOPS "@1900 ", "stop-now settle", "M>I(STOPPED) S0 release",
	 "I - I never; end=3 hold=0"},
	{"a stop at once, and it was replaced: no goodbye", STOPS "@1900 wire:50 ", "stop-now",
	 "M>B(LAPSED) B>I(STOPPED)", "I - I never"},
	{"resign at once: priority 0", LEAVES "@1900 ", "resign-now settle",
	 "M>F(RESIGNED) S0 release", "F - I never; end=3 fault=1"},
	{"resign at once, where nothing runs", MAY, "resign-now settle", "M>F(RESIGNED) S0 release",
	 "F - I never; fault=1"},
	{"resume: it stays MASTER by its own priority", LEAVES "@1900 ", "resume tick sent",
	 "yes S100", "M open:4876 M 2900; end=4 judged-by=100 hold=0"},
	{"before-backup has run, and nobody takes over: what it ended begins again",
	 STAYS "hook:backup " TO_THE_END, "tick settle may-own",
	 "yes say:NO_HEIR:4996.09375 run:master stays S100 yes",
	 "M open:8976 M 7496.09375; end=2 hold=0"},
	{"likewise without a before-master",
	 "handover before-backup " MASTER LATER "resign hook:backup " TO_THE_END, "tick settle",
	 "yes say:NO_HEIR:4996.09375 stays S100", "M open:8976 M 7496.09375"},
	{"and by resume", STAYS "hook:backup @1900 ", "resume", "run:master stays",
	 "M open:3976 M 1900; end=4 hold=0"},
	{"a stop does not stay", STAYS "hook:backup stop " TO_THE_END, "tick settle",
	 "yes say:NO_HEIR:4996.09375 M>I(STOPPED) S0 release", "I - I never"},
	{"the end of before-master changes nothing then", STAYS "hook:backup @1900 resume ",
	 "hook:master settle may-own", "yes", "M open:3976 M 1900; hold=0"},
	{"but a strict one that fails: FAULT, and another may take over",
	 "handover before-backup before-master:strict " HELD LATER
	 "resign hook:backup @1900 resume ",
	 "hook:master,failed tick settle", "yes M>F(FAILED) S0 release", "F - I 2900; fault=9"},
	{"it ends with the mastership", STAYS "hook:backup @1900 resume wire:200 ", "before drain",
	 "end:master M>B(HIGHER_PRIORITY) C100", "B - B 5896.09375 5896.09375"},
	{"and before before-backup runs again", STAYS "hook:backup @1900 resume ", "resign",
	 "end:master run:backup", "M open:3976 M 1900"},
	{"resign, then stop: it stops at the end", LEAVES "stop @2000 wire:50 drain ", "tick",
	 "yes B>I(STOPPED)", "I - I never"},
	{"and does not stay where nobody takes over", LEAVES "stop " TO_THE_END, "tick",
	 "yes say:NO_HEIR:4996.09375 M>I(STOPPED) S0", "I - I never; end=3"},
	{"resign at once while before-backup runs: it has let go",
	 "handover before-backup " MASTER LATER "resign ", "resign-now",
	 "end:backup M>F(RESIGNED) S0", "F - I never; end=3"},
	{"likewise with handover = no: that is what was wanted",
	 "before-backup " MASTER LATER "resign ", "resign-now", "end:backup M>F(RESIGNED) S0",
	 "F - I never; end=0"},
	{"a stop is not taken back", STOPS "@1900 resume resign resign-now ", "tick", "no",
	 "M open:3976 M 2000; judged-by=1"},
	{"after one that came to nothing, another one begins anew", LEAVES TO_THE_END "tick @6500 ",
	 "resign", "say:HANDS_OVER:4996.09375", "M open:8976 M 7496.09375; end=0"},
	{"an adopted MASTER has its own priority again, and says so", LEAVES "@1900 adopt ports ",
	 "tick", "yes S100", "M open:3976 M 2900; judged-by=1 hold=0"},
	{"a crash while before-backup runs, and it is adopted: what that ended begins again",
	 STAYS "@1900 adopt ", "ports leaving", "I>M(ADOPTED) run:master stays no",
	 "M open:3976 M 2000; hold=0"},
	{"likewise while it hands over", STAYS "hook:backup @1900 adopt ", "ports leaving",
	 "I>M(ADOPTED) run:master stays no", "M open:3976 M 1900; hold=0"},
	{"a crash at another time: nothing has ended",
	 "handover before-master before-backup " HELD LATER "@1900 adopt ", "ports", "I>M(ADOPTED)",
	 "M open:3976 M 2000"},
	{"and the judge counts by it from then on", LEAVES "@1900 adopt ports tick ", "sent", "",
	 "M open:4876 M 2900; judged-by=100"},
};

/* A burst of announcements began at 1500: another round is due at 2300. */
#define BURST "garp:5,800 " MAY "rivals:1 settle resign @2000 tick sent @2300 "

static const struct row rivals[] = {
	{"it goes on announcing", BURST, "tick settle", "yes announce", "M open:4976 M 3000"},
	{"it asks before each round", BURST "rivals:1 ", "asks", "yes", "M open:4976 M 2300"},
	{"another host uses the address, perhaps the heir: nothing is announced against it", BURST,
	 "rivals:3 tick settle row", "no the advert timer", "M open:4976 M 3000"},
	{"not after a repair of the NIC either", BURST "rivals:3 ", "announce settle", "",
	 "M open:4976 M 3000"},
	{"with its own priority yet: that is the master before it",
	 "handover " MASTER "@100 resign ", "rivals:3 settle", "announce", "M open:2976 M 1000"},
	{"nobody takes over: it takes the address back", LEAVES "rivals:3 settle " TO_THE_END,
	 "tick settle", "yes say:NO_HEIR:4996.09375 S100 announce", "M open:8976 M 7496.09375"},
	{"resume: likewise", LEAVES "rivals:3 settle ", "resume settle", "announce",
	 "M open:3976 M 1500"},
	{"another host uses the address when the time is almost up: its advert is waited for",
	 STOPS UP_TO_6000 "@6400 rivals:3 @6496.09375 ", "row", "the advert timer",
	 "M open:8976 M 7000"},
	{"once",
	 STOPS UP_TO_6000 "@6400 rivals:3 @7000 tick sent rivals:6 @7733.333333 before wake ",
	 "tick settle", "yes say:NO_HEIR:6233.333333 M>I(STOPPED) S0 release", "I - I never"},
	{"stop, and nobody takes over: nothing more", STOPS "rivals:3 settle " TO_THE_END,
	 "tick settle", "yes say:NO_HEIR:4996.09375 M>I(STOPPED) S0 release", "I - I never"},
};

int main(void)
{
	int failed = 0;

	failed |= world_table("a handover begins", begins, COUNT(begins));
	failed |= world_table("a handover ends", ends, COUNT(ends));
	failed |= world_table("rivals while it runs", rivals, COUNT(rivals));
	failed |= world_table("orders while it runs", orders, COUNT(orders));
	return failed;
}
