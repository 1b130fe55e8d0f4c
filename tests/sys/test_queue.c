// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transmit queues against the kernel, in a namespace of the test's own: how many frames waited, and
 * that emptying them changes nothing else. tc(8) and ip(8) are the other side. Needs root.
 */
#include "netns.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/net/queue.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FRAME        1400

static struct rtnl *rtnl;

static int set_up(void **state)
{
	(void)state;
	run("ip link add eth0 type veth peer name peer0");
	/* No link-local addresses, which come and change in their own time. */
	run("sysctl -qw net.ipv6.conf.default.addr_gen_mode=1");
	run("ip link set eth0 addrgenmode none && ip link set peer0 addrgenmode none");
	run("ip link set eth0 txqueuelen 700 address 00:0c:82:ad:b3:29 up");
	run("ip link set peer0 up");
	run("for i in $(seq 1000); do ip link show eth0 | grep -q 'state UP' && exit 0; "
	    "sleep 0.01; done; exit 1");
	run("ip addr add 192.0.2.5/24 dev eth0 && ip -6 addr add 2001:db8::5/64 dev eth0 nodad");
	run("ip route add 198.51.100.0/24 via 192.0.2.1");
	run("ip -6 route add 2001:db8:1::/64 via 2001:db8::1");
	return rtnl_open(&rtnl);
}

static int tear_down(void **state)
{
	(void)state;
	rtnl_close(rtnl);
	return system("for i in eth0 bond0 br0; do ip link del $i 2>/dev/null; done; true");
}

/* The socket is the caller's to close: closing waits for the kernel, and frames leave meanwhile. */
static int send_through(const char *name, unsigned int frames)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(0x88b5),
				 .sll_ifindex = (int)if_nametoindex(name),
				 .sll_halen = 6,
				 .sll_addr = {2, 0, 0, 0, 0, 9}};
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0), room = 16 << 20;
	static const char frame[FRAME];

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)), 0);
	for (unsigned int i = 0; i < frames; i++)
		assert_int_equal(sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to,
					sizeof(to)),
				 sizeof(frame));
	return fd;
}

static unsigned int number(const char *command)
{
	char *text = output(command);
	unsigned int value = (unsigned int)strtoul(text, NULL, 10);

	free(text);
	return value;
}

/* What waits in eth0's queue, as tc(8) says. */
static unsigned int waits(void)
{
	return number(
		"tc -s qdisc show dev eth0 root | sed -En 's/.*backlog [0-9]+b ([0-9]+)p.*/\\1/p'");
}

/* All that must be as it was. */
static char *everything(void)
{
	return output("ip -o link show eth0; ip -o addr show; ip route; ip -6 route; tc qdisc show "
		      "dev eth0");
}

/* Of 300 frames. An interface that is new sends some of its own (MLD, router solicitations). */
#define MOST 320

static void test_clear(void **state)
{
	/* A frame of 1400 bytes takes 112 ms at 100 kbit/s, and 0.3 ms at 40 Mbit/s. */
	static const char slow[] = "tc qdisc add dev eth0 root handle 7: tbf rate 100kbit "
				   "burst 2k limit 4m";
	static const char fast[] = "tc qdisc add dev eth0 root handle 7: tbf rate 40mbit "
				   "burst 2k limit 4m";
	static const struct {
		const char *what, *layers, *discipline, *through;
		unsigned int frames, least_dropped, most_dropped;
	} table[] = {
		{"nothing waits", "true", slow, "eth0", 0, 0, 0},
		{"no discipline that queues", "true", "true", "eth0", 20, 0, 0},
		{"a full queue is dropped", "true", slow, "eth0", 300, 290, MOST},
		{"a few frames may leave", "true", fast, "eth0", 12, 0, 0},
		{"a discipline with others within", "true",
		 "tc qdisc add dev eth0 root handle 7: htb default 1 && "
		 "tc class add dev eth0 parent 7: classid 7:1 htb rate 100kbit ceil 100kbit && "
		 "tc qdisc add dev eth0 parent 7:1 handle 8: pfifo limit 1000",
		 "eth0", 300, 290, MOST},
		{"the NIC below", "ip link add link eth0 name over0 up type macvlan", slow, "over0",
		 300, 290, MOST},
		{"the members of a bridge",
		 "ip link add br0 type bridge && ip link set eth0 master br0 && "
		 "ip link set br0 up",
		 slow, "br0", 300, 250, MOST},
		{"what lies under an interface over a bridge",
		 "ip link add br0 type bridge && ip link set eth0 master br0 && "
		 "ip link set br0 up && ip link add link br0 name over0 up type macvlan",
		 slow, "over0", 300, 250, MOST},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct queues queues = {0};
		char *before, *after;
		int64_t dropped;
		int fd;

		set_up(NULL);
		run("%s", table[i].layers);
		run("%s", table[i].discipline);
		before = everything();
		queues_add(&queues, (int)if_nametoindex(table[i].through));
		fd = send_through(table[i].through, table[i].frames);
		dropped = queues_clear(rtnl, &queues);
		close(fd);
		if (dropped < table[i].least_dropped || dropped > table[i].most_dropped)
			fail_msg("%s: dropped %lld", table[i].what, (long long)dropped);
		if (waits())
			fail_msg("%s: %u frames still wait", table[i].what, waits());
		after = everything();
		if (strcmp(before, after) != 0)
			fail_msg("%s: changed\n%sto\n%s", table[i].what, before, after);
		free(before);
		free(after);
		tear_down(NULL);
	}
}

/* What waits on an interface that nobody asked for is not touched. */
static void test_others(void **state)
{
	struct queues queues = {0};
	unsigned int before;

	(void)state;
	set_up(NULL);
	run("ip link add eth9 type veth peer name peer9 && ip link set eth9 up && "
	    "ip link set peer9 up");
	run("tc qdisc add dev eth0 root tbf rate 10kbit burst 2k limit 4m");
	close(send_through("eth0", 100));
	before = waits();
	queues_add(&queues, (int)if_nametoindex("eth9"));
	assert_int_equal(queues_clear(rtnl, &queues), 0);
	assert_in_range(before, 97, 100);
	assert_in_range(waits(), 97, 100);
	run("ip link del eth9");
	tear_down(NULL);
}

/* An interface that is gone has no queue. */
static void test_gone(void **state)
{
	struct queues queues = {0};

	(void)state;
	set_up(NULL);
	queues_add(&queues, 12345);
	queues_add(&queues, 0);
	assert_int_equal(queues.count, 1);
	assert_int_equal(queues_clear(rtnl, &queues), 0);
	tear_down(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_gone),
	};

	netns_enter();
	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
