/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins sys/net/listen and core/tap to the heartbeat interfaces.
 */
#include "agent/taps.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advert_check.h"
#include "agent/stand_in.h"
#include "core/tap.h"
#include "sys/host/log.h"
#include "sys/net/listen.h"

#define READS   2 /* of one look and interface: a flood holds no deadline up */
#define TOUCHED (READS * LISTEN_BATCH)

struct watch {
	int ifindex; /* 0: none */
	int fd;      /* -1: there is no socket, which was logged */
	bool begun;  /* its first look is over: what came before does not count */
	struct monotime since;
};

struct taps {
	struct datapath *datapath;
	struct ports *ports;
	struct listen_batch *batch;
	struct watch watch[PORTS_MAX];
	struct tap tap[VRRP_MAX_SLOTS * VRRP_MAX_PATHS]; /* by VRRP_PATH_INDEX */
};

struct taps *taps_open(struct datapath *datapath, struct ports *ports)
{
	struct taps *taps = calloc(1, sizeof(*taps));

	if (!taps)
		return NULL;
	taps->datapath = datapath;
	taps->ports = ports;
	taps->batch = listen_batch_new();
	if (!taps->batch) {
		free(taps);
		return NULL;
	}
	return taps;
}

static void stop(struct watch *watch, enum ending ending)
{
	if (watch->ifindex && watch->fd >= 0 && ending == ENDING_RESTART) {
		listen_pass_on(LISTEN_TAPS, watch->fd, watch->ifindex);
	} else if (watch->ifindex && watch->fd >= 0) {
		stand_in_begin();
		close(watch->fd);
		stand_in_end();
	}
	*watch = (struct watch){0};
}

void taps_close(struct taps *taps, enum ending ending)
{
	if (!taps)
		return;
	for (unsigned int i = 0; i < PORTS_MAX; i++)
		stop(&taps->watch[i], ending);
	listen_batch_free(taps->batch);
	free(taps);
}

/* A socket for each interface that XDP hears. */
static void follow(struct watch *watch, const struct port *port)
{
	if (watch->ifindex == port->ifindex)
		return;
	stop(watch, ENDING_STOP);
	watch->ifindex = port->ifindex;
	stand_in_begin();
	watch->fd = listen_open(LISTEN_TAPS, port->ifindex);
	stand_in_end();
	if (watch->fd < 0)
		log_warn("%s: cannot open a packet socket: %s; if XDP misses adverts there, nobody "
			 "notices",
			 port->name, strerror(-watch->fd));
}

/* Enter a valid advert into the books of its path. Returns that path's index, or -1 for any other
 * frame: some that are not valid pass the program, and it counts them elsewhere (CARP). */
static int enter(struct taps *taps, const struct watch *watch, const struct listen_frame *frame)
{
	const uint8_t *data = frame->data, *end = data + frame->length;
	const struct vrrp_rules *rules;
	const struct vrrp_path *path;
	struct vrrp_advert advert = {0};
	struct vrrp_place place = {0};
	struct vrrp_listener listener;
	int index;

	if (vrrp_locate(data, end, &advert, &place) != VRRP_VERDICT_VALID ||
	    datapath_listener(taps->datapath, watch->ifindex, advert.family, advert.vrid,
			      &listener) ||
	    listener.slot >= VRRP_MAX_SLOTS)
		return -1;
	index = VRRP_PATH_INDEX(listener.slot, VRRP_GATED_PATH(listener.path));
	rules = &datapath_instance(taps->datapath, listener.slot)->rules;
	path = datapath_path(taps->datapath, listener.slot, VRRP_GATED_PATH(listener.path));
	if (vrrp_check(data, end, &place, rules, datapath_peers(taps->datapath, listener.slot),
		       &path->own_source, &advert) != VRRP_VERDICT_VALID)
		return -1;
	tap_count(&taps->tap[index], frame->tagged);
	return index;
}

static enum vrrp_mode unfit(enum tap_finding finding)
{
	switch (finding) {
	case TAP_DEAF:
		return VRRP_MODE_SOCKET_DEAF;
	case TAP_TAGS:
		return VRRP_MODE_SOCKET_TAGS;
	case TAP_AGREES:
		break;
	}
	return VRRP_MODE_NATIVE;
}

static void settle(struct taps *taps, const struct watch *watch, struct port *port, int index,
		   const struct tap_look *look)
{
	const struct vrrp_path *path =
		datapath_path(taps->datapath, index % VRRP_MAX_SLOTS, index / VRRP_MAX_SLOTS);
	struct tap *tap = &taps->tap[index];
	enum tap_finding finding;

	if (!watch->begun) {
		tap_open(tap, path, look);
		return;
	}
	if (!tap->untagged && !tap->tagged)
		return; /* closed a moment ago, for another frame of this look */
	finding = tap_close(tap, path, look);
	if (finding != TAP_AGREES)
		port->unfit = unfit(finding);
}

static void look(struct taps *taps, struct watch *watch, struct port *port, struct monotime now)
{
	int touched[TOUCHED], count = 0, n;
	bool emptied = false;

	for (int i = 0; i < READS && !emptied; i++) {
		n = listen_read(watch->fd, taps->batch);
		for (int j = 0; j < n; j++) {
			touched[count] = enter(taps, watch, listen_frame(taps->batch, j));
			count += touched[count] >= 0;
		}
		emptied = n < LISTEN_BATCH;
	}
	if (count) {
		const struct tap_look this = {
			.since = watch->since,
			.now = now,
			.lost = listen_lost(watch->fd) || !emptied,
		};

		for (int i = 0; i < count; i++)
			settle(taps, watch, port, touched[i], &this);
	}
	if (emptied) {
		watch->since = now;
		watch->begun = true;
	}
}

bool taps_look(struct taps *taps, struct monotime now)
{
	bool found = false;

	for (unsigned int i = 0; i < taps->ports->count; i++) {
		struct port *port = &taps->ports->port[i];
		struct watch *watch = &taps->watch[i];

		/* The tap of an interface that XDP has left stays open and unread, because closing
		 * it takes time. */
		if (!port->heartbeat || !port->attached || port->mode == VRRP_MODE_SOCKET)
			continue;
		follow(watch, port);
		if (watch->fd >= 0)
			look(taps, watch, port, now);
		found |= port->unfit != VRRP_MODE_NATIVE;
	}
	return found;
}
