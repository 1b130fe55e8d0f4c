/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log lines to standard error, one write each, or to the journal where that is where standard error
 * goes. Depends on sys/host/journal alone. Never blocks on a pipe or socket whose reader is stuck,
 * never allocates, never changes errno or a signal's disposition.
 */
#include "sys/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* Well below PIPE_BUF, so that a line is written whole or not at all. */
#define LOG_LINE 1024

enum log_sink { SINK_PLAIN, SINK_PIPE, SINK_SOCKET };

/* The one state of this file: where lines go. Usable, in a plain form, before log_open(). */
static struct {
	int level;
	int fd;
	enum log_sink sink;
	bool is_journal;
	int journal; /* -1: none, or not within reach */
	unsigned long lost;
} out = {.level = LOG_INFO, .fd = STDERR_FILENO, .journal = -1};

/* systemd sets JOURNAL_STREAM to "device:inode" of the stream that it gave us; a stderr redirected
 * since then is not that stream. */
static bool is_journal(const struct stat *st)
{
	const char *text = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;

	return text && sscanf(text, "%llu:%llu", &device, &inode) == 2 && device == st->st_dev &&
	       inode == st->st_ino;
}

void log_open(int level, const char *journal)
{
	struct stat st;
	int fd;

	out.level = level;
	if (fstat(STDERR_FILENO, &st) < 0)
		return;
	/* Standard error may be another file than at the last call. */
	if (out.fd != STDERR_FILENO)
		close(out.fd);
	out.fd = STDERR_FILENO;
	out.is_journal = is_journal(&st);
	if (out.is_journal && out.journal < 0)
		out.journal = journal_open(journal);
	if (S_ISSOCK(st.st_mode)) {
		out.sink = SINK_SOCKET;
	} else if (S_ISFIFO(st.st_mode)) {
		out.sink = SINK_PIPE;
		/* O_NONBLOCK belongs to the open file, which we share with whoever started us: only
		 * a file opened anew may carry it. */
		fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0)
			out.fd = fd;
	} else {
		out.sink = SINK_PLAIN;
	}
}

/* A pipe without a reader raises SIGPIPE, and write(2) has no MSG_NOSIGNAL: hold it back, and
 * take it off again if it was this write that raised it. */
static ssize_t write_pipe(const char *line, size_t length)
{
	const struct timespec none = {0};
	struct pollfd pfd = {.fd = out.fd, .events = POLLOUT};
	sigset_t pipe_set, old, pending;
	ssize_t n;

	/* Says that a whole page is free: what keeps a blocking descriptor from blocking, where
	 * the reopening failed. */
	if (poll(&pfd, 1, 0) <= 0)
		return -1;
	sigpending(&pending);
	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &pipe_set, &old);
	n = write(out.fd, line, length);
	if (n < 0 && errno == EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe_set, NULL, &none);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return n;
}

static bool write_line(const char *line, size_t length)
{
	ssize_t n = -1;

	switch (out.sink) {
	case SINK_PLAIN:
		n = write(out.fd, line, length);
		break;
	case SINK_PIPE:
		n = write_pipe(line, length);
		break;
	case SINK_SOCKET:
		n = send(out.fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		break;
	}
	return n == (ssize_t)length;
}

static size_t prefix(char line[LOG_LINE], int level)
{
	int n = out.is_journal ? snprintf(line, LOG_LINE, "<%d>", level)
			       : snprintf(line, LOG_LINE, "vrrp-xdp: ");

	return (size_t)n;
}

static bool say_lost(void)
{
	char line[LOG_LINE];
	size_t length = prefix(line, LOG_WARNING);

	length +=
		(size_t)snprintf(line + length, sizeof(line) - length,
				 "%lu log lines were lost: their reader was too slow\n", out.lost);
	return write_line(line, length);
}

/* Lines that it does not take go to standard error, which has more room. */
static bool to_journal(int level, const struct journal_field *fields, unsigned int count,
		       const char *message)
{
	return out.journal >= 0 && out.lost == 0 &&
	       journal_send(out.journal, level, fields, count, message);
}

static void log_line(int level, const struct journal_field *fields, unsigned int count,
		     const char *format, va_list args)
{
	char line[LOG_LINE];
	int saved = errno;
	size_t start, length;
	int n;

	if (level > out.level)
		return;
	start = prefix(line, level);
	/* One byte less: the newline. */
	n = vsnprintf(line + start, sizeof(line) - start - 1, format, args);
	if (n < 0)
		n = 0;
	length = start + (size_t)n;
	if (length > sizeof(line) - 2)
		length = sizeof(line) - 2;
	/* A line stays one line, whatever a name or a peer put into it. */
	for (size_t i = start; i < length; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	}
	line[length] = '\0';
	if (!to_journal(level, fields, count, line + start)) {
		line[length++] = '\n';
		if (out.lost > 0 && say_lost())
			out.lost = 0;
		if (out.lost > 0 || !write_line(line, length))
			out.lost++;
	}
	errno = saved;
}

void log_fields(int level, const struct journal_field *fields, unsigned int count,
		const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(level, fields, count, format, args);
	va_end(args);
}

#define LOG_FUNCTION(name, level)                       \
	void name(const char *format, ...)              \
	{                                               \
		va_list args;                           \
                                                        \
		va_start(args, format);                 \
		log_line(level, NULL, 0, format, args); \
		va_end(args);                           \
	}

LOG_FUNCTION(log_err, LOG_ERR)
LOG_FUNCTION(log_warn, LOG_WARNING)
LOG_FUNCTION(log_info, LOG_INFO)
LOG_FUNCTION(log_debug, LOG_DEBUG)
