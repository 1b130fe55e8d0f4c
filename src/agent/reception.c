/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins sys/host/kthreads and core/starved to the heartbeat interfaces, and sys/host/responder to
 * the CPUs that serve them.
 */
#include "agent/reception.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/loop.h"
#include "core/starved.h"
#include "sys/host/kthreads.h"
#include "sys/host/log.h"
#include "sys/host/responder.h"

#define MAX_THREADS 32 /* a thread for each queue of each heartbeat NIC: a look takes some 5 us */
#define MAX_CPUS    1024
#define MAX_HEARD   16         /* CPUs that serve heartbeat NICs; each has a thread */
#define ANSWER_NS   2000000LL  /* a virtual CPU that sleeps may take 0.5 ms to wake */
#define NOTED_NS    1000000LL  /* looking more often tells nothing */
#define AGAIN_NS    200000LL   /* several routers that are due together share a look */
#define FRESH_NS    10000000LL /* what was noted before that was noted for another deadline */

struct thread {
	struct kthread kthread;
	char name[KTHREAD_NAME];
	int cpu; /* of ksoftirqd; -1: the thread serves a NIC */
	struct starved starved;
};

struct cpu {
	int number;
	struct responder *responder; /* NULL: it cannot have one */
	struct monotime asked_at;
};

struct reception {
	const struct ports *ports;
	struct kthreads *kthreads;
	struct thread thread[MAX_THREADS];
	unsigned int count;
	struct cpu cpu[MAX_HEARD]; /* on which adverts were heard */
	unsigned int cpu_count;
	pid_t ksoftirqd[MAX_CPUS]; /* 0: not found yet */
	struct monotime noted_at;
	struct monotime again_at; /* the last look at those that were runnable */
};

struct reception *reception_open(const struct ports *ports)
{
	struct reception *reception = calloc(1, sizeof(*reception));

	if (!reception)
		return NULL;
	reception->ports = ports;
	reception->kthreads = kthreads_open();
	if (!reception->kthreads) {
		free(reception);
		return NULL;
	}
	return reception;
}

void reception_close(struct reception *reception)
{
	if (!reception)
		return;
	for (unsigned int i = 0; i < reception->count; i++)
		kthread_close(&reception->thread[i].kthread);
	for (unsigned int i = 0; i < reception->cpu_count; i++)
		responder_close(reception->cpu[i].responder);
	kthreads_close(reception->kthreads);
	free(reception);
}

static void add(struct reception *reception, pid_t pid, const char *name, int cpu)
{
	struct thread *thread = &reception->thread[reception->count];

	if (reception->count == MAX_THREADS || kthread_open(pid, &thread->kthread))
		return;
	snprintf(thread->name, sizeof(thread->name), "%s", name);
	thread->cpu = cpu;
	thread->starved = (struct starved){0};
	reception->count++;
	log_debug("adverts may wait for the kernel's thread %s", name);
}

static void drop(struct reception *reception, unsigned int at)
{
	kthread_close(&reception->thread[at].kthread);
	reception->thread[at] = reception->thread[--reception->count];
}

/* Does a thread "napi/NAME-NUMBER" serve this interface? The name is the one that the interface had
 * when the thread was made. */
static bool serves(const char *thread, const struct port *port)
{
	size_t length = strlen(port->name);

	return !strncmp(thread, "napi/", 5) && !strncmp(thread + 5, port->name, length) &&
	       thread[5 + length] == '-' &&
	       strspn(thread + 6 + length, "0123456789") == strlen(thread + 6 + length);
}

static void on_thread(void *context, pid_t pid, const char *name)
{
	struct reception *reception = context;
	int cpu;

	if (sscanf(name, "ksoftirqd/%d", &cpu) == 1 && cpu >= 0 && cpu < MAX_CPUS) {
		reception->ksoftirqd[cpu] = pid;
		return;
	}
	for (unsigned int i = 0; i < reception->count; i++) {
		if (!strcmp(reception->thread[i].name, name))
			return; /* the list was begun anew */
	}
	for (unsigned int i = 0; i < reception->ports->count; i++) {
		const struct port *port = &reception->ports->port[i];

		if (port->heartbeat && serves(name, port))
			add(reception, pid, name, -1);
	}
}

bool reception_find(struct reception *reception)
{
	return kthreads_find(reception->kthreads, on_thread, reception);
}

static const struct cpu *find_cpu(const struct reception *reception, int number)
{
	for (unsigned int i = 0; i < reception->cpu_count; i++) {
		if (reception->cpu[i].number == number)
			return &reception->cpu[i];
	}
	return NULL;
}

/* On a host that forbids us such a thread, as on a CPU that is one too many, nobody asks. */
static void add_cpu(struct reception *reception, int number)
{
	struct cpu *cpu = &reception->cpu[reception->cpu_count];

	if (reception->cpu_count == MAX_HEARD || find_cpu(reception, number))
		return;
	cpu->number = number;
	cpu->asked_at = loop_now();
	if (responder_open(number, &cpu->responder))
		cpu->responder = NULL;
	reception->cpu_count++;
}

void reception_hears_on(struct reception *reception, int cpu)
{
	char name[KTHREAD_NAME];

	if (cpu < 0)
		return;
	add_cpu(reception, cpu);
	if (cpu >= MAX_CPUS || !reception->ksoftirqd[cpu])
		return;
	for (unsigned int i = 0; i < reception->count; i++) {
		if (reception->thread[i].cpu == cpu)
			return;
	}
	snprintf(name, sizeof(name), "ksoftirqd/%d", cpu);
	add(reception, reception->ksoftirqd[cpu], name, cpu);
}

/* False: the thread has ended. */
static bool look(struct thread *thread)
{
	struct starved_look look;
	int err = kthread_look(&thread->kthread, &look);

	if (!err)
		starved_look(&thread->starved, &look);
	return !err;
}

/* An open question stays the same. */
static void ask(struct cpu *cpu, struct monotime now)
{
	if (!cpu->responder || !responder_answered(cpu->responder))
		return;
	responder_ask(cpu->responder);
	cpu->asked_at = now;
}

void reception_note(struct reception *reception, struct monotime now)
{
	if (reception->noted_at.ns && monotime_diff(now, reception->noted_at) < NOTED_NS)
		return;
	reception->noted_at = now;
	for (unsigned int i = 0; i < reception->cpu_count; i++)
		ask(&reception->cpu[i], now);
	for (unsigned int i = reception->count; i-- > 0;) {
		if (!look(&reception->thread[i]))
			drop(reception, i);
	}
}

/* At those that were runnable: all others run when there is something to do. */
static void look_again(struct reception *reception, struct monotime now)
{
	if (!monotime_before(reception->again_at, reception->noted_at) &&
	    monotime_diff(now, reception->again_at) < AGAIN_NS)
		return;
	reception->again_at = now;
	for (unsigned int i = reception->count; i-- > 0;) {
		if (reception->thread[i].starved.last.runnable && !look(&reception->thread[i]))
			drop(reception, i);
	}
}

/* A question that was asked a moment ago is given the time that an answer takes. */
static bool cpu_stands_still(const struct reception *reception, int number)
{
	const struct cpu *cpu = find_cpu(reception, number);

	if (!cpu || !cpu->responder)
		return false;
	while (!responder_answered(cpu->responder)) {
		if (monotime_diff(loop_now(), cpu->asked_at) >= ANSWER_NS)
			return true;
	}
	return false;
}

bool reception_stalls(struct reception *reception, const struct port *port, int cpu,
		      struct monotime now)
{
	bool stale = !reception->noted_at.ns || monotime_diff(now, reception->noted_at) > FRESH_NS;
	bool stalls;

	if (stale)
		reception_note(reception, now);
	else
		look_again(reception, now);
	stalls = cpu_stands_still(reception, cpu);
	for (unsigned int i = 0; i < reception->count; i++) {
		const struct thread *thread = &reception->thread[i];

		if (thread->cpu < 0 ? !serves(thread->name, port) : thread->cpu != cpu)
			continue;
		/* If it was not noted before, nobody knows how long it has been waiting. */
		stalls |= thread->starved.waits || (stale && thread->starved.last.runnable);
	}
	return stalls;
}
