/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log lines, as the reader of standard error sees them, and the journal. Links sys/host/log and
 * sys/host/journal alone. A writer is a process
 * of its own with a time limit: a log that blocks fails the test instead of hanging it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "sys/host/log.h"
#include "table.h"

#define LIMIT_SECONDS 10
#define FLOOD         5000 /* lines of 100 bytes: more than a pipe or a socket holds */
#define NOWHERE       "/nonexistent/journal"

enum sink { SINK_FILE, SINK_PIPE, SINK_SOCKET };

static const char *const sink_names[] = {"file", "pipe", "socket"};

/* fds[0] to read what is written to fds[1]. */
static void open_sink(enum sink sink, int fds[2])
{
	char path[] = "/tmp/test-log-XXXXXX";

	switch (sink) {
	case SINK_FILE:
		fds[1] = mkstemp(path);
		assert_true(fds[1] >= 0);
		fds[0] = open(path, O_RDONLY | O_CLOEXEC);
		unlink(path);
		break;
	case SINK_PIPE:
		assert_int_equal(pipe(fds), 0);
		break;
	case SINK_SOCKET:
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		break;
	}
	assert_true(fds[0] >= 0);
}

typedef void (*writer_fn)(void);

/* A process whose standard error is fds[1]. */
static pid_t begin_writer(const int fds[2], bool journal, writer_fn fn)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		char text[64];
		struct stat st;

		alarm(LIMIT_SECONDS);
		dup2(fds[1], STDERR_FILENO);
		fstat(STDERR_FILENO, &st);
		snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev,
			 (unsigned long long)st.st_ino + !journal);
		setenv("JOURNAL_STREAM", text, 1);
		fn();
		_exit(0);
	}
	return pid;
}

static void end_writer(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("the writer was ended by signal %d", WTERMSIG(status));
	assert_int_equal(status, 0);
}

/* All of it, until the last writer is gone. */
static size_t read_all(int fd, char *buf, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while (n < size - 1 && (got = read(fd, buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	buf[n] = '\0';
	return n;
}

/* ---- text ---- */

static void write_levels(void)
{
	log_open(LOG_INFO, NOWHERE);
	log_err("an %s", "error");
	log_warn("a warning");
	log_info("news");
	log_debug("too much");
}

static void write_quiet(void)
{
	log_open(LOG_ERR, NOWHERE);
	log_err("an error");
	log_warn("a warning");
}

static void write_odd(void)
{
	log_open(LOG_INFO, NOWHERE);
	log_info("two\nlines\r\x1b[31m\x7f, caf\xc3\xa9");
	log_info("%s", "");
	errno = EXDEV;
	log_info("errno %s", errno == EXDEV ? "there" : "gone");
	log_info("errno %s", errno == EXDEV ? "kept" : "gone");
}

static void write_unopened(void)
{
	log_info("before log_open()");
}

struct row {
	const char *what;
	bool journal;
	writer_fn fn;
	const char *out;
};

static const struct row rows[] = {
	{"levels", false, write_levels,
	 "vrrp-xdp: an error\nvrrp-xdp: a warning\nvrrp-xdp: news\n"},
	{"levels for the journal", true, write_levels, "<3>an error\n<4>a warning\n<6>news\n"},
	{"errors only", false, write_quiet, "vrrp-xdp: an error\n"},
	{"control characters, and errno", false, write_odd,
	 "vrrp-xdp: two?lines??[31m?, caf\xc3\xa9\nvrrp-xdp: \nvrrp-xdp: errno there\n"
	 "vrrp-xdp: errno kept\n"},
	{"before log_open()", false, write_unopened, "vrrp-xdp: before log_open()\n"},
};

static void test_row(void **state)
{
	const struct row *r = *state;

	for (enum sink sink = SINK_FILE; sink <= SINK_SOCKET; sink++) {
		char buf[4096];
		int fds[2];
		pid_t pid;

		open_sink(sink, fds);
		pid = begin_writer(fds, r->journal, r->fn);
		close(fds[1]);
		end_writer(pid);
		read_all(fds[0], buf, sizeof(buf));
		assert_string_equal(buf, r->out);
		close(fds[0]);
	}
}

static void write_long(void)
{
	char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_open(LOG_INFO, NOWHERE);
	log_info("%s", text);
	log_info("next");
}

static void test_long(void **state)
{
	char buf[4096];
	size_t n;
	int fds[2];

	(void)state;
	open_sink(SINK_PIPE, fds);
	end_writer(begin_writer(fds, false, write_long));
	close(fds[1]);
	n = read_all(fds[0], buf, sizeof(buf));
	assert_in_range(n, 500, 1100);
	assert_string_equal(buf + n - strlen("x\nvrrp-xdp: next\n"), "x\nvrrp-xdp: next\n");
	close(fds[0]);
}

/* ---- readers that do not read ---- */

static int resume_fd;

static void write_flood(void)
{
	char go;

	log_open(LOG_INFO, NOWHERE);
	for (int i = 0; i < FLOOD; i++)
		log_info("%090d", i);
	/* The reader takes what there is, then one more line goes out. */
	close(STDOUT_FILENO);
	if (read(resume_fd, &go, 1) == 1)
		log_info("the last one");
}

static void test_stuck(void **state)
{
	static char buf[FLOOD * 110];
	const enum sink sink = (enum sink)(uintptr_t)*state;
	int fds[2], resume[2], flags;
	unsigned long lost = 0;
	unsigned int lines = 0;
	const char *said;
	size_t n;
	pid_t pid;

	open_sink(sink, fds);
	assert_int_equal(pipe(resume), 0);
	resume_fd = resume[0];
	pid = begin_writer(fds, false, write_flood);
	/* Ours is the same open file as the child's first one: it must have stayed as it was. */
	flags = fcntl(fds[1], F_GETFL);
	assert_false(flags & O_NONBLOCK);
	close(fds[1]);
	/* Nobody reads until the child has come through: it can, for it drops. */
	for (int i = 0; i < LIMIT_SECONDS * 100; i++) {
		char path[64], text[8] = "";

		snprintf(path, sizeof(path), "/proc/%d/fd/1", pid);
		if (readlink(path, text, sizeof(text)) < 0)
			break;
		usleep(10000);
	}
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	n = read_all(fds[0], buf, sizeof(buf));
	assert_int_equal(fcntl(fds[0], F_SETFL, 0), 0);
	assert_int_equal(write(resume[1], "g", 1), 1);
	end_writer(pid);
	read_all(fds[0], buf + n, sizeof(buf) - n);

	said = strstr(buf, " log lines were lost");
	assert_non_null(said);
	while (said > buf && said[-1] != ' ')
		said--;
	lost = strtoul(said, NULL, 10);
	for (const char *p = buf; (p = strstr(p, "vrrp-xdp: 0")); p++)
		lines++;
	assert_int_equal(lost + lines, FLOOD);
	assert_true(lost > 0 && lines > 0);
	assert_non_null(strstr(said, "vrrp-xdp: the last one\n"));
	/* No line was cut: all are as long as the first one, but for the two at the end. */
	assert_int_equal((size_t)(said - buf) - strlen("vrrp-xdp: "),
			 lines * strlen("vrrp-xdp: ") + lines * 91);
	close(fds[0]);
	close(resume[0]);
	close(resume[1]);
}

static void write_to_nobody(void)
{
	log_open(LOG_INFO, NOWHERE);
	errno = EXDEV;
	log_info("into the void");
	log_info("again");
	if (errno != EXDEV)
		_exit(1);
}

static void test_gone(void **state)
{
	const enum sink sink = (enum sink)(uintptr_t)*state;
	int fds[2];

	open_sink(sink, fds);
	close(fds[0]);
	/* Not killed by SIGPIPE. */
	end_writer(begin_writer(fds, false, write_to_nobody));
	close(fds[1]);
}

/* ---- the journal ---- */

#define JOURNAL_LINES 1000 /* more than its socket holds */

static char journal_path[64];

static int open_journal(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(journal_path, sizeof(journal_path), "/tmp/test-log-journal-%d", getpid());
	memcpy(at.sun_path, journal_path, sizeof(journal_path));
	unlink(journal_path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* The next record, or "" where there is none. */
static const char *next_record(int fd)
{
	static char record[4096];
	ssize_t n = recv(fd, record, sizeof(record) - 1, MSG_DONTWAIT);

	record[n < 0 ? 0 : n] = '\0';
	return record;
}

static void write_fields(void)
{
	static const struct journal_field fields[] = {
		{"VRRP_XDP_ROUTER", "web"},
		{"VRRP_XDP_CAUSE", "line\nMESSAGE=forged"},
	};
	char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_open(LOG_INFO, journal_path);
	errno = EXDEV;
	log_fields(LOG_WARNING, fields, COUNT(fields), "%s: %s", "web", "a change");
	log_info("plain\nMESSAGE=forged");
	log_debug("too much");
	log_fields(LOG_INFO, &(struct journal_field){"VRRP_XDP_CAUSE", text}, 1, "no room for it");
	if (errno != EXDEV)
		_exit(1);
}

/* What fn told the journal is to be read from the descriptor, what it wrote to standard error is in
 * buf. is_journal: JOURNAL_STREAM names that. */
static int tell(bool is_journal, writer_fn fn, char *buf, size_t size)
{
	const int room = 8 << 20; /* as systemd gives its services' standard error */
	int journal = open_journal(), fds[2];

	open_sink(SINK_SOCKET, fds);
	assert_int_equal(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)), 0);
	end_writer(begin_writer(fds, is_journal, fn));
	close(fds[1]);
	read_all(fds[0], buf, size);
	close(fds[0]);
	unlink(journal_path);
	return journal;
}

static void test_journal(void **state)
{
	char buf[4096];
	int journal = tell(true, write_fields, buf, sizeof(buf));

	(void)state;
	assert_string_equal(next_record(journal),
			    "PRIORITY=4\nSYSLOG_IDENTIFIER=vrrp-xdp\nVRRP_XDP_ROUTER=web\n"
			    "VRRP_XDP_CAUSE=line?MESSAGE=forged\nMESSAGE=web: a change\n");
	assert_string_equal(next_record(journal), "PRIORITY=6\nSYSLOG_IDENTIFIER=vrrp-xdp\n"
						  "MESSAGE=plain?MESSAGE=forged\n");
	assert_string_equal(next_record(journal), "");
	assert_string_equal(buf, "<6>no room for it\n");
	close(journal);
}

/* Standard error is not what JOURNAL_STREAM names: nothing goes to the journal. */
static void test_not_the_journal(void **state)
{
	char buf[4096];
	int journal = tell(false, write_fields, buf, sizeof(buf));

	(void)state;
	assert_string_equal(next_record(journal), "");
	assert_string_equal(buf, "vrrp-xdp: web: a change\nvrrp-xdp: plain?MESSAGE=forged\n"
				 "vrrp-xdp: no room for it\n");
	close(journal);
}

static void write_many(void)
{
	log_open(LOG_INFO, journal_path);
	for (int i = 0; i < JOURNAL_LINES; i++)
		log_info("%04d", i);
}

/* It does not read: what it has no room for goes to standard error, and no line is lost. */
static void test_journal_full(void **state)
{
	static char buf[JOURNAL_LINES * 10];
	int journal = tell(true, write_many, buf, sizeof(buf));
	unsigned int kept = 0, told = 0;

	(void)state;
	while (*next_record(journal))
		kept++;
	for (const char *p = buf; (p = strstr(p, "<6>")); p++)
		told++;
	assert_true(kept > 0 && told > 0);
	assert_int_equal(kept + told, JOURNAL_LINES);
	close(journal);
}

/* ---- the list ---- */

int main(void)
{
	table_rows("line", rows, what, test_row);
	table_add("line", "longer than a line may be", test_long, NULL);
	for (uintptr_t sink = SINK_PIPE; sink <= SINK_SOCKET; sink++) {
		table_add("a reader that does not read", sink_names[sink], test_stuck,
			  (void *)sink);
		table_add("a reader that is gone", sink_names[sink], test_gone, (void *)sink);
	}
	table_add("journal", "fields", test_journal, NULL);
	table_add("journal", "standard error goes elsewhere", test_not_the_journal, NULL);
	table_add("journal", "has no room", test_journal_full, NULL);
	return table_run("log");
}
