/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the tracked scripts of one router: sys/host/spawn.h starts and ends them, core/vrrp/track.h
 * turns their results into verdicts. Never waits for a script, and never runs a script twice at a
 * time.
 */
#include "agent/track.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/loop.h"
#include "agent/track_files.h"
#include "agent/track_processes.h"
#include "core/monotime.h"
#include "core/vrrp/track.h"
#include "sys/host/log.h"
#include "sys/host/spawn.h"

#define APART_NS NS_PER_MS /* between the first runs of a router's scripts */

struct script {
	struct track *track;
	const struct config_track_script *config;
	struct track_check check;
	struct monotime due; /* the next run */
	struct spawn child;
	struct monotime limit; /* of the run that goes on, or never */
	bool late;             /* killed; its result has been given */
};

struct track {
	const struct config_router *router;
	const struct user *user; /* NULL: the agent's own */
	struct ports *ports;
	struct loop *loop;
	bool changed;
	struct track_files *files;
	struct track_processes *processes;
	bool down[CONFIG_MAX_TRACKS]; /* interfaces, as last logged */
	unsigned int count;
	struct script scripts[];
};

static void result(struct script *script, bool well, const char *what)
{
	const struct config_router *router = script->track->router;

	if (!track_result(&script->check, well)) {
		log_debug("%s: %s: %s", router->name, script->config->command[0], what);
		return;
	}
	script->track->changed = true;
	if (well)
		log_info("%s: tracked %s: well", router->name, script->config->command[0]);
	else
		log_warn("%s: tracked %s: failed: %s", router->name, script->config->command[0],
			 what);
}

static void ended(struct script *script, int err, int status)
{
	char what[SPAWN_FAILURE];
	const char *failure = spawn_failure(err, status, what);

	script->limit = MONOTIME_NEVER;
	if (script->late) /* the time limit has decided; how it died adds nothing */
		return;
	result(script, !failure, failure ? failure : "exit status 0");
}

static void on_end(void *context)
{
	struct script *script = context;
	int status = 0, err;

	loop_remove(script->track->loop, script->child.pidfd);
	err = spawn_reap(&script->child, &status);
	if (err == -EAGAIN &&
	    loop_add(script->track->loop, script->child.pidfd, on_end, script) == 0)
		return;
	spawn_forget(&script->child);
	ended(script, err, status);
}

static void start(struct script *script, struct monotime now)
{
	int err =
		spawn_start(script->config->command, environ, script->track->user, &script->child);

	script->late = false;
	if (!err) {
		err = loop_add(script->track->loop, script->child.pidfd, on_end, script);
		if (err) {
			spawn_kill(&script->child, SIGKILL);
			spawn_forget(&script->child);
		}
	}
	if (err)
		ended(script, err, 0);
	else
		script->limit = monotime_add(now, script->config->timeout_ms * NS_PER_MS);
}

static void tick(struct script *script, struct monotime now)
{
	int64_t every = script->config->every_ms * NS_PER_MS;
	bool runs = script->child.pid >= 0;

	if (runs && !script->late && !monotime_before(now, script->limit)) {
		spawn_kill(&script->child, SIGKILL);
		script->late = true;
		script->limit = MONOTIME_NEVER;
		result(script, false, "not ended within its time limit");
	}
	if (monotime_before(now, script->due))
		return;
	/* Keep the rhythm, and do not make up for runs that were missed. */
	script->due =
		monotime_add(script->due, (monotime_diff(now, script->due) / every + 1) * every);
	if (!runs)
		start(script, now);
	else if (script->late) /* SIGKILL does not end what hangs in the kernel */
		result(script, false, "still hangs, although killed");
}

static bool tracks(const struct config_router *router)
{
	return router->track_count || router->script_count || router->file_count ||
	       router->process_count;
}

int track_open(const struct config_router *router, const struct user *user, struct ports *ports,
	       struct loop *loop, int64_t after_ns, struct monotime now, struct track **ret_track)
{
	struct track *track;
	int err;

	if (!tracks(router)) {
		*ret_track = NULL;
		return 0;
	}
	track = calloc(1, sizeof(*track) + router->script_count * sizeof(track->scripts[0]));
	if (!track)
		return -ENOMEM;
	track->router = router;
	track->user = user;
	track->ports = ports;
	track->loop = loop;
	track->count = router->script_count;
	for (unsigned int i = 0; i < track->count; i++) {
		const struct config_track_script *config = &router->scripts[i];

		track->scripts[i] = (struct script){
			.track = track,
			.config = config,
			.check = {.rise = config->rise, .fall = config->fall},
			.due = monotime_add(now, after_ns + i * APART_NS),
			.child = SPAWN_NONE,
			.limit = MONOTIME_NEVER,
		};
	}
	err = track_files_open(router, loop, &track->changed, &track->files);
	if (!err)
		err = track_processes_open(router, loop, now, &track->changed, &track->processes);
	if (err) {
		track_close(track);
		return err;
	}
	*ret_track = track;
	return 0;
}

struct monotime track_deadline(const struct track *track)
{
	struct monotime at;

	if (!track)
		return MONOTIME_NEVER;
	at = track_processes_deadline(track->processes);
	if (track->changed)
		return (struct monotime){0};
	for (unsigned int i = 0; i < track->count; i++)
		at = monotime_min(at, monotime_min(track->scripts[i].due, track->scripts[i].limit));
	return at;
}

void track_tick(struct track *track, struct monotime now)
{
	if (!track)
		return;
	for (unsigned int i = 0; i < track->count; i++)
		tick(&track->scripts[i], now);
	track_processes_tick(track->processes, now);
	track->changed = false;
}

static enum track_verdict link_verdict(const struct track *track,
				       const struct config_track_interface *config)
{
	const struct port *port = ports_find(track->ports, config->name);

	return port && port->ifindex && port->up && port->carrier ? TRACK_WELL : TRACK_FAILED;
}

bool track_failed(const struct track *track, char *why, size_t size)
{
	const struct config_router *router;

	if (!track)
		return false;
	router = track->router;
	for (unsigned int i = 0; i < router->track_count; i++) {
		if (router->track[i].weight || link_verdict(track, &router->track[i]) == TRACK_WELL)
			continue;
		snprintf(why, size, "tracked %s is down", router->track[i].name);
		return true;
	}
	for (unsigned int i = 0; i < track->count; i++) {
		const struct config_track_script *config = track->scripts[i].config;

		if (config->weight || track->scripts[i].check.verdict != TRACK_FAILED)
			continue;
		snprintf(why, size, "tracked %s failed", strrchr(config->command[0], '/') + 1);
		return true;
	}
	return track_files_failed(track->files, why, size) ||
	       track_processes_failed(track->processes, why, size);
}

bool track_pending(const struct track *track)
{
	for (unsigned int i = 0; track && i < track->count; i++) {
		if (!track->scripts[i].config->weight &&
		    track->scripts[i].check.verdict == TRACK_UNKNOWN)
			return true;
	}
	return false;
}

int track_sum(struct track *track)
{
	const struct config_router *router;
	int sum;

	if (!track)
		return 0;
	router = track->router;
	sum = track_files_sum(track->files) + track_processes_sum(track->processes);
	for (unsigned int i = 0; i < router->track_count; i++) {
		enum track_verdict verdict = link_verdict(track, &router->track[i]);
		bool down = verdict == TRACK_FAILED;

		sum += track_weight(verdict, router->track[i].weight);
		/* With no weight, the log line of the transition tells this. */
		if (down != track->down[i] && router->track[i].weight)
			log_warn("%s: tracked %s is %s", router->name, router->track[i].name,
				 down ? "down" : "up");
		track->down[i] = down;
	}
	for (unsigned int i = 0; i < track->count; i++)
		sum += track_weight(track->scripts[i].check.verdict,
				    track->scripts[i].config->weight);
	return sum;
}

void track_close(struct track *track)
{
	int status;

	if (!track)
		return;
	for (unsigned int i = 0; i < track->count; i++) {
		struct script *script = &track->scripts[i];

		if (script->child.pid < 0)
			continue;
		log_info("%s: tracked %s: killed without waiting for its end", track->router->name,
			 script->config->command[0]);
		loop_remove(track->loop, script->child.pidfd);
		spawn_kill(&script->child, SIGKILL);
		(void)spawn_reap(&script->child, &status);
		spawn_forget(&script->child);
	}
	track_files_close(track->files);
	track_processes_close(track->processes);
	free(track);
}
