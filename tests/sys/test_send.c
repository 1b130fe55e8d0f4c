/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sending, on real queues and interfaces of a network namespace that dies with this process. Root.
 * Links core/vrrp/advert and sys/net/send. Every wait has an end.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/vrrp/advert.h"
#include "sys/host/pass.h"
#include "sys/net/send.h"
#include "table.h"

#define MANY       64    /* interfaces */
#define FILLERS    60    /* packets that fill the queue */
#define ARRIVES_MS 10000 /* a wait that fails; what a full queue holds comes a minute later */
#define QUIET_MS   50    /* what does not arrive by then, does not arrive */

#define MAC_NEAR "02:00:00:00:00:01"
#define MAC_FAR  "02:00:00:00:00:02"

static const uint8_t mac_near[6] = {0x02, 0, 0, 0, 0, 1}, mac_far[6] = {0x02, 0, 0, 0, 0, 2};
static const struct vrrp_addr near4 = {{10, 99, 0, 1}}, far4 = {{10, 99, 0, 2}},
			      stranger4 = {{10, 99, 0, 77}};
static const struct vrrp_addr near6 = {{0xfe, 0x80, [15] = 1}}, far6 = {{0xfe, 0x80, [15] = 2}};

/* ---- helpers ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void run(const char *format, ...)
{
	char command[256];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static int index_of(const char *name)
{
	return (int)if_nametoindex(name);
}

/* The far end of the wire: sees every frame that arrives there, and none that leaves. */
static int listen_far(void)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(0x0003),
				      .sll_ifindex = index_of("far")};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

typedef bool (*frame_fn)(const uint8_t *frame, ssize_t length);

/* The first frame that `wanted` likes, within limit_ms: its length; 0: none came. */
static ssize_t await_frame(int fd, frame_fn wanted, int limit_ms, uint8_t *buf, size_t size)
{
	int64_t end = now_ms() + limit_ms;

	for (;;) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		ssize_t n = recv(fd, buf, size, 0);
		int64_t left = end - now_ms();

		if (n > 0 && wanted(buf, n))
			return n;
		if (n > 0)
			continue;
		if (left <= 0 || poll(&pfd, 1, (int)left) <= 0)
			return 0;
	}
}

static bool is_ip4(const uint8_t *frame, ssize_t length, uint8_t protocol)
{
	return length >= 34 && frame[12] == 0x08 && frame[13] == 0x00 && frame[23] == protocol;
}

static bool is_vrrp4(const uint8_t *frame, ssize_t length)
{
	return is_ip4(frame, length, VRRP_IPPROTO);
}

static bool is_vrrp6(const uint8_t *frame, ssize_t length)
{
	return length >= 54 && frame[12] == 0x86 && frame[13] == 0xdd && frame[20] == VRRP_IPPROTO;
}

static bool is_udp(const uint8_t *frame, ssize_t length)
{
	return is_ip4(frame, length, IPPROTO_UDP);
}

/* The last datagram that was sent says so. */
static bool is_marker(const uint8_t *frame, ssize_t length)
{
	return is_udp(frame, length) && length >= 42 + 4 && !memcmp(frame + 42, "LAST", 4);
}

static bool is_unreachable(const uint8_t *frame, ssize_t length)
{
	return is_ip4(frame, length, IPPROTO_ICMP) && frame[34] == 3 && frame[35] == 2;
}

static int encode(uint8_t family, uint8_t *buf, size_t size)
{
	struct vrrp_addr address = family == 6 ? near6 : (struct vrrp_addr){{42, 51, 67, 93}};
	struct advert_spec spec = {.family = family,
				   .version = 3,
				   .vrid = 55,
				   .priority = 100,
				   .interval_cs = 100,
				   .source = family == 6 ? near6 : near4,
				   .addresses = &address,
				   .address_count = 1};
	int length;

	memcpy(spec.source_mac, mac_near, 6);
	length = advert_encode(&spec, buf, size);
	assert_true(length > 0);
	return length;
}

static unsigned int open_descriptors(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(fds);
	while (readdir(fds))
		n++;
	closedir(fds);
	return n;
}

/* Of the test that runs: closed behind it, also when it failed, or it would take the next one's
 * protocol 112. */
static struct sender *sender;

static int begin(void **state)
{
	(void)state;
	return send_open(&sender);
}

static int end(void **state)
{
	(void)state;
	send_close(sender);
	sender = NULL;
	return 0;
}

/* ---- a wire: near -- far ---- */

static int make_wire(void **state)
{
	run("ip link add near address " MAC_NEAR " type veth peer name far address " MAC_FAR);
	run("ip link set near addrgenmode none && ip link set far addrgenmode none");
	run("ip addr add 10.99.0.1/24 dev near");
	run("ip link set near up && ip link set far up");
	run("ip addr add fe80::1/64 dev near nodad");
	run("ip neigh add 10.99.0.2 lladdr " MAC_FAR " dev near nud permanent");
	run("ip neigh add fe80::2 lladdr " MAC_FAR " dev near nud permanent");
	return begin(state);
}

static int cut_wire(void **state)
{
	run("ip link del near");
	return end(state);
}

static ssize_t send_udp(int fd, const char *first, size_t size)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	char payload[1200] = "";

	memcpy(&to.sin_addr, far4.b, 4);
	snprintf(payload, sizeof(payload), "%s", first);
	return sendto(fd, payload, size, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
}

/* The heart of it: a queue that holds everything else back does not hold an advert. */
static void test_saturated(void **state)
{
	int far = listen_far(), udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint8_t buf[2048], advert4[256], advert6[256];
	struct send_frame frames[2] = {{.ifindex = index_of("near"), .data = advert4},
				       {.ifindex = index_of("near"), .data = advert6}};

	(void)state;
	frames[0].length = (uint16_t)encode(4, advert4, sizeof(advert4));
	frames[1].length = (uint16_t)encode(6, advert6, sizeof(advert6));
	run("tc qdisc add dev near root tbf rate 8kbit burst 1500 limit 200000");
	for (int i = 0; i < FILLERS; i++)
		send_udp(udp, "filler", 1000);
	assert_true(send_udp(udp, "LAST", 100) > 0);

	assert_int_equal(send_frames(sender, frames, 2), 2);
	assert_int_equal(frames[0].error, 0);
	assert_int_equal(frames[1].error, 0);
	assert_true(await_frame(far, is_vrrp4, ARRIVES_MS, buf, sizeof(buf)) >= frames[0].length);
	assert_memory_equal(buf, advert4, frames[0].length);
	assert_int_equal(buf[15], 0xc0);
	assert_true(await_frame(far, is_vrrp6, ARRIVES_MS, buf, sizeof(buf)) >= frames[1].length);
	assert_memory_equal(buf, advert6, frames[1].length);
	/* And the queue was full indeed: it would need a minute. */
	assert_int_equal(await_frame(far, is_marker, 300, buf, sizeof(buf)), 0);

	close(udp);
	close(far);
}

static void test_failing_frames(void **state)
{
	int far = listen_far();
	uint8_t buf[2048], advert[256];
	uint16_t length = (uint16_t)encode(4, advert, sizeof(advert));
	struct send_frame frames[] = {
		{.ifindex = index_of("near"), .length = length, .data = advert, .error = 1},
		{.length = length, .data = advert, .error = 1},
		{.ifindex = 9999, .length = length, .data = advert, .error = 1},
		{.ifindex = index_of("near"), .length = 5, .data = advert, .error = 1},
		{.ifindex = index_of("near"), .length = length, .data = advert, .error = 1},
	};

	(void)state;
	run("ip link add down0 type bridge");
	frames[1].ifindex = index_of("down0");
	assert_int_equal(send_frames(sender, frames, COUNT(frames)), 2);
	assert_int_equal(frames[0].error, 0);
	assert_int_equal(frames[1].error, -ENETDOWN);
	assert_int_equal(frames[2].error, -ENXIO);
	assert_int_equal(frames[3].error, -EINVAL);
	assert_int_equal(frames[4].error, 0);
	assert_true(await_frame(far, is_vrrp4, ARRIVES_MS, buf, sizeof(buf)) >= length);
	assert_true(await_frame(far, is_vrrp4, ARRIVES_MS, buf, sizeof(buf)) >= length);

	/* All of them fail, or there are none. */
	assert_int_equal(send_frames(sender, frames + 1, 3), 0);
	assert_int_equal(send_frames(sender, frames, 0), 0);
	run("ip link del down0");
	close(far);
}

/* What a NIC without carrier swallows must not look like an advert that was sent. */
static void test_no_carrier(void **state)
{
	uint8_t advert[256];
	struct send_frame frame = {.ifindex = index_of("near"), .data = advert};

	(void)state;
	frame.length = (uint16_t)encode(4, advert, sizeof(advert));
	assert_int_equal(send_frames(sender, &frame, 1), 1);
	run("ip link set far down");
	assert_int_equal(send_frames(sender, &frame, 1), 0);
	assert_int_equal(frame.error, -ENOBUFS);
}

/* What is sent through a queue meets tc egress, in its turn, and says whether it still waits. */
static void test_through_the_queue(void **state)
{
	static const struct {
		const char *what, *before;
		int error, limit_ms;
		bool arrives, waits;
	} table[] = {
		{"nothing waits", "true", 0, ARRIVES_MS, true, false},
		{"a queue that holds it",
		 "tc qdisc add dev near root tbf rate 8kbit burst 1500 limit 200000", 0, 300, false,
		 true},
		/* None of it leaves before the last look, whatever holds this process up. */
		{"a full queue", "tc qdisc add dev near root tbf rate 80bit burst 1500 limit 2000",
		 -ENOBUFS, 300, false, true},
	};
	uint8_t buf[2048], advert[256];
	struct send_frame frame = {.data = advert, .length = (uint16_t)encode(4, advert, 256)};

	cut_wire(state);
	for (size_t i = 0; i < COUNT(table); i++) {
		int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), far;
		int64_t limit;

		make_wire(state);
		far = listen_far();
		frame.ifindex = index_of("near");
		run("%s", table[i].before);
		for (int f = 0; table[i].waits && f < 2 * FILLERS; f++)
			send_udp(udp, "filler", f < FILLERS ? 1000 : 8);
		assert_int_equal(send_frames_queued(sender, &frame, 1), table[i].error == 0);
		if (frame.error != table[i].error)
			fail_msg("%s: %d", table[i].what, frame.error);
		if ((await_frame(far, is_vrrp4, table[i].limit_ms, buf, sizeof(buf)) > 0) !=
		    table[i].arrives)
			fail_msg("%s: arrives or not", table[i].what);
		limit = now_ms() + ARRIVES_MS;
		while (!table[i].waits && send_waits(sender) && now_ms() < limit)
			;
		if (send_waits(sender) != (table[i].waits && !table[i].error))
			fail_msg("%s: waits or not", table[i].what);
		close(udp);
		close(far);
		cut_wire(state);
	}
	make_wire(state);
}

/* The rehearsal's frame begins with two addresses of zeros. */
static bool is_rehearsed_or_vrrp4(const uint8_t *frame, ssize_t length)
{
	static const uint8_t zeros[12];

	return is_vrrp4(frame, length) || (length >= 12 && !memcmp(frame, zeros, sizeof(zeros)));
}

/* Both ways are gone, and nothing leaves: the advert is the first frame on the wire. */
static void test_rehearsed(void **state)
{
	uint8_t buf[2048], advert[256];
	int ifindex = index_of("near"), far = listen_far();
	struct send_frame frame = {.ifindex = ifindex,
				   .data = advert,
				   .length = (uint16_t)encode(4, advert, sizeof(advert))};

	(void)state;
	send_rehearse(sender, ifindex, false);
	send_rehearse(sender, ifindex, true);
	assert_int_equal(send_frames(sender, &frame, 1), 1);
	assert_true(await_frame(far, is_rehearsed_or_vrrp4, ARRIVES_MS, buf, sizeof(buf)) > 0);
	assert_true(is_vrrp4(buf, frame.length));
	close(far);
}

/* More than one system call takes. */
static void test_many_frames(void **state)
{
	static struct send_frame frames[600];
	int ifindex = index_of("near"), far = listen_far();
	uint8_t buf[2048], advert[256];
	uint16_t length = (uint16_t)encode(4, advert, sizeof(advert));
	int size = 4 << 20;

	(void)state;
	assert_int_equal(setsockopt(far, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)), 0);
	for (size_t i = 0; i < COUNT(frames); i++)
		frames[i] = (struct send_frame){.ifindex = ifindex,
						.length = length,
						.data = advert,
						.error = 1};
	assert_int_equal(send_frames(sender, frames, COUNT(frames)), COUNT(frames));
	for (size_t i = 0; i < COUNT(frames); i++) {
		assert_int_equal(frames[i].error, 0);
		assert_true(await_frame(far, is_vrrp4, 1000, buf, sizeof(buf)) > 0);
	}
	close(far);
}

/* ---- unicast by the kernel ---- */

/* Count what leaves with the control priority. */
static void count_priority(const char *family)
{
	run("nft add table %s t", family);
	run("nft add chain %s t out '{ type filter hook postrouting priority 0; }'", family);
	run("nft add rule %s t out meta l4proto 112 meta priority 0:7 counter", family);
}

static void assert_counted_one(const char *family)
{
	run("nft list table %s t | grep -q 'counter packets 1 '", family);
	run("nft delete table %s t", family);
}

static void test_raw4(void **state)
{
	static const uint8_t payload[12] = {0x31, 55, 100, 1, 0, 100, 0xab, 0xcd, 42, 51, 67, 93};
	int far = listen_far();
	uint8_t buf[2048];

	(void)state;
	run("ip addr add 10.99.0.3/24 dev near");
	count_priority("ip");
	assert_int_equal(send_raw(sender, index_of("near"), 4, &(struct vrrp_addr){{10, 99, 0, 3}},
				  &far4, payload, sizeof(payload)),
			 0);
	assert_true(await_frame(far, is_vrrp4, ARRIVES_MS, buf, sizeof(buf)) >= 46);
	assert_memory_equal(buf, mac_far, 6);
	assert_int_equal(buf[15], 0xc0);
	assert_int_equal(buf[22], 255);
	assert_memory_equal(buf + 26, ((uint8_t[]){10, 99, 0, 3}), 4);
	assert_memory_equal(buf + 30, far4.b, 4);
	assert_memory_equal(buf + 34, payload, sizeof(payload));
	assert_counted_one("ip");

	/* An address that is not ours cannot be its source. */
	assert_int_equal(send_raw(sender, index_of("near"), 4, &stranger4, &far4, payload,
				  sizeof(payload)),
			 -ENETUNREACH);
	assert_int_equal(await_frame(far, is_vrrp4, QUIET_MS, buf, sizeof(buf)), 0);
	close(far);
}

static void test_raw6(void **state)
{
	static const uint8_t payload[24] = {0x31, 55, 100, 1, 0, 100, 0xab, 0xcd, 0xfe, 0x80};
	int far = listen_far();
	uint8_t buf[2048];

	(void)state;
	count_priority("ip6");
	assert_int_equal(send_raw(sender, index_of("near"), 6, &near6, &far6, payload,
				  sizeof(payload)),
			 0);
	assert_true(await_frame(far, is_vrrp6, ARRIVES_MS, buf, sizeof(buf)) >= 78);
	assert_memory_equal(buf, mac_far, 6);
	assert_int_equal((buf[14] << 4 | buf[15] >> 4) & 0xff, 0xc0);
	assert_int_equal(buf[21], 255);
	assert_memory_equal(buf + 22, near6.b, 16);
	assert_memory_equal(buf + 38, far6.b, 16);
	assert_memory_equal(buf + 54, payload, sizeof(payload));
	assert_counted_one("ip6");
	close(far);
}

/* ---- arriving adverts ---- */

/* From far to near: an advert to near's own address. */
static void inject(void)
{
	struct vrrp_addr address = {{42, 51, 67, 93}};
	struct advert_spec spec = {.family = 4,
				   .version = 3,
				   .vrid = 55,
				   .priority = 100,
				   .interval_cs = 100,
				   .source = far4,
				   .destination = near4,
				   .addresses = &address,
				   .address_count = 1};
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = index_of("far")};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), length;
	uint8_t buf[256];

	memcpy(spec.source_mac, mac_far, 6);
	memcpy(spec.destination_mac, mac_near, 6);
	length = advert_encode(&spec, buf, sizeof(buf));
	assert_int_equal(sendto(fd, buf, (size_t)length, 0, (struct sockaddr *)&to, sizeof(to)),
			 length);
	close(fd);
}

static void test_unreachable(void **state)
{
	int far = listen_far();
	uint8_t buf[2048];

	(void)state;
	run("sysctl -qw net.ipv4.icmp_ratelimit=0");
	assert_int_equal(send_join(sender, index_of("near"), 4), 0);
	for (int i = 0; i < 5; i++)
		inject();
	assert_int_equal(await_frame(far, is_unreachable, 200, buf, sizeof(buf)), 0);
	/* Nor does the taker hold anything: nobody would ever read it. */
	run("awk 'NR > 1 && $5 != \"00000000:00000000\" {exit 1}' /proc/net/raw");
	/* Without a taker the kernel answers: this is what would have been seen. */
	send_close(sender);
	sender = NULL;
	inject();
	assert_true(await_frame(far, is_unreachable, 2000, buf, sizeof(buf)) > 0);
	close(far);
}

/* ---- the group ---- */

/* How many users the group has on interfaces whose name begins so; /proc/net tells. */
static unsigned int members(uint8_t family, const char *prefix)
{
	FILE *file = fopen(family == 6 ? "/proc/net/igmp6" : "/proc/net/igmp", "re");
	char line[256], name[64] = "";
	unsigned int n = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (family == 4 && line[0] != '\t')
			sscanf(line, "%*d %63s", name);
		if (family == 6)
			sscanf(line, "%*d %63s", name);
		if (!strncmp(name, prefix, strlen(prefix)) &&
		    strstr(line, family == 6 ? "ff020000000000000000000000000012" : "120000E0"))
			n++;
	}
	fclose(file);
	return n;
}

struct row {
	const char *what;
	uint8_t family;
};

static const struct row families[] = {{"IPv4", 4}, {"IPv6", 6}};

/* Interfaces d0..d(count-1), numbered from `first` on; `ip link del group 7` takes them all away.
 * No bridges: their ends take long, one by one, and keep the lock of all NICs from other tests. */
static void make_interfaces(int count, int first)
{
	run("seq 0 %d | awk '{print \"link add d\" $1 \" index \" $1 + %d \" group 7 type veth\";"
	    "print \"link set d\" $1 \" up\"}' | ip -batch -",
	    count - 1, first);
}

static void test_join(void **state)
{
	const struct row *r = *state;

	make_interfaces(1, 7000);
	assert_int_equal(members(r->family, "d0"), 0);
	assert_int_equal(send_join(sender, index_of("d0"), r->family), 0);
	assert_int_equal(members(r->family, "d0"), 1);
	assert_int_equal(send_join(sender, index_of("d0"), r->family), 0);
	assert_int_equal(send_join(sender, index_of("d0"), r->family), 0);
	assert_int_equal(members(r->family, "d0"), 1);
	assert_int_equal(send_join(sender, 9999, r->family), -ENODEV);
	end(NULL);
	assert_int_equal(members(r->family, "d0"), 0);
	run("ip link del group 7");
}

static void test_join_many(void **state)
{
	const struct row *r = *state;

	make_interfaces(MANY, 7000);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(send_join(sender, 7000 + i, r->family), 0);
	assert_int_equal(members(r->family, "d"), MANY);
	/* All of them again, as after a reload. */
	for (int i = 0; i < MANY; i++)
		assert_int_equal(send_join(sender, 7000 + i, r->family), 0);
	assert_int_equal(members(r->family, "d"), MANY);
	end(NULL);
	assert_int_equal(members(r->family, "d"), 0);
	run("ip link del group 7");
}

/* Interfaces that go and come back, with their old numbers and with new ones, over and over. */
static void test_join_again(void **state)
{
	const struct row *r = *state;
	unsigned int descriptors = 0;

	for (int round = 0; round < 12; round++) {
		int first = round < 2 ? 7000 : 7000 + 100 * round;

		make_interfaces(18, first);
		for (int i = 0; i < 18; i++)
			assert_int_equal(send_join(sender, first + i, r->family), 0);
		assert_int_equal(members(r->family, "d"), 18);
		run("ip link del group 7");
		if (round == 3)
			descriptors = open_descriptors();
	}
	assert_int_equal(open_descriptors(), descriptors);
}

/* From one process to the next the host is a member all the time. */
static void test_passed_on(void **state)
{
	unsigned int descriptors;
	struct sender *next;

	(void)state;
	make_interfaces(1, 7000);
	assert_int_equal(send_take("one", &next), -ENOENT);
	assert_int_equal(send_join(sender, 7000, 4), 0);
	descriptors = open_descriptors();
	send_pass_on(sender, "one");
	sender = NULL;
	assert_int_equal(send_take("other", &next), -ENOENT);
	assert_int_equal(members(4, "d"), 1);
	assert_int_equal(send_take("one", &sender), 0);
	assert_int_equal(send_join(sender, 7000, 4), 0);
	assert_int_equal(open_descriptors(), descriptors + 1);
	pass_close_rest();
	for (int64_t limit = now_ms() + 10000; open_descriptors() > descriptors;)
		assert_true(now_ms() < limit);
	assert_int_equal(members(4, "d"), 1);
	end(NULL);
	assert_int_equal(members(4, "d"), 0);
	run("ip link del group 7");
}

/* ---- the list ---- */

static void test_unprivileged(void **state)
{
	unsigned int before = open_descriptors();
	struct sender *other = NULL;
	int err;

	(void)state;
	assert_int_equal(seteuid(65534), 0);
	err = send_open(&other);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(err, -EPERM);
	assert_null(other);
	assert_int_equal(open_descriptors(), before);
}

static void add_of(const char *what, const struct row *family, CMUnitTestFunction test)
{
	char name[64];

	snprintf(name, sizeof(name), "%s, %s", what, family->what);
	table_add(NULL, name, test, family);
}

int main(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		perror("a network namespace of our own");
		return 1;
	}
	table_setup = make_wire;
	table_teardown = cut_wire;
	table_add(NULL, "a saturated queue holds no advert back", test_saturated, NULL);
	table_add(NULL, "frames that fail do not stop the others", test_failing_frames, NULL);
	table_add(NULL, "without carrier nothing counts as sent", test_no_carrier, NULL);
	table_add(NULL, "through a queue", test_through_the_queue, NULL);
	table_add(NULL, "a rehearsal sends nothing", test_rehearsed, NULL);
	table_add(NULL, "600 frames at once", test_many_frames, NULL);
	table_add(NULL, "unicast by the kernel, IPv4", test_raw4, NULL);
	table_add(NULL, "unicast by the kernel, IPv6", test_raw6, NULL);
	table_add(NULL, "no \"protocol unreachable\"", test_unreachable, NULL);
	table_setup = begin;
	table_teardown = end;
	table_add(NULL, "without privilege: refused, nothing left open", test_unprivileged, NULL);
	table_add(NULL, "passed on", test_passed_on, NULL);
	for (size_t i = 0; i < COUNT(families); i++) {
		add_of("join", &families[i], test_join);
		add_of("join on 64 interfaces", &families[i], test_join_many);
		add_of("join again", &families[i], test_join_again);
	}
	return table_run("send");
}
