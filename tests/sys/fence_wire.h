/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host with a fence, a client, and the wire between them: two network namespaces that go with the
 * process. For test_fence.c.
 */
#ifndef TESTS_FENCE_WIRE_H
#define TESTS_FENCE_WIRE_H

#include "netns.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys/bpf/bpffs.h"
#include "sys/bpf/fence.h"
#include "sys/bpf/fence_watch.h"
#include "table.h"

#define SLOT       7
#define PORT       5000
#define VIP4       "192.0.2.93"
#define STANDBY4   "192.0.2.1"
#define CLIENT4    "192.0.2.2"
#define VIP6       "2001:db8::93"
#define STANDBY6   "2001:db8::1"
#define MAC_NEAR   "02:00:00:00:00:01"
#define MAC_SHARED "00:9f:a4:4c:3b:37"
#define LIMIT_NS   10000000000LL

static char mounted[] = "/tmp/test-fence-XXXXXX", dir[64];
static pid_t client; /* holds the client's namespace */
static int host_ns, client_ns;
static struct fence *fence;
static const struct adopted nobody; /* none of an older agent's slots goes on */

/* ---- helpers -----------------------------------------------------------------------------------
 */

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int near(void)
{
	return (int)if_nametoindex("near");
}

/* A process in the client's namespace; it waits there until it is killed. */
static int make_client(void)
{
	int ready[2];
	char byte, path[64];

	if (pipe2(ready, O_CLOEXEC))
		return -1;
	client = fork();
	if (client == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (client < 0 || read(ready[0], &byte, 1) != 1)
		return -1;
	close(ready[0]);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)client);
	client_ns = open(path, O_RDONLY | O_CLOEXEC);
	host_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return client_ns < 0 || host_ns < 0 ? -1 : 0;
}

static int client_socket(int family, int type, int protocol)
{
	int fd;

	assert_int_equal(setns(client_ns, CLONE_NEWNET), 0);
	fd = socket(family, type | SOCK_CLOEXEC, protocol);
	assert_int_equal(setns(host_ns, CLONE_NEWNET), 0);
	assert_true(fd >= 0);
	return fd;
}

static void on_client(const char *command)
{
	run("nsenter -t %d -n sh -ec '%s'", (int)client, command);
}

/* Its neighbours forgotten, unless they are known for good. */
static bool ping(const char *address)
{
	char command[160];

	on_client("ip neigh flush dev far");
	snprintf(command, sizeof(command), "nsenter -t %d -n ping -q -n -c 1 -W 0.4 %s >/dev/null",
		 (int)client, address);
	return system(command) == 0;
}

static void make_wire(void)
{
	run("ip link add near address " MAC_NEAR " type veth peer name far netns %d &&"
	    "sysctl -qw net.ipv6.conf.near.accept_dad=0 &&"
	    "ip addr add " STANDBY4 "/24 dev near && ip addr add " VIP4 "/24 dev near &&"
	    "ip addr add " STANDBY6 "/64 dev near nodad && ip addr add " VIP6
	    "/64 dev near nodad && ip link set near up",
	    (int)client);
	on_client(
		"sysctl -qw net.ipv6.conf.far.accept_dad=0; ip addr add " CLIENT4 "/24 dev far;"
		"ip addr add 2001:db8::2/64 dev far nodad; ip link set far up; ip link set lo up");
}

static void know_neighbours(const char *mac)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "for a in " VIP4 " " STANDBY4 " " VIP6 "; do"
		 " ip neigh replace $a lladdr %s dev far nud permanent; done",
		 mac);
	on_client(command);
}

static void set_lease(uint64_t until_ns)
{
	struct vrrp_lease lease = {.until_ns = until_ns};
	char path[128];
	uint32_t slot = SLOT;
	int fd;

	snprintf(path, sizeof(path), "%s/leases", dir);
	fd = bpf_obj_get(path);
	assert_true(fd >= 0);
	assert_int_equal(bpf_map_update_elem(fd, &slot, &lease, BPF_ANY), 0);
	close(fd);
}

static uint64_t fenced(int side, int kind)
{
	struct vrrp_fenced counters;

	assert_int_equal(fence_counters(dir, SLOT, 1, &counters), 0);
	return counters.frames[side][kind];
}

static void guard(const char *text)
{
	uint8_t family = strchr(text, ':') ? 6 : 4;
	struct vrrp_guarded_key key;
	struct vrrp_addr addr = {0};

	inet_pton(family == 6 ? AF_INET6 : AF_INET, text, addr.b);
	key = fence_key_address(near(), family, &addr);
	assert_int_equal(fence_guard(fence, &key, SLOT, 0, 0), 0);
}

static void guard_vips(void)
{
	guard(VIP4);
	guard(VIP6);
}

static void guard_mac(void)
{
	static const uint8_t mac[6] = {0x00, 0x9f, 0xa4, 0x4c, 0x3b, 0x37};
	struct vrrp_guarded_key key = fence_key_mac(near(), mac);

	assert_int_equal(fence_guard(fence, &key, SLOT, 0, 0), 0);
}

static enum fence_hook query(void)
{
	enum fence_hook hook = FENCE_NONE;

	assert_int_equal(fence_query(dir, near(), &hook), 0);
	return hook;
}

static char *filters(void)
{
	return output("tc qdisc show dev near clsact 2>&1; tc filter show dev near ingress;"
		      "tc filter show dev near egress; nft list ruleset | sed 's/packets.*//'");
}

/* What hangs there is the one and nothing of the other. */
static int attach(enum fence_hook want)
{
	enum fence_hook hook = FENCE_NONE;
	int err = fence_attach(fence, near(), "near", want, &hook);
	char *text;

	if (err)
		return err;
	assert_int_equal(hook, want == FENCE_NONE ? hook : want);
	assert_int_equal(query(), hook);
	text = filters();
	assert_int_equal(strstr(text, "vrrp_fence") != NULL, hook == FENCE_CLSACT);
	free(text);
	return 0;
}

/* As a row of a test has it: the hook, attached, with the VIPs guarded and no lease. */
static enum fence_hook begin(void **state)
{
	enum fence_hook hook = *(const enum fence_hook *)*state;

	guard_vips();
	assert_int_equal(attach(hook), 0);
	return hook;
}

/* Pins that name an interface. */
static int pins(void)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int count = 0;

	assert_non_null(d);
	while ((entry = readdir(d)))
		count += strncmp(entry->d_name, "fence_", 6) == 0;
	closedir(d);
	return count;
}

static int host_socket(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	return fd;
}

static void send_udp(int fd, const char *address, const char *text)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	inet_pton(AF_INET, address, &to.sin_addr);
	assert_int_equal(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof(to)),
			 strlen(text));
}

/* The first datagram that comes, into text; the last one sent always comes. */
static void receive(int fd, char *text, size_t size)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t length;

	assert_int_equal(poll(&pfd, 1, 5000), 1);
	length = recv(fd, text, size - 1, 0);
	assert_true(length >= 0);
	text[length] = '\0';
}

#endif
