/* SPDX-License-Identifier: GPL-2.0-only */
#include "agent/track_processes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/loop.h"
#include "core/vrrp/track.h"
#include "sys/host/log.h"
#include "sys/host/processes.h"

#define STEP     64 /* processes, between which adverts are sent */
#define AGAIN_NS NS_PER_S

struct one {
	struct track_processes *owner;
	const struct config_track_process *config;
	int pidfd; /* of a process of that name; -1: none is known */
	bool runs; /* the verdict: while the others are looked through, the one of before */
};

struct track_processes {
	const struct config_router *router;
	struct loop *loop;
	bool *changed;
	int events; /* -1: not open */
	bool told;  /* that there are no events */
	struct process_walk *walk;
	struct monotime walk_at;
	unsigned int count;
	struct one ones[];
};

static void judge(struct one *one, bool runs)
{
	const char *name = one->owner->router->name;

	if (one->runs == runs)
		return;
	one->runs = runs;
	*one->owner->changed = true;
	if (runs)
		log_info("%s: tracked process %s: running", name, one->config->name);
	else
		log_warn("%s: tracked process %s: not running", name, one->config->name);
}

static bool is_any_missing(const struct track_processes *processes)
{
	for (unsigned int i = 0; i < processes->count; i++) {
		if (processes->ones[i].pidfd < 0)
			return true;
	}
	return false;
}

static void begin_walk(struct track_processes *processes, struct monotime now)
{
	process_walk_end(processes->walk);
	processes->walk = process_walk_begin();
	processes->walk_at = processes->walk ? now : monotime_add(now, AGAIN_NS);
}

static void on_end(void *context)
{
	struct one *one = context;

	loop_remove(one->owner->loop, one->pidfd);
	close(one->pidfd);
	one->pidfd = -1;
	/* Another one of that name may run. What begins from now on, the events tell. */
	begin_walk(one->owner, loop_now());
}

/* Does this process have one of the names that are missing? */
static void offer(void *context, pid_t pid)
{
	struct track_processes *processes = context;
	char name[PROCESS_NAME];

	if (!process_name(pid, name))
		return;
	for (unsigned int i = 0; i < processes->count; i++) {
		struct one *one = &processes->ones[i];

		if (one->pidfd >= 0 || strncmp(one->config->name, name, PROCESS_NAME - 1) != 0)
			continue;
		one->pidfd = process_open(pid);
		if (one->pidfd < 0)
			continue;
		if (loop_add(processes->loop, one->pidfd, on_end, one)) {
			close(one->pidfd);
			one->pidfd = -1;
			continue;
		}
		judge(one, true);
	}
}

static void close_events(struct track_processes *processes)
{
	if (processes->events < 0)
		return;
	loop_remove(processes->loop, processes->events);
	close(processes->events);
	processes->events = -1;
}

static void on_events(void *context)
{
	struct track_processes *processes = context;

	if (process_events_read(processes->events, offer, processes))
		begin_walk(processes, loop_now());
	if (!is_any_missing(processes))
		close_events(processes);
}

static void open_events(struct track_processes *processes)
{
	int fd, err;

	if (processes->events >= 0 || processes->told)
		return;
	fd = process_events_open();
	err = fd < 0 ? fd : loop_add(processes->loop, fd, on_events, processes);
	if (!err) {
		processes->events = fd;
		return;
	}
	if (fd >= 0)
		close(fd);
	processes->told = true;
	log_warn("%s: track-process: the kernel does not report new processes: %s (this needs "
		 "CAP_NET_ADMIN and the host's own network namespace); while a process is missing, "
		 "/proc is read once a second",
		 processes->router->name, strerror(-err));
}

/* All processes were looked at. */
static void end_walk(struct track_processes *processes, struct monotime now)
{
	process_walk_end(processes->walk);
	processes->walk = NULL;
	processes->walk_at = MONOTIME_NEVER;
	for (unsigned int i = 0; i < processes->count; i++) {
		if (processes->ones[i].pidfd < 0)
			judge(&processes->ones[i], false);
	}
	if (!is_any_missing(processes))
		close_events(processes);
	else if (processes->events < 0)
		processes->walk_at = monotime_add(now, AGAIN_NS);
}

void track_processes_tick(struct track_processes *processes, struct monotime now)
{
	if (!processes || monotime_before(now, processes->walk_at))
		return;
	/* First the events, so that no process is missed in between. */
	open_events(processes);
	if (!processes->walk)
		begin_walk(processes, now);
	for (int i = 0; i < STEP && processes->walk; i++) {
		pid_t pid = process_walk_next(processes->walk);

		if (pid)
			offer(processes, pid);
		if (!pid || !is_any_missing(processes))
			end_walk(processes, now);
	}
}

struct monotime track_processes_deadline(const struct track_processes *processes)
{
	return processes ? processes->walk_at : MONOTIME_NEVER;
}

int track_processes_open(const struct config_router *router, struct loop *loop, struct monotime now,
			 bool *changed, struct track_processes **ret_processes)
{
	struct track_processes *processes;

	*ret_processes = NULL;
	if (!router->process_count)
		return 0;
	processes =
		calloc(1, sizeof(*processes) + router->process_count * sizeof(processes->ones[0]));
	if (!processes)
		return -ENOMEM;
	processes->router = router;
	processes->loop = loop;
	processes->changed = changed;
	processes->events = -1;
	processes->count = router->process_count;
	for (unsigned int i = 0; i < processes->count; i++)
		processes->ones[i] = (struct one){.owner = processes,
						  .config = &router->processes[i],
						  .pidfd = -1,
						  .runs = true};
	begin_walk(processes, now);
	while (processes->walk)
		track_processes_tick(processes, now);
	*ret_processes = processes;
	return 0;
}

void track_processes_close(struct track_processes *processes)
{
	if (!processes)
		return;
	for (unsigned int i = 0; i < processes->count; i++) {
		if (processes->ones[i].pidfd < 0)
			continue;
		loop_remove(processes->loop, processes->ones[i].pidfd);
		close(processes->ones[i].pidfd);
	}
	close_events(processes);
	process_walk_end(processes->walk);
	free(processes);
}

bool track_processes_failed(const struct track_processes *processes, char *why, size_t size)
{
	for (unsigned int i = 0; processes && i < processes->count; i++) {
		const struct one *one = &processes->ones[i];

		if (one->config->weight || one->runs)
			continue;
		snprintf(why, size, "tracked process %s does not run", one->config->name);
		return true;
	}
	return false;
}

int track_processes_sum(const struct track_processes *processes)
{
	int sum = 0;

	for (unsigned int i = 0; processes && i < processes->count; i++)
		sum += track_weight(processes->ones[i].runs ? TRACK_WELL : TRACK_FAILED,
				    processes->ones[i].config->weight);
	return sum;
}
