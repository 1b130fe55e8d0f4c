/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hook scripts of one router, real ones, on a real loop. Every script writes a line to one file:
 * its program, state, old state, arguments. Links what agent/notify needs and nothing of the
 * router. No root. Every wait has an end.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/loop.h"
#include "agent/notify.h"
#include "sys/host/log.h"
#include "table.h"

#define LIMIT_NS (10 * 1000000000LL)

/* Which programs a row configures. */
#define ANY    0x01
#define MASTER 0x02
#define BACKUP 0x04
#define FAULT  0x08
#define VRRPD  0x10

static const char *const names[CONFIG_NOTIFY_COUNT] = {"any", "master", "backup", "fault"};

static char dir[] = "/tmp/test-notify-XXXXXX";
static char out_path[64], gate_path[64];

/* ---- scripts ---- */

/* Each waits, within bounds, until the gate is open. */
static const char usual[] =
	"#!/bin/sh\n"
	"n=0\n"
	"while [ ! -e $GATE ] && [ $n -lt 1000 ]; do sleep 0.01; n=$((n+1)); done\n"
	"echo \"${0##*/} $VRRP_STATE<$VRRP_OLD_STATE $1 $2\" >> $OUT\n";

static void write_script(const char *name, const char *text)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void open_gate(void)
{
	int fd = open(gate_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	close(fd);
}

static void read_out(char *buf, size_t size)
{
	int fd = open(out_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/* ---- a router, a loop, and time ---- */

struct bench {
	struct config_router router;
	struct config_prefix addresses[2];
	struct config_route route;
	char paths[CONFIG_NOTIFY_COUNT][96];
	char *commands[CONFIG_NOTIFY_COUNT][3];
	struct loop *loop;
	struct notify *notify;
	struct monotime end;
	unsigned int ticks;
	bool awaits; /* the result of a hook */
};

static struct bench bench;

static int set_up(void **state)
{
	(void)state;
	unlink(out_path);
	unlink(gate_path);
	memset(&bench, 0, sizeof(bench));
	for (int i = 0; i < CONFIG_NOTIFY_COUNT; i++)
		write_script(names[i], usual);
	return loop_open(&bench.loop);
}

static int tear_down(void **state)
{
	(void)state;
	notify_close(bench.notify);
	loop_close(bench.loop);
	return 0;
}

static void open_notify(unsigned int programs, uint32_t timeout_ms)
{
	struct config_router *router = &bench.router;
	struct config_hook before[CONFIG_BEFORE_COUNT];

	bench.addresses[0] =
		(struct config_prefix){.addr = {{42, 51, 67, 93}}, .family = 4, .plen = 24};
	bench.addresses[1] = (struct config_prefix){.addr = {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x93}},
						    .family = 6,
						    .plen = 64};
	bench.route = (struct config_route){.family = 4, .has_via = true, .via = {{42, 51, 67, 1}}};
	memcpy(before, router->before, sizeof(before));
	*router = (struct config_router){.vrid = 55,
					 .family = 4,
					 .version = 3,
					 .priority = 100,
					 .heartbeat_count = 1,
					 .addresses = bench.addresses,
					 .address_count = 2,
					 .routes = &bench.route,
					 .route_count = 1,
					 .notify_timeout_ms = timeout_ms,
					 .vrrpd = programs & VRRPD};
	memcpy(router->before, before, sizeof(before));
	strcpy(router->name, "web");
	strcpy(router->heartbeat[0], "eth1");
	strcpy(router->public, "eth0");
	for (int i = 0; i < CONFIG_NOTIFY_COUNT; i++) {
		snprintf(bench.paths[i], sizeof(bench.paths[i]), "%s/%s", dir, names[i]);
		if (programs & 1u << i)
			router->notify[i] = bench.commands[i];
		bench.commands[i][0] = bench.paths[i];
		bench.commands[i][1] = NULL;
	}
	assert_int_equal(notify_open(router, NULL, bench.loop, &bench.notify), 0);
}

static void on_wake(void *context)
{
	struct monotime now = loop_now(), at = notify_deadline(bench.notify);

	(void)context;
	if (!monotime_before(now, at)) {
		bench.ticks++;
		notify_tick(bench.notify, now);
	}
	if (bench.awaits && notify_deadline(bench.notify).ns == 0) {
		loop_stop(bench.loop);
		return;
	}
	if (!notify_busy(bench.notify) || !monotime_before(now, bench.end))
		loop_stop(bench.loop);
	loop_arm(bench.loop, monotime_min(notify_deadline(bench.notify), bench.end));
}

static void on_signal(void *context, int signal)
{
	(void)context;
	(void)signal;
}

/* Until no script runs or waits. */
static void settle(void)
{
	bench.end = monotime_add(loop_now(), LIMIT_NS);
	loop_arm(bench.loop, loop_now());
	assert_int_equal(loop_run(bench.loop, on_wake, on_signal, NULL), 0);
	if (notify_busy(bench.notify))
		fail_msg("scripts still run");
	assert_true(monotime_is_never(notify_deadline(bench.notify)));
}

/* ---- orders ---- */

struct row {
	const char *what;
	unsigned int programs;
	/* Letters are states entered: I B M F; A: MASTER, adopted. '.' opens the gate if it is
	 * shut, and waits until all is quiet; up to the first '.', whatever runs hangs at the gate.
	 */
	const char *events;
	const char *out;
};

static const struct row rows[] = {
	{"each state its program, `notify` first", ANY | MASTER | BACKUP | FAULT, ".B.M.F.",
	 "any BACKUP<INIT BACKUP web\nbackup BACKUP<INIT BACKUP web\n"
	 "any MASTER<BACKUP MASTER web\nmaster MASTER<BACKUP MASTER web\n"
	 "any FAULT<MASTER FAULT web\nfault FAULT<MASTER FAULT web\n"},
	{"none configured: nothing runs, nothing hangs", 0, ".B.M.BMBI.", ""},
	{"only some configured", MASTER, ".B.M.B.M.",
	 "master MASTER<BACKUP MASTER web\n"
	 "master MASTER<BACKUP MASTER web\n"},
	{"latest state wins while a script runs", MASTER | BACKUP | FAULT, "BMF.",
	 "backup BACKUP<INIT BACKUP web\nfault FAULT<MASTER FAULT web\n"},
	{"flapping while a script runs, back at its state", MASTER | BACKUP, "BMBMBMB.",
	 "backup BACKUP<INIT BACKUP web\n"},
	{"flapping while a script runs, ending elsewhere", MASTER | BACKUP, "BMBMBMBM.",
	 "backup BACKUP<INIT BACKUP web\nmaster MASTER<BACKUP MASTER web\n"},
	{"a change between the two programs of one hook waits for both", ANY | BACKUP | MASTER,
	 "BM.",
	 "any BACKUP<INIT BACKUP web\nbackup BACKUP<INIT BACKUP web\n"
	 "any MASTER<BACKUP MASTER web\nmaster MASTER<BACKUP MASTER web\n"},
	{"stop: `notify` says so, and a backup has nothing to undo", ANY | BACKUP, ".B.I.",
	 "any BACKUP<INIT BACKUP web\nbackup BACKUP<INIT BACKUP web\nany STOP<BACKUP STOP web\n"},
	{"a master that is stopped loses its role", MASTER | BACKUP, ".M.I.",
	 "master MASTER<INIT MASTER web\nbackup STOP<MASTER STOP web\n"},
	{"a master that fails loses its role", MASTER | BACKUP, ".M.F.B.",
	 "master MASTER<INIT MASTER web\nbackup FAULT<MASTER FAULT web\n"
	 "backup BACKUP<FAULT BACKUP web\n"},
	{"a master that fails, with a program of its own for that", MASTER | BACKUP | FAULT,
	 ".M.F.I.", "master MASTER<INIT MASTER web\nfault FAULT<MASTER FAULT web\n"},
	{"a master that never got to run its script has nothing to undo", MASTER | BACKUP, "BMI.",
	 "backup BACKUP<INIT BACKUP web\n"},
	{"adopted: nothing is told, and the end of the role is", ANY | MASTER | BACKUP, ".A.I.",
	 "any STOP<MASTER STOP web\nbackup STOP<MASTER STOP web\n"},
	{"adopted, and failed", MASTER | BACKUP, ".A.F.B.",
	 "backup FAULT<MASTER FAULT web\nbackup BACKUP<FAULT BACKUP web\n"},
	{"adopted, preempted, master again", MASTER | BACKUP, ".A.B.M.",
	 "backup BACKUP<MASTER BACKUP web\nmaster MASTER<BACKUP MASTER web\n"},
	{"vrrpd: adopted, and stopped", VRRPD | MASTER | BACKUP, ".A.I.",
	 "backup STOP<MASTER STOP web\n"},
	{"vrrpd: -D once at start, -U and -D once each", VRRPD | MASTER | BACKUP, ".B.M.B.M.I.",
	 "backup BACKUP<INIT BACKUP web\nmaster MASTER<BACKUP MASTER web\n"
	 "backup BACKUP<MASTER BACKUP web\nmaster MASTER<BACKUP MASTER web\n"
	 "backup STOP<MASTER STOP web\n"},
	{"vrrpd: a failed master undoes once, not again when it recovers", VRRPD | MASTER | BACKUP,
	 ".M.F.B.M.",
	 "master MASTER<INIT MASTER web\nbackup FAULT<MASTER FAULT web\n"
	 "master MASTER<BACKUP MASTER web\n"},
	{"vrrpd: failed before it began, -D at the first BACKUP", VRRPD | MASTER | BACKUP,
	 ".F.B.F.B.", "backup BACKUP<FAULT BACKUP web\n"},
};

static void test_row(void **state)
{
	static const char letters[] = {[VRRP_STATE_INIT] = 'I',
				       [VRRP_STATE_BACKUP] = 'B',
				       [VRRP_STATE_MASTER] = 'M',
				       [VRRP_STATE_FAULT] = 'F'};
	const struct row *r = *state;
	enum vrrp_state at = VRRP_STATE_INIT;
	char out[2048];

	open_notify(r->programs, 30000);
	assert_false(notify_busy(bench.notify));
	for (const char *e = r->events; *e; e++) {
		enum vrrp_state to;

		if (*e == '.') {
			open_gate();
			settle();
			continue;
		}
		if (*e == 'A') {
			notify_adopt(bench.notify);
			at = VRRP_STATE_MASTER;
			continue;
		}
		to = (enum vrrp_state)((const char *)memchr(letters, *e, sizeof(letters)) -
				       letters);
		notify_enter(bench.notify, at, to, VRRP_CAUSE_MASTER_DOWN);
		at = to;
	}
	read_out(out, sizeof(out));
	assert_string_equal(out, r->out);
}

/* ---- what else a script finds, and how it may end ---- */

static void enter_master(void)
{
	notify_enter(bench.notify, VRRP_STATE_BACKUP, VRRP_STATE_MASTER, VRRP_CAUSE_MASTER_DOWN);
}

static void test_environment(void **state)
{
	char out[2048];

	(void)state;
	setenv("VRRP_STALE", "of an agent's agent", 1);
	setenv("KEPT", "yes", 1);
	write_script("master", "#!/bin/sh\nenv | grep -E '^(VRRP_|KEPT)' | sort > $OUT\n");
	open_notify(MASTER, 30000);
	enter_master();
	settle();
	unsetenv("VRRP_STALE");
	read_out(out, sizeof(out));
	assert_string_equal(out, "KEPT=yes\n"
				 "VRRP_ADDRESS=42.51.67.93/24\n"
				 "VRRP_ADDRESSES=42.51.67.93/24 2001:db8::93/64\n"
				 "VRRP_CAUSE=master down\n"
				 "VRRP_FAMILY=4\n"
				 "VRRP_GATEWAY=42.51.67.1\n"
				 "VRRP_INTERFACE=eth1\n"
				 "VRRP_NAME=web\n"
				 "VRRP_OLD_STATE=BACKUP\n"
				 "VRRP_PRIORITY=100\n"
				 "VRRP_PUBLIC=eth0\n"
				 "VRRP_STATE=MASTER\n"
				 "VRRP_VERSION=3\n"
				 "VRRP_VRID=55\n");
}

/* Behind those of its own. */
static void test_arguments(void **state)
{
	char out[256];

	(void)state;
	write_script("master", "#!/bin/sh\nprintf '%s|' \"$@\" > $OUT\n");
	open_notify(MASTER, 30000);
	bench.commands[CONFIG_NOTIFY_MASTER][1] = (char *)"it's 5 o'clock";
	enter_master();
	settle();
	read_out(out, sizeof(out));
	assert_string_equal(out, "it's 5 o'clock|MASTER|web|");
}

struct bad {
	const char *what;
	const char *script; /* of notify-master; NULL: it is missing */
	uint32_t timeout_ms;
	int64_t least_ms, most_ms;
	unsigned int ticks;
};

/* Whatever it does, the next hook runs. The ticks tell SIGTERM from SIGKILL, not how long it took.
 */
static const struct bad bads[] = {
	{"missing", NULL, 30000, 0, 5000, 0},
	{"with a missing interpreter", "#!/nonexistent\n", 30000, 0, 5000, 0},
	{"that fails", "#!/bin/sh\nexit 3\n", 30000, 0, 5000, 0},
	{"that kills itself", "#!/bin/sh\nkill -9 $$\n", 30000, 0, 5000, 0},
	{"beyond its time: SIGTERM", "#!/bin/sh\nsleep 60\n", 200, 200, 5000, 1},
	{"beyond its time, deaf to SIGTERM: SIGKILL a second later",
	 "#!/bin/sh\ntrap '' TERM\nn=0\nwhile [ $n -lt 60 ]; do sleep 1; n=$((n+1)); done\n", 200,
	 1200, 6000, 2},
	{"beyond its time, with a child deaf to SIGTERM",
	 "#!/bin/sh\n(trap '' TERM; sleep 60) &\nwait\n", 200, 200, 5000, 1},
};

static void test_bad(void **state)
{
	const struct bad *b = *state;
	struct monotime start = loop_now();
	int64_t took_ms;
	char out[256], path[96];

	open_gate();
	snprintf(path, sizeof(path), "%s/master", dir);
	if (b->script)
		write_script("master", b->script);
	else
		unlink(path);
	open_notify(MASTER | BACKUP, b->timeout_ms);
	enter_master();
	notify_enter(bench.notify, VRRP_STATE_MASTER, VRRP_STATE_BACKUP, VRRP_CAUSE_NONE);
	settle();
	took_ms = monotime_diff(loop_now(), start) / 1000000;
	assert_in_range(took_ms, b->least_ms, b->most_ms);
	assert_int_equal(bench.ticks, b->ticks);
	read_out(out, sizeof(out));
	assert_string_equal(out, "backup BACKUP<MASTER BACKUP web\n");
}

/* ---- hooks that are waited for ---- */

static void open_before(enum config_before before, const char *script, uint32_t timeout_ms)
{
	static char *command[] = {NULL, NULL};
	static char path[96];

	write_script("before", script);
	snprintf(path, sizeof(path), "%s/before", dir);
	command[0] = path;
	bench.router.before[before] =
		(struct config_hook){.command = command, .timeout_ms = timeout_ms};
	open_notify(BACKUP | MASTER, 30000);
}

/* Runs the loop until a result is there; the one result of this hook. */
static bool result_of(enum config_before before)
{
	enum config_before which;
	bool well = false;

	bench.end = monotime_add(loop_now(), LIMIT_NS);
	bench.awaits = true;
	loop_arm(bench.loop, loop_now());
	assert_int_equal(loop_run(bench.loop, on_wake, on_signal, NULL), 0);
	bench.awaits = false;
	assert_true(notify_result(bench.notify, &which, &well));
	assert_int_equal(which, before);
	assert_false(notify_result(bench.notify, &which, &well));
	return well;
}

static void before_now(enum config_before before)
{
	notify_before(bench.notify, before, VRRP_STATE_BACKUP, VRRP_CAUSE_MASTER_DOWN, loop_now());
}

/* It runs after the script that runs, and before that of the new state. */
static void test_before_in_turn(void **state)
{
	char out[512];

	(void)state;
	open_before(CONFIG_BEFORE_MASTER, usual, 9000);
	notify_enter(bench.notify, VRRP_STATE_INIT, VRRP_STATE_BACKUP, VRRP_CAUSE_STARTED);
	before_now(CONFIG_BEFORE_MASTER);
	open_gate();
	assert_true(result_of(CONFIG_BEFORE_MASTER));
	assert_null(notify_trouble(bench.notify));
	enter_master();
	settle();
	read_out(out, sizeof(out));
	assert_string_equal(out, "backup BACKUP<INIT BACKUP web\nbefore MASTER<BACKUP  \n"
				 "master MASTER<BACKUP MASTER web\n");
}

/* The script before it takes its time: it is not begun, and its limit holds all the same. */
static void test_before_queued_too_long(void **state)
{
	char out[512];

	(void)state;
	open_before(CONFIG_BEFORE_MASTER, usual, 200);
	notify_enter(bench.notify, VRRP_STATE_INIT, VRRP_STATE_BACKUP, VRRP_CAUSE_STARTED);
	before_now(CONFIG_BEFORE_MASTER);
	assert_false(result_of(CONFIG_BEFORE_MASTER));
	assert_non_null(strstr(notify_trouble(bench.notify), "not begun within its time limit"));
	open_gate();
	settle();
	read_out(out, sizeof(out));
	assert_string_equal(out, "backup BACKUP<INIT BACKUP web\n");
}

/* Ended early, and BACKUP again: what it began is undone, although BACKUP was the last state whose
 * script ran. */
static void test_before_ended(void **state)
{
	char out[512];

	(void)state;
	open_before(CONFIG_BEFORE_MASTER, "#!/bin/sh\nexec sleep 60\n", 60000);
	open_gate();
	notify_enter(bench.notify, VRRP_STATE_INIT, VRRP_STATE_BACKUP, VRRP_CAUSE_STARTED);
	settle();
	before_now(CONFIG_BEFORE_MASTER);
	notify_before_end(bench.notify, CONFIG_BEFORE_BACKUP, loop_now()); /* another one */
	assert_true(notify_busy(bench.notify));
	notify_before_end(bench.notify, CONFIG_BEFORE_MASTER, loop_now());
	notify_enter(bench.notify, VRRP_STATE_MASTER, VRRP_STATE_BACKUP,
		     VRRP_CAUSE_HIGHER_PRIORITY);
	settle();
	read_out(out, sizeof(out));
	assert_string_equal(out,
			    "backup BACKUP<INIT BACKUP web\nbackup BACKUP<MASTER BACKUP web\n");
}

/* The time is up: told at once, though the program heeds no SIGTERM. */
static void test_before_late(void **state)
{
	struct monotime began = loop_now();

	(void)state;
	open_before(CONFIG_BEFORE_BACKUP, "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.05; done\n",
		    300);
	before_now(CONFIG_BEFORE_BACKUP);
	assert_false(result_of(CONFIG_BEFORE_BACKUP));
	assert_in_range(monotime_diff(loop_now(), began), 300 * NS_PER_MS, LIMIT_NS);
	assert_true(notify_busy(bench.notify)); /* it gets a second for SIGTERM */
	settle();
	assert_in_range(monotime_diff(loop_now(), began), 1300 * NS_PER_MS, LIMIT_NS);
}

static void test_before_fails(void **state)
{
	(void)state;
	open_before(CONFIG_BEFORE_BACKUP, "#!/bin/sh\nexit 7\n", 9000);
	before_now(CONFIG_BEFORE_BACKUP);
	assert_false(result_of(CONFIG_BEFORE_BACKUP));
	assert_non_null(strstr(notify_trouble(bench.notify), "exit status 7"));
	bench.router.before[CONFIG_BEFORE_BACKUP].command[0] = (char *)"/nonexistent";
	before_now(CONFIG_BEFORE_BACKUP);
	assert_false(result_of(CONFIG_BEFORE_BACKUP));
	assert_non_null(strstr(notify_trouble(bench.notify), "No such file"));
}

/* ---- what is said ---- */

static char said_path[64];
static int stderr_before;

static void listen_to_log(void)
{
	int fd = open(said_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	stderr_before = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
	log_open(4, JOURNAL_SOCKET);
}

/* Everything since listen_to_log(). */
static void end_listening(char *buf, size_t size)
{
	int fd = open(said_path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, buf, size - 1);

	log_open(2, JOURNAL_SOCKET);
	dup2(stderr_before, STDERR_FILENO);
	close(stderr_before);
	close(fd);
	unlink(said_path);
	buf[n > 0 ? n : 0] = '\0';
}

struct slow {
	const char *what;
	unsigned int vrrpd; /* or 0 */
	uint32_t timeout_ms;
	int after_s;      /* the agent looks, so long after the script's beginning, */
	bool ends_it;     /* and ends it */
	const char *said; /* at the end */
};

/* Scripts that hang at the gate, which is opened where they are not ended. */
static const struct slow slows[] = {
	{"vrrpd's, after 29 s: nothing to say", VRRPD, 30000, 29, false, ""},
	{"vrrpd's, after 30 s: named, and let be", VRRPD, 30000, 31, false,
	 "master: still runs after 30 s"},
	{"vrrpd's, after an hour: let be", VRRPD, 30000, 3600, false,
	 "master: still runs after 30 s"},
	{"vrrpd's, whatever the limit is", VRRPD, 100, 3600, false,
	 "master: still runs after 30 s"},
	{"with a limit: ended, and the NIC may be half changed", 0, 20000, 21, true,
	 "master: killed, because its time limit of 20000 ms was over: what it changes may be half "
	 "done"},
	{"with a longer limit: named", 0, 60000, 31, false, "master: still runs after 30 s"},
	{"with a limit of 30 s: ended, and that is all", 0, 30000, 31, true,
	 "master: killed, because its time limit of 30000 ms was over"},
};

static void test_slow(void **state)
{
	const struct slow *s = *state;
	struct monotime now, first;
	char said[1024];

	listen_to_log();
	open_notify(MASTER | BACKUP | s->vrrpd, s->timeout_ms);
	enter_master();
	first = notify_deadline(bench.notify);
	now = monotime_add(loop_now(), s->after_s * 1000000000LL);
	notify_tick(bench.notify, now);
	/* A deadline that was served lies ahead. */
	if (!monotime_before(now, first))
		assert_true(monotime_before(now, notify_deadline(bench.notify)));
	notify_tick(bench.notify, now);
	if (!s->ends_it)
		open_gate();
	settle();
	end_listening(said, sizeof(said));
	if (!strstr(said, s->said) || (!*s->said && *said))
		fail_msg("said: %s", said);
}

/* What -U has put on the NIC, -D is to take away: who does not wait is told that it will not. */
static void test_pending_at_close(void **state)
{
	char said[1024];

	(void)state;
	listen_to_log();
	open_notify(MASTER | BACKUP | VRRPD, 30000);
	enter_master();
	notify_enter(bench.notify, VRRP_STATE_MASTER, VRRP_STATE_INIT, VRRP_CAUSE_STOPPED);
	notify_close(bench.notify);
	bench.notify = NULL;
	end_listening(said, sizeof(said));
	if (!strstr(said, "the program that was to run next (STOP) does not run"))
		fail_msg("said: %s", said);
}

static void test_killed_at_close(void **state)
{
	char said[1024];

	(void)state;
	listen_to_log();
	open_notify(MASTER | VRRPD, 30000);
	enter_master();
	notify_close(bench.notify);
	bench.notify = NULL;
	end_listening(said, sizeof(said));
	if (!strstr(said,
		    "master: killed, because the agent ends: what it changes may be half done"))
		fail_msg("said: %s", said);
}

/* A stopping agent that waits no longer: what runs is killed, and nothing is read after that. */
static void test_close(void **state)
{
	char out[64];

	(void)state;
	open_notify(MASTER | BACKUP, 30000);
	enter_master();
	notify_enter(bench.notify, VRRP_STATE_MASTER, VRRP_STATE_BACKUP, VRRP_CAUSE_NONE);
	assert_true(notify_busy(bench.notify));
	notify_close(bench.notify);
	bench.notify = NULL;
	open_gate();
	read_out(out, sizeof(out));
	assert_string_equal(out, "");
}

/* ---- the list ---- */

int main(void)
{
	char path[96];
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(out_path, sizeof(out_path), "%s/out", dir);
	snprintf(gate_path, sizeof(gate_path), "%s/gate", dir);
	snprintf(said_path, sizeof(said_path), "%s/said", dir);
	setenv("OUT", out_path, 1);
	setenv("GATE", gate_path, 1);
	log_open(2, JOURNAL_SOCKET); /* what these scripts do is no news */

	table_setup = set_up;
	table_teardown = tear_down;
	table_rows("order", rows, what, test_row);
	table_rows("a script", bads, what, test_bad);
	table_rows("a slow script", slows, what, test_slow);
	table_add("a script", "finds its environment", test_environment, NULL);
	table_add("a script", "has arguments of its own", test_arguments, NULL);
	table_add("waited for", "in turn", test_before_in_turn, NULL);
	table_add("waited for", "not begun in time", test_before_queued_too_long, NULL);
	table_add("waited for", "ended early", test_before_ended, NULL);
	table_add("waited for", "out of time", test_before_late, NULL);
	table_add("waited for", "failed, or missing", test_before_fails, NULL);
	table_add("closed", "and the script that was killed is named", test_killed_at_close, NULL);
	table_add("closed", "and what will not run after it", test_pending_at_close, NULL);
	table_add("closed", "while a script runs and another waits", test_close, NULL);

	failed = table_run("notify");
	for (int i = 0; i < CONFIG_NOTIFY_COUNT; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/before", dir);
	unlink(path);
	unlink(out_path);
	unlink(gate_path);
	rmdir(dir);
	return failed ? 1 : 0;
}
