/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts -> findings. Whole hosts as text and JSON against goldens in doctor/, and in a table what
 * one fact alone does to a healthy host. Links the judges and their renderer; facts are made here.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show/report.h"
#include "cli/tools/doctor.h"
#include "sys/host/permission.h"
#include "table.h"
#include "unit/golden.h"

static const uint8_t own_mac[6] = {0x00, 0x0c, 0x82, 0xad, 0xb3, 0x29};
static const uint8_t shared_mac[6] = {0x00, 0x9f, 0xa4, 0x4c, 0x3b, 0x37};

/* What the pointers of the facts point to. */
struct host {
	struct doctor_facts facts;
	struct config config;
	struct config_router router;
	struct config_prefix address;
	struct doctor_path paths[4];
	struct doctor_clock clocks[4];
	struct doctor_late lates[2];
	char keys[256];
};

static struct vrrp_addr addr(const char *text)
{
	struct vrrp_addr parsed;
	uint8_t family;

	assert_true(address_parse(text, &parsed, &family));
	return parsed;
}

static struct doctor_probe works(void)
{
	return (struct doctor_probe){.tried = true};
}

static struct doctor_probe fails(int err)
{
	return (struct doctor_probe){.tried = true, .err = err};
}

static struct doctor_nic *add_nic(struct host *host, const char *name)
{
	struct doctor_nic *nic = &host->facts.nics[host->facts.nic_count++];

	snprintf(nic->name, sizeof(nic->name), "%s", name);
	snprintf(nic->driver, sizeof(nic->driver), "igb");
	nic->exists = nic->up = nic->carrier = nic->multicast = nic->ethernet = true;
	nic->mtu = 1500;
	nic->native = DOCTOR_YES;
	nic->lro = nic->gro_hw = DOCTOR_NO;
	memcpy(nic->mac, own_mac, sizeof(nic->mac));
	return nic;
}

static struct doctor_path *add_path(struct host *host, const char *ifname, enum vrrp_state state)
{
	struct doctor_path *path = &host->paths[host->facts.path_count++];

	snprintf(path->router, sizeof(path->router), "web");
	snprintf(path->ifname, sizeof(path->ifname), "%s", ifname);
	path->state = state;
	path->interval_ms = 100;
	path->family = 4;
	return path;
}

static void hear(struct doctor_path *path, const char *peer, uint64_t age_ms)
{
	path->heard = path->has_peer = true;
	path->age_ms = age_ms;
	path->peer = addr(peer);
}

/* A backup of two, with nothing to complain about. */
static struct host *healthy(void)
{
	struct host *host = calloc(1, sizeof(*host));
	struct doctor_facts *facts;
	struct doctor_nic *nic;

	assert_non_null(host);
	facts = &host->facts;
	facts->own_version = "1.2.3";
	facts->kernel = (struct doctor_kernel){works(), works(), works(), works()};
	facts->agent = (struct doctor_agent){.pid = 4711,
					     .version = "1.2.3",
					     .caps_known = DOCTOR_YES,
					     .caps = UINT64_MAX,
					     .realtime = DOCTOR_YES};
	facts->config = (struct doctor_file){.path = "/etc/vrrp-xdp/vrrp-xdp.conf", .mode = 0644};
	facts->run_dir = (struct doctor_file){.path = "/run/vrrp-xdp", .mode = 0700};
	facts->bpffs = (struct doctor_file){.path = "/sys/fs/bpf/vrrp-xdp", .mode = 0700};
	facts->settings = &host->config;
	host->config.routers = &host->router;
	host->config.router_count = 1;
	host->config.realtime = 60;
	host->router.accept = true;
	host->router.addresses = &host->address;
	host->router.address_count = 1;
	host->address =
		(struct config_prefix){.addr = addr("42.51.67.93"), .family = 4, .plen = 24};
	facts->paths = host->paths;
	facts->clocks = host->clocks;
	facts->firewall = DOCTOR_YES;
	facts->clock_synchronized = DOCTOR_YES;

	nic = add_nic(host, "eth1");
	nic->heartbeat = nic->needs_multicast = nic->ours = true;
	nic->program = 12;
	nic->advert_octets = 32;
	nic->groups = DOCTOR_YES;
	nic = add_nic(host, "eth0");
	nic->public = nic->wants_mac = true;
	memcpy(nic->wanted_mac, shared_mac, sizeof(shared_mac));
	snprintf(nic->mac_router, sizeof(nic->mac_router), "web");
	nic->owner.ifupdown = true;
	hear(add_path(host, "eth1", VRRP_STATE_BACKUP), "10.51.67.13", 42);
	host->facts.others_known = DOCTOR_YES;
	host->facts.others_covered = 1;
	return host;
}

/* Signed adverts, two heartbeats, master. */
static struct host *master(void)
{
	struct host *host = healthy();
	struct doctor_facts *facts = &host->facts;
	struct doctor_nic *nic = add_nic(host, "eth2");
	struct doctor_path *path;

	*nic = facts->nics[0];
	snprintf(nic->name, sizeof(nic->name), "eth2");
	nic->generic = true;
	nic->native = DOCTOR_NO;
	nic->mtu = 9000;
	host->router.hmac_key_count = 1;
	facts->nics[1].mac_due = true;
	memcpy(facts->nics[1].mac, shared_mac, sizeof(shared_mac));
	facts->nics[1].owner = (struct doctor_owner){
		.networkd = true,
		.keeps = true,
		.network_file = "/etc/systemd/network/10-eth0.network",
	};
	facts->path_count = 0;
	memset(host->paths, 0, sizeof(host->paths));
	add_path(host, "eth1", VRRP_STATE_MASTER);
	path = add_path(host, "eth2", VRRP_STATE_MASTER);
	hear(path, "10.51.68.13", 3600000);
	path->answers = DOCTOR_YES;
	facts->clocks[0] = (struct doctor_clock){.router = "web",
						 .family = 4,
						 .peer = addr("10.51.67.13"),
						 .skew_ns = -312000,
						 .window_s = 5};
	facts->clock_count = 1;
	return host;
}

/* Whatever can be wrong at once. */
static struct host *trouble(void)
{
	struct host *host = master();
	struct doctor_facts *facts = &host->facts;
	struct doctor_nic *nic = &facts->nics[0];

	facts->kernel = (struct doctor_kernel){fails(-EINVAL), {0}, fails(-EINVAL), {0}};
	host->router.accept = false;
	host->router.auth_type = VRRP_AUTH_PASS;
	facts->agent.caps = PERMISSION_NET_RAW | PERMISSION_BPF;
	facts->agent.realtime = DOCTOR_NO;
	snprintf(facts->agent.version, sizeof(facts->agent.version), "1.2.2");
	facts->config.access = DOCTOR_ACCESS_READ;
	facts->run_dir.access = DOCTOR_ACCESS_FOREIGN;
	facts->run_dir.mode = 0777;
	facts->bpffs.access = DOCTOR_ACCESS_FAILED;
	facts->bpffs.err = -ENOTDIR;
	snprintf(host->keys, sizeof(host->keys),
		 "a.conf:9: hmac-key: /etc/vrrp-xdp/key1 is open to group or others\n"
		 "a.conf:10: hmac-key: /etc/vrrp-xdp/key2: No such file or directory\n");
	facts->key_errors = host->keys;
	nic->ours = false;
	snprintf(nic->program_name, sizeof(nic->program_name), "xdp_drop");
	nic->multicast = false;
	nic->mtu = 28;
	nic->lro = DOCTOR_YES;
	facts->nics[1].owner = (struct doctor_owner){.network_manager = true};
	memcpy(facts->nics[1].mac, own_mac, sizeof(own_mac));
	facts->nics[2].ours = false;
	facts->nics[2].program = 0;
	facts->nics[2].socket = true;
	facts->nics[2].generic = false;
	facts->nics[2].groups = DOCTOR_NO;
	facts->nics[2].carrier = false;
	snprintf(add_nic(host, "eht1")->nearest, CONFIG_IFNAME, "eth1");
	facts->nics[3].exists = false;
	host->paths[0].silent = host->paths[0].heard = true;
	host->paths[0].age_ms = 12000;
	host->paths[1].answers = DOCTOR_NO;
	host->paths[1].cloned = true;
	memcpy(host->paths[1].clone_mac, shared_mac, sizeof(shared_mac));
	hear(add_path(host, "eth1", VRRP_STATE_BACKUP), "10.51.67.13", 7000);
	host->paths[0].advice = (struct interval_advice){.state = INTERVAL_ADVICE_GIVEN,
							 .interval_cs = 10,
							 .risk = {12, 3, 47},
							 .safe_cs = 20};
	host->paths[2].hold = VRRP_HOLD_GATEWAY;
	add_path(host, "eth1", VRRP_STATE_FAULT);
	facts->clocks[0].skew_ns = 3000000000;
	facts->clocks[1] = (struct doctor_clock){.router = "web",
						 .family = 4,
						 .stale = true,
						 .skew_ns = -3600000000000,
						 .window_s = 5,
						 .age_ms = 200};
	facts->clock_count = 2;
	/* The second one has a delay that is long enough. */
	facts->lates = host->lates;
	facts->lates[0] = (struct doctor_late){.router = "web", .deaf_ns = 29100000000};
	facts->lates[1] = (struct doctor_late){.router = "rest",
					       .deaf_ns = 29100000000,
					       .link_delay_ms = 30000};
	facts->late_count = 2;
	facts->clock_synchronized = DOCTOR_NO;
	host->address.family = 6;
	facts->chains[0] =
		(struct doctor_chain){.family = "inet", .table = "filter", .name = "input"};
	facts->chains[1] = (struct doctor_chain){.family = "ip6",
						 .table = "filter",
						 .name = "INPUT",
						 .legacy = true};
	facts->chains[2] = (struct doctor_chain){.family = "arp", .table = "a", .name = "in"};
	facts->chain_count = 3;
	snprintf(facts->others[0].name, CONFIG_IFNAME, "eth3");
	facts->others[0].answers = true;
	facts->other_count = 1;
	return host;
}

/* Nothing configured, nothing runs, and nobody is root. */
static struct host *bare(void)
{
	struct host *host = calloc(1, sizeof(*host));
	struct doctor_facts *facts;

	assert_non_null(host);
	facts = &host->facts;
	facts->own_version = "1.2.3";
	facts->kernel.program = fails(-EPERM);
	facts->config = (struct doctor_file){.path = "/etc/vrrp-xdp/vrrp-xdp.conf",
					     .access = DOCTOR_ACCESS_NONE};
	facts->run_dir =
		(struct doctor_file){.path = "/run/vrrp-xdp", .access = DOCTOR_ACCESS_NONE};
	facts->bpffs = (struct doctor_file){.path = "/sys/fs/bpf/vrrp-xdp",
					    .access = DOCTOR_ACCESS_FAILED,
					    .err = -EACCES};
	facts->firewall = DOCTOR_NO;
	return host;
}

struct whole {
	const char *name;
	struct host *(*make)(void);
	unsigned int warn, fail;
};

static const struct whole wholes[] = {
	{"healthy", healthy, 0, 0},
	{"master", master, 0, 0},
	{"bare", bare, 2, 1},
	{"trouble", trouble, 21, 15},
};

static void test_whole(void **state)
{
	const struct whole *row = *state;
	struct host *host = row->make();
	struct doctor_report report;
	char *text = NULL, name[64];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(doctor_judge(&host->facts, &report), 0);
	report_doctor(&report, out);
	fprintf(out, "\n");
	report_print_json(report_doctor_json(&report), out);
	fclose(out);
	snprintf(name, sizeof(name), "doctor/%s.txt", row->name);
	golden_check(name, text);
	assert_int_equal(report.levels[DOCTOR_WARN], row->warn);
	assert_int_equal(report.levels[DOCTOR_FAIL], row->fail);
	doctor_free(&report);
	free(text);
	free(host);
}

/* ---- one fact ---- */

static struct doctor_nic *heartbeat(struct host *host)
{
	return &host->facts.nics[0];
}

static struct doctor_nic *public(struct host *host)
{
	return &host->facts.nics[1];
}

static void detached(struct host *host)
{
	heartbeat(host)->ours = false;
	heartbeat(host)->program = 0;
}

static void no_tcx(struct host *h)
{
	h->facts.kernel.tcx = fails(-EINVAL);
}
static void repaired(struct host *h)
{
	h->facts.agent.fence_repairs = 3;
}
static void fence_first(struct host *h)
{
	h->facts.nics[1].fence = "first";
}
static void fence_behind(struct host *h)
{
	h->facts.nics[1].fence = "behind";
}
static void fence_gone(struct host *h)
{
	h->facts.nics[1].fence = "gone";
}
static void no_link(struct host *h)
{
	h->facts.kernel.link = fails(-EINVAL);
}
static void no_agent(struct host *h)
{
	h->facts.agent = (struct doctor_agent){0};
}
static void no_bpf_cap(struct host *h)
{
	h->facts.agent.caps = PERMISSION_NET_ADMIN | PERMISSION_NET_RAW | PERMISSION_PERFMON;
}
static void bad_config(struct host *h)
{
	h->facts.settings = NULL;
	h->facts.config_errors = 1;
	snprintf(h->facts.config_error, DOCTOR_LONG, "a.conf:3: vrid: \"0\" is out of range");
}
static void foreign_config(struct host *h)
{
	h->facts.config.access = DOCTOR_ACCESS_FOREIGN;
}
static void writable_config(struct host *h)
{
	h->facts.config.access = DOCTOR_ACCESS_WRITE;
	h->facts.config.mode = 0666;
}
static void readable_config(struct host *h)
{
	h->facts.config.access = DOCTOR_ACCESS_READ;
}
static void down(struct host *h)
{
	heartbeat(h)->up = false;
}
static void public_down(struct host *h)
{
	public(h)->up = false;
}
static void no_ethernet(struct host *h)
{
	heartbeat(h)->ethernet = false;
}
static void unicast(struct host *h)
{
	heartbeat(h)->multicast = heartbeat(h)->needs_multicast = false;
}
static void shut_filter(struct host *h)
{
	heartbeat(h)->groups = DOCTOR_NO;
}
static void other_agent(struct host *h)
{
	heartbeat(h)->ours = false;
	heartbeat(h)->holder = 99;
}
static void dispatcher(struct host *h)
{
	heartbeat(h)->ours = false;
	heartbeat(h)->dispatcher = true;
	heartbeat(h)->joinable = true;
}
static void unsupported(struct host *h)
{
	dispatcher(h);
	heartbeat(h)->joinable = false;
}
static void foreign_socket(struct host *h)
{
	heartbeat(h)->ours = false;
	heartbeat(h)->socket = true;
}
static void generic(struct host *h)
{
	heartbeat(h)->generic = true;
}
static void must_be_native(struct host *h)
{
	detached(h);
	heartbeat(h)->native = DOCTOR_NO;
	heartbeat(h)->wants_native = true;
}
static void deaf(struct host *h)
{
	detached(h);
	heartbeat(h)->socket = heartbeat(h)->deaf = true;
}
static void tags(struct host *h)
{
	detached(h);
	heartbeat(h)->socket = heartbeat(h)->tags = true;
}
static void untold(struct host *h)
{
	detached(h);
	heartbeat(h)->native = DOCTOR_UNKNOWN;
}
static void jumbo(struct host *h)
{
	detached(h);
	heartbeat(h)->mtu = 9000;
}
static void jumbo_attached(struct host *h)
{
	heartbeat(h)->mtu = 9000;
}
static void small(struct host *h)
{
	heartbeat(h)->mtu = 31;
}
static void gro(struct host *h)
{
	detached(h);
	heartbeat(h)->gro_hw = DOCTOR_YES;
}
static void gro_native(struct host *h)
{
	heartbeat(h)->gro_hw = DOCTOR_YES;
}
static void gro_virtio(struct host *h)
{
	gro(h);
	snprintf(heartbeat(h)->driver, DOCTOR_TEXT, "virtio_net");
}
static void networkd(struct host *h)
{
	public(h)->owner = (struct doctor_owner){.networkd = true};
}
static void dhcp(struct host *h)
{
	public(h)->owner.ifupdown_dhcp = public(h)->displaces = true;
	public(h)->wants_mac = false;
}
static void dhcp_beside(struct host *h)
{
	dhcp(h);
	public(h)->displaces = false;
}
static void dhcp_mac(struct host *h)
{
	dhcp_beside(h);
	public(h)->wants_mac = true;
}
static void hwaddr(struct host *h)
{
	public(h)->owner.ifcfg = true;
	snprintf(public(h)->owner.ifcfg_hwaddr, MAC_TEXT, "00:0C:82:AD:B3:29");
}
static void heartbeat_managed(struct host *h)
{
	heartbeat(h)->owner.network_manager = true;
}
static void left_mac(struct host *h)
{
	memcpy(public(h)->mac, shared_mac, sizeof(shared_mac));
}
static void due_mac(struct host *h)
{
	public(h)->mac_due = true;
}
static void virtio(struct host *h)
{
	public(h)->sets_mac = DOCTOR_NO;
}
static void bridge(struct host *h)
{
	snprintf(public(h)->port_of, CONFIG_IFNAME, "br0");
}
static void elsewhere(struct host *h)
{
	h->facts.agent.elsewhere = true;
}
static void bond(struct host *h)
{
	public(h)->bond_keeps_mac = true;
}
static void macvlan(struct host *h)
{
	public(h)->macvlan = true;
}
static void macvlan_bond(struct host *h)
{
	macvlan(h);
	bond(h);
}
static void macvlan_virtio(struct host *h)
{
	macvlan(h);
	virtio(h);
}
static void macvlan_dhcp(struct host *h)
{
	macvlan(h);
	dhcp_mac(h);
}
static void macvlan_hwaddr(struct host *h)
{
	macvlan(h);
	hwaddr(h);
}
static void macvlan_down(struct host *h)
{
	macvlan(h);
	public_down(h);
}
static void vf(struct host *h)
{
	public(h)->virtual_function = true;
}
static void vmware(struct host *h)
{
	snprintf(public(h)->driver, DOCTOR_TEXT, "vmxnet3");
}
/* Somebody speaks on the path of a master whose peer would be called silent. */
static void refused(struct host *h)
{
	struct doctor_refused *at = &h->facts.refused[0];
	uint8_t family;

	h->paths[0].state = VRRP_STATE_MASTER;
	h->paths[0].refuses = true;
	h->facts.refused_count = 1;
	*at = (struct doctor_refused){.router = "web",
				      .ifname = "eth1",
				      .family = 4,
				      .age_ms = 300};
	assert_true(address_parse("10.51.67.14", &at->source, &family));
	snprintf(at->why.what, REFUSAL_TEXT, "speaks version 2");
	snprintf(at->why.advice, REFUSAL_TEXT, "the same on both");
}
static void never_heard(struct host *h)
{
	memset(&h->paths[0], 0, sizeof(h->paths[0]));
	h->facts.path_count = 0;
	add_path(h, "eth1", VRRP_STATE_BACKUP);
}
static void gone(struct host *h)
{
	h->paths[0].state = VRRP_STATE_MASTER;
	h->paths[0].answers = DOCTOR_NO;
}
static void not_asked(struct host *h)
{
	h->paths[0].state = VRRP_STATE_MASTER;
}
static void near_clock(struct host *h)
{
	h->router.hmac_key_count = 1;
	h->clocks[0] = (struct doctor_clock){.router = "web",
					     .family = 4,
					     .skew_ns = 2400000000,
					     .window_s = 5};
	h->facts.clock_count = 1;
}
static void old_stale(struct host *h)
{
	h->router.hmac_key_count = 1;
	h->clocks[0] = (struct doctor_clock){.router = "web",
					     .stale = true,
					     .skew_ns = 9000000000,
					     .window_s = 5,
					     .age_ms = 61000};
	h->facts.clock_count = 1;
}
static void far_clock(struct host *h)
{
	h->router.hmac_key_count = 1;
	h->clocks[0] = (struct doctor_clock){.router = "web",
					     .family = 4,
					     .skew_ns = -6000000000,
					     .window_s = 5};
	h->facts.clock_count = 1;
}
static void same_pace(struct host *h)
{
	h->paths[0].drifts = true;
	h->paths[0].drift_ppm = -400;
}
static void slow_master(struct host *h)
{
	h->paths[0].drifts = true;
	h->paths[0].drift_ppm = 600;
}
static void fast_master(struct host *h)
{
	h->paths[0].drifts = true;
	h->paths[0].drift_ppm = -2000;
}
static void advised(struct host *h, double a_year, uint16_t safe_cs)
{
	h->paths[0].advice = (struct interval_advice){
		.state = INTERVAL_ADVICE_GIVEN,
		.interval_cs = 10,
		.risk = {.per_year = a_year, .low = a_year / 8, .high = 4 * a_year},
		.safe_cs = safe_cs,
	};
}
static void safe_interval(struct host *h)
{
	advised(h, 0.99, 5);
}
static void short_interval(struct host *h)
{
	advised(h, 1, 20);
}
static void no_safe_interval(struct host *h)
{
	advised(h, 30, 0);
}
static void young_interval(struct host *h)
{
	h->paths[0].advice = (struct interval_advice){.state = INTERVAL_ADVICE_WAIT, .wait_s = 61};
}
static void chain(struct host *h, const char *family, bool legacy)
{
	struct doctor_chain *added = &h->facts.chains[h->facts.chain_count++];

	snprintf(added->family, sizeof(added->family), "%s", family);
	snprintf(added->table, sizeof(added->table), "filter");
	snprintf(added->name, sizeof(added->name), "INPUT");
	added->legacy = legacy;
}
static void drop_vrrp(struct host *h)
{
	chain(h, "ip", false);
}
static void drop_legacy(struct host *h)
{
	chain(h, "ip", true);
}
static void drop_let_in(struct host *h)
{
	chain(h, "inet", false);
	h->facts.chains[0].accepts_vrrp = true;
}
static void drop_nd(struct host *h)
{
	drop_let_in(h);
	h->address.family = 6;
}

static void other_answers(struct host *h)
{
	snprintf(h->facts.others[0].name, CONFIG_IFNAME, "eth2");
	h->facts.others[0].answers = true;
	h->facts.other_count = 1;
}

static void too_many_others(struct host *h)
{
	for (unsigned int i = 0; i < DOCTOR_MAX_OTHERS; i++)
		snprintf(h->facts.others[i].name, CONFIG_IFNAME, "veth%u", i);
	h->facts.other_count = DOCTOR_MAX_OTHERS + 3;
}

static void other_is_silent(struct host *h)
{
	snprintf(h->facts.others[0].name, CONFIG_IFNAME, "eth2");
	h->facts.other_count = 1;
}

struct row {
	const char *what;
	void (*change)(struct host *host);
	enum doctor_level level;
	const char *check;
	const char *part; /* of the finding, or of its advice */
};

static const struct row rows[] = {
	{"no tcx: clsact", no_tcx, DOCTOR_OK, "kernel-fence", "clsact"},
	{"the fence was put right", repaired, DOCTOR_WARN, "fence", "3 times"},
	{"the fence stands", fence_first, DOCTOR_OK, "fence", "before all"},
	{"the fence is behind", fence_behind, DOCTOR_FAIL, "fence", "bpftool net show dev eth0"},
	{"the fence is gone", fence_gone, DOCTOR_FAIL, "fence", "removed the fence"},
	{"no XDP links", no_link, DOCTOR_WARN, "kernel-xdp", "packet sockets"},
	{"no agent, and a configuration", no_agent, DOCTOR_WARN, "agent", "systemctl start"},
	{"agent without CAP_BPF", no_bpf_cap, DOCTOR_WARN, "capabilities", "lacks CAP_BPF"},
	{"a configuration with an error", bad_config, DOCTOR_FAIL, "config", "vrid: "},
	{"somebody else's configuration", foreign_config, DOCTOR_FAIL, "config", "chown root"},
	{"a configuration for all to write", writable_config, DOCTOR_FAIL, "config", "go-w"},
	{"to read, without a secret", readable_config, DOCTOR_OK, "config", "no errors"},
	{"heartbeat down", down, DOCTOR_FAIL, "link", "ip link set eth1 up"},
	{"public NIC down: a takeover sets it up", public_down, DOCTOR_WARN, "link", "down"},
	{"no Ethernet", no_ethernet, DOCTOR_FAIL, "link", "not an Ethernet"},
	{"unicast needs no multicast", unicast, DOCTOR_OK, "xdp", "native"},
	{"the groups are not let in", shut_filter, DOCTOR_WARN, "multicast", "224.0.0.18"},
	{"another agent's NIC", other_agent, DOCTOR_FAIL, "xdp", "pid 99"},
	{"libxdp's dispatcher", dispatcher, DOCTOR_WARN, "xdp", "vrrp-xdp attach eth1 adds"},
	{"the same, by a build that cannot", unsupported, DOCTOR_WARN, "xdp", "eth1 --replace"},
	{"somebody's program, and a socket", foreign_socket, DOCTOR_WARN, "xdp", "id 12"},
	{"generic, where native could be", generic, DOCTOR_WARN, "xdp", "ethtool -l eth1"},
	{"native wanted, and not there", must_be_native, DOCTOR_FAIL, "xdp", "mode = auto"},
	{"XDP that hears nothing", deaf, DOCTOR_WARN, "xdp", "missed adverts"},
	{"XDP that hears other VLANs", tags, DOCTOR_WARN, "xdp", "ethtool -K eth1 rxvlan off"},
	{"a kernel that does not tell", untold, DOCTOR_OK, "xdp", "does not tell"},
	{"jumbo frames", jumbo, DOCTOR_WARN, "mtu", "mtu 1500"},
	{"jumbo frames, attached all the same", jumbo_attached, DOCTOR_OK, "mtu", "9000"},
	{"no room for an advert", small, DOCTOR_FAIL, "mtu", "32 bytes"},
	{"GRO_HW", gro, DOCTOR_WARN, "offloads", "ethtool -K eth1 rx-gro-hw off"},
	{"GRO_HW beside native XDP", gro_native, DOCTOR_OK, "offloads", "does no harm"},
	{"GRO_HW of virtio", gro_virtio, DOCTOR_OK, "offloads", "does no harm"},
	{"networkd", networkd, DOCTOR_WARN, "manager", "KeepConfiguration=yes"},
	{"DHCP", dhcp, DOCTOR_WARN, "manager", "renewal"},
	{"DHCP, and the shared MAC", dhcp_mac, DOCTOR_WARN, "manager", "renewal"},
	{"DHCP beside a router that displaces nothing", dhcp_beside, DOCTOR_OK, "manager",
	 "is added to that"},
	{"ifcfg with HWADDR", hwaddr, DOCTOR_WARN, "manager", "HWADDR=00:0C:82:AD:B3:29"},
	{"who manages a heartbeat does not matter", heartbeat_managed, DOCTOR_OK, "xdp", "native"},
	{"the shared MAC was left behind", left_mac, DOCTOR_FAIL, "mac", "not master"},
	{"the shared MAC did not come", due_mac, DOCTOR_FAIL, "mac",
	 "does not have the shared MAC"},
	{"virtio without its own MAC", virtio, DOCTOR_FAIL, "mac", "CTRL_MAC_ADDR"},
	{"an agent in a container", elsewhere, DOCTOR_OK, "agent", "another network namespace"},
	{"a port of a bridge", bridge, DOCTOR_WARN, "port", "public = br0"},
	{"a bond that keeps its MAC", bond, DOCTOR_FAIL, "mac", "fail_over_mac"},
	{"a macvlan on such a bond", macvlan_bond, DOCTOR_OK, "mac", "no problem is known"},
	{"a macvlan on such a virtio NIC", macvlan_virtio, DOCTOR_OK, "mac", "no problem is known"},
	{"DHCP below a macvlan", macvlan_dhcp, DOCTOR_OK, "manager", "is added to that"},
	{"ifcfg with HWADDR below a macvlan", macvlan_hwaddr, DOCTOR_OK, "manager", "once"},
	{"the NIC below a macvlan is down", macvlan_down, DOCTOR_FAIL, "link", "down"},
	{"a virtual function", vf, DOCTOR_WARN, "mac", "trust on"},
	{"VMware", vmware, DOCTOR_WARN, "mac", "forged transmits"},
	{"a peer that cannot be understood", refused, DOCTOR_FAIL, "refused-peer",
	 "10.51.67.14 on eth1 cannot be understood, and was heard 300 ms ago: speaks version 2"},
	{"a backup that never heard", never_heard, DOCTOR_WARN, "peer", "ever heard"},
	{"a master whose peer is gone", gone, DOCTOR_WARN, "peer", "does not answer ARP"},
	{"a master whose peer was not asked", not_asked, DOCTOR_OK, "peer",
	 "as a backup should be"},
	{"a clock within half of the window", near_clock, DOCTOR_OK, "clock", "+2400.000 ms"},
	{"refused as stale, long ago", old_stale, DOCTOR_OK, "clock", "time service"},
	{"clocks that run equally fast", same_pace, DOCTOR_OK, "drift", "less than 500 ppm"},
	{"a master whose clock is slow", slow_master, DOCTOR_WARN, "drift",
	 "600 ppm apart: the adverts of the last master arrive later"},
	{"a master whose clock is fast", fast_master, DOCTOR_WARN, "drift",
	 "2000 ppm apart: the adverts of the last master arrive sooner"},
	{"a safe interval", safe_interval, DOCTOR_OK, "interval",
	 "interval 100ms: 0.99 false failovers a year, 4 at most (95 %); safe: 50ms"},
	{"a short interval", short_interval, DOCTOR_WARN, "interval",
	 "set interval = 200ms on all hosts"},
	{"no safe interval", no_safe_interval, DOCTOR_WARN, "interval",
	 "find what makes the master, the wire or this host late: other"},
	{"adverts of less than an hour", young_interval, DOCTOR_OK, "interval",
	 "needs 2 min more of adverts"},
	{"a clock outside the window", far_clock, DOCTOR_FAIL, "clock", "-6.000 s"},
	{"another interface answers", other_answers, DOCTOR_WARN, "other-interface",
	 "net.ipv4.conf.eth2.arp_ignore=1"},
	{"more other interfaces than are named", too_many_others, DOCTOR_WARN, "other-interface",
	 "3 more interfaces"},
	{"another interface, silent", other_is_silent, DOCTOR_OK, "other-interface",
	 "does not answer ARP"},
	{"VRRP dropped", drop_vrrp, DOCTOR_WARN, "firewall",
	 "nft insert rule ip filter INPUT ip protocol 112 accept"},
	{"VRRP dropped by iptables", drop_legacy, DOCTOR_WARN, "firewall",
	 "iptables -I INPUT -p 112 -j ACCEPT"},
	{"VRRP let in", drop_let_in, DOCTOR_OK, "firewall", "nothing that VRRP needs"},
	{"neighbour discovery dropped", drop_nd, DOCTOR_WARN, "firewall", "nd-neighbor-solicit"},
};

static bool contains(const char *text, const char *part)
{
	return text && strstr(text, part);
}

/* It is said, and everything else is as well as it was. */
static void test_row(void **state)
{
	const struct row *row = *state;
	struct host *host = healthy();
	struct doctor_report report;
	unsigned int said = 0;

	row->change(host);
	assert_int_equal(doctor_judge(&host->facts, &report), 0);
	for (unsigned int i = 0; i < report.count; i++) {
		const struct doctor_finding *finding = &report.findings[i];

		if (finding->level == row->level && !strcmp(finding->check, row->check) &&
		    (contains(finding->text, row->part) || contains(finding->advice, row->part)))
			said++;
		assert_true(finding->level == DOCTOR_OK || finding->advice);
	}
	assert_int_equal(said, 1);
	/* A peer that cannot be understood is not called silent. */
	for (unsigned int i = 0; i < report.count && host->facts.refused_count; i++)
		assert_false(contains(report.findings[i].text, "as a backup should be"));
	assert_int_equal(report.levels[DOCTOR_WARN], row->level == DOCTOR_WARN);
	assert_int_equal(report.levels[DOCTOR_FAIL], row->level == DOCTOR_FAIL);
	doctor_free(&report);
	free(host);
}

int main(void)
{
	table_rows(NULL, wholes, name, test_whole);
	table_rows(NULL, rows, what, test_row);
	return table_run("doctor");
}
