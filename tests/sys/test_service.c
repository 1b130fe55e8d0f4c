/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a service manager is told, and when; the test is that manager. Links agent/service,
 * sys/host/supervisor and sys/host/log. Time is an argument.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/service.h"

#define EXTEND       "EXTEND_TIMEOUT_USEC=30000000"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define QUEUE_MAX    4096 /* net.unix.max_dgram_qlen is far below */

static char dir[] = "/tmp/test-service-XXXXXX";
static char path[64], abstract[64];

static struct monotime at_ms(int64_t ms)
{
	return monotime_from_ns((uint64_t)ms * 1000000);
}

static int listen_at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	unlink(name);
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
	return fd;
}

/* The next word, or "". */
static const char *heard(int fd)
{
	static char text[256];
	ssize_t length = recv(fd, text, sizeof(text) - 1, 0);

	text[length > 0 ? length : 0] = '\0';
	return text;
}

static void environment(const char *socket, const char *usec, const char *pid)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (socket)
		setenv("NOTIFY_SOCKET", socket, 1);
	if (usec)
		setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
}

static void test_addresses(void **state)
{
	const char *const names[] = {path, abstract};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		int fd = listen_at(names[i]);
		struct service service;

		environment(names[i], NULL, NULL);
		service_open(&service);
		service_ready(&service, at_ms(0));
		assert_string_equal(heard(fd), "READY=1");
		assert_true(monotime_is_never(service_deadline(&service)));
		assert_true(service_status(&service, "web: master with the lease"));
		assert_string_equal(heard(fd), "STATUS=web: master with the lease");
		service_reloading(&service, at_ms(1234));
		assert_string_equal(heard(fd), "RELOADING=1\nMONOTONIC_USEC=1234000");
		service_stopping(&service, at_ms(0));
		assert_string_equal(heard(fd), "STOPPING=1\n" EXTEND);
		assert_string_equal(heard(fd), "");
		service_close(&service);
		close(fd);
	}
}

/* Nobody to tell is no error, and no reason to wake up. */
static void test_nobody(void **state)
{
	static char long_name[256];
	const char *const names[] = {NULL,     "", "/", "@", "relative", "/nonexistent/socket",
				     long_name};

	(void)state;
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[0] = '/';
	for (size_t i = 0; i < COUNT(names); i++) {
		struct service service;

		environment(names[i], "1000000", NULL);
		service_open(&service);
		service_ready(&service, at_ms(0));
		service_tick(&service, at_ms(5000));
		assert_true(monotime_is_never(service_deadline(&service)));
		service_stopping(&service, at_ms(6000));
		assert_true(monotime_is_never(service_deadline(&service)));
		service_close(&service);
	}
}

static void test_watchdog_values(void **state)
{
	char own[16], other[16];
	const struct {
		const char *usec, *pid;
		int64_t ns;
	} rows[] = {
		{"10000000", NULL, 10000000000},
		{"10000000", own, 10000000000},
		{"10000000", other, 0},
		{"1", NULL, 1000},
		{NULL, own, 0},
		{"0", NULL, 0},
		{"-5", NULL, 0},
		{"", NULL, 0},
		{"10s", NULL, 0},
		{"99999999999999999999", NULL, 0},
		{"9223372036854775807", NULL, 0},
	};
	int fd = listen_at(path);

	(void)state;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	snprintf(other, sizeof(other), "%d", (int)getpid() + 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct service service;

		environment(path, rows[i].usec, rows[i].pid);
		service_open(&service);
		assert_int_equal(service.supervisor.watchdog_ns, rows[i].ns);
		service_close(&service);
	}
	close(fd);
}

/* By a timer at half of the limit, and in passing from a quarter on. */
static void test_feeding(void **state)
{
	int fd = listen_at(path);
	struct service service;

	(void)state;
	environment(path, "1000000", NULL);
	service_open(&service);
	service_ready(&service, at_ms(1000));
	assert_string_equal(heard(fd), "READY=1");
	assert_int_equal(service_deadline(&service).ns, at_ms(1500).ns);
	service_tick(&service, at_ms(1249));
	assert_string_equal(heard(fd), "");
	service_tick(&service, at_ms(1250));
	assert_string_equal(heard(fd), "WATCHDOG=1");
	assert_int_equal(service_deadline(&service).ns, at_ms(1750).ns);
	service_tick(&service, at_ms(1750));
	assert_string_equal(heard(fd), "WATCHDOG=1");
	assert_int_equal(service_deadline(&service).ns, at_ms(2250).ns);
	service_close(&service);
	close(fd);
}

/* A manager that does not read is waited for by nobody, and hears READY when it does. */
static void test_full_queue(void **state)
{
	int fd = listen_at(path), queued = 0;
	struct service service;

	(void)state;
	environment(path, "1000000", NULL);
	service_open(&service);
	while (supervisor_say(&service.supervisor, "NOISE=1") == 0)
		assert_true(queued++ < QUEUE_MAX);
	assert_int_equal(supervisor_say(&service.supervisor, "NOISE=1"), -EAGAIN);
	service_ready(&service, at_ms(0));
	assert_int_equal(service_deadline(&service).ns, at_ms(100).ns);
	service_tick(&service, at_ms(100));
	assert_int_equal(service_deadline(&service).ns, at_ms(200).ns);
	for (int i = 0; i < queued; i++)
		assert_string_equal(heard(fd), "NOISE=1");
	service_tick(&service, at_ms(200));
	assert_string_equal(heard(fd), "READY=1");

	/* The same for the watchdog: never in the past, which would be a loop without a rest. */
	while (supervisor_say(&service.supervisor, "NOISE=1") == 0)
		;
	service_tick(&service, at_ms(700));
	assert_int_equal(service_deadline(&service).ns, at_ms(800).ns);
	while (heard(fd)[0])
		;
	service_tick(&service, at_ms(800));
	assert_string_equal(heard(fd), "WATCHDOG=1");
	service_close(&service);
	close(fd);
}

/* A stop whose hooks take their time asks for more of it, well before what it has is over. */
static void test_long_stop(void **state)
{
	int fd = listen_at(path), queued = 0;
	struct service service;

	(void)state;
	environment(path, NULL, NULL);
	service_open(&service);
	service_ready(&service, at_ms(0));
	assert_true(monotime_is_never(service_deadline(&service)));
	service_stopping(&service, at_ms(1000));
	assert_string_equal(heard(fd), "READY=1");
	assert_string_equal(heard(fd), "STOPPING=1\n" EXTEND);
	for (int at = 11000; at <= 3600000; at += 10000) {
		assert_int_equal(service_deadline(&service).ns, at_ms(at).ns);
		service_tick(&service, at_ms(at - 1));
		assert_string_equal(heard(fd), "");
		service_tick(&service, at_ms(at));
		assert_string_equal(heard(fd), EXTEND);
	}
	while (supervisor_say(&service.supervisor, "NOISE=1") == 0)
		assert_true(queued++ < QUEUE_MAX);
	service_tick(&service, at_ms(3700000));
	assert_int_equal(service_deadline(&service).ns, at_ms(3700100).ns);
	while (heard(fd)[0])
		;
	service_tick(&service, at_ms(3700100));
	assert_string_equal(heard(fd), EXTEND);
	service_close(&service);
	close(fd);
}

static int make_names(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/notify", dir);
	snprintf(abstract, sizeof(abstract), "@test-service-%d", (int)getpid());
	return 0;
}

static int remove_names(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),       cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_watchdog_values), cmocka_unit_test(test_feeding),
		cmocka_unit_test(test_full_queue),      cmocka_unit_test(test_long_stop),
	};

	return cmocka_run_group_tests_name("service", tests, make_names, remove_names);
}
