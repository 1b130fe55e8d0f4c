/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of calls of heartbeat.bpf.c, on the frames of sys/net/listen.h. Decides nothing: the
 * pure headers of bpf/ do.
 */
#include "sys/net/receiver.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "advert_check.h"
#include "hmac_check.h"
#include "judge.h"
#include "sys/bpf/ledger.h"
#include "sys/host/log.h"
#include "sys/host/permission.h"
#include "sys/net/listen.h"
#include "tally.h"

#define NOBODY UINT16_MAX

/* Of one drain and NIC: more than a socket holds, so that a flood does not hold deadlines up. */
#define DRAIN_MAX 16384

#define SAY_LOST_NS 60000000000LL

struct port {
	int ifindex; /* 0: free. Its place is that in the ledger */
	int fd;
	char ifname[16];
	struct monotime last;             /* frame */
	struct monotime lost_said;        /* 0: never */
	struct vrrp_listener who[2][256]; /* IPv4, IPv6; by VRID. slot NOBODY */
};

struct receiver {
	struct receiver_deps deps;
	int epoll_fd;
	struct ledger *ledger; /* NULL: no NIC was added yet */
	struct listen_batch *batch;
	struct stamps stamps;
	struct port *ports[VRRP_MAX_PORTS];
	receiver_event_fn fn;
	void *context;
};

/* ---- NICs and listeners ---- */

static struct port *port_of(const struct receiver *receiver, int ifindex)
{
	for (unsigned int i = 0; i < VRRP_MAX_PORTS; i++) {
		if (receiver->ports[i] && receiver->ports[i]->ifindex == ifindex)
			return receiver->ports[i];
	}
	return NULL;
}

int receiver_open(const struct receiver_deps *deps, struct receiver **ret_receiver)
{
	struct receiver *receiver = calloc(1, sizeof(*receiver));
	int err;

	if (!receiver)
		return -ENOMEM;
	receiver->deps = *deps;
	receiver->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (receiver->epoll_fd < 0) {
		err = -errno;
		free(receiver);
		return err;
	}
	*ret_receiver = receiver;
	return 0;
}

void receiver_close(struct receiver *receiver, enum ending ending)
{
	if (!receiver)
		return;
	for (unsigned int i = 0; i < VRRP_MAX_PORTS; i++) {
		struct port *port = receiver->ports[i];

		if (port && ending == ENDING_RESTART)
			listen_pass_on(LISTEN_HEARS, port->fd, port->ifindex);
		else if (port)
			close(port->fd);
		free(port);
	}
	ledger_close(receiver->ledger);
	if (ending == ENDING_STOP)
		ledger_remove(receiver->deps.run_dir);
	listen_batch_free(receiver->batch);
	close(receiver->epoll_fd);
	free(receiver);
}

/* With the first NIC: nobody else needs any of this. */
static int prepare(struct receiver *receiver)
{
	struct clocks clocks = receiver->deps.clocks();
	int err;

	if (receiver->ledger)
		return 0;
	if (!receiver->batch)
		receiver->batch = listen_batch_new();
	if (!receiver->batch)
		return -ENOMEM;
	/* What is heard is worth more than what is shown. */
	err = ledger_open(receiver->deps.run_dir, &receiver->ledger);
	if (err) {
		log_err("%s/ledger: %s; status will show nothing of packet sockets",
			receiver->deps.run_dir, strerror(-err));
		receiver->ledger = ledger_private();
	}
	if (!receiver->ledger)
		return -ENOMEM;
	stamps_init(&receiver->stamps, &clocks);
	return 0;
}

/* The place that the NIC has in the ledger already, or a free one; VRRP_MAX_PORTS: none. */
static unsigned int take_place(struct receiver *receiver, int ifindex)
{
	struct ledger *ledger = receiver->ledger;
	unsigned int place = VRRP_MAX_PORTS;

	for (unsigned int i = 0; i < VRRP_MAX_PORTS; i++) {
		if (ledger->ports[i].ifindex == (__u32)ifindex)
			return i;
		if (!ledger->ports[i].ifindex && place == VRRP_MAX_PORTS)
			place = i;
	}
	if (place < VRRP_MAX_PORTS) {
		memset(&ledger->counters[VRRP_MAX_SLOTS + place], 0, sizeof(ledger->counters[0]));
		ledger->ports[place] = (struct ledger_port){.ifindex = (__u32)ifindex};
	}
	return place;
}

static int watch(const struct receiver *receiver, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(receiver->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int receiver_add(struct receiver *receiver, int ifindex, const char *ifname)
{
	struct port *port = port_of(receiver, ifindex);
	char why[PERMISSION_TEXT];
	unsigned int place;
	int err;

	if (port)
		return 0;
	err = prepare(receiver);
	if (err)
		return err;
	place = take_place(receiver, ifindex);
	if (place == VRRP_MAX_PORTS) {
		log_err("%s: %d interfaces are heard by packet socket already, which is the limit",
			ifname, VRRP_MAX_PORTS);
		return -ENOSPC;
	}
	port = calloc(1, sizeof(*port));
	if (!port)
		return -ENOMEM;
	port->ifindex = ifindex;
	snprintf(port->ifname, sizeof(port->ifname), "%s", ifname);
	memset(port->who, 0xff, sizeof(port->who));
	port->fd = err = listen_open(LISTEN_HEARS, ifindex);
	if (port->fd >= 0)
		err = watch(receiver, port->fd);
	if (err) {
		log_err("%s: no packet socket: %s", ifname,
			err == -EPROTONOSUPPORT ? "it is no Ethernet interface"
			: err == -EPERM         ? permission_why(PERMISSION_NET_RAW, why)
						: strerror(-err));
		if (port->fd >= 0)
			close(port->fd);
		free(port);
		receiver->ledger->ports[place].ifindex = 0;
		return err;
	}
	receiver->ports[place] = port;
	return 0;
}

void receiver_remove(struct receiver *receiver, int ifindex)
{
	for (unsigned int i = 0; i < VRRP_MAX_PORTS; i++) {
		struct port *port = receiver->ports[i];

		if (!port || port->ifindex != ifindex)
			continue;
		close(port->fd);
		free(port);
		receiver->ports[i] = NULL;
		receiver->ledger->ports[i].ifindex = 0;
	}
}

int receiver_listen(struct receiver *receiver, int ifindex, uint8_t family, uint8_t vrid,
		    uint16_t slot, uint16_t path)
{
	struct port *port = port_of(receiver, ifindex);

	if (!port)
		return -ENODEV;
	port->who[family == 6][vrid] = (struct vrrp_listener){.slot = slot, .path = path};
	return 0;
}

int receiver_unlisten(struct receiver *receiver, int ifindex, uint8_t family, uint8_t vrid)
{
	return receiver_listen(receiver, ifindex, family, vrid, NOBODY, 0);
}

void receiver_reset(struct receiver *receiver, const struct adopted *adopted)
{
	struct ledger *ledger = receiver->ledger;

	if (!ledger) {
		/* Left by one that did not end in order: nobody writes to it. */
		ledger_remove(receiver->deps.run_dir);
		return;
	}
	for (unsigned int i = 0; i < VRRP_MAX_PORTS; i++) {
		if (!receiver->ports[i])
			ledger->ports[i].ifindex = 0;
	}
	for (unsigned int slot = 0; slot < VRRP_MAX_SLOTS; slot++) {
		if (!adopted->slot[slot])
			memset(&ledger->counters[slot], 0, sizeof(ledger->counters[slot]));
	}
}

void receiver_renew(struct receiver *receiver)
{
	int err = receiver->ledger ? ledger_renew(receiver->ledger, receiver->deps.run_dir) : 0;

	if (err)
		log_err("%s/ledger: %s; the agent works, but status shows nothing of packet "
			"sockets",
			receiver->deps.run_dir, strerror(-err));
}

int receiver_fd(const struct receiver *receiver)
{
	return receiver->epoll_fd;
}

bool receiver_waits(const struct receiver *receiver)
{
	struct pollfd pfd = {.fd = receiver->epoll_fd, .events = POLLIN};

	return poll(&pfd, 1, 0) > 0;
}

/* ---- frames ---- */

/* Record a speaker in `neighbors` or in `refused_peers`. Returns the gap since its last advert. */
static uint64_t meet(struct table *table, const struct vrrp_event *event, uint16_t slot,
		     uint8_t refused)
{
	struct vrrp_neighbor_key key = {
		.ifindex = event->ifindex,
		.family = event->advert.family,
		.vrid = event->advert.vrid,
		.slot = slot,
		.source = event->advert.source,
	};
	struct vrrp_neighbor neighbor = {0};
	uint64_t gap_ns;

	(void)table_get(table, &key, &neighbor); /* or it is the first */
	gap_ns = vrrp_tally_neighbor(&neighbor, &event->advert, refused);
	(void)table_put(table, &key, &neighbor);
	return gap_ns;
}

static struct vrrp_counters *count(struct receiver *receiver, const struct vrrp_event *event)
{
	struct vrrp_counters *counters = &receiver->ledger->counters[event->slot];

	vrrp_tally_count(counters, event->verdict, event->notes);
	ledger_tell(receiver->ledger, event);
	return counters;
}

/* Does a VALID advert count, by its trailer? Keys and marks are found as the XDP program finds
 * them; that one may move the mark of a source that is heard on a NIC of its own as well. */
static enum vrrp_verdict authenticate(const struct receiver *receiver,
				      const struct listen_frame *frame,
				      const struct vrrp_place *place,
				      struct vrrp_instance *instance,
				      const struct vrrp_event *event)
{
	const uint8_t *end = frame->data + frame->length;
	const struct vrrp_advert *advert = &event->advert;
	struct vrrp_hmac_source source = {.slot = event->slot, .source = advert->source};
	const struct receiver_deps *deps = &receiver->deps;
	struct vrrp_hmac_key_id key_id = {.slot = event->slot};
	struct vrrp_signature signature;
	struct vrrp_hmac_mark mark, next;
	struct vrrp_hmac_key key;
	enum vrrp_verdict verdict;
	bool has_key, has_mark;

	verdict = vrrp_hmac_read(frame->data, end, place, instance->rules.hmac_mode, advert,
				 &signature);
	if (verdict != VRRP_VERDICT_VALID || !signature.present)
		return verdict;
	key_id.id = signature.key_id;
	has_key = !table_get(deps->hmac_keys, &key_id, &key);
	has_mark = !table_get(deps->hmac_marks, &source, &mark);
	verdict = vrrp_hmac_check(frame->data, end, instance, advert, &signature,
				  has_key ? &key : NULL, has_mark ? &mark : NULL, deps->hmac_clock,
				  &next);
	explicit_bzero(&key, sizeof(key));
	if (verdict != VRRP_VERDICT_VALID)
		return verdict;
	/* Without room for a mark nothing would stop a replay. */
	if (table_put(deps->hmac_marks, &source, has_mark ? &mark : &next))
		return VRRP_VERDICT_HMAC_REPLAY;
	return VRRP_VERDICT_VALID;
}

/* A frame of nobody's: sound ones are FOREIGN, others keep their verdict; both only counted. */
static void foreign(struct receiver *receiver, struct vrrp_event *event, unsigned int place)
{
	struct table *neighbors = receiver->deps.neighbors;

	if (event->verdict == VRRP_VERDICT_VALID) {
		event->verdict = VRRP_VERDICT_FOREIGN;
		event->gap_ns = meet(neighbors, event, 0, 0);
	} else if (vrrp_tally_is_other(event->verdict)) {
		event->gap_ns = meet(neighbors, event, 0, event->verdict);
	}
	event->slot = (__u16)(VRRP_MAX_SLOTS + place);
	count(receiver, event);
}

/* A frame of one of our virtual routers. */
static void ours(struct receiver *receiver, struct vrrp_event *event, unsigned int gate,
		 struct vrrp_instance *instance, struct vrrp_path *path)
{
	unsigned int index = VRRP_PATH_INDEX(event->slot, event->path);
	struct vrrp_counters *counters;

	if (event->verdict == VRRP_VERDICT_VALID) {
		event->gap_ns = meet(receiver->deps.neighbors, event, 0, 0);
		event->judgement = (__u8)vrrp_judge(instance, path, event->path,
						    &receiver->deps.leases[event->slot],
						    &event->advert, &event->notes);
		if (gate && event->judgement == VRRP_JUDGED_YIELD)
			vrrp_judge_gate(&receiver->deps.leases[VRRP_GATE_SLOT(gate)]);
		vrrp_tally_path(path, &receiver->deps.timings[index], &event->advert);
	}
	counters = count(receiver, event);
	if (vrrp_tally_is_of_peer(event->verdict) &&
	    vrrp_tally_may_record(counters, event->advert.stamp_ns))
		meet(receiver->deps.refused_peers, event, event->slot, event->verdict);
	if (event->notes & VRRP_NOTE_BIT(NEWS))
		receiver->fn(receiver->context, event);
}

static void hear(struct receiver *receiver, unsigned int place, const struct listen_frame *frame,
		 struct monotime at)
{
	const struct port *port = receiver->ports[place];
	const uint8_t *data = frame->data, *end = data + frame->length;
	struct vrrp_event event = {.ifindex = (__u32)port->ifindex,
				   .advert.stamp_ns = (__u64)at.ns};
	struct vrrp_listener listener = {.slot = NOBODY};
	struct vrrp_instance *instance = NULL;
	struct vrrp_place message = {0};
	struct vrrp_path *path;

	event.verdict = (__u8)vrrp_locate(data, end, &event.advert, &message);
	if (event.verdict == VRRP_VERDICT_NOT_VRRP)
		return;
	if (message.attributed)
		listener = port->who[event.advert.family == 6][event.advert.vrid];
	if (listener.slot < VRRP_MAX_SLOTS)
		instance = &receiver->deps.instances[listener.slot];
	if (!instance || instance->rules.family != event.advert.family ||
	    instance->rules.vrid != event.advert.vrid) {
		if (event.verdict == VRRP_VERDICT_VALID)
			event.verdict = (__u8)vrrp_check(data, end, &message, NULL, NULL, NULL,
							 &event.advert);
		foreign(receiver, &event, place);
		return;
	}
	event.slot = listener.slot;
	event.path = VRRP_GATED_PATH(listener.path);
	path = &receiver->deps.paths[VRRP_PATH_INDEX(listener.slot, event.path)];
	if (event.verdict == VRRP_VERDICT_VALID)
		event.verdict = (__u8)vrrp_check(data, end, &message, &instance->rules,
						 &receiver->deps.peers[listener.slot],
						 &path->own_source, &event.advert);
	if (event.verdict == VRRP_VERDICT_VALID && instance->rules.hmac_mode)
		event.verdict = (__u8)authenticate(receiver, frame, &message, instance, &event);
	if (event.verdict == VRRP_VERDICT_OWN_SOURCE)
		vrrp_tally_echo(instance, &event.advert, event.path);
	ours(receiver, &event, VRRP_GATED_GATE(listener.path), instance, path);
}

/* ---- draining ---- */

/* Everything that arrived before this drain began. Returns how many frames were read; *emptied: the
 * socket had no more. */
static unsigned int read_all(struct receiver *receiver, unsigned int place, bool *ret_emptied)
{
	struct port *port = receiver->ports[place];
	struct stamps *stamps = &receiver->stamps;
	unsigned int count = 0, errors = 0;

	*ret_emptied = false;
	while (count < DRAIN_MAX) {
		int n = listen_read(port->fd, receiver->batch);
		struct clocks clocks;

		/* A NIC that went down is told of once, and by rtnetlink, too. */
		if (n < 0 && ++errors < 3)
			continue;
		if (n <= 0) {
			*ret_emptied = true;
			break;
		}
		clocks = receiver->deps.clocks();
		stamps_read(stamps, &clocks);
		for (int i = 0; i < n; i++) {
			const struct listen_frame *frame = listen_frame(receiver->batch, i);

			port->last = stamps_arrival(stamps, clocks.now, frame->real_ns, port->last);
			hear(receiver, place, frame, port->last);
		}
		count += (unsigned int)n;
		if (n < LISTEN_BATCH) {
			*ret_emptied = true;
			break;
		}
		if (!stamps->stepped && !monotime_before(port->last, stamps->begun))
			break;
	}
	return count;
}

/* What was lost may have been an advert that moves a deadline. */
static void notice_lost(struct receiver *receiver, unsigned int place)
{
	struct port *port = receiver->ports[place];
	struct monotime now = receiver->deps.clocks().now;
	uint32_t lost = listen_lost(port->fd);

	if (!lost)
		return;
	receiver->ledger->ports[place].lost += lost;
	for (int i = 0; i < 2 * 256; i++) {
		uint16_t slot = port->who[i / 256][i % 256].slot;

		if (slot < VRRP_MAX_SLOTS)
			vrrp_judge_blind(&receiver->deps.instances[slot],
					 (uint64_t)monotime_diff(now, receiver->stamps.floor),
					 (uint64_t)now.ns);
	}
	if (port->lost_said.ns && monotime_diff(now, port->lost_said) < SAY_LOST_NS)
		return;
	port->lost_said = now;
	log_warn("%s: the packet socket dropped %u VRRP frames, because there was a flood or the "
		 "agent did not run for long",
		 port->ifname, lost);
}

void receiver_drain(struct receiver *receiver, receiver_event_fn fn, void *context)
{
	struct clocks clocks;
	bool all_emptied = true;

	if (!receiver->ledger)
		return;
	receiver->fn = fn;
	receiver->context = context;
	clocks = receiver->deps.clocks();
	stamps_begin(&receiver->stamps, &clocks);
	for (unsigned int i = 0; i < VRRP_MAX_PORTS; i++) {
		bool emptied;

		if (!receiver->ports[i])
			continue;
		if (read_all(receiver, i, &emptied))
			notice_lost(receiver, i);
		all_emptied &= emptied;
	}
	stamps_end(&receiver->stamps, all_emptied);
}
