// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fence on a wire: a host and a client in network namespaces that go with the process, veth
 * between them, and the host answers by the kernel alone, as one whose agent is dead does. Each
 * test with both hooks. Needs root. Links sys/bpf/fence, its load and hook, sys/bpf/bpffs and
 * sys/host/log.
 */
#include "fence_wire.h"

#include "guards.h"

/* ---- tests -------------------------------------------------------------------------------------
 */

struct reach_row {
	const char *desc, *address;
	bool lease, known,
		shared_mac; /* the client knows the MAC; the NIC carries the guarded one */
	bool answers;
	int side, kind; /* what is counted where nothing answers */
};

static const struct reach_row reach_rows[] = {
	{"IPv4 with a lease", VIP4, .lease = true, .answers = true},
	{"IPv4 without: no ARP", VIP4, .kind = VRRP_FENCED_ARP},
	{"IPv4 without, MAC known", VIP4, .known = true, .kind = VRRP_FENCED_IP},
	{"IPv6 with a lease", VIP6, .lease = true, .answers = true},
	{"IPv6 without: no ND", VIP6, .kind = VRRP_FENCED_ND},
	{"IPv6 without, MAC known", VIP6, .known = true, .kind = VRRP_FENCED_IP},
	{"standby IPv4 without", STANDBY4, .answers = true},
	{"standby IPv6 without", STANDBY6, .answers = true},
	{"standby IPv4, guarded MAC, with a lease", STANDBY4, .lease = true, .shared_mac = true,
	 .answers = true},
	{"standby IPv4, guarded MAC, without", STANDBY4, .shared_mac = true, .side = VRRP_FENCE_OUT,
	 .kind = VRRP_FENCED_MAC},
	{"standby IPv4, guarded MAC known, without", STANDBY4, .shared_mac = true, .known = true,
	 .kind = VRRP_FENCED_MAC},
};

static void test_reach(void **state)
{
	begin(state);
	guard_mac();
	for (size_t i = 0; i < COUNT(reach_rows); i++) {
		const struct reach_row *row = &reach_rows[i];
		uint64_t before = fenced(row->side, row->kind);

		run("ip link set near address %s", row->shared_mac ? MAC_SHARED : MAC_NEAR);
		set_lease(row->lease ? UINT64_MAX : 0);
		if (row->known)
			know_neighbours(row->shared_mac ? MAC_SHARED : MAC_NEAR);
		else
			on_client("ip neigh flush dev far nud permanent");
		if (ping(row->address) != row->answers)
			fail_msg("%s", row->desc);
		if (!row->answers && fenced(row->side, row->kind) == before)
			fail_msg("%s: not counted", row->desc);
	}
}

/* The program judges what is rehearsed, which never is on the wire. */
static void test_rehearsed(void **state)
{
	static const struct {
		const char *desc;
		uint8_t sender[4];
		uint64_t counted;
	} rows[] = {
		{"a claim of nobody's address", {0}, 0},
		{"a claim without a lease", {192, 0, 2, 93}, 1},
	};
	uint8_t arp[42] = {[12] = 0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1};

	begin(state);
	set_lease(0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t before = fenced(VRRP_FENCE_OUT, VRRP_FENCED_ARP);

		memcpy(arp + 28, rows[i].sender, 4);
		fence_rehearse(fence, near(), arp, sizeof(arp));
		if (fenced(VRRP_FENCE_OUT, VRRP_FENCED_ARP) - before != rows[i].counted)
			fail_msg("%s", rows[i].desc);
	}
}

/* No process has a hand in it. */
static void test_lease_ends(void **state)
{
	int64_t until, asked;

	begin(state);
	know_neighbours(MAC_NEAR);
	until = now_ns() + 400000000;
	set_lease((uint64_t)until);
	assert_true(ping(VIP4));
	do {
		asked = now_ns();
		assert_true(asked < until + LIMIT_NS);
	} while (ping(VIP4));
	assert_true(now_ns() >= until);
	assert_false(ping(VIP4));
	set_lease(UINT64_MAX);
	assert_true(ping(VIP4));
}

static void test_udp(void **state)
{
	int server = host_socket(), fd = client_socket(AF_INET, SOCK_DGRAM, 0);
	char text[32];

	begin(state);
	know_neighbours(MAC_NEAR);
	for (int i = 0; i < 50; i++)
		send_udp(fd, VIP4, "fenced");
	send_udp(fd, STANDBY4, "last");
	receive(server, text, sizeof(text));
	assert_string_equal(text, "last");
	assert_int_equal(fenced(VRRP_FENCE_IN, VRRP_FENCED_IP), 50);
	set_lease(UINT64_MAX);
	send_udp(fd, VIP4, "open");
	receive(server, text, sizeof(text));
	assert_string_equal(text, "open");
	/* And out: what the dead master's own programs send. */
	set_lease(0);
	run("! ping -q -n -c 1 -W 0.3 -I " VIP4 " " CLIENT4 " >/dev/null");
	assert_true(fenced(VRRP_FENCE_OUT, VRRP_FENCED_ARP) +
			    fenced(VRRP_FENCE_OUT, VRRP_FENCED_IP) >
		    0);
	close(server);
	close(fd);
}

/* A frame of which only the Ethernet header lies in the buffer's first part. */
static void test_pieces(void **state)
{
	struct {
		struct virtio_net_hdr header;
		uint8_t frame[6000];
	} __attribute__((packed)) packet = {0};
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_halen = 6};
	int fd = client_socket(AF_PACKET, SOCK_RAW, 0), server = host_socket(), one = 1;
	uint8_t *ip = packet.frame + 14, *udp = ip + 20;
	size_t length = sizeof(packet.frame) - 14;
	uint32_t sum = 0;
	char text[32];

	begin(state);
	run("ip link set near mtu 9000");
	on_client("ip link set far mtu 9000");
	assert_int_equal(setns(client_ns, CLONE_NEWNET), 0);
	to.sll_ifindex = (int)if_nametoindex("far");
	assert_int_equal(setns(host_ns, CLONE_NEWNET), 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)), 0);

	packet.header.hdr_len = 14;
	memcpy(packet.frame, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0", 14);
	ip[0] = 0x45;
	ip[2] = length >> 8;
	ip[3] = length & 0xff;
	ip[8] = 64;
	ip[9] = IPPROTO_UDP;
	inet_pton(AF_INET, CLIENT4, ip + 12);
	inet_pton(AF_INET, VIP4, ip + 16);
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip[10] = sum >> 8 & 0xff;
	ip[11] = sum & 0xff;
	udp[2] = PORT >> 8;
	udp[3] = PORT & 0xff;
	udp[4] = (length - 20) >> 8;
	udp[5] = (length - 20) & 0xff;
	memcpy(udp + 8, "pieces", 6);
	for (int lease = 1; lease >= 0; lease--) {
		set_lease(lease ? UINT64_MAX : 0);
		assert_int_equal(sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&to,
					sizeof(to)),
				 sizeof(packet));
		if (lease) {
			receive(server, text, sizeof(text));
			assert_memory_equal(text, "pieces", 6);
		}
	}
	assert_int_equal(fenced(VRRP_FENCE_IN, VRRP_FENCED_IP), 1);
	assert_int_equal(recv(server, text, sizeof(text), 0), -1);
	close(fd);
	close(server);
}

/* The process that attached it is gone; nothing of libbpf's state is left but pins and filters. */
static void test_survives(void **state)
{
	enum fence_hook hook = *(const enum fence_hook *)*state;
	int status;
	pid_t child;

	fence_close(fence);
	fence = NULL;
	child = fork();
	if (child == 0) {
		enum fence_hook got;

		if (fence_open(dir, &fence) || fence_attach(fence, near(), "near", hook, &got) ||
		    got != hook)
			_exit(1);
		guard_vips();
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(query(), hook);
	assert_int_equal(guards_of(dir, SLOT), 2);
	assert_false(ping(VIP4));
	assert_false(ping(VIP6));
	assert_true(ping(STANDBY4));
	assert_int_equal(fence_detach(dir, near()), 0);
	assert_int_equal(query(), FENCE_NONE);
	assert_true(ping(VIP4));
	assert_true(ping(VIP6));
}

/* Other filters see what the fence lets through, and are there afterwards as before. */
static void test_others(void **state)
{
	enum fence_hook hook = *(const enum fence_hook *)*state;
	char *before, *after, *seen;

	run("tc qdisc add dev near clsact;"
	    "for side in ingress egress; do tc filter add dev near $side pref 10 protocol ip u32"
	    " match ip protocol 17 0xff flowid 1:1; done;"
	    "nft 'add table netdev t; add chain netdev t c"
	    " { type filter hook ingress device near priority 0; };"
	    " add rule netdev t c ip daddr " VIP4 " counter;"
	    " add rule netdev t c ip daddr " STANDBY4 " udp dport 7 drop'");
	before = filters();
	assert_non_null(strstr(before, "u32"));
	assert_non_null(strstr(before, "daddr"));
	guard_vips();
	assert_int_equal(attach(hook), 0);
	know_neighbours(MAC_NEAR);
	assert_false(ping(VIP4));
	seen = output("nft list ruleset");
	assert_non_null(strstr(seen, "counter packets 0 "));
	free(seen);
	set_lease(UINT64_MAX);
	assert_true(ping(VIP4));
	seen = output("nft list ruleset");
	assert_non_null(strstr(seen, "counter packets 1 "));
	free(seen);
	assert_int_equal(fence_detach(dir, near()), 0);
	after = filters();
	assert_string_equal(after, before);
	free(before);
	free(after);
}

/* A flood while programs are replaced, and moved from one hook to the other and back. */
static void test_in_place(void **state)
{
	enum fence_hook hook = begin(state);
	enum fence_hook other = hook == FENCE_TCX ? FENCE_CLSACT : FENCE_TCX;
	int server = host_socket(), fd = client_socket(AF_INET, SOCK_DGRAM, 0);
	char text[32];
	pid_t flood;

	know_neighbours(MAC_NEAR);
	flood = fork();
	if (flood == 0) {
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		inet_pton(AF_INET, VIP4, &to.sin_addr);
		for (;;)
			sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	}
	for (int i = 0; i < 30; i++) {
		uint64_t before = fenced(VRRP_FENCE_IN, VRRP_FENCED_IP);
		int64_t end = now_ns() + LIMIT_NS;

		assert_int_equal(attach(i % 10 == 4 ? other : hook), 0);
		while (fenced(VRRP_FENCE_IN, VRRP_FENCED_IP) == before)
			assert_true(now_ns() < end);
	}
	/* A new agent: other programs, the same maps. */
	for (int i = 0; i < 5; i++) {
		fence_close(fence);
		assert_int_equal(fence_open(dir, &fence), 0);
		assert_int_equal(fence_orphan(fence, &nobody), 0);
		assert_int_equal(attach(hook), 0);
		guard_vips();
		assert_int_equal(fence_forget_orphans(fence, NULL, NULL), 0);
	}
	kill(flood, SIGKILL);
	waitpid(flood, NULL, 0);
	send_udp(fd, STANDBY4, "last");
	receive(server, text, sizeof(text));
	assert_string_equal(text, "last");
	close(server);
	close(fd);
}

static void test_detach(void **state)
{
	enum fence_hook hook = *(const enum fence_hook *)*state;
	char *before = filters(), *after;
	uint32_t ids[VRRP_FENCE_SIDES] = {0};

	for (int round = 0; round < 3; round++) {
		assert_int_equal(attach(hook), 0);
		for (int side = 0; hook == FENCE_TCX && side < VRRP_FENCE_SIDES; side++) {
			struct bpf_link_info info = {0};
			uint32_t size = sizeof(info);
			char path[128];
			int fd;

			snprintf(path, sizeof(path), "%s/fence_%d_%s", dir, near(),
				 side == VRRP_FENCE_IN ? "in" : "out");
			fd = bpf_obj_get(path);
			assert_true(fd >= 0);
			assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
			ids[side] = info.id;
			close(fd);
		}
		assert_int_equal(fence_detach(dir, near()), 0);
		assert_int_equal(fence_detach(dir, near()), -ENOENT);
		assert_int_equal(query(), FENCE_NONE);
		assert_int_equal(pins(), 0);
		after = filters();
		assert_string_equal(after, before);
		free(after);
		for (int side = 0; hook == FENCE_TCX && side < VRRP_FENCE_SIDES; side++) {
			int64_t end = now_ns() + LIMIT_NS;
			int fd;

			while ((fd = bpf_link_get_fd_by_id(ids[side])) >= 0) {
				close(fd);
				assert_true(now_ns() < end);
			}
		}
	}
	/* A qdisc of ours that somebody uses meanwhile stays. */
	assert_int_equal(attach(hook), 0);
	run("tc qdisc show dev near | grep -q clsact || tc qdisc add dev near clsact;"
	    "tc filter add dev near egress pref 20 protocol ip u32 match u32 0 0 flowid 1:1");
	assert_int_equal(fence_detach(dir, near()), 0);
	after = filters();
	assert_non_null(strstr(after, "u32"));
	assert_null(strstr(after, "vrrp_fence"));
	free(after);
	free(before);
}

/* The NIC goes, and another one comes with its number. */
static void test_vanishes(void **state)
{
	enum fence_hook hook = begin(state);
	int ifindex = near();

	run("ip link del near");
	assert_int_equal(fence_detach(dir, ifindex), 0);
	assert_int_equal(pins(), 0);
	make_wire();
	assert_int_not_equal(near(), ifindex);
	guard_vips();
	assert_int_equal(attach(hook), 0);
	assert_false(ping(VIP4));
	ifindex = near();
	run("ip link del near && ip link add near index %d address " MAC_NEAR
	    " type veth peer name far netns %d",
	    ifindex, (int)client);
	assert_int_equal(near(), ifindex);
	assert_int_equal(query(), FENCE_NONE);
	run("ip addr add " VIP4 "/24 dev near && ip link set near up");
	on_client("ip addr add " CLIENT4 "/24 dev far; ip link set far up");
	assert_true(ping(VIP4));
	assert_int_equal(attach(hook), 0);
	assert_false(ping(VIP4));
}

/* An interface that carries no shared address, though the host has it: Linux answers ARP there.
 * What the programs of the interface let pass changes in place. */
static void test_other(void **state)
{
	enum fence_hook hook = *(const enum fence_hook *)*state, got;
	struct vrrp_addr vip = {0};
	struct vrrp_guarded_key key;

	inet_pton(AF_INET, VIP4, vip.b);
	key = fence_key_address(0, 4, &vip);
	assert_int_equal(fence_guard(fence, &key, SLOT, 0, 0), 0);
	run("ip addr del " VIP4 "/24 dev near && ip addr add " VIP4 "/32 dev lo");
	assert_int_equal(fence_attach_other(fence, near(), "near", false, hook, &got), 0);
	assert_int_equal(got, hook);
	set_lease(UINT64_MAX);
	assert_false(ping(VIP4));
	assert_true(fenced(VRRP_FENCE_OUT, VRRP_FENCED_ARP) > 0);
	know_neighbours(MAC_NEAR);
	assert_true(ping(VIP4));
	set_lease(0);
	assert_false(ping(VIP4));
	assert_true(ping(STANDBY4));
	on_client("ip neigh flush dev far nud permanent");
	assert_int_equal(fence_attach_other(fence, near(), "near", true, hook, &got), 0);
	assert_false(ping(VIP4));
	set_lease(UINT64_MAX);
	assert_true(ping(VIP4));
	assert_int_equal(fence_detach_later(dir, near()), 0);
	assert_int_equal(pins(), 0);
	assert_int_equal(fence_unguard(fence, &key, SLOT), 0);
	run("ip addr del " VIP4 "/32 dev lo");
}

/* Everything that the pins name, whatever its hook. */
static void test_clear(void **state)
{
	enum fence_hook hook = begin(state), got;
	enum fence_hook other = hook == FENCE_TCX ? FENCE_CLSACT : FENCE_TCX;
	int lo = (int)if_nametoindex("lo");

	assert_int_equal(fence_attach(fence, lo, "lo", other, &got), 0);
	fence_clear(dir);
	assert_int_equal(pins(), 0);
	assert_int_equal(query(), FENCE_NONE);
	assert_int_equal(fence_query(dir, lo, &got), 0);
	assert_int_equal(got, FENCE_NONE);
	assert_true(ping(VIP4));
	fence_clear(dir);
	fence_clear("/nowhere");
}

static bool is_vip4(void *context, const struct vrrp_guarded_key *key)
{
	unsigned int *asked = context;

	(*asked)++;
	return key->kind == VRRP_GUARD_IP4;
}

static bool never(void *context, const struct vrrp_guarded_key *key)
{
	(void)context;
	(void)key;
	return false;
}

/* A guard that is needed keeps the others of its interface, and the programs are needed as long as
 * there is one guard. */
static void test_needed(void **state)
{
	struct vrrp_guarded_key elsewhere;
	unsigned int asked = 0;
	struct vrrp_addr addr = {0};

	(void)state;
	assert_false(fence_is_needed(dir, 0));
	guard_vips();
	assert_int_equal(attach(FENCE_NONE), 0);
	inet_pton(AF_INET, STANDBY4, addr.b);
	elsewhere = fence_key_address(near() + 1, 6, &addr);
	assert_int_equal(fence_guard(fence, &elsewhere, SLOT, 0, 0), 0);
	assert_true(fence_is_needed(dir, 0));
	assert_true(fence_is_needed(dir, near()));
	assert_true(fence_is_needed(dir, near() + 1));
	assert_false(fence_is_needed(dir, near() + 2));

	/* None is an orphan yet. */
	assert_int_equal(fence_forget_orphans(fence, never, NULL), 0);
	assert_int_equal(fence_orphan(fence, &nobody), 0);
	assert_int_equal(fence_forget_orphans(fence, is_vip4, &asked), 1);
	assert_int_equal(asked, 3);
	assert_true(fence_is_needed(dir, near()));
	assert_false(fence_is_needed(dir, near() + 1));
	assert_false(ping(VIP4));
	assert_false(ping(VIP6));

	/* All of them, whoever has them. */
	guard_vips();
	assert_int_equal(fence_forget_all(dir, is_vip4, &asked), 0);
	assert_false(ping(VIP4));
	assert_int_equal(fence_forget_all(dir, never, NULL), 2);
	assert_false(fence_is_needed(dir, 0));
	assert_true(ping(VIP4));
	assert_int_equal(fence_forget_all("/nowhere", never, NULL), -ENOENT);
	assert_false(fence_is_needed("/nowhere", 0));
}

/* Guards that cannot be read are needed as long as a program is on an interface. */
static void test_of_another_version(void **state)
{
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(attach(FENCE_NONE), 0);
	assert_int_equal(bpffs_path(dir, "guarded", path), 0);
	assert_int_equal(unlink(path), 0);
	run("bpftool map create %s type hash key 24 value 8 entries 4 name guarded", path);
	assert_true(fence_is_needed(dir, 0));
	assert_true(fence_is_needed(dir, near()));
	assert_int_equal(fence_forget_all(dir, never, NULL), -EPROTO);
	assert_int_equal(fence_detach(dir, near()), 0);
	assert_false(fence_is_needed(dir, 0));
}

static void test_refused(void **state)
{
	enum fence_hook got = FENCE_CLSACT;
	char *before, *after;

	(void)state;
	assert_int_equal(fence_attach(fence, 4242, "missing", FENCE_NONE, &got), -ENODEV);
	run("ip tuntap add dev tun0 mode tun");
	assert_int_equal(fence_attach(fence, (int)if_nametoindex("tun0"), "tun0", FENCE_NONE, &got),
			 -EPROTONOSUPPORT);
	run("ip link del tun0");
	/* An `ingress` qdisc has no other side. */
	run("tc qdisc add dev near ingress");
	before = filters();
	assert_int_equal(attach(FENCE_CLSACT), -EBUSY);
	after = filters();
	assert_string_equal(after, before);
	assert_int_equal(pins(), 0);
	assert_int_equal(query(), FENCE_NONE);
	assert_int_equal(got, FENCE_CLSACT);
	free(before);
	free(after);
	/* tcx does not mind, and the one that was there stays where another is refused. */
	assert_int_equal(attach(FENCE_NONE), 0);
	assert_int_equal(attach(FENCE_CLSACT), -EBUSY);
	assert_int_equal(query(), FENCE_TCX);
}

/* The first place is taken by a filter of another kind, the next one is as good for what that
 * leaves; with all of them taken there is none. */
static void test_taken(void **state)
{
	(void)state;
	run("tc qdisc add dev near clsact;"
	    "tc filter add dev near ingress pref 1 protocol ip u32 match ip protocol 17 0xff"
	    " flowid 1:1");
	guard_vips();
	assert_int_equal(attach(FENCE_CLSACT), 0);
	assert_int_equal(attach(FENCE_CLSACT), 0);
	run("test $(tc filter show dev near ingress | grep -c vrrp_fence_in) = 1;"
	    "test $(tc filter show dev near egress | grep -c vrrp_fence_out) = 1");
	assert_false(ping(VIP4));
	assert_int_equal(fence_detach(dir, near()), 0);
	/* The second side fails: the first one goes, too. */
	run("for p in 1 2 3 4 5 6 7 8; do tc filter add dev near egress pref $p protocol ip u32"
	    " match u32 0 0 flowid 1:1; done");
	assert_int_equal(attach(FENCE_CLSACT), -EBUSY);
	assert_int_equal(query(), FENCE_NONE);
	assert_int_equal(pins(), 0);
	run("! tc filter show dev near ingress | grep vrrp");
	assert_int_equal(attach(FENCE_TCX), 0);
}

/* ---- somebody else's hands ---------------------------------------------------------------------
 */

#define PASS           0    /* TC_ACT_OK, and TCX_PASS: it ends the chain */
#define GO_ON          (-1) /* TC_ACT_UNSPEC, and TCX_NEXT */
#define FOREIGN_HANDLE 7

static int foreign_program(int verdict)
{
	struct bpf_insn instructions[] = {
		{.code = 0xb7, .imm = verdict}, /* r0 = verdict */
		{.code = 0x95},                 /* exit */
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "foreign", "GPL", instructions,
			       COUNT(instructions), NULL);

	assert_true(fd >= 0);
	return fd;
}

/* A program of somebody else's, before the fence on one side. Returns what keeps it there. */
static int attach_foreign(enum fence_hook hook, int side, int verdict)
{
	LIBBPF_OPTS(bpf_link_create_opts, before, .flags = 1U << 3); /* BPF_F_BEFORE */
	LIBBPF_OPTS(bpf_tc_hook, at, .ifindex = near(),
		    .attach_point = side == VRRP_FENCE_IN ? BPF_TC_INGRESS : BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = FOREIGN_HANDLE, .priority = 1);
	int program = foreign_program(verdict), link = program;

	if (hook == FENCE_TCX) {
		link = bpf_link_create(program, near(),
				       (enum bpf_attach_type)(side == VRRP_FENCE_IN
								      ? FENCE_TCX_INGRESS
								      : FENCE_TCX_EGRESS),
				       &before);
		assert_true(link >= 0);
		close(program);
		return link;
	}
	options.prog_fd = program;
	assert_int_equal(bpf_tc_attach(&at, &options), 0);
	return link;
}

static void detach_foreign(enum fence_hook hook, int side, int link)
{
	LIBBPF_OPTS(bpf_tc_hook, at, .ifindex = near(),
		    .attach_point = side == VRRP_FENCE_IN ? BPF_TC_INGRESS : BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = FOREIGN_HANDLE, .priority = 1);

	close(link);
	if (hook == FENCE_CLSACT)
		assert_int_equal(bpf_tc_detach(&at, &options), 0);
}

static enum fence_standing looks(void)
{
	enum fence_standing inside, outside;
	enum fence_hook hook;

	assert_int_equal(fence_look(fence, near(), &inside), 0);
	assert_int_equal(fence_query_standing(dir, near(), &hook, &outside), 0);
	assert_int_equal(inside, outside);
	return inside;
}

/* Whatever was repaired, one program of ours is there in each direction, and no more. */
static void assert_alone(enum fence_hook hook)
{
	assert_int_equal(query(), hook);
	if (hook == FENCE_CLSACT) {
		run("test $(tc filter show dev near ingress | grep -c vrrp_fence_in) = 1;"
		    "test $(tc filter show dev near egress | grep -c vrrp_fence_out) = 1");
		return;
	}
	for (int type = FENCE_TCX_INGRESS; type <= FENCE_TCX_EGRESS; type++) {
		uint32_t ids[8], count = COUNT(ids);
		int ours = 0;

		assert_int_equal(bpf_prog_query(near(), (enum bpf_attach_type)type, 0, NULL, ids,
						&count),
				 0);
		for (uint32_t i = 0; i < count; i++) {
			struct bpf_prog_info info = {0};
			uint32_t length = sizeof(info);
			int fd = bpf_prog_get_fd_by_id(ids[i]);

			assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &length), 0);
			ours += strncmp(info.name, "vrrp_fence_", 11) == 0;
			close(fd);
		}
		assert_int_equal(ours, 1);
	}
}

/* A program that ends the chain before ours, on one side and on the other. */
static void test_passed(void **state)
{
	enum fence_hook hook = begin(state);

	know_neighbours(MAC_NEAR);
	assert_int_equal(looks(), FENCE_FIRST);
	for (int side = 0; side < VRRP_FENCE_SIDES; side++) {
		int link = attach_foreign(hook, side, PASS);

		assert_int_equal(looks(), FENCE_BEHIND);
		assert_int_equal(attach(hook), 0);
		assert_int_equal(looks(), FENCE_FIRST);
		assert_alone(hook);
		assert_false(ping(VIP4));
		assert_int_equal(attach(hook), 0);
		assert_alone(hook);
		detach_foreign(hook, side, link);
		assert_int_equal(looks(), FENCE_FIRST);
		assert_alone(hook);
	}
	assert_int_equal(fence_detach(dir, near()), 0);
	assert_int_equal(query(), FENCE_NONE);
	assert_int_equal(pins(), 0);
}

static void take_off(enum fence_hook hook, const char *side)
{
	char path[128];
	int fd;

	if (hook == FENCE_CLSACT) {
		run("tc qdisc del dev near clsact");
		return;
	}
	snprintf(path, sizeof(path), "%s/fence_%d_%s", dir, near(), side);
	fd = bpf_obj_get(path);
	assert_true(fd >= 0);
	assert_int_equal(bpf_link_detach(fd), 0);
	close(fd);
}

static void test_taken_off(void **state)
{
	enum fence_hook hook = begin(state);
	static const char *const sides[] = {"in", "out"};

	know_neighbours(MAC_NEAR);
	for (size_t i = 0; i < COUNT(sides); i++) {
		take_off(hook, sides[i]);
		assert_int_equal(looks(), FENCE_GONE);
		assert_int_equal(attach(hook), 0);
		assert_int_equal(looks(), FENCE_FIRST);
		assert_alone(hook);
		assert_false(ping(VIP4));
	}
	assert_int_equal(fence_detach(dir, near()), 0);
	assert_int_equal(pins(), 0);
}

/* Another program is in our link. */
static void test_replaced(void **state)
{
	enum fence_standing standing = FENCE_FIRST;
	char path[128], why[FENCE_WHY];
	int fd;

	(void)state;
	guard_vips();
	assert_int_equal(attach(FENCE_TCX), 0);
	snprintf(path, sizeof(path), "%s/fence_%d_out", dir, near());
	fd = bpf_obj_get(path);
	assert_int_equal(bpf_link_update(fd, foreign_program(PASS), NULL), 0);
	close(fd);
	assert_int_equal(fence_look(fence, near(), &standing), 0);
	assert_int_equal(standing, FENCE_GONE);
	assert_int_equal(fence_repair(fence, near(), &standing, why), 0);
	assert_int_equal(standing, FENCE_FIRST);
	assert_string_equal(why, "");
	assert_alone(FENCE_TCX);
	assert_int_equal(fence_look(fence, 4242, &standing), -ENODEV);
}

/* No frame gets through while the fence takes the first place back, under a flood. */
static void test_passed_in_place(void **state)
{
	enum fence_hook hook = begin(state);
	int server = host_socket(), fd = client_socket(AF_INET, SOCK_DGRAM, 0);
	char text[32];
	pid_t flood;

	know_neighbours(MAC_NEAR);
	flood = fork();
	if (flood == 0) {
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		inet_pton(AF_INET, VIP4, &to.sin_addr);
		for (;;)
			sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	}
	for (int i = 0; i < 30; i++) {
		int link = attach_foreign(hook, VRRP_FENCE_IN, GO_ON);
		uint64_t before = fenced(VRRP_FENCE_IN, VRRP_FENCED_IP);
		int64_t end = now_ns() + LIMIT_NS;

		assert_int_equal(looks(), FENCE_BEHIND);
		assert_int_equal(attach(hook), 0);
		assert_int_equal(looks(), FENCE_FIRST);
		while (fenced(VRRP_FENCE_IN, VRRP_FENCED_IP) == before)
			assert_true(now_ns() < end);
		detach_foreign(hook, VRRP_FENCE_IN, link);
	}
	kill(flood, SIGKILL);
	waitpid(flood, NULL, 0);
	send_udp(fd, STANDBY4, "last");
	receive(server, text, sizeof(text));
	assert_string_equal(text, "last");
	close(server);
	close(fd);
}

#define TOLD_MS         3000
#define TOLD_NOTHING_MS 1200 /* longer than from one look to the next */

static bool is_told(const struct fence_watch *watch, int ms)
{
	struct pollfd pfd = {.fd = fence_watch_fd(watch), .events = POLLIN};

	return poll(&pfd, 1, ms) > 0;
}

static void read_told(struct fence_watch *watch)
{
	int told[FENCE_MAX_INTERFACES], count = fence_watch_read(watch, told);

	assert_true(count > 0);
	for (int i = 0; i < count; i++)
		assert_int_equal(told[i], near());
	assert_int_equal(fence_watch_read(watch, told), 0);
}

/* Told while it does not stand, again and again; told once that it stands again; else never. */
static void test_watch(void **state)
{
	enum fence_hook hook = begin(state);
	struct fence_watch *watch;
	int link;

	assert_int_equal(fence_watch_open(fence, &watch), 0);
	assert_false(is_told(watch, TOLD_NOTHING_MS));
	link = attach_foreign(hook, VRRP_FENCE_OUT, PASS);
	for (int i = 0; i < 2; i++) {
		assert_true(is_told(watch, TOLD_MS));
		read_told(watch);
	}
	detach_foreign(hook, VRRP_FENCE_OUT, link);
	assert_true(is_told(watch, TOLD_MS));
	read_told(watch);
	assert_false(is_told(watch, TOLD_NOTHING_MS));
	take_off(hook, "out");
	assert_true(is_told(watch, TOLD_MS));
	fence_watch_close(watch);
}

/* By the programs that belong there, not by those of a public interface. */
static void test_watch_other(void **state)
{
	enum fence_hook hook = *(const enum fence_hook *)*state, got;
	static const char *const sides[] = {"in", "out"};
	struct fence_watch *watch;

	for (int leased = 0; leased <= 1; leased++) {
		assert_int_equal(fence_attach_other(fence, near(), "near", leased, hook, &got), 0);
		assert_int_equal(looks(), FENCE_FIRST);
		assert_int_equal(fence_watch_open(fence, &watch), 0);
		assert_false(is_told(watch, TOLD_NOTHING_MS));
		for (size_t i = 0; i < COUNT(sides); i++) {
			take_off(hook, sides[i]);
			assert_int_equal(looks(), FENCE_GONE);
			assert_true(is_told(watch, TOLD_MS));
			assert_int_equal(fence_attach_other(fence, near(), "near", leased, hook,
							    &got),
					 0);
			assert_int_equal(looks(), FENCE_FIRST);
		}
		fence_watch_close(watch);
	}
	assert_int_equal(attach(hook), 0);
	assert_int_equal(looks(), FENCE_FIRST);
	assert_alone(hook);
}

/* Filters of others that cannot be passed are told, and those that do not mind are left. */
static void test_behind_for_good(void **state)
{
	enum fence_standing standing;
	enum fence_hook hook;
	uint64_t before;

	(void)state;
	guard_vips();
	run("tc qdisc add dev near clsact;"
	    "tc filter add dev near ingress pref 1 protocol ip u32 match u32 0 0 flowid 1:1");
	assert_int_equal(attach(FENCE_CLSACT), 0);
	assert_int_equal(looks(), FENCE_BEHIND);
	know_neighbours(MAC_NEAR);
	before = fenced(VRRP_FENCE_IN, VRRP_FENCED_IP);
	assert_false(ping(VIP4)); /* the answer is stopped */
	assert_int_equal(fenced(VRRP_FENCE_IN, VRRP_FENCED_IP), before);
	for (int i = 0; i < 3; i++)
		assert_int_equal(attach(FENCE_CLSACT), 0);
	assert_alone(FENCE_CLSACT);
	/* Another chain sees only what is sent there. */
	run("tc filter del dev near ingress pref 1;"
	    "tc filter add dev near ingress chain 1 pref 1 protocol ip u32 match u32 0 0 flowid "
	    "1:1");
	assert_int_equal(attach(FENCE_CLSACT), 0);
	assert_int_equal(looks(), FENCE_FIRST);
	assert_false(ping(VIP4));
	assert_int_equal(fence_query_standing(dir, 4242, &hook, &standing), 0);
	assert_int_equal(standing, FENCE_GONE);
}

/* ---- the group --------------------------------------------------------------------------------
 */

static int enter(void **state)
{
	(void)state;
	netns_enter();
	if (unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, NULL) ||
	    !mkdtemp(mounted) || mount("bpf", mounted, "bpf", 0, NULL))
		return -1;
	snprintf(dir, sizeof(dir), "%s/fence", mounted);
	return make_client();
}

static int leave(void **state)
{
	(void)state;
	kill(client, SIGKILL);
	waitpid(client, NULL, 0);
	umount2(mounted, MNT_DETACH);
	rmdir(mounted);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	make_wire();
	return bpffs_prepare(dir) || fence_open(dir, &fence);
}

static int tear_down(void **state)
{
	(void)state;
	fence_close(fence);
	fence = NULL;
	fence_clear(dir);
	bpffs_clear(dir);
	run("ip link del near; nft flush ruleset");
	return 0;
}

/* The number that the kernel gave the ingress program, which it does not give again. */
static uint32_t program_id(void)
{
	struct bpf_link_info info = {0};
	uint32_t length = sizeof(info);
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "fence_%d_in", near());
	fd = bpffs_open(dir, name);
	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &length), 0);
	close(fd);
	return info.prog_id;
}

static void attach_anew(void)
{
	enum fence_hook got;

	fence_close(fence);
	assert_int_equal(fence_open(dir, &fence), 0);
	assert_int_equal(fence_attach(fence, near(), "near", FENCE_TCX, &got), 0);
}

/* Another start of the same build runs the same program, but not on maps that are others by now. */
static void test_adopted(void **state)
{
	char path[PATH_MAX];
	uint32_t first;

	(void)state;
	attach_anew();
	first = program_id();
	attach_anew();
	assert_int_equal(program_id(), first);
	assert_int_equal(bpffs_path(dir, "leases", path), 0);
	assert_int_equal(unlink(path), 0);
	attach_anew();
	assert_int_not_equal(program_id(), first);
}

int main(void)
{
	static const struct {
		const char *desc;
		CMUnitTestFunction test;
	} both[] = {
		{"who answers", test_reach},
		{"a frame that is only rehearsed", test_rehearsed},
		{"a lease ends by itself", test_lease_ends},
		{"UDP never reaches a socket", test_udp},
		{"a frame in pieces", test_pieces},
		{"survives the process", test_survives},
		{"other filters coexist", test_others},
		{"replaced in place", test_in_place},
		{"detach leaves nothing", test_detach},
		{"the interface vanishes", test_vanishes},
		{"clear takes all", test_clear},
		{"an interface without a shared address", test_other},
		{"a program before it", test_passed},
		{"taken off", test_taken_off},
		{"first again, in place", test_passed_in_place},
		{"watched", test_watch},
		{"watched without a shared address", test_watch_other},
	};
	static const enum fence_hook hooks[] = {FENCE_TCX, FENCE_CLSACT};

	table_setup = set_up;
	table_teardown = tear_down;
	for (size_t h = 0; h < COUNT(hooks); h++) {
		for (size_t i = 0; i < COUNT(both); i++)
			table_add(fence_hook_name(hooks[h]), both[i].desc, both[i].test, &hooks[h]);
	}
	table_add(NULL, "needed", test_needed, NULL);
	table_add(NULL, "of another version", test_of_another_version, NULL);
	table_add(NULL, "refused", test_refused, NULL);
	table_add(NULL, "the first place is taken", test_taken, NULL);
	table_add(NULL, "replaced", test_replaced, NULL);
	table_add(NULL, "behind for good", test_behind_for_good, NULL);
	table_add(NULL, "adopted", test_adopted, NULL);
	return table_run_in("fence", enter, leave);
}
