/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Host, agent, files, NICs, and what the maps tell of routers and peers.
 */
#include "cli/tools/doctor_facts.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "cli/show/look.h"
#include "cli/show/snapshot.h"
#include "cli/tools/firewall.h"
#include "cli/tools/nic.h"
#include "cli/tools/nic_owner.h"
#include "cli/tools/others_look.h"
#include "cli/tools/probe.h"
#include "cli/tools/reach.h"
#include "core/nearest.h"
#include "core/vrrp/drift.h"
#include "sys/bpf/bpffs.h"
#include "sys/bpf/dispatcher.h"
#include "sys/bpf/xdp.h"
#include "sys/host/keyring.h"
#include "sys/host/libc.h"
#include "sys/host/own_dir.h"
#include "sys/host/permission.h"
#include "sys/host/slurp.h"
#include "sys/net/netns.h"
#include "sys/net/nic_lock.h"
#include "vrrp_timers.h"
#include "vrrp_wire.h"

#define REACH_MS  600
#define REACH_MAX 32 /* peers that are asked */

/* ---- the agent ---- */

static void look_agent(const struct snapshot *snapshot, struct doctor_agent *agent)
{
	int policy;

	agent->pid = (int)snapshot->agent;
	if (!agent->pid)
		return;
	snprintf(agent->version, sizeof(agent->version), "%s", snapshot->agent_version);
	agent->fence_repairs = snapshot->vitals.fence_repairs;
	if (permission_caps(agent->pid, &agent->caps))
		agent->caps_known = DOCTOR_YES;
	policy = libc_scheduler(agent->pid);
	if (policy >= 0)
		agent->realtime =
			(policy & ~SCHED_RESET_ON_FORK) == SCHED_FIFO ? DOCTOR_YES : DOCTOR_NO;
}

/* ---- files ---- */

static void look_file(const char *path, struct doctor_file *file)
{
	struct stat st;

	*file = (struct doctor_file){.path = path};
	if (stat(path, &st)) {
		file->err = -errno;
		file->access = errno == ENOENT ? DOCTOR_ACCESS_NONE : DOCTOR_ACCESS_FAILED;
		return;
	}
	file->mode = st.st_mode & 07777;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		file->access = DOCTOR_ACCESS_FOREIGN;
	else if (st.st_mode & S_IWOTH || (st.st_mode & S_IWGRP && st.st_gid != 0))
		file->access = DOCTOR_ACCESS_WRITE;
	else if (st.st_mode & (S_IRGRP | S_IROTH))
		file->access = DOCTOR_ACCESS_READ;
}

/* As the agent judges it at its start (sys/host/own_dir.h). */
static void look_directory(const char *path, struct doctor_file *file)
{
	struct stat st;
	int err = own_dir_look(path);

	*file = (struct doctor_file){.path = path, .err = err};
	if (!stat(path, &st))
		file->mode = st.st_mode & 07777;
	if (err == -ENOENT)
		file->access = DOCTOR_ACCESS_NONE;
	else if (err == -EPERM)
		file->access = DOCTOR_ACCESS_FOREIGN;
	else if (err)
		file->access = DOCTOR_ACCESS_FAILED;
}

/* A bpffs that is open to everyone, as a fresh mount is, is closed by the agent. */
static void look_bpffs(const char *path, struct doctor_file *file)
{
	struct stat st;
	int err = bpffs_exists(path);

	if (err == -ENOENT) {
		*file = (struct doctor_file){.path = path, .access = DOCTOR_ACCESS_NONE};
		return;
	}
	look_directory(path, file);
	if (file->access == DOCTOR_ACCESS_FOREIGN && !lstat(path, &st) && S_ISDIR(st.st_mode) &&
	    st.st_uid == 0)
		file->access = DOCTOR_ACCESS_OK;
}

static void first_line(const char *text, char line[DOCTOR_LONG])
{
	snprintf(line, DOCTOR_LONG, "%.*s", (int)strcspn(text, "\n"), text);
}

static void look_config(const char *path, struct doctor_facts *facts)
{
	struct config_errors errors = {0};
	struct keyring *keyring;
	struct config *config;
	char *text;
	size_t length;
	int err;

	look_file(path, &facts->config);
	if (facts->config.access == DOCTOR_ACCESS_NONE)
		return;
	err = slurp_file(path, &text, &length);
	if (err) {
		facts->config.access = DOCTOR_ACCESS_FAILED;
		facts->config.err = err;
		return;
	}
	err = config_parse(path, text, length, &config, &errors);
	free(text);
	if (err) {
		facts->config_errors = errors.count ? errors.count : 1;
		first_line(errors.text ? errors.text : strerror(-err), facts->config_error);
		free(errors.text);
		return;
	}
	facts->settings = config;
	if (keyring_open(config, path, &keyring, &errors))
		facts->key_errors = errors.text;
	else
		keyring_close(keyring);
}

/* ---- NICs ---- */

/* NULL: there are too many. */
static struct doctor_nic *nic_named(struct doctor_facts *facts, const char *name, bool add)
{
	struct doctor_nic *nic;

	for (unsigned int i = 0; i < facts->nic_count; i++) {
		if (!strcmp(facts->nics[i].name, name))
			return &facts->nics[i];
	}
	if (!add || facts->nic_count == DOCTOR_MAX_NICS)
		return NULL;
	nic = &facts->nics[facts->nic_count++];
	snprintf(nic->name, sizeof(nic->name), "%s", name);
	return nic;
}

static uint32_t advert_octets(const struct config_router *router)
{
	uint32_t head = router->family == 6 ? 40 : 20, each = router->family == 6 ? 16 : 4;
	uint32_t octets = head + 8 + each * router->advertise_count;

	if (router->version == VRRP_V2)
		octets += VRRP_AUTH_LEN;
	if (router->hmac_mode >= VRRP_HMAC_PERMISSIVE)
		octets += VRRP_TRAILER_LEN;
	return octets;
}

static void add_router(struct doctor_facts *facts, const struct config_router *router,
		       const struct snapshot *snapshot, bool add)
{
	const struct snapshot_router *running = snapshot_router(snapshot, router->name);
	struct doctor_nic *nic;

	for (unsigned int i = 0; i < router->heartbeat_count; i++) {
		uint32_t octets = advert_octets(router);

		nic = nic_named(facts, router->heartbeat[i], add);
		if (!nic)
			continue;
		nic->heartbeat = true;
		nic->needs_multicast |= router->peer_count == 0;
		nic->wants_native = facts->settings->mode == CONFIG_MODE_NATIVE;
		nic->advert_octets = octets > nic->advert_octets ? octets : nic->advert_octets;
	}
	nic = nic_named(facts, router->nic, add);
	if (!nic)
		return;
	nic->public = true;
	if (!router->macvlan[0])
		nic->displaces |= router->route_count || router->standby_address_count;
	if (running && running->standing)
		nic->fence = running->standing;
	if (router->mac.kind == CONFIG_MAC_KEEP || (router->macvlan[0] && nic->wants_mac))
		return;
	nic->wants_mac = true;
	nic->macvlan = router->macvlan[0];
	memcpy(nic->wanted_mac, router->mac.mac, sizeof(nic->wanted_mac));
	snprintf(nic->mac_router, sizeof(nic->mac_router), "%s", router->name);
	nic->mac_due =
		!nic->macvlan && running && running->instance.report.state == VRRP_STATE_MASTER;
}

static void suggest(struct doctor_nic *nic)
{
	struct nearest nearest = {.word = nic->name};
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *one = all; one && one->if_index; one++)
		nearest_offer(&nearest, one->if_name);
	if (nearest_found(&nearest))
		snprintf(nic->nearest, sizeof(nic->nearest), "%s", nearest_found(&nearest));
	if (all)
		if_freenameindex(all);
}

static void look_nic(const struct cli *cli, const char *root, struct doctor_facts *facts,
		     struct doctor_nic *nic)
{
	unsigned int ifindex = if_nametoindex(nic->name);
	struct xdp_state state;
	pid_t holder = 0;

	nic_look(nic);
	if (!nic->exists) {
		suggest(nic);
		return;
	}
	if (!xdp_query(cli->bpffs, (int)ifindex, &state)) {
		nic->program = state.prog_id;
		nic->ours = state.ours;
		nic->generic = state.generic;
		nic->dispatcher = !state.ours && dispatcher_is((int)ifindex, state.prog_id);
		nic->joinable = dispatcher_supported();
		snprintf(nic->program_name, sizeof(nic->program_name), "%s", state.name);
	}
	if (nic_locked((int)ifindex, &holder) && holder != facts->agent.pid)
		nic->holder = (int)holder;
	nic_owner_look(root, nic->name, ifindex, &nic->owner);
}

/* Why XDP was left on the interfaces of this router. */
static void note_unfit(struct doctor_facts *facts, const struct snapshot_router *router)
{
	for (unsigned int i = 0; i < router->instance.report.path_count; i++) {
		const struct snapshot_path *path = &router->paths[i];
		struct doctor_nic *nic = nic_named(facts, path->ifname, false);

		if (!nic || !nic->socket)
			continue;
		nic->deaf |= path->path.mode == VRRP_MODE_SOCKET_DEAF;
		nic->tags |= path->path.mode == VRRP_MODE_SOCKET_TAGS;
	}
}

static void look_nics(const struct cli *cli, const struct doctor_request *request,
		      const struct snapshot *snapshot, struct doctor_facts *facts)
{
	bool all = request->ifname_count == 0;

	for (unsigned int i = 0; i < request->ifname_count; i++)
		nic_named(facts, request->ifnames[i], true);
	for (unsigned int i = 0; facts->settings && i < facts->settings->router_count; i++)
		add_router(facts, &facts->settings->routers[i], snapshot, all);
	for (unsigned int i = 0; i < snapshot->interface_count; i++) {
		const struct snapshot_interface *interface = &snapshot->interfaces[i];
		struct doctor_nic *nic = nic_named(facts, interface->ifname,
						   all && strcmp(interface->ifname, "(gone)"));

		if (nic && interface->mode)
			nic->socket = !strcmp(interface->mode, "socket");
	}
	for (unsigned int i = 0; i < snapshot->router_count; i++)
		note_unfit(facts, &snapshot->routers[i]);
	for (unsigned int i = 0; i < facts->nic_count; i++)
		look_nic(cli, request->root, facts, &facts->nics[i]);
}

/* ---- routers ---- */

static void fill_path(const struct snapshot *snapshot, const struct snapshot_router *router,
		      unsigned int index, struct doctor_path *path)
{
	const struct vrrp_instance *instance = &router->instance;
	const struct snapshot_path *from = &router->paths[index];

	snprintf(path->router, sizeof(path->router), "%s", instance->report.name);
	snprintf(path->ifname, sizeof(path->ifname), "%s", from->ifname);
	path->state = (enum vrrp_state)instance->report.state;
	path->hold = (enum vrrp_hold)instance->report.hold;
	path->interval_ms = (instance->judged.interval_cs ? instance->judged.interval_cs
							  : instance->rules.interval_cs) *
			    10U;
	path->family = instance->rules.family;
	path->heard = from->path.last_ns != 0;
	path->age_ms = path->heard ? snapshot_age_ms(snapshot, from->path.last_ns) : 0;
	path->silent = from->path.silent;
	path->has_peer = !vrrp_addr_is_zero(&from->path.source);
	path->peer = from->path.source;
	path->own = from->path.own_source;
	path->cloned = index == 0 && snapshot_has_clone(instance);
	path->drifts = index == 0 && instance->judged.drift;
	path->drift_ppm = drift_ppm(instance->judged.drift);
	if (index == 0)
		snapshot_advise(router, &path->advice);
	memcpy(path->clone_mac, instance->report.clone_mac, sizeof(path->clone_mac));
	if (!path->has_peer && instance->rules.flags & VRRP_RULE_UNICAST &&
	    instance->rules.peer_count) {
		path->has_peer = true;
		path->peer = router->peers.addr[0];
	}
}

/* The place of the path's question in the list, a new one if need be; REACH_MAX: it is not asked.
 */
static unsigned int question_of(struct doctor_facts *facts, const struct doctor_path *path,
				struct reach *list, unsigned int *count)
{
	const struct doctor_nic *nic = nic_named(facts, path->ifname, false);
	int ifindex = (int)if_nametoindex(path->ifname);
	unsigned int i;

	if (path->state != VRRP_STATE_MASTER || !path->has_peer || !nic || !ifindex)
		return REACH_MAX;
	for (i = 0; i < *count; i++) {
		if (list[i].ifindex == ifindex && list[i].family == path->family &&
		    !memcmp(&list[i].target, &path->peer, sizeof(path->peer)))
			return i;
	}
	if (i == REACH_MAX)
		return REACH_MAX;
	list[i] = (struct reach){.ifindex = ifindex,
				 .family = path->family,
				 .target = path->peer,
				 .source = path->own};
	memcpy(list[i].mac, nic->mac, sizeof(nic->mac));
	(*count)++;
	return i;
}

/* Of a master's peers, which are silent as backups: are they there? Each is asked once, however
 * many routers it has. */
static void ask_peers(struct doctor_facts *facts)
{
	struct reach list[REACH_MAX] = {{0}};
	unsigned int *questions = calloc(facts->path_count, sizeof(*questions)), count = 0;

	if (!questions)
		return;
	for (unsigned int i = 0; i < facts->path_count; i++)
		questions[i] = question_of(facts, &facts->paths[i], list, &count);
	reach_ask(list, count, REACH_MS);
	for (unsigned int i = 0; i < facts->path_count; i++) {
		const struct reach *reach = &list[questions[i] % REACH_MAX];

		if (questions[i] < REACH_MAX && reach->asked)
			facts->paths[i].answers = reach->answered ? DOCTOR_YES : DOCTOR_NO;
	}
	free(questions);
}

static void look_paths(const struct snapshot *snapshot, struct doctor_facts *facts)
{
	facts->paths =
		calloc((size_t)snapshot->router_count * VRRP_MAX_PATHS + 1, sizeof(*facts->paths));
	if (!facts->paths)
		return;
	for (unsigned int r = 0; r < snapshot->router_count; r++) {
		const struct snapshot_router *router = &snapshot->routers[r];

		for (unsigned int i = 0; i < router->instance.report.path_count; i++) {
			if (nic_named(facts, router->paths[i].ifname, false)) /* asked for */
				fill_path(snapshot, router, i, &facts->paths[facts->path_count++]);
		}
	}
	if (facts->path_count)
		ask_peers(facts);
}

static void look_refused(const struct snapshot *snapshot, struct doctor_facts *facts)
{
	for (unsigned int r = 0; r < snapshot->router_count; r++) {
		const struct snapshot_router *router = &snapshot->routers[r];
		const struct snapshot_neighbor *at;
		unsigned int cursor = 0;

		while ((at = snapshot_refused(snapshot, router, &cursor))) {
			struct doctor_refused *refused = &facts->refused[facts->refused_count];

			if (!nic_named(facts, at->ifname, false)) /* not asked for */
				continue;
			for (unsigned int i = 0; i < facts->path_count; i++)
				facts->paths[i].refuses |=
					!strcmp(facts->paths[i].router,
						router->instance.report.name) &&
					!strcmp(facts->paths[i].ifname, at->ifname);
			if (facts->refused_count++ >= DOCTOR_MAX_REFUSED)
				continue;
			snprintf(refused->router, sizeof(refused->router), "%s",
				 router->instance.report.name);
			snprintf(refused->ifname, sizeof(refused->ifname), "%s", at->ifname);
			refused->family = at->key.family;
			refused->source = at->key.source;
			refused->age_ms = snapshot_age_ms(snapshot, at->neighbor.last_ns);
			refusal_describe(&router->instance.rules, &at->neighbor, &refused->why);
		}
	}
}

static void add_clock(struct doctor_facts *facts, const struct snapshot_router *router,
		      const struct doctor_clock *clock)
{
	struct doctor_clock *added = &facts->clocks[facts->clock_count++];

	*added = *clock;
	snprintf(added->router, sizeof(added->router), "%s", router->instance.report.name);
	added->family = router->instance.rules.family;
	added->window_s = router->instance.rules.hmac_window_s;
}

static void look_clocks(const struct snapshot *snapshot, struct doctor_facts *facts)
{
	struct timex now = {0};
	int state = adjtimex(&now);

	if (state >= 0)
		facts->clock_synchronized =
			state != TIME_ERROR && !(now.status & STA_UNSYNC) ? DOCTOR_YES : DOCTOR_NO;
	facts->clocks = calloc((size_t)snapshot->router_count * (VRRP_MAX_PEERS + 1) + 1,
			       sizeof(*facts->clocks));
	for (unsigned int r = 0; facts->clocks && r < snapshot->router_count; r++) {
		const struct snapshot_router *router = &snapshot->routers[r];
		const struct vrrp_instance *instance = &router->instance;

		if (instance->rules.hmac_mode == VRRP_HMAC_OFF)
			continue;
		for (unsigned int i = 0; i < router->hmac.peer_count; i++) {
			const struct snapshot_signer *peer = &router->hmac.peers[i];

			add_clock(facts, router,
				  &(struct doctor_clock){
					  .peer = peer->source,
					  .skew_ns = peer->mark.skew_ns,
					  .age_ms = snapshot_age_ms(snapshot, peer->mark.stamp_ns),
				  });
		}
		if (instance->hmac_stale_at_ns)
			add_clock(facts, router,
				  &(struct doctor_clock){
					  .stale = true,
					  .skew_ns = instance->hmac_stale_ns,
					  .age_ms = snapshot_age_ms(snapshot,
								    instance->hmac_stale_at_ns),
				  });
	}
}

static void look_lates(const struct snapshot *snapshot, struct doctor_facts *facts)
{
	const struct config *settings = facts->settings;

	facts->lates = calloc((settings ? settings->router_count : 0) + 1, sizeof(*facts->lates));
	for (unsigned int i = 0; facts->lates && settings && i < settings->router_count; i++) {
		const struct config_router *router = &settings->routers[i];
		struct doctor_late *added = &facts->lates[facts->late_count];
		struct history_late late;

		if (!history_find_late(snapshot->history, snapshot->history_count, router->name,
				       &late))
			continue;
		memcpy(added->router, router->name, sizeof(added->router));
		added->deaf_ns = late.deaf_ns;
		added->link_delay_ms = router->link_delay_ms;
		facts->late_count++;
	}
}

struct doctor_facts *doctor_look(const struct cli *cli, const struct doctor_request *request)
{
	struct doctor_facts *facts = calloc(1, sizeof(*facts));
	struct snapshot snapshot = {0};
	int home;

	if (!facts)
		return NULL;
	facts->own_version = VRRP_VERSION;
	probe_kernel(&facts->kernel);
	look_config(request->config, facts);
	look_directory(cli->run_dir, &facts->run_dir);
	look_bpffs(cli->bpffs, &facts->bpffs);
	if (look_take(cli, &snapshot))
		snapshot = (struct snapshot){0}; /* said; the rest can be told all the same */
	look_agent(&snapshot, &facts->agent);
	home = netns_visit(snapshot.agent);
	facts->agent.elsewhere = home >= 0;
	look_nics(cli, request, &snapshot, facts);
	links_look(cli->bpffs, !request->ifname_count, facts);
	look_paths(&snapshot, facts);
	look_refused(&snapshot, facts);
	look_clocks(&snapshot, facts);
	look_lates(&snapshot, facts);
	firewall_look(facts);
	netns_return(home);
	snapshot_free(&snapshot);
	return facts;
}

void doctor_forget(struct doctor_facts *facts)
{
	if (!facts)
		return;
	config_free(facts->settings);
	free(facts->key_errors);
	free(facts->paths);
	free(facts->clocks);
	free(facts->lates);
	free(facts);
}
