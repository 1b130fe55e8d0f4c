// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the machine itself stand still? One thread for each CPU, of higher priority than all that is
 * measured, wakes every millisecond and does nothing else: where it is late, whatever runs below it
 * was held up as well, by nothing that it could have done. Prints each time of FROM_MS and more as
 * soon as it is over: CPU, since when and how long (CLOCK_REALTIME, ns). Its output is to be a file
 * in memory, since a pipe would wake the reader. Depends on the kernel alone; ends by itself.
 *
 *   late SECONDS FROM_MS
 */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PRIORITY 90
#define EVERY_NS 1000000

struct watch {
	pthread_t thread;
	int cpu;
};

static int64_t from_ns, end_ns;

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static void *look(void *argument)
{
	const struct watch *watch = argument;

	for (int64_t due = now_ns(CLOCK_MONOTONIC); due < end_ns;) {
		struct timespec ts = {due / 1000000000, due % 1000000000};
		int64_t late;

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		late = now_ns(CLOCK_MONOTONIC) - due;
		if (late >= from_ns)
			dprintf(STDOUT_FILENO, "%d %lld %lld\n", watch->cpu,
				(long long)(now_ns(CLOCK_REALTIME) - late), (long long)late);
		due += (late / EVERY_NS + 1) * EVERY_NS;
	}
	return NULL;
}

static void start(struct watch *watch)
{
	struct sched_param param = {.sched_priority = PRIORITY};
	pthread_attr_t attributes;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(watch->cpu, &one);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(one), &one);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &param);
	errno = pthread_create(&watch->thread, &attributes, look, watch);
	if (errno)
		err(1, "CPU %d", watch->cpu);
	pthread_attr_destroy(&attributes);
}

int main(int argc, char **argv)
{
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);
	struct watch *watches;

	if (argc != 3)
		errx(2, "usage: late SECONDS FROM_MS");
	end_ns = now_ns(CLOCK_MONOTONIC) + (int64_t)(atof(argv[1]) * 1e9);
	from_ns = (int64_t)(atof(argv[2]) * 1e6);

	watches = calloc((size_t)cpus, sizeof(*watches));
	if (!watches || mlockall(MCL_CURRENT | MCL_FUTURE))
		err(1, "memory");
	for (int cpu = 0; cpu < cpus; cpu++) {
		watches[cpu].cpu = cpu;
		start(&watches[cpu]);
	}
	for (int cpu = 0; cpu < cpus; cpu++)
		pthread_join(watches[cpu].thread, NULL);
	free(watches);
	return 0;
}
