/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole agent, in a network of its own, with a deadline that nothing serves: planted by a
 * wrapper around the function that offers deadlines to be armed, so that every row of every table
 * has its turn. Links all of src/ but the command line. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/agent.h"
#include "core/deadline.h"
#include "netns.h"
#include "sys/host/log.h"
#include "sys/host/realtime.h"
#include "sys/host/vitals.h"
#include "sys/net/rtnl.h"

#define MAX_ROWS 64
#define RUN_MS   300
#define BUSY_S   8    /* with a limit of a second */
#define MOST_CPU 0.12 /* 5 %, and two ticks of the clock by which that is counted */
#define WAIT_MS  10000

/* Shared with the agent's process. */
struct shared {
	char names[MAX_ROWS][64]; /* of the rows that were offered */
	unsigned int count;
	char planted[64]; /* the row that is armed for the past; "": none */
	bool busy;        /* compute for longer than a program may at real-time priority */
	bool live_mac;    /* play a driver that refuses a MAC while its link is up */
	bool foe;         /* play somebody who takes each address away at once */
	unsigned int applied;
};

static struct shared *shared;
static char dir[] = "/tmp/test-deadlines-XXXXXX";

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- what is planted ---- */

static struct monotime long_ago(const void *owner)
{
	(void)owner;
	return (struct monotime){1};
}

void __real_soonest_offer(struct soonest *soonest, const struct deadline *row, const void *owner,
			  enum phase phase);
void __wrap_soonest_offer(struct soonest *soonest, const struct deadline *row, const void *owner,
			  enum phase phase);

void __wrap_soonest_offer(struct soonest *soonest, const struct deadline *row, const void *owner,
			  enum phase phase)
{
	static struct deadline planted;
	unsigned int i = 0;

	while (i < shared->count && strcmp(shared->names[i], row->name) != 0)
		i++;
	if (i == shared->count && i < MAX_ROWS) {
		snprintf(shared->names[i], sizeof(shared->names[i]), "%s", row->name);
		shared->count++;
	}
	if (shared->busy) {
		double end = seconds_now() + BUSY_S;

		/* Once, without one system call that waits. The kernel counts in ticks, which a
		 * virtual machine misses while its host lets it wait. */
		while (realtime_priority() && seconds_now() < end)
			;
		shared->busy = false;
	}
	if (strcmp(row->name, shared->planted) == 0) {
		planted = *row;
		planted.at = long_ago;
		row = &planted;
	}
	__real_soonest_offer(soonest, row, owner, phase);
}

int __real_rtnl_apply(struct rtnl *handle, const struct plan_op *ops, unsigned int count,
		      int *errors);
int __wrap_rtnl_apply(struct rtnl *handle, const struct plan_op *ops, unsigned int count,
		      int *errors);

int __wrap_rtnl_apply(struct rtnl *handle, const struct plan_op *ops, unsigned int count,
		      int *errors)
{
	bool down = false;
	int failed = 0;

	shared->applied++;
	if (shared->foe) {
		failed = __real_rtnl_apply(handle, ops, count, errors);
		for (unsigned int i = 0; i < count; i++) {
			struct plan_op undo = ops[i];
			int ignored;

			undo.kind = PLAN_ADDRESS_DEL;
			if (ops[i].kind == PLAN_ADDRESS_ADD)
				__real_rtnl_apply(handle, &undo, 1, &ignored);
		}
		return failed;
	}
	if (!shared->live_mac)
		return __real_rtnl_apply(handle, ops, count, errors);
	for (unsigned int i = 0; i < count; i++) {
		down |= ops[i].kind == PLAN_LINK_DOWN;
		if (ops[i].kind == PLAN_SET_MAC && !down)
			errors[i] = -EBUSY;
		else
			__real_rtnl_apply(handle, &ops[i], 1, &errors[i]);
		failed += errors[i] != 0;
	}
	return failed;
}

/* ---- an agent ---- */

static const char configuration[] = "[agent]\nmode = socket\nearly = 0\n"
				    "[vrrp web]\nvrid = 55\nheartbeat = eth1\npublic = eth0\n"
				    "address = 42.51.67.93/24\ninterval = 100ms\npriority = 150\n"
				    "mac = 00:9f:a4:4c:3b:37\n";

static void become_agent(void)
{
	struct agent_options options = {0};
	struct config_errors errors = {0};
	struct keyring *keyring = NULL;
	struct config *config;
	char run_dir[64], bpffs[64], log[64];
	int fd;

	snprintf(run_dir, sizeof(run_dir), "%s/run", dir);
	snprintf(bpffs, sizeof(bpffs), "%s/bpf", dir);
	snprintf(log, sizeof(log), "%s/log", dir);
	fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDERR_FILENO);
	if (config_parse("test", configuration, strlen(configuration), &config, &errors))
		_exit(3);
	if (keyring_open(config, "", &keyring, &errors))
		_exit(4);
	options.run_dir = run_dir;
	options.bpffs = bpffs;
	options.keyring = keyring;
	log_open(config->log_level, NULL);
	_exit(agent_run(config, &options) ? 1 : 0);
}

struct result {
	double cpu_part; /* of one CPU, while it ran */
	struct vitals vitals;
	char log[16384];
};

static void nap(long ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

static void read_log(char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/log", dir);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
}

static double cpu_of(pid_t pid)
{
	char path[64], text[512];
	unsigned long user = 0, system = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
	       &system);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* An agent that is MASTER, for so long after that or longer, and after a shell command then; ended
 * with SIGTERM. */
static void run_agent(long ms, const char *command, struct result *ret_result)
{
	char run_dir[64], log[sizeof(ret_result->log)];
	double cpu, since;
	int status;
	pid_t pid;

	snprintf(run_dir, sizeof(run_dir), "%s/run", dir);
	snprintf(log, sizeof(log), "%s/log", dir);
	unlink(log);
	fflush(NULL);
	pid = fork();
	if (!pid)
		become_agent();
	for (int i = 0;; i++) {
		read_log(log, sizeof(log));
		if (strstr(log, "-> MASTER"))
			break;
		if (i == WAIT_MS / 10) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			fail_msg("no MASTER within %d ms:\n%s", WAIT_MS, log);
		}
		nap(10);
	}
	run("%s", command);
	for (int i = 0; shared->busy && i < 100 * BUSY_S; i++)
		nap(10);
	since = seconds_now();
	cpu = cpu_of(pid);
	nap(ms);
	ret_result->cpu_part = (cpu_of(pid) - cpu) / (seconds_now() - since);
	assert_int_equal(vitals_read(run_dir, pid, &ret_result->vitals), 0);
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	read_log(ret_result->log, sizeof(ret_result->log));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("status %#x:\n%s", status, ret_result->log);
}

static unsigned int times(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* ---- tests ---- */

static int set_up(void **state)
{
	(void)state;
	memset(shared, 0, sizeof(*shared));
	return 0;
}

static void test_all_is_served(void **state)
{
	struct result result;

	(void)state;
	run_agent(RUN_MS, "true", &result);
	if (result.vitals.idle_wakeups > 2)
		fail_msg("%llu idle wake-ups:\n%s", (unsigned long long)result.vitals.idle_wakeups,
			 result.log);
	assert_int_equal(times(result.log, "nothing serves it"), 0);
	assert_int_equal(result.vitals.realtime_lost, 0);
}

/* Every row of the agent's table and of the router's: the CPU is spared, the row is named once,
 * and adverts go on (the agent stays MASTER, and ends in order). */
static void test_nothing_serves(void **state)
{
	struct result result;
	unsigned int rows, planted = 0;

	(void)state;
	run_agent(RUN_MS, "true", &result);
	rows = shared->count;
	assert_in_range(rows, 15, MAX_ROWS);
	for (unsigned int i = 0; i < rows; i++) {
		char line[128];

		snprintf(shared->planted, sizeof(shared->planted), "%s", shared->names[i]);
		run_agent(RUN_MS, "true", &result);
		snprintf(line, sizeof(line), "%s is due and nothing serves it", shared->planted);
		/* A row of the stop alone is not armed before. */
		if (!times(result.log, line) && !result.vitals.idle_wakeups)
			continue;
		planted++;
		if (times(result.log, line) != 1)
			fail_msg("%s: told %u times:\n%s", shared->planted, times(result.log, line),
				 result.log);
		if (result.cpu_part > MOST_CPU)
			fail_msg("%s: %.1f %% of a CPU", shared->planted, result.cpu_part * 100);
		if (result.vitals.idle_wakeups > RUN_MS)
			fail_msg("%s: %llu idle wake-ups", shared->planted,
				 (unsigned long long)result.vitals.idle_wakeups);
		if (times(result.log, "MASTER ->") != 1) /* its end */
			fail_msg("%s: MASTER was lost:\n%s", shared->planted, result.log);
	}
	assert_in_range(planted, rows - 1, rows);
}

/* Somebody else changes the NIC as fast as we do: pauses that grow, and it is told once. */
static void test_foe(void **state)
{
	struct result result;

	(void)state;
	shared->foe = true;
	run_agent(1000, "true", &result);
	assert_in_range(shared->applied, 5, 60);
	assert_int_equal(times(result.log, "this change does not last"), 1);
	if (result.cpu_part > MOST_CPU)
		fail_msg("%.1f %% of a CPU", result.cpu_part * 100);
}

/* A driver that takes its link down for a MAC: the carrier counts again 3 s later, and that look is
 * over whatever it finds. Here it finds that the heartbeat is gone. */
static void test_carrier_and_heartbeat_gone(void **state)
{
	struct result result;

	(void)state;
	shared->live_mac = true;
	run_agent(4500, "ip link set peer0 down; sleep 0.2; ip link set peer1 down", &result);
	run("ip link set peer0 up; ip link set peer1 up");
	assert_int_equal(times(result.log, "had to be set down to change the MAC"), 2);
	assert_int_equal(times(result.log, "MASTER -> FAULT: heartbeat eth1 has no carrier"), 1);
	if (result.vitals.idle_wakeups > 2 || result.cpu_part > MOST_CPU)
		fail_msg("%llu idle wake-ups, %.1f %% of a CPU:\n%s",
			 (unsigned long long)result.vitals.idle_wakeups, result.cpu_part * 100,
			 result.log);
}

/* A loop that does not come back: normal priority, and it says so. */
static void test_realtime_limit(void **state)
{
	struct result result;
	struct sched_param param = {.sched_priority = 1};

	(void)state;
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param)) {
		print_message("no real-time scheduling on this host: nothing to limit\n");
		return;
	}
	param.sched_priority = 0;
	sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &param);
	shared->busy = true;
	run_agent(RUN_MS, "true", &result);
	assert_false(shared->busy);
	assert_int_equal(times(result.log, "it continues at normal priority"), 1);
	assert_int_equal(result.vitals.realtime, 0);
	assert_int_equal(result.vitals.realtime_lost, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_is_served, set_up),
		cmocka_unit_test_setup(test_nothing_serves, set_up),
		cmocka_unit_test_setup(test_carrier_and_heartbeat_gone, set_up),
		cmocka_unit_test_setup(test_foe, set_up),
		cmocka_unit_test_setup(test_realtime_limit, set_up),
	};
	int failed;

	netns_enter();
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(dir) || mount("test", dir, "tmpfs", 0, "mode=755")) {
		perror("a mount namespace of the test's own");
		return 1;
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	run("ip link set lo up && ip link add eth0 type veth peer name peer0 &&"
	    "ip link add eth1 type veth peer name peer1 && ip link set eth0 up &&"
	    "ip link set eth1 up && ip link set peer0 up && ip link set peer1 up &&"
	    "ip addr add 192.168.1.93/24 dev eth0 && ip addr add 10.51.67.13/24 dev eth1");
	failed = cmocka_run_group_tests_name("deadlines", tests, NULL, NULL);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
	return failed;
}
