/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket mode, on a wire: the rows that the XDP program is tested by and the captures arrive on a
 * NIC, and the same must be said of each. Then what only sockets have: stamps of a wall clock that
 * is set, and a socket that was full. A namespace and a run directory of our own; root.
 */
#include "table.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/loop.h"
#include "captures.h"
#include "hmac_rows.h"
#include "hmac_sha256.h"
#include "netns.h"
#include "row_checks.h"
#include "sys/bpf/hmac_store.h"
#include "sys/bpf/ledger.h"
#include "sys/host/pass.h"
#include "sys/net/listen.h"
#include "sys/net/receiver.h"

#define SLOT    7
#define PATH    1
#define EVENTS  64
#define MS      1000000LL
#define WAIT_MS 5000

/* Of nobody's, and refused: counted at the interface, and known to nobody else. */
static const struct frame_spec marker = {.vrid = 250, .checksum_error = 1};

static char run_dir[] = "/tmp/vrrp-xdp-test-XXXXXX";
static struct vrrp_instance instances[VRRP_MAX_SLOTS];
static struct vrrp_path paths[VRRP_MAX_SLOTS * VRRP_MAX_PATHS];
static struct vrrp_timing timings[VRRP_MAX_SLOTS * VRRP_MAX_PATHS];
static struct vrrp_peers peers_of[VRRP_MAX_SLOTS];
static struct vrrp_lease leases[VRRP_MAX_SLOTS];
static struct receiver *receiver;
static const struct ledger *ledger;
static struct vrrp_event events[EVENTS];
static unsigned int event_count;
static const struct table_shape neighbor_shape = {sizeof(struct vrrp_neighbor_key),
						  sizeof(struct vrrp_neighbor), 64,
						  .forgets = true};
static struct table neighbors = TABLE_NONE, refused_peers = TABLE_NONE;
static struct vrrp_hmac_clock hmac_clock;
static struct table hmac_keys[2], hmac_marks[2]; /* in maps, and in memory */
static unsigned int place;
static int64_t wall_step; /* so far was the wall clock set since it stamped */
static int far_fd, stamping_fd;

/* ---- helpers ---- */

static struct clocks clocks(void)
{
	struct clocks now = loop_clocks();

	now.least_ns += wall_step;
	now.most_ns += wall_step;
	return now;
}

static void keep(void *context, const struct vrrp_event *event)
{
	(void)context;
	assert_true(event_count < EVENTS);
	events[event_count++] = *event;
}

static int near(void)
{
	return (int)if_nametoindex("near");
}

/* Of memory, and new. */
static struct table new_table(const struct table_shape *shape)
{
	struct table table;
	void *memory = calloc(1, table_bytes(shape));

	assert_non_null(memory);
	assert_int_equal(table_of_memory(shape, memory, true, &table), 0);
	return table;
}

static void free_table(struct table *table)
{
	void *memory = table->memory;

	table_close(table);
	free(memory);
}

static void open_receiver(void)
{
	struct receiver_deps deps = {.run_dir = run_dir,
				     .instances = instances,
				     .paths = paths,
				     .timings = timings,
				     .peers = peers_of,
				     .leases = leases,
				     .neighbors = &neighbors,
				     .refused_peers = &refused_peers,
				     .hmac_keys = &hmac_keys[place],
				     .hmac_marks = &hmac_marks[place],
				     .hmac_clock = &hmac_clock,
				     .clocks = clocks};

	assert_int_equal(receiver_open(&deps, &receiver), 0);
	assert_int_equal(receiver_add(receiver, near(), "near"), 0);
	assert_int_equal(ledger_view(run_dir, &ledger, NULL), 0);
}

static void close_receiver(bool keep_ledger)
{
	ledger_close(ledger);
	receiver_close(receiver, keep_ledger ? ENDING_RESTART : ENDING_STOP);
	ledger = NULL;
	receiver = NULL;
}

/* As it is without any sockets, so that no test sees what another one sent. */
static int fresh(void **state)
{
	(void)state;
	memset(instances, 0, sizeof(instances));
	memset(paths, 0, sizeof(paths));
	memset(leases, 0, sizeof(leases));
	free_table(&neighbors);
	free_table(&refused_peers);
	neighbors = new_table(&neighbor_shape);
	refused_peers = new_table(&neighbor_shape);
	event_count = 0;
	wall_step = 0;
	open_receiver();
	return 0;
}

static int stale(void **state)
{
	(void)state;
	if (receiver)
		close_receiver(false);
	assert_int_equal(ledger_inode(run_dir), 0);
	return 0;
}

static void afresh(void)
{
	stale(NULL);
	fresh(NULL);
}

static void configure(const struct vrrp_rules *rules, const struct vrrp_peers *peers,
		      const struct vrrp_addr *own, enum vrrp_role role)
{
	instances[SLOT] = (struct vrrp_instance){.rules = *rules,
						 .role = role,
						 .hmac_ahead_s = HMAC_AHEAD,
						 .deadline_ns = 1};
	peers_of[SLOT] = *peers;
	for (int i = 0; i < VRRP_MAX_PATHS; i++)
		paths[VRRP_PATH_INDEX(SLOT, i)] = (struct vrrp_path){.own_source = *own};
	assert_int_equal(receiver_listen(receiver, near(), rules->family, rules->vrid, SLOT, PATH),
			 0);
}

static void listen_for(const struct frame_row *row)
{
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;

	row_rules(row, &rules, &peers, &own);
	configure(&rules, &peers, &own, VRRP_ROLE_BACKUP);
}

/* Over the wire, to near. */
static void send_bytes(const uint8_t *frame, size_t length)
{
	assert_int_equal(send(far_fd, frame, length, 0), length);
}

static void send_spec(const struct frame_spec *spec)
{
	uint8_t frame[FRAME_MAX];

	send_bytes(frame, frame_build(spec, frame));
}

static const struct vrrp_counters *at_slot(void)
{
	return &ledger->counters[SLOT];
}

static const struct vrrp_counters *at_port(void)
{
	return &ledger->counters[VRRP_MAX_SLOTS];
}

static void wait_readable(void)
{
	struct pollfd poll_fd = {.fd = receiver_fd(receiver), .events = POLLIN};

	if (poll(&poll_fd, 1, WAIT_MS) != 1)
		fail_msg("nothing arrives");
}

static void drain(void)
{
	receiver_drain(receiver, keep, NULL);
}

/* Everything sent so far was heard; *ret_port: what the interface counted of it, but the marker. */
static void hear_all(struct vrrp_counters *ret_port)
{
	uint64_t before = at_port()->verdict[VRRP_VERDICT_CHECKSUM];
	uint64_t seq = ledger->seq;
	struct vrrp_event event = {.verdict = VRRP_VERDICT_VALID};

	send_spec(&marker);
	while (event.advert.vrid != marker.vrid) {
		wait_readable();
		drain();
		while (ledger_told(ledger, &seq, &event) && event.advert.vrid != marker.vrid)
			;
	}
	assert_true(at_port()->verdict[VRRP_VERDICT_CHECKSUM] > before);
	*ret_port = *at_port();
	ret_port->verdict[VRRP_VERDICT_CHECKSUM]--;
}

/* Who is in the table, if somebody is: one at most. */
static bool only_one(const struct table *table, struct vrrp_neighbor_key *ret_key,
		     struct vrrp_neighbor *ret_value)
{
	struct vrrp_neighbor_key next;

	if (table_next(table, NULL, ret_key))
		return false;
	assert_int_equal(table_get(table, ret_key, ret_value), 0);
	assert_int_equal(table_next(table, ret_key, &next), -ENOENT);
	return true;
}

/* Who was heard, if somebody was. */
static bool neighbor(struct vrrp_neighbor_key *ret_key, struct vrrp_neighbor *ret_value)
{
	return only_one(&neighbors, ret_key, ret_value);
}

/* Who could not be understood, if somebody could not. */
static bool refused_peer(struct vrrp_neighbor_key *ret_key, struct vrrp_neighbor *ret_value)
{
	return only_one(&refused_peers, ret_key, ret_value);
}

/* ---- the table ---- */

static void test_ours(void **state)
{
	const struct frame_row *row = *state;
	const struct vrrp_path *path = &paths[VRRP_PATH_INDEX(SLOT, PATH)];
	struct vrrp_neighbor_key speaker;
	struct vrrp_neighbor value;
	struct vrrp_counters port;

	listen_for(row);
	send_spec(&row->frame);
	hear_all(&port);
	if (row->unattributed) {
		row_counted(&port, row->ours, 0);
		row_counted(at_slot(), VRRP_VERDICT_NOT_VRRP, 0);
	} else {
		row_counted(&port, VRRP_VERDICT_NOT_VRRP, 0);
		row_counted(at_slot(), row->ours,
			    row->ours == VRRP_VERDICT_VALID ? row_notes(row) : 0);
	}
	if (!row->unattributed && 1U << row->ours & VRRP_VERDICTS_OF_PEERS) {
		assert_true(refused_peer(&speaker, &value));
		assert_int_equal(speaker.slot, SLOT);
		assert_int_equal(value.refused, row->ours);
	} else {
		assert_false(refused_peer(&speaker, &value));
	}
	if (row->ours != VRRP_VERDICT_VALID) {
		assert_int_equal(event_count, 0);
		assert_false(neighbor(&speaker, &value));
		assert_int_equal(path->adverts, 0);
		assert_int_equal(instances[SLOT].deadline_ns, 1);
		return;
	}
	assert_int_equal(event_count, row->inferior ? 0 : 1);
	if (!row->inferior) {
		row_check_event(row, &events[0], (uint32_t)near(), SLOT, PATH);
		assert_int_equal(path->last_ns, events[0].advert.stamp_ns);
	}
	assert_true(neighbor(&speaker, &value));
	assert_int_equal(speaker.ifindex, near());
	row_check_kept(row, &instances[SLOT], path, &value);
}

/* The interface is known, the VRID is not. */
static void test_foreign(void **state)
{
	const struct frame_row *row = *state;
	bool sound = row->foreign == VRRP_VERDICT_VALID;
	struct vrrp_neighbor_key speaker;
	struct vrrp_neighbor value;
	struct vrrp_counters port;

	send_spec(&row->frame);
	hear_all(&port);
	row_counted(&port, sound ? VRRP_VERDICT_FOREIGN : row->foreign, 0);
	assert_int_equal(event_count, 0);
	assert_int_equal(neighbor(&speaker, &value), sound || row->foreign == VRRP_VERDICT_AH ||
							     row->foreign == VRRP_VERDICT_CARP);
	assert_false(refused_peer(&speaker, &value));
}

/* ---- captures ---- */

/* A switch would forward it: the address is a group's, or it would be another host's. */
static void send_record(const struct frame_record *record, size_t length)
{
	send_bytes(record->data, length < FRAME_ETH ? FRAME_ETH : length);
}

static void test_capture(void **state)
{
	const struct capture *capture = *state;
	size_t count = 0, news = 0;
	struct frame_record *records = frames_read(capture->path, &count);
	struct vrrp_counters port;

	assert_non_null(records);
	assert_in_range(count, 4, 6);
	configure(&capture->rules, &capture->peers, &capture->own, VRRP_ROLE_BACKUP);
	for (size_t i = 0; i < count; i++)
		send_record(&records[i], records[i].length < (size_t)capture->padded_to
						 ? (size_t)capture->padded_to
						 : records[i].length);
	hear_all(&port);
	row_counted(&port, VRRP_VERDICT_NOT_VRRP, 0);
	for (int i = VRRP_VERDICT_NOT_VRRP + 1; i < VRRP_VERDICT_COUNT; i++)
		assert_int_equal(at_slot()->verdict[i], i == (int)capture->expect ? count : 0);
	if (capture->expect == VRRP_VERDICT_VALID)
		news = 1 + (capture->last_priority != capture->first_priority);
	assert_int_equal(event_count, news);
	assert_int_equal(at_slot()->note[VRRP_NOTE_ABSORBED], news ? count - news : 0);
	free(records);
}

static void test_third_party(void **state)
{
	const char *path = *state;
	bool hostile = strcmp(path, THIRD_PARTY_VALID) != 0;
	size_t count = 0, attributed = 0;
	struct frame_record *records = frames_read(path, &count);

	assert_non_null(records);
	assert_true(count >= 3);
	for (size_t i = 0; i < count; i++) {
		struct vrrp_rules rules = {};
		struct vrrp_peers peers = {};
		struct vrrp_addr own = {};
		struct vrrp_counters port;

		if (!capture_rules(records[i].data, records[i].length, &rules, &peers, &own))
			continue;
		attributed++;
		afresh();
		configure(&rules, &peers, &own, VRRP_ROLE_BACKUP);
		send_record(&records[i], records[i].length);
		hear_all(&port);
		assert_int_equal(at_slot()->verdict[VRRP_VERDICT_VALID], !hostile);
		assert_int_equal(port.verdict[VRRP_VERDICT_FOREIGN], 0);
		assert_int_equal(event_count, !hostile);
	}
	assert_true(attributed > 0);
	free(records);
}

/* ---- the authentication trailer ---- */

/* In maps, as the XDP program has them, and where there are none. */
static void open_stores(void)
{
	static const struct table_shape keys = {sizeof(struct vrrp_hmac_key_id),
						sizeof(struct vrrp_hmac_key), 8, .secret = true};
	static const struct table_shape marks = {sizeof(struct vrrp_hmac_source),
						 sizeof(struct vrrp_hmac_mark), 8, .secret = false};

	hmac_keys[0] = TABLE_OF_MAP(bpf_map_create(BPF_MAP_TYPE_HASH, "keys", keys.key_size,
						   keys.value_size, keys.entries, NULL));
	hmac_marks[0] = TABLE_OF_MAP(bpf_map_create(BPF_MAP_TYPE_HASH, "marks", marks.key_size,
						    marks.value_size, marks.entries, NULL));
	assert_true(hmac_keys[0].map >= 0 && hmac_marks[0].map >= 0);
	hmac_keys[1] = new_table(&keys);
	hmac_marks[1] = new_table(&marks);
	for (size_t i = 0; i < COUNT(hmac_key_rows); i++) {
		uint8_t bytes[SIGNED_KEY_LEN];
		struct vrrp_hmac_key_id id = {.slot = SLOT, .id = hmac_key_rows[i].id};
		struct vrrp_hmac_key key;

		signed_key(hmac_key_rows[i].key, bytes);
		hmac_sha256_key(bytes, sizeof(bytes), &key);
		assert_int_equal(table_put(&hmac_keys[0], &id, &key), 0);
		assert_int_equal(table_put(&hmac_keys[1], &id, &key), 0);
	}
}

/* What is accepted for its signature comes once more: then it is a replay. */
static void hear_signed(const struct hmac_row *row)
{
	bool is_signed = row->verdict == VRRP_VERDICT_VALID && !row->is_unsigned;
	uint8_t frame[FRAME_MAX];
	size_t length = hmac_row_build(row, frame);
	struct vrrp_counters port;
	struct vrrp_rules rules;
	struct vrrp_peers peers;
	struct vrrp_addr own;

	hmac_row_rules(row, &rules, &peers, &own);
	configure(&rules, &peers, &own, VRRP_ROLE_BACKUP);
	hmac_clock.read_ns = (uint64_t)loop_now().ns;
	hmac_clock.offset_ns = HMAC_NOW * 1000000000LL - (int64_t)hmac_clock.read_ns;
	send_bytes(frame, length);
	hear_all(&port);
	row_counted(&port, VRRP_VERDICT_NOT_VRRP, 0);
	for (int i = VRRP_VERDICT_NOT_VRRP + 1; i < VRRP_VERDICT_COUNT; i++)
		assert_int_equal(at_slot()->verdict[i], i == (int)row->verdict);
	assert_int_equal(event_count, row->verdict == VRRP_VERDICT_VALID);
	assert_int_equal(!!instances[SLOT].hmac_stale_at_ns,
			 row->verdict == VRRP_VERDICT_HMAC_STALE);
	if (is_signed) {
		send_bytes(frame, length);
		hear_all(&port);
		assert_int_equal(at_slot()->verdict[VRRP_VERDICT_VALID], 1);
		assert_int_equal(at_slot()->verdict[VRRP_VERDICT_HMAC_REPLAY], 1);
	}
	assert_int_equal(hmac_store_sweep(&hmac_marks[place], 0), is_signed);
	assert_int_equal(hmac_store_sweep(&hmac_marks[place], (uint64_t)loop_now().ns), 0);
}

static void test_hmac(void **state)
{
	for (place = 0; place < COUNT(hmac_keys); place++) {
		afresh();
		hear_signed(*state);
	}
	place = 0;
}

/* ---- what is not heard ---- */

static void test_own_frames(void **state)
{
	uint8_t frame[FRAME_MAX];
	size_t length = frame_build(&(struct frame_spec){.vrid = 9}, frame);
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = near()};
	struct vrrp_counters port;

	(void)state;
	assert_int_equal(sendto(far_fd, frame, length, 0, (struct sockaddr *)&to, sizeof(to)),
			 length);
	hear_all(&port);
	row_counted(&port, VRRP_VERDICT_NOT_VRRP, 0);
}

static void test_no_ethernet(void **state)
{
	(void)state;
	run("ip tuntap add dev tun0 mode tun");
	assert_int_equal(receiver_add(receiver, (int)if_nametoindex("tun0"), "tun0"),
			 -EPROTONOSUPPORT);
	assert_int_equal(receiver_add(receiver, 4711, "gone"), -ENODEV);
	assert_int_equal(ledger->ports[1].ifindex, 0);
	run("ip link del tun0");
}

/* ---- NICs that come and go ---- */

static void test_down_and_up(void **state)
{
	struct vrrp_counters port;

	(void)state;
	run("ip link set near down");
	drain();
	/* The kernel drops what the other end sends until it has seen the carrier. */
	run("ip link set near up && "
	    "timeout 5 sh -c 'until ip link show far | grep -q \"state UP\"; do :; done'");
	send_spec(&(struct frame_spec){.vrid = 9});
	hear_all(&port);
	row_counted(&port, VRRP_VERDICT_FOREIGN, 0);
}

static void test_vanished(void **state)
{
	int ifindex;

	(void)state;
	run("ip link add left type veth peer name right && ip link set left up");
	ifindex = (int)if_nametoindex("left");
	assert_int_equal(receiver_add(receiver, ifindex, "left"), 0);
	assert_int_equal(receiver_add(receiver, ifindex, "left"), 0); /* again: no change */
	assert_int_equal(ledger->ports[1].ifindex, ifindex);
	run("ip link del left");
	drain();
	receiver_remove(receiver, ifindex);
	assert_int_equal(ledger->ports[1].ifindex, 0);
	assert_int_equal(receiver_listen(receiver, ifindex, 4, 55, SLOT, PATH), -ENODEV);
	drain();
}

/* ---- time ---- */

static const struct frame_row plain = {.desc = "plain", .ours = VRRP_VERDICT_VALID};

/* The time around a send, in which its frame arrives. */
struct sent {
	struct monotime before, after;
};

static struct sent send_advert(uint8_t priority)
{
	struct sent sent;

	sent.before = loop_now();
	send_spec(&(struct frame_spec){.priority = priority});
	wait_readable();
	sent.after = loop_now();
	return sent;
}

static void let_pass(struct monotime until)
{
	while (monotime_before(loop_now(), until))
		poll(NULL, 0, 1);
}

/* Read late, it counts as it arrived. */
static void test_arrival(void **state)
{
	struct sent sent;

	(void)state;
	listen_for(&plain);
	sent = send_advert(200);
	let_pass(monotime_add(sent.after, 100 * MS));
	drain();
	assert_int_equal(event_count, 1);
	assert_in_range(events[0].advert.stamp_ns, sent.before.ns, sent.after.ns);
	assert_int_equal(instances[SLOT].deadline_ns,
			 events[0].advert.stamp_ns +
				 vrrp_master_down_ns(3, instances[SLOT].rules.priority, 100));
}

/* The wall clock is set while a frame waits: no deadline comes sooner for it, and none is lost. */
static void test_wall_step(void **state)
{
	static const int64_t steps[] = {3600000 * MS, -3600000 * MS, 40 * MS,
					-40 * MS,     1 * MS,        -1 * MS};

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct monotime drained;
		struct sent sent;

		afresh();
		listen_for(&plain);
		drain();
		sent = send_advert(200);
		let_pass(monotime_add(sent.after, 60 * MS));
		wall_step = steps[i];
		drained = loop_now();
		drain();
		assert_int_equal(event_count, 1);
		assert_in_range(events[0].advert.stamp_ns, drained.ns, loop_now().ns);
	}
}

/* ---- a socket that is full ---- */

static void overflow(void)
{
	uint8_t frame[FRAME_MAX];
	size_t length = frame_build(&(struct frame_spec){.checksum_error = 1}, frame);

	for (int i = 0; i < 20000; i++)
		send_bytes(frame, length);
}

/* An agent that was frozen for two seconds, in a flood: the master's last adverts found no room. */
static void test_lost(void **state)
{
	struct monotime now;
	struct sent first;
	int64_t wait_ns = 1000 * MS + (int64_t)vrrp_skew_ns(3, 100, 100);

	(void)state;
	listen_for(&plain);
	first = send_advert(200);
	drain();
	overflow();
	let_pass(monotime_add(first.after, 1100 * MS));
	now = loop_now();
	drain();
	assert_true(ledger->ports[0].lost > 1000);
	/* Heard: every frame that found room, each once. */
	assert_int_equal(at_slot()->verdict[VRRP_VERDICT_CHECKSUM] + ledger->ports[0].lost, 20000);
	assert_int_equal(event_count, 1);
	/* Not before one more advert could have come. */
	assert_true(instances[SLOT].deadline_ns >= (uint64_t)first.before.ns + 3000 * MS);
	instances[SLOT].deadline_ns = (uint64_t)now.ns;
	overflow();
	let_pass(monotime_add(now, 1100 * MS));
	now = loop_now();
	drain();
	assert_in_range(instances[SLOT].deadline_ns, (uint64_t)(now.ns + wait_ns),
			(uint64_t)(loop_now().ns + wait_ns));
	/* With the agent awake, a flood moves nothing. */
	instances[SLOT].deadline_ns = (uint64_t)now.ns;
	overflow();
	drain();
	assert_int_equal(instances[SLOT].deadline_ns, now.ns);
}

/* ---- from one agent to the next ---- */

static void test_restart(void **state)
{
	struct adopted adopted = {.slot = {[SLOT] = true}};
	struct vrrp_counters port;

	(void)state;
	listen_for(&plain);
	send_spec(&plain.frame);
	hear_all(&port);
	assert_int_equal(at_slot()->verdict[VRRP_VERDICT_VALID], 1);
	close_receiver(true);
	open_receiver();
	receiver_reset(receiver, &adopted);
	assert_int_equal(at_slot()->verdict[VRRP_VERDICT_VALID], 1);
	assert_int_equal(at_port()->verdict[VRRP_VERDICT_CHECKSUM], 1);
	assert_int_equal(ledger->ports[0].ifindex, near());
	adopted.slot[SLOT] = false;
	receiver_reset(receiver, &adopted);
	row_counted(at_slot(), VRRP_VERDICT_NOT_VRRP, 0);
}

/* What arrives between two processes waits in the socket. */
static void test_handed_on(void **state)
{
	struct vrrp_counters port;

	(void)state;
	close_receiver(true);
	send_spec(&plain.frame);
	open_receiver();
	listen_for(&plain);
	hear_all(&port);
	assert_int_equal(at_slot()->verdict[VRRP_VERDICT_VALID], 1);
	pass_close_rest();
}

static unsigned int packet_sockets(void)
{
	char *text = output("wc -l < /proc/net/packet");
	unsigned int count = (unsigned int)atoi(text);

	free(text);
	return count;
}

/* Bound to another NIC than its name says: opened anew. */
static void test_handed_on_wrongly(void **state)
{
	unsigned int before = packet_sockets();
	struct vrrp_counters port;
	int loopback = listen_open(LISTEN_HEARS, 1);

	(void)state;
	assert_true(loopback >= 0);
	close_receiver(false);
	listen_pass_on(LISTEN_HEARS, loopback, near());
	open_receiver();
	listen_for(&plain);
	send_spec(&plain.frame);
	hear_all(&port);
	assert_int_equal(at_slot()->verdict[VRRP_VERDICT_VALID], 1);
	assert_int_equal(packet_sockets(), before);
}

/* A ledger without a NIC is of an agent that is gone. */
static void test_leftover(void **state)
{
	const struct adopted adopted = {0};
	struct receiver_deps deps = {
		.run_dir = run_dir,
		.neighbors = &neighbors,
		.refused_peers = &refused_peers,
		.clocks = clocks,
	};

	(void)state;
	close_receiver(true);
	assert_true(ledger_inode(run_dir) != 0);
	assert_int_equal(receiver_open(&deps, &receiver), 0);
	receiver_reset(receiver, &adopted);
	assert_int_equal(ledger_inode(run_dir), 0);
}

/* ---- all of them ---- */

static int enter(void **state)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	int one = 1;

	(void)state;
	assert_non_null(mkdtemp(run_dir));
	netns_enter();
	run("ip link add near type veth peer name far");
	for (int i = 0; i < 2; i++) {
		const char *name = i ? "far" : "near";

		run("sysctl -qw net.ipv6.conf.%s.disable_ipv6=1", name);
		run("ip link set %s mtu 9000 up", name);
	}
	far_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	address.sll_ifindex = (int)if_nametoindex("far");
	assert_int_equal(bind(far_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	open_stores();
	/* The kernel begins to stamp some time after the first socket that wants it, and stamps at
	 * the read until then. */
	stamping_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setsockopt(stamping_fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)), 0);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	close(stamping_fd);
	free_table(&neighbors);
	free_table(&refused_peers);
	for (size_t s = 0; s < COUNT(hmac_keys); s++) {
		free_table(&hmac_keys[s]);
		free_table(&hmac_marks[s]);
	}
	close(far_fd);
	return rmdir(run_dir);
}

int main(void)
{
	static struct capture captures[CAPTURES_MAX];
	size_t capture_count = captures_read(captures);

	if (!capture_count) {
		fprintf(stderr, "test_receiver: cannot read " CAPTURES_DIR "index.json\n");
		return 1;
	}
	table_setup = fresh;
	table_teardown = stale;
	for (size_t i = 0; i < FRAME_ROWS; i++) {
		const struct frame_row *row = &frame_rows[i];

		table_add("ours", row->desc, test_ours, row);
		table_add("foreign", row->desc, test_foreign, row);
	}
	for (size_t i = 0; i < capture_count; i++)
		table_add(NULL, captures[i].desc, test_capture, &captures[i]);
	table_add(NULL, THIRD_PARTY_VALID, test_third_party, THIRD_PARTY_VALID);
	for (size_t i = 0; i < COUNT(third_party_hostile); i++)
		table_add(NULL, third_party_hostile[i], test_third_party, third_party_hostile[i]);
	for (size_t i = 0; i < HMAC_ROWS; i++)
		table_add(NULL, hmac_rows[i].desc, test_hmac, &hmac_rows[i]);
	table_add(NULL, "our own frames are not heard", test_own_frames, NULL);
	table_add(NULL, "no Ethernet, no NIC", test_no_ethernet, NULL);
	table_add(NULL, "a NIC goes down and up", test_down_and_up, NULL);
	table_add(NULL, "a NIC vanishes", test_vanished, NULL);
	table_add(NULL, "read late, it counts as it arrived", test_arrival, NULL);
	table_add(NULL, "the wall clock is set while a frame waits", test_wall_step, NULL);
	table_add(NULL, "a socket that was full", test_lost, NULL);
	table_add(NULL, "a restart keeps what goes on", test_restart, NULL);
	table_add(NULL, "what arrives during a restart is heard", test_handed_on, NULL);
	table_add(NULL, "a socket that is bound to another NIC", test_handed_on_wrongly, NULL);
	table_add(NULL, "what was left by an agent that is gone goes", test_leftover, NULL);
	return table_run_in("receiver", enter, leave);
}
